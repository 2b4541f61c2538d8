"""The checks of lab 12: the ladder (S-071), labels, losses (E-63), boxes, landmarks (E-64), windows, conversion (E-67)."""

from functools import partial

import numpy as np
import pytest

from ccv.grading import assert_same

# Counts are whole numbers: one window among ten thousand is still a mistake.
assert_count = partial(assert_same, tolerance=0)

DEEP = [layer for filters in (16, 32, 64) for layer in ((3, 1, filters), (3, 1, filters), (2, 2, None))]
DEEP += [(4, 1, 64), (1, 1, 4)]


def parts(result, count, what):
    """The result as a tuple of so many parts."""
    assert isinstance(result, (tuple, list)) and len(result) == count, f"{what} should be {count} things in a tuple"
    return result


# ------------------------------------------------------------------------------------------- the ladder, and boxes


@pytest.mark.exercise("output_shape", points=1)
def test_output_shape_of_the_slides(answer):
    """C-090, C-091, C-092: three classes need eight numbers; a grid of them; a mask for each object."""
    wanted = {"classification": (3,), "localisation": (8,), "detection": (19, 25, 8), "segmentation": (10, 608, 800)}
    for task, shape in wanted.items():
        what = f"the shape for {task} with 3 classes"
        assert_count(list(parts(answer(task, 3, (608, 800), (19, 25), 10), len(shape), what)), list(shape), what)


@pytest.mark.exercise("output_shape", points=1)
def test_output_shape_of_any_task(answer, reference, rng):
    """Fresh classes, pictures and grids, none of them square."""
    for task in ("segmentation", "detection", "localisation", "classification"):
        for _ in range(2):
            classes, height, width, rows, columns, objects = rng.permutation(np.arange(4, 90))[:6].tolist()
            wanted = reference(task, classes, (height, width), (rows, columns), objects)
            what = f"the shape for {task} with {classes} classes"
            got = answer(task, classes, (height, width), (rows, columns), objects)
            assert_count(list(parts(got, len(wanted), what)), list(wanted), what)


@pytest.mark.exercise("corners", points=1)
def test_corners_of_the_slide(answer):
    """C-091, C-093: the label [.5, .7, .3, .4], in a square picture and in an oblong one."""
    box = np.array([[0.5, 0.7, 0.3, 0.4]])
    for (height, width), wanted in {(100, 100): [30, 55, 70, 85], (100, 200): [60, 55, 140, 85]}.items():
        what = f"the corners of [0.5, 0.7, 0.3, 0.4] in a picture of {height}x{width}"
        assert_same(answer(box, height, width), [wanted], what)


@pytest.mark.exercise("corners", points=1)
def test_corners_of_any_boxes(answer, reference, rng):
    """Fresh boxes; the whole picture keeps its corners."""
    assert_same(answer(np.array([[0.5, 0.5, 1, 1]]), 40, 70), [[0, 0, 70, 40]], "the corners of the whole picture")
    for _ in range(3):
        height, width = (int(side) for side in rng.permutation(np.arange(20, 400))[:2])
        boxes = rng.uniform(0.1, 0.9, (int(rng.integers(2, 8)), 4))
        what = f"the array of corners of {len(boxes)} boxes in a picture of {height}x{width}"
        assert_same(answer(boxes, height, width), reference(boxes, height, width), what)


NAMES = ["Pc", "bx", "by", "bh", "bw", *(f"c{number}" for number in range(1, 12))]


def assert_label(got, wanted, what):
    """Number by number, so that the message says which one."""
    assert_same(np.shape(got), np.shape(wanted), f"{what}: the shape")
    for name, mine, right in zip(NAMES, np.asarray(got).tolist(), np.asarray(wanted).tolist(), strict=False):
        assert_same(mine, right, f"{what}: {name}")


@pytest.mark.exercise("encode", points=1)
def test_encode_of_the_slides(answer):
    """E-63, C-092, C-093: [1, .5, .7, .3, .4, 0, 1, 0], and zeros for background."""
    wanted = [1, 0.5, 0.7, 0.3, 0.4, 0, 1, 0]
    assert_label(answer((30, 55, 70, 85), 1, 3, 100, 100), wanted, "a car at (30, 55, 70, 85) in 100x100 (E-63)")
    assert_label(answer((60, 55, 140, 85), 1, 3, 100, 200), wanted, "a car at (60, 55, 140, 85) in 100x200")
    assert_label(answer(None, None, 3, 100, 100), [0.0] * 8, "background (E-63)")


