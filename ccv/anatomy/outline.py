"""A network in a few steps, as one would tell it: what belongs together becomes one step, what repeats is counted."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import reduce

from ccv.anatomy.branches import enclosed, longest_way, next_in_chain, readers
from ccv.anatomy.rows import Row
from ccv.anatomy.steps import FOLDED, Step, first_steps, in_lines, joined, with_extras

PIXELS = {"rescaling", "normalization"}  # what an input goes through first, and is drawn with
MOST_STEPS = 18  # where there are more, all of a resolution become one
LONGEST_BRANCH = 7  # what is longer is a part of the network, and no block
GATE = "squeeze and excite"
TWO = "module of 2 branches"
DEPTHWISE, POINTWISE = "depthwise conv", "conv 1x1"


def outline(rows: Sequence[Row]) -> list[Step]:
    """Return a network in as few steps as a drawing can show, each after those that it reads."""
    steps = reduce(lambda steps, simpler: simpler(steps), (folded, blocks, separable), nested(rows))
    repeated = runs(steps, lambda one, other: (one.label, one.output) == (other.label, other.output))
    if len(repeated) <= MOST_STEPS and not _comes_back(repeated):
        return repeated
    return runs(lifted(repeated), lambda one, other: one.role != "input" and one.level == other.level is not None)


def _comes_back(steps: list[Step]) -> bool:
    """Say whether a finer map is made of a coarser one, as in a U-Net and before YOLO's second head."""
    return any(_finer(step, steps[at]) for step in steps for at in step.after)


def _finer(step: Step, before: Step) -> bool:
    return step.level is not None and before.level is not None and step.level < before.level


def lifted(steps: list[Step]) -> list[Step]:
    """Make one step of what brings a map back to a finer resolution and where it meets the map that is there."""
    graph = [step.after for step in steps]
    after, follows = readers(graph), next_in_chain(graph)
    owner = list(range(len(steps)))
    for at in reversed(range(len(steps))):
        step, to = steps[at], after[at][0] if len(after[at]) == 1 else at
        raised = any(_finer(step, steps[before]) for before in step.after)
        if raised and steps[to].level == step.level:
            owner[at] = owner[to]
        if follows.get(at) == to and steps[to].role == "upsampling":
            owner[at] = owner[to]
    return joined(steps, owner, in_lines)


def nested(rows: Sequence[Row]) -> list[Step]:
    """Return a step for each row of the model itself, and one for each call of a model inside of it."""
    calls = [_call(row.name) for row in rows]
    last = {call: index for index, call in enumerate(calls)}
    steps = [
        replace(step, label=call[0], role="block", extras=()) if "/" in row.name else step
        for step, call, row in zip(first_steps(rows), calls, rows, strict=True)
    ]
    return joined(steps, [last[call] for call in calls], lambda parts: parts[-1])


def _call(name: str) -> tuple[str, str]:
    """Return to which call of which model a row belongs; for a row of the model itself, its name."""
    outer, _, inner = name.partition("/")
    return (outer, inner.partition(" (")[2]) if inner else (name, "")


def folded(steps: list[Step]) -> list[Step]:
    """Fold what makes no map of its own into the step before."""
    owner: list[int] = []
    for index, step in enumerate(steps):
        goes = (step.role in FOLDED or step.label in PIXELS) and len(step.after) == 1
        owner.append(owner[step.after[0]] if goes else index)
    return joined(steps, owner, with_extras)


def blocks(steps: list[Step]) -> list[Step]:
    """Make one step of what lies between a fork and where its branches meet, unless coarser maps lie there."""
    graph = [step.after for step in steps]
    owner = list(range(len(steps)))
    named = list(steps)
    for end, (fork, between) in enclosed(graph).items():
        sizes = {steps[end].size, steps[fork].size, (1, 1), ()}
        length = longest_way(graph, [at for at in between if owner[at] == at])
        if length > LONGEST_BRANCH or any(steps[at].size not in sizes for at in between):
            continue
        name = _block_name(steps[end], fork)
        squeezes = name == TWO and steps[fork].label == POINTWISE  # SqueezeNet's, whose two branches expand
        named[end] = replace(steps[end], label="fire module" if squeezes else name, role="block", extras=())
        for at in [fork] * squeezes + between:
            owner[at] = end
    return joined(named, owner, lambda parts: parts[-1])


def _block_name(end: Step, fork: int) -> str:
    if end.label == "multiply":
        return GATE
    if end.label != "concatenate":
        return "residual block" if end.label == "add" else f"branches, {end.label}"
    if fork in end.after:
        return "dense layer"
    if len(end.output) < 3:
        return f"{len(end.after)} vectors, concatenated"
    return "inception module" if len(end.after) > 2 else TWO


def separable(steps: list[Step]) -> list[Step]:
    """Make one step of a depthwise and the pointwise convolution after it, and of the one before that widens."""
    follows = next_in_chain([step.after for step in steps])
    owner = list(range(len(steps)))
    named = list(steps)
    for at, step in enumerate(steps):
        last = follows.get(at, -1)
        if last >= 0 and steps[last].label == GATE:
            last = follows.get(last, -1)
        if not step.label.startswith(DEPTHWISE) or last < 0 or steps[last].label != POINTWISE:
            continue
        before = step.after[0]
        widens = steps[before].label == POINTWISE and follows.get(before) == at and named[before] is steps[before]
        name = step.label.replace(DEPTHWISE, "inverted bottleneck" if widens else "separable conv")
        named[last] = replace(steps[last], label=name, role="block")
        for index in ({before} if widens else set()) | {*range(at, last + 1)}:
            owner[index] = last
    return joined(named, owner, lambda parts: parts[-1])


def runs(steps: list[Step], alike: Callable[[Step, Step], bool]) -> list[Step]:
    """Make one step of each chain of steps of which neighbours are alike."""
    owner = list(range(len(steps)))
    for one, other in sorted(next_in_chain([step.after for step in steps]).items(), reverse=True):
        if alike(steps[one], steps[other]):
            owner[one] = owner[other]
    return joined(steps, owner, in_lines)
