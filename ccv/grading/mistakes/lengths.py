"""Numbers that are wrong by the length of an axis of an argument, as a sum for a mean is, or a mean for a sum."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ccv.grading.comparing.compare import wrong_places
from ccv.grading.mistakes.relations import answers_by_part, tell, wrong_parts

_FEWEST_LENGTHS = 2  # of an axis: always the same one may be chance


def length_of_axis(
    reference: Callable, questions: Sequence[tuple[tuple, dict]], pairs: Sequence[tuple[Any, Any]]
) -> str | None:
    """Return which axis of an argument is so long that it explains all answers as a factor, as a sum for a mean does.

    None where nothing does, or where the axis is always of one length, which may be chance.
    """
    if not tell(wrong_parts(pairs)) or any(isinstance(right, tuple) for _, right in pairs):
        return None
    try:
        lengths = [_lengths(inspect.signature(reference).bind(*args, **kwargs).arguments) for args, kwargs in questions]
    except (TypeError, ValueError):  # it cannot be asked so
        return None
    answers = [answer for pair in pairs for answer in answers_by_part(*pair)]
    if len(answers) != len(pairs) or any(mine.shape != right.shape for mine, right in answers):
        return None
    for name in lengths[0]:
        factors = [each.get(name, 0) for each in lengths]
        if not all(factors) or len({*factors}) < _FEWEST_LENGTHS:
            continue
        for said, step in {"times": np.multiply, "divided by": np.divide}.items():
            if not any(
                wrong_places(mine, step(right, factor)).any()
                for (mine, right), factor in zip(answers, factors, strict=True)
            ):
                return f"every number is what it should be, {said} {name}"
    return None


def _lengths(arguments: dict[str, Any]) -> dict[str, int]:
    """How long each axis of each array is, and how many numbers it has, by what a student calls that."""
    found: dict[str, int] = {}
    for name, value in arguments.items():
        if not isinstance(value, np.ndarray) or not value.size:
            continue
        found |= {f"the length of axis {axis} of `{name}`": length for axis, length in enumerate(value.shape)}
        found |= {f"how many numbers `{name}` has": value.size} if value.ndim > 1 else {}
    return found
