"""How well outlines agree: the boundary F of Csurka et al. 2013, by distances."""

import numpy as np
from scipy import ndimage


def outline(mask: np.ndarray) -> np.ndarray:
    """Return the pixels of a bool mask `(height, width)` that touch, by a side, one outside of it within the image.

    >>> outline(np.ones((3, 3), bool)).any(), int(outline(np.pad(np.ones((3, 3), bool), 1)).sum())
    (np.False_, 8)
    """
    inside = ndimage.binary_erosion(mask, border_value=1)
    return np.asarray(mask & ~inside)


def boundary_f(said: np.ndarray, there: np.ndarray, tolerance: float) -> float:
    """Return 2 P R / (P + R) of the outlines of two bool masks; NaN where neither has one.

    P is the share of the outline of `said` that lies at most `tolerance` pixels from the other, R the reverse.
    """
    lines = outline(said), outline(there)
    if not lines[0].any() and not lines[1].any():
        return float("nan")
    if not lines[0].any() or not lines[1].any():
        return 0.0
    precision, recall = (
        float((ndimage.distance_transform_edt(~other)[line] <= tolerance).mean())
        for line, other in (lines, lines[::-1])
    )
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
