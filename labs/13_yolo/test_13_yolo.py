"""The checks of lab 13: cells (E-68), IoU and NMS (E-65, E-66), anchors, decoding, heads (E-69), average precision."""

from functools import partial

import numpy as np
import pytest

from ccv.grading import assert_same

# Which boxes, how many, which cell: right or wrong.
assert_exact = partial(assert_same, tolerance=0)

# C-102: the corner, the nested box, the disjoint ones, the equal ones.
PAIRS = [
    ([1, 1, 3, 3], [2, 2, 4, 4], 1 / 7),
    ([0, 0, 10, 10], [2, 2, 8, 8], 0.36),
    ([0, 0, 2, 2], [5, 5, 7, 7], 0),
    ([1, 2, 3, 5], [1, 2, 3, 5], 1),
]
# C-103: the four boxes of the slides.
FOUR = np.array([[100, 100, 210, 210], [105, 105, 215, 215], [150, 150, 260, 260], [300, 300, 380, 380]], float)
SCORES = np.array([0.9, 0.8, 0.7, 0.6])


def parts(result, count, what):
    """The result as a tuple of so many parts."""
    assert isinstance(result, (tuple, list)) and len(result) == count, f"{what} should be {count} things in a tuple"
    return result


def draw_boxes(rng, count, side=1.0):
    """Boxes (count, 4) inside of a square, each side at least a twentieth of it."""
    low = rng.uniform(0, 0.8, (count, 2))
    return np.concatenate([low, low + rng.uniform(0.05, 1 - low)], axis=1) * side


def draw_heap(rng, count):
    """Boxes (count, 4) that lie over each other in three heaps."""
    middles = rng.choice([30.0, 80.0, 130.0], (count, 1)) + rng.normal(0, 6, (count, 2))
    half = rng.uniform(12, 25, (count, 2))
    return np.concatenate([middles - half, middles + half], axis=1)


# --------------------------------------------------------------------------------------------------- who answers


def assert_cell(got, wanted, what):
    column, row, across, down = parts(got, 4, f"{what}: (column, row, across, down)")
    assert_exact([column, row], list(wanted[:2]), f"{what}: (column, row)")
    assert_same([across, down], list(wanted[2:]), f"{what}: the place in the cell (across, down)")


@pytest.mark.exercise("responsible_cell", points=1)
def test_responsible_cell_of_the_slide(answer):
    """E-68, C-099: (0.53, 0.22) on 7x7 lies in column 3, row 1, at (0.71, 0.54) of the cell."""
    assert_cell(answer(0.53, 0.22, 7, 7), (3, 1, 0.71, 0.54), "the midpoint (0.53, 0.22) on 7x7 cells (E-68)")


@pytest.mark.exercise("responsible_cell", points=1)
def test_responsible_cell_on_any_grid(answer, reference, rng):
    """Grids that are not square; the last cell holds the edge."""
    for rows, columns in [(3, 9), (13, 5), (8, 8)]:
        x, y = rng.uniform(0, 1, 2).tolist()
        what = f"the midpoint ({x:.3f}, {y:.3f}) on {rows} rows and {columns} columns"
        assert_cell(answer(x, y, rows, columns), reference(x, y, rows, columns), what)
    assert_cell(answer(1.0, 1.0, 4, 6), (5, 3, 1.0, 1.0), "the lower right corner of the picture, 4 rows, 6 columns")


def draw_truth(rng, count, classes, padding=2):
    rows = np.concatenate([draw_boxes(rng, count), rng.integers(0, classes, (count, 1))], axis=1)
    return np.concatenate([rows, np.full((padding, 5), -1.0)])


