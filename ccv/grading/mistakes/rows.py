"""What can be said of answers as rows of things, whatever these are: one too many, exchanged, the same every time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ccv.grading.mistakes.alike import same

_FEWEST = 3  # questions with different right answers, to which the same answer is no chance

Turn = Callable[[Any], Any]


def _rows(answer: Any) -> list[Any]:
    if not isinstance(answer, list | tuple) or len(answer) < 2:
        raise TypeError("no row of things")
    return [*answer]


def _of_each(turn: Turn) -> Turn:
    """The turn of each row of a table, whose rows hold several things."""
    return lambda answer: [turn(_rows(row)) for row in _rows(answer)]


def _itself(answer: Any) -> Any:
    return answer


def _of_rows(answer: Any) -> list[Any]:
    if not all(isinstance(row, list | tuple) for row in _rows(answer)):
        raise TypeError("no rows, but single things")
    return _rows(answer)


def _turned(table: Any) -> list[Any]:
    return [list(row) for row in zip(*map(_rows, _rows(table)), strict=True)]


# What is said where the student's answer, turned by the first, is the right one, turned by the second.
_STATEMENTS: tuple[tuple[str, Turn, Turn], ...] = (
    ("there is one thing too many at the beginning", lambda mine: _rows(mine)[1:], _itself),
    ("there is one thing too many at the end", lambda mine: _rows(mine)[:-1], _itself),
    ("the first of the things that were asked for is missing", _itself, lambda right: _rows(right)[1:]),
    ("the last of the things that were asked for is missing", _itself, lambda right: _rows(right)[:-1]),
    ("the rows are right, but in reverse order", _itself, lambda right: _of_rows(right)[::-1]),
    ("the parts of the answer are right, but in reverse order", _itself, lambda right: _rows(right)[::-1]),
    ("the things in each row are right, but in reverse order", _itself, _of_each(lambda row: row[::-1])),
    ("only the last thing of each of these rows was asked for", _of_each(lambda row: row[-1]), _itself),
    ("only the first thing of each of these rows was asked for", _of_each(lambda row: row[0]), _itself),
    ("each row lacks its last thing", _itself, _of_each(lambda row: row[:-1])),
    ("each row lacks its first thing", _itself, _of_each(lambda row: row[1:])),
    ("that is only the first thing of each row", _itself, _of_each(lambda row: row[0])),
    ("that is only the last thing of each row", _itself, _of_each(lambda row: row[-1])),
    ("the columns are right, each as a list of its own: rows were asked for", _turned, _itself),
)


def rows_of(pairs: Sequence[tuple[Any, Any]]) -> str | None:
    """Return what explains all pairs of (a student's answer, the right one), None where no statement does.

    >>> rows_of([([0, ("a", 1), ("b", 2)], [("a", 1), ("b", 2)])])
    'there is one thing too many at the beginning'
    >>> rows_of([(5, 4), (5, 9), (5, 6)])
    'that is the same answer to every question, whatever comes in'
    >>> rows_of([(5, 5), (-1, None), (3, 3), (-1, None)])
    'where the answer should be None it is -1'
    """
    if pairs[0][0] is not None and _is_always_the_same(pairs):
        return "that is the same answer to every question, whatever comes in"
    if said := _instead_of_none(pairs):
        return said
    return next((says for says, mine, right in _STATEMENTS if all(_holds(*pair, mine, right) for pair in pairs)), None)


def mixed(mine: Any, right: Any, wrong: Any) -> bool:
    """Whether each row of an answer is right or has a known mistake, as the same row of the answer `wrong` has it.

    >>> mixed([10, 2, 30], [1, 2, 3], [10, 20, 30])
    True
    """
    sides = [side if isinstance(side, list) else [] for side in (mine, right, wrong)]
    if not sides[0] or len({*map(len, sides)}) > 1:
        return False
    return all(same(given, wanted) or same(given, known) for given, wanted, known in zip(*sides, strict=True))


def of_two_kinds(column: Sequence[tuple[Any, Any]]) -> bool:
    """Whether there are no more than two different rows, such as True and False: a wrong one is always the other.

    >>> of_two_kinds([([True, False], [True, True])])
    True
    """
    return len({repr(row) for pair in column for side in pair if isinstance(side, list) for row in side}) <= 2


def _holds(given: Any, wanted: Any, mine: Turn, right: Turn) -> bool:
    try:
        made, asked = mine(given), right(wanted)
    except (TypeError, ValueError):
        return False
    # Nothing is the same as nothing, and a single number is soon like another.
    return isinstance(made, list | tuple) and len(made) > 1 and same(made, asked)


def _instead_of_none(pairs: Sequence[tuple[Any, Any]]) -> str | None:
    """What stands in all answers that should be None, and only there."""
    wrong = [pair for pair in pairs if not same(*pair)]
    others = {repr(mine) for mine, right in wrong if right is None and isinstance(mine, str | int | float)}
    if len(others) != 1 or any(right is not None for _, right in wrong) or len(wrong) == len(pairs):
        return None
    return f"where the answer should be None it is {others.pop():.40}"


def _is_always_the_same(pairs: Sequence[tuple[Any, Any]]) -> bool:
    (first, _), *others = pairs
    if len(others) < _FEWEST - 1 or not all(same(first, mine) for mine, _ in others):
        return False
    different: list[Any] = []
    for _, right in pairs:
        if not any(same(right, known) for known in different):
            different.append(right)
    return len(different) >= _FEWEST
