"""The losses of a picture: what is where (content), what goes with what (style), and how restless it is.

Each distance is relative to its target, so that one weight suits every network, layer and size of picture. The paper
divides by counts instead and lets its weights, ratios of 1e-3 or 1e-4, make up for the rest.
"""

from collections.abc import Mapping
from typing import Any

from keras import ops

TINY = 1e-12  # beside the target's size, so that a layer that is silent divides nothing by zero


def gram_matrix(maps: Any) -> Any:
    """Return how strongly each two channels answer together, `(batch, channels, channels)`.

    `maps` are `(batch, height, width, channels)`; the sum over the places is divided by their number, so that pictures
    of other sizes can be compared. Source: Gatys et al. 2015, equation 1 (without the division).

    >>> import numpy as np
    >>> ops.convert_to_numpy(gram_matrix(np.array([[[[1.0, 0.0], [1.0, 2.0]]]]))).tolist()
    [[[1.0, 1.0], [1.0, 2.0]]]
    """
    maps = ops.convert_to_tensor(maps)
    batch, height, width, channels = ops.shape(maps)
    rows = ops.reshape(maps, (batch, height * width, channels))
    return ops.matmul(ops.transpose(rows, (0, 2, 1)), rows) / ops.cast(height * width, rows.dtype)


def style_loss(grams: Mapping[str, Any], targets: Mapping[str, Any]) -> Any:
    """Return how far Gram matrices are from those of the style, by layer, each relative to its target; their mean."""
    distances = [relative(grams[name], target) for name, target in targets.items()]
    return sum(distances) / len(distances)


def content_loss(maps: Any, target: Any) -> Any:
    """Return how far maps `(batch, height, width, channels)` are from those of the content, relative to these."""
    return relative(maps, target)


def total_variation(pictures: Any) -> Any:
    """Return the mean absolute difference of neighbours down plus that across, of `(batch, height, width, channels)`.

    >>> import numpy as np
    >>> float(total_variation(np.array([[[[0.0], [1.0]], [[0.0], [3.0]]]])))
    3.0
    """
    pictures = ops.convert_to_tensor(pictures)
    down = ops.mean(ops.abs(pictures[:, 1:] - pictures[:, :-1]))
    across = ops.mean(ops.abs(pictures[:, :, 1:] - pictures[:, :, :-1]))
    return down + across


def relative(values: Any, target: Any) -> Any:
    """Return the squared distance divided by the target's own square: 0 is equal, 1 as far as nothing at all."""
    target = ops.convert_to_tensor(target)
    return ops.sum(ops.square(values - target)) / (ops.sum(ops.square(target)) + TINY)
