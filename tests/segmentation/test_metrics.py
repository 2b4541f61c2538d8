"""Every figure against a plain NumPy oracle, pixel by pixel, and bad input in one sentence."""

import math

import numpy as np
import pytest

from ccv.segmentation import confusion, evaluate
from ccv.segmentation.boundary import boundary_f, outline

NAMES = ["background", "cell", "hole"]


def masks(seed, count=3, sides=(17, 23), classes=3):
    return list(np.random.default_rng(seed).integers(0, classes, (count, *sides)))


def smooth(seed, count=2):
    """Discs, whose outlines mean something."""
    rng, y, x = np.random.default_rng(seed), *np.indices((40, 50))
    made = []
    for _ in range(count):
        r, c, radius = rng.integers(12, 28), rng.integers(12, 38), rng.integers(6, 11)
        made.append((np.hypot(y - r, x - c) < radius).astype(int))
    return made


def oracle(said, there, label):
    """IoU and Dice of a class, from sets of places."""
    a = {(n, *place) for n, one in enumerate(said) for place in zip(*np.nonzero(one == label), strict=True)}
    b = {(n, *place) for n, one in enumerate(there) for place in zip(*np.nonzero(one == label), strict=True)}
    return len(a & b) / len(a | b), 2 * len(a & b) / (len(a) + len(b))


def outline_by_hand(mask):
    height, width = mask.shape
    return [
        (r, c)
        for r in range(height)
        for c in range(width)
        if mask[r, c]
        and any(
            0 <= r + dr < height and 0 <= c + dc < width and not mask[r + dr, c + dc]
            for dr, dc in ((0, 1), (1, 0), (0, -1), (-1, 0))
        )
    ]


def f_by_hand(said, there, tolerance):
    a, b = outline_by_hand(said), outline_by_hand(there)
    near = lambda one, others: any(math.dist(one, other) <= tolerance for other in others)  # noqa: E731
    precision, recall = np.mean([near(p, b) for p in a]), np.mean([near(p, a) for p in b])
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


@pytest.mark.parametrize("seed", range(3))
def test_iou_and_dice_are_those_of_sets(seed):
    said, there = masks(seed), masks(seed + 100)
    found = evaluate(said, there, NAMES)
    for label, row in enumerate(found.classes):
        assert (row.iou, row.dice) == pytest.approx(oracle(said, there, label))
    assert found.pixel_accuracy == pytest.approx(np.mean([a == b for a, b in zip(said, there, strict=True)]))
    assert found.mean_iou == pytest.approx(np.mean([row.iou for row in found.classes]))
    assert all(row.dice == pytest.approx(2 * row.iou / (1 + row.iou)) for row in found.classes)


def test_the_confusion_has_a_row_for_each_true_class():
    said, there = masks(1, 1)[0], masks(2, 1)[0]
    table = confusion([said], [there], 3)
    assert [[int(((there == a) & (said == b)).sum()) for b in range(3)] for a in range(3)] == table.tolist()


@pytest.mark.parametrize("tolerance", [0, 1, 2.5])
def test_boundary_f_is_that_of_all_pairs_of_places(tolerance):
    said, there = smooth(3), smooth(4)
    for a, b in zip(said, there, strict=True):
        assert boundary_f(a == 1, b == 1, tolerance) == pytest.approx(f_by_hand(a, b, tolerance))
    assert evaluate(said, there, NAMES[:2], tolerance=tolerance).classes[1].boundary_f == pytest.approx(
        np.mean([f_by_hand(a, b, tolerance) for a, b in zip(said, there, strict=True)])
    )


def test_the_edge_of_the_image_is_no_outline():
    assert not outline(np.ones((4, 5), bool)).any()
    assert np.argwhere(outline(np.indices((4, 5))[1] < 2)).tolist() == [[r, 1] for r in range(4)]


def test_pixels_that_nobody_knows_count_nothing():
    said, there = masks(5, 1, classes=2)[0], masks(6, 1, classes=2)[0]
    half = there.copy()
    half[:, 10:] = 255
    found, cut = evaluate([said], [half], NAMES[:2]), evaluate([said[:, :10]], [there[:, :10]], NAMES[:2])
    assert found.pixel_accuracy == cut.pixel_accuracy
    assert [row.iou for row in found.classes] == [row.iou for row in cut.classes]


def test_a_class_that_is_nowhere_has_no_score_and_an_empty_mask_counts():
    ground = np.zeros((6, 6), int)
    found = evaluate([ground], [ground], NAMES)
    assert [found.classes[0].iou, found.mean_iou, found.pixel_accuracy] == [1, 1, 1]
    assert math.isnan(found.classes[1].iou)
    assert math.isnan(found.classes[1].boundary_f)
    assert "-" in str(found)
    missed = evaluate([ground], [np.eye(6, dtype=int)], NAMES[:2])
    assert missed.classes[1].iou == missed.classes[1].boundary_f == 0
    assert found.facts()["classes"][1]["iou"] is None


BAD = {
    "same sizes": (lambda: ([np.zeros((4, 5), int)], [np.zeros((5, 4), int)], NAMES), "resize the prediction"),
    "counts": (lambda: (masks(0), masks(0)[:2], NAMES), "3 predicted masks and 2 true ones"),
    "empty": (lambda: ([], [], NAMES), "predicted is empty"),
    "no pixels": (lambda: ([np.zeros((0, 4), int)], [np.zeros((0, 4), int)], NAMES), "must be .height, width."),
    "one class": (lambda: (masks(0), masks(0), ["cell"]), "the background counts as one"),
    "unknown value": (lambda: (masks(0, classes=5), masks(0), NAMES), "there are 3 classes: 0 to 2"),
    "probabilities": (lambda: ([np.zeros((4, 4, 3))], [np.zeros((4, 4), int)], NAMES), r"take \.argmax\(-1\)"),
    "fractions": (lambda: ([np.zeros((4, 4))], [np.zeros((4, 4), int)], NAMES), "whole class numbers"),
    "one picture": (lambda: (masks(0)[0], masks(0)[0], NAMES), r"a single mask: pass a list of it, \[mask\]"),
    "says unknown": (lambda: ([np.full((4, 4), 255)], [np.zeros((4, 4), int)], NAMES), "where the truth is known"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gets_a_sentence(case):
    given, says = BAD[case]
    with pytest.raises(ValueError, match=says):
        evaluate(*given())
