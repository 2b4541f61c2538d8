"""The checks of lab 13: cells, IoU and NMS (E-65, E-66), anchors, decoding, heads, average precision.

The lab's last table puts right X-11, X-46, D-29, X-47, D-30, X-43, X-44, X-45, C-098 of the course's catalogue.
"""

import numpy as np
import pytest

from ccv.grading import as_array, as_items, as_letters, assert_count, assert_same

MAY_NOT_CALL = {
    "responsible_cell": ("ccv.detection.targets",),
    "encode_target": ("ccv.detection.targets",),
    "iou_table": ("ccv.detection.boxes", "ccv.detection.matching", "keras.utils.bounding_boxes"),
    "confidence_targets": ("ccv.detection.boxes", "ccv.detection.matching", "keras.utils.bounding_boxes"),
    "class_scores": ("ccv.detection.decode",),
    # tf.image's, too
    "nms": ("ccv.detection.suppression", "tensorflow.python.ops.image_ops_impl.non_max_suppression"),
    "anchor_step": ("ccv.detection.anchors", "ccv.detection.targets"),
    "decode": ("ccv.detection.decode",),
    "output_sizes": ("ccv.models", "ccv.anatomy"),
    "judge": ("ccv.detection.matching", "ccv.detection.metrics", "ccv.detection.average_precision"),
    "precision_recall": ("ccv.detection.metrics", "ccv.detection.average_precision"),
    "average_precision": ("ccv.detection.metrics", "ccv.detection.average_precision"),
    "responsible_grid": ("ccv.detection.anchors", "ccv.detection.targets"),
}

# C-102: all of three boxes with all of four: a corner, nothing, one within another, equal ones.
BOXES = [[1, 1, 3, 3], [0, 0, 2, 2], [0, 0, 10, 10]]
THINGS = [[2, 2, 4, 4], [5, 5, 7, 7], [2, 2, 8, 8], [1, 1, 3, 3]]
TABLE = [[1 / 7, 0, 1 / 39, 1], [0, 0, 0, 1 / 7], [0.04, 0.04, 0.36, 0.04]]
# C-103: the four boxes of the slides.
FOUR = np.array([[100, 100, 210, 210], [105, 105, 215, 215], [150, 150, 260, 260], [300, 300, 380, 380]], float)
SCORES = np.array([0.9, 0.8, 0.7, 0.6])
# Each overlaps each by far: whoever takes boxes out of the list that a loop goes over skips some.
HEAP, HEAP_SCORES = FOUR[0] + 2 * np.arange(6)[:, None], np.linspace(0.9, 0.4, 6)


def ask(answer, questions):
    """Put all questions before anything is compared: a mistake is named only where it explains every answer."""
    return [answer(*question) for question in questions]


def draw_boxes(rng, count, side=1.0):
    """Boxes (count, 4) inside of a square, each side at least a fifth of it."""
    low = rng.uniform(0, 0.7, (count, 2))
    return np.concatenate([low, low + rng.uniform(0.2, 1 - low)], axis=1) * side


def draw_heap(rng, count):
    """Boxes (count, 4) that lie over each other in three heaps."""
    middles = rng.choice([30.0, 80.0, 130.0], (count, 1)) + rng.normal(0, 6, (count, 2))
    half = rng.uniform(12, 25, (count, 2))
    return np.concatenate([middles - half, middles + half], axis=1)


# The first overlaps the second and that the third, by 7 / 13; the first and the third only by 4 / 16.
CHAIN = np.array([[200, 0, 210, 10], [203, 0, 213, 10], [206, 0, 216, 10]], float)
# Then two with an IoU of 0.45, and one alone.
SETTLED = np.concatenate([CHAIN, [[300, 0, 310, 10], [303.8, 0, 313.8, 10], [400, 0, 410, 10]]])


