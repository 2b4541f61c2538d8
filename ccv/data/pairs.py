"""Labelled images where TensorFlow is not installed: `Pairs`, which stands in the place of a `tf.data.Dataset`."""

from collections.abc import Iterator
from typing import Any

import numpy as np


class Pairs:
    """Single `(image, label)` pairs in a fixed order: `len`, a loop, `pairs[3]`, and `pairs[:32]` for a batch.

    `images` are `(count, height, width, channels)`, an array or what reads files as it is indexed, and `labels` an
    array with a row for each. Like the datasets of `ccv.data` they carry `class_names`.
    """

    def __init__(self, images: Any, labels: np.ndarray, class_names: list[str]) -> None:
        self.images, self.labels, self.class_names = images, labels, class_names

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, which: Any) -> tuple[np.ndarray, Any]:
        return self.images[which], self.labels[which]

    def __iter__(self) -> Iterator[tuple[np.ndarray, Any]]:
        return (self[number] for number in range(len(self)))

    def concatenate(self, other: "Pairs") -> "Pairs":
        """Return these pairs and then the other's, read into memory."""
        both = zip(self[:], other[:], strict=True)
        images, labels = (np.concatenate(parts) for parts in both)
        return Pairs(images, labels, self.class_names)


def image_shape(data: Any) -> tuple[int, int, int]:
    """Return (height, width, channels) of the images of a `tf.data.Dataset` of pairs or of `Pairs`."""
    return tuple(data.images.shape[1:] if isinstance(data, Pairs) else data.element_spec[0].shape)


def as_arrays(data: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return images `(count, height, width, channels)` and labels of a `tf.data.Dataset` of pairs or of `Pairs`."""
    if isinstance(data, Pairs):
        return data[:]
    image, label = data.element_spec
    images = np.empty((len(data), *image.shape), image.dtype.as_numpy_dtype)
    labels = np.empty((len(data), *label.shape), label.dtype.as_numpy_dtype)
    for index, pair in enumerate(data.as_numpy_iterator()):
        images[index], labels[index] = pair
    return images, labels