@pytest.mark.exercise("encode_target", points=1)
def test_encode_target_of_two_objects(answer):
    """E-68, D-29: the slides' midpoint on 7x7, and an object of another class far from it."""
    truth = np.array([[0.43, 0.02, 0.63, 0.42, 1], [0.7, 0.7, 0.9, 0.8, 2]])
    wanted = np.zeros((7, 7, 8))
    wanted[1, 3] = [0.71, 0.54, 0.2, 0.4, 1, 0, 1, 0]
    wanted[5, 5] = [0.6, 0.25, 0.2, 0.1, 1, 0, 0, 1]
    assert_same(answer(truth, 7, 7, 3), wanted, "the target of two objects on 7x7 cells (E-68)")


@pytest.mark.exercise("encode_target", points=1)
def test_encode_target_leaves_padding_out(answer, reference, rng):
    """Rows of -1 are no objects; a picture may have none."""
    truth = draw_truth(rng, 2, 4)
    assert_same(answer(truth, 9, 9, 4), reference(truth, 9, 9, 4), "the target of two objects and two rows of padding")
    empty = np.full((3, 5), -1.0)
    assert_same(answer(empty, 5, 5, 2), np.zeros((5, 5, 7)), "the target of a picture without any object")


@pytest.mark.exercise("encode_target", points=1)
def test_encode_target_of_a_crowd(answer, reference, rng):
    """Several objects in a cell, grids that are not square."""
    for rows, columns in [(2, 3), (6, 4)]:
        truth = draw_truth(rng, 12, 3)
        what = f"the target of twelve objects on {rows} rows and {columns} columns"
        assert_same(answer(truth, rows, columns, 3), reference(truth, rows, columns, 3), what)


# ------------------------------------------------------------------------------------------------- how good a box


@pytest.mark.exercise("iou", points=1)
def test_iou_of_the_slides(answer):
    """E-65, C-102: 1/7, 0.36, 0, 1; the same the other way round."""
    for a, b, wanted in PAIRS:
        for one, other in [(a, b), (b, a)]:
            assert_same(answer(np.array(one, float), np.array(other, float)), wanted, f"the IoU of {one} and {other}")


@pytest.mark.exercise("iou", points=1)
def test_iou_of_all_with_all(answer, reference, rng):
    """Symmetric, 1 with itself; parts of a picture and pixels alike."""
    for side in (1.0, 300.0):
        a, b = draw_boxes(rng, 5, side), draw_boxes(rng, 4, side)
        table = answer(a[:, None], b)
        assert_same(
            table, reference(a[:, None], b), f"the table of 5 boxes with 4, in a picture of {side:g} x {side:g},"
        )
        assert_same(answer(b[:, None], a), np.transpose(table), "the table with a and b exchanged, turned round,")
        assert_same(answer(a, a), np.ones(5), "the IoU of boxes with themselves")


@pytest.mark.exercise("iou", points=1)
def test_iou_of_nothing(answer):
    """Boxes without an area have 0, and no warning of a division."""
    a = np.array([[1, 1, 1, 1], [0, 0, 2, 2], [3, 3, 3, 9]], float)
    b = np.array([[1, 1, 1, 1], [1, 1, 1, 1], [0, 0, 9, 9]], float)
    assert_same(answer(a, b), [0, 0, 0], "the IoU of boxes of which one has no area, or both")


@pytest.mark.exercise("confidence_targets", points=1)
def test_confidence_targets_of_a_cell(answer):
    """C-101: Pr(object) x IoU, for the responsible box alone."""
    boxes, thing = np.array([[0, 0, 10, 10], [2, 2, 8, 9], [20, 20, 30, 30]], float), np.array([2, 2, 8, 8], float)
    assert_same(answer(boxes, thing), [0, 6 / 7, 0], "the confidences of three boxes, of which two meet the object")
    assert_same(answer(boxes, None), [0, 0, 0], "the confidences of three boxes of a cell without an object")


@pytest.mark.exercise("confidence_targets", points=1)
def test_confidence_targets_of_any_cell(answer, reference, rng):
    """Fresh boxes."""
    for count in (2, 3, 5):
        thing = draw_boxes(rng, 1)[0]
        boxes = thing + rng.normal(0, 0.02, (count, 4))
        assert_same(answer(boxes, thing), reference(boxes, thing), f"the confidences of {count} boxes near an object")


