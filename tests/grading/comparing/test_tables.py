"""What is said of a wrong column: the first wrong row, which ones are wrong, and in which direction."""

import pytest

from ccv.grading import assert_column
from ccv.grading.comparing.difference import Different

KINDS = ["convolution", "pooling", "convolution", "pooling", "dense layer"]
ROWS = [f"row {n}" for n in range(1, 6)]
RIGHT = [10, 0, 20, 0, 30]


def said_of(got):
    with pytest.raises(Different) as raised:
        assert_column(got, RIGHT, ROWS, KINDS, "the count", "the table")
    return str(raised.value)


@pytest.mark.parametrize("got", [RIGHT, tuple(RIGHT), [10.0, 0, 20, 0, 30]])
def test_what_is_right_passes(got):
    assert_column(got, RIGHT, ROWS, KINDS, "the count")


@pytest.mark.parametrize(
    ("got", "which"),
    [
        ([10, 1, 20, 2, 30], "wrong for every pooling, each time too large, and right for every convolution and the"),
        ([9, 0, 19, 0, 29], "wrong for every convolution and the dense layer, each time too small, and right for"),
        ([0, 0, 0, 0, 30], "wrong for every convolution, each time 0, and right"),
        ([10, 0, 21, 0, 30], "of the 5 rows compared only this one is wrong, too large"),
        ([11, 0, 20, 0, 29], "wrong too: row 5"),
        ([11, 1, 21, 1, 31], "wrong for every convolution, every pooling and the dense layer, each time too large"),
        ([10, 0, 20, 0, 31], "wrong for the dense layer, too large, and right for every convolution and every pool"),
    ],
)
def test_the_wrong_rows_are_told(got, which):
    first = next(n for n, pair in enumerate(zip(got, RIGHT, strict=True)) if len(set(pair)) > 1)
    assert said_of(got).startswith(
        f"the table, row {first + 1}: the count is {got[first]}, which is not right; {which}"
    )


def test_what_is_no_number_is_told_too():
    assert "row 2: the count should be a number" in said_of([10, None, 20, 0, 30])
    assert said_of(["10"] * 5).endswith("wrong for every convolution, every pooling and the dense layer")


def test_rows_of_no_kind_are_named_one_by_one_and_many_are_counted():
    with pytest.raises(Different, match="wrong too: row 2; row 3; row 4 and 1 more, each time too small"):
        assert_column([0.5] * 5, [10, 11, 12, 13, 14], ROWS, ROWS, "the count")


def test_nothing_right_is_given_away():
    assert not {"10", "20", "30"} & set(said_of([11, 1, 21, 1, 31]).replace(",", " ").split())


def test_where_only_what_should_be_0_is_wrong_the_reason_is_told():
    def said(got):
        with pytest.raises(Different) as raised:
            assert_column(got, RIGHT, ROWS, KINDS, "the count", zero="such a layer learns nothing")
        return str(raised.value)

    assert said([10, 1, 20, 2, 30]).endswith(
        ", and right for every convolution and the dense layer; such a layer learns nothing"
    )
    assert "learns nothing" not in said([10, 1, 21, 0, 30])


def test_a_shape_where_a_number_was_asked_for_is_told():
    assert "the count is a list of shape (2,)" in said_of([(28, 28), 0, 20, (14, 14), 30]).replace("an array", "a list")
