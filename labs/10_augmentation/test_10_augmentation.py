"""The checks of lab 10: flips and crops with boxes, light, AlexNet's recipe, MixUp, CutMix, and rest (E-71; C-120).

The lab's last table puts right X-59, X-09, C-120, X-77 of the course's catalogue.
"""

from functools import partial

import numpy as np
import pytest

from ccv.grading import as_array, as_items, as_letters, assert_count, assert_same

# The recipes of the package do these exercises; Keras's layer does the first.
BY_HAND = ["crop_with_boxes", "adjust", "ten_crops", "color_shift", "mixup", "cutmix", "augmented"]
MAY_NOT_CALL = dict.fromkeys(BY_HAND, ("ccv.augment",))
MAY_NOT_CALL["flip_with_boxes"] = ("ccv.augment", "keras.layers.RandomFlip")

# Pixels that are only moved are right or wrong.
assert_exact = partial(assert_same, tolerance=0)


def draw_image(rng, height, width, channels=3):
    """An image of random uint8 numbers: no two of its windows are alike."""
    return rng.integers(0, 256, (height, width, channels), dtype=np.uint8)


def draw_boxes(rng, height, width, count=4):
    """Boxes with sides of at least 3 pixels, at whole pixels."""
    left, top = rng.integers(0, width - 3, count), rng.integers(0, height - 3, count)
    right = left + 3 + (rng.random(count) * (width - left - 3)).astype(int)
    bottom = top + 3 + (rng.random(count) * (height - top - 3)).astype(int)
    return np.stack([left, top, right, bottom], axis=1).astype(float)


IN_ANY_ORDER = ("ten_crops",)


# ----------------------------------------------------------------------------------------------- the same answer


# By guessing, five of ten come out right: the points are for those beyond.
@pytest.mark.parametrize("least", [6, 7, 8, 9, 10])
@pytest.mark.exercise("same_answer", points=0.4)
def test_same_answer(answer, reference, solution, least):
    """C-120: a change is harmless for a task, not as such."""
    letters = as_letters(answer, solution.QUESTIONS, "`same_answer`")
    right = sum((letter in letters) == (letter in reference) for letter in solution.QUESTIONS)
    assert right >= least, f"{right} of your {len(solution.QUESTIONS)} answers are right: in the list or not in it"


# ------------------------------------------------------------------------------------------------- flip and crop


def assert_boxes(got, wanted, what):
    """Boxes as rows of four numbers; of no box, any empty list."""
    boxes = as_array(got, f"{what}: the table of the boxes")
    if boxes.size or np.size(wanted):
        assert_same(boxes, wanted, f"{what}: the table of the boxes")


def assert_flipped(got, wanted, what, part):
    image, boxes = as_items(got, 2, f"{what}: the image and its boxes")
    if part == "image":
        assert_exact(image, wanted[0], f"{what}: the mirrored image")
    else:
        assert_boxes(boxes, wanted[1], what)


@pytest.mark.parametrize("part", ["image", "boxes"])
@pytest.mark.exercise("flip_with_boxes", points=0.5)
def test_flip_a_box_in_a_corner(answer, rng, part):
    """E-71: an image of 4x6 keeps its shape; the box in its left corner ends in its right one."""
    image = draw_image(rng, 4, 6)
    boxes = np.array([[0.0, 0.0, 2.0, 1.0], [3.0, 1.0, 5.0, 4.0], [0.0, 0.0, 6.0, 4.0]])
    assert_flipped(
        answer(image, boxes), (image[:, ::-1], [[4, 0, 6, 1], [1, 1, 3, 4], [0, 0, 6, 4]]), "an image of 4x6", part
    )


@pytest.mark.parametrize("part", ["image", "boxes"])
@pytest.mark.exercise("flip_with_boxes", points=0.5)
def test_flip_any_image(answer, reference, rng, part):
    """Fresh images; twice mirrored is as before."""
    for height, width, channels in [(7, 12, 1), (13, 8, 3)]:
        image, boxes = draw_image(rng, height, width, channels), draw_boxes(rng, height, width)
        what = f"an image of {height}x{width}x{channels}"
        got = answer(image, boxes)
        assert_flipped(got, reference(image, boxes), what, part)
        again = np.asarray(got[0], dtype=image.dtype), np.asarray(got[1], dtype=boxes.dtype)
        assert_flipped(answer(*again), (image, boxes), f"{what}, mirrored twice", part)


