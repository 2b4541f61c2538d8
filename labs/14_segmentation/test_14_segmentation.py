"""The checks of lab 14: class maps, confusion and IoU (E-78, S-084), U-Net's sizes (C-013), transposed convolution, the
decoder's step, Dice, connected components (C-108).
"""

import numpy as np
import pytest

from ccv.grading import as_array, assert_count, assert_same
from ccv.grading.pieces import assert_piece

_OURS = ("ccv.segmentation",)
MAY_NOT_CALL = {
    "class_map": ("ccv.data.shapes",),
    "confusion": (
        *_OURS,
        "sklearn.metrics.confusion_matrix",
        "tensorflow.python.ops.confusion_matrix.confusion_matrix",  # tf.math's
    ),
    "iou_by_class": (*_OURS, "sklearn.metrics.jaccard_score"),
    "output_side": ("ccv.models", "ccv.anatomy"),
    "transposed": ("keras.layers.Conv2DTranspose", "keras.ops.conv_transpose"),
    "up_step": ("ccv.segmentation.decoder.doubled", "ccv.segmentation.decoder.decode"),
    "dice_loss": (*_OURS, "keras.losses.Dice", "keras.losses.dice"),
    "components": (*_OURS, "scipy.ndimage.label", "skimage.measure.label"),
}


def ask(answer, questions):
    """Put all questions before anything is compared: a mistake is named only where it explains every answer."""
    return [answer(*question) for question in questions]


# ------------------------------------------------------------------------------------------------------ class maps


def assert_maps(answer, questions, wanted, names):
    for mine, right, what in zip(ask(answer, questions), wanted, names, strict=True):
        assert_count(as_array(mine, f"the mask of {what}", right.shape), right, f"the mask of {what}")


@pytest.mark.exercise("class_map", points=1)
def test_class_map_of_a_strip(answer):
    """E-78: two things on four pixels, the second on top; and the same in the other order."""
    things = np.array([[[1, 1, 1, 0]], [[0, 0, 1, 1]]], bool)
    questions = [(things, np.array([0, 2])), (things[::-1], np.array([2, 0]))]
    names = "two things, the second on top", "the same two things the other way round"
    assert_maps(answer, questions, [np.array([[1, 1, 3, 3]]), np.array([[1, 1, 1, 3]])], names)


@pytest.mark.exercise("class_map", points=1)
def test_class_map_of_a_crowd(answer, reference, rng):
    """Any number of things, padding among them, whose rows are not empty."""
    questions = []
    for height, width, padding in ((5, 8, 5), (9, 4, 4)):  # at the end, and before the last thing
        things = rng.random((6, height, width)) < 0.35
        things[:, 0, 0] = True  # all of them meet in a corner
        questions.append((things, np.insert(rng.permutation([0, 1, 2, 3, 1]), padding, -1)))
    # Padding last, over a thing: whoever paints it as background loses pixels, whoever takes it for a class adds some.
    over = np.zeros((2, 3, 4), bool)
    over[0, :2], over[1, 1:] = True, True
    questions.append((over, np.array([1, -1])))
    names = ["six things on 5x8 pixels", "six things on 9x4 pixels", "a thing, and padding over it"]
    assert_maps(answer, questions, ask(reference, questions), names)


# ------------------------------------------------------------------------------------------------------- counting


def assert_tables(answer, questions, wanted, names):
    for mine, right, what in zip(ask(answer, questions), wanted, names, strict=True):
        assert_count(as_array(mine, f"the table of {what}", right.shape), right, f"the table of {what}")


@pytest.mark.exercise("confusion", points=1)
def test_confusion_of_a_few_pixels(answer):
    """E-78: known pixels alone; a row for each true class; classes that do not occur."""
    truth, said = np.array([[0, 0, 0], [1, 1, 255]]), np.array([[0, 0, 1], [1, 0, 0]])
    wanted = np.array([[2, 1, 0], [1, 1, 0], [0, 0, 0]])
    assert_tables(
        answer, [(truth, said, 2), (truth, said, 3)], [wanted[:2, :2], wanted], ["six pixels", "three classes"]
    )


@pytest.mark.exercise("confusion", points=1)
def test_confusion_of_any_masks(answer, reference, rng):
    """Fresh masks, uint8 as they come from files."""
    questions, names = [], []
    # Of the last two, one has places for more pixels than a byte counts, the other more places than a byte numbers.
    for classes, sides in ((3, (7, 11)), (5, (12, 6)), (3, (60, 40)), (20, (9, 40))):
        truth = rng.integers(0, classes, sides)
        said = np.where(rng.random(sides) < 0.5, truth, rng.integers(0, classes, sides))
        said.flat[:2], truth.flat[:2] = [0, 1], [1, 1]  # the table is not symmetric
        truth.flat[5:9] = 255
        questions.append((truth.astype(np.uint8), said.astype(np.uint8), classes))
        names.append(f"masks of {sides[0]}x{sides[1]} pixels and {classes} classes")
    assert_tables(answer, questions, ask(reference, questions), names)


