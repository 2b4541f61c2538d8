"""A single wrong number is told how it stands to the right one, where that is no chance."""

import pytest

from ccv.grading import mutant
from ccv.grading.mistakes.alike import is_rounded
from ccv.grading.mistakes.diagnosis import Diagnosis
from ccv.grading.mistakes.values import relation_of_value


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (21_238_784, "that is four times what it should be"),
        (530_969.6, "that is what it should be, divided by 10"),
        (5_310_000, "that is rounded: the exact number was asked for"),
        (5_309_000, None),  # cut, not rounded
        (5_309_696, None),
        ("5309696", None),
        ([5_309_696], None),
    ],
)
def test_a_factor_or_missing_digits_are_told(value, says):
    assert Diagnosis([], 5_309_696).name([], value) == says


def test_a_mistake_of_the_lab_comes_first():
    known = mutant("lost", "those are bytes", value=21_238_784)
    assert Diagnosis([known], 5_309_696).name([], 21_238_784) == "those are bytes"


def test_of_a_small_number_any_other_is_a_multiple():
    assert relation_of_value(28, 7) is relation_of_value(2.8, 0.7) is None


@pytest.mark.parametrize(("value", "same"), [(58.13, True), (58.127, True), (58.12, False), (58.0, False), (58, False)])
def test_a_known_value_may_be_rounded(value, same):
    known = mutant("megabytes", "those are MiB", value=58.12686)
    assert is_rounded(value, known.answer) is same
    assert Diagnosis([known], 60.95).name([], value) == ("those are MiB" if same else None)