def assert_cropped(got, wanted, what):
    image, boxes, kept = as_items(got, 3, f"{what}: the window, the boxes and the indices of those that are kept")
    assert_exact(image, wanted[0], f"{what}: the window")
    indices = as_array(kept, f"{what}: the list of the kept boxes")
    assert indices.dtype != bool, f"{what}: the list of the kept boxes holds True and False: give their indices"
    assert indices.tolist() == wanted[2], (
        f"{what}: the list of the kept boxes is {indices.tolist()}, which is not right"
    )
    assert_boxes(boxes, wanted[1], what)


@pytest.mark.exercise("crop_with_boxes", points=1)
def test_crop_whole_boxes(answer, rng):
    """X-59: a window of 6x8 at column 3 and row 2; what lies inside only moves."""
    image = draw_image(rng, 12, 16)
    wanted = image[2:8, 3:11], [[1, 0, 6, 5], [0, 0, 8, 6]], [0, 1]
    got = answer(image, np.array([[4.0, 2.0, 9.0, 7.0], [3.0, 2.0, 11.0, 8.0]]), 3, 2, 6, 8)
    assert_cropped(got, wanted, "two boxes that lie within a window of 6x8")


@pytest.mark.exercise("crop_with_boxes", points=1)
def test_crop_drops_what_hardly_shows(answer, rng):
    """One box is whole, one cut, one hardly shows, two do not; one fills the window, one has its middle outside."""
    image = draw_image(rng, 40, 60)
    boxes = [[12, 12, 20, 18], [5, 8, 20, 28], [0, 20, 12, 40], [45, 2, 58, 9], [4, 4, 50, 36], [37, 12, 47, 20]]
    boxes = np.array([*boxes, [44, 33, 50, 38]], dtype=float)
    wanted = image[9:29, 10:40], [[2, 3, 10, 9], [0, 0, 10, 19], [0, 0, 30, 20], [27, 3, 30, 11]], [0, 1, 4, 5]
    assert_cropped(answer(image, boxes, 10, 9, 20, 30), wanted, "seven boxes and a window of 20x30 at (10, 9)")
    # A half is the same number in any arithmetic, so here a box may lie on the line.
    halves = np.array([[6.0, 12.0, 14.0, 20.0], [5.0, 12.0, 14.0, 20.0]])
    got = answer(image, halves, 10, 9, 20, 30, 0.5)
    wanted = image[9:29, 10:40], [[0, 3, 4, 11]], [0]
    assert_cropped(got, wanted, "a box of which just a half shows, one of which less does, least=0.5")


@pytest.mark.exercise("crop_with_boxes", points=1)
def test_crop_anywhere(answer, reference, rng):
    """Fresh windows, several shares; also where no box is left."""
    image = draw_image(rng, 30, 44)
    for least in (0.1, 0.35, 0.7):
        height, width = int(rng.integers(9, 20)), int(rng.integers(9, 30))
        left, top = int(rng.integers(1, 44 - width)), int(rng.integers(1, 30 - height))
        # Not at whole pixels, so that no box lies exactly on the line.
        boxes = draw_boxes(rng, 30, 44, 12) + rng.uniform(-0.4, 0.4, (12, 4))
        # One within the window, and one that shows too much for a tenth and too little for more.
        boxes[0] = left + 1, top + 1, left + 5, top + 6
        boxes[1] = left - 6, top, left + 2, top + 8
        what = f"a window of {height}x{width} at ({left}, {top}), least={least}"
        arguments = boxes, left, top, height, width, least
        assert_cropped(answer(image, *arguments), reference(image, *arguments), what)
    nothing = np.array([[0.0, 0.0, 5.0, 5.0]])
    assert_cropped(answer(image, nothing, 20, 10, 8, 8), (image[10:18, 20:28], [], []), "a box outside of the window")


# ---------------------------------------------------------------------------------------------------------- light


