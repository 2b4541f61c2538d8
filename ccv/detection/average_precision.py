"""Precision and recall of ranked detections, and the three rules that make one number of them."""

import numpy as np

# 0, .1 ... 1 for VOC 2007. Eleven tenths, each the nearest float: 3 * 0.1 would miss a recall of 3/10.
ELEVEN = np.arange(11) / 10
HUNDRED_AND_ONE = np.linspace(0, 1, 101)  # COCO's recalls, float by float as pycocotools has them


def precision_recall(right: np.ndarray, ignored: np.ndarray, objects: int) -> tuple[np.ndarray, np.ndarray]:
    """Return precision and recall after each detection, `(..., d)`, from verdicts `(..., d)`, surest first.

    `objects` is how many were to be found, at least 1. What does not count leaves both as they were; before anything
    counts, precision is 0.

    >>> precision, recall = precision_recall(np.array([True, False, True]), np.zeros(3, bool), objects=4)
    >>> precision.round(3).tolist(), recall.tolist()
    ([1.0, 0.5, 0.667], [0.25, 0.25, 0.5])
    """
    hits = np.cumsum(right & ~ignored, axis=-1)
    misses = np.cumsum(~right & ~ignored, axis=-1)
    return hits / np.maximum(hits + misses, 1), hits / objects


def eleven_point(precision: np.ndarray, recall: np.ndarray) -> float:
    """VOC 2007: the mean, over eleven recalls, of the best precision at that recall or beyond.

    >>> round(eleven_point(np.array([1.0, 0.5, 2 / 3]), np.array([0.5, 0.5, 1.0])), 4)
    0.8485
    """
    return float(np.mean([precision[recall >= least].max(initial=0) for least in ELEVEN]))


def all_point(precision: np.ndarray, recall: np.ndarray) -> float:
    """VOC 2010 and later: the area under the curve, once every precision is raised to the best at its right.

    >>> round(all_point(np.array([1.0, 0.5, 2 / 3]), np.array([0.5, 0.5, 1.0])), 4)
    0.8333
    """
    return float(np.sum(np.diff(recall, prepend=0) * envelope(precision)))


def hundred_and_one_point(precision: np.ndarray, recall: np.ndarray) -> float:
    """COCO: the mean of the raised precision at 101 recalls.

    >>> round(hundred_and_one_point(np.array([1.0, 0.5, 2 / 3]), np.array([0.5, 0.5, 1.0])), 4)
    0.835
    """
    reached = np.searchsorted(recall, HUNDRED_AND_ONE)
    return float(np.append(envelope(precision), 0)[reached].mean())


def envelope(precision: np.ndarray) -> np.ndarray:
    """Raise every precision `(..., d)` to the best at its right, so that the curve never rises.

    >>> envelope(np.array([0.5, 0.2, 0.4])).tolist()
    [0.5, 0.4, 0.4]
    """
    return np.maximum.accumulate(precision[..., ::-1], axis=-1)[..., ::-1]