def assert_ious(answer, questions, wanted, names):
    for mine, right, what in zip(ask(answer, questions), wanted, names, strict=True):
        assert_same(mine, right, f"the array of IoUs of {what}")


@pytest.mark.exercise("iou_by_class", points=1)
def test_iou_of_small_tables(answer):
    """E-78: six tenths and one half; one class is perfect."""
    questions = [(np.array([[6, 2], [1, 3]]),), (np.array([[4, 0, 0], [0, 1, 3], [0, 0, 2]]),)]
    wanted = [np.array([6 / 9, 3 / 6]), np.array([1, 1 / 4, 2 / 5])]
    assert_ious(answer, questions, wanted, ["the table [[6, 2], [1, 3]]", "a table of three classes"])


@pytest.mark.exercise("iou_by_class", points=1)
def test_iou_of_any_table(answer, reference, rng):
    """A class that is nowhere is nan, one that is only said is 0."""
    questions = []
    for classes in (3, 5):
        table = rng.integers(1, 40, (classes, classes)) + 30 * np.eye(classes, dtype=int)
        table[0, 1] += 50
        questions.append((table,))
    empty = rng.integers(1, 40, (4, 4))
    empty[2] = empty[:, 2] = 0
    only_said = rng.integers(1, 40, (3, 3))
    only_said[1] = 0
    questions += [(empty,), (only_said,)]
    names = [
        "three classes",
        "five classes",
        "a table with a class that is nowhere",
        "a class that is said, never there",
    ]
    assert_ious(answer, questions, ask(reference, questions), names)


# ---------------------------------------------------------------------------------------------------------- sizes


def assert_sides(answer, questions, wanted):
    for (side, levels), mine, right in zip(questions, ask(answer, questions), wanted, strict=True):
        what = f"the side that comes out of {side} pixels with {levels} level{'s' * (levels != 1)}"
        if right is None:
            assert mine is None, f"{what} is {mine!r:.40}, but such a picture does not fit: the answer should be None"
            continue
        assert mine is not None, f"{what} is None, but such a picture fits"
        assert_count(mine, right, what)


@pytest.mark.exercise("output_side", points=1)
def test_output_side_of_the_paper(answer):
    """C-013, S-084: 572 gives 388; the next ones that fit."""
    questions = [(572, 4), (588, 4), (188, 4), (20, 1), (24, 1)]
    assert_sides(answer, questions, [388, 404, 4, 4, 8])


@pytest.mark.exercise("output_side", points=1)
def test_output_side_of_what_does_not_fit(answer):
    """An odd side before a pooling, at each level; None."""
    questions = [(573, 4), (574, 4), (576, 4), (580, 4), (21, 1), (572, 4)]
    assert_sides(answer, questions, [None, None, None, None, None, 388])


@pytest.mark.exercise("output_side", points=1)
def test_output_side_of_any_depth(answer, reference):
    """One to five levels; pictures that are too small, at the bottom and at the end."""
    questions = [
        (44, 2),
        (92, 3),
        (380, 5),
        (12, 1),
        (16, 1),
        (18, 1),
        (2, 1),
        (172, 4),
        (156, 4),
        (36, 2),
    ]
    assert_sides(answer, questions, ask(reference, questions))


def assert_joined(answer, questions, wanted):
    for (skip, x), mine, right in zip(questions, ask(answer, questions), wanted, strict=True):
        what = f"the array of a skip {skip.shape} joined with x {x.shape}"
        assert_same(as_array(mine, what, right.shape), right, what)


def maps(rng, *shapes):
    return [rng.normal(size=shape).round(3) for shape in shapes]


@pytest.mark.exercise("crop_and_join", points=1)
def test_crop_and_join_square_maps(answer, reference, rng):
    """C-013: 64 to 56, as in the paper, in small."""
    questions = [tuple(maps(rng, (12, 12, 3), (8, 8, 2))), tuple(maps(rng, (10, 10, 2), (4, 4, 2)))]
    assert_joined(answer, questions, ask(reference, questions))