def assert_adjusted(got, wanted, what):
    """The values first, since they tell what went wrong; then the dtype."""
    assert_same(got, wanted, f"{what}: the image")
    dtype = as_array(got, what).dtype
    assert dtype == wanted.dtype, f"{what}: the dtype should stay {wanted.dtype}, and yours is {dtype}"


@pytest.mark.exercise("adjust", points=1)
def test_adjust_integers(answer):
    """uint8: a mean of 100, stretched and lifted beyond both ends of the range."""
    image = np.array([[[10], [90]], [[100], [200]]], np.uint8)
    wanted = np.array([[[64], [198]], [[215], [255]]], np.uint8)
    assert_adjusted(answer(image, 1.67, 0.45), wanted, "10, 90, 100, 200 as uint8, contrast 1.67, brightness 0.45")
    wanted = np.array([[[0], [20]], [[36], [203]]], np.uint8)
    assert_adjusted(answer(image, 1.67, -0.25), wanted, "10, 90, 100, 200 as uint8, contrast 1.67, brightness -0.25")
    dark = np.array([[[0], [1]], [[1], [0]]], np.uint8)
    assert_adjusted(answer(dark, 1.0, 0.2), dark + np.uint8(51), "0, 1, 1, 0 as uint8, contrast 1.00, brightness 0.20")


def draw_light(rng, image, contrast):
    """Contrast from a range, and brightness, lighter or darker, that leave no pixel within 1 % of two whole numbers."""
    while True:
        chosen = float(rng.uniform(*contrast)), float(rng.choice([-1, 1]) * rng.uniform(0.1, 0.3))
        changed = image.mean(dtype=float) * (1 - chosen[0]) + image * chosen[0] + 255 * chosen[1]
        if image.dtype.kind == "f" or np.abs(changed % 1 - 0.5).min() > 0.01:
            return chosen


def draw_tones(rng, *shape):
    """A uint8 image with room at both ends, whose mean is not the middle: what clips, wraps or takes 128 shows."""
    while True:
        tones = rng.integers(5, 251, shape, dtype=np.uint8)
        tones.flat[[0, -1]] = 5, 250
        if 0.02 < abs(tones.mean() / 255 - 0.5) < 0.25:
            return tones


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
@pytest.mark.exercise("adjust", points=0.5)
def test_adjust_any_image(answer, reference, rng, dtype):
    """Fresh images of both kinds; contrast 1 and brightness 0 change nothing."""
    for height, width, channels in [(3, 5, 1), (4, 6, 3)]:
        image = draw_tones(rng, height, width, channels)
        image = image if dtype == "uint8" else (image / 255).astype(dtype)
        what = f"an image of {height}x{width}x{channels}, {dtype}"
        assert_adjusted(answer(image, 1.0, 0.0), image, f"{what}, nothing changed")
        # Not 0.3, of which the 76.5 of 255 would have to be rounded in one of two right ways.
        lights = draw_light(rng, image, (1.3, 2)), draw_light(rng, image, (0.3, 0.8)), (1.0, 0.31)
        for contrast, brightness in lights:
            said = f"{what}, contrast {contrast:.2f}, brightness {brightness:.2f}"
            assert_adjusted(answer(image, contrast, brightness), reference(image, contrast, brightness), said)


# -------------------------------------------------------------------------------------------------------- AlexNet


@pytest.mark.exercise("count_views", points=1)
def test_count_views_of_alexnet(answer):
    """Krizhevsky et al. 2012, section 4.1: 2 x 33 x 33, where the paper says 2048."""
    assert_count(answer(256, 224), 2178, "the number of views of 224 in 256 pixels")
    assert_count(answer(256, 224, flips=False), 1089, "the number of views of 224 in 256 pixels, without mirroring,")


@pytest.mark.exercise("count_views", points=1)
def test_count_views_of_any_image(answer, reference, rng):
    """Four pixels and a window of three; a window as large as the image; fresh sides."""
    for side, window in [(4, 3), (9, 9), *((int(w + n), int(w)) for w, n in rng.integers(1, 60, (4, 2)))]:
        for flips in (True, False):
            said = f"the number of views of {window} in {side} pixels, flips={flips},"
            assert_count(answer(side, window, flips=flips), reference(side, window, flips=flips), said)