@pytest.mark.exercise("encode", points=1)
def test_encode_of_any_object(answer, reference, rng):
    """Fresh boxes and classes, the first and the last among them."""
    for label in (0, 1, -1):
        classes = int(rng.integers(3, 9))
        height, width = (int(side) for side in rng.permutation(np.arange(100, 400))[:2])
        (left, right), (top, bottom) = (sorted(rng.permutation(100)[:2].tolist()) for _ in range(2))
        question = (left, top, right, bottom), label % classes, classes, height, width
        what = f"class {question[1]} of {classes} at {question[0]} in {height}x{width}"
        assert_label(answer(*question), reference(*question), what)
    assert_label(answer(None, None, 5, 30, 40), [0.0] * 10, "background among five classes")


@pytest.mark.exercise("localization_loss", points=1)
def test_localization_loss_of_the_slides(answer):
    """E-63, C-093: 0.21 with an object, 0.64 without."""
    guess = np.array([[0.8, 0.4, 0.6, 0.3, 0.5, 0.1, 0.7, 0.2]])
    there = np.array([[1, 0.5, 0.7, 0.3, 0.4, 0, 1, 0]])
    assert_same(answer(there, guess), [0.21], "the array of losses of the slides' guess where there is a car (E-63)")
    assert_same(answer(there * 0, guess), [0.64], "the array of losses of the same guess on background (E-63)")


@pytest.mark.exercise("localization_loss", points=1)
def test_localization_loss_of_any_batch(answer, reference, rng):
    """Fresh batches of both kinds; what follows a Pc of 0 does not matter."""
    for classes in (1, 3, 6):
        y, guess = rng.uniform(0, 1, (2, 6, 5 + classes))
        y[:, 0] = [1, 0, 1, 0, 0, 1]
        what = f"the array of losses of six pictures with {classes} classes, the second, fourth and fifth background,"
        assert_same(answer(y, guess), reference(y, guess), what)


@pytest.mark.exercise("iou", points=1)
def test_iou_of_the_slides(answer):
    """C-102: 1/7, 0.36, 0 and 1."""
    for a, b, wanted in [
        ((1, 1, 3, 3), (2, 2, 4, 4), 1 / 7),
        ((0, 0, 10, 10), (2, 2, 8, 8), 0.36),
        ((0, 0, 2, 2), (5, 0, 6, 2), 0.0),
        ((0, 0, 2, 2), (5, 5, 6, 7), 0.0),
        ((3, 4, 7, 9), (3, 4, 7, 9), 1.0),
    ]:
        assert_same(answer(np.array([a]), np.array([b])), [wanted], f"the array of IoUs of {a} and {b}")


@pytest.mark.exercise("iou", points=1)
def test_iou_of_any_boxes(answer, reference, rng):
    """Fresh boxes: symmetric, between 0 and 1, the same in other units."""
    first = rng.uniform(0, 10, (2, 12, 2))
    a, b = np.concatenate([first, first + rng.uniform(2, 9, (2, 12, 2))], axis=-1)
    got = answer(a, b)
    assert_same(got, reference(a, b), "the array of IoUs of twelve pairs of boxes")
    assert_same(answer(b, a), got, "the array of IoUs with a and b exchanged")
    assert_same(answer(a * 100, b * 100), got, "the array of IoUs of the same boxes a hundred times as large")


@pytest.mark.exercise("landmark_label", points=1)
def test_landmark_label_of_a_face(answer, rng):
    """E-64, C-094: 64 points need 129 numbers."""
    face = rng.uniform(0, 100, (64, 2))
    for present in (True, False):
        got = np.shape(answer(face, present, 100, 200))
        assert_same(got, (129,), f"the shape of the label of 64 points, present={present} (E-64)")
    wanted = [1, 0.05, 0.2, 0.15, 0.4]
    assert_same(answer([[10, 20], [30, 40]], True, 100, 200), wanted, "the label of (10, 20), (30, 40) in 100x200")


