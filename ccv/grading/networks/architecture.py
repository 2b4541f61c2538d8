"""Compares the network that a student built with the reference, layer by layer and without training.

The message names the first block that differs, in words: what the student's block has, its own arithmetic, and in
which respect it differs. What would be right stays unsaid unless the lab's text says it anyway (`reveal=True`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection
from typing import Any

from ccv.grading.networks.alignment import Edit, align, family
from ccv.grading.networks.blocks import ANY, MERGES, Block
from ccv.grading.networks.network import read_network

_RESPECTS = {
    "filters": "number of filters",
    "kernel_size": "kernel size",
    "strides": "stride",
    "padding": "padding",
    "units": "number of units",
    "pool_size": "window",
    "use_bias": "use of biases",
    "dilation_rate": "dilation",
    "groups": "number of groups",
    "depth_multiplier": "depth multiplier",
    "rate": "share that is dropped",
    "axis": "axis",
    "size": "factor",
    "interpolation": "interpolation",
    "target_shape": "shape",
    "cropping": "cropping",
    "function": "function",
    "kernel_regularizer": "regulariser",
    "bias_regularizer": "regulariser of the biases",
}


def assert_same_network(
    got: Any, expected: Any, what: str = "the network", *, reveal: bool = False, ignore: Collection[str] = ()
) -> None:
    """Assert that a Keras model has the layers, the settings and the connections of the reference, or is its function.

    Names of layers, nesting, Sequential or functional, and how an activation is written do not matter, nor do other
    layers that compute the same from the same weights.

    Args:
        got: the student's model.
        expected: the reference.
        what: how the message calls it.
        reveal: whether the message may say what would be right.
        ignore: kinds of layers ("Dropout", "Activation") and settings ("use_bias", "regularizers") left out.

    Raises:
        AssertionError: they differ; the message names the first block that does.
    """
    from ccv.grading.networks.function import same_function

    difference = network_difference(got, expected, what, reveal=reveal, ignore=ignore)
    if difference and not (_is_whole(got) and same_function(got, expected)):
        raise AssertionError(difference)


def _is_whole(model: Any) -> bool:
    """Whether it is a model that can be asked."""
    return bool(getattr(model, "outputs", None)) and len(model.inputs) == len(model.outputs) == 1


def network_difference(
    got: Any, expected: Any, what: str = "the network", *, reveal: bool = False, ignore: Collection[str] = ()
) -> str | None:
    """Return what `assert_same_network` would say, None where the networks are the same."""
    try:
        mine, my_ends = read_network(got, ignore)
    except AssertionError as error:
        return f"{what}: {error}"
    theirs, their_ends = read_network(expected, ignore)
    edits = align(mine, theirs)
    wrong = [(i, j) for i, j in edits if i is None or j is None or not mine[i].same_as(theirs[j])]
    if not wrong:
        crossed = _connections(mine, theirs, my_ends, their_ends)
        return f"{what}: {crossed}" if crossed else None
    if any(block.kind == "Concatenate" for block in mine) and _in_any_order(mine, my_ends) == _in_any_order(
        theirs, their_ends
    ):
        return f"{what}: it has the right layers, but joins its branches in another order than the one asked for"
    said = _Words(mine, theirs, edits, reveal).difference(*wrong[0])
    others = len(wrong) - 1
    more = f" (and {others} more difference{'s' * (others > 1)} after it)" if others else ""
    return f"{what}: {said}{more}"


def _in_any_order(blocks: list[Block], ends: tuple[int, ...]) -> list[str]:
    """Describe each output by all that leads to it, whatever the order in which branches are put side by side."""
    described: list[str] = []
    for block in blocks:
        below = [described[i] for i in block.inputs]
        below = sorted(below) if block.kind == "Concatenate" else below
        text = f"{block.kind} {sorted((k, str(v)) for k, v in block.settings.items())} {below}"
        described.append(hashlib.sha256(text.encode()).hexdigest())
    return [described[i] for i in ends]


# --------------------------------------------------------------------------------------------------- connections


def _connections(
    mine: list[Block], theirs: list[Block], my_ends: tuple[int, ...], their_ends: tuple[int, ...]
) -> str | None:
    """The first block that reads from elsewhere; both networks have the same blocks here."""
    for a, b in zip(mine, theirs, strict=True):
        if len(a.inputs) != len(b.inputs):
            return f"{_title(a)} joins {len(a.inputs)} branches, and that is not their number: is a shortcut missing?"
        if a.inputs != b.inputs:
            sources = " and ".join(_title(mine[i]).rstrip(",") for i in a.inputs)
            which = "one of them" if len(a.inputs) > 1 else "it"
            return f"{_title(a)} reads from {sources}; {which} should come from elsewhere"
        if a.shares != b.shares:
            said = "is used more than once" if a.shares >= 0 else "has weights of its own"
            return f"{_title(a)} {said}, and that differs from what is asked for"
    if my_ends != their_ends:
        return f"it has {len(my_ends)} output{'s' * (len(my_ends) != 1)}, and not the ones that are asked for"
    return None


# --------------------------------------------------------------------------------------------------------- words


class _Words:
    """Says how two networks differ."""

    def __init__(self, mine: list[Block], theirs: list[Block], edits: list[Edit], reveal: bool):
        self._mine, self._theirs, self._edits, self._reveal = mine, theirs, edits, reveal

    def difference(self, i: int | None, j: int | None) -> str:
        """One edit in words."""
        if i is None:
            assert j is not None
            return self._missing(j)
        block = self._mine[i]
        if j is None:
            return self._surplus(i)
        wanted = self._theirs[j]
        if block.kind == "Input":
            right = f": {wanted.made}" if self._reveal else ""
            return f"it takes inputs of shape {block.made}, which is not the shape that is asked for{right}"
        if block.kind == "Activation" == wanted.kind:
            right = f": {wanted.settings['function']}" if self._reveal else ""
            owner = self._owner(i)
            return f"the activation {block.settings['function']!r} of {owner}, is not the one that is asked for{right}"
        if block.kind != wanted.kind:
            right = f": {_title(wanted, False)}" if self._reveal else ""
            return f"{_title(block)} stands where {_other(block, wanted)} is asked for{right}{self._arithmetic(i)}"
        return f"{_title(block)} {self._settings(block, wanted)}{self._arithmetic(i)}"

    def _settings(self, block: Block, wanted: Block) -> str:
        keys = block.respects(wanted)
        names = " and another ".join(_RESPECTS.get(key, f"setting `{key}`") for key in keys)
        right = ", ".join(f"{_RESPECTS.get(key, key)} {_size(wanted.settings.get(key))}" for key in keys)
        return f"should have another {names}" + (f" ({right})" if self._reveal else "")

    def _missing(self, j: int) -> str:
        wanted = self._theirs[j]
        before = next((i for i, k in reversed(self._edits[: self._edits.index((None, j))]) if i is not None), None)
        right = f": {wanted.settings['function'] if wanted.kind == 'Activation' else _title(wanted, False)}"
        right = right if self._reveal else ""
        if wanted.kind == "Activation" and before is not None:
            return f"{self._owner(before)}, has no activation, and one is asked for{right}"
        place = f"after {self._owner(before)}, " if before is not None else "at the beginning "
        if wanted.inputs and wanted.inputs[0] != j - 1 and len(wanted.inputs) == 1:
            return f"{place}a branch is missing that begins with {family(wanted)}{right}: is it a shortcut?"
        said = f"{place}{family(wanted)} is missing{right}"
        return f"{said}: a shortcut should end here" if wanted.kind in MERGES and not self._reveal else said

    def _surplus(self, i: int) -> str:
        block = self._mine[i]
        if block.kind == "Activation":
            return f"{self._owner(i)}, has the activation {block.settings['function']!r}, and none is asked for"
        return f"{_title(block)} is not asked for{self._arithmetic(i)}"

    def _owner(self, i: int) -> str:
        """A layer in short; of an activation, the layer that it belongs to or follows."""
        block = self._mine[i]
        owned = block.kind == "Activation" and block.inputs
        return self._owner(block.inputs[0]) if owned else _title(block).rstrip(",")

    def _arithmetic(self, i: int) -> str:
        block = self._mine[i]
        if not block.parameters:
            return ""
        given = f", on {_size(block.given)} from {self._owner(block.inputs[0])}" if block.inputs and block.given else ""
        return f"; it learns {spell_parameters(block)}{given}"


def _other(block: Block, wanted: Block) -> str:
    said = family(wanted)
    return f"another kind of {said.split(' ', 1)[1]}" if said == family(block) else said


def _title(block: Block, numbered: bool = True) -> str:
    """A block as the student wrote it: "layer 4, Conv2D(16, 5x5)"."""
    if block.kind == "Input":
        return "the input"
    s = block.settings
    if block.kind == "Activation":
        return f"layer {block.number}, the activation {s['function']!r}" if numbered else str(s["function"])
    said = [_size(s[k]) for k in ("filters", "units", "kernel_size", "pool_size", "rate", "size") if s.get(k)]
    window = s.get("pool_size", (1,) * len(s.get("strides") or ()))
    if s.get("strides") and tuple(s["strides"]) != tuple(window):
        said.append(f"stride {_square(s['strides'])}")
    if s.get("padding") not in (None, "valid", ANY):
        said.append(f"padding {_size(s['padding'])}")
    said += [f"{k} {_size(s[k])}" for k in ("groups", "dilation_rate") if s.get(k) not in (None, 1, (1, 1), (1,))]
    said += ["no bias"] if s.get("use_bias") is False else []
    name = f"{block.kind}({', '.join(said)})" if said else block.kind
    return f"layer {block.number}, {name}," if numbered else name


def _size(value: Any) -> str:
    if isinstance(value, tuple):
        return "x".join(_size(v) for v in value)
    return repr(value) if isinstance(value, str) else str(value)


def _square(sizes: tuple) -> str:
    return str(sizes[0]) if len(set(sizes)) == 1 else _size(sizes)


# ----------------------------------------------------------------------------------------------------- arithmetic


def spell_parameters(block: Block) -> str:
    """What a layer learns, spelled out: "(5x5x6 + 1) x 16 = 2,416 parameters"."""
    rule = _ARITHMETIC.get(block.kind)
    total = f"{block.parameters:,} parameters"
    return f"{rule(block.weights, ' + 1' if block.settings.get('use_bias') else '')} = {total}" if rule else total


# From the shapes of the weights and " + 1" where there is a bias.
_ARITHMETIC: dict[str, Callable[[tuple, str], str]] = {
    "Dense": lambda w, b: f"({w[0][0]}{b}) x {w[0][1]}",
    "Conv2D": lambda w, b: f"({_size(w[0][:3])}{b}) x {w[0][3]}",
    "Conv2DTranspose": lambda w, b: f"({_size(w[0][:2])}x{w[0][3]}{b}) x {w[0][2]}",
    "DepthwiseConv2D": lambda w, b: f"({_size(w[0][:2])}{b}) x {w[0][2] * w[0][3]}",
    "SeparableConv2D": lambda w, b: f"{_size(w[0])} + ({w[1][2]}{b}) x {w[1][3]}",
    "BatchNormalization": lambda w, b: f"{len(w)} x {w[0][0]}",
}
