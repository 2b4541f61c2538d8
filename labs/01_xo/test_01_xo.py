"""Checks of lab 01_xo. Ids such as E-26 or X/O-4 are those of the course's catalogue; slides 002 and 003."""

import numpy as np
import pytest

from ccv.grading import assert_same

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


def two(result, what):
    """Two things in a tuple or list, or a kind word."""
    assert isinstance(result, tuple | list) and len(result) == 2, f"return {what}: two things, as `return a, b`"
    return result


# ------------------------------------------------------------------------------------------- 1. computers are literal


@pytest.mark.exercise("pixel_match", points=1)
def test_pixel_match_of_the_tricky_x(answer):
    count, correlation = two(answer(X, TRICKY), "the count and the correlation")
    assert_same(count, 65, "the number of cells in which the X and the tricky X are equal (slides 002, E-32)")
    assert_same(round(float(correlation), 3), 0.605, "the normalised correlation of the X and the tricky X (E-32)")


@pytest.mark.exercise("pixel_match", points=1)
def test_pixel_match_of_any_pictures(answer, reference, rng):
    a, b = rng.integers(-2, 4, (5, 7)), rng.integers(-2, 4, (5, 7))
    count, correlation = two(answer(a, b), "the count and the correlation")
    expected = reference(a, b)
    assert_same(count, expected[0], "the number of equal cells of two random pictures with values from -2 to 3")
    assert_same(correlation, expected[1], "the normalised correlation of two random pictures with values from -2 to 3")
    _, with_itself = answer(a, a)
    assert_same(with_itself, 1, "the correlation of a picture with itself")


# ----------------------------------------------------------------------------------------------- 2. sliding a window


@pytest.mark.exercise("slide_and_sum", points=1)
def test_slide_and_sum_finishes_the_slides(answer):
    image = np.array([[0, 0, 1, 0, 1], [2, 1, 0, 1, 0], [0, 0, 1, 0, 1], [0, 1, 2, 1, 0], [2, 1, 0, 1, 0]])
    kernel = np.array([[1, 0, 1], [0, 0, 0], [1, 0, 1]])
    assert_same(
        answer(image, kernel), [[2, 0, 4], [4, 4, 2], [3, 2, 2]], "the map of the 5x5 example (slides 002, E-10)"
    )


@pytest.mark.exercise("slide_and_sum", points=1)
def test_slide_and_sum_does_not_turn_the_kernel(answer):
    image = np.array([[5, 2, 3, 4], [6, 7, 8, 5], [4, 5, 4, 5], [1, 0, 2, 3]])
    assert_same(
        answer(image, np.array([[1, 0], [1, -1]])),
        [[4, 1, 6], [5, 8, 7], [5, 3, 3]],
        "the map of the 4x4 image and the 2x2 kernel (slides 003; they print the first two numbers, 4 and 1)",
    )


@pytest.mark.exercise("slide_and_sum", points=1)
def test_slide_and_sum_of_any_size(answer, reference, rng):
    height, width = rng.permutation([2, 3, 4])[:2]
    image, kernel = rng.integers(-3, 4, (height + 2, width + 6)), rng.integers(-3, 4, (height, width))
    what = f"the map of a {image.shape} image and a {kernel.shape} kernel"
    assert_same(answer(image, kernel), reference(image, kernel), what)
    image, kernel = rng.normal(size=(6, 5)), rng.normal(size=(3, 2))
    assert_same(answer(image, kernel), reference(image, kernel), "the map of an image and a kernel of floats")


@pytest.mark.exercise("kernel_kind", points=1)
def test_kernel_kind_of_known_kernels(answer):
    centre = np.pad([[1]], 1)
    ask = "slide it over a picture and look: what comes out?"
    assert answer(centre) == "identity", f"a 3x3 kernel of zeros with a 1 in the centre: {ask} (E-15)"
    assert answer(np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])) == "edges", f"Sobel's kernel: {ask}"
    assert answer(np.full((3, 3), 1 / 9)) == "other", f"the box blur, nine times 1/9: {ask}"
    assert answer(np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]])) == "other", f"the sharpening kernel: {ask}"
    assert answer(np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]])) == "edges", f"the Laplacian: {ask}"


