"""Which of its arguments a function changes: it costs no points, but surprises whoever calls it in a notebook."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

_MOST = 3


def as_given(function: Callable, args: tuple, kwargs: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return the arrays, lists and dictionaries among the arguments, each with a copy, by the names of the parameters.

    >>> given = as_given(lambda x, n: x.sort(), ([3, 1], 5), {})
    >>> given["x"][0].sort()
    >>> changed_since(given)
    ['x']
    """
    named = _named(function, args, kwargs).items()
    kept = {name: value for name, value in named if isinstance(value, np.ndarray | list | dict) and _is_plain(value)}
    return {name: (value, copy.deepcopy(value)) for name, value in kept.items()}


def changed_since(given: Mapping[str, tuple[Any, Any]]) -> list[str]:
    """Return the names of those that are not any more what they were, a few at most."""
    return [name for name, (value, before) in given.items() if not _equal(value, before)][:_MOST]


def remark(exercise: str, names: list[str]) -> str:
    """Say that a function changes what it is given; nothing where it does not."""
    if not names:
        return ""
    spelled, first = " and ".join(f"`{name}`" for name in names), names[0]
    return (
        f"`{exercise}` changes {spelled} in place, which costs nothing here: but in a notebook whoever calls it finds "
        f"other values there; begin with a copy, `{first} = {first}.copy()`"
    )


def _named(function: Callable, args: tuple, kwargs: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return inspect.signature(function).bind(*args, **kwargs).arguments
    except (TypeError, ValueError):  # it has no signature, or cannot be called so
        return {}


def _is_plain(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    if isinstance(value, dict):
        return all(map(_is_plain, value.values()))
    return type(value) in (np.ndarray, int, float, bool, str) or isinstance(value, np.generic)


def _equal(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(_equal, a, b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(_equal(a[key], b[key]) for key in a)
    return type(a) is type(b) and repr(a) == repr(b)  # a NaN stays one
