"""Identification, one against many: who of a gallery is this, or is it nobody of them?"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ccv.checks import check_number
from ccv.embedding.identities import identity_column, vectors_of


class Identified(NamedTuple):
    """The nearest identity of each probe, how far it is, and whether that is near enough; all `(probes,)`."""

    names: np.ndarray
    distances: np.ndarray
    is_known: np.ndarray


@dataclass(frozen=True)
class Identification:
    """How often the right one is named, and how often a stranger gets a name.

    `rank_1` is the share of probes of the gallery whose nearest entry is theirs, whatever the threshold;
    `identified` the share that is near enough besides (true positive identification rate); `false_alarms` the share of
    strangers who are taken for somebody (false positive identification rate), NaN where there is no stranger.
    """

    rank_1: float
    identified: float
    false_alarms: float


def identify(probes: Any, gallery: Any, gallery_labels: Any, threshold: float = np.inf) -> Identified:
    """Find the nearest entry of a gallery `(entries, size)` for each probe `(probes, size)`, by Euclidean distance.

    A probe is known where that distance is at most `threshold`. Several entries may have one label. Raises ValueError
    for an empty gallery, or embeddings of another size.

    >>> found = identify([[0.0, 0.9], [5.0, 5.0]], [[0.0, 1.0], [1.0, 0.0]], ["Ada", "Bo"], threshold=0.5)
    >>> found.names.tolist(), found.is_known.tolist()
    (['Ada', 'Ada'], [True, False])
    """
    names = identity_column(gallery_labels)
    entries = vectors_of(gallery, names)
    asked = np.asarray(probes, dtype=float)
    if asked.ndim != 2 or asked.shape[1] != entries.shape[1]:
        raise ValueError(f"probes must be (probes, {entries.shape[1]}) as the gallery's are, not {asked.shape}")
    far = np.stack([np.linalg.norm(entries - one, axis=1) for one in asked]) if len(asked) else np.zeros((0, 1))
    nearest = far.argmin(axis=1)
    distances = far[np.arange(len(asked)), nearest]
    return Identified(names[nearest], distances, distances <= threshold)


def evaluate_identification(found: Identified, labels: Any, gallery_labels: Any) -> Identification:
    """Judge what `identify` found, by the true identities of the probes, some of whom may be strangers.

    Raises ValueError where no probe is of the gallery, or the counts differ.
    """
    truth = identity_column(labels)
    if len(truth) != len(found.names):
        raise ValueError(f"{len(found.names)} probes and {len(truth)} labels: give one label a probe")
    enrolled = np.isin(truth, identity_column(gallery_labels))
    if not enrolled.any():
        raise ValueError("no probe is of the gallery: nobody could be identified")
    is_right = (found.names == truth)[enrolled]
    alarms = found.is_known[~enrolled]
    return Identification(
        float(is_right.mean()),
        float((is_right & found.is_known[enrolled]).mean()),
        float(alarms.mean()) if len(alarms) else float("nan"),
    )


def false_alarms_expected(false_accepts: float, entries: int) -> float:
    """Return how often a stranger meets somebody in a gallery of so many, if each comparison is independent.

    >>> round(false_alarms_expected(0.001, 1000), 3)
    0.632
    """
    check_number("false_accepts", false_accepts, lambda share: 0 <= share <= 1, "from 0 to 1")
    return 1 - (1 - false_accepts) ** entries
