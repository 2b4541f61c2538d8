"""Answers made arrays and tuples: every usual form is taken, and whatever else comes is told in one sentence."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccv.grading import as_array, as_items, as_letters, assert_count, assert_same
from ccv.grading.comparing.difference import Different

BOXES = np.array([[1, 2, 3, 4], [5, 6, 7, 8.5]])


@pytest.mark.parametrize("form", [BOXES, BOXES.tolist(), [*BOXES], tuple(map(tuple, BOXES)), BOXES.astype("float32")])
def test_every_usual_form_becomes_the_array(form):
    assert as_array(form, "the boxes", (None, 4)).tolist() == BOXES.tolist()


@pytest.mark.parametrize("number", [3, 3.0, np.int8(3), np.array(3), np.float32(3)])
def test_a_number_becomes_an_array_of_no_axis(number):
    assert as_array(number, "the count", ()).item() == 3


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (None, "is there a `return`"),
        ("text", "text"),
        ([1, "text"], "text"),
        ([None, None], r"there is nothing \(None\) in it"),
        ([[1, 2], [3]], "rows have different lengths"),
        ({"a": 1}, "a dictionary"),
        ({1, 2}, "a set, which has no order"),
        ([{1}, 2], "there is a set in it"),
        (object(), "of type object"),
        ([object()], "something of type object in it"),
        ([10**400, 1], "far too large"),
        ([1, 2, 3], r"an array of shape \(any, 4\), but it is an array of shape \(3,\)"),
        (5, "but it is a single number"),
    ],
)
def test_what_is_no_such_array_is_told(answer, said):
    with pytest.raises(Different, match=f"^the boxes (should|holds).*{said}"):
        as_array(answer, "the boxes", (None, 4))


@pytest.mark.parametrize("form", [(65, 0.5), [65, 0.5], np.array([65, 0.5]), np.array([65, 0.5], "float32")])
def test_two_things_come_in_any_row(form):
    count, share = as_items(form, 2, "the count and the share")
    assert_count(count, 65)
    assert_same(share, 0.5)


def test_the_rows_of_an_array_are_things_too():
    first, second = as_items(BOXES, 2, "two boxes")
    assert first.tolist() == [1, 2, 3, 4] and second.shape == (4,)
    assert len(as_items(np.zeros((7, 2)), None, "the rows")) == 7


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (None, "is there a `return`"),
        (5, "a single number"),
        (np.array(5), "a single number"),
        ("ab", "text"),
        ({1, 2}, "a set"),
        ({"a": 1, "b": 2}, "a dictionary"),
        ([1], "there is 1$"),
        ((), "there are none$"),
        (np.zeros((3, 2)), "there are 3$"),
    ],
)
def test_what_is_no_pair_is_told(answer, said):
    with pytest.raises(Different, match=f"^the two should be 2 things in a tuple or a list, but .*{said}"):
        as_items(answer, 2, "the two")


@pytest.mark.parametrize("form", ["ac", "C, a", ["a", "c"], {"c", "a"}, np.array(["a", "c"]), np.array("ac"), ["ac"]])
def test_letters_in_any_form_are_letters(form):
    assert as_letters(form, "abc", "the letters") == {"a", "c"}


data = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.complex_numbers() | st.text() | st.binary(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(), inner, max_size=2)
        | st.lists(inner, max_size=3).map(lambda v: np.array([len(str(v))]))
    ),
    max_leaves=8,
)


@settings(deadline=None, derandomize=True, max_examples=400)
@given(data, data)
def test_no_data_crashes_a_check(answer, other):
    for check in (
        lambda: as_array(answer, "it", (None, 2)),
        lambda: as_items(answer, 2, "it"),
        lambda: assert_same([answer, other], [1.0, 2.0]),
        lambda: assert_same(answer, 3),
        lambda: assert_count(answer, 3),
    ):
        try:
            check()
        except Different as different:
            assert "\n" not in str(different)