def draw_rivals(rng, count, classes=1):
    """Boxes (count + 6, 4), scores and labels: a heap, and boxes that decide what each draw tells apart.

    These are of one class, their scores fall, and that of the one alone is below any limit of the overlap.
    """
    boxes, labels = np.concatenate([draw_heap(rng, count), SETTLED]), np.append(np.arange(count) % classes, [0] * 6)
    scores = np.append(rng.permutation(np.linspace(0.1, 0.95, count + 5)), 0.05)
    scores[count:] = -np.sort(-scores[count:])
    order = rng.permutation(count + 6)
    return boxes[order], scores[order], labels[order]


# --------------------------------------------------------------------------------------------------- who answers


def assert_cells(answer, questions, wanted):
    for (x, y, rows, columns), mine, right in zip(questions, ask(answer, questions), wanted, strict=True):
        where = f"of the midpoint ({x:.3g}, {y:.3g}) on {rows} rows and {columns} columns"
        column, row, across, down = as_items(mine, 4, f"(column, row, across, down) {where}")
        cell, place = f"(column, row) {where}", f"the place in the cell, (across, down), {where}"
        assert_count(as_array([column, row], cell, (2,)), right[:2], cell)
        assert_same(as_array([across, down], place, (2,)), right[2:], place)


@pytest.mark.exercise("responsible_cell", points=1)
def test_responsible_cell_of_the_slide(answer):
    """E-68, C-099: (0.53, 0.22) on 7x7 lies in column 3, row 1, at (0.71, 0.54) of the cell."""
    assert_cells(answer, [(0.53, 0.22, 7, 7)], [(3, 1, 0.71, 0.54)])


@pytest.mark.exercise("responsible_cell", points=1)
def test_responsible_cell_on_any_grid(answer, reference, rng):
    """Grids that are not square; the last cell holds the edge."""
    questions = [(*rng.uniform(0.01, 0.99, 2).tolist(), *grid) for grid in [(3, 9), (13, 5), (8, 8)]]
    questions += [(1.0, 1.0, 4, 6), (0.4, 0.25, 3, 9)]
    assert_cells(answer, questions, ask(reference, questions))


def draw_truth(rng, count, classes):
    return np.concatenate([draw_boxes(rng, count), rng.integers(0, classes, (count, 1))], axis=1)


def assert_targets(answer, questions, wanted):
    for (truth, rows, columns, _), mine, right in zip(questions, ask(answer, questions), wanted, strict=True):
        objects = int((truth[:, 4] >= 0).sum())
        what = f"the target of {objects} object{'s' * (objects != 1)} on {rows} rows and {columns} columns"
        what += f", with {len(truth) - objects} rows of padding," if objects < len(truth) else ""
        assert_same(mine, right, what)


@pytest.mark.exercise("encode_target", points=1)
def test_encode_target_of_two_objects(answer):
    """E-68, D-29: the slides' midpoint on 7x7, and an object of another class far from it."""
    truth = np.array([[0.43, 0.02, 0.63, 0.42, 1], [0.7, 0.7, 0.9, 0.8, 2]])
    wanted = np.zeros((7, 7, 8))
    wanted[1, 3] = [0.71, 0.54, 0.2, 0.4, 1, 0, 1, 0]
    wanted[5, 5] = [0.6, 0.25, 0.2, 0.1, 1, 0, 0, 1]
    assert_targets(answer, [(truth, 7, 7, 3)], [wanted])


@pytest.mark.exercise("encode_target", points=1)
def test_encode_target_leaves_padding_out(answer, reference, rng):
    """Rows of -1 are no objects; a picture may have none."""
    truth = np.concatenate([draw_truth(rng, 1, 4), np.full((2, 5), -1.0)])
    truth[0, :4] = rng.uniform([0.6, 0.05, 0.8, 0.25], [0.7, 0.15, 0.9, 0.35])  # a column that is no row
    truth[0, 4] = 2
    questions = [(truth, 9, 9, 4), (np.full((3, 5), -1.0), 5, 5, 2)]
    assert_targets(answer, questions, ask(reference, questions))


