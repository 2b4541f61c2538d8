"""Anchors: the few shapes of box that a detector starts from, found in the boxes of the training set by k-means.

Two boxes are compared by their shapes alone, as if they had the same centre, and their distance is 1 - IoU: with the
Euclidean distance the large boxes, whose errors are large, would take all the anchors. The mean of a cluster's widths
and heights is its anchor. Source: Redmon and Farhadi 2017, "YOLO9000", section 2; catalogue C-104.

A width and a height are parts of the image's, so IoUs are those of the image pressed into a square; letterbox first
where the network sees letterboxed images.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np

MOST_ROUNDS = 300  # of one start: with 1 - IoU a mean need not be the best centre, so that it might go in circles


def kmeans(sizes: Any, k: int, seed: int = 0, restarts: int = 10) -> np.ndarray:
    """Return the `k` anchors (k, 2), width and height, smallest area first, that fit the boxes best.

    Args:
        sizes: (boxes, 2), width and height of each box, in any unit; the anchors have the same.
        k: how many anchors.
        seed: of the random starts.
        restarts: how many starts; the one with the highest average IoU counts.

    Raises:
        TypeError: `k` or `restarts` is no whole number.
        ValueError: a box has no area, or there are fewer different boxes than anchors.

    >>> kmeans([[0.1, 0.2], [0.1, 0.2], [0.8, 0.6], [0.8, 0.4]], 2)
    array([[0.1, 0.2],
           [0.8, 0.5]])
    """
    boxes, counts = np.unique(_checked(sizes, "sizes"), axis=0, return_counts=True)
    for name, value in (("k", k), ("restarts", restarts)):
        _check_whole(name, value)
    if k > len(boxes):
        raise ValueError(
            f"k={k} anchors need at least {k} boxes of different sizes, there are {len(boxes)}: take fewer anchors "
            "(a detector: boxes=, or --boxes, for each cell and head), or more images"
        )
    rng = np.random.default_rng(seed)
    found = [_settle(boxes, counts, _start(boxes, counts, k, rng)) for _ in range(restarts)]
    best = max(found, key=lambda anchors: _fit(boxes, counts, anchors))
    return best[np.argsort(best.prod(axis=1), kind="stable")]


def shape_iou(sizes: Any, anchors: Any) -> np.ndarray:
    """Return the IoU (boxes, anchors) of shapes laid on one centre: `sizes` (boxes, 2) and `anchors` (anchors, 2).

    Raises ValueError for a width or height that is not above 0.

    >>> shape_iou([[2, 2]], [[2, 2], [1, 2], [4, 1]]).round(3).tolist()
    [[1.0, 0.5, 0.333]]
    """
    return _iou(_checked(sizes, "sizes"), _checked(anchors, "anchors"))


def average_iou(sizes: Any, anchors: Any) -> float:
    """Return the mean over the boxes (boxes, 2) of the IoU with the anchor (anchors, 2) that fits best.

    Source: "YOLO9000", table 1: 61.0 % for five anchors on VOC 2007.

    >>> average_iou([[2, 2], [2, 1]], [[2, 2]])
    0.75
    """
    return float(shape_iou(sizes, anchors).max(axis=1).mean())


def average_iou_by_k(sizes: Any, most: int = 15, seed: int = 0, restarts: int = 10) -> dict[int, float]:
    """Return the average IoU of 1 to `most` anchors: the curve whose bend says how many are worth having.

    Arguments and errors are those of `kmeans`. Source: "YOLO9000", figure 2; draw it with `ccv.plots.average_iou`.

    >>> average_iou_by_k([[1, 1], [2, 2], [4, 1]], most=3)[3]
    1.0
    """
    _check_whole("most", most)
    return {k: average_iou(sizes, kmeans(sizes, k, seed, restarts)) for k in range(1, most + 1)}


def from_truth(truth: Any, k: int, seed: int = 0, restarts: int = 10) -> np.ndarray:
    """Return the `k` anchors (k, 2), parts of the image's width and height, that fit the boxes of a training set.

    Arguments are those of `box_sizes` and `kmeans`, and so are the errors.

    >>> from_truth([[0.2, 0.2, 0.5, 0.8, 1], [0.5, 0.5, 0.75, 1.0, 0], [-1, -1, -1, -1, -1]], k=1)
    array([[0.275, 0.55 ]])
    """
    return kmeans(box_sizes(truth), k, seed, restarts)


def box_sizes(truth: Any) -> np.ndarray:
    """Return width and height (n, 2) of every box of a training set, padding left out.

    Args:
        truth: rows x_min, y_min, x_max, y_max, class, parts of the image's width and height, padded with -1: one
            array (..., 5), or an iterable of such arrays, or a data set (finite) of pairs (image, truth), in batches
            or not.

    Raises:
        ValueError: rows have another length, or there is no box.

    >>> box_sizes([[0.25, 0.5, 0.5, 1.0, 3], [-1, -1, -1, -1, -1]])
    array([[0.25, 0.5 ]])
    """
    rows = np.concatenate([np.empty((0, 5)), *map(_rows, _arrays(truth))])
    rows = rows[rows[:, 4] >= 0]
    if not len(rows):
        raise ValueError("truth holds no box: every row is padding, or there are no rows")
    return rows[:, 2:4] - rows[:, 0:2]


def _arrays(truth: Any) -> Iterable[Any]:
    """Return the arrays of boxes, without their images, which photographs of `ccv.data` need not decode for it."""
    if hasattr(truth, "ndim"):
        return [truth]
    if hasattr(truth, "truth"):
        return [truth.truth]
    return (item[1] if isinstance(item, tuple) else item for item in truth)


def _rows(truth: Any) -> np.ndarray:
    array = np.asarray(truth, dtype=float)
    if array.shape[-1:] != (5,):
        raise ValueError(
            f"truth must have rows of five numbers, x_min, y_min, x_max, y_max, class, not the shape {array.shape}"
        )
    return array.reshape(-1, 5)


def _start(boxes: np.ndarray, counts: np.ndarray, k: int, rng: np.random.Generator) -> np.ndarray:
    """Draw k different boxes, each likelier the worse it fits those before (k-means++ by Arthur and Vassilvitskii)."""
    chosen = [rng.choice(len(boxes), p=counts / counts.sum())]
    nearest = np.ones(len(boxes))
    while len(chosen) < k:
        nearest = np.minimum(nearest, 1 - _iou(boxes, boxes[chosen[-1:]])[:, 0])
        nearest[chosen] = 0  # rounding may leave 1e-16
        weight = counts * nearest**2
        chosen.append(rng.choice(len(boxes), p=weight / weight.sum()))
    return boxes[chosen]


def _settle(boxes: np.ndarray, counts: np.ndarray, anchors: np.ndarray) -> np.ndarray:
    """Give each box to its best anchor and make that the mean of its boxes, until no box changes its anchor."""
    owner = None
    for _ in range(MOST_ROUNDS):
        previous, owner = owner, _iou(boxes, anchors).argmax(axis=1)
        if previous is not None and np.array_equal(owner, previous):
            break
        weights = np.bincount(owner, counts, len(anchors))
        sums = np.stack([np.bincount(owner, counts * side, len(anchors)) for side in boxes.T], axis=1)
        kept = anchors.copy()  # an anchor that lost all its boxes stays
        anchors = np.divide(sums, weights[:, None], out=kept, where=weights[:, None] > 0)
    return anchors


def _fit(boxes: np.ndarray, counts: np.ndarray, anchors: np.ndarray) -> float:
    return float(_iou(boxes, anchors).max(axis=1) @ counts)


def _iou(sizes: np.ndarray, anchors: np.ndarray) -> np.ndarray:
    common = np.minimum(sizes[:, None], anchors[None]).prod(axis=-1)
    return common / (sizes.prod(axis=1)[:, None] + anchors.prod(axis=1)[None] - common)


def _checked(values: Any, name: str) -> np.ndarray:
    array = np.asarray(values, dtype=float)
    if array.ndim != 2 or array.shape[1] != 2 or not len(array):
        raise ValueError(f"{name} must be (boxes, 2), width and height of each, not the shape {array.shape}")
    if not (np.isfinite(array) & (array > 0)).all():
        row = int(np.argmin((np.isfinite(array) & (array > 0)).all(axis=1)))
        width, height = array[row]
        raise ValueError(f"{name}[{row}] is {width:g} wide and {height:g} high: leave out boxes without an area")
    return array


def _check_whole(name: str, value: Any) -> None:
    if not isinstance(value, int | np.integer) or isinstance(value, bool):
        raise TypeError(f"{name} must be a whole number, not {value!r}")
    if value < 1:
        raise ValueError(f"{name} must be at least 1, not {value}")
