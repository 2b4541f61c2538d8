"""Small checks of what people pass: a whole number, a number, each with one sentence that says what would do."""

import math
import numbers
from collections.abc import Callable
from typing import Any


def check_whole(name: str, value: Any, least: int = 1, most: int | None = None, why: str = "") -> int:
    """Return an integer from `least` to `most`, NumPy's too, as Python's; raise ValueError for anything else.

    >>> check_whole("epochs", 0)
    Traceback (most recent call last):
    ValueError: epochs=0 must be an integer of at least 1
    """
    good = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if not good or int(value) < least or (most is not None and int(value) > most):
        limits = f"of at least {least}" if most is None else f"from {least} to {most}"
        raise ValueError(f"{name}={value!r} must be an integer {limits}{why}")
    return int(value)


def check_number(name: str, value: Any, fits: Callable[[float], bool], where: str) -> float:
    """Return a finite number that `fits`, as Python's float; raise ValueError that says `where` it must lie.

    >>> check_number("flip", 2, lambda share: 0 <= share <= 1, "from 0 to 1")
    Traceback (most recent call last):
    ValueError: flip=2 must be a number from 0 to 1
    """
    good = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if not good or not math.isfinite(value) or not fits(float(value)):
        raise ValueError(f"{name}={value!r} must be a number {where}")
    return float(value)
