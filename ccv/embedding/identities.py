"""Who is who: identities to train on and identities to meet later, and pairs of pictures."""

from typing import Any

import numpy as np

from ccv.checks import check_number, check_whole


def split_identities(labels: Any, *, unseen: float = 0.3, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return the indices of the pictures to train on, and of those of identities that the training never sees.

    `unseen` is the share of the identities, rounded, that are kept away. Of `labels` `(count,)` no identity is in both.
    Raises ValueError where one side would have fewer than two identities: nothing could be told apart there.

    >>> known, met_later = split_identities([0, 0, 1, 1, 2, 2, 3, 3], unseen=0.5)
    >>> len(known), len(met_later)
    (4, 4)
    """
    names = identity_column(labels)
    check_number("unseen", unseen, lambda share: 0 < share < 1, "between 0 and 1")
    check_whole("seed", seed, 0)
    order = np.random.default_rng(seed).permutation(np.unique(names))
    kept = round(unseen * len(order))
    if min(kept, len(order) - kept) < 2:
        raise ValueError(
            f"of {len(order)} identities, unseen={unseen} leaves {len(order) - kept} to train on and {kept} to meet "
            "later: each side needs two at least"
        )
    is_unseen = np.isin(names, order[:kept])
    return np.flatnonzero(~is_unseen), np.flatnonzero(is_unseen)


def pairs(labels: Any, count: int, seed: Any = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return the indices of `count` pairs `(count, 2)`, and which show the same `(count,)`, by turns yes and no.

    A pair of one identity has two different pictures of it; the identities of each pair are drawn with equal chances.
    Raises ValueError where there is one identity only, or none with two pictures.
    """
    names = identity_column(labels)
    check_whole("count", count, 2)
    several(names)
    order = np.argsort(names, kind="stable")  # the pictures of an identity stand together
    _, starts, sizes = np.unique(names[order], return_index=True, return_counts=True)
    rich = np.flatnonzero(sizes > 1)
    if not len(rich):
        raise ValueError("every identity has one picture only: a pair that shows the same needs two")
    rng = np.random.default_rng(seed)
    is_same = np.arange(count) % 2 == 0
    one = np.where(is_same, rng.choice(rich, count), rng.integers(len(sizes), size=count))
    other = np.where(is_same, one, _another(one, len(sizes), rng))
    left, right = (rng.integers(sizes[who]) for who in (one, other))
    right = np.where(is_same, _another(left, np.where(is_same, sizes[one], 2), rng), right)
    return np.stack([order[starts[one] + left], order[starts[other] + right]], axis=1), is_same


def _another(taken: np.ndarray, among: Any, rng: np.random.Generator) -> np.ndarray:
    """For each number below `among` draw another one, with equal chances."""
    return (taken + 1 + rng.integers(among - 1, size=len(taken))) % among


def several(names: np.ndarray) -> np.ndarray:
    """Return the identities; ValueError where there is but one."""
    found = np.unique(names)
    if len(found) < 2:
        raise ValueError(
            f"all pictures show {found.tolist()[0]!r}: nothing can be told apart with fewer than two identities"
        )
    return found


def identity_column(labels: Any) -> np.ndarray:
    """Return labels `(count,)` as an array; ValueError for none, or for another shape."""
    names = np.asarray(labels)
    names = names[:, 0] if names.ndim == 2 and names.shape[1] == 1 else names
    if names.ndim != 1 or not len(names):
        raise ValueError(f"labels must be (pictures,), one identity a picture, not the shape {names.shape}")
    return names


def vectors_of(embeddings: Any, names: np.ndarray) -> np.ndarray:
    """Return embeddings `(count, size)`, one for each label; ValueError for other counts, or a number that is none."""
    vectors = np.asarray(embeddings, dtype=float)
    if vectors.ndim != 2 or len(vectors) != len(names):
        raise ValueError(f"embeddings must be ({len(names)}, size), one for each label, not {vectors.shape}")
    if not np.isfinite(vectors).all():
        raise ValueError("an embedding holds numbers that are not finite: the network that made it has diverged")
    return vectors
