"""What is said of wrong numbers in general is true of all of them, and more than chance."""

import numpy as np
import pytest

from ccv.grading.mistakes.parts import parts_of
from ccv.grading.mistakes.relations import NUMBERS, WHOLES, relation_of

RNG = np.random.default_rng(12)
TABLES = [(RNG.normal(size=shape), RNG.normal(size=shape)) for shape in ((4, 3), (5, 2))]


def said_of(turn, rights=tuple(a for pair in TABLES for a in pair), table=NUMBERS + WHOLES):
    return relation_of([(turn(right), right) for right in rights], table)


@pytest.mark.parametrize(
    ("turn", "says"),
    [
        (lambda n: 2 * n, "every wrong number is twice what it should be"),
        (lambda n: n / 255, "every wrong number is what it should be, divided by 255"),
        (lambda n: (n + 1).tolist(), "every wrong number is 1 too large"),
        (lambda n: (1 - n).astype("float32"), "every wrong number is 1 minus the right one"),
        (lambda n: 1 / n, "every wrong number is 1 divided by the right one"),
        (lambda n: n**2, "every wrong number is the square of the right one"),
        (lambda n: n.astype(int) * 0 + np.rint(n), "every wrong number is rounded to a whole one"),
        (lambda n: np.round(n, 2), "every wrong number is rounded to 2 digits after the point"),
        (np.abs, "every wrong number is the right one with the other sign"),
        (np.degrees, "every wrong number is in degrees: radians were asked for"),
        (lambda n: 3**0.5 * n, "every wrong number is the right one, times the square root of 3"),
        (
            lambda n: n / np.log(10),
            "every wrong number is what it should be, divided by the natural logarithm of 10: "
            "which base has the logarithm?",
        ),
        (lambda n: n / 1024, "every wrong number is what it should be, divided by 1024"),
        (lambda n: np.diff(n, axis=0, prepend=0), "each number is only what it adds to the one before"),
        (np.diagonal, "that is only the diagonal of what was asked for"),
        (lambda n: n.T, "it is transposed: the axes are in reverse order"),
        (lambda n: n[:, ::-1], "it is in reverse order along its last axis"),
        (lambda n: n[::-1], "it is in reverse order along axis 0"),
        (lambda n: n[1:], "the first is missing"),
        (lambda n: n.sum(), "that is the sum of what was asked for"),
        (lambda n: n.mean(0), "that is the mean of what was asked for, along axis 0"),
        (lambda n: n.max(1, keepdims=True), "that is the largest of what was asked for, along axis 1"),
        (lambda n: n[:, 0], "that is only the first column of what was asked for"),
        (lambda n: n[:, -1:], "that is only the last of what was asked for, along its last axis"),
        (lambda n: n.ravel(), "the numbers are right, but in another shape"),
        (lambda n: np.sort(n, axis=0)[::-1], "the numbers are right, but in another order"),
        (lambda n: np.concatenate([n, n[:1]]), "there is one too many at the end"),
    ],
)
def test_what_was_done_to_the_numbers_is_said(turn, says):
    assert said_of(turn) == says


def test_counts_and_truth_values_have_relations_too():
    counts = [np.arange(5), np.array([7, 300, 9])]
    assert said_of(lambda n: n - 1, counts) == "every wrong number is 1 too small"
    assert said_of(lambda n: n.astype(np.uint8), [np.array([300, 700, 20])]).startswith(
        "the numbers start again at 256"
    )
    assert said_of(lambda n: n + 0.3, counts) == (
        "whole numbers were asked for: rounded down, every wrong one would be right"
    )
    assert said_of(lambda n: n + 1.3, counts) is None
    sparse = [np.array([0, 4, 0, 9]), np.array([3, 0])]
    assert said_of(lambda n: n[n > 0], sparse) == "the zeros are left out: they belong in the answer"
    assert said_of(lambda n: n[n > 3], sparse) is None
    truths = [np.array([True, False, True]), [False, False, True]]
    assert said_of(np.logical_not, truths) == "True and False are exchanged"
    assert relation_of([(True, 0.0), (False, 7.5)], NUMBERS) is None  # numbers were asked for
    assert said_of(lambda n: np.zeros(3, bool), truths) is None
    distances = [np.array([0.0, 0.0, 7.0]), np.array([3.0, 0.0])]
    assert said_of(lambda n: n == 0, distances) is None  # whether they are zero, where numbers were asked for


def test_one_answer_that_is_not_explained_is_enough_to_say_nothing():
    right = TABLES[0][0]
    bent = 2 * right
    bent[0, 0] += 0.01
    assert relation_of([(2 * right, right), (bent, right)], NUMBERS + WHOLES) is None
    assert relation_of([(2 * right, right), (right, right)], NUMBERS) is not None  # many numbers, beside right ones
    assert relation_of([(26, 13), (13, 13), (104, 52)], NUMBERS) is None  # two, and they may be chance


@pytest.mark.parametrize("pairs", [[(4, 2)], [(4, 2), (4, 2)], [("X", "O"), ("O", "X")], [(None, 3), (4, 2)], []])
def test_too_little_says_nothing(pairs):
    assert relation_of(pairs, NUMBERS + WHOLES) is None


def test_a_large_count_does_not_make_the_small_ones_looser():
    pairs = [(3072, 3073), (30720, 30730), (40_961_024, 40_960_000), (16_384_001_024, 16_384_000_000)]
    assert relation_of(pairs, NUMBERS + WHOLES) is None
    assert relation_of([(float(a), b) for a, b in pairs], NUMBERS + WHOLES) is None


def test_noise_says_nothing():
    assert said_of(lambda n: n + RNG.normal(size=n.shape)) is None


def test_the_parts_of_an_answer_are_looked_at_one_by_one():
    boxes, scores = TABLES
    rights = list(zip(boxes, scores, strict=True))
    assert said_of(lambda right: (right[0], 2 * right[1]), rights) == "every wrong number is twice what it should be"
    assert (
        parts_of([(right[::-1], right) for right in rights])
        == "the parts of the answer are right, but in another order"
    )
    assert parts_of([(right[1], right) for right in rights]) == "that is part 2 alone of the 2 that were asked for"
    assert parts_of([((right[1], right[1]), right) for right in rights]) is None