@pytest.mark.exercise("encode_target", points=1)
def test_encode_target_of_a_crowd(answer, reference, rng):
    """Several objects in a cell, the first and the last of another class, grids that are not square."""
    questions = []
    for rows, columns in [(2, 3), (4, 2)]:
        truth = draw_truth(rng, 12, 3)
        truth[:3, 4] = [0, 2, 1]
        truth[-1, :4], truth[-1, 4] = truth[0, :4] + [0, 0, 0.001, 0.001], 1
        questions.append((truth, rows, columns, 3))
    assert_targets(answer, questions, ask(reference, questions))


# ------------------------------------------------------------------------------------------------- how good a box


# Whoever adds a millionth to the divisor, against a division by zero, is right.
SMALL_DIVISOR = 1e-4


@pytest.mark.exercise("iou_table", points=1)
def test_iou_table_of_three_with_four(answer):
    """E-65, C-102: 1/7, 0.36, 0, 1; the same the other way round."""
    boxes, things = np.array(BOXES, float), np.array(THINGS, float)
    table, turned = ask(answer, [(boxes, things), (things, boxes)])
    assert_same(table, TABLE, "the table of IoUs of three boxes with four things", tolerance=SMALL_DIVISOR)
    what = "the table of IoUs of four boxes with three things"
    assert_same(turned, np.transpose(TABLE), what, tolerance=SMALL_DIVISOR)


@pytest.mark.exercise("iou_table", points=1)
def test_iou_table_of_all_with_all(answer, reference, rng):
    """Symmetric, 1 with itself; parts of a picture and pixels alike."""
    questions, names = [], []
    for side in (1.0, 300.0):
        a, b = draw_boxes(rng, 5, side), draw_boxes(rng, 4, side)
        a[0], b[0] = [0, 0, 0.25 * side, 0.25 * side], [0.5 * side, 0.5 * side, side, side]  # diagonally apart
        questions += [(a, b), (b, a), (a, a)]
        pairs = ("5 boxes with 4 things", "4 boxes with 5 things", "5 boxes with themselves")
        names += [f"{pair}, in a picture of {side:g} x {side:g}," for pair in pairs]
    for mine, right, what in zip(ask(answer, questions), ask(reference, questions), names, strict=True):
        assert_same(mine, right, f"the table of IoUs of {what}", tolerance=SMALL_DIVISOR)


@pytest.mark.exercise("iou_table", points=1)
def test_iou_table_of_nothing(answer):
    """Boxes without an area have 0, and no warning of a division."""
    boxes = np.array([[1, 1, 1, 1], [3, 3, 3, 9], [0, 0, 2, 2], [1, 1, 3, 3]], float)
    things = np.array([[1, 1, 1, 1], [3, 0, 5, 2], [2, 2, 5, 6]], float)
    wanted = np.zeros((4, 3))
    wanted[3, 2] = 1 / 15
    what = "the table of IoUs of four boxes with three things, some of which have no area,"
    assert_same(answer(boxes, things), wanted, what, tolerance=SMALL_DIVISOR)


def assert_confidences(answer, questions, wanted, names):
    for mine, right, name in zip(ask(answer, questions), wanted, names, strict=True):
        assert_same(mine, right, f"the confidences of {name}", tolerance=SMALL_DIVISOR)


@pytest.mark.exercise("confidence_targets", points=1)
def test_confidence_targets_of_a_cell(answer):
    """C-101: Pr(object) x IoU, for the responsible box alone."""
    boxes, thing = np.array([[0, 0, 10, 10], [2, 2, 8, 9], [20, 20, 30, 30]], float), np.array([2, 2, 8, 8], float)
    names = "three boxes, of which two meet the object", "the same in another order", "a cell without an object"
    questions = [(boxes, thing), (boxes[::-1], thing), (boxes, None)]
    assert_confidences(answer, questions, [[0, 6 / 7, 0], [0, 6 / 7, 0], [0, 0, 0]], names)


