"""Single examples, whatever they come as, in batches: a batch depends on the seed, the epoch and its number alone.

That is what makes training resumable: the order of epoch e comes from (seed, e), and an epoch can begin at any batch.
"""

import math
from typing import Any

import numpy as np
import tensorflow as tf

from ccv.devices.labels import label_error, no_class
from ccv.devices.spread import Strategy

SHUFFLE_BYTES = 512 * 2**20  # what shuffling a dataset may keep in memory
ONE = Strategy()


class Examples:
    """Single examples `(image, label)`, given as a dataset or as two arrays.

    `count` is how many, `image` the shape (height, width, channels) and `dtype` their type; a label is an integer,
    a vector of `(classes,)`, or for a loss of one's own anything of one shape, such as boxes `(boxes, 5)`.
    """

    def __init__(self, data: Any, what: str = "data") -> None:
        self.what = what
        if isinstance(data, tf.data.Dataset):
            self.arrays, self.dataset = None, data
            self._check_spec(data.element_spec)
            self.count = _count(data)
        else:
            self.arrays, self.dataset = self._checked_arrays(data), None
            self.count = len(self.arrays[0])
        if not self.count:
            raise ValueError(f"the {what} are empty: there is no image to train on")

    @property
    def image(self) -> tuple[int | None, ...]:
        """The shape of one image: (height, width, channels)."""
        return tuple(self.arrays[0].shape[1:] if self.arrays else self.dataset.element_spec[0].shape)

    @property
    def dtype(self) -> str:
        """The type of the pixels."""
        return str(self.arrays[0].dtype) if self.arrays else self.dataset.element_spec[0].dtype.name

    @property
    def label(self) -> tuple[int, ...]:
        """The shape of one label: () for an integer."""
        return tuple(self.arrays[1].shape[1:] if self.arrays else self.dataset.element_spec[1].shape)

    @property
    def label_width(self) -> int | None:
        """None where a label is one integer, else how many numbers it has."""
        return math.prod(self.label) if self.label else None

    def check_labels(self, classes: int) -> None:
        """Raise ValueError for the first label of an array outside the model's classes; datasets say so as read."""
        if self.label_width not in (None, 1, classes):
            raise ValueError(f"a label of the {self.what} has {self.label_width} numbers, the model {classes} classes")
        if self.arrays is None or self.label_width not in (None, 1):
            return
        labels = self.arrays[1].reshape(-1)
        wrong = np.flatnonzero(no_class(labels, classes))
        if len(wrong):
            raise ValueError(f"{label_error(labels[wrong[0]], classes)}; it is the {self.what}'s image {wrong[0]}")

    def in_order(self, batch_size: int, strategy: Strategy = ONE) -> tf.data.Dataset:
        """Every example once, in batches, as they stand."""
        order = np.arange(self.count) if self.direct else None
        return prefetched(self._part(order, None, batch_size, 0, strategy))

    def steps(self, batch_size: int, strategy: Strategy = ONE) -> int:
        """How many batches an epoch has."""
        return -(-usable(self.count, batch_size, strategy) // batch_size)

    def epoch(self, seed: int, epoch: int, batch_size: int, skip: int = 0, strategy: Strategy = ONE) -> tf.data.Dataset:
        """The batches of an epoch from number `skip` on, shuffled; those before are passed over unread or undecoded.

        (batch, height, width, channels) and labels (batch,) or (batch, ...). Of several processes each gets its
        part of every batch.
        """
        order = np.random.default_rng([seed, epoch]).permutation(self.count) if self.direct else None
        return self._part(order, seed_of(seed, epoch), batch_size, skip, strategy)

    @property
    def direct(self) -> bool:
        """Whether an example can be read by its number: of arrays, and of the files of `ccv.data`."""
        return self.arrays is not None or hasattr(self.dataset, "reordered")

    def _part(
        self, order: np.ndarray | None, mixed: int | None, batch_size: int, skip: int, strategy: Strategy
    ) -> tf.data.Dataset:
        count = usable(self.count, batch_size, strategy)
        size = batch_size // strategy.processes
        if order is not None:
            rows = _own_rows(order[skip * batch_size : count], batch_size, strategy)
            return self._rows(rows, size)
        dataset = self.dataset
        if mixed is not None:
            dataset = dataset.shuffle(self._buffer(), seed=mixed, reshuffle_each_iteration=False)
        dataset = dataset.take(count).skip(skip * batch_size).batch(batch_size)
        return dataset.map(lambda x, y: _own_slice((x, y), strategy)) if strategy.processes > 1 else dataset

    def _rows(self, rows: np.ndarray, size: int) -> tf.data.Dataset:
        """The examples of these numbers, in their order, so many to a batch."""
        if self.arrays is None:
            return self.dataset.reordered(rows).batch(size)
        with tf.device("CPU:0"):
            images, labels = (tf.convert_to_tensor(array) for array in self.arrays)
            index = tf.data.Dataset.from_tensor_slices(rows).batch(size)

        def gather(numbers: Any) -> tuple[Any, Any]:
            return tf.gather(images, numbers), tf.gather(labels, numbers)

        return index.map(gather, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)

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

    def _checked_arrays(self, data: Any) -> tuple[np.ndarray, np.ndarray]:
        if not isinstance(data, (tuple, list)) or len(data) != 2:
            kinds = "what ccv.data.splits returns, a tf.data.Dataset of (image, label), or (images, labels)"
            raise TypeError(f"the {self.what} must be {kinds}, got {type(data).__name__}")
        images, labels = np.asarray(data[0]), np.asarray(data[1])
        if images.ndim != 4 or images.dtype.kind not in "uif":
            got = f"{images.dtype} {images.shape}"
            raise ValueError(
                f"the images of the {self.what} must be numbers (count, height, width, channels), got {got}"
            )
        if not labels.ndim or labels.dtype.kind not in "uifb" or len(labels) != len(images):
            got = f"{labels.dtype} {labels.shape}"
            raise ValueError(
                f"the labels of the {self.what} must be ({len(images)},) or ({len(images)}, classes), or numbers "
                f"({len(images)}, ...) for a loss of your own, got {got}"
            )
        return images, labels


def usable(count: int, batch_size: int, strategy: Strategy) -> int:
    """How many examples of an epoch are used: all, but where JAX cuts batches evenly, a few fewer than replicas."""
    if not strategy.even:
        return count
    tail = count % batch_size
    return count - tail % strategy.replicas


def seed_of(seed: int, epoch: int) -> int:
    """Mix seed and epoch into one number of 31 bits."""
    return int(np.random.SeedSequence([seed, epoch]).generate_state(1)[0] >> 1)


def _own_rows(order: np.ndarray, batch_size: int, strategy: Strategy) -> np.ndarray:
    """Of every batch the part of this process."""
    if strategy.processes == 1:
        return order
    parts = [order[start : start + batch_size] for start in range(0, len(order), batch_size)]
    return np.concatenate([np.split(part, strategy.processes)[strategy.process] for part in parts])


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


def prefetched(dataset: tf.data.Dataset) -> tf.data.Dataset:
    """Have the next batches made while this one is computed with."""
    return dataset.prefetch(tf.data.AUTOTUNE)
