"""What a check raises where an answer differs: one sentence, and a picture of the wrong places."""

from __future__ import annotations

from typing import Any

import numpy as np

LARGEST_MASK = 64  # places a side of the picture of a difference


class Different(AssertionError):
    """An answer is not the expected one; `picture` says where (see `mask`), never what was expected."""

    def __init__(self, message: str, picture: dict[str, Any] | None = None):
        super().__init__(message)
        self.picture = picture


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
