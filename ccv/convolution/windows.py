"""What every sliding operation shares: checked arrays, padding, and a view of every window."""

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ccv.convolution.sizes import Padding, Size, output_size, pad_amounts, padding_pair, pair, reach

MAP_AXES = "(height, width)"
BATCH_AXES = "(batch, height, width, channels)"


def numbers(values: Any, name: str, *axes: str) -> np.ndarray:
    """Return `values` as an array of integers or floats with one of the shapes `axes` (any if none is given).

    Raises:
        TypeError: the array holds no real numbers.
        ValueError: the array is ragged, empty, or has another number of dimensions.
    """
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise ValueError(f"{name} must be a full array, but its rows have different lengths") from error
    if array.dtype.kind not in "iuf":
        raise TypeError(f"{name} must hold integers or floats, got {array.dtype}: convert it, as in .astype(float)")
    if axes and array.ndim not in {shape.count(",") + 1 for shape in axes}:
        raise ValueError(f"{name} must have the shape {' or '.join(axes)}, got {array.shape}")
    if array.size == 0:
        raise ValueError(f"{name} is empty, its shape is {array.shape}: pass at least one number on each axis")
    return array


def pad2d(image: Any, padding: Size = 1) -> np.ndarray:
    """Return a map (height, width) with `padding` rows and columns of zeros on every side, same dtype.

    Raises:
        TypeError: the image holds no real numbers, or the padding is no whole number.
        ValueError: the image is not (height, width), or the padding is negative.

    Source: 003 slides, stride and padding (C-026, C-027).

    >>> pad2d([[5, 2], [6, 7]])
    array([[0, 0, 0, 0],
           [0, 5, 2, 0],
           [0, 6, 7, 0],
           [0, 0, 0, 0]])
    """
    image = numbers(image, "image", MAP_AXES)
    rows, columns = pair(padding, "padding", 0)
    return np.pad(image, ((rows, rows), (columns, columns)))


def windows(
    x: np.ndarray, kernel: Size, stride: Size, padding: Padding, *, dilation: Size = 1, fill: float = 0
) -> np.ndarray:
    """Return a view of every window, (batch, rows, columns, channels, kernel height, kernel width)."""
    output_size(x.shape[1:3], kernel, stride, padding, dilation)  # refuses what does not fit
    kernels, strides = pair(kernel, "kernel", 1), pair(stride, "stride", 1)
    dilations = pair(dilation, "dilation", 1)
    pads = [
        pad_amounts(*axis)
        for axis in zip(x.shape[1:3], kernels, strides, padding_pair(padding), dilations, strict=True)
    ]
    padded = np.pad(x, ((0, 0), *pads, (0, 0)), constant_values=fill)
    spans = [reach(size, step) for size, step in zip(kernels, dilations, strict=True)]
    every = sliding_window_view(padded, spans, axis=(1, 2))
    return every[:, :: strides[0], :: strides[1], :, :: dilations[0], :: dilations[1]]
