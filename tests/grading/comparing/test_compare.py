"""Comparisons of what students return: one rule for numbers, and no answer makes the grader's own memory explode."""

import numpy as np
import pytest

from ccv.grading import assert_count, assert_same
from ccv.grading.comparing.difference import Different
from ccv.grading.mistakes.alike import same

BOMB = ["a" * 10**5] + ["b"] * 10**6  # as an array, 400 GB
SUMS = np.array([[7, -1, 3], [-1, 9, 5]])
REALS = np.array([[0.1, -2.5e-4], [3e3, 1 / 3]])


@pytest.mark.slow
@pytest.mark.parametrize("bomb", [BOMB, [[1, 2], ["x" * 10**6] * 10**5], (b"x" * 10**6, *[1] * 10**5)])
def test_text_among_numbers_is_never_made_an_array(bomb):
    with pytest.raises(Different, match="text"):
        assert_same(bomb, [1, 2])
    for other in (28, [1, 2], np.eye(2)):
        assert not same(bomb, other) and not same(other, bomb)


def test_lists_of_text_are_compared_word_by_word():
    assert same(["cat", ("dog", 1)], ["cat", ("dog", 1)])
    assert not same(["cat", "dog"], ["cat", "cat"])
    assert not same(np.array(["cat"]), np.array(["cat", "dog"]))
    assert same([[1, 2], [3, 4]], np.array([[1.0, 2.0], [3.0, 4.0]]))


@pytest.mark.parametrize(
    "form",
    [
        SUMS.tolist(),
        tuple(map(tuple, SUMS.tolist())),
        [*SUMS],
        SUMS.astype("float32"),
        SUMS.astype(float).tolist(),
        SUMS.astype("int8"),
        SUMS + 1e-7,
        (SUMS * np.float32(0.1) / np.float32(0.1)).astype("float32"),
    ],
)
def test_whole_numbers_in_any_usual_form_are_right(form):
    assert_same(form, SUMS)


@pytest.mark.parametrize(
    "form", [REALS.tolist(), REALS.astype("float32"), [*REALS.astype("float32")], REALS * (1 - 4e-6)]
)
def test_real_numbers_in_any_usual_form_are_right(form):
    assert_same(form, REALS)


@pytest.mark.parametrize("got", [5, 5.0, np.float32(5), np.array(5), np.array(5.0, "float16"), np.uint8(5)])
def test_a_count_in_any_usual_form_is_right(got):
    assert_count(got, 5)
    assert_same(got, 5)


@pytest.mark.parametrize(
    ("got", "right", "said"),
    [
        (16384000000.01, 16384000000, "is 16384000000.01, but a count is a whole number"),
        (5.0000001, 5, "is 5.0000001, but a count is a whole number"),
        (5 + 0j, 5, "complex"),
        (True, 1, "should be counted"),
        ([True, False], [1, 0], "should be counted"),
        (6, 5, "is 6, which is not right"),
        (float("nan"), 5, "is nan"),
        (float("inf"), 5, "is inf"),
        ("5", 5, "text"),
        (None, 5, "is there a `return`"),
        ([5, 5], 5, r"an array of shape \(2,\), but a single number was expected"),
        (10**400, 5, "far too large"),
    ],
)
def test_what_is_no_count_or_a_wrong_one_is_told(got, right, said):
    with pytest.raises(Different, match=said):
        assert_count(got, right)


@pytest.mark.parametrize("whole", [16384000000, 1668490, 1, 0])
@pytest.mark.parametrize("off", [1, -1, 0.01])
def test_no_tolerance_lets_a_wrong_whole_number_pass(whole, off):
    with pytest.raises(Different):
        assert_same(whole + off, whole)
    with pytest.raises(Different):
        assert_same(float(whole) + off, whole)
    with pytest.raises(Different):
        assert_count(whole + off, whole)


@pytest.mark.parametrize("scale", [1.0, 255.0, 1e6])
def test_float32_rounding_is_never_a_mistake(scale):
    rng = np.random.default_rng(3)
    image, kernel = rng.normal(0, scale, (9, 9)), rng.normal(size=(3, 3))
    windows = np.lib.stride_tricks.sliding_window_view(image, (3, 3))
    exact = (windows * kernel).sum((2, 3))
    rounded = (windows.astype("float32") * kernel.astype("float32")).sum((2, 3), dtype="float32")
    assert_same(rounded, exact)
    with pytest.raises(Different):
        assert_same(exact * 1.0001, exact)


@pytest.mark.parametrize("right", [0.605, 1 / 3, 1e-4, 123456.789, 2 / 3 * 1e9, 1e-12])
@pytest.mark.parametrize("off", [1e-3, 2e-5, 1e-9])
def test_two_numbers_that_look_alike_are_never_called_different(right, off):
    got = right + off * max(1.0, right)
    with pytest.raises(Different) as failure:
        assert_same(got, right, "it", tolerance=0)
    shown = str(failure.value).split(" is ")[1].split(",")[0]
    digits = len(shown.split("e")[0].replace(".", "").replace("-", "").lstrip("0"))
    assert shown != f"{right:.{digits}g}"


def test_true_is_no_number_but_a_mask_is_as_good_as_zeros_and_ones():
    with pytest.raises(Different, match="is True, but a number is asked for"):
        assert_same(True, 1.0)
    assert_same([True, False], [1, 0])
    assert_same([1, 0], [True, False])
    assert_same(np.True_, True)


def test_what_should_be_infinite_or_no_number_must_be_so():
    assert_same([np.inf, np.nan, 1], [np.inf, np.nan, 1])
    for wrong in ([-np.inf, np.nan, 1], [1e300, np.nan, 1], [np.inf, 0, 1], [np.inf, np.nan, np.inf]):
        with pytest.raises(Different, match="wrong in 1 of 3"):
            assert_same(wrong, [np.inf, np.nan, 1])