@pytest.mark.parametrize("least", [2, 5, 8, 10])
@pytest.mark.exercise("ten_crops", points=0.5)
def test_ten_crops(answer, reference, rng, least):
    """Krizhevsky et al. 2012, section 4.1: four corners, the middle, and their mirror images; in any order."""
    # Half of the room is 2 and 3 1/2, 1 1/2 and 1/2, 3 and 4 1/2.
    for height, width, window in [(9, 12, 5), (10, 8, 7), (9, 12, 3)]:
        image = draw_image(rng, height, width)
        wanted = reference(image, window)
        what = f"the views of {window}x{window} from an image of {height}x{width}"
        views = as_array(answer(image, window), what)
        assert views.shape[1:] == wanted.shape[1:], f"{what} should be {wanted.shape}, and yours are {views.shape}"
        assert len(views) <= 10, f"{what}: there are ten, and yours are {len(views)}"
        missing = sum(all((view != mine).any() for mine in views) for view in wanted)
        assert 10 - missing >= least, f"{what}: {missing} of the ten {'is' if missing == 1 else 'are'} not among yours"


@pytest.mark.exercise("color_shift", points=1)
def test_color_shift_of_imagenet(answer):
    """The published components of ImageNet (fb.resnet.torch, imagenet.lua), one draw at a time."""
    values = np.array([0.2175, 0.0188, 0.0045])
    vectors = np.array([[-0.5675, 0.7192, 0.4009], [-0.5808, -0.0045, -0.8140], [-0.5836, -0.6948, 0.4203]])
    for component, name in enumerate(("first", "second", "third")):
        draws = np.zeros(3)
        draws[component] = 0.1
        wanted = 0.1 * values[component] * vectors[:, component]
        assert_same(answer(values, vectors, draws), wanted, f"the shift by ImageNet's {name} component, alpha 0.1,")


@pytest.mark.exercise("color_shift", points=1)
def test_color_shift_of_any_images(answer, reference, rng):
    """Fresh clouds of colours."""
    for _ in range(3):
        values, vectors = np.linalg.eigh(np.cov(rng.random((3, 20)) * rng.uniform(0.2, 1, (3, 1))))
        draws = rng.choice([-1, 1], 3) * rng.uniform(0.05, 0.2, 3)
        assert_same(answer(values, vectors, draws), reference(values, vectors, draws), "the shift")


# --------------------------------------------------------------------------------------------------------- mixing


def assert_mixed(got, wanted, what, part):
    images, labels = as_items(got, 2, f"{what}: the images and their soft labels")
    if part == "images":
        assert_same(images, wanted[0], f"{what}: the array of the mixed images")
    else:
        assert_same(labels, wanted[1], f"{what}: the table of the soft labels")


@pytest.mark.parametrize("part", ["images", "labels"])
@pytest.mark.exercise("mixup", points=0.5)
def test_mixup_of_three(answer, part):
    """Zhang et al. 2017: black, grey and white, of three classes of four."""
    images = np.array([0.0, 0.5, 1.0])[:, None, None, None] * np.ones((3, 2, 3, 1))
    wanted_images = np.array([0.3, 0.2, 0.8])[:, None, None, None] * np.ones((3, 2, 3, 1))
    wanted_labels = np.array([[0.7, 0, 0.3, 0], [0.6, 0, 0, 0.4], [0, 0, 0.6, 0.4]])
    got = answer(images, np.array([0, 3, 2]), np.array([2, 0, 1]), np.array([0.7, 0.4, 0.6]), 4)
    assert_mixed(got, (wanted_images, wanted_labels), "a black, a grey and a white image", part)


@pytest.mark.parametrize("part", ["images", "labels"])
@pytest.mark.exercise("mixup", points=0.5)
def test_mixup_of_any_batch(answer, reference, rng, part):
    """Fresh batches; one image is its own partner, and one has a partner of the same class."""
    for n, classes in [(5, 6), (5, 3)]:
        images, shares = rng.random((n, 4, 4, 3)), rng.uniform(0.1, 0.4, n)
        shares[::2] += 0.5
        labels, partners = rng.integers(0, classes, n), np.array([2, 3, 1, 0, 4])
        labels[0] = labels[2] = (labels[1] + 1) % classes
        labels[3] = (labels[1] + 2) % classes
        arguments = images, labels, partners, shares, classes
        assert_mixed(answer(*arguments), reference(*arguments), f"{n} images of {classes} classes", part)


