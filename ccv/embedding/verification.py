"""Verification, one against one: are these two the same? A distance, a threshold, and two ways to be wrong."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ccv.checks import check_number
from ccv.embedding.identities import identity_column, pairs, several, vectors_of

MOST_PAIRS = 20_000


@dataclass(frozen=True)
class Verification:
    """How well distances tell the same from others: a row for each threshold, `distance <= threshold` accepts.

    `false_accepts` is the share of pairs of others that are accepted (FAR), `true_accepts` that of pairs of the same
    (TAR; 1 - TAR is the rate of false rejects). The first threshold accepts nobody.
    """

    thresholds: np.ndarray
    false_accepts: np.ndarray
    true_accepts: np.ndarray

    @property
    def equal_error_rate(self) -> float:
        """The error at the threshold where both kinds are as near to each other as they get: their mean there."""
        at = self._equal()
        return float((self.false_accepts[at] + 1 - self.true_accepts[at]) / 2)

    @property
    def equal_threshold(self) -> float:
        """The threshold of the equal error rate."""
        return float(self.thresholds[self._equal()])

    @property
    def area(self) -> float:
        """The area under the ROC: how often a pair of the same is nearer than a pair of others (ties count half)."""
        middle = (self.true_accepts[1:] + self.true_accepts[:-1]) / 2
        return float(np.diff(self.false_accepts) @ middle)

    def threshold_at(self, false_accepts: float) -> float:
        """Return the largest threshold at which at most that share of others is accepted."""
        return float(self.thresholds[self._at(false_accepts)])

    def true_accepts_at(self, false_accepts: float) -> float:
        """Return the true accepts (TAR) at that threshold: how many of the right ones may still come in."""
        return float(self.true_accepts[self._at(false_accepts)])

    def _equal(self) -> int:
        return int(np.abs(self.false_accepts - (1 - self.true_accepts)).argmin())

    def _at(self, false_accepts: float) -> int:
        check_number("false_accepts", false_accepts, lambda share: 0 <= share <= 1, "from 0 to 1")
        return int(np.flatnonzero(self.false_accepts <= false_accepts)[-1])


def verify(distances: Any, is_same: Any) -> Verification:
    """Judge distances `(pairs,)` of pairs of which it is known whether they show the same, `is_same` `(pairs,)`.

    Raises ValueError where the counts differ, a distance is not finite, or where one kind of pair is missing.

    >>> judged = verify([0.1, 0.4, 0.3, 0.9], [True, True, False, False])
    >>> judged.equal_error_rate, judged.area, judged.true_accepts_at(0.0)
    (0.5, 0.75, 0.5)
    """
    far, same = np.asarray(distances, dtype=float), np.asarray(is_same)
    if far.ndim != 1 or far.shape != same.shape:
        raise ValueError(f"distances and is_same must be (pairs,) both, not {far.shape} and {same.shape}")
    if not np.isfinite(far).all():
        raise ValueError("a distance is not finite: the network that made it has diverged")
    same = same.astype(bool)
    if same.all() or not same.any():
        kind = "same" if same.all() else "others"
        raise ValueError(f"all pairs are of the {kind}: both kinds are needed to tell them apart")
    levels = np.unique(far)
    accepted = [np.searchsorted(np.sort(far[which]), levels, side="right") / which.sum() for which in (~same, same)]
    false, true = (np.append(0.0, shares) for shares in accepted)
    return Verification(np.append(-np.inf, levels), false, true)


def pair_distances(embeddings: Any, labels: Any, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return the Euclidean distances of pairs of embeddings `(count, size)`, and which are the same, for `verify`.

    All pairs, where there are at most 20,000; else so many by `ccv.embedding.pairs`, by turns the same and not.
    """
    names = identity_column(labels)
    vectors = vectors_of(embeddings, names)
    several(names)
    if len(names) * (len(names) - 1) // 2 <= MOST_PAIRS:
        index = np.stack(np.triu_indices(len(names), 1), axis=1)
    else:
        index, _ = pairs(names, MOST_PAIRS, seed)
    one, other = index.T
    return np.linalg.norm(vectors[one] - vectors[other], axis=1), names[one] == names[other]
