"""How good masks are: counts of pixels by class, and what is made of them."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ccv.segmentation.boundary import boundary_f
from ccv.segmentation.evaluation import ClassScores, Evaluation
from ccv.segmentation.masks import UNKNOWN, as_masks

TOLERANCE = 0.0075  # of the image's diagonal: Csurka et al. 2013


def confusion(predicted: Any, truth: Any, classes: int) -> np.ndarray:
    """Count pixels: int64 `(classes, classes)`, a row for each true class, a column for what is said.

    `predicted` and `truth` are as many masks `(height, width)` of class numbers, pairs of one size; pixels whose truth
    is 255 count nothing. A prediction of 255 is an error where the truth is known, and is refused.

    >>> confusion([np.array([[0, 1]])], [np.array([[0, 0]])], 2).tolist()
    [[1, 1], [0, 0]]
    """
    return _counts(as_masks(predicted, truth, classes), classes)


def _counts(pairs: list[tuple[np.ndarray, np.ndarray]], classes: int) -> np.ndarray:
    table = np.zeros(classes * classes, np.int64)
    for number, (said, there) in enumerate(pairs):
        known = there != UNKNOWN
        if (said[known] == UNKNOWN).any():
            raise ValueError(f"predicted[{number}] says {UNKNOWN}, not known, where the truth is known: give a class")
        table += np.bincount(there[known] * classes + said[known], minlength=len(table))
    return table.reshape(classes, classes)


def evaluate(predicted: Any, truth: Any, class_names: Sequence[str], *, tolerance: float | None = None) -> Evaluation:
    """Return pixel accuracy, and IoU, Dice and boundary F of each class.

    IoU is |A and B| / |A or B|, Dice 2 |A and B| / (|A| + |B|), both over the pixels of all images together; a class
    that is neither there nor said has none, and is left out of the mean. Boundary F is the mean over the images in
    which the class has an outline. `tolerance` is its distance in pixels; None is 0.75 % of the image's diagonal, at
    least 1. Masks as in `confusion`.

    Raises ValueError for masks of another size or an unknown value, one class, or no mask.
    """
    names = [str(name) for name in class_names]
    pairs = as_masks(predicted, truth, len(names))
    table = _counts(pairs, len(names))
    right, rows, columns = np.diag(table), table.sum(1), table.sum(0)
    outlines = [_mean([_outline(pair, label, tolerance) for pair in pairs]) for label in range(len(names))]
    scores = [
        ClassScores(
            name, int(rows[k]), _ratio(right[k], rows[k] + columns[k] - right[k]),
            _ratio(2 * right[k], rows[k] + columns[k]), outlines[k],
        )
        for k, name in enumerate(names)
    ]  # fmt: skip
    return Evaluation(len(pairs), _ratio(right.sum(), table.sum()), scores, table)


def _outline(pair: tuple[np.ndarray, np.ndarray], label: int, tolerance: float | None) -> float:
    said, there = pair
    if tolerance is None:
        tolerance = max(TOLERANCE * float(np.hypot(*there.shape)), 1.0)
    own = np.where(there == UNKNOWN, there, said)  # what is not known is no error of anybody's
    return boundary_f(own == label, there == label, tolerance)


def _ratio(part: Any, whole: Any) -> float:
    return float(part / whole) if whole else float("nan")


def _mean(values: list[float]) -> float:
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")