@pytest.mark.exercise("landmark_label", points=1)
def test_landmark_label_of_anything(answer, reference, rng):
    """Fresh points, with and without the object."""
    for present in (True, False, True):
        count, height, width = int(rng.integers(2, 9)), *rng.permutation(np.arange(50, 300))[:2].tolist()
        points = rng.uniform(1, 50, (count, 2))
        what = f"the label of {count} points in {height}x{width}, present={present},"
        assert_same(answer(points, present, height, width), reference(points, present, height, width), what)


# ------------------------------------------------------------------------------------------------- sliding windows


@pytest.mark.exercise("count_windows", points=1)
def test_count_windows_of_the_lectures(answer):
    """C-095, C-097: 4 windows of 14 in 16x16 and 64 in 28x28, at a stride of 2."""
    for height, width, sizes, stride, wanted in [
        (16, 16, [14], 2, 4),
        (28, 28, [14], 2, 64),
        (480, 640, [64, 128], 8, 6794),
        (14, 14, [14], 3, 1),
        (15, 29, [14], 2, 8),
    ]:
        what = f"the number of windows of {sizes} in {height}x{width} with stride {stride} (C-095)"
        assert_count(answer(height, width, sizes, stride), wanted, what)


@pytest.mark.exercise("count_windows", points=1)
def test_count_windows_of_any_picture(answer, reference, rng):
    """Fresh pictures, none of them square, and strides that leave a rest."""
    for _ in range(6):
        height, width = rng.permutation(np.arange(70, 300))[:2].tolist()
        sizes, stride = rng.integers(10, 70, int(rng.integers(1, 4))).tolist(), int(rng.integers(3, 12))
        what = f"the number of windows of {sizes} in {height}x{width} with stride {stride}"
        assert_count(answer(height, width, sizes, stride), reference(height, width, sizes, stride), what)


def drive_slide(slide, image, side, stride, weights):
    """Runs beside the student's code: a classifier that weighs every pixel of its crops, so that none can be swapped."""
    import numpy as np

    def classifier(crops):
        crops = np.asarray(crops, dtype=float)
        if crops.ndim != 4:
            raise ValueError(f"the classifier takes a batch (crops, side, side, channels), not the shape {crops.shape}")
        return np.tensordot(crops, weights, axes=3)

    result = slide(classifier, image, side, stride)
    return list(result) if isinstance(result, (tuple, list)) else result


def assert_windows(answer, reference, rng, height, width, side, stride):
    image, weights = rng.random((height, width, 3)), rng.normal(size=(side, side, 3, 4))
    what = f"windows of {side} in {height}x{width} with stride {stride}:"
    got = parts(answer.drive(drive_slide, image, side, stride, weights), 2, f"{what} (boxes, scores)")
    boxes, scores = drive_slide(reference, image, side, stride, weights)
    assert_same(got[0], boxes, f"{what} the array of boxes")
    assert_same(got[1], scores, f"{what} the array of scores")


@pytest.mark.exercise("slide", points=1)
def test_slide_over_the_lectures_picture(answer, reference, rng):
    """C-095, C-097: four windows of 14 in 16x16, in rows from the top."""
    assert_windows(answer, reference, rng, 16, 16, 14, 2)
    assert_windows(answer, reference, rng, 28, 28, 14, 2)


@pytest.mark.exercise("slide", points=2)
def test_slide_over_any_picture(answer, reference, rng):
    """Oblong pictures, strides that leave a rest, and one window alone."""
    for height, width, side, stride in [(20, 31, 8, 3), (17, 9, 4, 5), (6, 6, 6, 1)]:
        assert_windows(answer, reference, rng, height, width, side, stride)


# ------------------------------------------------------------------------------------------- dense to convolution


@pytest.mark.exercise("dense_to_kernel", points=1)
def test_dense_to_kernel_of_the_slide(answer, reference, rng):
    """E-67, C-096: 400 units on 5x5x16; then a dense layer on a vector."""
    for shape, units in [((5, 5, 16), 400), ((1, 1, 400), 4)]:
        weights = rng.normal(size=(int(np.prod(shape)), units)).astype("float32")
        what = f"the kernel for {units} units on a map of {shape}"
        assert_same(answer(weights, shape), reference(weights, shape), what)


