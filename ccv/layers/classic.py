"""Two layers of the classics: local response normalisation, and average pooling to a fixed size."""

from typing import Any

import keras
from keras import ops

from ccv.layers._register import register


@register
class LocalResponseNormalization(keras.layers.Layer):
    """Divide each value by a power of the energy of its `size` neighbouring channels, as AlexNet does.

    `(batch, height, width, channels)` in, the same shape out: `b = a / (k + alpha * sum a^2) ** beta`, where
    the sum runs over the `size` channels around a's own at a's own position (fewer at the first and the last
    channels). There is nothing to train. Half precision is normalised in float32.

    `alpha` multiplies the sum, as in the paper and in `tf.nn.local_response_normalization(depth_radius=size //
    2, bias=k)`; Caffe and PyTorch divide it by `size` first. Raises ValueError for a size that is no odd
    integer above 0. Source: Krizhevsky et al. 2012, section 3.3.
    """

    def __init__(self, size: int = 5, k: float = 2.0, alpha: float = 1e-4, beta: float = 0.75, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if isinstance(size, bool) or not isinstance(size, int) or size < 1 or size % 2 == 0:
            raise ValueError(f"size={size!r} must be an odd integer above 0: a channel and its neighbours")
        self.size = size
        self.k = k
        self.alpha = alpha
        self.beta = beta
        self.input_spec = keras.layers.InputSpec(ndim=4)

    def call(self, inputs: Any) -> Any:
        """Return the normalised inputs."""
        x = ops.cast(inputs, keras.backend.result_type(self.compute_dtype, "float32"))
        radius, channels = self.size // 2, inputs.shape[-1]
        energy = ops.pad(ops.square(x), ((0, 0), (0, 0), (0, 0), (radius, radius)))
        window = energy[..., :channels]
        for start in range(1, self.size):
            window = window + energy[..., start : start + channels]
        scale = ops.power(self.k + self.alpha * window, -self.beta)
        return ops.cast(x * scale, self.compute_dtype)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Keep the shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Return what rebuilds the layer."""
        return super().get_config() | {"size": self.size, "k": self.k, "alpha": self.alpha, "beta": self.beta}


@register
class AdaptiveAveragePooling2D(keras.layers.Layer):
    """Average maps of any size to a fixed one: `(batch, h, w, c)` -> `(batch, height, width, c)`.

    Row i of the output is the mean of the input rows `floor(i h / height)` to `ceil((i + 1) h / height)`,
    the last excluded; columns likewise, as in torchvision's classifiers. Neighbouring windows overlap where
    `height` does not divide `h`, and repeat rows where `h` is smaller. Height and width of the input may be
    unknown (Keras has such a layer since 3.13, for known sizes only). Raises ValueError for an output size
    that is not two integers above 0.
    """

    def __init__(self, output_size: int | tuple[int, int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        size = (output_size, output_size) if isinstance(output_size, int) else tuple(output_size)
        if len(size) != 2 or not all(isinstance(side, int) and side > 0 for side in size):
            raise ValueError(f"output_size={output_size!r} must be one or two integers above 0")
        self.output_size = size
        self.input_spec = keras.layers.InputSpec(ndim=4)

    def call(self, inputs: Any) -> Any:
        """Return the means; maps that have the size already pass unchanged."""
        if tuple(inputs.shape[1:3]) == self.output_size:
            return inputs
        height, width = ops.shape(inputs)[1:3]
        rows = self._windows(height, self.output_size[0])
        columns = self._windows(width, self.output_size[1])
        x = ops.matmul(rows, ops.transpose(inputs, (0, 3, 1, 2)))  # einsum of all three is a shape that LiteRT refuses
        return ops.transpose(ops.matmul(x, ops.transpose(columns)), (0, 2, 3, 1))

    def _windows(self, size: Any, wanted: int) -> Any:
        """Return `(wanted, size)`: in row i, 1/n at each of the n places that the output i is the mean of."""
        place, window = ops.arange(size)[None, :], ops.arange(wanted)[:, None]
        first = window * size // wanted
        last = ((window + 1) * size + wanted - 1) // wanted  # rounded up; of no negative number: ONNX truncates those
        inside = ops.logical_and(place >= first, place < last)
        return ops.cast(inside, self.compute_dtype) / ops.cast(last - first, self.compute_dtype)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Replace height and width."""
        return (input_shape[0], *self.output_size, input_shape[-1])

    def get_config(self) -> dict[str, Any]:
        """Return what rebuilds the layer."""
        return super().get_config() | {"output_size": list(self.output_size)}
