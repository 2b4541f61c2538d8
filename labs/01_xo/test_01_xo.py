"""Checks of lab 01_xo."""

import numpy as np
import pytest

from ccv import convolution
from ccv.grading import as_array, as_items, as_word, assert_count, assert_same

MAY_NOT_CALL = {
    "slide_and_sum": ("ccv.convolution.correlate2d", "ccv.convolution.convolve2d", "ccv.convolution.conv_layer"),
    "xo_map": ("ccv.convolution.truncate", "ccv.models"),
    "max_pool_same": ("ccv.convolution.max_pool2d",),
    "relu_map": ("ccv.convolution.relu",),
    "feature_vector": ("ccv.models",),
    "classify": ("ccv.models",),
}

X = 2 * np.array([[1 if 0 < i < 8 and j in (i, 8 - i) else 0 for j in range(9)] for i in range(9)]) - 1
TRICKY_CELLS = [(1, 6), (2, 1), (2, 5), (3, 2), (3, 3), (3, 5), (4, 4), (5, 3), (5, 5), (5, 6), (6, 3), (6, 7), (7, 2)]
O_CELLS = [(1, 3), (1, 4), (1, 5), (2, 2), (2, 6), (3, 1), (4, 1), (5, 1), (3, 7), (4, 7), (5, 7), (6, 2), (6, 6)]
O_CELLS += [(7, 3), (7, 4), (7, 5)]


def _drawn(cells):
    image = -np.ones((9, 9), dtype=int)
    image[tuple(np.transpose(cells))] = 1
    return image


TRICKY, O = _drawn(TRICKY_CELLS), _drawn(O_CELLS)  # noqa: E741

F1 = np.array([[1, -1, -1], [-1, 1, -1], [-1, -1, 1]])
F2 = np.array([[1, -1, 1], [-1, 1, -1], [1, -1, 1]])
F3 = F1[:, ::-1].copy()

SUMS1 = np.array(
    [
        [7, -1, 1, 3, 5, -1, 3],
        [-1, 9, -1, 3, -1, 1, -1],
        [1, -1, 9, -3, 1, -1, 5],
        [3, 3, -3, 5, -3, 3, 3],
        [5, -1, 1, -3, 9, -1, 1],
        [-1, 1, -1, 3, -1, 9, -1],
        [3, -1, 5, 3, 1, -1, 7],
    ]
)
SUMS2 = np.array(
    [
        [3, -5, 1, -1, 1, -5, 3],
        [-5, 5, -5, 3, -5, 5, -5],
        [1, -5, 5, -7, 5, -5, 1],
        [-1, 3, -7, 9, -7, 3, -1],
        [1, -5, 5, -7, 5, -5, 1],
        [-5, 5, -5, 3, -5, 5, -5],
        [3, -5, 1, -1, 1, -5, 3],
    ]
)
PRINTED = {0: 0.0, 1: 0.11, 3: 0.33, 5: 0.55, 7: 0.77, 9: 1.0}
MAP1, MAP2 = (np.vectorize(lambda s: np.sign(s) * PRINTED[abs(s)])(sums) for sums in (SUMS1, SUMS2))
MAP3 = MAP1[:, ::-1].copy()
P1 = [[1.00, 0.33, 0.55, 0.33], [0.33, 1.00, 0.33, 0.55], [0.55, 0.33, 1.00, 0.11], [0.33, 0.55, 0.11, 0.77]]
P2 = [[0.55, 0.33, 0.55, 0.33], [0.33, 1.00, 0.55, 0.11], [0.55, 0.55, 0.55, 0.11], [0.33, 0.11, 0.11, 0.33]]
P3 = [[0.33, 0.55, 1.00, 0.77], [0.55, 0.55, 1.00, 0.33], [1.00, 1.00, 0.11, 0.55], [0.77, 0.33, 0.55, 0.33]]
VECTOR_X = [1, 0.55, 0.55, 1, 1, 0.55, 0.55, 0.55, 0.55, 1, 1, 0.55]
VECTOR_TRICKY = [0.77, 0.55, 0.55, 0.77, 1, 0.33, 0.33, 0.33, 0.55, 0.77, 0.77, 0.55]
VECTOR_O = [0.55, 1, 1, 0.55, 0.55, 0.55, 0.55, 0.55, 1, 0.55, 0.55, 1]


