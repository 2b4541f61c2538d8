"""Names and options that people type: checked, sorted, and answered in one sentence where they are not known."""

from __future__ import annotations

import ast
import difflib
import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """One sentence for a name that is not known, with the nearest that is.

    >>> unknown("model", "lenet", ["lenet5", "vgg16"])
    "there is no model called 'lenet': did you mean 'lenet5'?"
    >>> unknown("lab", "zebra", ["01_xo", "03_lenet"])
    "there is no lab called 'zebra': choose from 01_xo, 03_lenet"
    """
    known = list(known)
    by_lower = {k.lower(): k for k in known}
    close = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=0.5)
    hint = f"did you mean {by_lower[close[0]]!r}?" if close else f"choose from {', '.join(known)}"
    return f"there is no {kind} called {name!r}: {hint}"


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
    parameters = inspect.signature(function).parameters.values()
    taken = [one.name for one in parameters if one.kind is not inspect.Parameter.VAR_KEYWORD]
    for option in options:
        if option not in taken:
            raise TypeError(unknown(f"option of {owner}", option, taken))


def parse_option(text: str) -> tuple[str, Any]:
    """Read KEY=VALUE; a value is a Python literal, a fraction, or a word.

    >>> parse_option("width=1/8"), parse_option("variant=torch"), parse_option("include_top=False")
    (('width', 0.125), ('variant', 'torch'), ('include_top', False))
    """
    key, equals, value = text.partition("=")
    if not key.isidentifier() or not equals:
        raise ValueError(f"{text!r} must be KEY=VALUE, as width=1/8")
    try:
        return key, ast.literal_eval(value)
    except (ValueError, SyntaxError):
        pass
    try:
        return key, float(Fraction(value))
    except (ValueError, ZeroDivisionError):
        return key, value


def natural_key(name: str) -> list[tuple[int, int, str]]:
    """Sort key that reads numbers as numbers.

    >>> sorted(["resnet101", "resnet18", "alexnet"], key=natural_key)
    ['alexnet', 'resnet18', 'resnet101']
    """
    return [(0, int(p), "") if p.isdecimal() else (1, 0, p) for p in re.split(r"(\d+)", name.lower()) if p]
