"""Comparisons for checks: an assertion whose message helps the student and never shows the expected values."""

from __future__ import annotations

from typing import Any

import numpy as np


def assert_same(got: Any, expected: Any, what: str = "the answer", *, tolerance: float = 1e-6) -> None:
    """Assert that `got` has the shape and the values of `expected`.

    Shapes and the first place that differs are shown, expected values never.

    Args:
        got: the student's answer, a number or an array of any shape.
        expected: what it should be.
        what: how the message calls it.
        tolerance: largest absolute plus relative difference of a number; integers are compared exactly.

    >>> assert_same([[1, 2]], [[1, 3]], "the map")
    Traceback (most recent call last):
    ...
    AssertionError: the map is wrong in 1 of 2 places, first at [0, 1], where it is 2
    """
    try:
        mine = np.asarray(got)
    except ValueError:
        raise AssertionError(f"{what} should be an array, but its rows have different lengths") from None
    wanted = np.asarray(expected)
    if mine.dtype.kind not in "biufc":
        raise AssertionError(f"{what} should be a number or an array of numbers, but it is {_name(got)}")
    if mine.shape != wanted.shape:
        raise AssertionError(f"{what} has shape {_shape(mine)}, but {_shape(wanted)} was expected")
    # A count is right or wrong: of a thousand million, one is not within a tolerance.
    relative = 1e-12 if wanted.dtype.kind in "biu" else tolerance
    wrong = ~np.isclose(mine, wanted, rtol=relative, atol=tolerance, equal_nan=True)
    if not wrong.any():
        return
    if not mine.shape:
        raise AssertionError(f"{what} is {_number(mine)}, which is not right")
    first = tuple(int(i) for i in np.argwhere(wrong)[0])
    raise AssertionError(
        f"{what} is wrong in {int(wrong.sum())} of {wrong.size} places, first at {list(first)}, "
        f"where it is {_number(mine[first])}"
    )


def same(a: Any, b: Any, tolerance: float = 1e-6) -> bool:
    """Whether two answers are the same data: numbers and arrays within `tolerance`, models layer by layer."""
    from ccv.grading.wire import is_keras_model

    if is_keras_model(a) or is_keras_model(b):
        return is_keras_model(a) and is_keras_model(b) and _architecture(a) == _architecture(b)
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k], tolerance) for k in a)
    if isinstance(a, list | tuple) and isinstance(b, list | tuple) and not _numeric(a):
        return len(a) == len(b) and all(same(x, y, tolerance) for x, y in zip(a, b, strict=True))
    if isinstance(a, str) or isinstance(b, str) or a is None or b is None:
        return type(a) is type(b) and a == b
    try:
        assert_same(a, b, tolerance=tolerance)
    except (AssertionError, TypeError, ValueError):
        return False
    return True


def _numeric(values: Any) -> bool:
    try:
        return np.asarray(values).dtype.kind in "biufc"
    except ValueError:
        return False


def _architecture(model: Any) -> list[tuple]:
    settings = (
        "filters",
        "kernel_size",
        "strides",
        "padding",
        "pool_size",
        "units",
        "rate",
        "use_bias",
        "groups",
    )
    return [
        (
            type(layer).__name__,
            [tuple(w.shape) for w in layer.weights],
            [getattr(layer, key, None) for key in settings],
            getattr(getattr(layer, "activation", None), "__name__", None),
            tuple(getattr(layer.output, "shape", ())) if hasattr(layer, "output") else None,
        )
        for layer in model.layers
    ]


def _shape(array: np.ndarray) -> str:
    return str(array.shape) if array.shape else "() (a single number)"


def _number(value: np.ndarray) -> str:
    return f"{value.item():g}" if value.dtype.kind == "f" else str(value.item())


def _name(value: Any) -> str:
    return "nothing (None): is there a `return`?" if value is None else f"of type {type(value).__name__}"