def assert_word(got, wanted, what, words):
    """One of some words, in any case; `what` says what it should be, without saying which it is."""
    word = as_word(got, f"{what.rstrip(':')}: the answer")
    assert word.lower() in map(str.lower, words), (
        f"{what} choose one of the words {', '.join(words)}, not {word[:20]!r}"
    )
    assert word.lower() == wanted.lower(), f"{what} it is not {word[:20]!r}"


def lopsided(draw):
    """What `draw()` gives, as soon as it looks different however it is turned or flipped: so no mistake can hide."""
    while True:
        kernel = draw()
        views = [np.rot90(k, turns) for k in (kernel, kernel.T) for turns in range(4)]
        if not any(np.array_equal(kernel, view) for view in views[1:]):
            return kernel


# ------------------------------------------------------------------------------------------- 1. computers are literal

PAIR = "the count and the correlation"


@pytest.mark.exercise("pixel_match", points=1)
def test_pixel_match_counts(answer, reference, rng):
    count, _ = as_items(answer(X, TRICKY), 2, PAIR)
    assert_count(count, 65, "the number of cells in which the X and the tricky X are equal")
    a, b = rng.integers(-2, 4, (2, 5, 7))
    a[0, :3] = b[0, :3]
    a[1, :3], b[1, :3] = 1, 2  # of one sign and not equal
    a[2, :2], b[2, :2] = -1, -2
    count, _ = as_items(answer(a, b), 2, PAIR)
    assert_count(count, reference(a, b)[0], "the number of equal cells of two random pictures with values from -2 to 3")


@pytest.mark.exercise("pixel_match", points=1)
def test_pixel_match_correlates(answer, reference, rng):
    a, b = rng.integers(1, 6, (2, 5, 7))
    b[0] += 4  # so that the norms differ
    asked = {
        "the X and the tricky X": (X, TRICKY),
        "two random pictures with values from 1 to 9": (a, b),
        "a picture with itself": (a, a),
        "a picture with its negative": (a, -a),
    }
    given = [answer(*pair) for pair in asked.values()]  # all at once: the more is seen, the surer a mistake is named
    for (name, pair), result in zip(asked.items(), given, strict=True):
        _, correlation = as_items(result, 2, PAIR)
        assert_same(correlation, reference(*pair)[1], f"the normalised correlation of {name}")


# ----------------------------------------------------------------------------------------------- 2. sliding a window


@pytest.mark.exercise("slide_and_sum", points=1)
def test_slide_and_sum_of_the_example(answer):
    image = np.array([[0, 0, 1, 0, 1], [2, 1, 0, 1, 0], [0, 0, 1, 0, 1], [0, 1, 2, 1, 0], [2, 1, 0, 1, 0]])
    kernel = np.array([[1, 0, 1], [0, 0, 0], [1, 0, 1]])
    assert_same(answer(image, kernel), [[2, 0, 4], [4, 4, 2], [3, 2, 2]], "the map of the 5x5 example")


@pytest.mark.exercise("slide_and_sum", points=1)
def test_slide_and_sum_does_not_turn_the_kernel(answer):
    image = np.array([[5, 2, 3, 4], [6, 7, 8, 5], [4, 5, 4, 5], [1, 0, 2, 3]])
    what = f"the map of the image {image.tolist()} and the kernel [[1, 0], [1, -1]]"
    assert_same(answer(image, np.array([[1, 0], [1, -1]])), [[4, 1, 6], [5, 8, 7], [5, 3, 3]], what)


@pytest.mark.exercise("slide_and_sum", points=1)
def test_slide_and_sum_of_any_size(answer, reference, rng):
    height, width = rng.permutation([2, 3, 4])[:2]
    image, kernel = rng.integers(-3, 4, (height + 2, width + 6)), lopsided(lambda: rng.integers(-3, 4, (height, width)))
    what = f"the map of a {image.shape} image and a {kernel.shape} kernel"
    assert_same(answer(image, kernel), reference(image, kernel), what)
    image, kernel = rng.normal(size=(6, 5)), rng.normal(size=(3, 2))
    assert_same(answer(image, kernel), reference(image, kernel), "the map of an image and a kernel of floats")