@pytest.mark.exercise("crop_and_join", points=1)
def test_crop_and_join_any_maps(answer, reference, rng):
    """Sides that differ, and nothing to cut, along one side or both."""
    shapes = [((9, 14, 2), (5, 6, 4)), ((6, 5, 3), (6, 5, 1)), ((8, 7, 1), (8, 3, 2))]
    questions = [tuple(maps(rng, *pair)) for pair in shapes]
    assert_joined(answer, questions, ask(reference, questions))


# -------------------------------------------------------------------------------------------------------- stamping


def assert_stamped(answer, questions, wanted):
    for (x, kernel, stride), mine, right in zip(questions, ask(answer, questions), wanted, strict=True):
        side = len(kernel)
        what = f"the map of {x.shape[0]}x{x.shape[1]} numbers, a {side}x{side} kernel and stride {stride}"
        assert_same(as_array(mine, what, right.shape), right, what)


@pytest.mark.exercise("transposed", points=1)
def test_transposed_without_overlap(answer):
    """C-013, S-084: a 2x2 kernel with stride 2, as in U-Net."""
    x, kernel = np.array([[1.0, 2.0], [-1.0, 3.0]]), np.array([[1.0, 2.0], [3.0, 5.0]])
    assert_stamped(answer, [(x, kernel, 2)], [np.kron(x, kernel)])


@pytest.mark.exercise("transposed", points=1)
def test_transposed_with_overlap(answer):
    """The row of the text, twice: 1, 1, 3, 2, 2."""
    x, kernel = np.array([[1.0, 2.0]]), np.array([[1.0, 2, 4], [0, 1, 0], [3, 0, 5]])
    wanted = np.zeros((3, 5))
    wanted[:, :3] += kernel
    wanted[:, 2:] += 2 * kernel
    assert_stamped(answer, [(x, kernel, 2), (x, np.ones((3, 3)), 2)], [wanted, np.tile([1.0, 1, 3, 2, 2], (3, 1))])


@pytest.mark.exercise("transposed", points=1)
def test_transposed_of_any_map(answer, reference, rng):
    """Strides of one to four, maps that are not square, gaps between the stamps."""
    shapes = [((4, 3), 3, 1), ((2, 5), 4, 2), ((3, 4), 3, 3), ((3, 2), 2, 4), ((4, 5), 5, 2)]
    questions = [(*maps(rng, sides, (size, size)), stride) for sides, size, stride in shapes]
    assert_stamped(answer, questions, ask(reference, questions))


# ----------------------------------------------------------------------------------------------------- the decoder


def put_between(function, sides, channels, filters):
    """A model with the step of the decoder in it: the skip is the image, x its pooled version. Runs beside the answer."""
    import keras

    image = keras.Input((*sides, channels))
    made = function(keras.layers.AveragePooling2D(2)(image), image, filters)
    if not isinstance(made, keras.KerasTensor):
        return {"returned": type(made).__name__}
    return {"model": keras.Model(image, made)}


def by_part(model):
    """The layers with weights, by the part that they play."""
    found = {}
    convolutions = ["the first convolution", "the second convolution"]
    for layer in model.layers:
        kind = type(layer).__name__
        if kind == "Conv2DTranspose":
            found["transposed convolution"] = layer
        elif kind == "Conv2D":
            found[convolutions.pop(0) if convolutions else f"convolution {layer.name}"] = layer
        elif layer.get_weights():
            found[kind] = layer
    return found


def assert_steps(answer, reference, rng, *cases):
    results = [answer.drive(put_between, *case) for case in cases]
    for (sides, channels, filters), result in zip(cases, results, strict=True):
        wanted = put_between(reference, sides, channels, filters)["model"]
        what = f"`up_step` with {filters} filters, for a skip of {sides[0]}x{sides[1]}x{channels}"
        hint = "look at the order in which skip and x are joined, and where there is a ReLU and where none"
        assert_piece(result, wanted, by_part, rng, what, hint=hint)


@pytest.mark.exercise("up_step", points=2, timeout=60)
def test_up_step_on_square_maps(answer, reference, rng):
    """C-013, S-084: doubled, joined, two convolutions."""
    assert_steps(answer, reference, rng, ((8, 8), 3, 4))


@pytest.mark.exercise("up_step", points=1, timeout=60)
def test_up_step_on_any_maps(answer, reference, rng):
    """Maps that are not square; other filters than the skip has channels."""
    assert_steps(answer, reference, rng, ((6, 10), 5, 2), ((4, 8), 2, 7))


# ------------------------------------------------------------------------------------------------------------ Dice


def assert_losses(answer, questions, wanted, names):
    for mine, right, what in zip(ask(answer, questions), wanted, names, strict=True):
        assert_same(mine, right, f"the Dice loss of {what}")


