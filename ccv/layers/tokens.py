"""What ConvNeXt and the vision transformer are made of, and Keras lacks: LayerScale, a class token, positions."""

import math
from typing import Any

import keras
import numpy as np
from keras import ops

from ccv.checks import check_whole
from ccv.layers._register import register


def _cubic(side: int, wanted: int) -> np.ndarray:
    """Return `(wanted, side)`: in row i, what each of `side` points counts at the i-th of `wanted` points.

    Keys's cubic kernel (1981), here and not a backend's own, since these differ by some thousandths.
    """
    at = (np.arange(wanted)[:, None] + 0.5) * side / wanted - 0.5
    far = np.abs(at - np.arange(side))
    near, next_to = 1.5 * far**3 - 2.5 * far**2 + 1, -0.5 * far**3 + 2.5 * far**2 - 4 * far + 2
    weights = np.where(far <= 1, near, np.where(far < 2, next_to, 0))
    return weights / weights.sum(axis=1, keepdims=True)


@register
class LayerScale(keras.layers.Layer):
    """Multiply each channel by a number that is learnt: any `(batch, ..., channels)` in, the same shape out.

    The numbers begin at `value`, near zero, so that a residual block begins as its shortcut. Source: Touvron et al.
    2021, "Going deeper with image transformers", section 2.
    """

    def __init__(self, value: float = 1e-6, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.value = value

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make a number for each channel."""
        start = keras.initializers.Constant(self.value)
        self.scale = self.add_weight(name="scale", shape=(input_shape[-1],), initializer=start)

    def call(self, inputs: Any) -> Any:
        """Return the scaled inputs."""
        return inputs * self.scale

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Keep the shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Return what rebuilds the layer."""
        return super().get_config() | {"value": self.value}


@register
class ClassToken(keras.layers.Layer):
    """Put a learnt vector before those of the places: `(batch, places, channels)` -> `(batch, 1 + places, channels)`.

    What attention gathers in it is what the image is classified by. It begins at zero. Source: Dosovitskiy et al. 2021,
    equation 1.
    """

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the vector."""
        self.token = self.add_weight(name="token", shape=(1, 1, input_shape[-1]), initializer="zeros")

    def call(self, inputs: Any) -> Any:
        """Return the token and, after it, the inputs."""
        token = ops.broadcast_to(ops.cast(self.token, inputs.dtype), (ops.shape(inputs)[0], 1, inputs.shape[-1]))
        return ops.concatenate([token, inputs], axis=1)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Count one place more."""
        batch, places, channels = input_shape
        return batch, places and places + 1, channels


@register
class PositionEmbedding(keras.layers.Layer):
    """Add to the class token and to each place of a grid a vector that is learnt: where in the image it lies.

    `(batch, 1 + rows * columns, channels)` in, the same shape out; `grid` is (rows, columns), and the places come row
    by row. Without it a transformer would see the patches in no order.

    A file for another grid loads too: the vectors are interpolated (bicubic), that of the class token stays. The file's
    grid has to be square, as those of published weights are. Raises ValueError for a grid that is not two whole numbers
    of at least 1, and on building for another number of places. Source: Dosovitskiy et al. 2021, sections 3.1 and 3.2.
    """

    def __init__(self, grid: tuple[int, int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        rows, columns = grid
        self.grid = (check_whole("rows", rows), check_whole("columns", columns))

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make a vector for the class token and for each place."""
        _, places, channels = input_shape
        expected = 1 + math.prod(self.grid)
        if places != expected:
            raise ValueError(f"{self.name} has {expected} places, a class token before {self.grid}, and gets {places}")
        start = keras.initializers.RandomNormal(stddev=0.02)
        self.positions = self.add_weight(name="positions", shape=(1, places, channels), initializer=start)

    def call(self, inputs: Any) -> Any:
        """Return the inputs with their positions."""
        return inputs + self.positions

    def fitted(self, positions: Any) -> np.ndarray:
        """Return positions `(1, 1 + side * side, channels)` of another grid, interpolated to this layer's.

        Those of as many places come back unchanged, and so do those that are of no square grid.
        """
        given = np.asarray(positions)
        side = math.isqrt(max(0, given.shape[1] - 1)) if given.ndim == 3 else 0
        if given.shape == tuple(self.positions.shape) or side == 0 or given.shape[1] != 1 + side**2:
            return given
        down, across = (_cubic(side, wanted) for wanted in self.grid)
        resized = np.einsum("ij,kl,jlc->ikc", down, across, given[0, 1:].reshape(side, side, -1))
        return np.concatenate([given[0, :1], resized.reshape(-1, given.shape[-1])])[None].astype(given.dtype)

    def load_own_variables(self, store: Any) -> None:
        """Read the positions of a Keras file, whatever its grid."""
        self.positions.assign(self.fitted(store["0"]))

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Keep the shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Return what rebuilds the layer."""
        return super().get_config() | {"grid": list(self.grid)}
