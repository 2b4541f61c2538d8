"""The layer that compares two embeddings."""

from typing import Any

import keras
from keras import ops

from ccv.layers._register import register

__all__ = ["AbsoluteDifference"]


@register
class AbsoluteDifference(keras.layers.Layer):
    """The absolute difference of two tensors, number by number: two of one shape in, that shape out.

    Its sum is their L1 distance; a dense layer after it weighs each number. There is nothing to train. Raises
    ValueError for anything but two inputs of the same shape. Source: Koch, Zemel, Salakhutdinov 2015, section 3.1.
    """

    def build(self, input_shape: Any) -> None:
        """Check that there are two inputs of the same shape."""
        if not isinstance(input_shape, list | tuple) or len(input_shape) != 2 or not _all_shapes(input_shape):
            raise ValueError(f"{self.name} compares a list of two tensors, not one of shape {input_shape}")
        left, right = (tuple(shape[1:]) for shape in input_shape)
        if left != right:
            raise ValueError(f"{self.name} compares two tensors of one shape, not {left} and {right}")

    def call(self, inputs: Any) -> Any:
        """Return `|left - right|`."""
        left, right = inputs
        return ops.abs(left - right)

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        """Keep the shape of one."""
        return tuple(input_shape[0])


def _all_shapes(shapes: Any) -> bool:
    return all(isinstance(shape, list | tuple) for shape in shapes)
