"""Where the boxes of a graph stand: (column, row), rows from the top."""

from collections.abc import Sequence

Place = tuple[float, float]
Graph = Sequence[tuple[int, ...]]  # for each box those that it reads, which come before it


def places(graph: Graph, levels: Sequence[int | None]) -> list[Place]:
    """Return a place for each box: by resolution where the graph comes back to a finer one, else by depth.

    Args:
        graph: for each box the numbers of those that it reads.
        levels: how coarse each is, as the logarithm of its stride; None where it has no resolution.
    """
    known = [(levels[at], level) for level, read in zip(levels, graph, strict=True) for at in read]
    if None not in levels and any(before > level for before, level in known):  # type: ignore[operator]
        return _by_level(graph, levels)  # type: ignore[arg-type]
    return _by_depth(graph)


def _by_level(graph: Graph, levels: Sequence[int]) -> list[Place]:
    """A row for each resolution: down to coarser maps in a column, and up again in those to its right."""
    rows = {level: row for row, level in enumerate(sorted(set(levels)))}
    found: list[Place] = []
    for read, level in zip(graph, levels, strict=True):
        row = rows[level]
        column = max((found[at][0] + (found[at][1] == row) for at in read), default=0)
        while (column, row) in found:
            column += 1
        found.append((column, row))
    return found


def _by_depth(graph: Graph) -> list[Place]:
    """A row for each step on the longest way from an input, each box below those that it reads."""
    depths: list[int] = []
    for read in graph:
        depths.append(1 + max((depths[at] for at in read), default=-1))
    columns: dict[int, float] = {}
    for row in range(max(depths) + 1):
        boxes = [box for box, depth in enumerate(depths) if depth == row]
        wanted = {box: sum(columns[at] for at in graph[box]) / max(len(graph[box]), 1) for box in boxes}
        columns |= _spread(sorted(boxes, key=wanted.__getitem__), wanted)
    return [(columns[box], depth) for box, depth in enumerate(depths)]


def _spread(boxes: list[int], wanted: dict[int, float]) -> dict[int, float]:
    """Move the boxes of a row apart where they would meet, each group of those that meet around its middle."""
    groups: list[list[int]] = []
    for box in boxes:
        groups.append([box])
        while len(groups) > 1 and _start(groups[-1], wanted) < _start(groups[-2], wanted) + len(groups[-2]):
            groups[-2:] = [groups[-2] + groups[-1]]
    return {box: _start(group, wanted) + i for group in groups for i, box in enumerate(group)}


def _start(group: list[int], wanted: dict[int, float]) -> float:
    return sum(wanted[box] for box in group) / len(group) - (len(group) - 1) / 2
