"""Batches of arrays in NumPy, for any backend: what is fed where TensorFlow is not installed."""

from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np

from ccv.devices.spread import Strategy
from ccv.feeding.examples import ONE, Augment, Batches, Examples, own_rows, usable
from ccv.feeding.labels import check_classes, check_vectors
from ccv.versions import tensorflow_there

KINDS = (
    "what ccv.data.splits returns, a tf.data.Dataset of (image, label), a keras.utils.PyDataset of batches, or "
    "(images, labels)"
)

Pair = tuple[Any, Any]


class ArrayBatches(keras.utils.PyDataset):
    """Batches that `read(number)` gives: images and labels, NumPy arrays until an augmentation makes tensors of them.

    `options` are those of `PyDataset`: how many threads or processes read.
    """

    def __init__(self, read: Callable[[int], Pair], count: int, **options: Any) -> None:
        super().__init__(**options)
        self.read, self.count, self.options = read, count, options

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, number: int) -> Pair:
        return self.read(number)

    def checked(self, classes: int) -> "ArrayBatches":
        """Raise ValueError as soon as a label is read that is no class."""

        def check(number: int, images: Any, labels: Any) -> Pair:
            check_classes(labels, classes)
            return images, labels

        return self._then(check)

    def checked_vectors(self, exclusive: bool) -> "ArrayBatches":
        """Raise ValueError as soon as a vector is read that is no label."""

        def check(number: int, images: Any, labels: Any) -> Pair:
            check_vectors(np.asarray(labels), exclusive)
            return images, labels

        return self._then(check)

    def augmented(self, augment: Augment, first: int) -> "ArrayBatches":
        """Augment each by its number, counted from `first` over the whole run."""
        return self._then(lambda number, images, labels: augment(images, labels, index=first + number))

    def one_hot(self, classes: int) -> "ArrayBatches":
        """Make vectors `(batch, classes)` of integer labels."""
        vectors = np.eye(classes, dtype=np.float32)
        return self._then(lambda number, images, labels: (images, vectors[np.asarray(labels).reshape(-1).astype(int)]))

    def weighted(self, weights: np.ndarray) -> "ArrayBatches":
        """Add how much each counts."""

        def weigh(number: int, images: Any, labels: Any) -> Any:
            given = np.asarray(keras.ops.convert_to_numpy(labels), np.float32).reshape(len(labels), -1)
            each = weights[given[:, 0].astype(int)] if given.shape[1] == 1 else given @ weights
            return images, labels, each.astype(np.float32)

        return self._then(weigh)

    def shapes(self, batch_size: int) -> list[tuple[tuple[int, ...], str]]:
        """Return shape and type of a full batch's images and labels, for which the first is read."""
        found = (keras.ops.convert_to_tensor(part) for part in self[0])
        return [((batch_size, *part.shape[1:]), keras.backend.standardize_dtype(part.dtype)) for part in found]

    def for_keras(self) -> keras.utils.PyDataset:
        """Return the batches themselves."""
        return self

    def as_numpy_iterator(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Give the batches as arrays."""
        for number in range(self.count):
            images, labels = (keras.ops.convert_to_numpy(part) for part in self[number])
            yield images, labels

    def _then(self, step: Callable[[int, Any, Any], Pair]) -> "ArrayBatches":
        return ArrayBatches(lambda number: step(number, *self.read(number)), self.count, **self.options)


class ArrayExamples(Examples):
    """Two arrays: images `(count, height, width, channels)`, or what reads such as it is indexed, and labels."""

    labels: np.ndarray

    def __init__(self, images: Any, labels: np.ndarray, what: str) -> None:
        self.images, self.labels, self.what = images, labels, what
        self.count, self.dtype = len(images), str(images.dtype)
        self.image, self.label = tuple(images.shape[1:]), tuple(labels.shape[1:])

    @classmethod
    def read(cls, data: Any, what: str) -> "ArrayExamples":
        """Check a pair of arrays; TypeError or ValueError for anything else."""
        if not isinstance(data, (tuple, list)) or len(data) != 2:
            raise TypeError(f"the {what} must be {KINDS}, got {type(data).__name__}")
        images, labels = np.asarray(data[0]), np.asarray(data[1])
        if images.ndim != 4 or images.dtype.kind not in "uif":
            got = f"{images.dtype} {images.shape}"
            raise ValueError(f"the images of the {what} must be numbers (count, height, width, channels), got {got}")
        if not labels.ndim or labels.dtype.kind not in "uifb" or len(labels) != len(images):
            got = f"{labels.dtype} {labels.shape}"
            raise ValueError(
                f"the labels of the {what} must be ({len(images)},) or ({len(images)}, classes), or numbers "
                f"({len(images)}, ...) for a loss of your own, got {got}"
            )
        return cls(images, labels, what)

    def in_order(self, batch_size: int, strategy: Strategy = ONE) -> Batches:
        """Every example once, in batches, as they stand."""
        return self._batches(np.arange(self.count), batch_size, 0, strategy)

    def epoch(self, seed: int, epoch: int, batch_size: int, skip: int = 0, strategy: Strategy = ONE) -> Batches:
        """The batches of an epoch from number `skip` on, shuffled."""
        return self._batches(self.order(seed, epoch), batch_size, skip, strategy)

    def traced(self, augment: Augment) -> Augment:
        """Have TensorFlow make a graph of an augmentation, where it is there, or JAX of one that it can compile."""
        if tensorflow_there():
            from ccv.feeding import tensors

            return tensors.traced(augment)
        return compiled(augment)

    def _batches(self, order: np.ndarray, batch_size: int, skip: int, strategy: Strategy) -> Batches:
        part = order[skip * batch_size : usable(self.count, batch_size, strategy)]
        rows, size = own_rows(part, batch_size, strategy), batch_size // strategy.processes
        images, labels = self.images, self.labels
        if tensorflow_there():
            from ccv.feeding import tensors

            return tensors.gathered(images, labels, rows, size)

        def read(number: int) -> Pair:
            chosen = rows[number * size : (number + 1) * size]
            return images[chosen], labels[chosen]

        return ArrayBatches(read, -(-len(rows) // size))


def compiled(augment: Augment) -> Augment:
    """Have JAX compile an augmentation that says it can be, for which it else starts every operation alone."""
    if keras.backend.backend() != "jax" or not getattr(augment, "supports_jit", False):
        return augment
    import jax

    return jax.jit(augment)