def kernels_and_kinds(rng):
    """By what they are about: (kernel, kind, how a message calls it)."""
    ask, flat = "slide it over a picture and look what comes out:", "what does it say on a flat area?"
    still = "does every picture stay as it is?"
    silent = rng.normal(size=(5, 5))
    silent -= silent.mean()
    return {
        "well known": [
            (np.pad([[1]], 1), "identity", f"a 3x3 kernel of zeros with a 1 in the centre: {ask}"),
            (np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]), "edges", f"Sobel's kernel: {ask}"),
            (np.full((3, 3), 1 / 9), "other", f"the box blur, nine times 1/9: {ask}"),
            (np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]]), "other", f"the sharpening kernel: {ask}"),
            (np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]]), "edges", f"the Laplacian: {ask}"),
        ],
        "identity or not": [
            (np.pad([[1]], ((1, 1), (2, 2))), "identity", f"3 rows and 5 columns, a 1 in the centre: {still}"),
            (np.pad([[3]], 1), "other", f"3 in the centre, else zeros: {still}"),
            (np.pad([[1]], ((0, 2), (0, 2))), "other", f"a 1 in the corner: {still}"),
            (
                np.array([[0, -1, 0], [1, 1, 1], [0, -1, 0]]),
                "other",
                f"1 in the centre, and 1 and -1 beside it: {still}",
            ),
        ],
        "silent on flat areas": [
            (np.array([[0.1, 0.2, -0.3]] * 3), "edges", f"rows of 0.1, 0.2, -0.3: {flat}"),
            (np.zeros((3, 3)), "other", "nothing but zeros: it is silent everywhere, edges or not;"),
            (np.array([[0, -1, 0], [-1, 4, -1], [0, -1, 0]]) / 4, "edges", f"1 in the centre, four times -1/4: {flat}"),
            (silent, "edges", f"a random 5x5 kernel whose mean was subtracted: {flat}"),
        ],
        "not silent there": [
            (np.array([[0, -1, 0], [-1, 1, -1], [0, -1, 0]]), "other", f"1 in the centre, four times -1: {flat}"),
            (np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]]), "other", f"the sharpening kernel: {flat}"),
            (
                silent + np.pad([[0.5]], 2),
                "other",
                f"a random 5x5 kernel of mean 0, with 0.5 added in the centre: {flat}",
            ),
            (
                np.array([[-1, 0, 1], [-2, 0.05, 2], [-1, 0, 1]]),
                "other",
                f"Sobel's kernel with 0.05 in the centre: {flat}",
            ),
        ],
    }


def assert_kinds(answer, rng, about):
    """One part is told; all are asked about first, since the more is seen, the surer a mistake is named."""
    asked = kernels_and_kinds(rng)
    given = {part: [answer(kernel) for kernel, _, _ in kernels] for part, kernels in asked.items()}
    for mine, (_, kind, name) in zip(given[about], asked[about], strict=True):
        assert_word(mine, kind, name, ("identity", "edges", "other"))


@pytest.mark.exercise("kernel_kind", points=1)
def test_kernel_kind_of_known_kernels(answer, rng):
    assert_kinds(answer, rng, "well known")


@pytest.mark.exercise("kernel_kind", points=1)
def test_kernel_kind_tells_the_identity(answer, rng):
    assert_kinds(answer, rng, "identity or not")


@pytest.mark.exercise("kernel_kind", points=1)
def test_kernel_kind_tells_what_is_silent(answer, rng):
    assert_kinds(answer, rng, "silent on flat areas")


@pytest.mark.exercise("kernel_kind", points=1)
def test_kernel_kind_tells_what_is_not_silent(answer, rng):
    assert_kinds(answer, rng, "not silent there")


# ------------------------------------------------------------------------------------------------------- 3. the maps


@pytest.mark.exercise("xo_map", points=1)
def test_xo_map_falling(answer):
    assert_same(answer(X, F1), MAP1, "map 1, the X and the falling stroke")


@pytest.mark.exercise("xo_map", points=1)
def test_xo_map_crossing_and_rising(answer):
    assert_same(answer(X, F2), MAP2, "map 2, the X and the crossing")
    assert_same(answer(X, F3), MAP3, "map 3, the X and the rising stroke")


