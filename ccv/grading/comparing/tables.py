"""Comparing a column of a table: the message names the rows that are wrong and what they have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ccv.grading.comparing.compare import assert_count
from ccv.grading.comparing.difference import Different

_MOST_NAMED = 3  # rows beside the first


def assert_column(
    got: Sequence,
    expected: Sequence,
    rows: Sequence[str],
    kinds: Sequence[str],
    what: str,
    place: str = "",
    *,
    zero: str = "",
) -> None:
    """Assert that a column of whole numbers, or the part of it that a check is about, is right, row by row.

    Args:
        got: the student's numbers, one a row.
        expected: what they should be.
        rows: how the message calls each row, such as "row 5, ('dense', 120)".
        kinds: what each row is about, such as "dense layer".
        what: how the message calls the number.
        place: which table it is, where there are several.
        zero: what is said of the row where all wrong ones should be 0, such as "such a layer learns nothing".

    Raises:
        Different: some are wrong. It says what the first of them is, which rows are wrong, and whether all of their
            numbers are too large or too small.

    >>> kinds = ["pooling", "dense layer", "pooling", "dense layer"]
    >>> assert_column([1, 10, 2, 10], [0, 10, 0, 10], ["row 1", "row 2", "row 3", "row 4"], kinds, "the bias")
    Traceback (most recent call last):
    ...
    ccv.grading.comparing.difference.Different: row 1: the bias is 1, which is not right; wrong for every pooling, \
each time too large, and right for every dense layer
    """
    wrong: dict[int, Different] = {}
    for number, (row, mine, right) in enumerate(zip(rows, got, expected, strict=True)):
        try:
            assert_count(mine, right, f"{place}{', ' * bool(place)}{row}: {what}")
        except Different as different:
            wrong[number] = different
    if wrong:
        how = _how([(got[n], expected[n]) for n in wrong])
        which = _which([*wrong], rows, kinds, how)
        why = f"; {zero}" if zero and not any(expected[n] for n in wrong) else ""
        raise Different(f"{wrong[min(wrong)]}{'; ' * bool(which)}{which}{why}")


def _which(wrong: list[int], rows: Sequence[str], kinds: Sequence[str], how: str) -> str:
    """Which rows these are: all of some kinds, or by their names."""
    if len(set(kinds)) == len(kinds):
        return _by_name(wrong, rows, how)
    affected = list(dict.fromkeys(kinds[n] for n in wrong))
    spared = [kind for kind in dict.fromkeys(kinds) if kind not in affected]
    if len(wrong) == sum(kind in affected for kind in kinds) and len(affected) < len(kinds):
        right = f", and right for {_every(spared, kinds)}" if spared else ""
        return f"wrong for {_every(affected, kinds)}{how}{right}"
    return _by_name(wrong, rows, how)


def _by_name(wrong: list[int], rows: Sequence[str], how: str) -> str:
    if len(rows) == 1:
        return ""
    if len(wrong) == 1:
        return f"of the {len(rows)} rows compared only this one is wrong{how}"
    named = [rows[n] for n in wrong[1 : 1 + _MOST_NAMED]]
    more = len(wrong) - 1 - len(named)
    return f"wrong too: {'; '.join(named)}{f' and {more} more' * bool(more)}{how}"


def _every(kinds: list[str], of: Sequence[str]) -> str:
    *first, last = [f"{'the' if of.count(kind) == 1 else 'every'} {kind}" for kind in kinds]
    return f"{', '.join(first)} and {last}" if first else last


def _how(cells: list[tuple[Any, Any]]) -> str:
    """Whether all the wrong numbers are 0, too large, or too small."""
    try:
        mine, right = (np.array(side, float) for side in zip(*cells, strict=True))
    except (TypeError, ValueError):
        return ""
    if mine.shape != right.shape:  # pairs, or shapes, where numbers were asked for
        return ""
    each = ", " + "each time " * (len(cells) > 1)
    if not mine.any():
        return f"{each}0"
    if (mine > right).all():
        return f"{each}too large"
    return f"{each}too small" if (mine < right).all() else ""