@pytest.mark.exercise("class_scores", points=1)
def test_class_scores_of_a_cell(answer):
    """C-101, C-105: Pr(class) x IoU."""
    wanted = [[[[0.4, 0.08, 0.32], [0.1, 0.02, 0.08]]]]
    got = answer(np.array([[[0.8, 0.2]]]), np.array([[[0.5, 0.1, 0.4]]]))
    assert_same(got, wanted, "the scores of a cell with two boxes and three classes")


@pytest.mark.exercise("class_scores", points=1)
def test_class_scores_of_any_grid(answer, reference, rng):
    """Fresh grids, not square; also as many boxes as classes."""
    for rows, columns, boxes, classes in [(2, 3, 4, 5), (7, 7, 2, 20), (4, 2, 3, 3)]:
        arguments = rng.random((rows, columns, boxes)), rng.random((rows, columns, classes))
        what = f"the scores of {rows}x{columns} cells with {boxes} boxes and {classes} classes"
        assert_same(answer(*arguments), reference(*arguments), what)


# -------------------------------------------------------------------------------------------------------- one each


def assert_kept(got, wanted, what):
    assert isinstance(got, (list, tuple, np.ndarray)), f"{what}: the result should be a list of indices"
    assert_exact(np.asarray(got, dtype=float), np.asarray(wanted, dtype=float), f"{what}: the list of what is kept")


@pytest.mark.exercise("nms", points=1)
def test_nms_of_the_slides(answer):
    """E-66, C-103: keep 0, 2, 3."""
    assert_kept(answer(FOUR, SCORES, np.zeros(4, int), 0.5), [0, 2, 3], "the four boxes of the slides (E-66)")
    # A chain: the first removes the second, which then cannot remove the third.
    chain = np.array([[0, 0, 10, 10], [3, 0, 13, 10], [6, 0, 16, 10]], float)
    assert_kept(answer(chain, np.array([0.9, 0.8, 0.7]), np.zeros(3, int), 0.4), [0, 2], "three boxes in a chain")


@pytest.mark.exercise("nms", points=1)
def test_nms_in_any_order(answer, reference, rng):
    """The same boxes, however they are shuffled."""
    boxes, scores = draw_heap(rng, 14), rng.permutation(np.linspace(0.1, 0.95, 14))
    labels = np.zeros(14, int)
    wanted = reference(boxes, scores, labels, 0.4)
    assert_kept(answer(boxes, scores, labels, 0.4), wanted, "fourteen boxes in three heaps")
    order = rng.permutation(14)
    got = answer(boxes[order], scores[order], labels, 0.4)
    assert_kept(order[np.asarray(got, dtype=int)], wanted, "the same fourteen boxes in another order")


@pytest.mark.exercise("nms", points=1)
def test_nms_by_class(answer, reference, rng):
    """Boxes of other classes do not touch each other."""
    both = answer(FOUR, SCORES, np.array([0, 1, 0, 1]), 0.5)
    assert_kept(both, [0, 1, 2, 3], "the four boxes of the slides, by turns of two classes")
    boxes, scores, labels = draw_heap(rng, 20), rng.permutation(np.linspace(0.1, 0.9, 20)), rng.integers(0, 3, 20)
    assert_kept(
        answer(boxes, scores, labels, 0.3), reference(boxes, scores, labels, 0.3), "twenty boxes, three classes"
    )


@pytest.mark.exercise("nms", points=1)
def test_nms_at_the_limit(answer):
    """An IoU of exactly one half; equal scores; nothing at all."""
    halves = np.array([[0, 0, 2, 2], [0, 0, 2, 1], [0, 0, 2, 2]], float)
    scores = np.array([0.5, 0.9, 0.9])
    assert_kept(answer(halves, scores, np.zeros(3, int), 0.5), [1, 2], "boxes with an IoU of exactly the limit, 0.5")
    none = answer(np.zeros((0, 4)), np.zeros(0), np.zeros(0, int), 0.5)
    assert np.size(none) == 0, "of no boxes none is kept: an empty list"