@pytest.mark.exercise("dense_to_kernel", points=1)
def test_dense_to_kernel_computes_the_same(answer, reference, rng):
    """E-67: laid over the map, the kernel gives what the dense layer gives; maps that are not square."""
    for shape, units in [((2, 3, 4), 5), ((4, 1, 3), 2), ((3, 5, 2), 7)]:
        weights, maps = rng.normal(size=(int(np.prod(shape)), units)), rng.normal(size=shape)
        kernel = answer(weights, shape)
        what = f"the kernel for {units} units on a map of {shape}"
        assert_same(np.shape(kernel), np.shape(reference(weights, shape)), f"{what}: its shape")
        dense = maps.ravel() @ weights
        assert_same(np.tensordot(maps, np.asarray(kernel), axes=3), dense, f"{what}: the array that it computes")


STACKS = {
    "the slides' network": [(5, 1, 16), (2, 2, None), (5, 1, 400), (1, 1, 400), (1, 1, 4)],
    "the deep network": DEEP,
}


@pytest.mark.exercise("output_grid", points=1)
def test_output_grid_of_the_slides(answer):
    """E-67, C-097: 14 -> 1x1x4, 16 -> 2x2x4, 28 -> 8x8x4."""
    stack = STACKS["the slides' network"]
    for height, width, wanted in [(14, 14, (1, 1, 4)), (16, 16, (2, 2, 4)), (28, 28, (8, 8, 4)), (17, 28, (2, 8, 4))]:
        what = f"the output of the slides' network on {height}x{width}"
        assert_count(list(parts(answer(height, width, stack), 3, what)), list(wanted), f"{what} (E-67)")


def fresh_stack(rng):
    """A stack with poolings and strides; the last layer is a pooling now and then."""
    stack = [(int(rng.integers(2, 6)), int(rng.integers(1, 3)), int(rng.integers(2, 40))) for _ in range(2)]
    return [*stack, (3, 2, None), (int(rng.integers(2, 4)), 1, int(rng.integers(41, 90))), (2, 2, None)]


@pytest.mark.exercise("output_grid", points=1)
def test_output_grid_of_any_stack(answer, reference, rng):
    """Fresh stacks on oblong pictures."""
    for stack in (DEEP, fresh_stack(rng), fresh_stack(rng)):
        height, width = rng.permutation(np.arange(70, 200))[:2].tolist()
        what = f"the output of {stack} on {height}x{width}"
        got = parts(answer(height, width, stack), 3, what)
        assert_count(list(got), list(reference(height, width, stack)), what)


@pytest.mark.exercise("multiply_adds", points=1)
def test_multiply_adds_of_the_slides(answer):
    """C-096, C-097: 441,600 for a window, 1,459,200 for 16x16, 21,273,600 for 28x28."""
    for side, wanted in {14: 441_600, 16: 1_459_200, 28: 21_273_600}.items():
        what = f"the number of multiply-adds of the slides' network on {side}x{side}"
        assert_count(answer(side, side, STACKS["the slides' network"]), wanted, what)


@pytest.mark.exercise("multiply_adds", points=1)
def test_multiply_adds_of_any_stack(answer, reference, rng):
    """Fresh stacks on oblong pictures."""
    for stack in (DEEP, fresh_stack(rng), fresh_stack(rng)):
        height, width = rng.permutation(np.arange(70, 200))[:2].tolist()
        what = f"the number of multiply-adds of {stack} on {height}x{width}"
        assert_count(answer(height, width, stack), reference(height, width, stack), what)


@pytest.mark.exercise("cost_ratio", points=1)
def test_cost_ratio_of_the_slides(answer):
    """C-097, X-44: 1.21 for four windows, 1.33 for 64; one window alone costs the same."""
    for side, wanted in {14: 1.0, 16: 1_766_400 / 1_459_200, 28: 28_262_400 / 21_273_600}.items():
        what = f"the ratio for the slides' network on {side}x{side}"
        assert_same(answer(side, side, STACKS["the slides' network"], 14), wanted, what, tolerance=1e-4)


@pytest.mark.exercise("cost_ratio", points=1)
def test_cost_ratio_of_a_deep_network(answer, reference, rng):
    """Oblong pictures, and a network whose work is in its convolutions."""
    for _ in range(3):
        height, width = rng.permutation(np.arange(70, 300))[:2].tolist()
        what = f"the ratio for the deep network on {height}x{width} with windows of 64"
        assert_same(answer(height, width, DEEP, 64), reference(height, width, DEEP, 64), what, tolerance=1e-4)
