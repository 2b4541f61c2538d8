"""A sum for a mean, and a mean for a sum, are told by the axis that they count."""

import numpy as np

from ccv.grading.mistakes.lengths import length_of_axis

rng = np.random.default_rng(0)
MAPS = [rng.normal(size=shape) for shape in ((2, 3, 4), (5, 2, 6))]


def length(answer, right, questions=MAPS):
    return length_of_axis(
        lambda maps, axis=1: right(maps),
        [((maps,), {}) for maps in questions],
        [(answer(n), right(n)) for n in questions],
    )


def test_a_sum_for_a_mean_is_too_large_by_the_length_of_an_axis():
    assert length(lambda n: n.sum(1), lambda n: n.mean(1)) == (
        "every number is what it should be, times the length of axis 1 of `maps`"
    )
    assert length(lambda n: n.mean(), lambda n: n.sum()) == (
        "every number is what it should be, divided by how many numbers `maps` has"
    )


def test_an_axis_of_one_length_and_other_factors_are_not_told():
    assert length(lambda n: n.sum(1), lambda n: n.mean(1), [MAPS[0], 2 * MAPS[0]]) is None
    assert length(lambda n: 3 * n, np.asarray) is None
    assert length(lambda n: n.sum(1), lambda n: n.mean(0)) is None
