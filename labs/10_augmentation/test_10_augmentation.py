"""The checks of lab 10: flips and crops with boxes, light, AlexNet's recipe, MixUp, CutMix, and rest (E-71; C-120)."""

from functools import partial

import numpy as np
import pytest

from ccv.grading import assert_same

# Counts and pixels that are only moved are right or wrong.
assert_exact = partial(assert_same, tolerance=0)


def parts(result, count, what):
    """The result as a tuple of so many parts."""
    assert isinstance(result, (tuple, list)) and len(result) == count, f"{what} should be {count} things in a tuple"
    return result


def draw_image(rng, height, width, channels=3):
    """An image of random uint8 numbers: no two of its windows are alike."""
    return rng.integers(0, 256, (height, width, channels), dtype=np.uint8)


def draw_boxes(rng, height, width, count=4):
    """Boxes with sides of at least 3 pixels, at whole pixels."""
    left, top = rng.integers(0, width - 3, count), rng.integers(0, height - 3, count)
    right = left + 3 + (rng.random(count) * (width - left - 3)).astype(int)
    bottom = top + 3 + (rng.random(count) * (height - top - 3)).astype(int)
    return np.stack([left, top, right, bottom], axis=1).astype(float)


# ----------------------------------------------------------------------------------------------- the same answer


@pytest.mark.exercise("same_answer", points=2)
def test_same_answer(answer, reference, solution):
    """C-120: a change is harmless for a task, not as such."""
    assert isinstance(answer, (list, tuple, set, np.ndarray)), "same_answer should be a list of letters"
    unknown = [letter for letter in answer if letter not in list(solution.QUESTIONS)]
    assert not unknown, f"{unknown[0]!r} is no letter of a question"
    false, missing = set(answer) - set(reference), set(reference) - set(answer)
    assert not false | missing, (
        f"your letters that do not belong there: {len(false)}; letters that are missing: {len(missing)}"
    )


# ------------------------------------------------------------------------------------------------- flip and crop


def assert_boxes(got, wanted, what):
    """Boxes as rows of four numbers; of no box, any empty list."""
    if np.size(got) == np.size(wanted) == 0:
        return
    assert np.shape(got) == np.shape(wanted), (
        f"{what}: the boxes should be {np.shape(wanted)}, a row of four numbers each, and yours are {np.shape(got)}"
    )
    assert_same(got, wanted, f"{what}: the table of the boxes")


def assert_flipped(got, wanted, what):
    image, boxes = parts(got, 2, f"{what}: (image, boxes)")
    assert_exact(image, wanted[0], f"{what}: the mirrored image")
    assert_boxes(boxes, wanted[1], what)


@pytest.mark.exercise("flip_with_boxes", points=1)
def test_flip_a_box_in_a_corner(answer, rng):
    """E-71: an image of 4x6 keeps its shape; the box in its left corner ends in its right one."""
    image = draw_image(rng, 4, 6)
    wanted = image[:, ::-1], [[4, 0, 6, 1], [1, 1, 3, 4], [0, 0, 6, 4]]
    assert_flipped(answer(image, [[0, 0, 2, 1], [3, 1, 5, 4], [0, 0, 6, 4]]), wanted, "an image of 4x6 (E-71)")


@pytest.mark.exercise("flip_with_boxes", points=1)
def test_flip_any_image(answer, reference, rng):
    """Fresh images; twice mirrored is as before."""
    for height, width, channels in [(7, 12, 1), (13, 8, 3)]:
        image, boxes = draw_image(rng, height, width, channels), draw_boxes(rng, height, width)
        what = f"an image of {height}x{width}x{channels}"
        got = answer(image, boxes)
        assert_flipped(got, reference(image, boxes), what)
        assert_flipped(answer(*got), (image, boxes), f"{what}, mirrored twice")


def assert_cropped(got, wanted, what):
    image, boxes, kept = parts(got, 3, f"{what}: (window, boxes, kept)")
    assert_exact(image, wanted[0], f"{what}: the window")
    assert_exact(np.asarray(kept, dtype=int), np.asarray(wanted[2], dtype=int), f"{what}: the list of the kept boxes")
    assert_boxes(boxes, wanted[1], what)


@pytest.mark.exercise("crop_with_boxes", points=1)
def test_crop_whole_boxes(answer, rng):
    """X-59: a window of 6x8 at column 3 and row 2; what lies inside only moves."""
    image = draw_image(rng, 12, 16)
    wanted = image[2:8, 3:11], [[1, 0, 6, 5], [0, 0, 8, 6]], [0, 1]
    got = answer(image, [[4, 2, 9, 7], [3, 2, 11, 8]], 3, 2, 6, 8)
    assert_cropped(got, wanted, "two boxes that lie within a window of 6x8")


