"""Episodes: n classes, k examples of each, and questions; how well new classes are told apart (n ways, k shots)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ccv.checks import check_whole
from ccv.embedding.identities import identity_column, vectors_of


class Episode(NamedTuple):
    """Numbers of pictures: `support` `(ways, shots)` and `query` `(ways, queries)`; row i of both is one class."""

    support: np.ndarray
    query: np.ndarray


@dataclass(frozen=True)
class OneShot:
    """The share of questions that are right, and of each episode its own, `(episodes,)`."""

    accuracy: float
    by_episode: np.ndarray


def episodes(
    labels: Any, *, ways: int = 10, shots: int = 1, queries: int = 1, count: int = 400, seed: int = 0
) -> Iterator[Episode]:
    """Draw `count` episodes from labels `(pictures,)`: so many classes, and of each `shots` examples and `queries`.

    No picture is an example and a question at once. Raises ValueError where too few classes have enough pictures.
    """
    names = identity_column(labels)
    for name, value in (("ways", ways), ("shots", shots), ("queries", queries), ("count", count)):
        check_whole(name, value, 2 if name == "ways" else 1)
    groups = [np.flatnonzero(names == name) for name in np.unique(names)]
    groups = [group for group in groups if len(group) >= shots + queries]
    if len(groups) < ways:
        raise ValueError(
            f"{len(groups)} classes have the {shots + queries} pictures that {shots} shots and {queries} queries take: "
            f"ways={ways} needs as many"
        )
    rng = np.random.default_rng(seed)
    return (_draw(groups, ways, shots, queries, rng) for _ in range(count))


def _draw(groups: list[np.ndarray], ways: int, shots: int, queries: int, rng: np.random.Generator) -> Episode:
    chosen = rng.choice(len(groups), ways, replace=False)
    rows = np.stack([rng.choice(groups[which], shots + queries, replace=False) for which in chosen])
    return Episode(rows[:, :shots], rows[:, shots:])


def one_shot(
    embeddings: Any, labels: Any, *, ways: int = 10, shots: int = 1, queries: int = 1, count: int = 400, seed: int = 0
) -> OneShot:
    """Answer each query by the nearest class, which is the mean of its examples' embeddings; return the share right.

    Embeddings are `(pictures, size)`; raw pixels, flattened, are such too. With one shot this is the nearest
    neighbour; the mean of several is the prototype of Snell, Swersky, Zemel 2017.
    """
    names = identity_column(labels)
    vectors = vectors_of(embeddings, names)
    drawn = episodes(names, ways=ways, shots=shots, queries=queries, count=count, seed=seed)
    right = np.array([_answered(vectors, episode).mean() for episode in drawn])
    return OneShot(float(right.mean()), right)


def _answered(vectors: np.ndarray, episode: Episode) -> np.ndarray:
    """Which queries are right, `(ways, queries)`."""
    prototypes = vectors[episode.support].mean(axis=1)
    far = np.square(vectors[episode.query][:, :, None] - prototypes[None, None]).sum(axis=-1)
    return far.argmin(axis=-1) == np.arange(len(prototypes))[:, None]
