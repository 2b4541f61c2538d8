"""Max and average pooling."""

from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np

from ccv.convolution.sizes import Padding, Size, padding_pair, pair
from ccv.convolution.windows import BATCH_AXES, MAP_AXES, numbers, windows


def max_pool2d(x: Any, size: Size = 2, stride: Size | None = None, padding: Padding = "valid") -> np.ndarray:
    """Keep the largest number of every window; padded cells never win.

    Args:
        x: one map (height, width) or a batch (batch, height, width, channels); each map is pooled by itself.
        size: the window, a number or a (height, width) pair.
        stride: step between two windows; None takes `size`.
        padding: `"valid"`, `"same"` (partial windows at the bottom and right count too), or a number or pair
            smaller than the window.

    Returns:
        (output height, output width) or (batch, output height, output width, channels), same dtype as `x`.

    Raises:
        TypeError: `x` holds no real numbers, or a size is no whole number.
        ValueError: a shape or a size does not fit, or the padding is as large as the window.

    Source: 002 slides, X/O case study, pooling 7x7 to 4x4 (X/O-6); 001 slides, overlapping pooling (C-055).

    >>> max_pool2d([[1, 2, 3], [4, 5, 6], [7, 8, 9]], padding="same")
    array([[5, 6],
           [8, 9]])
    >>> max_pool2d([[1, 2, 3], [4, 5, 6], [7, 8, 9]])
    array([[5]])
    """
    x = numbers(x, "x", MAP_AXES, BATCH_AXES)
    lowest = -np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min
    return _pool(np.maximum, x, size=size, stride=stride, padding=padding, fill=lowest)


def average_pool2d(x: Any, size: Size = 2, stride: Size | None = None, padding: Padding = "valid") -> np.ndarray:
    """Take the mean of every window; padded cells are not counted, as in Keras.

    Arguments and errors are those of `max_pool2d`. Floats keep their dtype, integers give float64.

    Source: 004 notes, average pooling (C-053).

    >>> average_pool2d([[1, 2, 3], [4, 5, 6], [7, 8, 9]], padding="same")
    array([[3. , 4.5],
           [7.5, 9. ]])
    """
    x = numbers(x, "x", MAP_AXES, BATCH_AXES)
    result = x.dtype if x.dtype.kind == "f" else np.dtype(np.float64)
    work = np.result_type(result, np.float32)  # half precision overflows at 65504
    sums = _pool(np.add, x.astype(work), size=size, stride=stride, padding=padding, fill=0)
    counts = _pool(np.add, np.ones_like(x, work), size=size, stride=stride, padding=padding, fill=0)
    return (sums / counts).astype(result)


def _pool(
    combine: Callable[[Any, Any], np.ndarray],
    x: np.ndarray,
    *,
    size: Size,
    stride: Size | None,
    padding: Padding,
    fill: float,
) -> np.ndarray:
    """Combine the cells of every window; `fill` is the padding that leaves a combination as it is."""
    height, width = pair(size, "size", 1)
    for pad, edge in zip(padding_pair(padding), (height, width), strict=True):
        if isinstance(pad, int) and pad >= edge:
            raise ValueError(f"padding={pad} must be smaller than the window, {edge}: a window would see no cell")
    batch = x if x.ndim == 4 else x[None, :, :, None]
    patches = windows(batch, (height, width), (height, width) if stride is None else stride, padding, fill=fill)
    # One array per cell of the window, which is far faster than reducing millions of tiny windows.
    cells = (patches[..., row, column] for row in range(height) for column in range(width))
    pooled = reduce(combine, cells)
    return pooled if x.ndim == 4 else pooled[0, :, :, 0]
