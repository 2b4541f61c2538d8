"""A wrong answer is named by the right answer to another question: arguments exchanged, ignored or cut short."""

import numpy as np
import pytest

from ccv.grading.answers import Call
from ccv.grading.border import wire
from ccv.grading.mistakes.diagnosis import Diagnosis
from ccv.grading.mistakes.variations import variations
from ccv.grading.mutants import Mutant


def places(height, width, sizes, stride=2):
    return sum(((height - s) // stride + 1) * ((width - s) // stride + 1) for s in sizes)


def first(table, by):
    return table[:, 0] * by


QUESTIONS = [(24, 31, [3, 5, 8], 3), (40, 27, [4, 9], 1), (33, 30, [6, 2], 4)]


def name(answer, reference=places, questions=QUESTIONS, mutants=()):
    calls = [Call(None, wire.encode((args, {})), answer(*args)) for args in questions]
    return Diagnosis(list(mutants), reference).name(calls)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda h, w, sizes, stride: places(h, w, sizes), "that would be right if `stride` were always 2"),
        (lambda h, w, sizes, stride: places(h, w, sizes, 1), "that would be right if `stride` were always 1"),
        (
            lambda h, w, sizes, stride: places(h, h, sizes, stride),
            "that would be right if `width` were what `height` is",
        ),
        (lambda h, w, sizes, s: places(h, w, sizes[:1], s), "that would be right if `sizes` had only its first item"),
        (lambda h, w, sizes, s: places(h, w - 1, sizes, s), "that would be right if `width` were one less"),
        (lambda h, w, sizes, s: places(h, w, sizes[1:], s), "that would be right if `sizes` began one item later"),
        (
            lambda h, w, sizes, s: places(h, w, [max(sizes)], s),
            "that would be right if `sizes` were its largest item alone",
        ),
        (lambda h, w, sizes, s: places(h, w, [sum(sizes)], s), "that would be right if `sizes` were its sum alone"),
        (lambda h, w, sizes, s: w, "that is `width` as it came in"),
        (lambda h, w, sizes, s: h * w, None),
        (places, None),
    ],
)
def test_the_right_answer_to_another_question_is_told(answer, says):
    assert name(answer) == says


def test_arrays_may_be_the_wrong_way_round():
    tables = [(np.arange(9.0).reshape(3, 3) ** 2, 2), (np.arange(1, 5.0).reshape(2, 2), 3)]
    told = name(lambda table, by: table[0] * by, first, tables)
    assert told == "that would be right if `table` were transposed"
    told = name(lambda table, by: table[:, -1] * by, first, tables)
    assert told == "that would be right if `table` were in reverse order along its last axis"


def test_a_mistake_of_the_lab_comes_first():
    known = Mutant("places", "the stride is not used", lambda h, w, sizes, stride: places(h, w, sizes, 1))
    assert name(known.answer, mutants=[known]) == "the stride is not used"


@pytest.mark.slow
def test_a_question_without_an_end_costs_no_more_than_its_second():
    def steps(side, by):
        count = 0
        while side > 1:
            side, count = side - side % by - 1 if by > 1 else side, count + 1
        return count

    assert name(lambda side, by: side * by, steps, [(20, 3), (30, 4)]) is None


def test_an_option_is_no_number():
    def weights(kernel, filters, bias=True):
        return kernel * filters + bias * filters

    asked = [(3, 4, False), (5, 2, False), (4, 9, True)]
    assert name(lambda k, f, bias: weights(k, f), weights, asked) == "that would be right if `bias` were always True"


def test_a_truth_value_may_be_taken_the_other_way_round_and_a_pair_too():
    def weights(kernels, bias=True):
        return sum(height * 7 + width * 3 for height, width in kernels) + (40 if bias else 0)

    asked = [([(3, 4), (2, 9)], False), ([(5, 2)], True), ([(1, 8), (6, 2)], False)]
    told = name(lambda kernels, bias: weights(kernels, not bias), weights, asked)
    assert told == "that would be right if `bias` were taken the other way round"
    told = name(lambda kernels, bias: weights([k[::-1] for k in kernels], bias), weights, asked)
    assert told == "that would be right if each item of `kernels` were the other way round"


def test_a_shape_may_be_taken_for_square_and_a_list_for_empty():
    def head(maps, hidden=(5, 5)):
        height, width, channels = maps
        return height * width * channels + sum(hidden)

    asked = [((3, 4, 2), (7, 6)), ((9, 2, 5), (3,)), ((6, 7, 1), (4, 8))]
    told = name(lambda maps, hidden: maps[0] ** 2 * maps[2] + sum(hidden), head, asked)
    assert told == "that would be right if the second item of `maps` were what the first is"
    assert name(lambda maps, hidden: head(maps, ()), head, asked) == "that would be right if `hidden` were empty"


def test_an_argument_may_be_always_what_it_is_in_the_example():
    def cells(side, kernel):
        return side * 100 + kernel**2

    asked = [(4, 5), (7, 3), (9, 8)]
    assert name(lambda side, kernel: cells(side, 5), cells, asked) == "that would be right if `kernel` were always 5"


def test_two_changes_that_give_the_same_name_nothing():
    assert (
        name(lambda a, b: 2 * a, lambda a, b: a + b, [(2, 3), (4, 9)]) == "that would be right if `b` were what `a` is"
    )
    assert name(lambda a, b: a - b, lambda a, b: a - b + 1, [(9, 3), (4, 2)]) == "every wrong number is 1 too small"


def test_reshape_in_place_of_a_transposition_is_named():
    def mix(maps, weights):
        return maps @ weights

    rng = np.random.default_rng(0)
    asked = [(rng.normal(size=(4, 3)), rng.normal(size=(3, 5))), (rng.normal(size=(2, 4)), rng.normal(size=(4, 6)))]
    said = name(lambda maps, weights: maps @ weights.reshape(weights.shape[::-1]).T, mix, asked)
    assert said == "that would be right if reshaping `weights` exchanged its axes: the numbers stay in their order"


def test_options_that_are_ignored_together_are_named():
    def scale(steps, width=1.1, depth=1.2, side=1.15):
        return width**steps, depth**steps, side**steps

    asked = [(2,), (1.5, 1.3, 1.4, 1.2), (3, 1.2, 1.1, 1.5)]
    said = name(lambda steps, *_: scale(steps), scale, asked)
    assert said == "that would be right if `width`, `depth` and `side` had always their defaults"


@pytest.mark.parametrize(
    ("answer", "end"), [(lambda x: x[:-1].sum(0), "last row"), (lambda x: x[1:].sum(0), "first row")]
)
def test_an_end_that_is_left_out_is_one_of_zeros(answer, end):
    def total(x):
        return x.sum(0)

    left_out = {m.says: m for m in variations(total)}[f"that would be right if the {end} of `x` held zeros"]
    x = np.arange(6).reshape(3, 2)
    assert left_out(x).tolist() == answer(x).tolist()
    assert x.tolist() == [[0, 1], [2, 3], [4, 5]]  # which stays as it is


def test_both_rows_may_have_only_their_first_item():
    def loss(a, b):
        return sum((x - y) ** 2 for x, y in zip(a, b, strict=True)) / len(a)

    says = "that would be right if `a` and `b` had only their first item"
    assert {m.says: m for m in variations(loss)}[says]([1, 5], [3, 9]) == 4