# --------------------------------------------------------------------------------------------------------- anchors


def assert_step(got, wanted, what):
    owners, anchors = parts(got, 2, f"{what}: (owners, anchors)")
    assert_exact(np.asarray(owners, dtype=float), np.asarray(wanted[0], dtype=float), f"{what}: the owners")
    assert_same(anchors, wanted[1], f"{what}: the moved anchors")


@pytest.mark.exercise("anchor_step", points=1)
def test_anchor_step_of_five_boxes(answer):
    """C-104: 10x10 is nearer to 6x6 by Euclid, and to 16x14 by IoU."""
    sizes = np.array([[10, 10], [6, 5], [20, 14], [22, 12], [4, 6]], float)
    anchors = np.array([[6, 6], [16, 14]], float)
    wanted = [1, 0, 1, 1, 0], [[5, 5.5], [52 / 3, 12]]
    assert_step(answer(sizes, anchors), wanted, "five boxes and two anchors")


@pytest.mark.exercise("anchor_step", points=1)
def test_anchor_step_by_shape(answer):
    """YOLO9000, section 2: the distance is 1 - IoU. By Euclid the third box is nearer to the small anchor."""
    sizes = np.array([[40, 40], [4, 4], [9, 9], [10, 90], [60, 66]], float)
    anchors = np.array([[4, 4], [18, 18], [64, 64], [12, 40]], float)
    wanted = [2, 0, 1, 3, 2], [[4, 4], [9, 9], [50, 53], [10, 90]]
    assert_step(answer(sizes, anchors), wanted, "five boxes and four anchors, small and large")


@pytest.mark.exercise("anchor_step", points=1)
def test_anchor_step_of_any_boxes(answer, reference, rng):
    """Fresh boxes; an anchor that no box likes."""
    for k in (2, 5):
        sizes, anchors = rng.uniform(0.05, 0.6, (40, 2)), rng.uniform(0.05, 0.6, (k, 2))
        assert_step(answer(sizes, anchors), reference(sizes, anchors), f"forty boxes and {k} anchors")
    sizes = rng.uniform(0.05, 0.4, (20, 2))
    anchors = np.array([[0.2, 0.2], [9.0, 8.0]])
    assert_step(answer(sizes, anchors), reference(sizes, anchors), "twenty boxes, and an anchor far too large")


@pytest.mark.exercise("decode", points=1)
def test_decode_of_zeros(answer):
    """C-104: raw zeros are the anchors, in the middle of the cells."""
    boxes = answer(np.zeros((2, 4, 1, 4)), np.array([[0.3, 0.6]]))
    wanted = [[[[(c + 0.5) / 4, (r + 0.5) / 2, 0.3, 0.6]] for c in range(4)] for r in range(2)]
    assert_same(boxes, wanted, "the boxes of raw zeros, 2 rows and 4 columns")


@pytest.mark.exercise("decode", points=2)
def test_decode_of_any_grid(answer, reference, rng):
    """YOLO9000, section 2: fresh numbers, grids that are not square."""
    for rows, columns, k in [(1, 1, 1), (3, 5, 2), (6, 4, 3)]:
        raw, anchors = rng.normal(0, 1.5, (rows, columns, k, 4)), rng.uniform(0.1, 0.6, (k, 2))
        what = f"the boxes of {rows} rows and {columns} columns with {k} anchors"
        assert_same(answer(raw, anchors), reference(raw, anchors), what)


def assert_sizes(got, wanted, what):
    heads, boxes = parts(got, 2, f"{what}: (shapes of the heads, boxes)")
    assert isinstance(heads, (list, tuple)), f"{what}: the heads should be a list of (rows, columns, channels)"
    assert len(heads) == len(wanted[0]), (
        f"{what}: {len(wanted[0])} strides are as many heads, and you give {len(heads)}"
    )
    for mine, right in zip(heads, wanted[0], strict=True):
        shape = parts(mine, 3, f"{what}: a head")
        assert_exact(list(shape), list(right), f"{what}: a head's (rows, columns, channels)")
    assert_exact(boxes, wanted[1], f"{what}: the number of boxes")


