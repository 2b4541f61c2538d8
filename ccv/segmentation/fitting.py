"""The layer that brings a map to the sides of another; by itself, so that `import ccv` can register it at no cost."""

from typing import Any

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable(package="ccv")
class SizeOf(layers.Layer):
    """`[x, like]` -> x `(batch, height, width, channels)`, resized to the sides of `like` where they differ."""

    def call(self, inputs: Any) -> Any:
        """Resize by bilinear interpolation."""
        x, like = inputs
        sides = ops.shape(like)[1:3]
        return x if tuple(x.shape[1:3]) == tuple(sides) else ops.image.resize(x, sides, data_format="channels_last")

    def compute_output_shape(self, input_shape: Any) -> tuple[Any, ...]:
        """Return the sides of the second, the channels of the first."""
        x, like = input_shape
        return (x[0], *like[1:3], x[3])
