"""Functions of one number: the rectifier, and the slides' way of printing."""

from typing import Any

import numpy as np

from ccv.convolution.sizes import whole_number
from ccv.convolution.windows import numbers


def relu(x: Any) -> np.ndarray:
    """Replace every negative number by zero; any shape, same dtype, and NaN stays NaN.

    Raises:
        TypeError: `x` holds no real numbers.
        ValueError: `x` is empty.

    Source: 002 slides, X/O case study, rectified linear units (C-050, X/O-7).

    >>> relu([[0.77, -0.11], [-0.55, 1.0]])
    array([[0.77, 0.  ],
           [0.  , 1.  ]])
    """
    x = numbers(x, "x")
    return np.maximum(x, x.dtype.type(0))


def truncate(sums: Any, divisor: float = 1, decimals: int = 2) -> np.ndarray:
    """Divide and cut off what follows `decimals` digits, toward zero, as the X/O slides print their maps.

    Integers divided by an integer are cut in integer arithmetic, so 9 / 9 is 1.00 and never 0.99. Floats that
    miss a decimal by a rounding error count as that decimal: 0.29 stays 0.29, although 0.29 * 100 is
    28.999999999999996.

    Args:
        sums: integers or floats, any shape.
        divisor: what to divide by, such as the 9 cells of a 3x3 kernel.
        decimals: digits to keep after the point, 0 to 15.

    Returns:
        Floats of the shape of `sums`: float64 for integers, else the dtype of `sums`.

    Raises:
        TypeError: `sums` or `divisor` is no real number, or `decimals` is no whole number.
        ValueError: the divisor is zero or not finite, or the integers are too large for that many decimals.

    Source: 002 slides, X/O case study (X/O-4, X/O-13).

    >>> truncate([7, 5, -5, 9, -1], divisor=9)
    array([ 0.77,  0.55, -0.55,  1.  , -0.11])
    """
    sums, divisor_array = numbers(sums, "sums"), numbers(divisor, "divisor")
    if divisor_array.ndim != 0 or divisor_array == 0 or not np.isfinite(divisor_array):
        raise ValueError(f"divisor must be one finite number other than zero, got {divisor!r}")
    scale = 10 ** whole_number(decimals, "decimals", 0)
    if scale > 10**15:
        raise ValueError(f"decimals must be at most 15, the precision of a float, got {decimals}")
    if sums.dtype.kind == "f" or divisor_array.dtype.kind == "f":
        return _cut_floats(sums, float(divisor), scale)
    return _cut_integers(sums, int(divisor), scale)


def _cut_integers(sums: np.ndarray, divisor: int, scale: int) -> np.ndarray:
    largest = max(abs(int(sums.max())), abs(int(sums.min())))
    if largest * scale >= 2**63 or abs(divisor) >= 2**63:
        raise ValueError(f"sums up to {largest} are too large to keep decimals exactly: convert them to floats")
    sums = sums.astype(np.int64)
    cut = np.abs(sums) * scale // abs(divisor)  # floor division of magnitudes truncates toward zero
    return cut * np.sign(sums) * int(np.sign(divisor)) / scale


def _cut_floats(sums: np.ndarray, divisor: float, scale: int) -> np.ndarray:
    result = sums.dtype if sums.dtype.kind == "f" else np.dtype(np.float64)
    scaled = sums.astype(np.float64) / divisor * scale
    nearest = np.rint(scaled)
    is_decimal = np.isclose(scaled, nearest, rtol=2 * float(np.finfo(result).eps), atol=0)
    cut = np.where(is_decimal, nearest, np.trunc(scaled))
    return (cut / scale + 0.0).astype(result)  # + 0.0 turns -0.0 into 0.0