@pytest.mark.exercise("crop_with_boxes", points=1)
def test_crop_drops_what_hardly_shows(answer, rng):
    """One box is whole, one cut, of one 8 % shows, of one nothing; one fills the window, one has its middle outside."""
    image = draw_image(rng, 40, 60)
    boxes = [[12, 12, 20, 18], [5, 8, 20, 28], [0, 20, 12, 40], [45, 2, 58, 9], [4, 4, 50, 36], [37, 12, 47, 20]]
    wanted = image[10:30, 10:40], [[2, 2, 10, 8], [0, 0, 10, 18], [0, 0, 30, 20], [27, 2, 30, 10]], [0, 1, 4, 5]
    assert_cropped(answer(image, boxes, 10, 10, 20, 30), wanted, "six boxes and a window of 20x30 at (10, 10)")


@pytest.mark.exercise("crop_with_boxes", points=1)
def test_crop_anywhere(answer, reference, rng):
    """Fresh windows, several shares; also where no box is left."""
    image = draw_image(rng, 30, 44)
    for least in (0.1, 0.35, 0.7):
        height, width = int(rng.integers(9, 20)), int(rng.integers(9, 30))
        left, top = int(rng.integers(0, 44 - width)), int(rng.integers(0, 30 - height))
        # Not at whole pixels, so that no box lies exactly on the line.
        boxes = draw_boxes(rng, 30, 44, 12) + rng.uniform(-0.4, 0.4, (12, 4))
        what = f"a window of {height}x{width} at ({left}, {top}), least={least}"
        arguments = boxes, left, top, height, width, least
        assert_cropped(answer(image, *arguments), reference(image, *arguments), what)
    got = parts(answer(image, [[0, 0, 5, 5]], 20, 10, 8, 8), 3, "no box left: (window, boxes, kept)")
    assert len(got[1]) == len(got[2]) == 0, "a box that lies outside of the window should be dropped"


# ---------------------------------------------------------------------------------------------------------- light


def assert_adjusted(got, wanted, what):
    """The values first, since they tell what went wrong; then the dtype."""
    assert_same(got, wanted, f"{what}: the image")
    assert got.dtype == wanted.dtype, f"{what}: the dtype should stay {wanted.dtype}, and yours is {got.dtype}"


@pytest.mark.exercise("adjust", points=1)
def test_adjust_integers(answer):
    """uint8: a mean of 100, stretched and lifted beyond both ends of the range."""
    image = np.array([[[10], [90]], [[100], [200]]], np.uint8)
    wanted = np.array([[[0], [122]], [[138], [255]]], np.uint8)
    assert_adjusted(answer(image, 1.65, 0.15), wanted, "10, 90, 100, 200 as uint8, contrast 1.65, brightness 0.15")
    wanted = np.array([[[4], [44]], [[49], [99]]], np.uint8)
    assert_adjusted(answer(image, 0.5, -0.2), wanted, "10, 90, 100, 200 as uint8, contrast 0.5, brightness -0.2")


@pytest.mark.exercise("adjust", points=1)
def test_adjust_any_image(answer, reference, rng):
    """Fresh images of both kinds; contrast 1 and brightness 0 change nothing."""
    for height, width, channels in [(3, 5, 1), (4, 6, 3)]:
        for image in (draw_image(rng, height, width, channels), rng.random((height, width, channels), "float32")):
            what = f"an image of {height}x{width}x{channels}, {image.dtype}"
            assert_adjusted(answer(image, 1.0, 0.0), image, f"{what}, nothing changed")
            # Not 0.3, of which the 76.5 of 255 would have to be rounded in one of two right ways.
            for contrast, brightness in [(1.0, 0.31), (float(rng.uniform(0.3, 2)), float(rng.uniform(-0.3, 0.3)))]:
                said = f"{what}, contrast {contrast:.2f}, brightness {brightness:.2f}"
                assert_adjusted(answer(image, contrast, brightness), reference(image, contrast, brightness), said)


# -------------------------------------------------------------------------------------------------------- AlexNet


@pytest.mark.exercise("count_views", points=1)
def test_count_views_of_alexnet(answer):
    """Krizhevsky et al. 2012, section 4.1: 2 x 33 x 33, where the paper says 2048."""
    assert_exact(answer(256, 224), 2178, "the number of views of 224 in 256 pixels")
    assert_exact(answer(256, 224, flips=False), 1089, "the number of views of 224 in 256 pixels, without mirroring,")


