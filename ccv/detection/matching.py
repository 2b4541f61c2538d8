"""Which detections are right: those of one class in one image against its objects, by the rules of VOC and of COCO.

Both go through the detections from the surest on and give each object to one of them. In VOC a detection asks for the
object that it overlaps most, and is wrong where that is taken; in COCO it asks for the most overlapped that is left.
Objects that need not be found count neither way, nor does what finds them. NumPy in float64, as the official code.
"""

from typing import NamedTuple

import numpy as np

THRESHOLDS = np.linspace(0.5, 0.95, 10)  # COCO's IoUs
# COCO's kinds of size, in square pixels; an object on a border is of both kinds.
AREAS = {"all": (0.0, 1e10), "small": (0.0, 32.0**2), "medium": (32.0**2, 96.0**2), "large": (96.0**2, 1e10)}


class Found(NamedTuple):
    """Detections of one class in one image, surest first: boxes `(d, 4)` in pixels, scores `(d,)`."""

    boxes: np.ndarray
    scores: np.ndarray


class There(NamedTuple):
    """Objects of one class in one image: boxes `(g, 4)`, and for each whether it is difficult or a crowd, its area."""

    boxes: np.ndarray
    difficult: np.ndarray
    crowd: np.ndarray
    areas: np.ndarray


class Verdict(NamedTuple):
    """Whether each detection is `right` or does not count (`ignored`), `(..., d)`; how many `objects` count `(...)`."""

    right: np.ndarray
    ignored: np.ndarray
    objects: np.ndarray


def overlaps(found: np.ndarray, there: np.ndarray, crowd: np.ndarray) -> np.ndarray:
    """Return IoUs `(d, g)`, 0 for empty boxes; of a crowd, the part of the detection that lies in it.

    >>> square, half = np.array([[0, 0, 2, 2]]), np.array([[0, 0, 2, 1]])
    >>> overlaps(half, square, np.array([False])), overlaps(half, square, np.array([True]))
    (array([[0.5]]), array([[1.]]))
    """
    begin, end = np.maximum(found[:, None, :2], there[:, :2]), np.minimum(found[:, None, 2:], there[:, 2:])
    inside = np.maximum(end - begin, 0).prod(-1)
    own = areas(found)[:, None]
    whole = np.where(crowd, own, own + areas(there) - inside)
    return inside / np.where(inside > 0, whole, 1)


def areas(boxes: np.ndarray) -> np.ndarray:
    """Return the areas `(n,)` of boxes `(n, 4)`.

    >>> areas(np.array([[1, 1, 3, 4]])).tolist()
    [6]
    """
    return np.maximum(boxes[:, 2:] - boxes[:, :2], 0).prod(-1)


def match_voc(found: Found, there: There, threshold: float = 0.5) -> Verdict:
    """Judge by the rule of VOCdevkit's VOCevaldet.m: `right` and `ignored` `(d,)`.

    The devkit counts pixels from 1 and both edges as inside: our boxes, from `x_min - 1` to `x_max`, give its IoU.
    A crowd, which VOC has not, is taken as a difficult object.
    """
    optional = there.difficult | there.crowd
    objects = np.array(np.count_nonzero(~optional))
    right, ignored = np.zeros((2, len(found.scores)), bool)
    if not right.size or not optional.size:
        return Verdict(right, ignored, objects)
    iou = overlaps(found.boxes, there.boxes, np.zeros_like(there.crowd))
    asked, close = iou.argmax(1), iou.max(1) >= threshold
    ignored = close & optional[asked]
    claims = np.flatnonzero(close & ~ignored)
    right[claims[np.unique(asked[claims], return_index=True)[1]]] = True  # the first to ask for each object
    return Verdict(right, ignored, objects)


def match_coco(found: Found, there: There) -> Verdict:
    """Judge by the rule of pycocotools' cocoeval.py, for all AREAS and THRESHOLDS: `right`, `ignored` `(a, t, d)`.

    A difficult object is what COCO calls ignored, and is found once; a crowd is found any number of times.
    """
    least, most = np.array(list(AREAS.values())).T[..., None]
    optional = there.difficult | there.crowd | (there.areas < least) | (there.areas > most)  # (a, g)
    sizes = areas(found.boxes)
    outside = (sizes < least) | (sizes > most)  # (a, d)
    right = np.zeros((len(AREAS), len(THRESHOLDS), len(sizes)), bool)
    ignored = np.repeat(outside[:, None], len(THRESHOLDS), axis=1)
    taken = np.zeros((*right.shape[:2], len(there.areas)), bool)
    iou = overlaps(found.boxes, there.boxes, there.crowd)
    # Of equal overlaps pycocotools takes the last object, argmax the first: so all of them go backwards.
    iou, backwards, crowd = iou[:, ::-1], optional[:, None, ::-1], there.crowd[::-1]
    for d in np.flatnonzero(iou.max(1, initial=0) >= THRESHOLDS[0]):
        free = (iou[d] >= THRESHOLDS[:, None]) & (~taken | crowd)
        counting = free & ~backwards
        asked = np.where(counting.any(-1, keepdims=True), counting, free)  # what need not be found comes last
        best = np.where(asked, iou[d], -1).argmax(-1)
        a, t = np.nonzero(asked.any(-1))
        g = best[a, t]
        taken[a, t, g] = True
        ignored[a, t, d] = backwards[a, 0, g]
        right[a, t, d] = ~ignored[a, t, d]
    return Verdict(right, ignored, (~optional).sum(axis=1))
