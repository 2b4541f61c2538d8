"""What can be said of answers that hold more than was asked for, or less: an axis left, numbers cut off or 0."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from ccv.grading.comparing.compare import wrong_places
from ccv.grading.mistakes.relations import Answer, Relation, relation_of, tell, wrong_parts

_FEWEST_CUT = 3  # different right numbers that are one and the same in the answer, and as many that are right in it
_AXES = {"last": -1, "first": 0}
_SUMMARIES: dict[str, Callable] = {"sum": np.sum, "mean": np.mean, "largest": np.max}

_LEFT = tuple(
    Relation(f"an axis is left: the {said} along the {name} one was asked for", wrong=partial(summary, axis=axis))
    for said, summary in _SUMMARIES.items()
    for name, axis in _AXES.items()
)


def extent_of(pairs: Sequence[tuple[Any, Any]]) -> str | None:
    """Return what explains all pairs of (a student's answer, the right one), None where nothing does.

    >>> extent_of([(np.array([[1, 2], [3, 5]]), np.array([3, 8]))])
    'an axis is left: the sum along the last one was asked for'
    >>> extent_of([([0.2, 1, 0.5, 1, 0.7, 1], [0.2, 3, 0.5, 4, 0.7, 5])])
    'what is above 1 is cut off'
    >>> extent_of([([1, 5, 4, 0], [1, 5, 4, 3]), ([7, 2, 0], [7, 2, 8])])
    'the last of the numbers is 0, where it should not be: does a loop end one too early?'
    """
    return relation_of(pairs, _LEFT) or _one_of_many(pairs) or _cut_off(pairs) or _empty(pairs) or _cut_to_zero(pairs)


def _one_of_many(pairs: Sequence[tuple[Any, Any]]) -> str | None:
    """Whether each answer has the right one in it, at one place of an axis that was not asked for."""
    parts = wrong_parts(pairs)
    if not tell(parts):
        return None
    answers = [answer for part in parts for answer in part]
    for name, axis in _AXES.items():
        if all(_holds(*answer, axis) for answer in answers):
            return f"only one of these along the {name} axis was asked for"
    return None


def _holds(mine: np.ndarray, right: np.ndarray, axis: int) -> bool:
    if mine.ndim != right.ndim + 1 or np.unique(right).size < 2:
        return False
    items = np.moveaxis(mine, axis, 0)
    return items.shape[1:] == right.shape and any(not wrong_places(item, right).any() for item in items)


def _cut_off(pairs: Sequence[tuple[Any, Any]]) -> str | None:
    """Whether the answers are the right ones, with what is too large or too small put at a bound."""
    answers: list[Answer] = [answer for part in wrong_parts(pairs) for answer in part]
    if not answers or any(mine.shape != right.shape or mine.dtype.kind not in "iuf" for mine, right in answers):
        return None
    mine, right = (np.concatenate([side.ravel() for side in sides]) for sides in zip(*answers, strict=True))
    wrong = wrong_places(mine, right)
    if not np.isfinite([mine, right]).all() or np.unique(right[~wrong]).size < _FEWEST_CUT:
        return None
    low, high = mine.min(), mine.max()
    sides = {"above": (high, wrong & (right > high)), "below": (low, wrong & (right < low))}
    cut = {side: bound for side, (bound, places) in sides.items() if places.any()}
    if wrong_places(mine, np.clip(right, low, high)).any() or np.unique(right[wrong]).size < _FEWEST_CUT:
        return None
    return f"what is {' or '.join(f'{side} {bound:g}' for side, bound in cut.items())} is cut off" if cut else None


_ROW, _COLUMN = (-1, slice(None)), (slice(None), -1)
_ENDS: dict[str, list[tuple]] = {
    "the last of the numbers is 0, where it should not be: does a loop end one too early?": [(-1,)],
    "the first of the numbers is 0, where it should not be: does a loop begin one too late?": [(0,)],
    "the last row is 0, where it should not be: does a loop end one too early?": [_ROW],
    "the last column is 0, where it should not be: does a loop end one too early?": [_COLUMN],
    "the last row and the last column are 0, where they should not be: do the loops end one too early?": [
        _ROW,
        _COLUMN,
    ],
}


def _empty(pairs: Sequence[tuple[Any, Any]]) -> str | None:
    """Whether the answers are the right ones, with zeros at an end that was made room for and not filled."""
    answers = _wrong_answers(pairs)
    for says, ends in _ENDS.items():
        if answers and all(_is_emptied(*answer, ends) for answer in answers):
            return says
    return None


def _is_emptied(mine: np.ndarray, right: np.ndarray, ends: Sequence[tuple]) -> bool:
    if mine.shape != right.shape or any(right.ndim != len(at) for at in ends):
        return False
    emptied = right.copy()
    for at in ends:
        emptied[at] = 0
    return bool(emptied.any()) and not wrong_places(mine, emptied).any()


def _cut_to_zero(pairs: Sequence[tuple[Any, Any]]) -> str | None:
    """Whether the whole numbers of the answers are right, and what lies between 0 and 1 is 0."""
    answers = _wrong_answers(pairs)
    if not answers or any(mine.shape != right.shape or mine.dtype.kind not in "iuf" for mine, right in answers):
        return None
    mine, right = (np.concatenate([side.ravel() for side in sides]) for sides in zip(*answers, strict=True))
    wrong = wrong_places(mine, right)
    between = right[wrong]
    if mine[wrong].any() or (np.abs(between) >= 1).any() or np.unique(between).size < _FEWEST_CUT:
        return None
    if (right[~wrong] % 1).any() or np.unique(right[~wrong]).size < 2:
        return None
    return "what is no whole number is 0: is it cut off, by `//` or in an array of whole numbers?"


def _wrong_answers(pairs: Sequence[tuple[Any, Any]]) -> list[Answer]:
    """The answers of all parts that were ever wrong, where there are different right numbers in their wrong places."""
    answers: list[Answer] = [answer for part in wrong_parts(pairs) for answer in part]
    wrong = [right[wrong_places(mine, right)] for mine, right in answers if mine.shape == right.shape]
    return answers if wrong and np.unique(np.concatenate(wrong)).size > 1 else []
