"""Cross-correlation, convolution, and the convolutional layer."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ccv.convolution.sizes import Padding, Size, whole_number
from ccv.convolution.windows import BATCH_AXES, MAP_AXES, numbers, windows

KERNEL_AXES = "(kernel height, kernel width, channels / groups, filters)"

# Windows overlap: copied out together they would take the kernel's area times the image, so go band by band.
BAND_NUMBERS = 2**20


def correlate2d(image: Any, kernel: Any, stride: Size = 1, padding: Padding = 0, dilation: Size = 1) -> np.ndarray:
    """Slide a kernel over a map and sum the products: what deep learning calls convolution.

    Args:
        image: (height, width), integers or floats; NaN stays in the windows that see it.
        kernel: (kernel height, kernel width).
        stride: step between two windows, a number or a (height, width) pair.
        padding: rows and columns of zeros, a number or a pair; `"valid"` (none); or `"same"`, as Keras pads.
        dilation: distance between two taps of the kernel, a number or a pair.

    Returns:
        (output height, output width), int64 for integers, else the floats' type.

    Raises:
        TypeError: the arrays hold no real numbers, or a size is no whole number.
        ValueError: a shape or a size does not fit, or integer sums could pass 2**53.

    Source: 003 slides, the convolution operator (C-024 to C-029); 004 notes (C-021).

    >>> image = [[5, 2, 3, 4], [6, 7, 8, 5], [4, 5, 4, 5], [1, 0, 2, 3]]
    >>> correlate2d(image, [[1, 0], [1, -1]])
    array([[4, 1, 6],
           [5, 8, 7],
           [5, 3, 3]])
    >>> correlate2d(image, [[1, 0], [1, -1]], stride=2)
    array([[4, 6],
           [5, 3]])
    """
    image, kernel = numbers(image, "image", MAP_AXES), numbers(kernel, "kernel", MAP_AXES)
    as_layer = conv_layer(
        image[None, :, :, None], kernel[:, :, None, None], stride=stride, padding=padding, dilation=dilation
    )
    return as_layer[0, :, :, 0]


def convolve2d(image: Any, kernel: Any, stride: Size = 1, padding: Padding = 0, dilation: Size = 1) -> np.ndarray:
    """Convolve as mathematics does: `correlate2d` with the kernel rotated by 180 degrees.

    Shapes, types and errors are those of `correlate2d`.

    Source: 004 notes, convolution and cross-correlation (C-021, C-028).

    >>> convolve2d([[1, 2, 3]], [[0, 1, 0.5]], padding=(0, 2))
    array([[0. , 1. , 2.5, 4. , 1.5]])
    """
    return correlate2d(image, numbers(kernel, "kernel", MAP_AXES)[::-1, ::-1], stride, padding, dilation)


def conv_layer(
    x: Any,
    kernels: Any,
    bias: Any = None,
    stride: Size = 1,
    padding: Padding = "valid",
    *,
    dilation: Size = 1,
    groups: int = 1,
    activation: Callable[[np.ndarray], np.ndarray] | None = None,
) -> np.ndarray:
    """Apply a convolutional layer: correlate every channel, sum over channels, add the bias, activate.

    Args:
        x: (batch, height, width, channels), integers or floats.
        kernels: (kernel height, kernel width, channels / groups, filters), as Keras stores them.
        bias: (filters,), or None for no bias.
        stride, padding, dilation: as in `correlate2d`.
        groups: into how many equal parts channels and filters are split; each part sees only itself.
        activation: a function of the output, such as `relu`, or None.

    Returns:
        (batch, output height, output width, filters), int64 for integers, else the floats' type.

    Raises:
        TypeError: an array holds no real numbers, a size is no whole number, or the activation no function.
        ValueError: a shape or a size does not fit, or integer sums could pass 2**53.

    Source: 004 notes, convolution over volumes (C-041 to C-044); 002 slides, coloured image (C-042).

    >>> x, kernels = np.ones((1, 6, 6, 3)), np.ones((3, 3, 3, 2))
    >>> y = conv_layer(x, kernels, bias=[0, 1])
    >>> y.shape, y[0, 0, 0]
    ((1, 4, 4, 2), array([27., 28.]))
    """
    if activation is not None and not callable(activation):
        raise TypeError(f"activation must be None or a function such as relu, got {activation!r}")
    x, kernels = numbers(x, "x", BATCH_AXES), numbers(kernels, "kernels", KERNEL_AXES)
    groups = whole_number(groups, "groups", 1)
    _check_channels(x, kernels, groups)
    bias = np.zeros(kernels.shape[-1], int) if bias is None else numbers(bias, "bias", "(filters)")
    if bias.shape != kernels.shape[-1:]:
        raise ValueError(f"bias must hold one number for each of {kernels.shape[-1]} filters, got {bias.shape}")

    work, result = _number_types(x, kernels, bias)
    patches = windows(x.astype(work), kernels.shape[:2], stride, padding, dilation=dilation)
    parts = zip(np.split(patches, groups, axis=3), np.split(kernels.astype(work), groups, axis=3), strict=True)
    y = np.concatenate([_weighted_sums(*part) for part in parts], axis=-1)
    y = (y + bias.astype(work)).astype(result, copy=False)
    return y if activation is None else activation(y)


def _check_channels(x: np.ndarray, kernels: np.ndarray, groups: int) -> None:
    channels, (per_group, filters) = x.shape[-1], kernels.shape[-2:]
    if channels != per_group * groups:
        raise ValueError(
            f"x has {channels} channels, but kernels of shape {kernels.shape} with groups={groups} need"
            f" {per_group * groups}: kernels are {KERNEL_AXES}"
        )
    if filters % groups:
        raise ValueError(f"groups={groups} must divide the {filters} filters")


def _number_types(x: np.ndarray, kernels: np.ndarray, bias: np.ndarray) -> tuple[np.dtype, np.dtype]:
    """Return the type to sum in and the type to return."""
    floats = [array.dtype for array in (x, kernels, bias) if array.dtype.kind == "f"]
    if floats:
        result = np.result_type(*floats)
        return np.result_type(result, np.float32), result  # half precision is for storing, not for summing
    largest_sum = _largest(x) * np.abs(kernels.astype(float)).sum(axis=(0, 1, 2)).max() + _largest(bias)
    if largest_sum > 2**53:
        raise ValueError("the sums could pass 2**53, where integers stop being exact: convert the input to floats")
    return np.dtype(np.float64), np.dtype(np.int64)  # exact up to 2**53, and BLAS multiplies floats only


def _largest(array: np.ndarray) -> int:
    return max(abs(int(array.max())), abs(int(array.min())))


def _weighted_sums(patches: np.ndarray, kernels: np.ndarray) -> np.ndarray:
    """Sum windows (batch, rows, columns, channels, kh, kw) times kernels (kh, kw, channels, filters)."""
    batch, rows, columns, *window = patches.shape
    band = max(1, BAND_NUMBERS // (columns * int(np.prod(window))))
    sums = np.empty((batch, rows, columns, kernels.shape[-1]), kernels.dtype)
    for image, image_sums in zip(patches, sums, strict=True):
        for top in range(0, rows, band):
            # (row, column, channel, kh, kw) with (kh, kw, channel, filter)
            image_sums[top : top + band] = np.tensordot(image[top : top + band], kernels, ((3, 4, 2), (0, 1, 2)))
    return sums