def assert_pasted(got, wanted, what, part):
    image, share = as_items(got, 2, f"{what}: the image and its share in the label")
    if part == "image":
        assert_exact(image, wanted[0], f"{what}: the image")
    else:
        assert_same(share, wanted[1], f"{what}: the share in the label")


def draw_pair(rng, height, width):
    """Two images that are nowhere alike: so pixels that were replaced can also be told by looking."""
    image = draw_image(rng, height, width)
    return image, image + rng.integers(1, 256, image.shape, dtype=np.uint8)


@pytest.mark.parametrize("part", ["image", "share"])
@pytest.mark.exercise("cutmix", points=0.5)
def test_cutmix_in_the_middle(answer, part):
    """Yun et al. 2019: share 0.75 of 8x16 pixels pastes 4x8, wherever it fits."""
    image, other = np.zeros((8, 16, 1)), np.ones((8, 16, 1))
    wanted = image.copy()
    wanted[1:5, 2:10] = 1
    what = "share 0.75 of 8x16 pixels, at row 3 and column 6"
    assert_pasted(answer(image, other, 0.75, 3, 6), (wanted, 0.75), what, part)


@pytest.mark.parametrize("part", ["image", "share"])
@pytest.mark.exercise("cutmix", points=1)
def test_cutmix_at_the_border(answer, reference, rng, part):
    """Half of the rectangle sticks out below, then three quarters at a corner; fresh ones."""
    image, other = draw_pair(rng, 8, 16)
    for row, column, share in [(7, 8, 0.8125), (0, 0, 0.9375), (3, 15, 0.84375)]:
        wanted = reference(image, other, 0.75, row, column)[0], share
        what = f"share 0.75 of 8x16 pixels, at row {row} and column {column}"
        assert_pasted(answer(image, other, 0.75, row, column), wanted, what, part)
    # Of 11x19 pixels half are 5.5 x 9.5, whose halves are cut off and not rounded.
    for height, width, planned in [(11, 19, 0.75), (18, 10, float(rng.uniform(0.2, 0.8)))]:
        image, other = draw_pair(rng, height, width)
        place = planned, int(rng.integers(height)), int(rng.integers(width))
        what = f"share {place[0]:.2f} of {height}x{width} pixels, at row {place[1]} and column {place[2]}"
        assert_pasted(answer(image, other, *place), reference(image, other, *place), what, part)


# -------------------------------------------------------------------------------------------------------- at rest


# A compiled model adds up in another order, here and on another machine.
COMPILED = 1e-4


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
    assert got["returned"] == "a model", f"`augmented` gives something of type {got['returned']}: return a keras.Model"
    wanted = drive_model(reference, images, seed)
    what = "the array of answers of model.predict(images), which is no training,"
    assert_same(got["predicted"], wanted["network"], what, tolerance=COMPILED)
    what = "the array of answers of model(images, training=True)"
    assert_same(got["in training"], wanted["in training"], what, tolerance=COMPILED)


def drive_answers(ask, images, seed):
    """Runs beside the student's code: it asks a model with a random layer, twice."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(seed)
    lighter = layers.RandomBrightness((0.3, 0.3), value_range=(0, 1))  # nothing left to chance
    model = keras.Sequential([keras.Input(images.shape[1:]), lighter, layers.Flatten(), layers.Dense(3)])
    return {"first": ask(model, images.copy()), "second": ask(model, images.copy())}


@pytest.mark.exercise("answers_of", points=1, timeout=60)
def test_answers_of(answer, reference, rng):
    """E-71: what a model answers to images as they are."""
    images, seed = rng.random((4, 6, 6, 1), dtype="float32"), int(rng.integers(2**20))
    got, wanted = answer.drive(drive_answers, images, seed), drive_answers(reference, images, seed)
    for time in ("first", "second"):
        assert_same(
            got[time], wanted[time], f"the {time} time, the array of answers to four images", tolerance=COMPILED
        )
