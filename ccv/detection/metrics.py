"""`evaluate`: mean average precision by the rules of VOC 2007, VOC 2010 and COCO, of detections in a set of images.

NumPy alone; equal to pycocotools and to the VOCdevkit (see `matching` and `precision` for the rules).
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ccv.detection.average_precision import all_point, eleven_point, hundred_and_one_point, precision_recall
from ccv.detection.evaluation import ClassScores, Curve, Evaluation
from ccv.detection.matching import AREAS, THRESHOLDS, Found, There, Verdict, areas, match_coco, match_voc
from ccv.detection.records import Detections, Objects

MOST = 100  # detections of a class in an image that COCO looks at
FEW = (1, 10)  # and for two of its recalls
ALL = list(AREAS).index("all")


class Judged(NamedTuple):
    """The detections of one class in one image, surest first, and what became of them."""

    scores: np.ndarray
    voc: Verdict
    coco: Verdict  # of the first MOST


class Coco(NamedTuple):
    """COCO's numbers of one class: average precision and recall `(areas, thresholds)`, and recall `(FEW, thresholds)`.

    NaN where there is no object to find.
    """

    precision: np.ndarray
    recall: np.ndarray
    few: np.ndarray


def evaluate(detections: Iterable[Detections], objects: Iterable[Objects], class_names: Sequence[str]) -> Evaluation:
    """Judge what was found in each image by what is there, and return the average precisions.

    Boxes are in pixels: COCO's kinds of size depend on it. Pass all that a detector finds, down to scores of 0.005:
    the curve needs them. A class without objects has no average precision (NaN) and no part in the means; a class
    without detections has 0.

    Raises ValueError where the two have other lengths, a label is no class, or a number is not finite.

    >>> there = Objects([[0, 0, 10, 10]], [0])
    >>> found = Detections([[0, 0, 10, 9], [20, 20, 30, 30]], [0.9, 0.4], [0, 0])
    >>> print(evaluate([found], [there], ["cell"]))
    1 image, 1 object to find
    mAP@.5 1.000
    VOC 2007 mAP@.5 1.000, COCO mAP@.5:.95 0.900, average recall 0.900
    <BLANKLINE>
    class  objects  AP@.5  VOC 2007  AP@.5:.95  small  medium  large
    cell         1  1.000     1.000      0.900  0.900       -      -
    """
    class_names = list(class_names)
    found, there = list(detections), list(objects)
    if len(found) != len(there) or not found:
        raise ValueError(
            f"give the detections and the objects of the same images, at least one: got {len(found)} and {len(there)}"
        )
    judged: list[list[Judged]] = [[] for _ in class_names]
    for image, (one, other) in enumerate(zip(found, there, strict=True)):
        for label, verdict in _judge(image, one, other, len(class_names)):
            judged[label].append(verdict)
    curves = {name: _curve(each) for name, each in zip(class_names, judged, strict=True)}
    coco = [_coco(each) for each in judged]
    rows = [_row(name, curves[name], numbers) for name, numbers in zip(class_names, coco, strict=True)]
    return Evaluation(len(found), rows, _summary(coco), curves)


def _judge(image: int, found: Detections, there: Objects, classes: int) -> Iterable[tuple[int, Judged]]:
    """Judge an image, class by class of those that are found or there."""
    boxes, labels = _boxes(f"the detections of image {image}", found.boxes, found.labels, classes)
    scores = _column(f"the scores of image {image}", found.scores, len(labels), float)
    object_boxes, object_labels = _boxes(f"the objects of image {image}", there.boxes, there.labels, classes)
    marks = [
        _column(f"{name} of image {image}", column, len(object_labels), kind, default)
        for name, column, kind, default in (
            ("difficult", there.difficult, bool, np.zeros(len(object_labels))),
            ("crowd", there.crowd, bool, np.zeros(len(object_labels))),
            ("areas", there.areas, float, areas(object_boxes)),
        )
    ]
    for label in np.union1d(labels, object_labels):
        mine = np.flatnonzero(labels == label)
        mine = mine[np.argsort(-scores[mine], kind="stable")]
        own = object_labels == label
        objects = There(object_boxes[own], *(column[own] for column in marks))
        voc = match_voc(Found(boxes[mine], scores[mine]), objects)
        coco = match_coco(Found(boxes[mine[:MOST]], scores[mine[:MOST]]), objects)
        yield label, Judged(scores[mine], voc, coco)


def _curve(judged: list[Judged]) -> Curve | None:
    """Join VOC's verdicts of a class over the images; None where there is nothing to find."""
    objects = sum(int(each.voc.objects) for each in judged)
    if not objects:
        return None
    scores = np.concatenate([each.scores for each in judged])
    order = np.argsort(-scores, kind="stable")
    right, ignored = (np.concatenate([each.voc[i] for each in judged])[order] for i in (0, 1))
    return Curve(*precision_recall(right, ignored, objects), scores[order], objects)


