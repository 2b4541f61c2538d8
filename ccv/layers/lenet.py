"""What LeNet-5 of 1998 is made of: trainable subsampling, a connection table, distances to prototypes."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from ccv.layers._register import register


@register
def scaled_tanh(x: Any) -> Any:
    """Return `1.7159 tanh(2x/3)`, the squashing function of LeNet-5: any shape in, the same shape out.

    The constants put f(1) = 1 and f(-1) = -1, so targets of +-1 lie where the curve is steep, and not at its
    asymptotes. Source: LeCun et al. 1998, appendix A.

    >>> round(float(scaled_tanh(1.0)), 3)
    1.0
    """
    return 1.7159 * ops.tanh(ops.multiply(2.0 / 3.0, x))


@register
class Subsampling2D(keras.layers.Layer):
    """The trainable 2x2 subsampling of LeNet-5: the sum of the window, times a coefficient, plus a bias.

    `(batch, height, width, maps)` -> `(batch, height // 2, width // 2, maps)`, with 2 x maps parameters. The
    coefficient starts at 1/4, at which the layer is average pooling. Source: LeCun et al. 1998, section II.B
    (layers S2 and S4).
    """

    def __init__(self, activation: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.activation = keras.activations.get(activation)
        self.input_spec = keras.layers.InputSpec(ndim=4)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the coefficient and the bias, one of each per map."""
        maps = input_shape[-1]
        quarter = keras.initializers.Constant(0.25)
        self.coefficient = self.add_weight(name="coefficient", shape=(maps,), initializer=quarter)
        self.bias = self.add_weight(name="bias", shape=(maps,), initializer="zeros")

    def call(self, inputs: Any) -> Any:
        """Return `activation(coefficient * sum of the 2x2 window + bias)`."""
        window_sum = 4.0 * ops.average_pool(inputs, 2, strides=2, padding="valid", data_format="channels_last")
        return self.activation(window_sum * self.coefficient + self.bias)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Halve height and width, rounding down."""
        batch, height, width, maps = input_shape
        return batch, height and height // 2, width and width // 2, maps

    def get_config(self) -> dict[str, Any]:
        """Return what rebuilds the layer."""
        return super().get_config() | {"activation": keras.activations.serialize(self.activation)}


@register
class TableConv2D(keras.layers.Layer):
    """A 'valid' convolution in which a table says which input maps each output map sees.

    `(batch, height, width, maps)` -> `(batch, height - k + 1, width - k + 1, len(connections))`.
    `connections[j]` lists the input maps of output map j. Only the kernels of the table exist: k x k x
    connections weights and one bias per output map. Raises ValueError for an empty table, and on building
    where the table names a map that the input does not have. Source: LeCun et al. 1998, table I (layer C3).
    """

    def __init__(
        self, connections: Sequence[Sequence[int]], kernel_size: int, activation: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        if not connections or not all(connections):
            raise ValueError("connections needs at least one input map for every output map")
        self.connections = tuple(tuple(int(source) for source in sources) for sources in connections)
        self.kernel_size = kernel_size
        self.activation = keras.activations.get(activation)
        self.input_spec = keras.layers.InputSpec(ndim=4)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make one k x k kernel per connection and one bias per output map."""
        maps = int(input_shape[-1] or 0)
        pairs = [(source, target) for target, sources in enumerate(self.connections) for source in sources]
        if any(not 0 <= source < maps for source, _ in pairs):
            raise ValueError(f"the connection table of {self.name} names maps beyond the {maps} that it gets")
        size, outputs = self.kernel_size, len(self.connections)
        # The fan-in differs from map to map; its mean sets the range, as LeCun's uniform initialisation does.
        limit = (3 * outputs / (size * size * len(pairs))) ** 0.5
        uniform = keras.initializers.RandomUniform(-limit, limit)
        self.kernel = self.add_weight(name="kernel", shape=(size, size, len(pairs)), initializer=uniform)
        self.bias = self.add_weight(name="bias", shape=(outputs,), initializer="zeros")
        # Row c is the one-hot place of connection c in the dense (maps, outputs) kernel.
        self._places = tuple(source * outputs + target for source, target in pairs)
        self._maps = maps

    def call(self, inputs: Any) -> Any:
        """Spread the kernels into a dense one with zeros elsewhere, and convolve."""
        size, outputs = self.kernel_size, len(self.connections)
        spread = ops.one_hot(self._places, self._maps * outputs, dtype=self.compute_dtype)
        dense = ops.reshape(ops.matmul(self.kernel, spread), (size, size, self._maps, outputs))
        x = ops.conv(inputs, dense, strides=1, padding="valid", data_format="channels_last")
        return self.activation(x + self.bias)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Shrink height and width by the kernel less one."""
        batch, height, width, _ = input_shape
        lost = self.kernel_size - 1
        return batch, height and height - lost, width and width - lost, len(self.connections)

    def get_config(self) -> dict[str, Any]:
        """Return what rebuilds the layer."""
        return super().get_config() | {
            "connections": [list(sources) for sources in self.connections],
            "kernel_size": self.kernel_size,
            "activation": keras.activations.serialize(self.activation),
        }


@register
class EuclideanRBF(keras.layers.Layer):
    """Negative squared distance to one fixed prototype per class: `(batch, features)` -> `(batch, classes)`.

    The paper's output is the distance itself, the smaller the better. This layer returns its negative (then
    the activation), so that the largest output wins, as `fit` and `evaluate` expect; train it without
    activation, under `MapCriterion`. The prototypes are weights that do not train. Raises ValueError where the
    prototypes are not a table of numbers, or are not as long as the features.
    Source: LeCun et al. 1998, section II.B (output layer, equation 7).
    """

    def __init__(self, prototypes: Sequence[Sequence[float]], activation: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.prototypes = [[float(value) for value in row] for row in prototypes]
        if not self.prototypes or len({len(row) for row in self.prototypes}) != 1:
            raise ValueError("prototypes needs one row per class, all of the same length")
        self.activation = keras.activations.get(activation)
        self.input_spec = keras.layers.InputSpec(ndim=2)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Place the prototypes in a weight that does not train."""
        features = len(self.prototypes[0])
        if input_shape[-1] != features:
            raise ValueError(f"{self.name} has prototypes of {features} numbers and gets {input_shape[-1]}")
        fixed = keras.initializers.Constant(np.array(self.prototypes))
        shape = (len(self.prototypes), features)
        self.centres = self.add_weight(name="prototypes", shape=shape, initializer=fixed, trainable=False)

    def call(self, inputs: Any) -> Any:
        """Return `activation(-sum of (x - w) squared)`, by the expanded square."""
        inner = ops.matmul(inputs, ops.transpose(self.centres))
        lengths = ops.sum(ops.square(inputs), axis=-1, keepdims=True) + ops.sum(ops.square(self.centres), axis=-1)
        return self.activation(2.0 * inner - lengths)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """One output per prototype."""
        return (*input_shape[:-1], len(self.prototypes))

    def get_config(self) -> dict[str, Any]:
        """Return what rebuilds the layer."""
        return super().get_config() | {
            "prototypes": [list(row) for row in self.prototypes],
            "activation": keras.activations.serialize(self.activation),
        }


