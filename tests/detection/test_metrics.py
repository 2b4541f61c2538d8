"""Average precision: equal to pycocotools, to VOC's rules in fractions, and to numbers worked by hand."""

import contextlib
import io
import json
import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from ccv.detection.matching import AREAS, THRESHOLDS
from ccv.detection.metrics import evaluate
from ccv.detection.records import Detections, Objects

NAMES = ["a", "b", "c", "never there", "never found"]
SUMMARY = ("AP", "AP50", "AP75", "AP_small", "AP_medium", "AP_large")
SUMMARY += ("AR1", "AR10", "AR100", "AR_small", "AR_medium", "AR_large")
NONE = Objects(np.zeros((0, 4)), [])
NOTHING = Detections(np.zeros((0, 4)), [], [])


class IgnoringEval(COCOeval):
    """pycocotools sets every object's `ignore` to `iscrowd`: let what is difficult be ignored too."""

    def _prepare(self):
        super()._prepare()
        for objects in self._gts.values():
            for one in objects:
                one["ignore"] = one["iscrowd"] or one["difficult"]


def scene(rng, images=12, most=8, found=25, levels=10, span=200):
    """Objects and detections near them on a grid of quarter pixels: every IoU is the same number in any order.

    Scores have few levels, so that many are equal; some boxes are the same, some objects difficult or crowds.
    """
    detections, objects = [], []
    for _ in range(images):
        count = rng.integers(0, most + 1)
        corners = rng.integers(0, 4 * span, (count, 2)) / 4
        boxes = np.concatenate([corners, corners + rng.integers(4, 4 * span, (count, 2)) / 4], axis=-1)
        labels = rng.choice([0, 1, 2, 4], count)
        areas = np.where(rng.random(count) < 0.3, rng.choice([1024.0, 9216.0, 50.0], count), _areas(boxes))
        objects.append(Objects(boxes, labels, rng.random(count) < 0.2, rng.random(count) < 0.15, areas))
        near = boxes[rng.integers(0, count, found)] if count else np.zeros((found, 4))
        near = near + rng.integers(-24, 25, (found, 4)) / 4 * rng.integers(0, 3, (found, 1))
        near = np.concatenate([near[:, :2], np.maximum(near[:, 2:], near[:, :2] + 0.25)], axis=-1)
        detections.append(Detections(near, rng.integers(0, levels, found) / levels, rng.choice([0, 1, 2, 3], found)))
    return detections, objects


def _areas(boxes):
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])


def with_pycocotools(detections, objects):
    """COCO's twelve numbers, and average precision by class and size; NaN for its -1."""
    annotations, results = [], []
    for image, (found, there) in enumerate(zip(detections, objects, strict=True), 1):
        count = len(there.labels)
        flags = [np.zeros(count) if flag is None else flag for flag in (there.difficult, there.crowd)]
        areas = _areas(np.asarray(there.boxes)) if there.areas is None else there.areas
        for box, label, difficult, crowd, area in zip(there.boxes, there.labels, *flags, areas, strict=True):
            one = {"id": len(annotations) + 1, "image_id": image, "category_id": int(label) + 1, "bbox": _xywh(box)}
            annotations.append(one | {"iscrowd": int(crowd), "difficult": int(difficult), "area": float(area)})
        for box, score, label in zip(*found, strict=True):
            one = {"image_id": image, "category_id": int(label) + 1, "bbox": _xywh(box), "score": float(score)}
            results.append(one)
    truth = COCO()
    truth.dataset = {
        "images": [{"id": i + 1} for i in range(len(objects))],
        "annotations": annotations,
        "categories": [{"id": i + 1, "name": name} for i, name in enumerate(NAMES)],
    }
    with contextlib.redirect_stdout(io.StringIO()):
        truth.createIndex()
        judge = IgnoringEval(truth, truth.loadRes(results) if results else COCO(), "bbox")
        judge.params.imgIds = list(range(1, len(objects) + 1))
        judge.params.catIds = [i + 1 for i in range(len(NAMES))]
        judge.evaluate()
        judge.accumulate()
        judge.summarize()
    table = judge.eval["precision"][..., -1].mean((0, 1))  # (classes, areas); all or nothing of a pair is -1
    return np.where(judge.stats < 0, np.nan, judge.stats), np.where(table < 0, np.nan, table)


def _xywh(box):
    return [float(box[0]), float(box[1]), float(box[2] - box[0]), float(box[3] - box[1])]


def agrees_with_pycocotools(detections, objects):
    ours = evaluate(detections, objects, NAMES)
    stats, table = with_pycocotools(detections, objects)
    np.testing.assert_allclose([ours.coco[name] for name in SUMMARY], stats, rtol=0, atol=1e-9)
    found = [[getattr(row, area) for area in AREAS] for row in ours.classes]
    np.testing.assert_allclose(found, table, rtol=0, atol=1e-9)
    return ours