@pytest.mark.exercise("output_sizes", points=1)
def test_output_sizes_of_the_papers(answer):
    """E-69: 7x7x30; 13x13x125; 13, 26, 52 x 255 and 10,647 boxes."""
    assert_sizes(answer(1, 448, 448, [64], 2, 20), ([(7, 7, 30)], 98), "YOLO v1 (E-69)")
    assert_sizes(answer(2, 416, 416, [32], 5, 20), ([(13, 13, 125)], 845), "YOLOv2 with 20 classes")
    wanted = [(13, 13, 255), (26, 26, 255), (52, 52, 255)], 10_647
    assert_sizes(answer(3, 416, 416, [32, 16, 8], 3, 80), wanted, "YOLOv3 (E-69)")


@pytest.mark.exercise("output_sizes", points=1)
def test_output_sizes_of_any_network(answer, reference, rng):
    """Fresh networks on pictures that are not square."""
    for version in (1, 2, 3):
        height, width = (64 * rng.choice(np.arange(2, 9), 2, replace=False)).tolist()
        strides = [64] if version == 1 else [32, 16] if version == 3 else [32]
        arguments = version, height, width, strides, int(rng.integers(2, 6)), int(rng.integers(2, 30))
        what = f"version {version} on {height}x{width} pixels, {arguments[4]} boxes, {arguments[5]} classes"
        assert_sizes(answer(*arguments), reference(*arguments), what)


# ---------------------------------------------------------------------------------------------- average precision


def assert_verdicts(got, wanted, what):
    assert isinstance(got, (list, tuple, np.ndarray)), f"{what}: the result should be a list of True and False"
    assert_exact(np.asarray(got, dtype=float), np.asarray(wanted, dtype=float), f"{what}: the list of what is right")


@pytest.mark.exercise("judge", points=1)
def test_judge_of_a_picture(answer):
    """An object is found once; half an overlap is enough, less is not."""
    things = np.array([[0, 0, 10, 10], [20, 20, 30, 30]], float)
    found = [[0, 0, 10, 9], [1, 0, 10, 10], [20, 20, 30, 25], [21, 20, 30, 30], [50, 50, 60, 60]]
    what = "five detections of two objects"
    assert_verdicts(answer(np.array(found, float), things), [True, False, True, False, False], what)
    assert_verdicts(answer(np.array([[0, 0, 10, 4.9]]), things), [False], "a detection with an IoU of 0.49")
    assert_verdicts(
        answer(np.array([[0, 0, 10, 6.0]]), things, least=0.7), [False], "an IoU of 0.6 where 0.7 is needed"
    )
    assert_verdicts(answer(np.array([[0, 0, 10, 9.0]]), np.zeros((0, 4))), [False], "a detection where nothing is")


@pytest.mark.exercise("judge", points=1)
def test_judge_asks_for_the_most_overlapped(answer, reference, rng):
    """Objects that lie close: a detection does not fall back on its second choice."""
    things = np.array([[0, 0, 10, 10], [3, 0, 13, 10]], float)
    found = np.array([[2, 0, 12, 10], [3, 0, 13, 10], [0, 0, 10, 10]], float)
    assert_verdicts(answer(found, things), [True, False, True], "three detections of two objects that overlap")
    for _ in range(3):
        found, things = draw_heap(rng, 12), draw_heap(rng, 6)
        assert_verdicts(answer(found, things), reference(found, things), "twelve detections of six objects in heaps")


def assert_curve(got, wanted, what):
    precision, recall = parts(got, 2, f"{what}: (precision, recall)")
    assert_same(precision, wanted[0], f"{what}: the list of precisions")
    assert_same(recall, wanted[1], f"{what}: the list of recalls")


