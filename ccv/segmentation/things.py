"""From a class for every pixel to things: connected components, and masks inside a detector's boxes."""

from typing import Any, NamedTuple

import numpy as np
from scipy import ndimage

from ccv.checks import check_whole
from ccv.segmentation.masks import UNKNOWN, as_mask

SIDES = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], bool)  # pixels that only touch by a corner are two things


class Instances(NamedTuple):
    """The things in one image: `numbers` int32 `(height, width)`, 0 for none, i + 1 for thing i; class numbers `(n,)`.

    `boxes` `(n, 4)`: x_min, y_min, x_max, y_max in pixels; `areas` `(n,)` in pixels.
    """

    numbers: np.ndarray
    labels: np.ndarray
    boxes: np.ndarray
    areas: np.ndarray

    def masks(self) -> np.ndarray:
        """Return the mask of each thing, bool `(n, height, width)`."""
        return self.numbers[None] == np.arange(1, len(self.labels) + 1)[:, None, None]


def instances(mask: Any, *, least: int = 1, background: int = 0) -> Instances:
    """Return what hangs together by its sides and is of one class, class by class, from the upper edge down.

    `mask` is `(height, width)` of class numbers; `background` and 255 are nothing. Things of fewer than `least` pixels
    are left out. Two things of one class that touch come back as one: the mask does not know better.

    >>> instances(np.array([[1, 0, 1], [1, 0, 2]])).areas.tolist()
    [2, 1, 1]
    """
    array = as_mask(mask)
    check_whole("least", least)
    numbers, labels, made = np.zeros(array.shape, np.int32), [], 0
    for label in np.unique(array[(array != background) & (array != UNKNOWN)]).tolist():
        parts, count = ndimage.label(array == label, SIDES)
        areas = np.bincount(parts.ravel(), minlength=count + 1)
        for part in np.flatnonzero(areas[1:] >= least) + 1:
            made += 1
            numbers[parts == part] = made
            labels.append(label)
    return _described(numbers, np.array(labels, int))


def masks_in_boxes(mask: Any, boxes: Any, labels: Any) -> Instances:
    """Return the things that a detector found, each with the pixels of its class inside its box.

    `boxes` `(n, 4)` in pixels and `labels` `(n,)`, class numbers of the *mask* (where a detector counts from 0 and 0 is
    the background here, its labels + 1). A pixel in several boxes of its class belongs to the box whose midpoint is
    nearest, measured in halves of the box's sides. So two things that touch come apart, by a straight cut at best.
    """
    array = as_mask(mask)
    boxes, labels = np.asarray(boxes, float), np.asarray(labels, int)
    if boxes.shape != (len(labels), 4):
        raise ValueError(f"boxes must be (n, 4) with as many labels, got {boxes.shape} and {len(labels)} labels")
    y, x = (side + 0.5 for side in np.indices(array.shape))
    nearest, numbers = np.full(array.shape, np.inf), np.zeros(array.shape, np.int32)
    for number, ((left, top, right, bottom), label) in enumerate(zip(boxes.tolist(), labels, strict=True), 1):
        wide, high = max(right - left, 1e-6) / 2, max(bottom - top, 1e-6) / 2
        away = np.hypot((x - (left + right) / 2) / wide, (y - (top + bottom) / 2) / high)
        inside = (x >= left) & (x <= right) & (y >= top) & (y <= bottom) & (array == label)
        closer = inside & (away < nearest)
        nearest[closer], numbers[closer] = away[closer], number
    return _described(numbers, labels)


def _described(numbers: np.ndarray, labels: np.ndarray) -> Instances:
    places = ndimage.find_objects(numbers, max_label=len(labels))
    boxes = [[0, 0, 0, 0] if p is None else [p[1].start, p[0].start, p[1].stop, p[0].stop] for p in places]
    areas = np.bincount(numbers.ravel(), minlength=len(labels) + 1)[1:]
    return Instances(numbers, labels, np.array(boxes, int).reshape(-1, 4), areas)
