"""The checks of lab 00: numbers of a picture (E-25, built on), HOG by hand (E-82), the bill (E-24, built on), neurons.

Lab 03 grades E-24 and E-25 themselves (`million_pixel_weights`, `dense_parameters`); here they are turned round.
"""

import numpy as np
import pytest

from ccv.grading import as_array, as_items, as_letters, assert_count, assert_same, assert_same_network
from ccv.grading.measured import rebuilt

_COUNTED = ("ccv.anatomy", "ccv.models")
MAY_NOT_CALL = {
    "weights_three_ways": _COUNTED,
    "neuron": ("ccv.convolution.conv_layer", "ccv.convolution.correlate2d"),
    "two_paths": ("ccv.models",),
}


@pytest.mark.exercise("first_answer", points=1)
def test_first_answer(answer):
    """S-002: 3,072 numbers of a 32x32x3 picture."""
    assert_count(answer, 3072, "how many numbers the picture has")


# ------------------------------------------------------------------------------------------------ features by hand


def a_cell(rng, bins, shape, turns):
    """Strengths, and angles that keep away from the borders of the bins; `turns`: how many half turns they are off.

    They keep further away from 0 and pi, so that bins from the smallest angle to the largest are others.
    """
    which = rng.integers(0, bins, shape)
    which.flat[:bins] = rng.permutation(bins)  # none stays empty
    within = rng.uniform(np.where(which == 0, 0.6, 0.1), np.where(which == bins - 1, 0.4, 0.9))
    angle = (which + within) * np.pi / bins
    return rng.uniform(0.1, 5, shape), angle + np.pi * rng.integers(*turns, shape, endpoint=True)


def assert_histograms(answer, reference, cells):
    """All questions first, then the comparisons."""
    for (what, strength, angle, bins), mine in [(cell, answer(*cell[1:3], bins=cell[3])) for cell in cells]:
        assert_same(mine, reference(strength, angle, bins=bins), f"{what}: the histogram")


@pytest.mark.exercise("cell_histogram", points=1)
def test_cell_histogram_of_a_cell(answer, reference, rng):
    """Angles from 0 to pi, eight bins."""
    cells = [("an 8x8 cell, 8 bins", *a_cell(rng, 8, (8, 8), (0, 0)), 8) for _ in range(3)]
    assert_histograms(answer, reference, cells)


@pytest.mark.exercise("cell_histogram", points=1)
def test_cell_histogram_of_opposite_angles(answer, reference, rng):
    """Negative angles, and angles of more than half a turn."""
    cells = [("angles from -pi to pi", *a_cell(rng, 8, (8, 8), (-1, 0)), 8)]
    cells += [("angles from -2 pi to 3 pi", *a_cell(rng, 8, (8, 8), (-2, 2)), 8)]
    assert_histograms(answer, reference, cells)


@pytest.mark.exercise("cell_histogram", points=1)
def test_cell_histogram_with_any_bins(answer, reference, rng):
    """Other numbers of bins and cells that are not square; one whose last bins stay empty."""
    cells = [(f"a 6x5 cell, {bins} bins", *a_cell(rng, bins, (6, 5), (0, 0)), bins) for bins in (4, 9, 12)]
    strength, angle = a_cell(rng, 3, (4, 4), (0, 0))
    cells.append(("a cell with nothing in half of its 6 bins", strength, angle / 2, 6))
    assert_histograms(answer, reference, cells)


# ------------------------------------------------------------------------------------------------------- the bill


@pytest.mark.exercise("largest_side", points=1)
def test_largest_side_in_the_text(answer):
    """S-002, E-24 turned round: 200 pixels in 164 MB, 285 in colour for a gigabyte; one that fits exactly."""
    wanted = {(1024, 1, 164): 200, (1024, 3, 1000): 285, (250, 1, 10): 100, (100, 3, 4): 57}
    for question, mine in [(question, answer(*question)) for question in wanted]:
        units, channels, megabytes = question
        what = f"the side for {units} neurons and {channels} channel{'s' * (channels > 1)} in {megabytes} MB"
        assert_count(mine, wanted[question], what)


@pytest.mark.exercise("largest_side", points=1)
def test_largest_side_of_anything(answer, reference, rng):
    """Fresh layers and memories, and one that is filled to the last byte."""
    questions = [(125, 2, 10), *(tuple(rng.integers((50, 1, 5), (3000, 5, 3000)).tolist()) for _ in range(14))]
    for (units, channels, megabytes), mine in [(question, answer(*question)) for question in questions]:
        what = f"the side for {units} neurons and {channels} channel{'s' * (channels > 1)} in {megabytes} MB"
        assert_count(mine, reference(units, channels, megabytes), what)


WAYS = ("dense", "sparse", "shared")


