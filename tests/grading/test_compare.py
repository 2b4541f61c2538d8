"""Comparisons of what students return: nothing in it makes the grader's own memory explode."""

import numpy as np
import pytest

from ccv.grading.compare import Different, assert_same, same

BOMB = ["a" * 10**5] + ["b"] * 10**6  # as an array, 400 GB


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
