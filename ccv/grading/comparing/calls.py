"""Calls written as code that a student can paste into a cell, as `relu_map(np.array([[1, -2]]))`."""

from __future__ import annotations

from typing import Any

import numpy as np

from ccv.grading.border.wire import is_keras_model

LONGEST_CALL = 400  # characters
_MOST_NUMBERS = 64  # of an array that is written out
_DIGITS = 4  # of its numbers where all of them would be too long


def spell_call(name: str, args: tuple, kwargs: dict[str, Any]) -> str:
    """Return a call as code; arrays and models that are too large to write are described in angle brackets.

    >>> spell_call("slide", (np.eye(2, dtype=int), [1, (2, "a")]), {"stride": np.float32(0.5)})
    "slide(np.array([[1, 0], [0, 1]]), [1, (2, 'a')], stride=0.5)"
    >>> spell_call("blur", (np.zeros((32, 32), "float32"),), {})
    'blur(<an array of shape (32, 32), float32>)'
    """
    said = ""
    for digits in (None, _DIGITS, 0):
        parts = [_spell(arg, digits) for arg in args] + [f"{k}={_spell(v, digits)}" for k, v in kwargs.items()]
        said = f"{name}({', '.join(parts)})"
        if len(said) <= LONGEST_CALL:
            return said
    return said[: LONGEST_CALL - 2] + "…)"


def _spell(value: Any, digits: int | None) -> str:
    """A value as code; `digits` of the numbers of arrays, None: all, 0: describe the arrays."""
    if isinstance(value, np.ndarray):
        return _spell_array(value, digits)
    if isinstance(value, np.generic):
        return repr(value.item())
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k!r}: {_spell(v, digits)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        inner = ", ".join(_spell(item, digits) for item in value)
        comma = "," * (len(value) == 1)
        return f"[{inner}]" if isinstance(value, list) else f"({inner}{comma})"
    return f"<the model {value.name!r}>" if is_keras_model(value) else repr(value)


def _spell_array(array: np.ndarray, digits: int | None) -> str:
    usual = array.dtype in (np.dtype(int), np.dtype(float), np.dtype(bool)) or array.dtype.kind == "U"
    if digits == 0 or array.size > _MOST_NUMBERS or array.size == 0 or not np.isfinite(_numbers(array)).all():
        return f"<an array of shape {array.shape}, {array.dtype}>"
    if array.dtype.kind == "f" and digits is not None:
        array = np.array([float(f"{n:.{digits}g}") for n in array.ravel()]).reshape(array.shape).astype(array.dtype)
    # A float32 is written as short as it is one, 0.1 and not 0.10000000149.
    listed = np.array2string(array, separator=", ", threshold=array.size + 1, max_line_width=10**6)
    listed = " ".join(listed.split()).replace("[ ", "[")
    return f"np.array({listed}{'' if usual else f', {array.dtype.name!r}'})"


def _numbers(array: np.ndarray) -> np.ndarray:
    return array if array.dtype.kind in "iufc" else np.zeros(1)