def voc(detections, objects, label, threshold=Fraction(1, 2)):
    """VOCevaldet.m and VOCap, step by step in fractions, which no rounding can move: 2007's number and 2010's."""
    ranked = []
    for image, found in enumerate(detections):
        for box, score, name in zip(*found, strict=True):
            if name == label:
                ranked.append((-score, len(ranked), image, [Fraction(float(x)) for x in box]))
    there = [[] for _ in objects]
    for image, one in enumerate(objects):
        for i in np.flatnonzero(np.asarray(one.labels) == label):
            optional = bool(one.difficult is not None and one.difficult[i]) or bool(
                one.crowd is not None and one.crowd[i]
            )
            there[image].append(
                {"box": [Fraction(float(x)) for x in one.boxes[i]], "optional": optional, "found": False}
            )
    count = sum(not one["optional"] for each in there for one in each)
    if not count:
        return math.nan, math.nan
    hits, misses, points = 0, 0, []
    for _, _, image, box in sorted(ranked):
        best, most = None, Fraction(-1)
        for one in there[image]:
            value = _iou(box, one["box"])
            if value > most:
                best, most = one, value
        if best is None or most < threshold:
            misses += 1
        elif not best["optional"]:
            hits, misses = (hits, misses + 1) if best["found"] else (hits + 1, misses)
            best["found"] = True
        points.append((Fraction(hits, count), Fraction(hits, max(hits + misses, 1))))
    eleven = sum(max((p for r, p in points if r >= Fraction(t, 10)), default=Fraction(0)) for t in range(11)) / 11
    area, before = Fraction(0), Fraction(0)
    for recall in sorted({r for r, _ in points}):
        area += (recall - before) * max(p for r, p in points if r >= recall)
        before = recall
    return float(eleven), float(area)


def _iou(a, b):
    wide, high = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if wide <= 0 or high <= 0:
        return Fraction(0)
    return wide * high / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - wide * high)


def agrees_with_voc(detections, objects):
    ours = evaluate(detections, objects, NAMES)
    expected = [voc(detections, objects, label) for label in range(len(NAMES))]
    found = [(row.voc2007, row.ap50) for row in ours.classes]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)


def hard_scenes():
    """Sets that trip an evaluator: name, detections and objects."""
    box, far = [0.0, 0, 10, 10], [50.0, 50, 60, 60]
    half = [0.0, 0, 10, 5]  # IoU .5 with `box`, to the last bit
    one = Objects([box], [0])
    many = Detections(np.tile(box, (130, 1)) + np.arange(130)[:, None], np.linspace(1, 0, 130), np.zeros(130, int))
    equal = Detections([far, box, half, far], [0.5] * 4, [0] * 4)
    return {
        "no detection": ([NOTHING, NOTHING], [one, NONE]),
        "no object": ([Detections([box], [0.9], [0]), NOTHING], [NONE, NONE]),
        "nothing at all": ([NOTHING], [NONE]),
        "twice the same": ([Detections([box, box], [0.9, 0.9], [0, 0])], [one]),
        "on the threshold": ([Detections([half], [0.9], [0])], [one]),
        "equal scores": ([equal, equal], [one, NONE]),
        "equal overlaps": ([Detections([box] * 3, [0.9, 0.8, 0.7], [0] * 3)], [Objects([box, box], [0, 0], [1, 0])]),
        "equal overlaps, other boxes": (
            [Detections([box, [0.0, 4, 10, 12]], [0.9, 0.8], [0, 0])],
            [Objects([[0.0, 0, 10, 8], [0.0, 2, 10, 10]], [0, 0])],  # IoU .8 with the first, .33 and .6 with the second
        ),
        "more than a hundred": ([many], [Objects([np.array(box) + 120, box], [0, 0])]),
        "only difficult": ([Detections([box, far], [0.9, 0.8], [0, 0])], [Objects([box], [0], difficult=[True])]),
        "difficult twice": (
            [Detections([box, box, far], [0.9, 0.8, 0.1], [0] * 3)],
            [Objects([box, far], [0, 0], difficult=[True, False])],
        ),
        "crowd": (
            [Detections([box, half, far, far], [0.9, 0.8, 0.7, 0.6], [0] * 4)],
            [Objects([[0, 0, 40, 40], far], [0, 0], crowd=[True, False])],
        ),
        "crowd or object": ([Detections([box], [0.9], [0])], [Objects([[0, 0, 40, 40], half], [0, 0], crowd=[1, 0])]),
        "wrong class": ([Detections([box], [0.9], [1])], [one]),
        "ignored first": (
            [Detections([box, far], [0.9, 0.8], [0, 0])],
            [Objects([box, far], [0, 0], difficult=[True, False])],
        ),
        "on the border of sizes": (
            [Detections([[0, 0, 32, 32], [0, 0, 96, 96]], [0.9, 0.8], [0, 0])],
            [Objects([[0, 0, 32, 32], [0, 0, 96, 96]], [0, 0])],
        ),
        "small by its mask": (
            [Detections([[0, 0, 50, 50]], [0.9], [0])],
            [Objects([[0, 0, 50, 50]], [0], areas=[900])],
        ),
        "an empty detection": ([Detections([[5, 5, 5, 5], box], [0.9, 0.8], [0, 0])], [one]),
    }


