"""A mistake of an earlier exercise is found again in a later one, whose reference calls the earlier one."""

import pytest

from ccv.grading import mutant
from ccv.grading.answers import Call
from ccv.grading.border import wire
from ccv.grading.mistakes.diagnosis import Diagnosis


def parameters(kernel, channels, filters, bias=True):
    return kernel * kernel * channels * filters + (filters if bias else 0)


def table(channels, layers):
    rows = []
    for filters, kernel in layers:
        rows.append((filters, parameters(kernel, channels, filters)))
        channels = filters
    return rows


FLAT = mutant("parameters", "a kernel has two sides")(lambda k, c, f, bias=True: k * c * f + f)
QUESTIONS = [(3, [(5, 4), (7, 3)]), (2, [(6, 5), (4, 3), (9, 2)])]


def name(answer, known):
    calls = [Call(None, wire.encode((args, {})), answer(*args)) for args in QUESTIONS]
    return Diagnosis([], table, others={"table": [], **known}).name(calls)


def counted(count):
    def answer(channels, layers):
        below = [channels, *(filters for filters, _ in layers)]
        return [(f, count(k, c, f)) for c, (f, k) in zip(below, layers, strict=False)]

    return answer


@pytest.mark.parametrize(
    ("count", "says"),
    [
        (FLAT.answer, "as in `parameters`: a kernel has two sides"),
        (lambda k, c, f: k * k * c * f, "as in `parameters`: that would be right if `bias` were always False"),
        (lambda k, c, f: k * k * c + f, "as in `parameters`: that comes out if a factor is missing, `filters`"),
        (lambda k, c, f: k * k * c * f + 5 * f * f + 1, None),
    ],
)
def test_what_is_wrong_inside_is_told_with_the_name_of_the_earlier_exercise(count, says):
    assert name(counted(count), {"parameters": [FLAT]}) == says


def test_two_known_mistakes_that_fit_alike_name_nothing():
    other = mutant("parameters", "something else")(FLAT.answer)
    assert name(counted(FLAT.answer), {"parameters": [FLAT, other]}) is None
