"""Comparisons for checks: an assertion whose message helps the student and never shows the expected values."""

from __future__ import annotations

import re
from math import isfinite
from typing import Any

import numpy as np

from ccv.grading.comparing.arrays import as_array, spell_shape, with_axes
from ccv.grading.comparing.difference import Different, mask

__all__ = ["TOLERANCE", "Different", "assert_count", "assert_same"]

TOLERANCE = 1e-5  # relative: what float32 leaves of a number after a few steps
_OF_THE_LARGEST = 0.1  # of the tolerance: where numbers cancel, the rounding of the large ones stays
_FURTHEST_FROM_WHOLE = 1e-3  # of a sum of whole numbers that came out of floating point
_FEWEST_DIGITS, _MOST_DIGITS = 6, 17
_JOINING = "that|of|for|in|on|with|without|after|at|from|to|and"
_NAMED = re.compile(rf"(?:^|[:,] )the (?P<noun>(?:(?!(?:{_JOINING}) )[^\s,:(]+ ?)+)[^:]*$")
_PLURAL = re.compile(r"(?<!bia)(?<![uis])s ?$")


def assert_same(got: Any, expected: Any, what: str = "the answer", *, tolerance: float = TOLERANCE) -> None:
    """Assert that `got` has the shape and the values of `expected`, in whatever usual form it comes.

    A list, a tuple, an array and a tensor of the same numbers are the same, float32 or float64, 5 or 5.0; [5], where a
    single number is expected. Shapes and the first place that differs are shown, expected values never.

    Args:
        got: the student's answer, a number or an array of any shape.
        expected: what it should be.
        what: how the message calls it.
        tolerance: of each number, relative to it; beside it a tenth as much of the largest of them all (or of 1), for
            numbers that are nearly 0. Where both are whole they must be equal, and 0 demands that of all numbers.

    Raises:
        Different: they are not the same; it carries a picture of the wrong places.

    >>> assert_same([[1, 2]], [[1, 3]], "the map")
    Traceback (most recent call last):
    ...
    ccv.grading.comparing.difference.Different: the map is wrong in 1 of 2 places, first at [0, 1], where it is 2
    """
    wanted = np.asarray(expected)
    mine = as_array(with_axes(got, wanted.ndim), what)
    if mine.shape != wanted.shape:
        raise Different(f"{what} {_is(what)} {spell_shape(mine.shape)}, but {spell_shape(wanted.shape)} was expected")
    if mine.dtype.kind == "c" != wanted.dtype.kind:
        raise Different(f"{what} {_is(what)} complex, but real numbers are asked for: take the real part")
    if mine.dtype.kind == "b" != wanted.dtype.kind and not mine.shape:
        raise Different(f"{what} is {mine.item()}, but a number is asked for")
    wrong = wrong_places(mine, wanted, tolerance)
    if not wrong.any():
        return
    if not mine.shape:
        raise Different(f"{what} {_is(what)} {_spell(mine, wanted)}, which is not right")
    first = tuple(int(i) for i in np.argwhere(wrong)[0])
    raise Different(
        f"{what} {_is(what)} wrong in {int(wrong.sum())} of {wrong.size} places, first at {list(first)}, "
        f"where it is {_spell(mine[first], wanted[first])}",
        mask(wrong),
    )


def assert_count(got: Any, expected: Any, what: str = "the count") -> None:
    """Assert that `got` is the whole number (or the array of them) `expected`, exactly; 5.0 is as good as 5.

    Raises:
        Different: it is not.

    >>> assert_count(61706.5, 61706, "the number of parameters")
    Traceback (most recent call last):
    ...
    ccv.grading.comparing.difference.Different: the number of parameters is 61706.5, but a count is a whole number
    """
    mine = as_array(with_axes(got, np.ndim(expected)), what)
    if mine.dtype.kind == "b":
        raise Different(f"{what} should be counted, but it is {'True or False' if mine.shape else mine.item()}")
    if not mine.shape and mine.dtype.kind == "f" and np.isfinite(mine) and mine != np.floor(mine):
        raise Different(f"{what} is {_spell(mine, np.rint(mine))}, but a count is a whole number")
    assert_same(mine, expected, what, tolerance=0)


def wrong_places(mine: np.ndarray, wanted: np.ndarray, tolerance: float = TOLERANCE) -> np.ndarray:
    """Return where two arrays of one shape differ, by the rule of `assert_same`, as an array of that shape."""
    whole = wanted.dtype.kind in "biu"
    if whole and mine.dtype.kind in "biu":
        return mine != wanted
    mine, wanted = (n if n.dtype.kind == "c" else n.astype(np.float64) for n in (mine, wanted))
    allowed = tolerance * (np.abs(wanted) + _OF_THE_LARGEST * max(1.0, _largest(wanted)))
    allowed = np.minimum(allowed, _FURTHEST_FROM_WHOLE) if whole else allowed
    with np.errstate(invalid="ignore"):  # of infinities
        near = np.abs(mine - wanted) <= np.where(np.isfinite(wanted), allowed, 0)
    return ~(near | (mine == wanted) | (np.isnan(mine) & np.isnan(wanted)))


def _is(what: str) -> str:
    """The verb for how a message calls something: "the maps of block 2" are, "the loss" is.

    >>> _is("a Sobel: the maps"), _is("the weights of the block"), _is("the loss"), _is("the number of maps")
    ('are', 'are', 'is', 'is')
    """
    named = _NAMED.search(what)
    return "are" if named and _PLURAL.search(named["noun"]) else "is"


def _largest(wanted: np.ndarray) -> float:
    finite = np.abs(wanted[np.isfinite(wanted)])
    return float(finite.max(initial=0))


def _spell(value: Any, other: Any) -> str:
    """A number with as many digits as tell it from the other one, which is not shown."""
    number, beside = np.asarray(value).item(), np.asarray(other).item()
    if not isinstance(number, float):
        return str(number)
    if number.is_integer() and abs(number) < 10**_MOST_DIGITS:
        return f"{number:.0f}"
    if isinstance(beside, complex) or not isfinite(number):
        return f"{number:g}"
    digits = range(_FEWEST_DIGITS, _MOST_DIGITS + 1)
    return next((f"{number:.{n}g}" for n in digits if f"{number:.{n}g}" != f"{beside:.{n}g}"), repr(number))
