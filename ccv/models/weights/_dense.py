"""Dense kernels of frameworks that put channels first: as they store them, to as Keras does."""

import keras
import numpy as np

from ccv.graph import maker

_ELEMENTWISE = (keras.layers.Dropout, keras.layers.Activation, keras.layers.ReLU, keras.layers.LeakyReLU)


def to_keras(layer: keras.layers.Dense, kernel: np.ndarray) -> np.ndarray:
    """Turn a kernel `(outputs, inputs)` into Keras's `(inputs, outputs)`.

    Where flattened maps come in, they were flattened channel by channel there, and are position by position here.
    """
    maps = _flattened_maps(layer)
    if maps and kernel.shape[1] == np.prod(maps):
        height, width, channels = maps
        kernel = kernel.reshape(-1, channels, height, width).transpose(0, 2, 3, 1).reshape(len(kernel), -1)
    return kernel.T


def to_torch(layer: keras.layers.Dense, kernel: np.ndarray) -> np.ndarray:
    """Turn Keras's kernel `(inputs, outputs)` into `(outputs, inputs)`: what `to_keras` undoes."""
    maps = _flattened_maps(layer)
    if maps:
        height, width, channels = maps
        kernel = kernel.reshape(height, width, channels, -1).transpose(2, 0, 1, 3).reshape(len(kernel), -1)
    return kernel.T


def _flattened_maps(layer: keras.layers.Dense) -> tuple[int, ...] | None:
    """The (height, width, channels) that were flattened into a dense layer's input, if any were."""
    before = maker(layer.input)
    while isinstance(before, _ELEMENTWISE):
        before = maker(before.input)
    maps = isinstance(before, keras.layers.Flatten) and len(before.input.shape) == 4
    return tuple(before.input.shape[1:]) if maps else None
