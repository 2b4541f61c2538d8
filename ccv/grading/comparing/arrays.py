"""Answers as arrays and as tuples, whatever usual form they come in, or one kind sentence that says what they are."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np

from ccv.grading.comparing.difference import Different


def as_array(answer: Any, what: str, shape: tuple[int | None, ...] | None = None) -> np.ndarray:
    """Return an answer as an array of numbers: from a number, a list, a tuple or an array, nested as they may be.

    Args:
        answer: what the student's function gave.
        what: how the message calls it.
        shape: the shape that it must have, None for an axis of any length; as a default any.

    Raises:
        Different: it is no array of numbers, or has another shape.

    >>> as_array([(1, 2), [3, 4.5]], "the boxes", (None, 2))
    array([[1. , 2. ],
           [3. , 4.5]])
    """
    answer = answer if shape is None else with_axes(answer, len(shape))
    stranger = _first_stranger(answer)
    if stranger:
        raise Different(f"{what} should be {_numbers(shape)}, but {stranger}")
    try:
        array = np.asarray(answer)
    except ValueError:
        raise Different(f"{what} should be {_numbers(shape)}, but its rows have different lengths") from None
    if array.dtype.kind not in "biufc":
        raise Different(f"{what} holds a number that is far too large")
    if shape is not None and not _fits(array.shape, shape):
        raise Different(f"{what} should be {_numbers(shape)}, but it is {spell_shape(array.shape)}")
    return array


def as_items(answer: Any, count: int | None, what: str) -> list[Any]:
    """Return the `count` things of a tuple, a list or the first axis of an array, as a list.

    Args:
        answer: what the student's function gave.
        count: how many there must be; None: any number.
        what: how the message calls them, such as "the count and the correlation".

    Raises:
        Different: it is no row of things, or there are more or fewer.

    >>> as_items(np.array([65, 0.605]), 2, "the count and the correlation")
    [65.0, 0.605]
    """
    how_many = f"{count} thing{'s' * (count != 1)}" if count is not None else "any number of things"
    asked = f"{what} should be {how_many} in a tuple or a list"
    if isinstance(answer, np.ndarray) and answer.ndim:
        items = answer.tolist() if answer.ndim == 1 else [*answer]
    elif isinstance(answer, list | tuple):
        items = [*answer]
    else:
        raise Different(f"{asked}, but it is {spell_kind(answer)}")
    if count is not None and len(items) != count:
        raise Different(f"{asked}, but there {'is' if len(items) == 1 else 'are'} {len(items) or 'none'}")
    return items


def as_word(answer: Any, what: str) -> str:
    """Return an answer that is a word, alone or as the only thing in a list or an array, without blanks around it.

    Args:
        answer: what the student's function gave.
        what: how the message calls it.

    Raises:
        Different: it is no text.

    >>> as_word(["relu "], "the activation")
    'relu'
    """
    word = the_one(answer)
    if not isinstance(word, str):
        raise Different(f"{what} should be a word, as text, but it is {spell_kind(word)}")
    return str(word).strip()


def as_letters(answer: Any, allowed: Collection[str], what: str) -> set[str]:
    """Return the letters of a list, a set, an array or a text such as "a, c", capital or small.

    Args:
        answer: what the student gave.
        allowed: the letters that there are.
        what: how the message calls the answer.

    Raises:
        Different: it is no letters, or there is one that is not allowed.

    >>> sorted(as_letters("C, a", "abc", "`what_holds`"))
    ['a', 'c']
    """
    answer = the_one(answer)
    parts = [*answer] if isinstance(answer, str | set | frozenset) else as_items(answer, None, what)
    if not all(isinstance(the_one(each), str) for each in parts):
        raise Different(f'{what} should be letters in quotes, such as ["a", "c"]')
    letters = {letter for each in parts for letter in the_one(each).lower() if letter.isalnum()}
    unknown = sorted(letters - {*allowed})
    if unknown:
        raise Different(f"{what}: there is no {unknown[0]!r} among {', '.join(allowed)}")
    return letters


def the_one(answer: Any) -> Any:
    """Return the only thing in a list, a tuple or an array of one, which counts by value; any other answer as it is.

    >>> the_one([(3,)]), the_one(np.array([[3]])), the_one([3, 4])
    (3, 3, [3, 4])
    """
    while isinstance(answer, list | tuple) and len(answer) == 1:
        answer = answer[0]
    return answer.item() if isinstance(answer, np.ndarray) and answer.size == 1 else answer


def with_axes(answer: Any, axes: int) -> Any:
    """Return an answer whose lists of one are their items, where a number (no axes) or a row of numbers is asked for.

    >>> with_axes([3], 0), with_axes(([3], 4), 1), with_axes([[3], [4]], 2)
    (3, [3, 4], [[3], [4]])
    """
    if axes == 0:
        return the_one(answer)
    return [the_one(each) for each in answer] if axes == 1 and isinstance(answer, list | tuple) else answer


# ---------------------------------------------------------------------------------------------------------- words


def spell_kind(value: Any) -> str:
    """What a value is, as a sentence would say it: "a dictionary", "an array of shape (2, 3)"."""
    if value is None:
        return "nothing (None): is there a `return`?"
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, np.ndarray):
        return spell_shape(value.shape)
    return next((said for kinds, said in _KINDS if isinstance(value, kinds)), f"of type {type(value).__name__}")


_KINDS: tuple[tuple[Any, str], ...] = (
    (str | bytes, "text"),
    (int | float | complex | np.number, "a single number"),
    (dict, "a dictionary"),
    (set | frozenset, "a set, which has no order: use a list"),
    (tuple, "a tuple"),
    (list, "a list"),
)


def spell_shape(shape: tuple[int | None, ...]) -> str:
    """A shape in words; None is any length.

    >>> spell_shape((None, 4)), spell_shape(())
    ('an array of shape (any, 4)', 'a single number')
    """
    if not shape:
        return "a single number"
    said = ", ".join("any" if side is None else str(side) for side in shape)
    return f"an array of shape ({said}{',' * (len(shape) == 1)})"


def _numbers(shape: tuple[int | None, ...] | None) -> str:
    if shape == (None,):
        return "a list of numbers, or an array with one axis"
    return "a number or an array of numbers" if shape is None else spell_shape(shape)


def _fits(shape: tuple[int, ...], wanted: tuple[int | None, ...]) -> bool:
    return len(shape) == len(wanted) and all(b in (None, a) for a, b in zip(shape, wanted, strict=True))


def _first_stranger(value: Any) -> str | None:
    """What among the items of nested lists is no number, in words.

    It is asked before an array is made: of text, each item would take as much memory as the longest.
    """
    waiting = [(value, _it_is)]
    while waiting:
        item, say = waiting.pop()
        if isinstance(item, list | tuple):
            waiting.extend((one, _there_is) for one in reversed(item))
        elif isinstance(item, np.ndarray) and item.dtype.kind in "SU":
            return "there is text in it"
        elif not isinstance(item, int | float | complex | np.number | np.bool_ | np.ndarray):
            return say(item)
    return None


def _it_is(value: Any) -> str:
    return "there is text in it" if isinstance(value, str | bytes) else f"it is {spell_kind(value)}"


def _there_is(value: Any) -> str:
    return f"there is {'nothing (None)' if value is None else _something(value)} in it"


def _something(value: Any) -> str:
    said = spell_kind(value)
    return f"something {said}" if said.startswith("of type") else said.partition(",")[0]