@register
class MapCriterion(keras.losses.Loss):
    """The criterion of LeNet-5: cross-entropy of negative distances, with rubbish as one class more.

    Integer labels `(batch,)` and the outputs `(batch, classes)` of an `EuclideanRBF` without activation -> `(batch,)`.
    Softmax sees differences of distances only, so nothing keeps the features near the prototypes, and they
    saturate. Here all classes compete with `rubbish` as well, a distance that stays, which pulls the features
    to the right prototype.
    Source: LeCun et al. 1998, section II.C, equation 9 (its j is `rubbish`).
    """

    def __init__(
        self, rubbish: float = 10.0, reduction: str = "sum_over_batch_size", name: str = "map_criterion", **kwargs: Any
    ) -> None:
        super().__init__(name=name, reduction=reduction, **kwargs)
        self.rubbish = rubbish

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return `-log(exp(-d_right) / (exp(-rubbish) + sum of exp(-d)))` of each image."""
        labels = ops.cast(ops.reshape(y_true, (-1,)), "int32")
        with_rubbish = ops.concatenate([y_pred, ops.full_like(y_pred[:, :1], -self.rubbish)], axis=-1)
        return keras.losses.sparse_categorical_crossentropy(labels, with_rubbish, from_logits=True)

    def get_config(self) -> dict[str, Any]:
        """Return what rebuilds the loss."""
        return super().get_config() | {"rubbish": self.rubbish}
