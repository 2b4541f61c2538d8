"""The checks of lab 12: the ladder, labels, losses, boxes, landmarks, windows, and dense layers made convolutions."""

import numpy as np
import pytest

from ccv.grading import as_array, as_items, assert_count, assert_same

MAY_NOT_CALL = {
    "corners": ("ccv.detection.boxes", "ccv.detection.localization"),
    "encode": ("ccv.detection.boxes", "ccv.detection.localization"),
    "localization_loss": ("ccv.detection.localization",),
    "iou": ("ccv.detection.boxes", "ccv.detection.matching", "keras.utils.bounding_boxes"),
    "landmark_label": ("ccv.detection.localization",),
    "count_windows": ("ccv.detection.sliding",),
    "scan": ("ccv.detection.sliding", "ccv.detection.convolutional"),
    "times_seen": ("ccv.detection.sliding", "ccv.detection.convolutional"),
    "dense_to_kernel": ("ccv.models.convert",),
    "output_grid": ("ccv.anatomy", "ccv.models.convert"),
    "cost_ratio": ("ccv.anatomy", "ccv.detection.convolutional"),
}

DEEP = [layer for filters in (16, 32, 64) for layer in ((3, 1, filters), (3, 1, filters), (2, 2, None))]
DEEP += [(4, 1, 64), (1, 1, 4)]


def ask(answer, questions):
    """Put all questions before anything is compared: a mistake is named only where it explains every answer."""
    return [answer(*question) for question in questions]


# ------------------------------------------------------------------------------------------- the ladder, and boxes


LECTURE = 3, (608, 800), (19, 25), 10  # classes, picture, grid, objects


def assert_shapes(answer, reference, rng, *tasks):
    """Shapes of these tasks, however they are written: the one of the text, then fresh ones, none of them square."""
    questions = [(task, *LECTURE) for task in tasks]
    for task in 2 * tasks:
        classes, height, width, rows, columns, objects = rng.permutation(np.arange(4, 90))[:6].tolist()
        questions.append((task, classes, (height, width), (rows, columns), objects))
    for (task, classes, *_), mine, right in zip(
        questions, ask(answer, questions), ask(reference, questions), strict=True
    ):
        what = f"the shape for {task} with {classes} classes"
        assert_count(as_items(mine, len(right), what), right, what)


@pytest.mark.exercise("output_shape", points=1)
def test_output_shape_of_one_object(answer, reference, rng):
    """Three classes need three numbers, and eight with a box."""
    assert [reference(task, *LECTURE) for task in ("classification", "localisation")] == [(3,), (8,)]
    assert_shapes(answer, reference, rng, "classification", "localisation")


@pytest.mark.exercise("output_shape", points=1)
def test_output_shape_of_detection(answer, reference, rng):
    """Such eight numbers in each cell."""
    assert_shapes(answer, reference, rng, "detection")


@pytest.mark.exercise("output_shape", points=1)
def test_output_shape_of_segmentation(answer, reference, rng):
    """A mask for each object, the objects on the first axis."""
    assert_shapes(answer, reference, rng, "segmentation")


def assert_corners(answer, reference, rng, columns, which):
    """Some of the corners: of the label [.5, .7, .3, .4], oblong and square, of the whole picture, of one that reaches
    over its edge, and of fresh boxes."""
    box, whole, beyond = np.array([[[0.5, 0.7, 0.3, 0.4]], [[0.5, 0.5, 1, 1]], [[0.1, 0.9, 0.4, 0.6]]])
    questions = [(box, 100, 200), (box, 100, 100), (whole, 40, 70), (beyond, 60, 90)]
    for count in rng.integers(2, 8, 3):
        height, width = rng.permutation(np.arange(20, 400))[:2].tolist()
        questions.append((rng.uniform(0.1, 0.9, (count, 4)), height, width))
    for (boxes, height, width), mine, right in zip(
        questions, ask(answer, questions), ask(reference, questions), strict=True
    ):
        what = boxes[0].tolist() if len(boxes) == 1 else f"{len(boxes)} boxes"
        what = f"the array of corners of {what} in a picture of {height}x{width}"
        assert_same(as_array(mine, what, right.shape)[:, columns], right[:, columns], f"{what}, {which}")


