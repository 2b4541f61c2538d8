"""Batches in `tf.data`: read, checked and augmented on many cores while the network computes."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from ccv.devices.spread import Strategy
from ccv.feeding.examples import ONE, Augment, Examples, own_rows, usable
from ccv.feeding.labels import NEAR, NO_VECTOR, OUT_OF_RANGE, no_class

SHUFFLE_BYTES = 512 * 2**20  # what shuffling a dataset may keep in memory


class TensorBatches:
    """Batches of a `tf.data.Dataset`."""

    def __init__(self, dataset: tf.data.Dataset) -> None:
        self.dataset = dataset

    def checked(self, classes: int) -> "TensorBatches":
        """Stop the reading at a label that is no class, with an error that `labels.label_problem` reads."""
        return TensorBatches(self.dataset.map(lambda x, y: (x, checked(y, classes))))

    def checked_vectors(self, exclusive: bool) -> "TensorBatches":
        """Stop the reading at a vector that is no label, with an error that `labels.label_problem` reads."""
        return TensorBatches(self.dataset.map(lambda x, y: (x, checked_vectors(y, exclusive))))

    def augmented(self, augment: Augment, first: int) -> "TensorBatches":
        """Augment each by its number, counted from `first` over the whole run."""

        def apply(number: Any, pair: Any) -> tuple[Any, Any]:
            return augment(*pair, index=number)

        numbered = self.dataset.enumerate(start=first)
        return TensorBatches(numbered.map(apply, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True))

    def one_hot(self, classes: int) -> "TensorBatches":
        """Make vectors `(batch, classes)` of integer labels."""
        return TensorBatches(self.dataset.map(lambda x, y: (x, tf.one_hot(tf.reshape(y, [-1]), classes))))

    def weighted(self, weights: np.ndarray) -> "TensorBatches":
        """Add how much each counts."""
        table = tf.constant(weights, tf.float32)

        def weigh(x: Any, y: Any) -> Any:
            given = tf.reshape(y, [tf.shape(y)[0], -1])
            if y.shape.rank == 1 or y.shape[1] == 1:
                return x, y, tf.gather(table, tf.cast(given[:, 0], tf.int32))
            return x, y, tf.linalg.matvec(tf.cast(given, tf.float32), table)

        return TensorBatches(self.dataset.map(weigh))

    def shapes(self, batch_size: int) -> list[tuple[tuple[int, ...], str]]:
        """Return shape and type of a full batch's images and labels."""
        return [((batch_size, *spec.shape[1:]), spec.dtype.name) for spec in self.dataset.element_spec]

    def for_keras(self) -> tf.data.Dataset:
        """Return the dataset, the next batches of which are made while one is computed with."""
        return self.dataset.prefetch(tf.data.AUTOTUNE)

    def as_numpy_iterator(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Give the batches as arrays."""
        return iter(self.for_keras().as_numpy_iterator())


class DatasetExamples(Examples):
    """A `tf.data.Dataset` of single `(image, label)` pairs."""

    def __init__(self, dataset: tf.data.Dataset, what: str) -> None:
        self.dataset, self.what = dataset, what
        self._check_spec(dataset.element_spec)
        image, label = dataset.element_spec
        self.image, self.dtype, self.label = tuple(image.shape), image.dtype.name, tuple(label.shape)
        self.count = _count(dataset)
        if self.direct:
            self.labels = dataset.listing.labels

    @property
    def direct(self) -> bool:
        """Whether an example can be read by its number: of the files of `ccv.data`."""
        return hasattr(self.dataset, "listing")

    def in_order(self, batch_size: int, strategy: Strategy = ONE) -> TensorBatches:
        """Every example once, in batches, as they stand."""
        if self.direct:
            return self._of_rows(np.arange(self.count), batch_size, 0, strategy)
        return self._of_dataset(self.dataset, batch_size, 0, strategy)

    def epoch(self, seed: int, epoch: int, batch_size: int, skip: int = 0, strategy: Strategy = ONE) -> TensorBatches:
        """The batches of an epoch from number `skip` on, shuffled."""
        if self.direct:
            return self._of_rows(self.order(seed, epoch), batch_size, skip, strategy)
        mixed = self.dataset.shuffle(self._buffer(), seed=seed_of(seed, epoch), reshuffle_each_iteration=False)
        return self._of_dataset(mixed, batch_size, skip, strategy)

    def traced(self, augment: Augment) -> Augment:
        """Have TensorFlow make the graph of an augmentation."""
        return traced(augment)

    def _of_rows(self, order: np.ndarray, batch_size: int, skip: int, strategy: Strategy) -> TensorBatches:
        part = order[skip * batch_size : usable(self.count, batch_size, strategy)]
        rows = own_rows(part, batch_size, strategy)
        return TensorBatches(self.dataset.reordered(rows).batch(batch_size // strategy.processes))

    def _of_dataset(self, dataset: Any, batch_size: int, skip: int, strategy: Strategy) -> TensorBatches:
        count = usable(self.count, batch_size, strategy)
        dataset = dataset.take(count).skip(skip * batch_size).batch(batch_size)
        if strategy.processes > 1:
            dataset = dataset.map(lambda x, y: _own_slice((x, y), strategy))
        return TensorBatches(dataset)

    def _buffer(self) -> int:
        """As many examples as the memory for shuffling holds; all of them, where they fit."""
        sides = [side or 256 for side in self.image]
        size = max(1, int(np.prod(sides)) * tf.as_dtype(self.dtype).size)
        return int(min(self.count, max(1024, SHUFFLE_BYTES // size)))

    def _check_spec(self, spec: Any) -> None:
        if not isinstance(spec, tuple) or len(spec) != 2 or not all(isinstance(one, tf.TensorSpec) for one in spec):
            raise TypeError(f"the {self.what} must give (image, label) pairs, got {spec}")
        image, label = spec
        if image.shape.rank == 4:
            raise ValueError(f"the {self.what} are batched already: pass single images, as by .unbatch()")
        if image.shape.rank != 3:
            raise ValueError(f"an image of the {self.what} must be (height, width, channels), got {image.shape}")
        if None in image.shape:
            raise ValueError(f"the images of the {self.what} have no fixed size {image.shape}: give one, as size=224")
        if not (label.dtype.is_integer or label.dtype.is_floating or label.dtype.is_bool):
            raise ValueError(f"a label of the {self.what} must be a number or numbers, not {label.dtype.name}")
        if label.shape.rank is None or None in label.shape:
            raise ValueError(
                f"the labels of the {self.what} must all have one shape, such as (classes,): {label.shape}"
            )


def gathered(images: np.ndarray, labels: np.ndarray, rows: np.ndarray, size: int) -> TensorBatches:
    """Return the examples of these numbers of two arrays, in their order, so many to a batch."""
    with tf.device("CPU:0"):
        all_images, all_labels = tf.convert_to_tensor(images), tf.convert_to_tensor(labels)
        index = tf.data.Dataset.from_tensor_slices(rows).batch(size)

    def gather(numbers: Any) -> tuple[Any, Any]:
        return tf.gather(all_images, numbers), tf.gather(all_labels, numbers)

    return TensorBatches(index.map(gather, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True))


def checked(labels: Any, classes: int) -> Any:
    """Return labels as they are; one that is no class stops the reading: `labels.label_problem` reads the error."""
    numbers = tf.cast(labels, "float64")  # which compares with any count of classes, as a byte would not
    outside = tf.boolean_mask(numbers, no_class(numbers, classes))
    return _only_if(tf.equal(tf.size(outside), 0), [OUT_OF_RANGE, outside[:1]], labels)


def checked_vectors(labels: Any, exclusive: bool) -> Any:
    """Return labels `(batch, classes)` as they are; one that `check_vectors` refuses stops the reading."""
    shares = tf.cast(labels, "float64")
    good = tf.reduce_all((shares >= 0) & (shares <= 1))
    if exclusive:
        good &= tf.reduce_all(tf.abs(tf.reduce_sum(shares, axis=-1) - 1) < NEAR)
    return _only_if(good, [NO_VECTOR[exclusive]], labels)


def _only_if(good: Any, told: list[Any], labels: Any) -> Any:
    check = tf.debugging.Assert(good, told)
    with tf.control_dependencies([check] if check is not None else []):
        return tf.identity(labels)


def traced(augment: Augment) -> Callable[..., Any]:
    """Have TensorFlow make the graph of an augmentation once, not anew for every epoch."""
    return tf.function(augment)


def seed_of(seed: int, epoch: int) -> int:
    """Mix seed and epoch into one number of 31 bits."""
    return int(np.random.SeedSequence([seed, epoch]).generate_state(1)[0] >> 1)


def _own_slice(pair: Any, strategy: Strategy) -> Any:
    size = tf.shape(pair[1])[0] // strategy.processes
    start = strategy.process * size
    return tuple(part[start : start + size] for part in pair)


def _count(dataset: tf.data.Dataset) -> int:
    """The dataset's length; one that does not know it is read once."""
    known = int(dataset.cardinality())
    if known == tf.data.INFINITE_CARDINALITY:
        raise ValueError("the dataset never ends: take a part of it, as by .take(10_000)")
    return known if known >= 0 else int(dataset.reduce(np.int64(0), lambda n, _: n + 1))