@pytest.mark.exercise("kernel_kind", points=1)
def test_kernel_kind_of_any_kernel(answer, rng):
    floats = np.array([[0.1, 0.2, -0.3]] * 3)
    assert answer(floats) == "edges", "rows of 0.1, 0.2, -0.3: what does it say on a flat area?"
    assert answer(np.pad([[1]], ((1, 1), (2, 2)))) == "identity", (
        "a kernel of 3 rows and 5 columns, zeros but the centre"
    )
    assert answer(np.pad([[3]], 1)) == "other", "3 in the centre, else zeros: does every picture stay as it is?"
    assert answer(np.pad([[1]], ((0, 2), (0, 2)))) == "other", "a 1 in the corner: does every picture stay where it is?"
    assert answer(np.zeros((3, 3))) == "other", "nothing but zeros: it is silent everywhere, edges or not"
    kernel = rng.normal(size=(5, 5))
    kernel -= kernel.mean()
    assert answer(kernel) == "edges", "a random 5x5 kernel whose mean was subtracted"
    kernel[2, 2] += 0.5
    assert answer(kernel) == "other", "the same with 0.5 added in the centre: what does it say on a flat area?"


# ------------------------------------------------------------------------------------------------------- 3. the maps


@pytest.mark.exercise("xo_map", points=1)
def test_xo_map_falling(answer):
    assert_same(answer(X, F1), MAP1, "map 1, the X and the falling stroke (slides 002, E-26)")


@pytest.mark.exercise("xo_map", points=1)
def test_xo_map_crossing_and_rising(answer):
    assert_same(answer(X, F2), MAP2, "map 2, the X and the crossing (slides 002, E-26)")
    assert_same(answer(X, F3), MAP3, "map 3, the X and the rising stroke (slides 002, E-26)")


@pytest.mark.exercise("xo_map", points=1)
def test_xo_map_of_any_picture(answer, reference, rng):
    image, kernel = rng.choice([-1, 1], (8, 11)), rng.choice([-1, 1], (3, 3))
    assert_same(answer(image, kernel), reference(image, kernel), "the map of a random 8x11 picture and a random filter")


@pytest.mark.exercise("rounding_differences", points=1)
def test_rounding_differences_on_the_slides(answer):
    ask = "the cells that {} would change (E-27), in the sums of map {}"
    counts = two(answer(SUMS1), "the count for rounding and the count for floor")
    assert_same(counts[0], 7, ask.format("rounding", 1))
    assert_same(counts[1], 20, ask.format("floor", 1))
    assert_same(answer(SUMS2)[0], 28, ask.format("rounding", 2))
    assert_same(answer(SUMS1[:, ::-1].copy())[0], 7, ask.format("rounding", 3))


@pytest.mark.exercise("rounding_differences", points=1)
def test_rounding_differences_of_any_sums(answer, reference, rng):
    sums = np.concatenate([rng.integers(-27, 28, (4, 6)), [[-18, -9, 0, 9, 18, -5]]])
    counts, expected = two(answer(sums), "the count for rounding and the count for floor"), reference(sums)
    assert_same(counts[0], expected[0], "the cells that rounding would change, in random sums from -27 to 27")
    assert_same(counts[1], expected[1], "the cells that floor would change, in random sums from -27 to 27")


# ----------------------------------------------------------------------------------------------- 4. to 6. pool and ReLU


@pytest.mark.exercise("max_pool_same", points=1)
def test_max_pool_same_on_the_slides(answer):
    assert_same(answer(MAP1), P1, "map 1 after pooling, 7x7 to 4x4 (slides 002, E-28)")
    assert_same(answer(MAP2), P2, "map 2 after pooling (slides 002, E-28)")
    assert_same(answer(MAP3), P3, "map 3 after pooling (slides 002, E-28)")


@pytest.mark.exercise("max_pool_same", points=1)
def test_max_pool_same_where_all_is_negative(answer, reference, rng):
    x = -rng.integers(1, 50, (5, 7))
    assert_same(answer(x), reference(x), "a 5x7 map of negative numbers after pooling")


@pytest.mark.exercise("max_pool_same", points=1)
def test_max_pool_same_of_any_size(answer, reference, rng):
    for shape in ((6, 8), (3, 10), (1, 1)):
        x = rng.normal(size=shape)
        assert_same(answer(x), reference(x), f"a map of shape {shape} after pooling")


@pytest.mark.exercise("relu_map", points=1)
def test_relu_map(answer, reference, rng):
    result = answer(MAP1)
    assert_same(result, np.where(MAP1 > 0, MAP1, 0), "map 1 after ReLU (slides 002, E-29)")
    assert_same(result[:, 6], [0.33, 0, 0.55, 0.33, 0.11, 0, 0.77], "its last column, which the slides lost (E-29)")
    x = rng.normal(scale=3, size=(5, 6))
    assert_same(answer(x), reference(x), "a random map, also with numbers beyond 1, after ReLU")