@pytest.mark.exercise("corners", points=1)
def test_corners_across(answer, reference, rng):
    """x_min and x_max."""
    assert_corners(answer, reference, rng, [0, 2], "x_min and x_max,")


@pytest.mark.exercise("corners", points=1)
def test_corners_down(answer, reference, rng):
    """y_min and y_max."""
    assert_corners(answer, reference, rng, [1, 3], "y_min and y_max,")


NAMES = ["Pc", "bx", "by", "bh", "bw", *(f"c{number}" for number in range(1, 12))]


def objects_to_encode(rng):
    """A square picture and an oblong one, then fresh boxes and classes, the last and the first among them."""
    questions = [((30, 55, 70, 85), 1, 3, 100, 100), ((60, 55, 140, 85), 2, 3, 100, 200)]
    for label in (-1, 1, 0):
        classes = int(rng.integers(3, 9))
        height, width = rng.permutation(np.arange(100, 400))[:2].tolist()
        # Sides of an odd length: so the middle is no whole pixel.
        left, top, wide, tall = rng.integers(1, 45, 4).tolist()
        box = left, top, left + 2 * wide + 1, top + 2 * tall + 1
        questions.append((box, label % classes, classes, height, width))
    return questions


def assert_labels(answer, reference, questions, *names):
    """The numbers with these names, all of them without names: one by one, so that the message says which."""
    for (box, label, classes, height, width), mine, right in zip(
        questions, ask(answer, questions), ask(reference, questions), strict=True
    ):
        what = "background" if box is None else f"class {label} at {box}"
        what = f"{what} in {height}x{width}, {classes} classes"
        numbers = as_array(mine, f"the label of {what},", np.shape(right))
        for name, number, wanted_number in zip(NAMES, numbers, right, strict=False):
            if not names or name in names:
                assert_same(number, wanted_number, f"{what}: {name}")


@pytest.mark.exercise("encode", points=1)
def test_encode_the_flag_and_the_class(answer, reference, rng):
    """A one in front, and one at the class; zeros for background."""
    assert reference((30, 55, 70, 85), 1, 3, 100, 100).tolist() == [1, 0.5, 0.7, 0.3, 0.4, 0, 1, 0]
    flags = ["Pc", *(name for name in NAMES if name.startswith("c"))]
    assert_labels(answer, reference, objects_to_encode(rng), *flags)
    assert_labels(answer, reference, [(None, None, 3, 100, 100), (None, None, 5, 30, 40)])


@pytest.mark.exercise("encode", points=1)
def test_encode_the_middle(answer, reference, rng):
    """As parts of the picture, x by the width."""
    assert_labels(answer, reference, objects_to_encode(rng), "bx", "by")


@pytest.mark.exercise("encode", points=1)
def test_encode_the_size(answer, reference, rng):
    """As parts of the picture, the height first."""
    assert_labels(answer, reference, objects_to_encode(rng), "bh", "bw")


def assert_losses(answer, reference, rng, there):
    """The losses of pictures with an object, or of those without, in the text's example and in fresh mixed batches."""
    guess = np.array([[0.8, 0.4, 0.6, 0.3, 0.5, 0.1, 0.7, 0.2]])
    label = np.array([[1, 0.5, 0.7, 0.3, 0.4, 0, 1, 0]]) * there
    batches = [(label, guess), (label, guess / 2)]
    for classes, flags in [(1, [1, 0, 1, 0, 0, 1]), (3, [0, 1, 1, 0, 1, 0]), (6, [1, 1, 0, 0, 1, 0])]:
        y, guesses = rng.uniform(0, 1, (2, 6, 5 + classes))
        y[:, 0] = flags
        batches.append((y, guesses))
    for (y, _), mine, right in zip(batches, ask(answer, batches), ask(reference, batches), strict=True):
        chosen = y[:, 0] == there
        many = f"{len(y)} pictures" if len(y) > 1 else "one picture"
        what = f"the array of losses of {many} with {y.shape[1] - 5} classes and the Pc {y[:, 0].astype(int)}"
        kind = "with an object" if there else "without an object"
        assert_same(as_array(mine, what, right.shape)[chosen], right[chosen], f"{what}, for those {kind},")


