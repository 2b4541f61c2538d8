"""What is wrong in a choice, of letters or of a thing for each letter: known mistakes may be parts of it."""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_lowercase
from typing import Any

from ccv.grading.comparing.arrays import as_letters, the_one
from ccv.grading.comparing.difference import Different
from ccv.grading.mutants import Mutant


def mistake_in_choice(mine: Any, right: Any, mutants: Sequence[Mutant]) -> str | None:
    """Return the known mistake that is most of what is wrong in a choice; of equal ones the first.

    A mutant is part of a choice if everything that is wrong in it is wrong there, too, and in the same way.

    >>> also_c = Mutant("x", "c is none", ["a", "b", "c"])
    >>> mistake_in_choice("C, B, A", ["a", "b"], [also_c]), mistake_in_choice(["c", "a"], ["a", "b"], [also_c])
    ('c is none', 'one of the mistakes: c is none')
    """
    wrong = _wrong(mine, right)
    if not wrong:
        return None
    known = [(_wrong(m.answer, right), m) for m in mutants]
    parts = [(made, m.says) for made, m in known if made and made <= wrong and (made == wrong or len(m.answer))]
    made, says = max(parts, key=lambda part: len(part[0]), default=(set(), None))
    return says if says is None or made == wrong else f"one of the mistakes: {says}"


def _wrong(mine: Any, right: Any) -> set[Any]:
    """What is chosen and should not be, or not chosen and should be; nothing where this is no choice."""
    if isinstance(right, dict) and isinstance(mine, dict) and all(isinstance(each, str) for each in right.values()):
        return {
            (letter, _text(mine[letter]))
            for letter in right.keys() & mine
            if _text(mine[letter]) != _text(right[letter])
        }
    letters = _letters(right)
    given = _letters(mine)
    if letters is None or given is None or [*right] != sorted(letters):
        return set()
    return letters ^ given


def _letters(value: Any) -> set[str] | None:
    try:
        return None if isinstance(value, dict) else as_letters(value, ascii_lowercase, "")
    except Different:
        return None


def _text(thing: Any) -> str:
    return " ".join(str(the_one(thing)).lower().split())
