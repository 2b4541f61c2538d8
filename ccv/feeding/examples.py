"""Single examples, whatever they come as, in batches: a batch depends on the seed, the epoch and its number alone.

That is what makes training resumable: the order of epoch e comes from (seed, e), and an epoch can begin at any batch.
The augmentation of batch k of epoch e comes from (seed, e, k) in the same way.
"""

import math
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import numpy as np

from ccv.devices.spread import Strategy
from ccv.feeding.labels import check_classes, check_vectors

Augment = Callable[..., tuple[Any, Any]]  # (images, labels, index=) of a batch
ONE = Strategy()
LABELS = 1024  # examples that are read at a time for their labels


class Batches(Protocol):
    """Batches of images and labels, in their order; each method returns new ones and reads nothing yet."""

    def checked(self, classes: int) -> "Batches":
        """Stop the reading at a label that is no class: JAX and GPUs would train on it without a word."""

    def checked_vectors(self, exclusive: bool) -> "Batches":
        """Stop the reading at a vector that is no label, as `check_vectors` tells it."""

    def augmented(self, augment: Augment, first: int) -> "Batches":
        """Augment each by its number, counted from `first` over the whole run."""

    def weighted(self, weights: np.ndarray) -> "Batches":
        """Add to images and labels how much each counts, by the weights `(classes,)`; a soft label has a mean."""

    def one_hot(self, classes: int) -> "Batches":
        """Make vectors `(batch, classes)` of integer labels."""

    def shapes(self, batch_size: int) -> list[tuple[tuple[int, ...], str]]:
        """Return shape and type of a full batch's images and labels."""

    def for_keras(self) -> Any:
        """Return what `fit` and `evaluate` of a model take."""

    def as_numpy_iterator(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Give the batches as arrays."""


class Examples:
    """Single examples `(image, label)`: what training must know of them, and their batches.

    `count` is how many, `image` the shape (height, width, channels) and `dtype` their type; `label` is the shape of a
    label: () for an integer, `(classes,)` for a vector, or for a loss of one's own any other, such as boxes
    `(boxes, 5)`. `labels` are all of them where they are known unread. `batch_size` is None where it can be chosen.
    """

    what: str
    count: int
    image: tuple[int | None, ...]
    dtype: str
    label: tuple[int, ...]
    labels: np.ndarray | None = None
    batch_size: int | None = None
    drawn_alike: np.ndarray | None = None  # the class of each, where every class is to be seen equally often

    @property
    def label_width(self) -> int | None:
        """None where a label is one integer, else how many numbers it has."""
        return math.prod(self.label) if self.label else None

    def read_labels(self) -> np.ndarray:
        """Return all labels, for which those that are not known yet are read."""
        if self.labels is None:
            pairs = self.in_order(self.batch_size or LABELS).as_numpy_iterator()
            self.labels = np.concatenate([labels for _, labels in pairs])
        return self.labels

    def order(self, seed: int, epoch: int) -> np.ndarray:
        """Return the numbers of the examples in the order of an epoch."""
        if self.drawn_alike is None:
            return shuffled(self.count, seed, epoch)
        return balanced(self.drawn_alike, seed, epoch)

    def check_labels(self, classes: int, exclusive: bool | None = None) -> None:
        """Raise ValueError for the first known label outside the model's classes; others are checked as read.

        Vectors are checked where it is known whether the classes exclude each other.
        """
        if self.label_width not in (None, 1, classes):
            raise ValueError(f"a label of the {self.what} has {self.label_width} numbers, the model {classes} classes")
        where = f"; it is the {self.what}'s image {{}}"
        if self.labels is not None and self.label_width in (None, 1):
            check_classes(self.labels, classes, where)
        elif self.labels is not None and exclusive is not None:
            check_vectors(self.labels, exclusive, where)

    def steps(self, batch_size: int, strategy: Strategy = ONE) -> int:
        """How many batches an epoch has."""
        return -(-usable(self.count, batch_size, strategy) // batch_size)

    def in_order(self, batch_size: int, strategy: Strategy = ONE) -> Batches:
        """Every example once, in batches, as they stand."""
        raise NotImplementedError

    def epoch(self, seed: int, epoch: int, batch_size: int, skip: int = 0, strategy: Strategy = ONE) -> Batches:
        """The batches of an epoch from number `skip` on, shuffled; those before are passed over unread or undecoded.

        (batch, height, width, channels) and labels (batch,) or (batch, ...). Of several processes each gets its
        part of every batch.
        """
        raise NotImplementedError

    def traced(self, augment: Augment) -> Augment:
        """Prepare an augmentation once, not anew for every epoch."""
        return augment


def known_empty(data: Any) -> bool:
    """Whether data that know how many they are have none."""
    return not (int(data.cardinality()) if hasattr(data, "cardinality") else len(data))


def usable(count: int, batch_size: int, strategy: Strategy) -> int:
    """How many examples of an epoch are used: all, but where JAX cuts batches evenly, a few fewer than replicas."""
    if not strategy.even:
        return count
    tail = count % batch_size
    return count - tail % strategy.replicas


def shuffled(count: int, seed: int, epoch: int) -> np.ndarray:
    """The order of an epoch: the numbers from 0 to count - 1."""
    return np.random.default_rng([seed, epoch]).permutation(count)


def balanced(classes: np.ndarray, seed: int, epoch: int) -> np.ndarray:
    """The order of an epoch of as many examples, in which each class is seen equally often; images of a rare one again.

    >>> np.bincount(np.array([0, 0, 0, 0, 0, 1])[balanced(np.array([0, 0, 0, 0, 0, 1]), seed=0, epoch=0)])
    array([3, 3])
    """
    random, kinds = np.random.default_rng([seed, epoch]), np.unique(classes)
    each = -(-len(classes) // len(kinds))
    rows = [np.resize(random.permutation(np.flatnonzero(classes == kind)), each) for kind in kinds]
    return random.permutation(np.concatenate(rows))[: len(classes)]


def own_rows(order: np.ndarray, batch_size: int, strategy: Strategy) -> np.ndarray:
    """Of every batch the part of this process."""
    if strategy.processes == 1:
        return order
    parts = [order[start : start + batch_size] for start in range(0, len(order), batch_size)]
    return np.concatenate([np.split(part, strategy.processes)[strategy.process] for part in parts])
