"""Labelled images of any kind, as shuffled batches for `fit`: arrays, a dataset of single pairs, or splits."""

import math
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

BUFFER = 10_000  # images that a dataset holds to shuffle


class Batches(keras.utils.PyDataset):
    """Batches of arrays: in a new order each epoch, which the seed decides, or in their own where it is None."""

    def __init__(self, images: np.ndarray, labels: np.ndarray, batch_size: int, seed: int | None = None) -> None:
        super().__init__()
        self.images, self.labels, self.batch_size = images, labels, batch_size
        self.rng = None if seed is None else np.random.default_rng(seed)
        self.order = np.arange(len(images))
        self.on_epoch_end()

    def __len__(self) -> int:
        return math.ceil(len(self.images) / self.batch_size)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        chosen = self.order[index * self.batch_size : (index + 1) * self.batch_size]
        return self.images[chosen], self.labels[chosen]

    def on_epoch_end(self) -> None:
        """Draw the next order."""
        if self.rng is not None:
            self.order = self.rng.permutation(len(self.images))


def is_dataset(data: Any) -> bool:
    """Say whether this is a `tf.data.Dataset`, told by its methods."""
    return hasattr(data, "element_spec") and hasattr(data, "batch")


def part(data: Any, name: str) -> Any:
    """Return the "train" or "validation" of splits; what is no splits, as it is."""
    return getattr(data, name) if hasattr(data, "train") and hasattr(data, "validation") else data


def checked(data: Any) -> Any:
    """Return arrays as a pair of NumPy arrays, a dataset as it is; raise ValueError or TypeError for anything else."""
    if is_dataset(data):
        spec = data.element_spec
        if not isinstance(spec, tuple) or len(spec) < 2:
            raise ValueError(f"the dataset must give (image, label) pairs, not {spec}")
        if spec[0].shape.rank != 3:
            raise ValueError(
                f"the dataset must give single images (height, width, channels), not {spec[0].shape}: call .unbatch()"
            )
        return data
    if not isinstance(data, tuple | list) or len(data) != 2:
        raise TypeError(
            f"data must be splits, a tf.data.Dataset of (image, label), or (images, labels), not {type(data).__name__}"
        )
    images, labels = np.asarray(data[0]), np.asarray(data[1])
    if images.ndim != 4 or len(images) != len(labels) or not len(images):
        raise ValueError(
            f"images must be (count, height, width, channels), labels as many, not {images.shape} and {labels.shape}"
        )
    return images, labels


def count(data: Any) -> int:
    """Return how many images there are; a dataset that does not know is read once."""
    if not is_dataset(data):
        return len(data[0])
    known = int(data.cardinality())
    if known == -1:
        raise ValueError("the dataset never ends: call .take(images of an epoch)")
    return known if known >= 0 else sum(1 for _ in data)


def batches(data: Any, batch_size: int, seed: int | None = None) -> Any:
    """Return what `fit` and `evaluate` take; shuffled where there is a seed."""
    if is_dataset(data):
        return (data if seed is None else data.shuffle(BUFFER, seed=seed)).batch(batch_size)
    images, labels = data
    return Batches(images, labels, batch_size, seed)


def each(data: Any, batch_size: int) -> Iterator[tuple[Any, ...]]:
    """Yield the batches once, in their own order."""
    given = batches(data, batch_size)
    yield from given if is_dataset(data) else (given[index] for index in range(len(given)))


def check_labels(data: Any, classes: int) -> None:
    """Raise ValueError where an array's labels do not fit the head."""
    if is_dataset(data):
        return
    labels = data[1]
    if labels.ndim == 2 and labels.shape[1] != classes:
        raise ValueError(f"the labels have {labels.shape[1]} classes, the head {classes}: with_head(..., classes=...)")
    if labels.ndim == 1 and (labels.min() < 0 or labels.max() >= classes):
        raise ValueError(
            f"the labels range from {labels.min()} to {labels.max()}, the head has {classes} classes, numbered from 0"
        )


def one_hot(data: Any) -> bool:
    """Say whether a label is a vector, as mixing images makes them."""
    return bool(data.element_spec[1].shape.rank == 1 if is_dataset(data) else data[1].ndim == 2)