@pytest.mark.exercise("count_views", points=1)
def test_count_views_of_any_image(answer, reference, rng):
    """Four pixels and a window of three; a window as large as the image; fresh sides."""
    for side, window in [(4, 3), (9, 9), *((int(w + n), int(w)) for w, n in rng.integers(1, 60, (4, 2)))]:
        for flips in (True, False):
            said = f"the number of views of {window} in {side} pixels, flips={flips},"
            assert_exact(answer(side, window, flips=flips), reference(side, window, flips=flips), said)


@pytest.mark.exercise("ten_crops", points=2)
def test_ten_crops(answer, reference, rng):
    """Krizhevsky et al. 2012, section 4.1: four corners, the middle, and their mirror images; in any order."""
    for height, width, window in [(9, 14, 5), (12, 8, 7)]:
        image = draw_image(rng, height, width)
        wanted = reference(image, window)
        got = answer(image, window)
        what = f"the views of {window}x{window} from an image of {height}x{width}"
        assert np.shape(got) == wanted.shape, f"{what} should be of shape {wanted.shape}, and yours are {np.shape(got)}"
        mine = {np.asarray(view, dtype=int).tobytes() for view in got}
        missing = sum(view.astype(int).tobytes() not in mine for view in wanted)
        assert not missing, f"{what}: {missing} of the ten are not among yours"


@pytest.mark.exercise("color_shift", points=1)
def test_color_shift_of_imagenet(answer):
    """The published components of ImageNet (fb.resnet.torch, imagenet.lua), one draw at a time."""
    values = np.array([0.2175, 0.0188, 0.0045])
    vectors = np.array([[-0.5675, 0.7192, 0.4009], [-0.5808, -0.0045, -0.8140], [-0.5836, -0.6948, 0.4203]])
    wanted = 0.1 * 0.2175 * np.array([-0.5675, -0.5808, -0.5836])
    assert_same(answer(values, vectors, np.array([0.1, 0.0, 0.0])), wanted, "ImageNet's first component, alpha 0.1,")


@pytest.mark.exercise("color_shift", points=1)
def test_color_shift_of_any_images(answer, reference, rng):
    """Fresh clouds of colours."""
    for _ in range(3):
        values, vectors = np.linalg.eigh(np.cov(rng.random((3, 20)) * rng.uniform(0.2, 1, (3, 1))))
        draws = rng.normal(0, 0.1, 3)
        assert_same(answer(values, vectors, draws), reference(values, vectors, draws), "the shift", tolerance=1e-9)


# --------------------------------------------------------------------------------------------------------- mixing


def assert_mixed(got, wanted, what):
    images, labels = parts(got, 2, f"{what}: (images, soft labels)")
    assert np.shape(labels) == wanted[1].shape, (
        f"{what}: the soft labels should be {wanted[1].shape}, and yours are {np.shape(labels)}"
    )
    assert_same(images, wanted[0], f"{what}: the array of the mixed images")
    assert_same(labels, wanted[1], f"{what}: the table of the soft labels")


@pytest.mark.exercise("mixup", points=1)
def test_mixup_of_three(answer):
    """Zhang et al. 2017: black, grey and white, of three classes of four."""
    images = np.array([0.0, 0.5, 1.0])[:, None, None, None] * np.ones((3, 2, 3, 1))
    wanted_images = np.array([0.3, 0.2, 0.8])[:, None, None, None] * np.ones((3, 2, 3, 1))
    wanted_labels = np.array([[0.7, 0, 0.3, 0], [0.6, 0, 0, 0.4], [0, 0, 0.6, 0.4]])
    got = answer(images, np.array([0, 3, 2]), np.array([2, 0, 1]), np.array([0.7, 0.4, 0.6]), 4)
    assert_mixed(got, (wanted_images, wanted_labels), "a black, a grey and a white image")


@pytest.mark.exercise("mixup", points=1)
def test_mixup_of_any_batch(answer, reference, rng):
    """Fresh batches; soft labels sum to 1, also where both images are of one class."""
    for n, classes in [(4, 6), (4, 3)]:
        images = rng.random((n, 4, 4, 3))
        arguments = images, rng.integers(0, classes, n), rng.permutation(n), rng.beta(0.4, 0.4, n), classes
        what = f"{n} images of {classes} classes"
        got = answer(*arguments)
        assert_mixed(got, reference(*arguments), what)
        assert np.allclose(np.sum(got[1], axis=1), 1), f"{what}: soft labels should sum to 1"