@pytest.mark.exercise("confidence_targets", points=1)
def test_confidence_targets_of_any_cell(answer, reference, rng):
    """Fresh boxes."""
    questions, counts = [], (2, 3, 5)
    for count in counts:
        thing = draw_boxes(rng, 1)[0]
        boxes = thing + rng.normal(0, 0.02, (count, 4))
        boxes = np.roll(boxes, 1 - np.argmax(reference(boxes, thing)), axis=0)  # the second is the best
        boxes[2 % count] = thing + [0.6 * (thing[2] - thing[0]), 0] * 2  # and another one has an IoU of a quarter
        questions.append((boxes, thing))
    names = [f"{count} boxes near an object" for count in counts]
    assert_confidences(answer, questions, ask(reference, questions), names)


def assert_scores(answer, questions, wanted):
    for (confidences, classes), mine, right in zip(questions, ask(answer, questions), wanted, strict=True):
        rows, columns, boxes = confidences.shape
        what = f"the scores of {rows}x{columns} cells with {boxes} boxes and {classes.shape[-1]} classes"
        assert_same(mine, right, what)


@pytest.mark.exercise("class_scores", points=1)
def test_class_scores_of_a_cell(answer):
    """C-101, C-105: Pr(class) x IoU."""
    question = np.array([[[0.8, 0.2]]]), np.array([[[0.5, 0.1, 0.3]]])
    assert_scores(answer, [question], [[[[[0.4, 0.08, 0.24], [0.1, 0.02, 0.06]]]]])


@pytest.mark.exercise("class_scores", points=1)
def test_class_scores_of_any_grid(answer, reference, rng):
    """Fresh grids, not square; also as many boxes as classes."""
    shapes = [(2, 3, 4, 5), (7, 7, 2, 20), (4, 2, 3, 3)]
    questions = [(rng.random((*grid, boxes)), rng.random((*grid, classes))) for *grid, boxes, classes in shapes]
    assert_scores(answer, questions, ask(reference, questions))


# -------------------------------------------------------------------------------------------------------- one each


def assert_kept(answer, questions, wanted, names):
    for mine, right, what in zip(ask(answer, questions), wanted, names, strict=True):
        kept = as_array(mine, f"of {what}, the list of what is kept", (None,))
        same = kept.shape == (len(right),) and (kept == right).all()
        assert same, f"of {what}, the list of what is kept is {spell_kept(kept)}, which is not right"


def spell_kept(kept):
    return f"[{', '.join(f'{index:g}' for index in kept)}]"


@pytest.mark.exercise("nms", points=1)
def test_nms_of_the_slides(answer):
    """E-66, C-103: keep 0, 2, 3."""
    # In the chain the first removes the second, which then cannot remove the third.
    chain = CHAIN, np.array([0.9, 0.8, 0.7]), np.zeros(3, int), 0.4
    names = "the four boxes of the text, limit 0.5", "three boxes in a chain"
    assert_kept(answer, [(FOUR, SCORES, np.zeros(4, int), 0.5), chain], [[0, 2, 3], [0, 2]], names)


@pytest.mark.exercise("nms", points=1)
def test_nms_in_any_order(answer, reference, rng):
    """The same boxes, however they are shuffled."""
    rivals, order = draw_rivals(rng, 8), rng.permutation(14)
    questions = [
        (*rivals, 0.4),
        (*(column[order] for column in rivals), 0.4),
        (HEAP, HEAP_SCORES, np.zeros(6, int), 0.5),
    ]
    names = ["fourteen boxes", "the same boxes in another order", "six boxes of one object"]
    assert_kept(answer, questions, ask(reference, questions), names)


@pytest.mark.exercise("nms", points=1)
def test_nms_by_class(answer, reference, rng):
    """Boxes of other classes do not touch each other."""
    questions = [(FOUR, SCORES, np.array([0, 1, 0, 1]), 0.5), (*draw_rivals(rng, 14, classes=3), 0.3)]
    questions.append((HEAP, HEAP_SCORES, np.array([0, 0, 0, 1, 1, 1]), 0.5))
    names = (
        "the four boxes of the text, by turns of two classes",
        "twenty boxes of three classes",
        "six boxes in a heap",
    )
    assert_kept(answer, questions, ask(reference, questions), names)


