"""The right answer with a mistake in a function that it calls: what is wrong in one exercise is so in a later one."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import FunctionType

from ccv.grading.mistakes.slips import slips
from ccv.grading.mistakes.variations import variations
from ccv.grading.mutants import Mutant


def mistakes_inside(
    reference: Callable, known: Mapping[str, Sequence[Mutant]]
) -> tuple[Iterator[Mutant], Iterator[Mutant]]:
    """Return the reference with the mistakes in an exercise of the lab that it calls: those known, then any slip.

    Args:
        reference: the right answer, a function.
        known: the mutants of all exercises by their names.

    >>> def area(side):
    ...     return side * side
    >>> def volume(side):
    ...     return area(side) * side
    >>> doubled = Mutant("area", "doubled, not squared", lambda side: 2 * side)
    >>> made, _ = mistakes_inside(volume, {"area": [doubled]})
    >>> [(mutant(5), mutant.says) for mutant in made]
    [(50, 'as in `area`: doubled, not squared')]
    """
    if not isinstance(reference, FunctionType) or reference.__closure__:
        return iter(()), iter(())
    called = {name: reference.__globals__.get(name) for name in reference.__code__.co_names if name in known}
    functions = {name: function for name, function in called.items() if isinstance(function, FunctionType)}
    return (
        (_calling(reference, name, mutant) for name in functions for mutant in known[name]),
        (_calling(reference, name, mutant) for name, function in functions.items() for mutant in _made_of(function)),
    )


def _made_of(function: FunctionType) -> Iterator[Mutant]:
    options = [name for name, one in inspect.signature(function).parameters.items() if isinstance(one.default, bool)]
    arguments = function.__code__.co_varnames[: function.__code__.co_argcount]
    yield from variations(function)
    yield from slips(function, frozenset(arguments) - {*options})


def _calling(reference: FunctionType, name: str, mutant: Mutant) -> Mutant:
    """The function that calls a mutant by a name."""
    namespace = {**reference.__globals__, name: mutant.answer}
    made = FunctionType(reference.__code__, namespace, reference.__name__, reference.__defaults__)
    made.__kwdefaults__ = reference.__kwdefaults__
    return Mutant("", f"as in `{name}`: {mutant.says}", made)