@pytest.mark.exercise("precision_recall", points=1)
def test_precision_recall_of_four(answer):
    """Right, wrong, right, wrong, of five objects; not in order."""
    scores, right = np.array([0.6, 0.9, 0.3, 0.8]), np.array([True, True, False, False])
    wanted = [1, 1 / 2, 2 / 3, 2 / 4], [1 / 5, 1 / 5, 2 / 5, 2 / 5]
    assert_curve(answer(scores, right, 5), wanted, "four detections of five objects")


@pytest.mark.exercise("precision_recall", points=1)
def test_precision_recall_of_many(answer, reference, rng):
    """Fresh lists."""
    for count, objects in [(9, 20), (30, 12), (1, 3)]:
        scores, right = rng.permutation(np.linspace(0.05, 0.99, count)), np.zeros(count, bool)
        right[rng.permutation(count)[: min(count, objects) // 2 + 1]] = True
        what = f"{count} detections of {objects} objects"
        assert_curve(answer(scores, right, objects), reference(scores, right, objects), what)


@pytest.mark.exercise("average_precision", points=1)
def test_average_precision_of_three(answer):
    """1/2 x 1 + 1/2 x 2/3; with the best at the right, and with what is never found."""
    curves = [
        ([1, 1 / 2, 2 / 3], [0.5, 0.5, 1.0], 5 / 6),
        ([0, 1 / 2, 2 / 3, 3 / 4], [0, 0.2, 0.4, 0.6], 0.45),
        ([1.0], [0.25], 0.25),
    ]
    for precision, recall, wanted in curves:
        what = f"the average precision of {np.round(precision, 2).tolist()} at the recalls {recall}"
        assert_same(answer(np.array(precision), np.array(recall)), wanted, what)


@pytest.mark.exercise("average_precision", points=1)
def test_average_precision_of_any_curve(answer, reference, rng):
    """Fresh curves, from random verdicts."""
    for count, objects in [(40, 25), (15, 40), (60, 31)]:
        hits = np.cumsum(rng.random(count) < 0.4)
        precision, recall = hits / np.arange(1, count + 1), hits / objects
        what = f"the average precision of {count} detections of {objects} objects"
        assert_same(answer(precision, recall), reference(precision, recall), what)


# -------------------------------------------------------------------------------------------- grids, and who is who


@pytest.mark.exercise("responsible_grid", points=1)
def test_responsible_grid_of_a_bus_and_a_bird(answer):
    """X-47, D-30: the 13x13 grid has the large objects, the 52x52 grid the small ones."""
    for width, height, grid in [(12, 14, 52), (300, 250, 13), (60, 60, 26), (416, 416, 13), (5, 5, 52), (70, 40, 26)]:
        assert_exact(answer(width, height), grid, f"the grid of an object of {width}x{height} pixels (X-47)")


@pytest.mark.exercise("responsible_grid", points=1)
def test_responsible_grid_by_shape(answer, reference, rng):
    """The shape decides, not the area or a side alone: fresh objects, thin ones too."""
    thin_and_thick = [(75, 140), (110, 70), (15, 75), (90, 100), (100, 75), (65, 225), (100, 150), (165, 20), (5, 55)]
    for width, height in [*thin_and_thick, *rng.uniform(4, 400, (10, 2)).round(1).tolist()]:
        assert_exact(
            answer(width, height), reference(width, height), f"the grid of an object of {width}x{height} pixels"
        )


@pytest.mark.exercise("true_claims", points=2)
def test_true_claims(answer, reference, solution):
    """X-11, X-43, X-44, X-46, X-47."""
    assert isinstance(answer, (list, tuple)), "true_claims should be a list of letters"
    unknown = [letter for letter in answer if letter not in list(solution.CLAIMS)]
    assert not unknown, f"{unknown[0]!r} is no letter of a statement"
    false, missing = set(answer) - set(reference), set(reference) - set(answer)
    assert not false | missing, (
        f"{len(false)} of your letters are not true, and {len(missing)} that are true are missing"
    )
