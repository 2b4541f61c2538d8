"""Labelled images of any kind, as shuffled batches for `fit`: arrays, single pairs, a `PyDataset`, or splits."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np

from ccv.data.pairs import Pairs
from ccv.feeding.labels import check_vectors
from ccv.feeding.pydatasets import Epochs, PyDatasetExamples
from ccv.feeding.reading import examples_of
from ccv.losses import answers_each, check_vectors_for, class_count
from ccv.models.layout import check_images
from ccv.transfer.graph import image_shape, takes

CLASS_NUMBERS = "class numbers (count,), counted from 0, or vectors (count, classes)"

BUFFER = 10_000  # images that a dataset holds to shuffle
NUMBERS = "biuf"  # NumPy's kinds of them


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


def checked(data: Any, model: keras.Model) -> Any:
    """Return what is fed: a pair of arrays, a `tf.data.Dataset`, or the examples of a `PyDataset`.

    Labels (1,) become numbers. Raises ValueError or TypeError for anything else, or images of another shape.
    """
    found: Any
    if isinstance(data, keras.utils.PyDataset):
        found = examples_of(data)
        shape = found.image
    elif is_dataset(data):
        found = _checked_dataset(data)
        shape = found.element_spec[0].shape
    else:
        found = _checked_arrays(data)
        shape = found[0].shape[1:]
    if not takes(model, tuple(shape)):
        check_images(tuple(shape))
        raise ValueError(f"{model.name} takes images of {image_shape(model)}, not of {tuple(shape)}")
    return found


def _checked_dataset(data: Any) -> Any:
    spec = data.element_spec
    if not isinstance(spec, tuple) or len(spec) < 2 or not all(hasattr(part, "shape") for part in spec):
        raise ValueError(f"the dataset must give (image, label) pairs, not {spec}")
    if spec[0].shape.rank != 3:
        raise ValueError(
            f"the dataset must give single images (height, width, channels), not {spec[0].shape}: call .unbatch()"
        )
    if int(data.cardinality()) == -1:
        raise ValueError("the dataset never ends: call .take(images of an epoch)")
    if spec[1].shape.rank == 1 and spec[1].shape[0] == 1:
        return data.map(lambda image, label, *weight: (image, label[0], *weight))
    return data


def _checked_arrays(data: Any) -> tuple[np.ndarray, np.ndarray]:
    if part(data, "train") is not data:
        raise TypeError("these are splits: pass one of them, such as data.train")
    if isinstance(data, Pairs):  # whose files are read as they are needed
        images, labels = data.images, data.labels
    elif not isinstance(data, tuple | list) or len(data) != 2:
        raise TypeError(
            "data must be splits, a tf.data.Dataset of (image, label), a PyDataset of batches, or (images, labels), "
            f"not {type(data).__name__}"
        )
    else:
        images, labels = np.asarray(data[0]), np.asarray(data[1])
    labels = column(labels)
    if images.ndim != 4 or not labels.ndim or len(images) != len(labels) or not len(images):
        raise ValueError(
            f"images must be (count, height, width, channels), labels as many, not {images.shape} and {labels.shape}"
        )
    if images.dtype.kind not in NUMBERS:
        raise ValueError(f"images must be numbers, not {images.dtype}: read the files first, as ccv.data does")
    return images, labels


def column(labels: np.ndarray) -> np.ndarray:
    """Return class numbers `(count,)` where they come as `(count, 1)`, as from `keras.datasets`; others as they are."""
    return labels[:, 0] if labels.shape[1:] == (1,) else labels


def steps(data: Any, batch_size: int) -> int:
    """Return how many batches an epoch has; a dataset that does not know its length is read once."""
    if isinstance(data, PyDatasetExamples):
        return data.steps(batch_size)
    if not is_dataset(data):
        return math.ceil(len(data[0]) / batch_size)
    known = int(data.cardinality())
    return math.ceil((known if known >= 0 else sum(1 for _ in data)) / batch_size)


def batches(data: Any, batch_size: int, seed: int | None = None, model: keras.Model | None = None) -> Any:
    """Return what `fit` and `evaluate` take; shuffled where there is a seed. A `PyDataset` keeps its own batches.

    Where there is a `model`, a dataset's label that is none of its own stops the reading with an error that
    `ccv.feeding.labels.label_problem` reads: JAX and GPUs would train on it without a word.
    """
    if isinstance(data, PyDatasetExamples):
        check = _nothing if model is None else _check_of(model, data)
        if seed is not None:
            return Epochs(data, seed, check)
        return check(data.in_order(batch_size))
    if is_dataset(data):
        given = (data if seed is None else data.shuffle(BUFFER, seed=seed)).batch(batch_size)
        if model is None:
            return given
        from ccv.feeding import tensors  # loads TensorFlow, as the dataset has already

        exclusive, classes = not answers_each(model), class_count(model)

        def checked(label: Any) -> Any:
            return tensors.checked_vectors(label, exclusive) if one_hot(data) else tensors.checked(label, classes)

        return given.map(lambda image, label, *weight: (image, checked(label), *weight))
    images, labels = data
    return Batches(images, labels, batch_size, seed)


def _nothing(given: Any) -> Any:
    return given


def _check_of(model: keras.Model, data: PyDatasetExamples) -> Callable[[Any], Any]:
    """Return what has batches stop at a label that is none of the model's."""
    if one_hot(data):
        return lambda given: given.checked_vectors(not answers_each(model))
    return lambda given: given.checked(class_count(model))