@pytest.mark.parametrize("name", hard_scenes())
def test_hard_scenes(name):
    agrees_with_pycocotools(*hard_scenes()[name])
    agrees_with_voc(*hard_scenes()[name])


@pytest.mark.parametrize("seed", range(6))
def test_random_scenes(seed):
    rng = np.random.default_rng(seed)
    setting = [{}, {"levels": 3}, {"found": 3}, {"span": 30}, {"most": 2, "found": 8}, {"images": 3, "found": 400}][
        seed
    ]
    detections, objects = scene(rng, **setting)
    ours = agrees_with_pycocotools(detections, objects)
    agrees_with_voc(detections, objects)
    assert 0 < ours.map50 < 1
    assert 0 < ours.coco["AP"] < ours.coco["AP50"]


def test_a_detection_asks_once_in_voc_and_for_what_is_left_in_coco():
    """Two objects, two detections of the first: COCO gives the second of them to the other object."""
    objects = [Objects([[0, 0, 10, 10], [0, 0, 10, 8]], [0, 0])]
    detections = [Detections([[0, 0, 10, 10], [0, 0, 10, 10]], [0.9, 0.8], [0, 0])]
    found = evaluate(detections, objects, ["a"])
    assert found.map50 == 0.5
    assert found.coco["AP50"] == pytest.approx(1)


def test_by_hand():
    """Right, wrong, right; two of three objects: recalls 1/3, 1/3, 2/3 with precisions 1, 1/2, 2/3."""
    boxes = [[20 * i, 0, 20 * i + 10, 10] for i in range(4)]
    found = Detections([boxes[0], boxes[3], boxes[1]], [0.9, 0.8, 0.7], [0, 0, 0])
    row = evaluate([found], [Objects(boxes[:3], [0, 0, 0])], ["a"]).classes[0]
    assert row.ap50 == pytest.approx(1 / 3 + 2 / 9)
    assert row.voc2007 == pytest.approx((4 + 3 * 2 / 3) / 11)
    assert row.all == pytest.approx((34 + 33 * 2 / 3) / 101)
    assert row.objects == 3


def test_a_recall_of_three_tenths_reaches_the_fourth_of_eleven():
    """3 * 0.1 is above 3/10 in floats: the eleven recalls must not be made so."""
    boxes = np.array([[20 * i, 0, 20 * i + 10, 10] for i in range(10)])
    found = Detections(boxes[:3], [0.9, 0.8, 0.7], [0, 0, 0])
    assert evaluate([found], [Objects(boxes, [0] * 10)], ["a"]).classes[0].voc2007 == pytest.approx(4 / 11)


def test_curves_are_those_of_the_numbers():
    detections, objects = scene(np.random.default_rng(1))
    found = evaluate(detections, objects, NAMES)
    assert found.curves["never there"] is None
    curve = found.curves["a"]
    assert (
        len(curve.precision) == len(curve.recall) == len(curve.scores) == sum((d.labels == 0).sum() for d in detections)
    )
    assert (np.diff(curve.recall) >= 0).all() and (np.diff(curve.scores) <= 0).all()
    assert curve.objects == found.classes[0].objects
    empty = found.curves["never found"]
    assert empty.objects > 0 and empty.precision.size == 0
    assert found.classes[4].ap50 == 0 and math.isnan(found.classes[3].ap50)


def test_truth_of_a_data_set():
    truth = np.array([[0.1, 0.2, 0.5, 0.6, 2], [0, 0, 0.5, 0.5, 0], [-1, -1, -1, -1, -1]], "float32")
    objects = Objects.from_truth(truth, height=50, width=200, difficult=[False, True, False])
    np.testing.assert_allclose(objects.boxes, [[20, 10, 100, 30], [0, 0, 100, 25]], rtol=1e-6)
    assert objects.labels.tolist() == [2, 0]
    assert objects.difficult.tolist() == [False, True]
    with pytest.raises(ValueError, match=r"must be \(boxes, 5\), got the shape \(1, 3, 5\)"):
        Objects.from_truth(truth[None], 50, 200)


