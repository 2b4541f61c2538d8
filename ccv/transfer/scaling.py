"""A head that trains on whitened features: one learning rate then suits every backbone, and few steps are enough."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

import keras
import numpy as np

from ccv.losses import answers_each
from ccv.transfer import batches
from ccv.transfer.graph import HEAD

IMAGES, CHANNELS = 2048, 2048  # by which it is measured, and at most turned
DAMPING = 0.03  # of the variance of a channel


def has_head(model: keras.Model) -> bool:
    """Whether the model ends as `with_head` has it: pool, dropout, dense."""
    return any(layer.name == f"{HEAD}_pool" for layer in model.layers) and isinstance(
        model.get_layer(HEAD), keras.layers.Dense
    )


def measured(network: keras.Model, data: Any, batch_size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the `whitening` of what a network makes of the first images."""
    pairs = islice(batches.each(data, batch_size), max(1, IMAGES // batch_size))
    return whitening(np.concatenate([network.predict_on_batch(np.asarray(pair[0])) for pair in pairs]))


def whitening(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean `(channels,)` and a matrix `(channels, channels)` after which features no longer go together.

    Directions in which they hardly vary are not blown up. More than 2,048 channels are only brought to one deviation.
    """
    mean, deviation = features.mean(axis=0), features.std(axis=0)
    deviation = np.where(deviation > 1e-12, deviation, 1)
    if len(mean) > CHANNELS:
        return mean, np.diag(1 / deviation)
    scaled = (features - mean) / deviation
    variances, directions = np.linalg.eigh(scaled.T @ scaled / len(scaled))
    # Turned back at the end (ZCA), so that it does not depend on the signs that `eigh` happens to choose.
    whitened = directions / np.sqrt(np.maximum(variances, 0) + DAMPING) @ directions.T
    return mean, whitened / deviation[:, None]


@contextmanager
def scaled_head(model: keras.Model, mean: np.ndarray, matrix: np.ndarray) -> Iterator[keras.Model]:
    """Give the part above the pool, which inside takes (features - mean) @ matrix; the whole model stays the same.

    The dense layer's weights are those of the scaled features inside, and brought back at the end.
    """
    dense = model.get_layer(HEAD)
    kernel, *bias = dense.get_weights()
    dense.set_weights([np.linalg.solve(matrix, kernel), *(one + mean @ kernel for one in bias)])
    try:
        yield keras.Model(model.get_layer(f"{HEAD}_pool").output, model.outputs[0])
    finally:
        kernel, *bias = dense.get_weights()
        kernel = matrix @ kernel
        dense.set_weights([kernel, *(one - mean @ kernel for one in bias)])


def scale_layer(mean: np.ndarray, matrix: np.ndarray) -> keras.layers.Layer:
    """Return the layer that does to features what a scaled head expects."""
    layer = keras.layers.Dense(matrix.shape[1], trainable=False, name=f"{HEAD}_scale")
    layer.build((None, len(mean)))
    layer.set_weights([matrix, -mean @ matrix])
    return layer


def forget_noise(model: keras.Model, loss: float) -> None:
    """Begin at zero where the head is worse than guessing: a new one's random weights may be far from any scale."""
    dense = model.get_layer(HEAD)
    if loss > math.log(2 if answers_each(model) else max(2, dense.units)):
        dense.set_weights([np.zeros_like(weight) for weight in dense.get_weights()])
