"""The checks of masks that people pass, each with one sentence that says what would do."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ccv.checks import check_whole

UNKNOWN = 255


def as_mask(mask: Any, name: str = "mask", classes: int | None = None) -> np.ndarray:
    """Return a mask `(height, width)` as int64, or raise ValueError: another shape, fractions, an unknown class."""
    array = np.asarray(mask)
    if array.ndim != 2 or not array.size:
        hint = ": take .argmax(-1) of probabilities" if array.ndim == 3 else ""
        raise ValueError(f"{name} must be (height, width) of class numbers, not of the shape {array.shape}{hint}")
    if array.dtype.kind not in "biu":
        raise ValueError(f"{name} must hold whole class numbers, not {array.dtype}: take .argmax(-1), or .astype(int)")
    array = array.astype(np.int64)
    if classes is not None:
        known = array[array != UNKNOWN]
        strange = known[(known < 0) | (known >= classes)]
        if strange.size:
            raise ValueError(
                f"{name} holds the value {strange[0]}, and there are {classes} classes: 0 to {classes - 1}, or "
                f"{UNKNOWN} for pixels that nobody knows"
            )
    return array


def as_masks(predicted: Any, truth: Any, classes: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return pairs of what is said and what is there, all checked."""
    check_classes(classes)
    said, there = _listed(predicted, "predicted"), _listed(truth, "truth")
    if len(said) != len(there):
        raise ValueError(f"there are {len(said)} predicted masks and {len(there)} true ones: give one for each image")
    return [as_pair(one, other, classes, number) for number, (one, other) in enumerate(zip(said, there, strict=True))]


def as_pair(predicted: Any, truth: Any, classes: int, number: int) -> tuple[np.ndarray, np.ndarray]:
    """Return what is said of image `number` and what is there, checked."""
    pair = as_mask(predicted, f"predicted[{number}]", classes), as_mask(truth, f"truth[{number}]", classes)
    if pair[0].shape != pair[1].shape:
        raise ValueError(
            f"predicted[{number}] is {pair[0].shape} and truth[{number}] {pair[1].shape}: resize the prediction to the "
            "size of the truth, without mixing class numbers (nearest)"
        )
    return pair


def check_classes(classes: int) -> int:
    """Return how many classes there are; ValueError for fewer than two."""
    return check_whole("classes", classes, 2, why=": the background counts as one")


def _listed(masks: Any, name: str) -> Sequence[Any]:
    if not len(masks):
        raise ValueError(f"{name} is empty: pass at least one mask")
    if np.ndim(masks[0]) == 1:
        raise ValueError(f"{name} looks like a single mask: pass a list of it, [mask]")
    return masks
