"""Comparisons for checks: an assertion whose message helps the student and never shows the expected values."""

from __future__ import annotations

from typing import Any

import numpy as np

LARGEST_MASK = 64  # places a side of the picture of a difference


class Different(AssertionError):
    """Two arrays differ; `picture` says where (see `mask`), never what was expected."""

    def __init__(self, message: str, picture: dict[str, Any] | None = None):
        super().__init__(message)
        self.picture = picture


def assert_same(got: Any, expected: Any, what: str = "the answer", *, tolerance: float = 1e-6) -> None:
    """Assert that `got` has the shape and the values of `expected`.

    Shapes and the first place that differs are shown, expected values never.

    Args:
        got: the student's answer, a number or an array of any shape.
        expected: what it should be.
        what: how the message calls it.
        tolerance: largest absolute plus relative difference of a number; integers are compared exactly.

    Raises:
        Different: they are not the same; it carries a picture of the wrong places.

    >>> assert_same([[1, 2]], [[1, 3]], "the map")
    Traceback (most recent call last):
    ...
    ccv.grading.compare.Different: the map is wrong in 1 of 2 places, first at [0, 1], where it is 2
    """
    if _holds_text(got):
        raise Different(f"{what} should be a number or an array of numbers, but there is text in it")
    try:
        mine = np.asarray(got)
    except ValueError:
        raise Different(f"{what} should be an array, but its rows have different lengths") from None
    wanted = np.asarray(expected)
    if mine.dtype.kind == "O" and all(isinstance(n, int | float) for n in mine.flat):
        raise Different(f"{what} holds a number that is far too large")
    if mine.dtype.kind not in "biufc":
        raise Different(f"{what} should be a number or an array of numbers, but it is {_name(got)}")
    if mine.shape != wanted.shape:
        raise Different(f"{what} has shape {_shape(mine)}, but {_shape(wanted)} was expected")
    wrong = _wrong_places(mine, wanted, tolerance)
    if not wrong.any():
        return
    if not mine.shape:
        raise Different(f"{what} is {_number(mine)}, which is not right")
    first = tuple(int(i) for i in np.argwhere(wrong)[0])
    raise Different(
        f"{what} is wrong in {int(wrong.sum())} of {wrong.size} places, first at {list(first)}, "
        f"where it is {_number(mine[first])}",
        mask(wrong),
    )


def _holds_text(value: Any) -> bool:
    """Whether there is text in a list of lists: as an array, each would take as much memory as the longest."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str | bytes) or (isinstance(item, np.ndarray) and item.dtype.kind in "SU"):
            return True
        if isinstance(item, list | tuple):
            waiting.extend(item)
    return False


def _wrong_places(mine: np.ndarray, wanted: np.ndarray, tolerance: float) -> np.ndarray:
    # A count is right or wrong: of a thousand million, one is not within a tolerance.
    if mine.dtype.kind in "biu" and wanted.dtype.kind in "biu":
        return mine != wanted
    relative = 1e-12 if wanted.dtype.kind in "biu" else tolerance
    return ~np.isclose(mine, wanted, rtol=relative, atol=tolerance, equal_nan=True)


def mask(wrong: np.ndarray) -> dict[str, Any] | None:
    """Return the picture of the wrong places, one row a string and "1" where it is wrong; None where there is no row.

    Of an array with more axes, the picture is the plane (height, width) that holds the first wrong place; masks of
    more than 64 places a side are reduced, and a square is wrong where any of its places is.

    >>> mask(np.array([[False, True], [False, False]]))
    {'kind': 'mask', 'wrong': ['01', '00'], 'note': 'wrong in 1 of 4 places'}
    """
    if not wrong.ndim or wrong.size < 2:
        return None
    note = f"wrong in {int(wrong.sum())} of {wrong.size} places"
    plane, place = _plane(wrong)
    blocks = tuple(-(-size // LARGEST_MASK) for size in plane.shape)
    reduced = _reduce(plane, blocks)
    note += f"; shown is {place}" if place else ""
    note += f"; a square stands for {blocks[0]}x{blocks[1]} places" if blocks != (1, 1) else ""
    return {"kind": "mask", "wrong": ["".join("01"[int(v)] for v in row) for row in reduced], "note": note}


def _plane(wrong: np.ndarray) -> tuple[np.ndarray, str]:
    """The two-dimensional slice with the first wrong place, and how to call it."""
    if wrong.ndim <= 2:
        return np.atleast_2d(wrong), ""
    axes = _image_axes(wrong.shape)
    first = np.argwhere(wrong)[0]
    index = tuple(slice(None) if axis in axes else int(first[axis]) for axis in range(wrong.ndim))
    return wrong[index], "[" + ", ".join(":" if isinstance(i, slice) else str(i) for i in index) + "]"


def _image_axes(shape: tuple[int, ...]) -> tuple[int, int]:
    """Height and width: (batch, height, width, channels), (height, width, channels) or (batch, height, width)."""
    if len(shape) == 4:
        return 1, 2
    channels_last = len(shape) == 3 and shape[2] <= min(shape[:2])
    return (0, 1) if channels_last else (len(shape) - 2, len(shape) - 1)


def _reduce(plane: np.ndarray, blocks: tuple[int, ...]) -> np.ndarray:
    for axis, block in enumerate(blocks):
        starts = np.arange(0, plane.shape[axis], block)
        plane = np.logical_or.reduceat(plane, starts, axis=axis)
    return plane


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
    if _holds_text(b):
        return False
    try:
        assert_same(a, b, tolerance=tolerance)
    except (AssertionError, TypeError, ValueError, OverflowError):
        return False
    return True


def _numeric(values: Any) -> bool:
    if _holds_text(values):
        return False
    try:
        return np.asarray(values).dtype.kind in "biufc"
    except (ValueError, OverflowError):
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