@pytest.mark.exercise("localization_loss", points=1)
def test_localization_loss_with_an_object(answer, reference, rng):
    """0.21 for the text's guess."""
    assert_losses(answer, reference, rng, there=1)


@pytest.mark.exercise("localization_loss", points=1)
def test_localization_loss_of_background(answer, reference, rng):
    """0.64 for the same guess; what follows a Pc of 0 does not matter."""
    assert_losses(answer, reference, rng, there=0)


# Whoever adds a millionth to the divisor, against a division by zero, is right.
SMALL_DIVISOR = 1e-4


def fresh_boxes(rng):
    """Twelve pairs of boxes that all meet: each holds the middle (10, 10)."""
    near, far = rng.uniform(0, 9, (2, 12, 2)), rng.uniform(11, 20, (2, 12, 2))
    return np.concatenate([near, far], axis=-1)


def assert_overlaps(answer, a, b, wanted):
    """Symmetric, and the same in other units."""
    questions = [(a, b), (b, a), (a * 100, b * 100)]
    names = (
        f"{len(a)} pairs of boxes",
        "the same pairs, with a and b exchanged",
        "the same boxes a hundred times as large",
    )
    for mine, what in zip(ask(answer, questions), names, strict=True):
        assert_same(mine, wanted, f"the array of IoUs of {what}", tolerance=SMALL_DIVISOR)


@pytest.mark.exercise("iou", points=1)
def test_iou_of_boxes_that_meet(answer, reference, rng):
    """1/7, 0.36, 1 and 1/9; then fresh ones."""
    pairs = [
        ((1, 1, 3, 3), (2, 2, 4, 4), 1 / 7),
        ((0, 0, 10, 10), (2, 2, 8, 8), 0.36),
        ((3, 4, 7, 9), (3, 4, 7, 9), 1.0),
        ((5, 1, 7, 3), (4, 0, 10, 6), 1 / 9),
    ]
    a, b, _ = (np.array(column, dtype=float) for column in zip(*pairs, strict=True))
    got = as_array(answer(a, b), "the array of IoUs of four pairs of boxes", (4,))
    for mine, (one, other, right) in zip(got, pairs, strict=True):
        assert_same(mine, right, f"the IoU of {one} and {other}", tolerance=SMALL_DIVISOR)
    a, b = fresh_boxes(rng)
    assert_overlaps(answer, a, b, reference(a, b))


@pytest.mark.exercise("iou", points=1)
def test_iou_of_any_boxes(answer, reference, rng):
    """Beside boxes that meet, some that are apart: in a row, or diagonally."""
    a, b = fresh_boxes(rng)
    apart = np.array([[(0, 0, 2, 2), (0, 0, 2, 2)], [(5, 0, 6, 2), (5, 5, 6, 7)]], dtype=float)
    a, b = np.concatenate([np.stack([a, b]), apart], axis=1)
    assert_overlaps(answer, a, b, reference(a, b))


def assert_landmarks(answer, questions, wanted):
    for (points, present, height, width), mine, right in zip(questions, ask(answer, questions), wanted, strict=True):
        what = f"the label of {len(points)} points in {height}x{width}, present={present},"
        assert_same(as_array(mine, what, np.shape(right)), right, what)


@pytest.mark.exercise("landmark_label", points=1)
def test_landmark_label_of_a_face(answer, reference, rng):
    """64 points need 129 numbers."""
    two, face = np.array([[10.0, 20.0], [30.0, 40.0]]), rng.uniform(1, 100, (64, 2))
    questions = [(two, True, 100, 200), (face, True, 100, 200)]
    assert_landmarks(answer, questions, [[1, 0.05, 0.2, 0.15, 0.4], reference(*questions[1])])