def assert_way(answer, reference, rng, which):
    """One of the three counts, for the example of the text and for fresh pictures."""
    questions = [(6, 3), (28, 5), *((int(rng.integers(20, 60)), int(rng.integers(2, 9))) for _ in range(5))]
    for (side, kernel), mine in [(question, answer(*question)) for question in questions]:
        what = f"a picture of {side}x{side}, patches of {kernel}x{kernel}:"
        got = as_items(mine, 3, f"{what} (dense, sparse, shared)")
        assert_count(got[which], reference(side, kernel)[which], f"{what} the weights of the {WAYS[which]} way")


@pytest.mark.exercise("weights_three_ways", points=1)
def test_weights_of_the_dense_way(answer, reference, rng):
    """S-002, S-007."""
    assert_way(answer, reference, rng, 0)


@pytest.mark.exercise("weights_three_ways", points=1)
def test_weights_of_the_sparse_way(answer, reference, rng):
    """S-007."""
    assert_way(answer, reference, rng, 1)


@pytest.mark.exercise("weights_three_ways", points=1)
def test_weights_of_the_shared_way(answer, reference, rng):
    """S-006. A number alone earns it only with three numbers in the answer."""
    assert_way(answer, reference, rng, 2)


# ------------------------------------------------------------------------------------------------ shuffled pixels


@pytest.mark.exercise("permute_pixels", points=1)
def test_permute_pixels_of_grey_pictures(answer, reference, rng):
    """S-003, C-006."""
    images = rng.integers(0, 256, (3, 4, 6, 1))
    order = rng.permutation(24)
    assert_same(answer(images, order), reference(images, order), "three grey pictures of 4x6, permuted")


@pytest.mark.exercise("permute_pixels", points=1)
def test_permute_pixels_of_colour_pictures(answer, reference, rng):
    """The colours of a pixel stay together; any shape."""
    questions = []
    for shape in ((2, 5, 3, 3), (4, 2, 7, 2), (1, 6, 6, 3)):
        questions.append((rng.integers(0, 256, shape), rng.permutation(shape[1] * shape[2])))
    for (images, order), mine in [(question, answer(*question)) for question in questions]:
        assert_same(mine, reference(images, order), f"pictures of shape {images.shape}, permuted")


@pytest.mark.exercise("weights_for_shuffled", points=2)
def test_weights_for_shuffled(answer, rng):
    """S-003: judged by what the layer answers."""
    questions = [
        (rng.integers(-9, 10, (pixels, units)), rng.permutation(pixels)) for pixels, units in ((12, 5), (30, 3))
    ]
    for (kernel, order), given in [(question, answer(*question)) for question in questions]:
        pixels, units = kernel.shape
        mine = as_array(given, f"the weights from {pixels} pixels to {units} neurons", kernel.shape)
        images = rng.integers(0, 10, (40, pixels))
        what = f"what {units} neurons answer to 40 shuffled pictures of {pixels} pixels"
        assert_same(images[:, order] @ mine, images @ kernel, what)


# ------------------------------------------------------------------------------------------------------ one neuron


def a_neuron(rng, kernel, stride):
    """A picture of whole numbers, a filter, a bias and a neuron, further right than down, whose sum is positive."""
    rows, columns = kernel
    x, w = rng.integers(1, 10, (4 * stride + rows, 5 * stride + columns)), rng.integers(0, 9, kernel)
    p = int(rng.integers(1, 4))
    return x, w, 200, p, p + int(rng.integers(1, 3)), stride


def assert_neurons(answer, reference, questions):
    """All questions first."""
    for question, mine in [(question, answer(*question)) for question in questions]:
        _, w, b, p, q, stride = question
        what = f"neuron ({p}, {q}) of a filter of {w.shape[0]}x{w.shape[1]}, bias {b}, stride {stride},"
        assert_same(as_array(mine, what, ()), reference(*question), what)


@pytest.mark.exercise("neuron", points=1)
def test_neuron_of_the_text(answer, reference, rng):
    """C-008, X-50: 4x4 filters, stride 2."""
    assert_neurons(answer, reference, [a_neuron(rng, (4, 4), 2) for _ in range(4)])


@pytest.mark.exercise("neuron", points=1)
def test_neuron_of_any_layer(answer, reference, rng):
    """Other strides, filters that are not square."""
    kernels = ((3, 3), (2, 5), (5, 2), (1, 4))
    assert_neurons(
        answer, reference, [a_neuron(rng, kernel, stride) for kernel, stride in zip(kernels, (1, 3, 2, 4), strict=True)]
    )


