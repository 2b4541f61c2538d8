"""Check a name or an option that a user gives, and answer a mistake in one sentence. No Keras here."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ccv.names import unknown


def check_name(kind: str, name: object, known: Iterable[str]) -> str:
    """Return `name` where it is one of `known`.

    Raises TypeError where it is no string, and ValueError with the nearest name, or all where none is near.

    >>> check_name("split", "tset", ("train", "test"))
    Traceback (most recent call last):
    ValueError: there is no split called 'tset': did you mean 'test'?
    """
    names = list(known)
    if not isinstance(name, str):
        raise TypeError(f"the {kind} must be a string, one of {', '.join(names)}, not {name!r}")
    if name not in names:
        raise ValueError(unknown(kind, name, names))
    return name


def check_options(owner: str, function: Callable[..., Any], options: Mapping[str, Any]) -> None:
    """Raise TypeError for an option that `function` does not take, with the nearest that it does."""
    taken = list(inspect.signature(function).parameters)
    for option in options:
        if option not in taken:
            raise TypeError(unknown(f"option of {owner}", option, taken))