@pytest.mark.exercise("nms", points=1)
def test_nms_at_the_limit(answer):
    """An IoU of exactly one half; equal scores; nothing at all."""
    halves = np.array([[0, 0, 2, 2], [0, 0, 2, 1], [0, 0, 2, 2]], float)
    questions = [
        (halves, np.array([0.5, 0.9, 0.9]), np.zeros(3, int), 0.5),
        (np.zeros((0, 4)), np.zeros(0), np.zeros(0, int), 0.5),
        (FOUR[[2, 0, 3, 1]], SCORES[[2, 0, 3, 1]], np.zeros(4, int), 0.5),
    ]
    names = [
        "three boxes with an IoU of exactly the limit, 0.5, two of them with equal scores",
        "no boxes at all",
        "the four boxes of the text in another order",
    ]
    assert_kept(answer, questions, [[1, 2], [], [1, 0, 2]], names)


# --------------------------------------------------------------------------------------------------------- anchors


def assert_steps(answer, questions, wanted):
    for (sizes, anchors), mine, right in zip(questions, ask(answer, questions), wanted, strict=True):
        what = f"{len(sizes)} boxes and {len(anchors)} anchors"
        owners, moved = as_items(mine, 2, f"the answer for {what}, (owners, anchors),")
        assert_count(owners, right[0], f"the array of owners of {what}")
        assert_same(moved, right[1], f"the array of moved anchors of {what}")


# Here the areas, the sides and the Euclidean distance each choose otherwise.
OBLONG = [
    (np.array([[30, 5], [12, 14], [6, 30]], float), np.array([[12, 12], [28, 6], [5, 20]], float)),
    (np.array([[10, 10], [14, 15]], float), np.array([[16, 10], [14, 14]], float)),
]
OBLONG_STEPS = [([1, 0, 2], [[12, 14], [30, 5], [6, 30]]), ([0, 1], [[10, 10], [14, 15]])]


@pytest.mark.exercise("anchor_step", points=1)
def test_anchor_step_of_five_boxes(answer):
    """C-104: 10x10 is nearer to 6x6 by Euclid, and to 16x14 by IoU."""
    sizes = np.array([[10, 10], [6, 5], [20, 14], [22, 12], [4, 6]], float)
    anchors = np.array([[6, 6], [16, 14]], float)
    assert_steps(answer, [(sizes, anchors), *OBLONG], [([1, 0, 1, 1, 0], [[5, 5.5], [52 / 3, 12]]), *OBLONG_STEPS])


@pytest.mark.exercise("anchor_step", points=1)
def test_anchor_step_by_shape(answer):
    """YOLO9000, section 2: the distance is 1 - IoU. By Euclid the third box is nearer to the small anchor."""
    sizes = np.array([[40, 40], [4, 4], [9, 9], [10, 90], [60, 66]], float)
    anchors = np.array([[4, 4], [18, 18], [64, 64], [12, 40]], float)
    wanted = [2, 0, 1, 3, 2], [[4, 4], [9, 9], [50, 53], [10, 90]]
    assert_steps(answer, [(sizes, anchors), *OBLONG], [wanted, *OBLONG_STEPS])


@pytest.mark.exercise("anchor_step", points=1)
def test_anchor_step_of_any_boxes(answer, reference, rng):
    """Fresh boxes; an anchor that no box likes."""
    questions = [(rng.uniform(0.05, 0.6, (40, 2)), rng.uniform(0.05, 0.6, (k, 2))) for k in (2, 5)]
    questions.append((rng.uniform(0.05, 0.4, (20, 2)), np.array([[0.2, 0.2], [9.0, 8.0]])))
    assert_steps(answer, questions, ask(reference, questions))


