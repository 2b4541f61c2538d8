"""Answers of several things: each wrong part is named by what explains it, whatever is the matter with the others."""

import pytest

from ccv.grading import mutant
from ccv.grading.answers import Call
from ccv.grading.border import wire
from ccv.grading.mistakes.diagnosis import Diagnosis
from ccv.grading.mistakes.parts import mistakes_by_part, parts

QUESTIONS = [(3, 5), (4, 9), (10, 2)]


def rectangle(width, height):
    return width * height, 2 * (width + height)


FORGETS = mutant("rectangle", "the height is forgotten")(lambda w, h: (w * w, 4 * w))
HALF = mutant("rectangle", "there are two of each side")(lambda w, h: (w * h + 1, w + h))


def name(answer, mutants=(FORGETS, HALF), questions=QUESTIONS, reference=rectangle):
    calls = [Call(None, wire.encode((args, {})), answer(*args)) for args in questions]
    return Diagnosis(list(mutants), reference).name(calls)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda w, h: (w * w, 2 * (w + h)), "part 1 of the answer: the height is forgotten"),
        (
            lambda w, h: (w * w, w + h),
            "part 1 of the answer: the height is forgotten; part 2 of the answer: there are two of each side",
        ),
        (FORGETS.answer, "the height is forgotten"),
        (lambda w, h: (w * w, w * w + h + 7), "part 1 of the answer: the height is forgotten"),  # the second may follow
        (lambda w, h: (w**3 + h, w + h), None),  # the first part has no name, so nothing is said
        (lambda w, h: (w * h,), "the last is missing"),
    ],
)
def test_wrong_parts_have_names_of_their_own(answer, says):
    assert name(answer) == says


def test_two_mutants_that_fit_a_part_alike_name_nothing():
    one = mutant("rectangle", "one thing")(lambda w, h: (w**3 + 7 * h, w))
    other = mutant("rectangle", "something else")(lambda w, h: (w**3 + 7 * h, 0))
    assert name(lambda w, h: (w**3 + 7 * h, 2 * (w + h)), [one, other]) is None


def test_the_columns_of_a_table_are_parts():
    def squares(n, step):
        return [(k, k * k) for k in range(0, n, step)]

    roots = mutant("squares", "those are cubes")(lambda n, step: [(k + 1, k**3) for k in range(0, n, step)])
    told = name(lambda n, step: [(k, k**3) for k in range(0, n, step)], [roots], [(6, 1), (9, 2)], squares)
    assert told == "part 2 of the answer: those are cubes"


@pytest.mark.parametrize("answer", [5, "ab", [1, 2], [(1, 2), (1, 2, 3)], (1,), [], [(1,), (2,)]])
def test_what_has_no_parts(answer):
    assert parts(answer) == []
    assert mistakes_by_part([(answer, answer)], lambda part, column: "never") is None


def test_one_wrong_number_is_chance():
    assert mistakes_by_part([((1, 5), (1, 6))], lambda part, column: "named") is None