@pytest.mark.exercise("both_orders", points=1)
def test_both_orders(answer, reference, rng):
    x = rng.integers(-9, 5, (7, 9))
    x[:4, :4] = -abs(x[:4, :4]) - 1  # whole windows without a positive number
    relu_first, pool_first = two(answer(x), "ReLU first, then pool first")
    expected = reference(x)
    assert_same(relu_first, expected[0], "ReLU and then max pooling of a random 7x9 map (E-30)")
    assert_same(pool_first, expected[1], "max pooling and then ReLU of a random 7x9 map (E-30)")


@pytest.mark.exercise("why_they_commute", points=1)
def test_why_they_commute(answer):
    assert answer in ("linear", "monotone", "positive", "idempotent"), "choose one of the four words"
    assert answer == "monotone", (
        f'"{answer}" is not the reason (E-30): try it on a window of negative numbers, and think of what other functions '
        "would commute with a maximum"
    )


@pytest.mark.exercise("average_counterexample", points=1)
def test_average_counterexample(answer):
    window = np.asarray(answer, dtype=float)
    assert window.shape == (2, 2), "give a window of 2x2 numbers, such as [[1, 2], [3, 4]]"
    assert np.isfinite(window).all(), "give four finite numbers"
    before, after = max(window.mean(), 0), np.maximum(window, 0).mean()
    assert abs(before - after) > 1e-9, (
        f"the ReLU of the mean is {before:g} and the mean of the ReLUs is {after:g}: here they commute, look for another window"
    )


# ------------------------------------------------------------------------------------------------ 7. vectors and votes


@pytest.mark.exercise("feature_vector", points=1)
def test_feature_vector_of_the_case_study(answer):
    filters = [F1, F2, F3]
    for image, expected, name in ((X, VECTOR_X, "X"), (TRICKY, VECTOR_TRICKY, "tricky X"), (O, VECTOR_O, "O")):
        assert_same(answer(image, filters), expected, f"the twelve numbers of the {name} (slides 002, E-31)")


@pytest.mark.exercise("feature_vector", points=1)
def test_feature_vector_of_any_picture(answer, reference, rng):
    blank, ones = -np.ones((9, 9), dtype=int), np.ones((3, 3), dtype=int)
    assert_same(
        answer(blank, [ones]), reference(blank, [ones]), "the numbers of blank paper with a filter of nine ones"
    )
    image, filters = rng.choice([-1, 1], (11, 16)), [rng.choice([-1, 1], (3, 3)) for _ in range(4)]
    what = "the numbers of a random 11x16 picture with four random filters"
    assert_same(answer(image, filters), reference(image, filters), what)


@pytest.mark.exercise("votes", points=1)
def test_votes(answer, reference, rng):
    for vector, expected, name in ((VECTOR_X, (1, 0.55), "X"), (VECTOR_TRICKY, (0.816, 0.55), "tricky X")):
        vote_x, vote_o = two(answer(vector), "the vote for X and the vote for O")
        assert_same(vote_x, expected[0], f"the vote for X of the {name} (E-31)")
        assert_same(vote_o, expected[1], f"the vote for O of the {name} (E-31)")
    vector = rng.random(12)
    assert_same(answer(vector), reference(vector), "the votes of twelve random numbers")


@pytest.mark.exercise("classify", points=1)
def test_classify_the_case_study(answer):
    letters = {"the O": (O, "O"), "the tricky X": (TRICKY, "X"), "the X": (X, "X")}
    given = {name: answer(image) for name, (image, _) in letters.items()}
    for name, (_, letter) in letters.items():
        assert given[name] == letter, f'{name} is classified as {given[name]!r}; return "X" or "O" (E-31)'


@pytest.mark.exercise("classify", points=1)
def test_classify_spoiled_letters_and_scribbles(answer, solution, rng):
    given, right = [], []
    while len(given) < 24:
        image = (O, TRICKY, X)[len(given) % 3].copy()
        cells = rng.choice(81, size=8, replace=False)
        image.flat[cells] *= -1
        if len(given) % 2:
            image = rng.choice([-1, 1], (9, 9))
        vote_x, vote_o = solution.votes(solution.feature_vector(image, [F1, F2, F3]))
        if abs(vote_x - vote_o) < 0.02:  # a tie may go either way
            continue
        given.append(answer(image))
        right.append("X" if vote_x > vote_o else "O")
    wrong = sum(mine != letter for mine, letter in zip(given, right, strict=True))
    assert not wrong, f"{wrong} of 24 spoiled letters and scribbles did not go to the larger vote (E-31)"