@pytest.mark.exercise("decode", points=1)
def test_decode_of_zeros(answer):
    """C-104: raw zeros are the anchors, in the middle of the cells; the sigmoid of ln 3 is three quarters."""
    raw = np.log([3, 1 / 3, 2, 2]) + np.zeros((2, 4, 1, 4))
    zeros, thirds = ask(answer, [(raw * 0, np.array([[0.3, 0.4]])), (raw, np.array([[0.3, 0.4]]))])
    wanted = [[[[(c + 0.5) / 4, (r + 0.5) / 2, 0.3, 0.4]] for c in range(4)] for r in range(2)]
    assert_same(zeros, wanted, "the array of boxes of raw zeros, 2 rows and 4 columns")
    wanted = [[[[(c + 0.75) / 4, (r + 0.25) / 2, 0.6, 0.8]] for c in range(4)] for r in range(2)]
    assert_same(thirds, wanted, "the array of boxes of the raw numbers ln 3, -ln 3, ln 2, ln 2")


@pytest.mark.exercise("decode", points=2)
def test_decode_of_any_grid(answer, reference, rng):
    """YOLO9000, section 2: fresh numbers, grids that are not square."""
    shapes = [(1, 1, 1), (3, 5, 2), (6, 4, 3)]
    questions = [(rng.normal(0, 1.5, (*shape, 4)), rng.uniform(0.1, 0.6, (shape[-1], 2))) for shape in shapes]
    for (rows, columns, k), mine, right in zip(shapes, ask(answer, questions), ask(reference, questions), strict=True):
        assert_same(mine, right, f"the array of boxes of raw numbers ({rows}, {columns}, {k}, 4)")


def assert_sizes(answer, questions, wanted):
    for (version, height, width, _, boxes, classes), mine, right in zip(
        questions, ask(answer, questions), wanted, strict=True
    ):
        what = f"version {version} on {height}x{width} pixels with {boxes} boxes and {classes} classes"
        heads, count = as_items(mine, 2, f"the answer for {what}, (shapes of the heads, boxes),")
        heads = as_items(heads, len(right[0]), f"the shapes of the heads of {what}")
        for number, (shape, right_shape) in enumerate(zip(heads, right[0], strict=True), 1):
            head = f"the shape of head {number} of {what}, (rows, columns, channels),"
            assert_count(as_items(shape, 3, head), right_shape, head)
        assert_count(count, right[1], f"the number of boxes of {what}")


def draw_networks(rng, versions):
    """Fresh networks on pictures that are not square."""
    for version, strides in versions:
        height, width = (64 * rng.choice(np.arange(2, 9), 2, replace=False)).tolist()
        yield version, height, width, strides, int(rng.integers(2, 6)), int(rng.integers(2, 30))


# A point for the first version, one for those after it: whoever has the channels of one of them wrong keeps the other.


@pytest.mark.exercise("output_sizes", points=1)
def test_output_sizes_of_the_first_version(answer, reference, rng):
    """E-69: 7x7x30, 98 boxes; and fresh networks."""
    questions = [(1, 448, 448, [64], 2, 20), *draw_networks(rng, [(1, [64]), (1, [32])])]
    wanted = [([(7, 7, 30)], 98), *ask(reference, questions[1:])]
    assert_sizes(answer, questions, wanted)


@pytest.mark.exercise("output_sizes", points=1)
def test_output_sizes_of_the_later_versions(answer, reference, rng):
    """E-69: 13x13x125; 13, 26, 52 x 255 and 10,647 boxes; and fresh networks."""
    questions = [
        (2, 416, 416, [32], 5, 20),
        (3, 416, 416, [32, 16, 8], 3, 80),
        *draw_networks(rng, [(2, [32]), (3, [32, 16])]),
    ]
    wanted = [
        ([(13, 13, 125)], 845),
        ([(13, 13, 255), (26, 26, 255), (52, 52, 255)], 10_647),
        *ask(reference, questions[2:]),
    ]
    assert_sizes(answer, questions, wanted)


# ---------------------------------------------------------------------------------------------- average precision


def assert_verdicts(answer, questions, wanted, names):
    for mine, right, name in zip(ask(answer, questions), wanted, names, strict=True):
        verdicts = as_array(mine, f"the list of True and False for {name}", (len(right),))
        assert (verdicts == right).all(), f"for {name}, {spell_verdicts(verdicts)} is not right"


def spell_verdicts(verdicts):
    numbers = np.real(verdicts)
    return [bool(number) if np.isin(numbers, (0, 1)).all() else float(number) for number in numbers]


