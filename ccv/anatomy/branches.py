"""Where the branches of a graph part and meet. A graph is, for each of its nodes, the nodes before that it reads."""

from collections.abc import Iterable, Sequence

from ccv.models.stages import last_common

Graph = Sequence[tuple[int, ...]]  # what a node reads has a smaller number


def readers(graph: Graph) -> list[list[int]]:
    """Return for each node those that read it."""
    found: list[list[int]] = [[] for _ in graph]
    for node, read in enumerate(graph):
        for at in dict.fromkeys(read):
            found[at].append(node)
    return found


def is_chain(graph: Graph) -> bool:
    """Say whether each node reads the one before it, and nothing else."""
    return all(read == ((node - 1,) if node else ()) for node, read in enumerate(graph))


def next_in_chain(graph: Graph) -> dict[int, int]:
    """Return for each node that one other reads alone, and that reads nothing else, this other.

    >>> next_in_chain([(), (0,), (1,), (2, 1)])
    {0: 1}
    """
    return {
        node: after[0] for node, after in enumerate(readers(graph)) if len(after) == 1 and graph[after[0]] == (node,)
    }


def longest_way(graph: Graph, nodes: Iterable[int]) -> int:
    """Return how many of the nodes lie on the longest way through them."""
    lengths: dict[int, int] = {}
    for node in sorted(nodes):
        lengths[node] = 1 + max((lengths.get(at, 0) for at in graph[node]), default=0)
    return max(lengths.values(), default=0)


def enclosed(graph: Graph) -> dict[int, tuple[int, list[int]]]:
    """Return for each node where branches meet the fork where they parted, and all between, the meeting included.

    Left out is a meeting of which something between is read from outside, or whose branches begin at two inputs.

    >>> enclosed([(), (0,), (0,), (1, 2), (3,)])
    {3: (0, [1, 2, 3])}
    """
    forks: list[int] = []
    for read in graph:
        forks.append(last_common(forks, list(read)))
    after = readers(graph)
    found = {}
    for node, read in enumerate(graph):
        if len(set(read)) < 2 or forks[node] < 0:
            continue
        inside = _between(graph, forks[node], node)
        if all(set(after[at]) <= inside for at in inside if at != node):
            found[node] = (forks[node], sorted(inside))
    return found


def _between(graph: Graph, fork: int, end: int) -> set[int]:
    """The nodes on the ways back from `end` to `fork`, which is not among them."""
    inside: set[int] = set()
    ahead = [end]
    while ahead:
        at = ahead.pop()
        if at != fork and at not in inside:
            inside.add(at)
            ahead += graph[at]
    return inside