@pytest.mark.exercise("landmark_label", points=1)
def test_landmark_label_of_anything(answer, reference, rng):
    """Fresh points, with and without the object."""
    questions = []
    for present in (True, False, True):
        count, height, width = int(rng.integers(2, 9)), *rng.permutation(np.arange(50, 300))[:2].tolist()
        questions.append((rng.uniform(1, 50, (count, 2)), present, height, width))
    assert_landmarks(answer, questions, ask(reference, questions))


# ------------------------------------------------------------------------------------------------- sliding windows


def assert_windows_counted(answer, questions, wanted):
    for (height, width, sizes, stride), mine, right in zip(questions, ask(answer, questions), wanted, strict=True):
        assert_count(mine, right, f"the number of windows of {sizes} in {height}x{width} with stride {stride}")


@pytest.mark.exercise("count_windows", points=1)
def test_count_windows_of_the_lectures(answer):
    """4 windows of 14 in 16x16 and 64 in 28x28, at a stride of 2."""
    wanted = {
        (16, 16, (14,), 2): 4,
        (28, 28, (14,), 2): 64,
        (480, 640, (64, 128), 8): 6794,
        (14, 14, (14,), 3): 1,
        (15, 29, (14,), 2): 8,
        (17, 20, (14,), 4): 2,
    }
    questions = [(height, width, list(sizes), stride) for height, width, sizes, stride in wanted]
    assert_windows_counted(answer, questions, wanted.values())


@pytest.mark.exercise("count_windows", points=1)
def test_count_windows_that_are_too_large(answer, reference):
    """None lies in a picture that it is wider than, or higher, or both."""
    questions = [
        (16, 16, [14, 20], 2),
        (19, 23, [9, 30], 4),
        (30, 12, [20], 3),
        (9, 40, [14, 30], 4),
        (11, 10, [21, 4], 4),
    ]
    assert_windows_counted(answer, questions, ask(reference, questions))


@pytest.mark.exercise("count_windows", points=1)
def test_count_windows_of_any_picture(answer, reference, rng):
    """Fresh pictures, none of them square, and strides that leave a rest."""
    questions = [(75, 103, [11, 30], 4)]  # with a rest in every draw
    for _ in range(6):
        height, width = rng.permutation(np.arange(70, 300))[:2].tolist()
        sizes, stride = rng.integers(10, 70, int(rng.integers(1, 4))).tolist(), int(rng.integers(3, 12))
        questions.append((height, width, sizes, stride))
    assert_windows_counted(answer, questions, ask(reference, questions))


def drive_scan(scan, image, side, stride, weights):
    """Runs beside the student's code: a classifier that weighs every pixel of its crops, so that none can be swapped."""
    import numpy as np

    def classifier(crops):
        crops = np.asarray(crops, dtype=float)
        if crops.ndim != 4:
            raise ValueError(f"the classifier takes a batch (crops, side, side, channels), not the shape {crops.shape}")
        return np.tensordot(crops, weights, axes=3)

    return scan(classifier, image, side, stride)


LECTURES = [(16, 16, 14, 2), (28, 28, 14, 2)]  # height, width, side, stride
OBLONG = [(20, 31, 8, 3), (17, 9, 4, 5), (6, 6, 6, 1)]  # strides that leave a rest, and one window alone
BOXES, SCORES = 0, 1


def assert_windows(answer, reference, rng, pictures, *parts):
    """Scan all pictures, then compare boxes or scores or both."""
    questions = [
        (rng.random((height, width, 3)), side, stride, rng.normal(size=(side, side, 3, 4)))
        for height, width, side, stride in pictures
    ]
    results = [answer.drive(drive_scan, *question) for question in questions]
    for (height, width, side, stride), question, result in zip(pictures, questions, results, strict=True):
        what = f"windows of {side} in {height}x{width} with stride {stride}:"
        got = as_items(result, 2, f"{what} (boxes, scores)")
        wanted = drive_scan(reference, *question)
        for part in parts:
            assert_same(got[part], wanted[part], f"{what} the array of {('boxes', 'scores')[part]}")