def test_report(tmp_path):
    detections, objects = scene(np.random.default_rng(2))
    found = evaluate(detections, objects, [*NAMES[:4], "<b>"])
    lines = str(found).splitlines()
    assert lines[0].startswith("12 images, ")
    assert lines[1] == f"mAP@.5 {found.map50:.3f}"
    assert lines[4].split() == ["class", "objects", "AP@.5", "VOC", "2007", "AP@.5:.95", "small", "medium", "large"]
    assert lines[5].split()[:3] == ["a", str(found.classes[0].objects), f"{found.classes[0].ap50:.3f}"]
    assert lines[8].split() == ["never", "there", "0", *"-" * 6]
    assert lines[-1].split()[0] == "mean"
    assert len({len(line) for line in lines[4:]}) == 1
    page = found.save(tmp_path).read_text()
    assert "&lt;b&gt;" in page and "<b>mAP@.5" in page and "data:image/" in page
    legend = found.figures()["precision_recall"].legends[0].get_texts()
    assert f"a {found.classes[0].ap50:.3f}" in [text.get_text() for text in legend]
    assert (tmp_path / "precision_recall.png").stat().st_size > 1000
    facts = json.loads((tmp_path / "report.json").read_text())
    assert facts["map50"] == pytest.approx(found.map50)
    assert facts["classes"][3]["ap50"] is None
    assert facts["coco"]["AP"] == pytest.approx(found.coco["AP"])

    from rich.console import Console

    console = Console(width=120, record=True, file=io.StringIO())
    console.print(found)
    assert f"mAP@.5 {found.map50:.3f}" in console.export_text()
    assert f"{found.classes[0].small:.3f}" in str(found) or math.isnan(found.classes[0].small)


def test_many_classes_are_cut_in_print_only():
    names = [f"class {i}" for i in range(40)]
    found = evaluate([Detections([[0, 0, 9, 9]], [0.9], [39])], [Objects([[0, 0, 9, 9]], [39])], names)
    assert str(found).endswith("... and 10 more classes: save(folder) writes all")
    assert "class 39" in found._repr_html_() and "class 39" not in str(found)
    assert "mean" in str(found) and found.map50 == 1


def test_a_name_is_printed_as_it_stands():
    """Rich would read [red] as a colour, a page <b> as bold."""
    from rich.console import Console

    found = evaluate([Detections([[0, 0, 9, 9]], [0.9], [0])], [Objects([[0, 0, 9, 9]], [0])], ["[red]", "<b>"])
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(found)
    assert "[red]" in console.export_text() and "&lt;b&gt;" in found._repr_html_()


def test_a_note_stands_with_the_figures():
    found = replace(evaluate([NOTHING], [NONE], NAMES), notes=("so it was trained",))
    assert "so it was trained" in str(found) and "so it was trained" in found._repr_html_()
    assert found.facts()["notes"] == ["so it was trained"]


def test_no_curve_without_objects():
    found = evaluate([NOTHING], [NONE], NAMES)
    assert found.figures() == {}
    assert math.isnan(found.map50)
    assert "mAP@.5 -" in str(found) and "<img" not in found._repr_html_()


def test_one_clear_sentence():
    box, there = [[0, 0, 1, 1]], Objects([[0, 0, 1, 1]], [0])
    with pytest.raises(ValueError, match="of the same images, at least one: got 1 and 0"):
        evaluate([NOTHING], [], ["a"])
    with pytest.raises(ValueError, match="the detections of image 1 have the label -1, but there are 2 classes"):
        evaluate([NOTHING, Detections(box, [0.5], [-1])], [there, there], ["a", "b"])
    with pytest.raises(ValueError, match="the scores of image 0 must be 1 finite numbers"):
        evaluate([Detections(box, [np.nan], [0])], [there], ["a"])
    with pytest.raises(ValueError, match="difficult of image 0 must be 1 finite numbers, one for each box"):
        evaluate([NOTHING], [Objects(box, [0], difficult=[True, False])], ["a"])
    with pytest.raises(ValueError, match="the objects of image 0 have a box that is not finite"):
        evaluate([NOTHING], [Objects([[0, 0, np.inf, 1]], [0])], ["a"])


def test_thresholds_are_pycocotools():
    params = COCOeval(iouType="bbox").params
    assert (params.iouThrs == THRESHOLDS).all()
    assert dict(zip(params.areaRngLbl, map(tuple, params.areaRng), strict=True)) == AREAS
