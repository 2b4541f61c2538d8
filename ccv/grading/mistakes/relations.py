"""What can be said of wrong numbers without knowing the exercise: how they stand to the right ones.

A relation is a statement about numbers, such as "twice what it should be". It is said only where it holds for all that
was seen, to the last number, so it cannot be false; what has caused it is left to the student.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import permutations
from typing import Any

import numpy as np

from ccv.grading.comparing.arrays import as_array
from ccv.grading.comparing.compare import wrong_places
from ccv.grading.comparing.difference import Different
from ccv.grading.mistakes.alike import same

_PRECISION = 1e-6  # closer than an answer has to be, since 4 decimals are no rounding error
_FEWEST = 2  # different wrong numbers: a single one stands in some relation to any other
_FEWEST_AMONG_RIGHT = 4  # where right ones stand beside them that the relation does not explain

_NOTHING = np.zeros(0, bool)

Turn = Callable[[np.ndarray], Any]
Answer = tuple[np.ndarray, np.ndarray]  # a student's, and the right one


@dataclass(frozen=True)
class Relation:
    """A statement that is true where the right numbers, turned, are the wrong ones (or these, turned, the right)."""

    says: str
    right: Turn = np.asarray
    wrong: Turn = np.asarray
    each: bool = False  # about one number at a time, so that right ones may stand between the wrong ones

    def explains(self, answers: Sequence[Answer]) -> bool:
        """Whether it is true of all answers."""
        if not self.each:
            return all(self._off(*answer) is _NOTHING for answer in answers)
        if any(mine.shape != right.shape for mine, right in answers):
            return False
        mine, right = (np.concatenate([side.ravel() for side in sides]) for sides in zip(*answers, strict=True))
        wrong = np.concatenate([_differ(*answer).ravel() for answer in answers])
        if self.wrong is not np.asarray and np.unique(right[wrong]).size < _FEWEST:
            return False  # many numbers can be turned into a single one
        off = self._off(mine, right)
        if off is _NOTHING or off is None:
            return off is _NOTHING
        return not (off & wrong).any() and np.unique(mine[wrong]).size >= _FEWEST_AMONG_RIGHT

    def _off(self, mine: np.ndarray, right: np.ndarray) -> np.ndarray | None:
        """The places that it does not explain; None where it is not for such answers."""
        try:
            with np.errstate(all="ignore"):
                made, given = np.asarray(self.right(right)), np.asarray(self.wrong(mine))
        except (ValueError, TypeError, IndexError):
            return None  # it is not for so many axes, or not for truth values
        if not made.size or made.shape != given.shape or (made.dtype == bool) != (given.dtype == bool):
            return None
        off = _other(given, made)
        return off if off.any() else _NOTHING


def _other(given: np.ndarray, made: np.ndarray) -> np.ndarray:
    """Where two arrays of one shape differ, each number by itself: a large one beside it makes none of them looser."""
    if given.dtype.kind in "biu" and made.dtype.kind in "biu":
        return given != made
    with np.errstate(all="ignore"):
        smallest = _PRECISION * min(1.0, float(np.abs(made).max()))
        return ~np.isclose(given, made, rtol=_PRECISION, atol=smallest, equal_nan=True)


def _each(says: str, turn: Turn) -> Relation:
    return Relation(f"every wrong number is {says}", turn, each=True)


def _sorted(numbers: np.ndarray) -> np.ndarray:
    return np.sort(numbers, axis=None).reshape(numbers.shape)


def _raveled(turn: Callable, **options: int) -> Turn:
    """What it gives as one row of numbers, whether or not the student kept an axis of length one."""
    return lambda numbers: np.ravel(turn(numbers, **options))


def _taken(numbers: np.ndarray, at: int) -> np.ndarray:
    return np.take(numbers, at, axis=-1)


def _exchanged(truths: np.ndarray) -> np.ndarray:
    if truths.dtype != bool:
        raise TypeError("no truth values")  # of numbers, too, NumPy's `logical_not` makes some
    return ~truths


FACTORS = {2: "twice", 3: "three times", 4: "four times", 8: "eight times", 255: "255 times", 1024: "1024 times"} | {
    10**n: said for n, said in {1: "ten times", 2: "100 times", 3: "1000 times", 6: "a million times"}.items()
}
_SUMMARIES: dict[str, Callable] = {"sum": np.sum, "mean": np.mean, "largest": np.max, "product": np.prod}

NUMBERS = (
    *(_each(f"{said} what it should be", partial(np.multiply, f)) for f, said in FACTORS.items()),
    *(_each(f"what it should be, divided by {f}", partial(np.multiply, 1 / f)) for f in FACTORS),
    *(_each(f"{step} too large", partial(np.add, step)) for step in (1, 2, 0.5)),
    *(_each(f"{step} too small", partial(np.add, -step)) for step in (1, 2, 0.5)),
    _each("in degrees: radians were asked for", np.degrees),
    _each("in radians: degrees were asked for", np.radians),
    *(_each(f"the right one, times the square root of {n}", partial(np.multiply, n**0.5)) for n in (2, 3)),
    *(_each(f"the right one, divided by the square root of {n}", partial(np.multiply, n**-0.5)) for n in (2, 3)),
    _each("the right one with the other sign", lambda n: -n),
    *(
        _each(f"what it should be, {how} by the natural logarithm of {base}: which base has the logarithm?", turn)
        for base in (2, 10)
        for how, turn in {
            "multiplied": partial(np.multiply, np.log(base)),
            "divided": partial(np.multiply, 1 / np.log(base)),
        }.items()
    ),
    _each("1 minus the right one", lambda n: 1 - n),
    _each("1 divided by the right one", lambda n: 1 / n),
    _each("the square of the right one", lambda n: n**2),
    _each("the square root of the right one", np.sqrt),
    _each("the logarithm of the right one", np.log),
    _each("rounded to a whole one", np.rint),
    _each("rounded down to a whole one", np.floor),
    _each("rounded up to a whole one", np.ceil),
    _each("cut to a whole one", np.trunc),
    *(_each(f"rounded to {n} digits after the point", partial(np.round, decimals=n)) for n in (1, 2, 3, 4)),
    *(
        Relation(f"whole numbers were asked for: {how}, every wrong one would be right", wrong=turn, each=True)
        for how, turn in {"rounded down": np.floor, "rounded up": np.ceil, "rounded to the nearest": np.rint}.items()
    ),
    Relation("the numbers start again at 256, as those of uint8 do", lambda n: np.trunc(n) % 256, each=True),
    Relation("True and False are exchanged", _exchanged),
)
WHOLES = (
    Relation("the numbers are right, but in another shape", np.ravel, np.ravel),
    Relation("that is only the first of what was asked for", lambda n: n[0]),
    Relation("that is only the last of what was asked for", lambda n: n[-1]),
    Relation("that is only the first column of what was asked for", lambda n: n[:, 0]),
    Relation("that is only the last column of what was asked for", lambda n: n[:, -1]),
    Relation("only the first of these was asked for", wrong=lambda n: n[0]),
    Relation("only the last of these was asked for", wrong=lambda n: n[-1]),
    *(Relation(f"that is the {said} of what was asked for", f) for said, f in _SUMMARIES.items()),
    *(Relation(f"the {said} of these numbers was asked for", wrong=f) for said, f in _SUMMARIES.items()),
    *(
        Relation(f"that is the {said} of what was asked for, along axis {axis}", _raveled(f, axis=axis), np.ravel)
        for said, f in _SUMMARIES.items()
        for axis in range(4)
    ),
    Relation("the numbers are divided by their sum", lambda n: n / n.sum()),
    Relation("these are per cent of the sum of what was asked for", lambda n: 100 * n / n.sum()),
    Relation("the numbers are divided by their sum along the last axis", lambda n: n / n.sum(-1, keepdims=True)),
    Relation("the numbers are divided by the largest of them", lambda n: n / n.max()),
    Relation("each number has all those before it added", lambda n: np.cumsum(n, axis=0)),
    Relation("each number has all those before it in its row added", lambda n: np.cumsum(n, axis=1)),
    Relation("each number is only what it adds to the one before", lambda n: np.diff(n, axis=0, prepend=0)),
    Relation("that is only the diagonal of what was asked for", np.diagonal),
    Relation("how many numbers these are was asked for", wrong=np.size),
    Relation("that is how many numbers there are: the numbers were asked for", np.size),
    Relation("it is added to itself transposed", lambda n: n + n.T),
    Relation("that is where the largest number stands: the numbers were asked for", lambda n: n.argmax(-1)),
    Relation("the first is missing", lambda n: n[1:]),
    Relation("the last is missing", lambda n: n[:-1]),
    Relation("the zeros are left out: they belong in the answer", lambda n: n[n != 0]),
    Relation("there is one too many at the beginning", wrong=lambda n: n[1:]),
    Relation("there is one too many at the end", wrong=lambda n: n[:-1]),
    Relation("there is a column too many at the end", wrong=lambda n: n[:, :-1]),
    Relation("there is a column too many at the beginning", wrong=lambda n: n[:, 1:]),
    *(
        Relation(
            f"that is only the {said} of what was asked for, along its last axis", _raveled(_taken, at=at), np.ravel
        )
        for said, at in {"first": 0, "last": -1}.items()
    ),
    Relation("it is transposed: the axes are in reverse order", lambda n: n.T),
    Relation("it is in reverse order along its last axis", partial(np.flip, axis=-1)),
    *(Relation(f"it is in reverse order along axis {a}", partial(np.flip, axis=a)) for a in range(3)),
    *(Relation(f"it is moved by one place along axis {a}", partial(np.roll, shift=1, axis=a)) for a in range(3)),
    *(Relation(f"it is moved back by one place along axis {a}", partial(np.roll, shift=-1, axis=a)) for a in range(3)),
    *(
        Relation("the axes are in another order", partial(np.transpose, axes=order))
        for axes in (3, 4)
        for order in permutations(range(axes))
    ),
    Relation("the numbers are right, but in another order", _sorted, _sorted),
)


def relation_of(pairs: Sequence[tuple[Any, Any]], table: Sequence[Relation]) -> str | None:
    """Return the first statement of a table that explains all pairs of (a student's answer, the right one).

    None as well where that could be by chance, since there are fewer than two different wrong numbers.

    >>> relation_of([(4, 2), (10, 5), (0, 0)], NUMBERS)
    'every wrong number is twice what it should be'
    >>> relation_of([(4, 2)], NUMBERS) is None
    True
    """
    wrong = wrong_parts(pairs)
    if not tell(wrong):
        return None
    return next((relation.says for relation in table if all(map(relation.explains, wrong))), None)


def wrong_parts(pairs: Sequence[tuple[Any, Any]]) -> list[list[Answer]]:
    """Return the answers for each part that was ever wrong; none where a part is no array of numbers.

    An answer that is a number or an array is one part; of a tuple such as (boxes, scores) each is one.
    """
    parts: dict[tuple, list[Answer]] = {}
    for pair in pairs:
        for place, answer in _parts(*pair):
            if answer is None:
                return []
            parts.setdefault(place, []).append(answer)
    return [answers for answers in parts.values() if any(_differ(*answer).any() for answer in answers)]


def answers_by_part(mine: Any, right: Any) -> list[Answer]:
    """Return the numbers of one answer, part by part, beside the right ones; a part that is no array is left out."""
    return [answer for _, answer in _parts(mine, right) if answer is not None]


def tell(parts: Sequence[Sequence[Answer]], fewest: int = _FEWEST) -> bool:
    """Whether there are enough different wrong numbers to tell a cause from chance."""
    numbers = [mine[_differ(mine, right)] for answers in parts for mine, right in answers]
    return bool(numbers) and np.unique(np.concatenate(numbers)).size >= fewest


def _differ(mine: np.ndarray, right: np.ndarray) -> np.ndarray:
    return wrong_places(mine, right) if mine.shape == right.shape else np.ones(mine.shape, bool)


def _parts(mine: Any, right: Any, place: tuple = ()) -> Iterator[tuple[tuple, Answer | None]]:
    try:
        if not isinstance(right, tuple) or all(map(is_number, right)):
            yield place, (_numbers(mine), _numbers(right))
            return
    except Different:
        pass
    both = isinstance(mine, list | tuple) and isinstance(right, list | tuple) and len(mine) == len(right)
    if not both and not same(mine, right):
        yield place, None
    for i, pair in enumerate(zip(mine, right, strict=True) if both else ()):
        yield from _parts(*pair, (*place, i))


def _numbers(value: Any) -> np.ndarray:
    array = as_array(value, "")
    return array.astype({"f": np.float64, "i": np.int64, "u": np.int64}.get(array.dtype.kind, array.dtype))


def is_number(value: Any) -> bool:
    """Whether a value is a single number."""
    return isinstance(value, int | float | np.generic)
