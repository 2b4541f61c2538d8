"""What was found in an image, and what is there: NumPy arrays for people, padded tensors for networks."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np


class Detections(NamedTuple):
    """What a detector found in one image; for a batch, each with an axis `batch` before and label -1 for padding.

    `boxes` `(n, 4)`: `x_min, y_min, x_max, y_max`, in pixels of the image for people. `scores` `(n,)` from 0 to 1,
    highest first. `labels` `(n,)`: class indices. `len(found.scores)` counts them.
    """

    boxes: Any
    scores: Any
    labels: Any


@dataclass(frozen=True)
class Objects:
    """What is there in one image, for the metrics: `boxes` `(n, 4)` in pixels and class indices `labels` `(n,)`.

    `difficult` `(n,)`: objects that need not be found (VOC). `crowd` `(n,)`: boxes around many objects, where any
    number of detections is neither right nor wrong (COCO). `areas` `(n,)` in square pixels decide what is small: the
    boxes' by default, in COCO the masks'.
    """

    boxes: Any
    labels: Any
    difficult: Any = None
    crowd: Any = None
    areas: Any = None

    @classmethod
    def from_truth(cls, truth: Any, height: float, width: float, difficult: Any = None) -> "Objects":
        """Read a truth `(boxes, 5)`: `x_min, y_min, x_max, y_max` as parts of the image, class; -1 is padding.

        `difficult` `(boxes,)` marks rows of it. `height` and `width` are the image's, in pixels.

        >>> Objects.from_truth([[0, 0.5, 0.5, 1, 2], [-1, -1, -1, -1, -1]], height=10, width=20).boxes.tolist()
        [[0.0, 5.0, 10.0, 10.0]]
        """
        truth = np.asarray(truth, float)
        if truth.ndim != 2 or truth.shape[1] != 5:
            raise ValueError(f"the truth of an image must be (boxes, 5), got the shape {truth.shape}")
        there = truth[:, 4] >= 0
        marked = None if difficult is None else np.asarray(difficult, bool)[there]
        boxes = truth[there, :4] * (width, height, width, height)
        return cls(boxes, truth[there, 4].astype(int), marked)


def unpadded(batch: Detections) -> list[Detections]:
    """Return the detections of each image of a padded batch as NumPy arrays, without the padding.

    >>> unpadded(Detections([[[0, 0, 1, 1], [0, 0, 0, 0]]], [[0.5, 0]], [[2, -1]]))[0].labels.tolist()
    [2]
    """
    images = zip(*(np.asarray(part) for part in batch), strict=True)
    return [Detections(*(part[labels >= 0] for part in (boxes, scores, labels))) for boxes, scores, labels in images]