@pytest.mark.exercise("judge", points=1)
def test_judge_of_a_picture(answer):
    """An object is found once; half an overlap is enough, less is not."""
    things = np.array([[0, 0, 10, 10], [20, 20, 30, 30]], float)
    found = [[0, 0, 10, 9], [1, 0, 10, 10], [20, 20, 30, 26], [21, 20, 30, 30], [50, 50, 60, 60]]
    # So large that a small number in the divisor does not matter, and powers of two: in float32 too, exactly one half.
    half, large = [[0, 0, 2.0**20, 2.0**19]], np.array([[0, 0, 2.0**20, 2.0**20]])
    questions = [
        (found, things, [True, False, True, False, False], "five detections of two objects"),
        (half, large, [True], "a detection with an IoU of exactly the limit, 0.5"),
        ([[0, 0, 10, 4.9], [0, 0, 10, 9]], things, [False, True], "two detections with an IoU of 0.49 and 0.9"),
        ([[0, 0, 10, 9]], np.zeros((0, 4)), [False], "a detection where nothing is"),
    ]
    asked = [(np.array(boxes, float), objects) for boxes, objects, *_ in questions]
    assert_verdicts(answer, asked, [q[2] for q in questions], [q[3] for q in questions])


@pytest.mark.exercise("judge", points=1)
def test_judge_asks_for_the_most_overlapped(answer, reference, rng):
    """Objects that lie close: a detection does not fall back on its second choice. Other limits count, too."""
    things = np.array([[0, 0, 10, 10], [3, 0, 13, 10]], float)
    found = np.array([[2, 0, 12, 10], [3, 0, 13, 10], [0, 0, 10, 10]], float)
    questions = [(found, things), *((draw_heap(rng, 12), draw_heap(rng, 6)) for _ in range(3))]
    questions += [(np.array([[0, 0, 10, 6.0], [0, 0, 10, 8]]), things, 0.7), (found[:, [0, 1, 2, 2]], things, 0.3)]
    names = ["three detections of two objects that overlap", *["twelve detections of six objects in heaps"] * 3]
    names += ["an IoU of 0.6 where 0.7 is needed, then one of 0.8", "three tall detections where 0.3 is needed"]
    assert_verdicts(answer, questions, ask(reference, questions), names)


def assert_curves(answer, questions, wanted):
    for (scores, _, objects), mine, right in zip(questions, ask(answer, questions), wanted, strict=True):
        what = f"{len(scores)} detection{'s' * (len(scores) > 1)} of {objects} objects"
        precision, recall = as_items(mine, 2, f"the answer for {what}, (precision, recall),")
        assert_same(precision, right[0], f"the list of precisions of {what}")
        assert_same(recall, right[1], f"the list of recalls of {what}")


@pytest.mark.exercise("precision_recall", points=1)
def test_precision_recall_of_four(answer):
    """Right, wrong, right, wrong, of five objects; not in order."""
    questions = [
        (np.array([0.6, 0.9, 0.3, 0.8]), np.array([True, True, False, False]), 5),
        (np.array([0.9, 0.8, 0.1]), np.array([True, True, False]), 4),
    ]
    wanted = [
        ([1, 1 / 2, 2 / 3, 2 / 4], [1 / 5, 1 / 5, 2 / 5, 2 / 5]),
        ([1, 1, 2 / 3], [1 / 4, 2 / 4, 2 / 4]),
    ]
    assert_curves(answer, questions, wanted)