def assert_pasted(got, wanted, what):
    image, share = parts(got, 2, f"{what}: (image, share)")
    assert_exact(image, wanted[0], f"{what}: the image")
    assert_same(share, wanted[1], f"{what}: the share in the label")


@pytest.mark.exercise("cutmix", points=1)
def test_cutmix_in_the_middle(answer):
    """Yun et al. 2019: share 0.75 of 8x16 pixels pastes 4x8, wherever it fits."""
    image, other = np.zeros((8, 16, 1)), np.ones((8, 16, 1))
    wanted = image.copy()
    wanted[1:5, 2:10] = 1
    assert_pasted(answer(image, other, 0.75, 3, 6), (wanted, 0.75), "share 0.75 of 8x16 pixels, at row 3 and column 6")


@pytest.mark.exercise("cutmix", points=2)
def test_cutmix_at_the_border(answer, reference, rng):
    """Half of the rectangle sticks out below, then three quarters at a corner; fresh ones."""
    image, other = draw_image(rng, 8, 16), draw_image(rng, 8, 16)
    for row, column, share in [(7, 8, 0.8125), (0, 0, 0.9375), (3, 15, 0.84375)]:
        wanted = reference(image, other, 0.75, row, column)[0], share
        what = f"share 0.75 of 8x16 pixels, at row {row} and column {column}"
        assert_pasted(answer(image, other, 0.75, row, column), wanted, what)
    for height, width in [(11, 19), (18, 10)]:
        image, other = draw_image(rng, height, width), draw_image(rng, height, width)
        place = float(rng.uniform(0.2, 0.8)), int(rng.integers(height)), int(rng.integers(width))
        what = f"share {place[0]:.2f} of {height}x{width} pixels, at row {place[1]} and column {place[2]}"
        assert_pasted(answer(image, other, *place), reference(image, other, *place), what)


# -------------------------------------------------------------------------------------------------------- at rest


def drive_model(build, images, seed):
    """Runs beside the student's code: what the model that it builds answers at rest, and in training."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(seed)
    network = keras.Sequential(
        [keras.Input(images.shape[1:]), layers.Conv2D(4, 3, activation="relu"), layers.Flatten(), layers.Dense(3)]
    )
    # Random layers that leave nothing to chance: both ends of what they draw from are the same.
    nearer = layers.RandomZoom((-0.5, -0.5), fill_mode="constant", fill_value=0.2)
    lighter = layers.RandomBrightness((0.3, 0.3), value_range=(0, 1))
    model = build(network, [nearer, lighter])
    if not isinstance(model, keras.Model):
        return {"returned": type(model).__name__}
    return {
        "returned": "a model",
        "network": network(images),
        "predicted": model.predict(images, verbose=0),
        "in training": model(images, training=True),
    }


@pytest.mark.exercise("augmented", points=2, timeout=60)
def test_augmented(answer, reference, rng):
    """E-71: random layers work in training, in their order, and rest in inference."""
    images, seed = rng.random((4, 8, 8, 1), dtype="float32"), int(rng.integers(2**20))
    got = answer.drive(drive_model, images, seed)
    assert got["returned"] == "a model", f"`augmented` returns {got['returned']}: return a keras.Model"
    wanted = drive_model(reference, images, seed)
    what = "the array of answers of model.predict(images), which is no training,"
    assert_same(got["predicted"], wanted["network"], what, tolerance=1e-4)
    what = "the array of answers of model(images, training=True)"
    assert_same(got["in training"], wanted["in training"], what, tolerance=1e-4)


def drive_answers(ask, images, seed):
    """Runs beside the student's code: it asks a model with a random layer, twice."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(seed)
    lighter = layers.RandomBrightness((0.3, 0.3), value_range=(0, 1))  # nothing left to chance
    model = keras.Sequential([keras.Input(images.shape[1:]), lighter, layers.Flatten(), layers.Dense(3)])
    return {"first": ask(model, images), "second": ask(model, images)}


@pytest.mark.exercise("answers_of", points=1, timeout=60)
def test_answers_of(answer, reference, rng):
    """E-71: what a model answers to images as they are."""
    images, seed = rng.random((4, 6, 6, 1), dtype="float32"), int(rng.integers(2**20))
    got, wanted = answer.drive(drive_answers, images, seed), drive_answers(reference, images, seed)
    for time in ("first", "second"):
        assert_same(got[time], wanted[time], f"the {time} time, the array of answers to four images", tolerance=1e-4)