@pytest.mark.exercise("dice_loss", points=1)
def test_dice_loss_of_two_pixels(answer):
    """E-78: by hand; right everywhere is 0."""
    truth, said = np.array([[0, 1]]), np.array([[[0.8, 0.2], [0.4, 0.6]]])
    first, second = (2 * 0.8 + 1) / (1 + 1.2 + 1), (2 * 0.6 + 1) / (1 + 0.8 + 1)
    plain = ((2 * 0.8) / 2.2 + (2 * 0.6) / 1.8) / 2
    questions = [(truth, said), (truth, said, 0.0), (truth, np.eye(2)[truth])]
    names = "two pixels", "two pixels with smooth=0", "two pixels that are right"
    assert_losses(answer, questions, [1 - (first + second) / 2, 1 - plain, 0.0], names)


@pytest.mark.exercise("dice_loss", points=1)
def test_dice_loss_of_any_mask(answer, reference, rng):
    """Fresh masks; a class that is not there; another smoothing."""
    questions, names = [], []
    for classes, sides, smooth in ((3, (5, 7), 1.0), (4, (6, 3), 0.1), (5, (4, 6), 2.5)):
        truth = rng.integers(0, classes - 1, sides)
        said = rng.uniform(0.05, 1, (*sides, classes))
        questions.append((truth, said / said.sum(-1, keepdims=True), smooth))
        names.append(f"{sides[0]}x{sides[1]} pixels and {classes} classes, smooth={smooth}")
    assert_losses(answer, questions, ask(reference, questions), names)


# ------------------------------------------------------------------------------------------------------ components

LETTER = np.array([[1, 0, 1, 0, 1], [1, 0, 1, 0, 0], [1, 1, 1, 0, 1], [0, 0, 0, 1, 0]])
RING = np.array([[1, 1, 1, 1], [1, 0, 0, 1], [1, 0, 1, 0], [1, 1, 0, 1]])
SPIRAL = np.array([[0, 0, 0, 0, 1], [1, 1, 1, 0, 1], [1, 0, 1, 0, 1], [1, 0, 0, 0, 1], [1, 1, 1, 1, 1]])
EDGES = np.array([[1, 0, 0, 1], [0, 0, 0, 0], [1, 0, 0, 1]])


def same_things(mine, right):
    """Whether each thing of one mask is a thing of the other, whatever their numbers."""
    both = np.unique(np.stack([mine.ravel(), right.ravel()]), axis=1)
    return both.shape[1] == len(np.unique(mine)) == len(np.unique(right)) and not (mine[right == 0]).any()


def assert_numbers(answer, questions, wanted, names):
    for given, right, what in zip(ask(answer, questions), wanted, names, strict=True):
        mine = as_array(given, f"the numbers of {what}", right.shape)
        order = "their numbers should be 1, 2, 3 ... without a gap, in the order in which they are met"
        assert np.array_equal(mine, right) or not same_things(mine, right), (
            f"{what}: things are told apart, but {order}"
        )
        assert_count(mine, right, f"the numbers of {what}")


@pytest.mark.exercise("components", points=1)
def test_components_of_letters(answer, reference):
    """C-108: two arms of one U; corners do not count; a spiral that is met in two places."""
    questions = [(LETTER,), (SPIRAL,)]
    assert_numbers(answer, questions, ask(reference, questions), ["a U among dots", "a spiral"])


@pytest.mark.exercise("components", points=1)
def test_components_at_the_edges(answer, reference):
    """What lies at opposite edges does not hang together; nothing, and everything."""
    questions = [(EDGES,), (RING,), (np.zeros((3, 4), int),), (np.ones((4, 3), int),)]
    names = ["dots in four corners", "an open ring", "an empty mask", "a full mask"]
    assert_numbers(answer, questions, ask(reference, questions), names)


@pytest.mark.exercise("components", points=1)
def test_components_of_any_mask(answer, reference, rng):
    """Fresh masks, not square, with a U and a J in each; True and False as well."""
    questions = []
    for height, width in ((9, 13), (12, 8)):
        mask = (rng.random((height, width)) < 0.45).astype(int)
        mask[:5, :6] = 0
        mask[:4, :5] = LETTER
        mask[-4:, -5:] = 0
        mask[-3:, -1] = mask[-1, -4:] = 1
        questions.append((mask,))
    questions.append((questions[0][0].astype(bool),))
    names = ["9x13 random pixels", "12x8 random pixels", "the first one as True and False"]
    assert_numbers(answer, questions, ask(reference, questions), names)
