"""The right answer with one slip in it explains an answer that is wrong in the same way."""

import contextlib

import numpy as np
import pytest

from ccv.grading.answers import Call
from ccv.grading.border import wire
from ccv.grading.mistakes.diagnosis import Diagnosis
from ccv.grading.mistakes.slips import _power, names_of_numbers, slips


def cost(height, width, kernel, filters=2):
    total = 0
    for side in (height, width):
        places = (side - kernel) // 3 + 1
        if places > 1:
            total += places * filters
    return total


QUESTIONS = [(9, 14, 3, 5), (21, 6, 2, 4), (30, 17, 5, 3), (8, 11, 4, 7)]


def name(answer, reference=cost, questions=QUESTIONS):
    calls = [Call(None, wire.encode((args, {})), answer(*args)) for args in questions]
    return Diagnosis([], reference).name(calls)


def sum_over_sides(places, most=1, times=lambda a, b: a * b):
    def answer(height, width, kernel, filters):
        counts = [places(side, kernel) for side in (height, width)]
        return sum(times(count, filters) for count in counts if count > most)

    return answer


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (sum_over_sides(lambda n, k: -(-(n - k) // 3) + 1), "a quotient is rounded up"),
        (sum_over_sides(lambda n, k: (n - k) // 3), "a term is missing, `1`"),
        (sum_over_sides(lambda n, k: (n - k) // 3 + 1, times=lambda a, b: a + b), "two numbers are added that should"),
        (sum_over_sides(lambda n, k: (n - k) / 3 + 1), "a quotient is not rounded down to a whole number"),
        (sum_over_sides(lambda n, k: (n + k) // 3 + 1), "something is added that should be subtracted"),
    ],
)
def test_a_slip_is_named(answer, says):
    assert name(answer).startswith(f"that comes out if {says}")


def weighted(main, rest, weight=0.3):
    return main + weight * sum(rest)


LOSSES = [(1.5, (2.0, 3.5), 0.3), (0.7, (4.1, 0.2, 1.7), 0.6), (2.2, (5.3,), 0.25)]


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda main, rest, w: w * main + sum(rest), "`weight` multiplies the wrong one of two terms"),
        (lambda main, rest, w: w * (main + sum(rest)), "`weight` multiplies both of two terms"),
        (lambda main, rest, w: main + w * np.mean(rest), "`mean` is taken where `sum` belongs"),
    ],
)
def test_a_factor_of_the_wrong_term_is_named(answer, says):
    assert name(answer, weighted, LOSSES) == f"that comes out if {says}"


@pytest.mark.parametrize("answer", [cost, lambda h, w, k, f: h * w * k + f * f * h])
def test_what_no_slip_explains_has_no_name(answer):
    assert name(answer) is None


def test_a_slip_without_an_end_is_given_up():
    def digits(n):
        count = 0
        while n > 0:
            n, count = n // 10, count + 1
        return count

    assert name(lambda n: n * n + 7, digits, [(12,), (345,), (98765,)]) is None


def test_the_same_slip_may_be_made_of_height_and_width():
    def windows(height, width, size):
        return (height - size + 1) * (width - size + 1) * size

    told = name(lambda h, w, s: (h - s) * (w - s) * s, windows, [(9, 7, 3), (12, 30, 5), (8, 8, 2)])
    assert told == "that comes out if a term is missing, `1`"


def test_one_side_of_an_array_may_be_taken_for_the_other():
    def places(image, kernel):
        return (image.shape[0] - kernel + 1) * (image.shape[1] - kernel + 1)

    questions = [(np.ones(shape), 3) for shape in ((5, 9), (12, 7), (8, 4))]
    said = name(lambda image, kernel: (image.shape[0] - kernel + 1) ** 2, places, questions)
    assert said == "that comes out if `shape[0]` stands where `shape[1]` belongs"


def test_half_a_window_is_no_word_for_axes():
    def over_places(x):
        return x.var(tuple(range(x.ndim - 1)))

    tables = [(np.random.default_rng(n).normal(size=(5, 3)),) for n in range(3)]
    assert "window" not in str(name(np.var, over_places, tables))


def test_the_same_slip_in_one_tuple_is_made_in_both_of_its_items():
    def thirds(height, width, channels):
        return height // 3, width // 3, channels

    told = name(lambda h, w, c: (-(-h // 3), -(-w // 3), c), thirds, [(9, 7, 3), (13, 31, 5)])
    assert told == "that comes out if a quotient is rounded up"


def test_the_same_slip_may_be_made_wherever_the_code_is_the_same():
    def weights(kernels, units, bias):
        total = 0
        for kernel in kernels:
            total += kernel * kernel
        return total * units + units if bias else total * units

    asked = [([3, 5], 4, True), ([2, 7, 4], 6, False), ([9], 3, True)]
    told = name(lambda k, u, b: sum(n * n for n in k) + u + (u if b else 0), weights, asked)
    assert told == "that comes out if two numbers are added that should be multiplied"


def field(layers):
    """Return the side of what is seen through a stack of [(kernel, stride), ...]."""
    reached, step = 1, 1
    for kernel, stride in layers:
        reached += (kernel - 1) * step
        step *= stride
    return reached


def walk(add, after=lambda step, stride: step * stride):
    def answer(layers):
        reached, step = 1, 1
        for kernel, stride in layers:
            reached += add(kernel, stride, step)
            step = after(step, stride)
        return reached

    return answer


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (walk(lambda k, s, j: k * j - 1), "brackets are missing"),
        (walk(lambda k, s, j: k // 2 * 2 * j), "half of a window is taken on both sides, rounded down"),
        (walk(lambda k, s, j: (k - 1) // 2 * j), "something is halved that should be taken whole"),
        (walk(lambda k, s, j: (k - s) * j), "`stride` stands where 1 belongs"),
        (walk(lambda k, s, j: (k - 1) * j, lambda j, s: 2 * j), "`stride` is taken for 2, whatever it is"),
        (walk(lambda k, s, j: (k - 1) * j * s), "there is a factor too many, `stride`"),
        (walk(lambda k, s, j: (s - 1) * j), "`stride` stands where `kernel` belongs"),
    ],
)
def test_a_slip_in_a_loop_is_told_by_the_names_of_its_docstring(answer, says):
    stacks = [([(5, 1), (2, 2), (4, 3)],), ([(11, 4), (3, 2), (6, 1), (2, 2)],), ([(3, 1), (7, 3), (8, 2)],)]
    assert name(answer, field, stacks) == f"that comes out if {says}"


def test_of_several_ways_to_a_slip_in_one_place_one_is_made_everywhere():
    def fans(kernel, channels, filters):
        return kernel * kernel * channels, kernel * kernel * filters

    told = name(lambda k, c, f: (k + k * c, k + k * f), fans, [(3, 5, 4), (2, 7, 9), (5, 1, 6)])
    assert told == "that comes out if two numbers are added that should be multiplied"


def test_every_slip_is_another_function_with_a_sentence():
    names = names_of_numbers(cost, 9, 14, 3)
    assert names == {"height", "width", "kernel", "filters", "total", "side", "places"}
    made = slips(cost, names)
    assert len(made) > len(slips(cost)) > 20
    assert all(callable(slip.answer) and slip.says.startswith("that comes out if ") for slip in made)
    assert cost(9, 14, 3, 5) == 15 + 20  # the reference itself is as it was


def test_what_has_no_source_has_no_slips():
    assert slips(max) == slips(lambda n: n + 1) == slips(sum_over_sides(lambda n, k: n)) == ()


def test_no_slip_tells_a_name_from_inside_of_the_reference():
    said = " ".join(slip.says for slip in slips(cost, names_of_numbers(cost, 9, 14, 3)))
    assert "`filters`" in said
    assert not [name for name in ("total", "side", "places") if f"`{name}" in said]


def tower(a, b):
    for _ in range(4):
        a = a**2 * b + 3
    return a


def test_no_slip_ends_in_a_power_that_takes_for_ever():
    """Thirteen exchanged squares made a number of as many digits as no memory holds, and nothing could stop it."""
    with pytest.raises(OverflowError, match="too many digits"):
        _power(10**6, 10**6)
    for slip in slips(tower, names_of_numbers(tower, 3, 5)):
        with contextlib.suppress(Exception):
            assert slip.answer(1234, 567) < 2**1_000_000


def likeliest(rows):
    return np.mean(rows, axis=(0, 1)).argmax(axis=-1)


def test_the_number_of_an_axis_is_no_amount():
    questions = [(np.random.default_rng(seed).normal(size=(2, 3, 5, 5)),) for seed in range(3)]
    said = name(lambda rows: np.mean(rows, axis=(0, 1)).argmax(axis=0), likeliest, questions)
    assert said == "that comes out if one step goes along another axis than it should"


def through(channels, inner):
    return channels * 3 if inner is None else channels * inner + inner


def test_a_slip_warns_nobody(recwarn):
    assert slips(through, frozenset({"channels", "inner"}))  # of which one is `1 is None`
    assert [str(warning.message) for warning in recwarn] == []


def energy(x, low):
    rows, columns = x.shape
    return float(np.sum(x[: rows - 1] * x[1:]) + np.sum(x**2) * columns + max(0, low))


OTHERWISE = {
    "the sum has the power": lambda x, low: float(np.sum(x[:-1] * x[1:]) + x.sum() ** 2 * x.shape[1] + max(0, low)),
    "nothing keeps a number from falling below 0": lambda x, low: float(
        np.sum(x[:-1] * x[1:]) + np.sum(x**2) * x.shape[1] + low
    ),
}


@pytest.mark.parametrize("slip", OTHERWISE)
def test_more_slips_are_named(slip):
    questions = [(np.random.default_rng(seed).normal(size=(3, 4)), (-1) ** seed * (seed + 2)) for seed in range(5)]
    assert slip in name(OTHERWISE[slip], energy, questions)
