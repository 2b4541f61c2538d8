"""Batches of a `keras.utils.PyDataset`, on every backend: they are its own, in an order that the seed decides."""

from collections.abc import Callable

import keras
import numpy as np

from ccv.devices.spread import Strategy
from ccv.feeding.arrays import ArrayBatches, Pair, compiled
from ccv.feeding.examples import ONE, Augment, Examples, shuffled


class PyDatasetExamples(Examples):
    """The examples in the batches of a `PyDataset`, each of which must depend on its number alone.

    `on_epoch_end` is called between the epochs, and as often where a run goes on, so that a dataset which draws an
    order of its own, by a seed, is as far as it was. The last batch may be smaller than the others.
    """

    def __init__(self, dataset: keras.utils.PyDataset, what: str) -> None:
        self.dataset, self.what = dataset, what
        self.number, self.ended = _length(dataset, what), 0
        self.count = 0
        if not self.number:
            return
        images, labels = self._batch(0)
        self.batch_size, self.dtype = len(images), str(images.dtype)
        self.image, self.label = tuple(images.shape[1:]), tuple(labels.shape[1:])
        last = len(self._batch(self.number - 1)[0])
        self.count = (self.number - 1) * self.batch_size + last

    def steps(self, batch_size: int, strategy: Strategy = ONE) -> int:
        """How many batches an epoch has; where JAX cuts them evenly, a last one of fewer than replicas is left out."""
        last = self.count - (self.number - 1) * len(self._batch(0)[0])
        return self.number - (strategy.even and last < strategy.replicas)

    def in_order(self, batch_size: int, strategy: Strategy = ONE) -> ArrayBatches:
        """Every batch once, as they stand."""
        return self._batches(np.arange(self.steps(batch_size, strategy)), strategy)

    def epoch(self, seed: int, epoch: int, batch_size: int, skip: int = 0, strategy: Strategy = ONE) -> ArrayBatches:
        """The batches of an epoch from number `skip` on, shuffled as wholes."""
        while self.ended < epoch:
            self.dataset.on_epoch_end()
            self.ended += 1
        return self._batches(shuffled(self.steps(batch_size, strategy), seed, epoch)[skip:], strategy)

    def traced(self, augment: Augment) -> Augment:
        """Have JAX compile an augmentation that it can compile."""
        return compiled(augment)

    def _batches(self, order: np.ndarray, strategy: Strategy) -> ArrayBatches:
        def read(number: int) -> Pair:
            return _own_part(self._batch(int(order[number])), strategy)

        how = {name: getattr(self.dataset, name) for name in ("workers", "use_multiprocessing", "max_queue_size")}
        return ArrayBatches(read, len(order), **how)

    def _batch(self, number: int) -> Pair:
        found = self.dataset[number]
        if not isinstance(found, (tuple, list)) or len(found) != 2:
            raise TypeError(f"a batch of the {self.what} must be a pair (images, labels), got {type(found).__name__}")
        images, labels = (keras.ops.convert_to_numpy(part) for part in found)
        if images.ndim != 4 or not labels.ndim or len(images) != len(labels):
            raise ValueError(
                f"a batch of the {self.what} must be images (batch, height, width, channels) and as many labels, got "
                f"{images.shape} and {labels.shape}"
            )
        return images, labels


class Epochs(keras.utils.PyDataset):
    """Epoch after epoch of a `PyDataset`, shuffled by the seed, for one call of `fit`; `check` looks at its labels."""

    def __init__(self, examples: PyDatasetExamples, seed: int, check: Callable[[ArrayBatches], ArrayBatches]) -> None:
        super().__init__()
        self.examples, self.seed, self.check, self.epoch = examples, seed, check, -1
        self.on_epoch_end()

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, number: int) -> Pair:
        return self.batches[number]

    def on_epoch_end(self) -> None:
        """Begin the next epoch."""
        self.epoch += 1
        self.batches = self.check(self.examples.epoch(self.seed, self.epoch, self.examples.batch_size or 1))


def _length(dataset: keras.utils.PyDataset, what: str) -> int:
    length = dataset.num_batches
    if length is None:
        raise ValueError(f"the {what} never end: give the PyDataset a length, as in def __len__(self)")
    return int(length)


def _own_part(pair: Pair, strategy: Strategy) -> Pair:
    """The part of this process, of as many examples as the replicas share evenly."""
    size = len(pair[1])
    if strategy.even:
        size -= size % strategy.replicas
    size //= strategy.processes
    start = strategy.process * size
    images, labels = pair
    return images[start : start + size], labels[start : start + size]