@pytest.mark.exercise("scan", points=1)
def test_scan_pictures_of_the_text(answer, reference, rng):
    """Four windows of 14 in 16x16, in rows from the top; 64 in 28x28."""
    assert_windows(answer, reference, rng, LECTURES, BOXES, SCORES)


@pytest.mark.exercise("scan", points=1)
def test_scan_any_picture_for_boxes(answer, reference, rng):
    """The boxes in oblong pictures."""
    assert_windows(answer, reference, rng, OBLONG, BOXES)


@pytest.mark.exercise("scan", points=1)
def test_scan_any_picture_for_scores(answer, reference, rng):
    """The scores of crops that belong to their boxes."""
    assert_windows(answer, reference, rng, OBLONG, SCORES)


def assert_seen(answer, reference, questions):
    for (height, width, side, stride), mine, right in zip(
        questions, ask(answer, questions), ask(reference, questions), strict=True
    ):
        what = f"the array of counts for windows of {side} in {height}x{width} with stride {stride}"
        assert_count(as_array(mine, what, (height, width)), right, what)


@pytest.mark.exercise("times_seen", points=1)
def test_times_seen_in_pictures_of_the_text(answer, reference):
    """Up to 49 times, sixteen times on average."""
    counts = reference(28, 28, 14, 2)
    assert (counts.max(), counts.mean(), counts[0, 0]) == (49, 16, 1)
    assert_seen(answer, reference, [(16, 16, 14, 2), (28, 28, 14, 2), (28, 28, 8, 4)])


@pytest.mark.exercise("times_seen", points=1)
def test_times_seen_in_any_picture(answer, reference, rng):
    """Oblong pictures, strides that leave a rest or a gap, and one window alone."""
    questions = [(9, 14, 4, 3), (17, 9, 4, 5), (6, 8, 6, 1), (5, 12, 5, 2)]
    for _ in range(3):
        height, width = rng.permutation(np.arange(15, 40))[:2].tolist()
        questions.append((height, width, int(rng.integers(4, 12)), int(rng.integers(2, 6))))
    assert_seen(answer, reference, questions)


# ------------------------------------------------------------------------------------------- dense to convolution


@pytest.mark.exercise("dense_to_kernel", points=1)
def test_dense_to_kernel_of_the_text(answer, reference, rng):
    """400 units on 5x5x16; a dense layer on a vector; a map that is not square."""
    shapes = [((5, 5, 16), 400), ((1, 1, 400), 4), ((2, 3, 2), 3)]
    questions = [(rng.normal(size=(int(np.prod(shape)), n)).astype("float32"), shape) for shape, n in shapes]
    for (weights, shape), mine in zip(questions, ask(answer, questions), strict=True):
        what = f"the kernel for {weights.shape[1]} units on a map of {shape}"
        assert_same(mine, reference(weights, shape), what)


@pytest.mark.exercise("dense_to_kernel", points=1)
def test_dense_to_kernel_computes_the_same(answer, rng):
    """Laid over the map, the kernel gives what the dense layer gives; maps that are not square."""
    shapes = [((2, 3, 4), 5), ((4, 1, 3), 2), ((3, 5, 2), 7)]
    questions = [(rng.normal(size=(int(np.prod(shape)), units)), shape) for shape, units in shapes]
    for (weights, shape), mine in zip(questions, ask(answer, questions), strict=True):
        what, maps = f"the kernel for {weights.shape[1]} units on a map of {shape}", rng.normal(size=shape)
        kernel = as_array(mine, what, (*shape, weights.shape[1]))
        assert_same(np.tensordot(maps, kernel, axes=3), maps.ravel() @ weights, f"{what}: the array that it computes")


CLASSIFIER = [(5, 1, 16), (2, 2, None), (5, 1, 400), (1, 1, 400), (1, 1, 4)]
# A stride in a convolution, poolings that leave a row out or overlap, and one at the end.
ODD = [(5, 2, 36), (4, 1, 17), (3, 2, None), (3, 1, 55), (2, 2, None)]
POOLINGS = [(3, 2, None), (2, 2, None)]  # the channels are those of the picture


