"""Pairs the blocks of two networks, so that a missing layer does not make all that follow it look wrong."""

from __future__ import annotations

from ccv.grading.networks.blocks import MERGES, Block

Edit = tuple[int | None, int | None]  # position in the student's network and in the reference

_FAMILIES = {"Conv": "a convolution", "Pooling": "a pooling layer", "Normalization": "a normalisation"}
_FAMILIES |= {"Dropout": "a dropout layer", "Dense": "a dense layer", "Flatten": "a Flatten", "Padding": "a padding"}


def align(mine: list[Block], theirs: list[Block]) -> list[Edit]:
    """Pair the blocks of two networks at the least cost (Needleman and Wunsch, 1970); None stands for a missing one."""
    start = _equal_run(mine, theirs)
    rest = min(len(mine), len(theirs)) - start
    end = min(_equal_run(mine[::-1], theirs[::-1]), rest)
    a, b = mine[start : len(mine) - end], theirs[start : len(theirs) - end]
    middle = [(_moved(i, start), _moved(j, start)) for i, j in _cheapest(a, b)]
    tail = [(len(mine) - end + k, len(theirs) - end + k) for k in range(end)]
    return [*((k, k) for k in range(start)), *middle, *tail]


def _moved(position: int | None, by: int) -> int | None:
    return None if position is None else position + by


def _equal_run(a: list[Block], b: list[Block]) -> int:
    count = 0
    for x, y in zip(a, b, strict=False):
        if not x.same_as(y):
            break
        count += 1
    return count


def _cheapest(a: list[Block], b: list[Block]) -> list[Edit]:
    cost = [[0.0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i in range(len(a), -1, -1):
        for j in range(len(b), -1, -1):
            if i < len(a) or j < len(b):
                cost[i][j] = min(_moves(a, b, i, j, cost))[0]
    edits: list[Edit] = []
    i = j = 0
    while i < len(a) or j < len(b):
        _, _, di, dj = min(_moves(a, b, i, j, cost))
        edits.append((i if di else None, j if dj else None))
        i, j = i + di, j + dj
    return edits


def _moves(
    a: list[Block], b: list[Block], i: int, j: int, cost: list[list[float]]
) -> list[tuple[float, int, int, int]]:
    """What can be done at (i, j): the cost until the end, a rank for ties, and how far it goes in each network."""
    moves = []
    if i < len(a) and j < len(b):
        moves.append((round(cost[i + 1][j + 1] + _difference(a[i], b[j]), 6), 0, 1, 1))
    if i < len(a):
        moves.append((round(cost[i + 1][j] + _alone(a[i]), 6), 1, 1, 0))
    if j < len(b):
        moves.append((round(cost[i][j + 1] + _alone(b[j]), 6), 2, 0, 1))
    return moves


def _alone(block: Block) -> float:
    return 0.6 if block.kind == "Activation" else 1.0


def _difference(a: Block, b: Block) -> float:
    if a.kind == b.kind:
        differ = len(a.respects(b))
        return 0.0 if not differ else min(0.3 + 0.2 * differ, 0.9)
    return 1.0 if family(a) == family(b) else 2.5


def family(block: Block) -> str:
    """What a block is, without its settings: "a convolution"."""
    if block.kind in MERGES:
        return "a merge of branches"
    if block.kind == "Activation":
        return "an activation"
    return next((said for part, said in _FAMILIES.items() if part in block.kind), f"a layer {block.kind}")
