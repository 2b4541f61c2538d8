"""Where a formula has another term than it should, that term is told."""

import numpy as np
import pytest

from ccv.grading.mistakes.polynomials import other_term


def weights(kernel, channels, filters, bias=True):
    return kernel * kernel * channels * filters + (filters if bias else 0)


ASKED = [((*layer, bias), {}) for layer in [(4, 3, 5), (3, 4, 6), (3, 3, 1), (5, 6, 16)] for bias in (True, False)]


def said_of(answer, reference=weights, questions=ASKED):
    pairs = [(answer(*args, **kwargs), reference(*args, **kwargs)) for args, kwargs in questions]
    return other_term(reference, questions, pairs)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (
            lambda k, c, f, bias: k * k * c * f + k * k * f * bias,
            "one of the terms is `kernel` x `kernel` x `filters` x `bias`, and it should be another",
        ),
        (lambda k, c, f, bias: 3 * k * k * f + f * bias, "one of the terms is 3 x `kernel` x `kernel` x `filters`"),
        (lambda k, c, f, bias: k * c * f, "that is `kernel` x `channels` x `filters`"),
        (lambda k, c, f, bias: k * k * c * f + k * f * bias + c, None),  # two terms are others
        (lambda k, c, f, bias: k * k * c * f + f % 7 * bias, None),  # no product of arguments
        (weights, None),
        (lambda k, c, f, bias: (k, c), None),
    ],
)
def test_the_other_term_is_told(answer, says):
    told = said_of(answer)
    assert told == says or (says and told.startswith(says))


def test_a_few_questions_are_fitted_by_chance():
    assert said_of(lambda k, c, f, bias: k * k * c * f + k * bias, questions=ASKED[:5]) is None


def test_what_is_no_sum_of_products_has_no_terms():
    assert said_of(lambda n, m: n + m, lambda n, m: np.sqrt(n) + m, [((n, n + 3), {}) for n in range(2, 12)]) is None


def test_the_numbers_of_shapes_and_tables_are_factors_too():
    def head(maps, classes):
        return maps[2] * classes + classes

    numbers = np.random.default_rng(4).integers(2, 60, (8, 4)).tolist()
    asked = [((tuple(maps), classes), {}) for *maps, classes in numbers]
    told = said_of(lambda maps, classes: maps[2] * classes + maps[2], head, asked)
    assert told == "one of the terms is `maps[2]`, and it should be another"


def test_where_no_argument_is_a_number_there_is_no_term():
    def middle(curve):
        return float(np.mean(curve))

    asked = [((np.arange(n) + 1.0,), {}) for n in range(2, 10)]
    assert other_term(middle, asked, [(float(n), n / 2) for n in range(2, 10)]) is None