def each(data: Any, batch_size: int) -> Iterator[tuple[Any, ...]]:
    """Yield the batches once, in their own order."""
    given = batches(data, batch_size)
    yield from given if is_dataset(data) else (given[index] for index in range(len(given)))


def check_labels(data: Any, model: keras.Model) -> None:
    """Raise ValueError where labels do not fit the head; a dataset's are checked as they are read."""
    classes = int(model.outputs[0].shape[-1])
    if answers_each(model):
        check_vectors_for(model, width(data))
    if isinstance(data, PyDatasetExamples):
        data.check_labels(classes)
        return
    if is_dataset(data):
        label = data.element_spec[1]
        good = label.dtype.is_integer or label.dtype.is_floating or label.dtype.is_bool
        if not good or label.shape.rank not in (0, 1):
            raise ValueError(f"a label must be a class number, counted from 0, or a vector (classes,), not {label}")
        if label.shape.rank == 1 and label.shape[0] not in (None, classes):
            raise ValueError(_other_classes(label.shape[0], classes))
        return
    labels = data[1]
    if labels.dtype.kind not in NUMBERS or labels.ndim not in (1, 2):
        raise ValueError(f"labels must be {CLASS_NUMBERS}, not {labels.dtype} {labels.shape}")
    if labels.ndim == 1 and not (labels == np.floor(labels)).all():
        raise ValueError(f"labels must be {CLASS_NUMBERS}, not {labels[labels != np.floor(labels)][0]}")
    if labels.ndim == 2 and labels.shape[1] != classes:
        raise ValueError(_other_classes(labels.shape[1], classes))
    if labels.ndim == 2:
        check_vectors(labels, exclusive=not answers_each(model))
    if labels.ndim == 1 and (labels.min() < 0 or labels.max() >= classes):
        raise ValueError(
            f"the labels range from {labels.min()} to {labels.max()}, the head has {classes} classes, numbered from 0"
        )


def one_hot(data: Any) -> bool:
    """Say whether a label is a vector, as mixing images makes them."""
    if isinstance(data, PyDatasetExamples):
        return data.label_width not in (None, 1)
    return bool(data.element_spec[1].shape.rank == 1 if is_dataset(data) else data[1].ndim == 2)


def width(data: Any) -> int | None:
    """How many numbers a label has, None for a class number; None too where a dataset does not say."""
    if isinstance(data, PyDatasetExamples):
        return data.label_width
    shape = data.element_spec[1].shape if is_dataset(data) else data[1].shape[1:]
    return int(shape[0]) if len(shape) == 1 and shape[0] is not None else None


def _other_classes(given: int, classes: int) -> str:
    return f"the labels have {given} classes, the head {classes}: with_head(..., classes=...)"
