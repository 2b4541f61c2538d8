"""A choice of letters, or of a thing for each letter, is told what is wrong in it, one known mistake at a time."""

import pytest

from ccv.grading import mutant
from ccv.grading.mistakes.diagnosis import Diagnosis

B, D = (mutant("true", f"{letter} is false", value=sorted({*"ace", letter})) for letter in "bd")
NOT_E = mutant("true", "e is true", value=["a", "c"])
NOTHING = mutant("true", "some are true", value=[])
SHOES = mutant("tools", "shoes need glue", value={"a": "glue", "b": "saw"})
WOOD = mutant("tools", "wood is sawn", value={"a": "needle", "b": "glue"})


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (["a", "b", "c", "e"], B.says),
        ({"E", "C", "B", "A"}, B.says),  # in any form and order
        ("a, c", NOT_E.says),
        (["b", "d", "a", "c", "e"], f"one of the mistakes: {B.says}"),
        (["a"], f"one of the mistakes: {NOT_E.says}"),
        ([], NOTHING.says),
        (["b"], f"one of the mistakes: {B.says}"),  # something is chosen
        (["a", "c", "e", "z"], None),
        (["e", "c", "a"], None),
        (3, None),
        ({"a": "c"}, None),
    ],
)
def test_letters(value, says):
    assert Diagnosis([B, D, NOT_E, NOTHING], ["a", "c", "e"]).name([], value) == says


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ({"a": "Needle ", "b": "glue"}, WOOD.says),
        ({"a": "saw", "b": "glue"}, f"one of the mistakes: {WOOD.says}"),
        ({"a": "saw", "b": "saw"}, None),
        ({"a": "glue"}, SHOES.says),
        (["needle", "glue"], None),
    ],
)
def test_a_thing_for_each_letter(value, says):
    assert Diagnosis([SHOES, WOOD], {"a": "needle", "b": "saw"}).name([], value) == says


def test_a_word_is_no_list_of_letters():
    assert Diagnosis([mutant("why", "no", value="linear")], "monotone").name([], "linearly") is None
