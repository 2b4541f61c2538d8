"""Answers that are rows of things are explained as a whole, and row by row by a known mistake."""

import pytest

from ccv.grading import mutant
from ccv.grading.answers import Call
from ccv.grading.border import wire
from ccv.grading.mistakes.diagnosis import Diagnosis
from ccv.grading.mistakes.rows import mixed, rows_of

LAYERS = [(3, "a"), (5, "b"), (4, "c"), (9, "d")]


def table(layers, start=2):
    """Rows of (shape, number), as the tables of the labs are."""
    return [((start * size, size, 1), size * size if kind < "c" else 0) for size, kind in layers]


QUESTIONS = [(LAYERS,), (LAYERS[1:], 5), ([(7, "b"), (8, "a"), (2, "c")],)]
COUNTS = mutant("table", "there are no numbers in c and d")(
    lambda layers, start=2: [((1, 1, 1), size * (size + 1)) for size, _ in layers]
)
ONE_SIDE = mutant("table", "the sides are exchanged")(
    lambda layers, start=2: [((size, start * size, 1), 0) for size, _ in layers]
)


def name(answer, mutants=(), reference=table, questions=QUESTIONS):
    calls = [Call(None, wire.encode((args, {})), answer(*args)) for args in questions]
    return Diagnosis(list(mutants), reference).name(calls)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda rows: [("image", 0), *rows], "there is one thing too many at the beginning"),
        (lambda rows: [*rows, ("total", 99)], "there is one thing too many at the end"),
        (lambda rows: rows[1:], "the first of the things that were asked for is missing"),
        (lambda rows: rows[::-1], "the rows are right, but in reverse order"),
        (lambda rows: [row[::-1] for row in rows], "the things in each row are right, but in reverse order"),
        (lambda rows: [shape for shape, _ in rows], "that is only the first thing of each row"),
        (lambda rows: [("a row", *row) for row in rows], None),  # the rest of each row is right: nothing says so
        (
            lambda rows: [(n, row) for n, row in enumerate(rows)],
            "only the last thing of each of these rows was asked for",
        ),
        (
            lambda rows: tuple(zip(*rows, strict=True)),
            "the columns are right, each as a list of its own: rows were asked for",
        ),
        (lambda rows: f"{len(rows)} rows", None),
    ],
)
def test_rows_of_any_things_are_explained_as_a_whole(answer, says):
    assert name(lambda *args: answer(table(*args))) == says


def test_one_answer_to_every_question_is_told_and_two_questions_are_too_few():
    assert name(lambda n: 28, (), lambda n: n * n + 1, [(2,), (3,), (7,)]).startswith(
        "that is the same answer to every"
    )
    assert rows_of([(28, 5), (28, 10), (28, 10)]) is None
    assert rows_of([(None, 5), (None, 10), (None, 17)]) is None  # no answer at all, which the check tells


def test_a_wrong_yes_is_a_no_whatever_the_mistake():
    def even(numbers):
        return [n % 2 == 0 for n in numbers]

    turned = mutant("even", "True and False are exchanged")(lambda numbers: [not each for each in even(numbers)])
    questions = [([3, 4, 7, 8],), ([2, 1],), ([5, 9, 4],)]
    assert name(lambda numbers: [n > 4 for n in numbers], [turned], even, questions) is None
    assert name(turned.answer, [turned], even, questions) == turned.says


def test_a_mistake_in_some_of_the_rows_keeps_its_name():
    def answer(layers, start=2):
        return [
            (shape, size * (size + 1) if kind == "b" else n)
            for (shape, n), (size, kind) in zip(table(layers, start), layers, strict=True)
        ]

    assert (
        name(answer, [COUNTS, ONE_SIDE]) == "part 2 of the answer: in some of the rows: there are no numbers in c and d"
    )
    other = mutant("table", "another mistake")(COUNTS.answer)
    assert name(answer, [COUNTS, other]) is None  # which of them, nobody knows
    assert name(lambda *args: [(shape, n + 7) for shape, n in answer(*args)], [COUNTS]) is None


def test_wrong_shapes_are_a_part_like_any_other():
    def answer(layers, start=2):
        return [((size, start * size, 1), n) for (size, _), (_, n) in zip(layers, table(layers, start), strict=True)]

    assert name(answer, [ONE_SIDE]) == "part 1 of the answer: the sides are exchanged"


@pytest.mark.parametrize("answers", [([], [], []), (5, 5, 5), ([1], [1, 2], [1]), (None, [1], [1])])
def test_what_is_no_table_has_no_rows(answers):
    assert not mixed(*answers)
