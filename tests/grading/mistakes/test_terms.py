"""A term or a factor that is missing, or one too many, is told by the argument that it is."""

import numpy as np
import pytest

from ccv.grading.answers import Call
from ccv.grading.border import wire
from ccv.grading.mistakes.diagnosis import Diagnosis
from ccv.grading.mistakes.terms import missing_term


def weights(kernel, channels, filters, bias=True):
    return kernel * kernel * channels * filters + bias * filters


QUESTIONS = [((3, 4, 6), {}), ((5, 2, 16), {"bias": False}), ((7, 3, 11), {}), ((2, 9, 5), {})]


def said_of(answer, reference=weights, questions=QUESTIONS):
    return missing_term(reference, questions, [(answer(*args, **kw), reference(*args, **kw)) for args, kw in questions])


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda k, c, f, bias=True: weights(k, c, f, bias) + c, "too large by `channels`"),
        (lambda k, c, f, bias=True: weights(k, c, f, bias) - k * c, "too small by `kernel` x `channels`"),
        (lambda k, c, f, bias=True: weights(k, c, f, bias) / f, "what it should be, divided by `filters`"),
        (lambda k, c, f, bias=True: weights(k, c, f, bias) * k * k, "what it should be, times `kernel` x `kernel`"),
        (lambda k, c, f, bias=True: weights(k, c, f, bias) + f * bias, "too large by `filters`"),  # right without bias
    ],
)
def test_the_term_is_named(answer, says):
    assert said_of(answer) == f"every wrong number is {says}"


@pytest.mark.parametrize(
    "answer",
    [
        weights,
        lambda k, c, f, bias=True: weights(k, c, f, bias) + 7 + (c > 4),
        lambda k, c, f, bias=True: weights(k, c, f, bias) + (c if c < 9 else 0) + (1 if c == 9 else 0),
    ],
)
def test_what_is_not_true_of_all_wrong_numbers_is_not_said(answer):
    assert said_of(answer) is None


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda right: right + 7, "7 too large"),
        (lambda right: right - 12, "12 too small"),
        (lambda right: 784 * right, "784 times what it should be"),
        (lambda right: right / 49, "what it should be, divided by 49"),
    ],
)
def test_one_number_may_be_too_much_or_a_factor(wrong, says):
    assert said_of(lambda k, c, f, bias=True: wrong(weights(k, c, f, bias))) == f"every wrong number is {says}"


def test_two_wrong_numbers_are_too_few():
    assert said_of(lambda k, c, f, bias=True: weights(k, c, f, bias) + c, questions=QUESTIONS[:2]) is None


def test_two_terms_that_fit_alike_name_nothing():
    twins = [((3, n, n), {}) for n in (2, 5, 9)]
    assert said_of(lambda k, c, f, bias=True: weights(k, c, f, bias) + f, questions=twins) is None


def test_rows_and_arrays_have_numbers_of_their_own():
    def connections(table, units):
        return int(table.sum()) * sum(units)

    rng = np.random.default_rng(3)
    questions = [((rng.random(shape) < 0.6, units), {}) for shape, units in [((3, 4), (2, 5)), ((6, 5), (4, 3, 3))]]
    questions += [((rng.random((7, 9)) < 0.6, (8,)), {})]
    assert said_of(lambda t, u: connections(t, u) + t.shape[1], connections, questions) == (
        "every wrong number is too large by the number of columns of `table`"
    )
    assert said_of(lambda t, u: connections(t, u) / sum(u), connections, questions) == (
        "every wrong number is what it should be, divided by the sum of `units`"
    )


def test_each_part_of_an_answer_is_looked_at():
    def both(width, height):
        return width * height, (width, height)

    questions = [((3, 8), {}), ((5, 6), {}), ((7, 9), {})]
    assert said_of(lambda w, h: (w * h + h, (w, h)), both, questions) == "every wrong number is too large by `height`"


def test_it_is_the_last_resort_of_a_diagnosis():
    calls = [Call(None, wire.encode((args, kw)), weights(*args, **kw) + args[1]) for args, kw in QUESTIONS]
    assert Diagnosis([], weights).name(calls) == "every wrong number is too large by `channels`"
