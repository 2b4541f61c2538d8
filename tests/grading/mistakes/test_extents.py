"""Answers that hold more than was asked for, or less, are told; chance and other mistakes are not."""

import numpy as np

from ccv.grading.mistakes.extents import extent_of

rng = np.random.default_rng(0)
MAPS = [rng.normal(size=shape) for shape in ((2, 3, 4), (5, 2, 6))]


def said_of(answer, right):
    return extent_of([(answer(maps), right(maps)) for maps in MAPS])


def test_an_axis_that_is_left():
    assert said_of(np.asarray, lambda n: n.sum(-1)) == "an axis is left: the sum along the last one was asked for"
    assert said_of(np.asarray, lambda n: n.mean(0)) == "an axis is left: the mean along the first one was asked for"


def test_one_of_many():
    assert said_of(np.asarray, lambda n: n[..., 1]) == "only one of these along the last axis was asked for"
    assert said_of(np.asarray, lambda n: n[1] + n[0]) != "only one of these along the first axis was asked for"


def test_what_is_cut_off():
    assert said_of(lambda n: np.minimum(n, 0.5), np.asarray) == "what is above 0.5 is cut off"
    assert said_of(lambda n: np.maximum(n, 0), np.asarray) == "what is below 0 is cut off"
    assert said_of(lambda n: np.clip(n, -0.5, 0.5), np.asarray) == "what is above 0.5 or below -0.5 is cut off"


def test_other_mistakes_are_not_told():
    assert said_of(np.abs, np.asarray) is None
    assert said_of(lambda n: np.full(n.shape, 0.5), np.asarray) is None
    assert extent_of([([0.2, 1, 0.7], [0.2, 3, 0.7])]) is None  # a single wrong number tells nothing


ROWS = [np.array([4, 7, 2, 9]), np.array([3, 8, 6])]
TABLES = [rng.normal(size=shape) for shape in ((3, 4), (5, 2))]


def emptied(numbers, *ends):
    numbers = numbers.copy()
    for at in ends:
        numbers[at] = 0
    return numbers


def test_an_end_that_was_not_filled():
    row, column = np.s_[-1, :], np.s_[:, -1]
    assert extent_of([(emptied(n, -1), n) for n in ROWS]).startswith("the last of the numbers is 0")
    assert extent_of([(emptied(n, 0), n) for n in ROWS]).startswith("the first of the numbers is 0")
    assert extent_of([(emptied(n, row), n) for n in TABLES]).startswith("the last row is 0")
    assert extent_of([(emptied(n, column), n) for n in TABLES]).startswith("the last column is 0")
    assert extent_of([(emptied(n, row, column), n) for n in TABLES]).startswith("the last row and the last column")
    assert extent_of([(0 * n, n) for n in ROWS]) is None
    assert extent_of([([1, 5, 4, 0], [1, 5, 4, 3])]) is None  # a single wrong number tells nothing


def test_fractions_that_are_cut_to_zero():
    label = np.array([1, 0.5, 0.7, 0.3, 0, 1])
    assert extent_of([(label.astype(int), label)]).startswith("what is no whole number is 0")
    assert extent_of([(0 * label, label)]) is None
    assert extent_of([(label.astype(int), 3 * label)]) is None
