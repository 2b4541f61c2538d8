"""Reads a Keras model into blocks that can be compared: its graph in one order, nested models opened, no names.

Only attributes of the model are read, so that Keras need not be loaded here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import replace
from typing import Any

from ccv.grading.border.wire import is_keras_model
from ccv.grading.networks.blocks import MERGES, Block, Shape, written

_COMMUTE = MERGES - {"Concatenate", "Subtract"}
MOST_STEPS = 2000  # models nested in models may stand for millions of layers


def read_network(model: Any, ignore: Collection[str] = ()) -> tuple[list[Block], tuple[int, ...]]:
    """Return the blocks of a model in one order that depends on its graph alone, and which of them are its outputs.

    Raises:
        AssertionError: the model is none, or does not know its input yet.
    """
    assert is_keras_model(model), "it is no Keras model; is there a `return`?"
    raw = _Raw()
    if getattr(model, "inputs", None) and getattr(model, "outputs", None):
        feeds = [raw.add_input(tensor) for tensor in model.inputs]
        ends = raw.follow(model, feeds)
    else:
        assert model.weights, "it has no weights yet, since nothing says how large its images are: begin with Input"
        ends = raw.chain(model.layers)
    return _in_order(*_simplify(raw, ends, set(ignore)), inputs=len(getattr(model, "inputs", None) or ()))


# --------------------------------------------------------------------------------------------- the graph as it is


class _Raw:
    """The calls of layers, each after what feeds it, with nested models opened."""

    def __init__(self) -> None:
        self.steps: list[tuple[Any, tuple[int, ...], Shape, Shape]] = []

    def add_input(self, tensor: Any) -> int:
        self.steps.append((None, (), (), tuple(tensor.shape)[1:]))
        return len(self.steps) - 1

    def chain(self, layers: list[Any]) -> list[int]:
        """A model that is no graph: its layers one after another, as far as can be seen."""
        last: tuple[int, ...] = ()
        for layer in layers:
            self.steps.append((layer, last, (), ()))
            last = (len(self.steps) - 1,)
        return list(last)

    def follow(self, model: Any, feeds: list[int]) -> list[int]:
        """Add the steps of a model whose inputs are the steps `feeds`; return the steps of its outputs."""
        done = {id(tensor): step for tensor, step in zip(model.inputs, feeds, strict=False)}
        stack = [*reversed(model.outputs)]
        while stack:
            tensor = stack[-1]
            if id(tensor) in done:
                stack.pop()
                continue
            node = _node_of(tensor)
            waiting = [t for t in node.input_tensors if id(t) not in done]
            if waiting:
                stack.extend(reversed(waiting))
                continue
            made = self._call(node, [done[id(t)] for t in node.input_tensors])
            for index, output in enumerate(node.output_tensors):
                done[id(output)] = made[min(index, len(made) - 1)]
        return [done[id(tensor)] for tensor in model.outputs]

    def _call(self, node: Any, inputs: list[int]) -> list[int]:
        assert len(self.steps) < MOST_STEPS, f"it has more than {MOST_STEPS:,} layers, far more than are asked for"
        layer = node.operation
        if is_keras_model(layer) and getattr(layer, "outputs", None):
            return self.follow(layer, inputs)
        given = tuple(node.input_tensors[0].shape)[1:] if node.input_tensors else ()
        self.steps.append((layer, tuple(inputs), given, tuple(node.output_tensors[0].shape)[1:]))
        return [len(self.steps) - 1]


def _node_of(tensor: Any) -> Any:
    from ccv.graph import call_of

    return call_of(tensor)


def _simplify(raw: _Raw, ends: list[int], ignore: set[str]) -> tuple[list[Block], list[int]]:
    blocks: list[Block] = []
    stands_for: list[int] = []  # step -> the block that gives its result
    numbers: dict[int, int] = {}
    first: dict[int, int] = {}
    for layer, inputs, given, made in raw.steps:
        feeds = tuple(stands_for[i] for i in inputs)
        if layer is not None:
            numbers.setdefault(id(layer), len(numbers) + 1)
        for block in written(layer, given, made, ignore):
            shares = first.setdefault(id(layer), len(blocks)) if block.weights else len(blocks)
            earlier = shares if shares < len(blocks) else -1
            blocks.append(replace(block, inputs=feeds, number=numbers.get(id(layer), 0), shares=earlier))
            feeds = (len(blocks) - 1,)
        stands_for.append(feeds[0] if feeds else -1)
    return blocks, [stands_for[end] for end in ends]


# --------------------------------------------------------------------------------------------------- one order


def _in_order(blocks: list[Block], ends: list[int], inputs: int) -> tuple[list[Block], tuple[int, ...]]:
    """Sort by the graph: the inputs, then depth first from the outputs; of summands the longest branch first."""
    ordered_inputs = _order_branches(blocks)
    place: dict[int, int] = {old: old for old in range(inputs)}
    stack = [end for end in reversed(ends) if end >= 0]
    while stack:
        waiting = [i for i in ordered_inputs[stack[-1]] if i not in place]
        if waiting:
            stack.extend(reversed(waiting))
            continue
        place.setdefault(stack.pop(), len(place))
    moved = [
        replace(
            blocks[old],
            inputs=tuple(place[i] for i in ordered_inputs[old]),
            shares=place.get(blocks[old].shares, -1),
        )
        for old in place
    ]
    return moved, tuple(place[end] for end in ends if end >= 0)


def _order_branches(blocks: list[Block]) -> list[tuple[int, ...]]:
    depth: list[int] = []
    writing: list[int] = []
    ordered: list[tuple[int, ...]] = []
    for block in blocks:
        feeds = tuple(i for i in block.inputs if i >= 0)
        if block.kind in _COMMUTE:
            feeds = tuple(sorted(feeds, key=lambda i: (-depth[i], writing[i])))
        ordered.append(feeds)
        depth.append(1 + max((depth[i] for i in feeds), default=0))
        said = json.dumps([block.kind, block.settings, [writing[i] for i in feeds]], sort_keys=True, default=str)
        writing.append(_number_of(said))
    return ordered


def _number_of(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "replace")).digest()[:8], "big")