@pytest.mark.exercise("xo_map", points=1)
def test_xo_map_of_any_picture(answer, reference, rng):
    image, kernel = rng.choice([-1, 1], (8, 11)), lopsided(lambda: rng.choice([-1, 1], (3, 3)))
    assert_same(answer(image, kernel), reference(image, kernel), "the map of a random 8x11 picture and a random filter")


# ----------------------------------------------------------------------------------------------- 4. to 6. pool and ReLU


@pytest.mark.exercise("max_pool_same", points=1)
def test_max_pool_same_of_the_three_maps(answer):
    for number, (before, after) in enumerate([(MAP1, P1), (MAP2, P2), (MAP3, P3)], start=1):
        assert_same(answer(before), after, f"map {number}, 7x7, after pooling")


@pytest.mark.exercise("max_pool_same", points=1)
def test_max_pool_same_where_all_is_negative(answer, reference, rng):
    x = -rng.integers(1, 50, (5, 7))
    assert_same(answer(x), reference(x), "a 5x7 map of negative numbers after pooling")


@pytest.mark.exercise("max_pool_same", points=1)
def test_max_pool_same_of_any_size(answer, reference, rng):
    for rows, columns in ((6, 8), (3, 10), (1, 1)):
        x = rng.normal(size=(rows, columns))
        x[rows // 2 * 2 :] = -1 - abs(x[rows // 2 * 2 :])  # partial windows with nothing near 0
        x[:2, :2] = -1 - abs(x[:2, :2])
        assert_same(answer(x), reference(x), f"a map of shape {x.shape} after pooling")


@pytest.mark.exercise("relu_map", points=1)
def test_relu_map(answer, reference, rng):
    assert_same(answer(MAP1), np.where(MAP1 > 0, MAP1, 0), "map 1 after ReLU")
    x = rng.normal(scale=3, size=(5, 6))
    assert_same(answer(x), reference(x), "a random map, also with numbers beyond 1, after ReLU")


@pytest.mark.exercise("both_orders", points=1)
def test_both_orders(answer, reference, rng):
    x = rng.integers(-9, 5, (7, 9))
    x[:4, :4] = -abs(x[:4, :4]) - 1  # whole windows without a positive number
    relu_first, pool_first = as_items(answer(x), 2, "the two maps")
    expected = reference(x)
    assert_same(relu_first, expected[0], "ReLU and then max pooling of a random 7x9 map")
    assert_same(pool_first, expected[1], "max pooling and then ReLU of a random 7x9 map")


@pytest.mark.exercise("why_they_commute", points=1)
def test_why_they_commute(answer):
    words = ("linear", "monotone", "positive", "idempotent")
    what = "try it on a window of negative numbers, and think of what else commutes with a maximum:"
    assert_word(answer, "monotone", what, words)


@pytest.mark.exercise("average_counterexample", points=1)
def test_average_counterexample(answer):
    window = as_array(answer, "the window")
    assert window.size == 4 and window.dtype.kind in "biuf", "give a window of 2x2 numbers, such as [[1, 2], [3, 4]]"
    window = window.astype(float)
    assert np.isfinite(window).all(), "give four finite numbers"
    assert window.any(), "of zeros, every mean and every ReLU is zero"
    assert (window < 0).any(), "without a negative number ReLU has nothing to do: look for another window"
    assert (window > 0).any(), "without a positive number both are zero: look for another window"
    before, after = max(window.mean(), 0), np.maximum(window, 0).mean()
    difference = f"the ReLU of the mean is {before:g} and the mean of the ReLUs is {after:g}"
    assert abs(before - after) > 1e-9, f"{difference}: here they commute, look for another window"


# ------------------------------------------------------------------------------------------------ 7. vectors and votes


@pytest.mark.exercise("feature_vector", points=1)
def test_feature_vector_of_the_case_study(answer):
    filters = [F1, F2, F3]
    for image, expected, name in ((X, VECTOR_X, "X"), (TRICKY, VECTOR_TRICKY, "tricky X"), (O, VECTOR_O, "O")):
        assert_same(answer(image, filters), expected, f"the twelve numbers of the {name}")


@pytest.mark.exercise("feature_vector", points=1)
def test_feature_vector_of_any_picture(answer, reference, rng):
    blank, ones = -np.ones((9, 9), dtype=int), np.ones((3, 3), dtype=int)
    what = "the numbers of blank paper with a filter of nine ones"
    assert_same(answer(blank, [ones]), reference(blank, [ones]), what)
    image, filters = rng.choice([-1, 1], (11, 16)), [rng.choice([-1, 1], (3, 3)) for _ in range(4)]
    what = "the numbers of a random 11x16 picture with four random filters"
    assert_same(answer(image, filters), reference(image, filters), what)


@pytest.mark.exercise("votes", points=1)
def test_votes(answer, reference, rng):
    named = {"X": VECTOR_X, "tricky X": VECTOR_TRICKY, "O": VECTOR_O}
    vectors = {f"of the {name}": np.array(vector) for name, vector in named.items()}
    vectors["that twelve random numbers give"] = rng.random(12)
    for name, vector in vectors.items():
        vote_x, vote_o = as_items(answer(vector), 2, "the vote for X and the vote for O")
        right = reference(vector)
        assert_same(vote_x, right[0], f"the vote for X {name}")
        assert_same(vote_o, right[1], f"the vote for O {name}")


@pytest.mark.exercise("classify", points=1)
def test_classify_the_case_study(answer, rng):
    """The X and the O also moved by one cell, each several times and in any order."""
    moves = [(0, 0), (0, 0), (0, 1), (1, 0), (0, -1), (-1, 0)]
    pictures = [(np.roll(image, move, (0, 1)), letter) for image, letter in ((X, "X"), (O, "O")) for move in moves]
    pictures += [(TRICKY, "X")] * 3
    pictures = [pictures[place] for place in rng.permutation(len(pictures))]
    given = [answer(image) for image, _ in pictures]
    for mine, (image, letter) in zip(given, pictures, strict=True):
        kind = "the tricky X" if image is TRICKY else f"the {letter}, where it is drawn or moved by one cell,"
        assert_word(mine, letter, f'{kind} should be told by the larger vote, "X" or "O":', "XO")


def spoiled_picture(rng):
    """An O with ten cells spoiled, or a scribble."""
    image = rng.choice([-1, 1], (9, 9))
    if rng.random() < 0.7:
        image = O.copy()
        image.flat[rng.choice(81, size=10, replace=False)] *= -1
    return image


def spoiled_pictures(rng, votes):
    """Such pictures and their votes, without end; many are run through the network at once, as most go to waste."""
    kernels = np.stack([F1, F2, F3], axis=-1)[:, :, None]
    while True:
        images = np.stack([spoiled_picture(rng) for _ in range(32)])
        maps = convolution.relu(convolution.truncate(convolution.conv_layer(images[..., None], kernels), 9))
        pooled = convolution.max_pool2d(convolution.max_pool2d(maps, padding="same"), padding="same")
        yield from zip(images, map(votes, pooled.transpose(0, 3, 1, 2).reshape(len(images), -1)), strict=True)


def spoiled(rng, votes):
    """Spoiled letters and scribbles, and who wins: of either winner some with a high and some with a low vote for X."""
    found = {kind: [] for kind in [("X", True), ("X", False), ("O", True), ("O", False)]}
    for image, (vote_x, vote_o) in spoiled_pictures(rng, votes):
        winner = "X" if vote_x > vote_o else "O"
        if abs(vote_x - vote_o) > 0.02:  # a tie may go either way
            is_high = vote_x > 0.65 and (winner == "X" or 5 * vote_x > 4 * vote_o)  # also where five voters are summed
            found[winner, bool(is_high)].append((image, winner))
        if all(len(pairs) >= 4 for pairs in found.values()):
            return [pair for pairs in found.values() for pair in pairs[:6]]


@pytest.mark.exercise("classify", points=1)
def test_classify_spoiled_letters_and_scribbles(answer, solution, rng):
    pictures = spoiled(rng, solution.votes)
    given = [as_word(answer(image), "the letter") for image, _ in pictures]
    wrong = sum(mine.upper() != letter for mine, (_, letter) in zip(given, pictures, strict=True))
    assert not wrong, f"{wrong} of {len(given)} spoiled letters and scribbles did not go to the larger vote"
