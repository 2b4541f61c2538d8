"""The kernel gallery of the slides: small matrices that blur, sharpen and find edges."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np


def _kernel(rows: Any) -> np.ndarray:
    kernel = np.array(rows)
    kernel.setflags(write=False)
    return kernel


_GAUSSIAN3 = np.outer([1, 2, 1], [1, 2, 1]) / 16
_GAUSSIAN5 = np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1]) / 256
_IDENTITY5 = np.pad([[1]], 2)

_VERTICAL_EDGE = np.array([[1, 0, -1]] * 3)
_PREWITT_X = np.array([[-1, 0, 1]] * 3)
_SOBEL_X = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
_SCHARR_X = np.array([[-3, 0, 3], [-10, 0, 10], [-3, 0, 3]])

#: Name -> kernel (height, width), read-only, to be slid as it stands (`correlate2d`).
#:
#: - Sum 1, the brightness stays: identity, sharpen, box_blur, gaussian3, gaussian5, unsharp.
#: - Sum 0, a flat area gives 0: all the others.
#: - `_x` kernels answer to change from left to right, that is to vertical edges; `_y` from top to bottom.
#:   They are positive where it gets brighter; `vertical_edge` and `horizontal_edge` where it gets darker.
#: - Roberts's pair looks along the two diagonals; `roberts_x` is the one that the notes print.
#: - `unsharp` is twice the identity minus `gaussian5`: the image plus what the blur took from it.
#:
#: Canny is missing because it is a pipeline (blur, gradient, thinning, hysteresis), not a kernel.
#:
#: Source: 003 slides, the convolution operator (C-030); 004 notes, vertical edge detectors (C-031, C-032).
KERNELS: Mapping[str, np.ndarray] = MappingProxyType(
    {
        "identity": _kernel(np.pad([[1]], 1)),
        "edge_diagonal": _kernel([[1, 0, -1], [0, 0, 0], [-1, 0, 1]]),
        "edge_laplacian4": _kernel([[0, 1, 0], [1, -4, 1], [0, 1, 0]]),
        "edge_laplacian8": _kernel([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]]),
        "sharpen": _kernel([[0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
        "box_blur": _kernel(np.full((3, 3), 1 / 9)),
        "gaussian3": _kernel(_GAUSSIAN3),
        "gaussian5": _kernel(_GAUSSIAN5),
        "unsharp": _kernel(2 * _IDENTITY5 - _GAUSSIAN5),
        "vertical_edge": _kernel(_VERTICAL_EDGE),
        "horizontal_edge": _kernel(_VERTICAL_EDGE.T),
        "sobel_x": _kernel(_SOBEL_X),
        "sobel_y": _kernel(_SOBEL_X.T),
        "scharr_x": _kernel(_SCHARR_X),
        "scharr_y": _kernel(_SCHARR_X.T),
        "prewitt_x": _kernel(_PREWITT_X),
        "prewitt_y": _kernel(_PREWITT_X.T),
        "roberts_x": _kernel([[0, 1], [-1, 0]]),
        "roberts_y": _kernel([[1, 0], [0, -1]]),
    }
)