@pytest.mark.exercise("neuron", points=1)
def test_neuron_bends(answer, reference, rng):
    """ReLU after the bias: sums below zero, and those that the bias lifts above it or pulls below."""
    questions = []
    for sign, lift in ((1, -40), (-1, -1), (-1, 25), (1, 60), (-1, 90)):
        x, _, _, p, q, stride = a_neuron(rng, (3, 3), 2)
        w = rng.integers(2, 9, (3, 3))
        w[0, 0] = -1  # of another sign than the sum
        w = sign * w
        total = int(np.sum(w * x[stride * p : stride * p + 3, stride * q : stride * q + 3]))
        questions.append((x, w, lift - total, p, q, stride))
    questions += [(*one[:2], -one[2], *one[3:]) for one in [a_neuron(rng, (2, 2), 1)]]
    x, w, _, p, q, stride = a_neuron(rng, (3, 3), 2)
    w = np.abs(w) + 0.3
    questions.append((np.abs(x) + 0.1, w, 0.75, p, q, stride))  # no whole numbers
    assert_neurons(answer, reference, questions)


# ---------------------------------------------------------------------------------------------------------- shifts


def moved(rng, shift, scale):
    """Maps, and maps that follow them with an error; large numbers in what came in from outside."""
    maps = rng.integers(-9, 10, (5, 9, 3)).astype(float)
    after = rng.integers(100, 200, maps.shape).astype(float)
    after[:, shift:] = maps[:, :-shift] + scale * rng.integers(-3, 3, (5, 9 - shift, 3))
    after[2, shift + 1, 1] = maps[2, 1, 1] - 4 * scale
    return maps, after, shift


@pytest.mark.exercise("follows", points=1)
def test_follows_exactly(answer, rng):
    """S-008, E-74: an equivariant layer."""
    questions = [moved(rng, shift, 0) for shift in (1, 2, 4)]
    for (_, _, shift), mine in [(question, answer(*question)) for question in questions]:
        assert_same(as_array(mine, "the difference", ()), 0.0, f"the difference of maps that follow a shift by {shift}")


@pytest.mark.exercise("follows", points=1)
def test_follows_roughly(answer, reference, rng):
    """Maps that do not quite follow; the largest difference is a negative one, or in the last column."""
    questions = [moved(rng, shift, scale) for shift, scale in ((1, 1), (3, 0.5), (2, 10))]
    questions += [moved(rng, shift, 1) for shift in (1, 3)]
    for maps, after, shift in questions[-2:]:
        after[4, -1, 2] = maps[4, -1 - shift, 2] + 7
    for question, mine in [(question, answer(*question)) for question in questions]:
        what = f"the largest difference after a shift by {question[2]}"
        assert_same(as_array(mine, what, ()), reference(*question), what)


# -------------------------------------------------------------------------------------------------------- networks


@pytest.mark.exercise("two_paths", points=1, timeout=60)
def test_two_paths_counts(answer, reference):
    """S-091: a model that knows its input, with the right output and number of parameters."""
    for shape, classes in (((32, 32, 1), 16), ((20, 28, 3), 5)):
        what = f"your network for {shape} and {classes} classes"
        model = rebuilt(answer(shape, classes), what)
        assert model.built and model.weights, f"{what} has no weights: begin with keras.Input(input_shape)"
        assert model.output_shape == (None, classes), f"{what} should give {classes} numbers for each picture"
        got, wanted = model.count_params(), reference(shape, classes).count_params()
        assert got == wanted, (
            f"{what} has {got:,} parameters, which is not right: count those of each of its three layers"
        )


@pytest.mark.exercise("two_paths", points=2, timeout=60)
def test_two_paths_computes(answer, reference):
    """S-091: the same layers, connected in the same way."""
    for shape, classes in (((32, 32, 1), 16), ((20, 28, 3), 5)):
        assert_same_network(rebuilt(answer(shape, classes)), reference(shape, classes), f"your network for {shape}")


# ---------------------------------------------------------------------------------------------------- what was seen

PLACES = {
    **{"a": "the contest of section 3", "b": "the shuffled pixels", "c": "the bill", "d": "the bars of the three ways"},
    **{"e": "the printed differences of the moved digit", "f": "the two corners"},
}


def assert_pair(answer, pair, right):
    """Both sentences of a pair."""
    given = as_letters(answer, PLACES, "`what_holds`")
    assert given, "`what_holds` has no letter in it: write those of the sentences that hold"
    wrong = [letter for letter in pair if (letter in given) != (letter in right)]
    assert not wrong, f"sentence {wrong[0]}: look again at {PLACES[wrong[0]]}"


@pytest.mark.exercise("what_holds", points=1)
def test_what_holds_of_features(answer):
    """S-001, S-003."""
    assert_pair(answer, "ab", "a")


@pytest.mark.exercise("what_holds", points=1)
def test_what_holds_of_weights(answer):
    """S-006, S-007."""
    assert_pair(answer, "cd", "d")


@pytest.mark.exercise("what_holds", points=1)
def test_what_holds_of_shifts(answer):
    """S-008, X-56."""
    assert_pair(answer, "ef", "f")
