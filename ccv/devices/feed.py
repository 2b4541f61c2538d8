"""Batches made ready for a network: labels checked, images augmented by the batch's number; and single pictures.

The augmentation of batch k of epoch e comes from (seed, e, k) alone, so a run may go on at any batch.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from ccv.devices.examples import prefetched
from ccv.devices.labels import checked

Augment = Callable[..., tuple[Any, Any]]  # (images, labels, index=) of a batch


def prepared(batches: Any, first: int, augment: Augment | None, classes: int | None) -> Any:
    """Check the labels of the batches and augment each by its number, counted from `first` over the whole run.

    `classes` is None where labels are vectors. A label outside the classes stops the reading with an error that
    `labels.bad_label` reads.
    """
    if classes is not None:
        batches = batches.map(lambda x, y: (x, checked(y, classes)))
    if augment is not None:

        def apply(number: Any, pair: Any) -> tuple[Any, Any]:
            return augment(*pair, index=number)

        numbered = batches.enumerate(start=first)
        batches = numbered.map(apply, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
    return prefetched(batches)


def traced(augment: Augment) -> Augment:
    """Have TensorFlow make the graph of an augmentation once, not anew for every epoch."""
    return tf.function(augment)


def shapes(batches: Any, batch_size: int) -> list[tuple[tuple[int, ...], str]]:
    """Return shape and type of a full batch's images and labels."""
    return [((batch_size, *spec.shape[1:]), spec.dtype.name) for spec in batches.element_spec]


def batches_of(dataset: Any) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Give the batches as arrays."""
    return iter(dataset.as_numpy_iterator())


def picture(path: Path, shape: tuple[int | None, int | None, int]) -> np.ndarray:
    """Read one image file as training reads them: uint8 (height, width, channels), upright, cropped, resized.

    A height and width of None are the image's own. Raises FileNotFoundError, or ValueError that says what is wrong with
    the file.
    """
    from ccv.data import _decode, _inspect, _plan

    if not path.is_file():
        raise FileNotFoundError(f"there is no image {path}")
    with _inspect.patient_pillow():
        facts = _inspect.inspect(str(path))
    if isinstance(facts, str):
        raise ValueError(f"{path}: {facts}")
    size = (shape[0] or facts.upright[0], shape[1] or facts.upright[1])
    plan = _plan.plan(facts, size)
    if isinstance(plan, str):
        raise ValueError(f"{path}: {plan}")
    read = _decode.dataset([str(path)], np.zeros(1, np.int64), [plan], size, shape[2])
    return next(read.as_numpy_iterator())[0]
