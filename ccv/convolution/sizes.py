"""The arithmetic of sizes: stride, padding and dilation."""

import operator
from typing import Any, SupportsIndex

Size = SupportsIndex | tuple[SupportsIndex, SupportsIndex]
Padding = str | Size


def whole_number(value: Any, name: str, minimum: int) -> int:
    """Return `value` as an int, or raise TypeError (not a whole number) or ValueError (below `minimum`)."""
    try:
        number = operator.index(value)
    except TypeError:
        number = None
    if number is None or isinstance(value, bool):
        raise TypeError(f"{name} must be a whole number, got {value!r}")
    if number < minimum:
        raise ValueError(f"{name} must be at least {minimum}, got {number}")
    return number


def pair(value: Any, name: str, minimum: int) -> tuple[int, int]:
    """Return `value` as (height, width): one number stands for both."""
    if not isinstance(value, tuple | list):
        number = whole_number(value, name, minimum)
        return number, number
    if len(value) != 2:
        raise ValueError(f"{name} must be one number or a (height, width) pair, got {value!r}")
    height, width = (whole_number(number, name, minimum) for number in value)
    return height, width


def pad_amounts(n: int, kernel: int, stride: int, padding: str | int, dilation: int) -> tuple[int, int]:
    """Return the zeros before and after one axis; 'same' puts the odd one after, at the bottom and right."""
    if isinstance(padding, int):
        return padding, padding
    if padding == "valid":
        return 0, 0
    outputs = -(-n // stride)
    total = max((outputs - 1) * stride + reach(kernel, dilation) - n, 0)
    return total // 2, total - total // 2


def reach(kernel: int, dilation: int) -> int:
    """Return the pixels that a dilated kernel spans, d(k - 1) + 1."""
    return dilation * (kernel - 1) + 1


def padding_pair(padding: Any) -> tuple[str | int, str | int]:
    """Return the padding of (height, width): two numbers, or the same word twice."""
    if not isinstance(padding, str):
        return pair(padding, "padding", 0)
    if padding not in {"valid", "same"}:
        raise ValueError(f"padding must be 'valid', 'same', a number or a (height, width) pair, got {padding!r}")
    return padding, padding


def output_size(
    n: Size, kernel: Size, stride: Size = 1, padding: Padding = 0, dilation: Size = 1
) -> int | tuple[int, int]:
    """Return how many places a kernel takes on an axis: floor((n + 2p - d(k - 1) - 1) / s) + 1.

    Args:
        n: input size in pixels; a number, or a (height, width) pair, as every argument here.
        kernel: kernel size in pixels.
        stride: step between two places.
        padding: zeros on either side; `"valid"` (none); or `"same"`, Keras's rule, which gives ceil(n / s).
        dilation: distance between two taps of the kernel.

    Returns:
        A number, or a (height, width) pair as soon as one argument is a pair.

    Raises:
        TypeError: a size is no whole number.
        ValueError: a size is out of range, or the kernel is larger than the padded input.

    Source: 003 and 000 slides, output volume (C-036 to C-040); the slides leave out the floor.

    >>> output_size(227, 11, stride=4)
    55
    >>> output_size(224, 3, stride=2, padding=1)
    112
    >>> output_size((480, 640), 7, stride=2, padding="same")
    (240, 320)
    """
    axes = zip(
        pair(n, "n", 1),
        pair(kernel, "kernel", 1),
        pair(stride, "stride", 1),
        padding_pair(padding),
        pair(dilation, "dilation", 1),
        strict=True,
    )
    height, width = (_axis_size(*axis) for axis in axes)
    if any(isinstance(argument, tuple | list) for argument in (n, kernel, stride, padding, dilation)):
        return height, width
    return height


def _axis_size(n: int, kernel: int, stride: int, padding: str | int, dilation: int) -> int:
    padded = n + sum(pad_amounts(n, kernel, stride, padding, dilation))
    span = reach(kernel, dilation)
    if span > padded:
        raise ValueError(
            f"the kernel spans {span} pixels (size {kernel}, dilation {dilation}) but the padded input has"
            f" only {padded}: use a smaller kernel, more padding or a larger input"
        )
    return (padded - span) // stride + 1
