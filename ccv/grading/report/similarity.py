"""Which submissions look alike: hints for the teacher's eyes, never a score."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from ccv.grading.report.fingerprints import fingerprint, handed_out

if TYPE_CHECKING:
    from ccv.grading.batch.record import Record

__all__ = ["Pair", "fingerprint", "handed_out", "pairs"]

THRESHOLD = 0.4  # containment from which a pair is listed,
_OUTLIER, _HIGHEST = 4.0, 0.8  # or so many standard deviations above the class's mean, but no more than this
_EVIDENCE = 12.0  # weighted fingerprints that a pair must share: fewer are an exercise's obvious solution
_COMMON, _COMMON_AT_LEAST = 0.1, 4  # what more than this share of the class has, and more than so many, counts less
_SAME_FILE = "the same file, byte for byte"


@dataclass(frozen=True)
class Pair:
    """Two submissions that a teacher may want to lay side by side.

    `containment` is the share of the smaller one's fingerprints that the other has, `jaccard` the share of both's,
    each fingerprint counting less the more of the class has it; `shared` is how many they have in common.
    """

    first: str
    second: str
    containment: float
    jaccard: float
    shared: int
    reasons: tuple[str, ...]


def pairs(records: Iterable[Record], *, threshold: float = THRESHOLD, base: Iterable[int] = ()) -> list[Pair]:
    """Return the pairs of submissions that look alike, most alike first.

    Args:
        records: the graded submissions.
        threshold: smallest weighted containment of a pair, from 0 to 1; identical files and weights always count.
        base: fingerprints to leave out, such as `handed_out(cells)`.
    """
    chosen = sorted(records, key=lambda r: (r.student, r.file))
    left_out = set(base)
    prints = [frozenset(r.fingerprints) - left_out for r in chosen]
    reasons: dict[tuple[int, int], list[str]] = defaultdict(list)
    for group in _same_file(chosen, prints):
        for other in group[1:]:
            reasons[group[0], other].append(_SAME_FILE)
    for exercise, group in _same_weights(chosen):
        for other in group[1:]:
            reasons[group[0], other].append(f"the same trained weights in {exercise}")
    weights = _Weights(prints)
    alike = _alike(prints, weights, threshold)
    found = []
    for a, b in sorted(reasons.keys() | alike.keys()):
        containment, jaccard, shared = alike.get((a, b)) or weights.compare(prints[a], prints[b])
        why = reasons.get((a, b), []) + (["much of the code has the same structure"] if (a, b) in alike else [])
        found.append(Pair(chosen[a].student, chosen[b].student, containment, jaccard, shared, tuple(why)))
    return sorted(found, key=lambda p: (p.reasons[0] != _SAME_FILE, -p.containment, -p.shared, p.first, p.second))


class _Weights:
    """How much each fingerprint says: all where few have it, less the more of the class does."""

    def __init__(self, prints: list[frozenset[int]]):
        holders = Counter(h for kept in prints for h in kept)
        common = _common(len(prints))
        self._weight = {h: min(1.0, common / count) for h, count in holders.items()}

    def mass(self, kept: Iterable[int]) -> float:
        """The weights together; fsum does not depend on the order, which differs from process to process."""
        return math.fsum(self._weight[h] for h in kept)

    def compare(self, a: frozenset[int], b: frozenset[int]) -> tuple[float, float, int]:
        """Weighted containment, weighted Jaccard index, and the number of shared fingerprints."""
        both = a & b
        shared, mine, yours = self.mass(both), self.mass(a), self.mass(b)
        if not shared:
            return 0.0, 0.0, 0
        return round(shared / min(mine, yours), 3), round(shared / (mine + yours - shared), 3), len(both)


def _alike(
    prints: list[frozenset[int]], weights: _Weights, threshold: float
) -> dict[tuple[int, int], tuple[float, float, int]]:
    """The pairs whose code is more alike than the class's is by itself: 500 submissions take about a second."""
    mass = [weights.mass(kept) for kept in prints]
    containment: dict[tuple[int, int], float] = {}
    for a, b in combinations(range(len(prints)), 2):
        both = prints[a] & prints[b]
        if len(both) >= _EVIDENCE and (shared := weights.mass(both)) >= _EVIDENCE:
            containment[a, b] = shared / min(mass[a], mass[b])
    least = max(threshold, min(_unusual(list(containment.values()), len(prints)), _HIGHEST))
    chosen = _thinned([pair for pair, value in containment.items() if value >= least], _common(len(prints)))
    return {(a, b): weights.compare(prints[a], prints[b]) for a, b in chosen}


def _unusual(values: list[float], submissions: int) -> float:
    """What is far above the mean of all pairs; those that share next to nothing are not among `values`."""
    count = submissions * (submissions - 1) / 2
    if submissions < 20:
        return 0.0
    mean = math.fsum(values) / count
    return mean + _OUTLIER * math.sqrt(max(math.fsum(v * v for v in values) / count - mean**2, 0.0))


def _thinned(chosen: list[tuple[int, int]], most: int) -> list[tuple[int, int]]:
    """Of one who is like many others, only the pair with the first of them, so that a list stays a list."""
    partners = Counter(number for pair in chosen for number in pair)
    first: dict[int, int] = {}
    for a, b in chosen:
        first[b] = min(a, first.get(b, a))
    return [(a, b) for a, b in chosen if max(partners[a], partners[b]) <= most or first[b] == a]


def _common(submissions: int) -> int:
    return max(_COMMON_AT_LEAST, math.ceil(_COMMON * submissions))


def _same_file(records: list[Record], prints: list[frozenset[int]]) -> Iterator[list[int]]:
    """Groups of identical files, without those that are as they were handed out and earned nothing."""
    groups: dict[str, list[int]] = defaultdict(list)
    for number, record in enumerate(records):
        if record.digest and (prints[number] or (record.sheet or {}).get("points")):
            groups[record.digest].append(number)
    return (group for group in groups.values() if len(group) > 1)


def _same_weights(records: list[Record]) -> Iterator[tuple[str, list[int]]]:
    """Exercises whose trained weights are identical, where only a few have them: with a fixed seed all may."""
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, record in enumerate(records):
        for exercise, digest in sorted(record.weights.items()):
            groups[exercise, digest].append(number)
    few = _common(len(records))
    return ((exercise, group) for (exercise, _), group in groups.items() if 1 < len(group) <= few)
