"""What can be said of a single wrong number, where an exercise asks for one: a factor, or digits that are missing."""

from __future__ import annotations

from typing import Any

import numpy as np

from ccv.grading.mistakes.relations import FACTORS, is_number

_PRECISION = 1e-6
_FEWEST_DIGITS = 4  # of the right number: with fewer, many a wrong one is some multiple of it by chance


def relation_of_value(mine: Any, right: Any) -> str | None:
    """Return how a single number, which has four digits or more, stands to the right one; None where no factor says it.

    >>> relation_of_value(21_238_784, 5_309_696), relation_of_value(5_300_000, 5_309_696), relation_of_value(8, 4)
    ('that is four times what it should be', 'that is rounded: the exact number was asked for', None)
    """
    if (
        not is_number(mine)
        or not is_number(right)
        or len(f"{right:.9g}".strip("-0.").replace(".", "")) < _FEWEST_DIGITS
    ):
        return None
    for factor, said in FACTORS.items():
        if np.isclose(mine, factor * right, rtol=_PRECISION, atol=0):
            return f"that is {said} what it should be"
        if np.isclose(factor * mine, right, rtol=_PRECISION, atol=0):
            return f"that is what it should be, divided by {factor}"
    rounded = {float(f"{right:.{digits}g}") for digits in range(1, 4)}
    return "that is rounded: the exact number was asked for" if float(mine) in rounded else None
