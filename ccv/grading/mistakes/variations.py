"""The right answer to another question: what an argument that is ignored, exchanged or cut short would give.

Each variation is a mutant that nobody had to write: the reference, called with other arguments.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from itertools import combinations
from typing import Any

import numpy as np

from ccv.grading.mutants import Mutant

Change = Callable[[dict[str, Any]], dict[str, Any]]
_MOST_ARGUMENTS = 6


@lru_cache(maxsize=128)
def variations(reference: Callable) -> tuple[Mutant, ...]:
    """Return the reference with one thing about its arguments changed, each with a sentence that says what.

    >>> def ratio(a, b=1):
    ...     return a / b
    >>> exchanged = next(m for m in variations(ratio) if "exchanged" in m.says)
    >>> exchanged.says, exchanged(2, 4)
    ('that would be right with `a` and `b` exchanged', 2.0)
    """
    try:
        signature = inspect.signature(reference)
    except (TypeError, ValueError):
        return ()
    names = list(signature.parameters)[:_MOST_ARGUMENTS]
    return tuple(
        Mutant("", says, _changed(reference, signature, change)) for says, change in _changes(names, signature)
    )


def fixed(reference: Callable, args: tuple, kwargs: dict[str, Any]) -> Iterator[Mutant]:
    """Return the reference with one argument always what it is in one question, as if written for this example."""
    signature = inspect.signature(reference)
    bound = signature.bind(*args, **kwargs)
    for name, value in bound.arguments.items():
        if isinstance(value, int | float) and not isinstance(value, bool):
            says = f"that would be right if `{name}` were always {value}"
            yield Mutant("", says, _changed(reference, signature, _turn(name, partial(_always, value))))


def reshaped(reference: Callable) -> Iterator[Mutant]:
    """Return the reference with an array whose last two axes were to be exchanged by `reshape`.

    It is tried last: of a square array that is the array transposed, which many a slip may give.
    """
    signature = inspect.signature(reference)
    for name in [*signature.parameters][:_MOST_ARGUMENTS]:
        says = f"that would be right if reshaping `{name}` exchanged its axes: the numbers stay in their order"
        yield Mutant("", says, _changed(reference, signature, _turn(name, _reshaped)))


def _changed(reference: Callable, signature: inspect.Signature, change: Change) -> Callable:
    def answer(*args: Any, **kwargs: Any) -> Any:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        changed = change(bound.arguments)
        if _GIVEN in changed:
            return changed[_GIVEN]
        bound.arguments.update(changed)
        return reference(*bound.args, **bound.kwargs)

    return answer


_GIVEN = "the answer itself"


def _changes(names: list[str], signature: inspect.Signature) -> Iterator[tuple[str, Change]]:
    for name in names:
        default = signature.parameters[name].default
        if default is not inspect.Parameter.empty:
            yield f"that would be right if `{name}` were always {default!r}", _turn(name, partial(_always, default))
        for says, turn in _TURNS:
            yield says.format(f"`{name}`"), _turn(name, turn)
        yield f"that is `{name}` as it came in", _copy(name, _GIVEN)
    defaults = {name: one.default for name, one in signature.parameters.items() if one.default is not one.empty}
    if len(defaults) > 1:
        says = f"{', '.join(f'`{name}`' for name in [*defaults][:-1])} and `{[*defaults][-1]}`"
        yield f"that would be right if {says} had always their defaults", lambda _: defaults
    for one, other in combinations(names, 2):
        for says, turn in _CUTS:
            yield says.format(f"`{one}` and `{other}`"), _both(one, other, turn)
        yield f"that would be right with `{one}` and `{other}` exchanged", _exchange(one, other)
        yield f"that would be right if `{other}` were what `{one}` is", _copy(one, other)
        yield f"that would be right if `{one}` were what `{other}` is", _copy(other, one)


def _turn(name: str, turn: Callable[[Any], Any]) -> Change:
    return lambda arguments: {name: turn(arguments[name])}


def _both(one: str, other: str, turn: Callable[[Any], Any]) -> Change:
    return lambda arguments: {name: turn(arguments[name]) for name in (one, other)}


def _always(value: Any, _: Any) -> Any:
    return value


def _exchange(one: str, other: str) -> Change:
    return lambda arguments: {**_copy(one, other)(arguments), **_copy(other, one)(arguments)}


def _copy(source: str, target: str) -> Change:
    def change(arguments: dict[str, Any]) -> dict[str, Any]:
        if target in arguments and isinstance(arguments[source], bool) != isinstance(arguments[target], bool):
            raise TypeError("a truth value is no number")
        return {target: arguments[source]}

    return change


def _number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        raise TypeError("no number")
    return value


def _flipped(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("no truth value")
    return not value


def _row(value: Any) -> Any:
    if not isinstance(value, list | tuple):
        raise TypeError("no row")
    return value


def _square(value: Any) -> Any:
    first, _, *others = _row(value)
    return type(value)([_number(first), first, *others])


def _array(value: Any, axes: int = 1) -> np.ndarray:
    if not isinstance(value, np.ndarray) or value.ndim < axes:
        raise TypeError("no array of so many axes")
    return value


def _items(value: Any) -> Any:
    return value if isinstance(value, np.ndarray) and value.ndim else _row(value)


def _reshaped(value: Any) -> np.ndarray:
    *others, rows, columns = _array(value, 2).shape
    return value.reshape(*others, columns, rows).swapaxes(-1, -2)


def _emptied(value: Any, at: tuple) -> Any:
    """A row, or an array of as many axes as `at`, in which some numbers are 0."""
    array = np.array(value if isinstance(value, np.ndarray) else [_number(item) for item in _row(value)])
    if array.ndim != len(at):
        raise TypeError("another number of axes")
    array[at] = 0
    return array if isinstance(value, np.ndarray) else type(value)(array.tolist())


_ALL = slice(None)
_ENDS = (
    ("item", "0", {"first": (0,), "last": (-1,)}),
    ("row", "zeros", {"first": (0, _ALL), "last": (-1, _ALL)}),
    ("column", "zeros", {"first": (_ALL, 0), "last": (_ALL, -1)}),
)
_CUTS: tuple[tuple[str, Callable[[Any], Any]], ...] = (
    ("that would be right if {} ended one item earlier", lambda v: _items(v)[:-1]),
    ("that would be right if {} began one item later", lambda v: _items(v)[1:]),
    ("that would be right if {} had only their first item", lambda v: _row(v)[:1]),
)
_TURNS: tuple[tuple[str, Callable[[Any], Any]], ...] = (
    ("that would be right if {} were always 1", lambda v: type(_number(v))(1)),
    ("that would be right if {} were one less", lambda v: _number(v) - 1),
    ("that would be right if {} were one more", lambda v: _number(v) + 1),
    ("that would be right if {} were always True", lambda v: True if isinstance(v, bool) else _number(None)),
    ("that would be right if {} were always False", lambda v: False if isinstance(v, bool) else _number(None)),
    ("that would be right if {} were taken the other way round", _flipped),
    ("that would be right if {} were in reverse order", lambda v: _row(v)[::-1]),
    ("that would be right if {} were its largest item alone", lambda v: type(_row(v))([max(v)])),
    ("that would be right if {} were its smallest item alone", lambda v: type(_row(v))([min(v)])),
    ("that would be right if {} were its sum alone", lambda v: type(_row(v))([sum(v)])),
    ("that would be right if each item of {} were the other way round", lambda v: [_row(i)[::-1] for i in _row(v)]),
    ("that would be right if {} had only its first item", lambda v: _row(v)[:1]),
    ("that would be right if {} had only its last item", lambda v: _row(v)[-1:]),
    ("that would be right if {} were empty", lambda v: _row(v)[:0]),
    ("that would be right if the second item of {} were what the first is", _square),
    *_CUTS[:2],
    *(
        (f"that would be right if the {which} {what} of {{}} held {zero}", partial(_emptied, at=at))
        for what, zero, places in _ENDS
        for which, at in places.items()
    ),
    ("that would be right if {} were in reverse order along its last axis", lambda v: _array(v)[..., ::-1]),
    ("that would be right if {} were in reverse order along its first axis", lambda v: _array(v, 2)[::-1]),
    ("that would be right if {} had only its first row", lambda v: _array(v, 2)[:1]),
    ("that would be right if {} had only its first column", lambda v: _array(v, 2)[:, :1]),
    ("that would be right if {} were transposed", lambda v: _array(v, 2).T),
)
