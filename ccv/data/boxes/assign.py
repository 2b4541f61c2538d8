"""Which example is for training, which for validation, which for the test: by hash, so that it stays so."""

import hashlib
import unicodedata
from collections import defaultdict
from collections.abc import Hashable, Sequence

import numpy as np


def assign(names: Sequence[str], groups: Sequence[Hashable], seed: int, validation: float, test: float) -> list[str]:
    """Return "train", "validation" or "test" for each name.

    The names of a group (a class) are ordered by a hash of name and seed; the first are for the test, the
    next for validation. So each class is divided alike; what is added to one class moves nothing in another,
    and next to nothing in its own; and the order of the files, the machine and the folder's place do not
    matter. A class of two or more has at least one image in each part that was asked for, training before all.

    >>> assign(["a", "b", "c", "d", "e"], [0] * 5, seed=0, validation=0.2, test=0.0).count("validation")
    1
    """
    members = defaultdict(list)
    for index, group in enumerate(groups):
        members[group].append(index)
    parts = ["train"] * len(names)
    for indices in members.values():
        indices.sort(key=lambda index: digest(names[index], seed))
        tests = _share(len(indices), test, keep=1)
        validations = _share(len(indices), validation, keep=1 + tests)
        for rank, index in enumerate(indices[: tests + validations]):
            parts[index] = "test" if rank < tests else "validation"
    return parts


def rarest(labels: np.ndarray) -> np.ndarray:
    """Return for each row of labels `(images, labels)` its label that the fewest images show; -1 where it shows none.

    Images divided by it are divided alike for every label, as far as images with several allow.

    >>> rarest(np.array([[1, 0], [1, 1], [0, 0]])).tolist()
    [0, 1, -1]
    """
    counts = np.where(labels > 0, labels.sum(axis=0), np.inf)
    return np.where((labels > 0).any(axis=1), counts.argmin(axis=1), -1)


def digest(name: str, seed: int) -> bytes:
    """Return the hash that orders names: the same for the accents of macOS and of everybody else."""
    text = f"{seed}/{unicodedata.normalize('NFC', name)}"
    return hashlib.blake2b(text.encode("utf-8", "surrogateescape"), digest_size=8).digest()


def _share(count: int, fraction: float, keep: int) -> int:
    wanted = max(1, round(count * fraction)) if fraction else 0
    return max(0, min(wanted, count - keep))