def fresh_stack(rng):
    """A stack with poolings and strides; the last layer is a pooling."""
    stack = [(int(rng.integers(2, 6)), int(rng.integers(1, 3)), int(rng.integers(2, 40))) for _ in range(2)]
    return [*stack, (3, 2, None), (int(rng.integers(2, 4)), 1, int(rng.integers(41, 90))), (2, 2, None)]


def fresh_stacks(rng):
    """Questions about stacks on oblong pictures, and how to call the stacks."""
    stacks = {"DEEP, the deep network of section 9,": DEEP, **{f"{s}": s for s in map(fresh_stack, [rng, rng])}}
    sizes = [rng.permutation(np.arange(70, 200))[:2].tolist() for _ in stacks]
    asked = [(100, 153, ODD), (37, 52, POOLINGS)]
    questions = [*asked, *((*size, stack) for size, stack in zip(sizes, stacks.values(), strict=True))]
    return questions, [f"{ODD}", f"{POOLINGS}", *stacks]


ON_THE_TEXT_S = [(14, 14), (16, 16), (28, 28), (17, 28)]  # pictures for CLASSIFIER


def assert_grids(answer, reference, rng, part, called):
    """Some of (rows, columns, channels), however they are written: of the text's network, then of fresh stacks."""
    questions, names = fresh_stacks(rng)
    questions = [*((*size, CLASSIFIER) for size in ON_THE_TEXT_S), *questions]
    names = ["CLASSIFIER"] * len(ON_THE_TEXT_S) + names
    for (height, width, _), mine, right, name in zip(
        questions, ask(answer, questions), ask(reference, questions), names, strict=True
    ):
        what = f"the output of {name} on {height}x{width}, (rows, columns, channels),"
        assert_count(as_items(mine, 3, what)[part], right[part], f"{what} {called},")


@pytest.mark.exercise("output_grid", points=1)
def test_output_grid_in_rows_and_columns(answer, reference, rng):
    """14 -> 1x1, 16 -> 2x2, 28 -> 8x8."""
    assert [reference(*size, CLASSIFIER) for size in ON_THE_TEXT_S[:3]] == [(1, 1, 4), (2, 2, 4), (8, 8, 4)]
    assert_grids(answer, reference, rng, slice(2), "its rows and columns")


@pytest.mark.exercise("output_grid", points=1)
def test_output_grid_in_channels(answer, reference, rng):
    """As many as the last convolution has filters."""
    assert_grids(answer, reference, rng, 2, "its channels")


def assert_ratios(answer, questions, wanted, name):
    for (height, width, *_), mine, right in zip(questions, ask(answer, questions), wanted, strict=True):
        assert_same(mine, right, f"the ratio for {name} on {height}x{width}")


@pytest.mark.exercise("cost_ratio", points=1)
def test_cost_ratio_of_the_text(answer):
    """1.21 for four windows, 1.33 for 64; one window alone costs the same."""
    wanted = {14: 1.0, 16: 1_766_400 / 1_459_200, 28: 28_262_400 / 21_273_600}
    assert_ratios(answer, [(side, side, CLASSIFIER, 14) for side in wanted], wanted.values(), "CLASSIFIER")


@pytest.mark.exercise("cost_ratio", points=1)
def test_cost_ratio_of_a_deep_network(answer, reference, rng):
    """Oblong pictures, and a network whose work is in its convolutions."""
    # What the stride of 8 leaves over is less than the four columns that the network does not look at: so there are as
    # many places in its output as windows that lie in the picture, and whoever counts either is right.
    sizes = [(64 + 8 * rng.permutation(30)[:2] + rng.integers(0, 4, 2)).tolist() for _ in range(3)]
    questions = [(height, width, DEEP, 64) for height, width in sizes]
    name = "DEEP, the deep network of section 9, with windows of 64"
    assert_ratios(answer, questions, ask(reference, questions), name)
