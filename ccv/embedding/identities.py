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
    groups = [np.flatnonzero(names == name) for name in several(names)]
    rich = [group for group in groups if len(group) > 1]
    if not rich:
        raise ValueError("every identity has one picture only: a pair that shows the same needs two")
    rng = np.random.default_rng(seed)
    is_same = np.arange(count) % 2 == 0
    found = [_same_pair(rich, rng) if same else _other_pair(groups, rng) for same in is_same]
    return np.array(found), is_same


def _same_pair(groups: list[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    return rng.choice(groups[rng.integers(len(groups))], 2, replace=False)


def _other_pair(groups: list[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    one, other = rng.choice(len(groups), 2, replace=False)
    return np.array([rng.choice(groups[one]), rng.choice(groups[other])])


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
