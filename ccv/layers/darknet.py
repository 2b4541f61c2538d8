"""Darknet's `reorg`, which YOLOv2 needs."""

from typing import Any

import keras
from keras import ops

from ccv.layers._register import register


@register
class Reorg(keras.layers.Layer):
    """Halve height and width and multiply the channels by four, in darknet's order, which is not space-to-depth.

    `(batch, height, width, channels)` -> `(batch, height / 2, width / 2, 4 channels)`; height and width even, the
    channels a multiple of 4. Darknet reads its `channels x height x width` numbers as if they were
    `channels / 4 x 2 height x 2 width`, takes every second pixel of these, and so mixes rows that are not
    neighbours; the published weights were trained with it. Source: darknet's blas.c, `reorg_cpu(forward=0)`.
    """

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Raise ValueError for a shape that does not divide."""
        _, height, width, channels = input_shape
        if (height or 2) % 2 or (width or 2) % 2 or (channels or 1) % 4:
            raise ValueError(
                f"{self.name} takes an even height and width and a multiple of 4 channels, not {input_shape[1:]}"
            )

    def call(self, inputs: Any) -> Any:
        """Return the same numbers in their new places."""
        _, height, width, channels = ops.shape(inputs)
        planes = ops.transpose(inputs, (0, 3, 1, 2))
        pixels = ops.reshape(planes, (-1, channels // 4, height, 2, width, 2))  # 2 height rows of 2 width pixels
        parts = ops.transpose(pixels, (0, 3, 5, 1, 2, 4))
        halved = ops.reshape(parts, (-1, 4 * channels, height // 2, width // 2))
        return ops.transpose(halved, (0, 2, 3, 1))

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Halve the sides, multiply the channels."""
        batch, height, width, channels = input_shape
        return (batch, height and height // 2, width and width // 2, 4 * (channels or 0))