def _coco(judged: list[Judged]) -> Coco:
    shape = len(AREAS), len(THRESHOLDS)
    numbers = Coco(np.full(shape, np.nan), np.full(shape, np.nan), np.full((len(FEW), shape[1]), np.nan))
    objects = np.sum([each.coco.objects for each in judged], axis=0)
    if not np.any(objects):
        return numbers
    scores = np.concatenate([each.scores[:MOST] for each in judged])
    ranks = np.concatenate([np.arange(len(each.scores[:MOST])) for each in judged])
    order = np.argsort(-scores, kind="stable")
    right, ignored = (np.concatenate([each.coco[i] for each in judged], axis=-1)[..., order] for i in (0, 1))
    for area in np.flatnonzero(objects):
        precision, recall = precision_recall(right[area], ignored[area], int(objects[area]))
        numbers.precision[area] = [hundred_and_one_point(p, r) for p, r in zip(precision, recall, strict=True)]
        numbers.recall[area] = recall[:, -1] if recall.size else 0
    if objects[ALL]:
        for row, few in enumerate(FEW):
            numbers.few[row] = right[ALL][:, ranks[order] < few].sum(-1) / objects[ALL]
    return numbers


def _row(name: str, curve: Curve | None, coco: Coco) -> ClassScores:
    sizes = dict(zip(AREAS, coco.precision.mean(-1).tolist(), strict=True))
    if curve is None:
        return ClassScores(name, 0, np.nan, np.nan, **sizes)
    ap50, voc2007 = (rule(curve.precision, curve.recall) for rule in (all_point, eleven_point))
    return ClassScores(name, curve.objects, ap50, voc2007, **sizes)


def _summary(coco: list[Coco]) -> dict[str, float]:
    """Return COCO's twelve numbers: means over the classes that have something to find."""
    precision, recall, few = (np.array([each[i] for each in coco]) for i in range(3))
    kinds = list(AREAS)[1:]
    numbers = {"AP": precision[:, ALL]}
    numbers |= {f"AP{100 * THRESHOLDS[i]:.0f}": precision[:, ALL, i] for i in (0, 5)}
    numbers |= {f"AP_{kind}": precision[:, i] for i, kind in enumerate(kinds, 1)}
    numbers |= {f"AR{most}": few[:, i] for i, most in enumerate(FEW)}
    numbers |= {f"AR{MOST}": recall[:, ALL]}
    numbers |= {f"AR_{kind}": recall[:, i] for i, kind in enumerate(kinds, 1)}
    return {name: _mean(values) for name, values in numbers.items()}


def _mean(values: np.ndarray) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else float("nan")


def _boxes(what: str, boxes: Any, labels: Any, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Return boxes `(n, 4)` in float64 and labels `(n,)`, or raise ValueError."""
    labels = np.asarray(labels)
    boxes = np.asarray(boxes, float).reshape(-1, 4) if not labels.size else np.asarray(boxes, float)
    if labels.ndim != 1 or boxes.shape != (len(labels), 4):
        raise ValueError(f"{what} must have boxes (n, 4) and labels (n,), got {boxes.shape} and {labels.shape}")
    if not np.isfinite(boxes).all():
        raise ValueError(f"{what} have a box that is not finite")
    if ((labels < 0) | (labels >= classes)).any():
        wrong = labels[(labels < 0) | (labels >= classes)][0]
        raise ValueError(f"{what} have the label {wrong}, but there are {classes} classes: leave padding out")
    return boxes, labels.astype(int)


def _column(what: str, values: Any, count: int, kind: type, default: Any = None) -> np.ndarray:
    """Return an array `(count,)` of finite numbers, or of the default's where there is none."""
    column: np.ndarray = np.asarray(default if values is None else values, kind)
    if column.shape != (count,) or not np.isfinite(column).all():
        raise ValueError(f"{what} must be {count} finite numbers, one for each box, got the shape {column.shape}")
    return column
