"""How good masks are: counts of pixels by class, and what is made of them."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ccv.segmentation.boundary import boundary_f
from ccv.segmentation.evaluation import ClassScores, Evaluation, Looked
from ccv.segmentation.masks import UNKNOWN, as_masks, as_pair, check_classes

TOLERANCE = 0.0075  # of the image's diagonal: Csurka et al. 2013


def confusion(predicted: Any, truth: Any, classes: int) -> np.ndarray:
    """Count pixels: int64 `(classes, classes)`, a row for each true class, a column for what is said.

    `predicted` and `truth` are as many masks `(height, width)` of class numbers, pairs of one size; pixels whose truth
    is 255 count nothing. A prediction of 255 is an error where the truth is known, and is refused.

    >>> confusion([np.array([[0, 1]])], [np.array([[0, 0]])], 2).tolist()
    [[1, 1], [0, 0]]
    """
    pairs = as_masks(predicted, truth, classes)
    return sum((_counts(pair, classes, number) for number, pair in enumerate(pairs)), np.zeros((classes, classes), int))


def evaluate(predicted: Any, truth: Any, class_names: Sequence[str], *, tolerance: float | None = None) -> Evaluation:
    """Return pixel accuracy, and IoU, Dice and boundary F of each class.

    IoU is |A and B| / |A or B|, Dice 2 |A and B| / (|A| + |B|), both over the pixels of all images together; a class
    that is neither there nor said has none, and is left out of the mean. Boundary F is the mean over the images in
    which the class has an outline. `tolerance` is its distance in pixels; None is 0.75 % of the image's diagonal, at
    least 1. Masks as in `confusion`.

    Raises ValueError for masks of another size or an unknown value, one class, or no mask.
    """
    tally = Tally([str(name) for name in class_names], tolerance)
    for pair in as_masks(predicted, truth, len(tally.class_names)):
        tally.add(*pair)
    return tally.evaluation()


class Tally:
    """What `evaluate` counts, pair by pair, so that the masks of a large set need not be in memory together."""

    def __init__(self, class_names: Sequence[str], tolerance: float | None = None) -> None:
        self.class_names, self.tolerance, self.images = list(class_names), tolerance, 0
        classes = check_classes(len(self.class_names))
        self.table = np.zeros((classes, classes), np.int64)
        self.outlines: list[list[float]] = [[] for _ in range(classes)]

    def add(self, predicted: Any, truth: Any) -> float:
        """Count a mask `(height, width)` beside the true one, and return its own mean IoU; errors as in `evaluate`."""
        said, there = as_pair(predicted, truth, len(self.class_names), self.images)
        table = _counts((said, there), len(self.class_names), self.images)
        self.images, self.table = self.images + 1, self.table + table
        for label, found in enumerate(self.outlines):
            found.append(_outline((said, there), label, self.tolerance))
        return _mean([iou for iou, _ in _overlaps(table)])

    def evaluation(self, worst: Sequence[Looked] = ()) -> Evaluation:
        """Return the report of all that was counted; `worst` are images to show in it."""
        rows = zip(self.class_names, self.table.sum(1).tolist(), _overlaps(self.table), self.outlines, strict=True)
        scores = [ClassScores(name, pixels, *overlap, _mean(found)) for name, pixels, overlap, found in rows]
        accuracy = _ratio(np.trace(self.table), self.table.sum())
        return Evaluation(self.images, accuracy, scores, self.table, list(worst))


def _counts(pair: tuple[np.ndarray, np.ndarray], classes: int, number: int) -> np.ndarray:
    said, there = pair
    known = there != UNKNOWN
    if (said[known] == UNKNOWN).any():
        raise ValueError(f"predicted[{number}] says {UNKNOWN}, not known, where the truth is known: give a class")
    return np.bincount(there[known] * classes + said[known], minlength=classes**2).reshape(classes, classes)


def _overlaps(table: np.ndarray) -> list[tuple[float, float]]:
    """Return IoU and Dice of each class."""
    right, both = np.diag(table), table.sum(1) + table.sum(0)
    return [(_ratio(r, b - r), _ratio(2 * r, b)) for r, b in zip(right, both, strict=True)]


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