@pytest.mark.exercise("precision_recall", points=1)
def test_precision_recall_of_many(answer, reference, rng):
    """Fresh lists."""
    questions = []
    for count, objects in [(9, 20), (30, 12), (1, 3)]:
        scores, right = rng.permutation(np.linspace(0.05, 0.99, count)), np.zeros(count, bool)
        right[rng.permutation(count)[: min(count, objects) // 2 + 1]] = True
        questions.append((scores, right, objects))
    assert_curves(answer, questions, ask(reference, questions))


@pytest.mark.exercise("average_precision", points=1)
def test_average_precision_of_a_few(answer):
    """1/2 x 1 + 1/2 x 2/3; with the best at the right, and with what is never found."""
    curves = [
        ([1, 1 / 2, 2 / 3], [0.5, 0.5, 1.0], 5 / 6),
        ([0, 1 / 2, 2 / 3, 3 / 4], [0, 0.2, 0.4, 0.6], 0.45),
        ([1, 1 / 2, 2 / 3, 3 / 4], [0.2, 0.2, 0.4, 0.6], 0.5),
        ([1.0], [0.25], 0.25),
        ([1.0, 1 / 2], [0.25, 0.75], 0.5),
    ]
    results = ask(answer, [(np.array(precision, float), np.array(recall)) for precision, recall, _ in curves])
    for mine, (precision, recall, right) in zip(results, curves, strict=True):
        spelled = np.round(precision, 2).tolist()
        assert_same(mine, right, f"the average precision of {spelled} at the recalls {recall}")


@pytest.mark.exercise("average_precision", points=1)
def test_average_precision_of_any_curve(answer, reference, rng):
    """Fresh curves, from random verdicts."""
    questions, sizes = [], [(40, 25), (15, 40), (60, 31)]
    for first, (count, objects) in zip((True, False, True), sizes, strict=True):
        hits = np.cumsum(np.append([first, not first, True], rng.random(count - 3) < 0.4))
        questions.append((hits / np.arange(1, count + 1), hits / objects))
    for (count, objects), mine, right in zip(sizes, ask(answer, questions), ask(reference, questions), strict=True):
        assert_same(mine, right, f"the average precision of {count} detections of {objects} objects")


# -------------------------------------------------------------------------------------------- grids, and who is who


def assert_chosen_grids(answer, sizes, wanted):
    for (width, height), mine, right in zip(sizes, ask(answer, sizes), wanted, strict=True):
        assert_count(mine, right, f"the grid of an object of {width:g}x{height:g} pixels")


@pytest.mark.exercise("responsible_grid", points=1)
def test_responsible_grid_of_a_bus_and_a_bird(answer):
    """X-47, D-30: the 13x13 grid has the large objects, the 52x52 grid the small ones."""
    wanted = {(12, 14): 52, (300, 250): 13, (60, 60): 26, (416, 416): 13, (5, 5): 52, (70, 40): 26}
    assert_chosen_grids(answer, [*wanted], wanted.values())


@pytest.mark.exercise("responsible_grid", points=1)
def test_responsible_grid_by_shape(answer, reference, rng):
    """The shape decides, not the area or a side alone: fresh objects, thin ones too."""
    thin_and_thick = [(75, 140), (110, 70), (15, 75), (90, 100), (100, 75), (65, 225), (100, 150), (165, 20), (5, 55)]
    sizes = [*thin_and_thick, *rng.uniform(4, 400, (10, 2)).round(1).tolist()]
    assert_chosen_grids(answer, sizes, ask(reference, sizes))


# No letter at all has five right verdicts of eight, all letters have three: neither earns anything.


@pytest.mark.exercise("true_claims", points=1)
def test_true_claims_but_two(answer, reference, solution):
    """X-11, X-43, X-44, X-46, X-47."""
    assert_verdicts_on_claims(answer, reference, solution.CLAIMS, least=6)


@pytest.mark.exercise("true_claims", points=1)
def test_true_claims_but_one(answer, reference, solution):
    """A mistake less."""
    assert_verdicts_on_claims(answer, reference, solution.CLAIMS, least=7)


@pytest.mark.exercise("true_claims", points=1)
def test_true_claims(answer, reference, solution):
    """All of them."""
    assert_verdicts_on_claims(answer, reference, solution.CLAIMS, least=8)


def assert_verdicts_on_claims(answer, reference, claims, least):
    letters = as_letters(answer, claims, "`true_claims`")
    right = sum((letter in letters) == (letter in reference) for letter in claims)
    assert right >= least, f"of your verdicts on the {len(claims)} statements, {right} are right"
