"""Answers of several things: which of them are wrong, and what can be said of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import permutations
from typing import Any

from ccv.grading.mistakes.alike import same
from ccv.grading.mistakes.relations import is_number, tell, wrong_parts

_MOST = 4
_FEWEST_ROWS = 2

Pairs = list[tuple[Any, Any]]  # a student's answer, the right one


def parts(answer: Any) -> list[Any]:
    """Return the things in a tuple, or the columns of a list of pairs, triples or quadruples; else nothing.

    >>> parts((12, (3, 3))), parts([(1, 10), (2, 20), (3, 30)])
    ([12, (3, 3)], [[1, 2, 3], [10, 20, 30]])
    """
    if isinstance(answer, tuple) and 2 <= len(answer) <= _MOST:
        return [*answer]
    rows = answer if isinstance(answer, list) else []
    if not all(isinstance(row, tuple) for row in rows) or len({*map(len, rows)}) != 1:
        return []
    return [list(column) for column in zip(*rows, strict=True)] if 2 <= len(rows[0]) <= _MOST else []


def part_of(answer: Any, number: int) -> Any:
    """Return one of the `parts`; None where there are fewer."""
    found = parts(answer)
    return found[number] if number < len(found) else None


def parts_of(pairs: Sequence[tuple[Any, Any]]) -> str | None:
    """Return what explains all pairs where several things were asked for: exchanged, or one of them alone."""
    counts = {len(right) if isinstance(right, tuple) else 0 for _, right in pairs}
    count = counts.pop()
    if counts or not 2 <= count <= _MOST or all(is_number(part) for _, right in pairs for part in right):
        return None
    for order in list(permutations(range(count)))[1:]:
        if all(same(mine, tuple(right[i] for i in order)) for mine, right in pairs):
            return "the parts of the answer are right, but in another order"
    alone = [i for i in range(count) if all(same(mine, right[i]) for mine, right in pairs)]
    return f"that is part {alone[0] + 1} alone of the {count} that were asked for" if len(alone) == 1 else None


def mistakes_by_part(
    pairs: Sequence[tuple[Any, Any]], mistake: Callable[[int, Pairs], str | None], *, later: bool = True
) -> str | None:
    """Return the mistake in each wrong part of the answers, which may be several; None where one has no name.

    Args:
        pairs: (a student's answer, the right one).
        mistake: the name of what explains a part of all answers, from its number and its own pairs.
        later: whether wrong parts behind the first one need a name, too; they may be wrong because the first one is.
    """
    answers = [(parts(mine), parts(right)) for mine, right in pairs]
    if len({len(side) for answer in answers for side in answer}) != 1:
        return None
    said = []
    for part in range(len(answers[0][0])):
        column = [(mine[part], right[part]) for mine, right in answers]
        if all(same(*pair) for pair in column):
            continue
        named = mistake(part, column) if enough(column) else None
        if named:
            said.append(f"part {part + 1} of the answer: {named}")
        elif later or not said:
            return None
    return "; ".join(said) or None


def another_part(number: int, pairs: Sequence[tuple[Any, Any]]) -> str | None:
    """Return which other part's right answers stand in a part; None where none does."""
    answers = [(part_of(mine, number), parts(right)) for mine, right in pairs]
    for other in range(max((len(right) for _, right in answers), default=0)):
        if other != number and all(other < len(right) and same(mine, right[other]) for mine, right in answers):
            return f"that is what part {other + 1} should be"
    return None


def enough(column: Sequence[tuple[Any, Any]]) -> bool:
    """Whether there are enough different wrong numbers, or wrong rows of numbers, to tell a cause from chance."""
    if tell(wrong_parts(column)):
        return True
    tables = [pair for pair in column if all(isinstance(side, list) for side in pair)]
    rows = [row for mine, right in tables if len(mine) == len(right) for row in zip(mine, right, strict=True)]
    return len({repr(row[0]) for row in rows if not same(*row)}) >= _FEWEST_ROWS
