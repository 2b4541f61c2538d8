"""Turn the dense head of a network into convolutions with the same weights, so that it slides over larger images."""

from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn

import keras
import numpy as np
from keras import layers

from ccv.graph import check_graph, fold
from ccv.layers import AdaptiveAveragePooling2D
from ccv.models.layout import check_channels_last

POOLS = {
    layers.GlobalAveragePooling2D: layers.AveragePooling2D,
    layers.GlobalMaxPooling2D: layers.MaxPooling2D,
}
ADAPTIVE = (AdaptiveAveragePooling2D, *filter(None, [getattr(layers, "AdaptiveAveragePooling2D", None)]))
# What treats each number of a vector alike, and so may come before the dense layer that reads a flattened map.
ELEMENTWISE = (layers.Dropout, layers.GaussianDropout, layers.GaussianNoise, layers.ReLU, layers.LeakyReLU)
# What works along the vector at each position, as along channels.
ALONG_CHANNELS = (
    layers.Activation, layers.Softmax, layers.BatchNormalization, layers.LayerNormalization, layers.Concatenate,
    layers.Add, layers.Subtract, layers.Multiply, layers.Average, layers.Maximum, layers.Minimum,
)  # fmt: skip
FIXED_SIZE = (layers.Reshape, layers.Resizing, layers.CenterCrop, layers.RandomCrop)

Arrays = list[np.ndarray]


class Value(NamedTuple):
    """A tensor of the new network, for one of the old.

    Where the old one was a flat vector, `flat` is the (height, width, channels) that it was flattened from, and
    the new tensor still has these maps; `axes` is their order there. (1, 1, n) is a vector of n at each position.
    """

    tensor: Any
    flat: tuple[int, int, int] | None = None
    axes: tuple[int, ...] = (0, 1, 2)

    @property
    def pointwise(self) -> bool:
        """Whether each position holds a whole vector."""
        return self.flat is not None and self.flat[:2] == (1, 1)


def fully_convolutional(model: keras.Model) -> keras.Model:
    """Return the network that slides over larger images: a new model of the same function, with the same weights.

    `(batch, height, width, channels)` -> `(batch, rows, columns, outputs)`, for any height and width from those
    of `model` on; there the result is 1x1 and the same numbers. Position (i, j) is what `model` says of the
    window that begins `i` and `j` strides further, the stride being the product of all strides: one pass
    instead of a crop and a pass each.

    | of `model` | becomes |
    |---|---|
    | `Flatten` of (h, w, c), then `Dense` of n | an h x w 'valid' convolution with n filters |
    | a further `Dense` | a 1x1 convolution |
    | `GlobalAveragePooling2D` of (h, w, c), or the maximum | h x w pooling with stride 1 |
    | adaptive pooling that changes nothing, or averages to 1x1 | nothing; h x w pooling with stride 1 |
    | anything else | a copy of itself |

    The windows equal crops exactly as long as no convolution or pooling before the head pads ('valid'
    throughout). With 'same' a crop has zeros at its border where the large image has pixels, so the two differ
    there (VGG, AlexNet and LeNet's "same" first layer); at the size of `model` itself they never do.

    Takes a functional or Sequential model of one image of fixed size, such as any builder's; models inside it are
    unpacked, and one without a dense head only gets an open size. Raises TypeError for what is no model, and
    ValueError, in one sentence, where there is no such network: more inputs than an image, an open size, a head
    that is no stack of dense and elementwise layers (`yolo_v1` ends with a Reshape, LeNet-5 of 1998 with
    distances), or global pooling in the middle (squeeze and excitation: a gate for the whole image has no window).
    Source: Sermanet et al. 2013, "OverFeat", section 3.5; A. Ng's course, week 3.
    """
    check_graph(model)
    inputs = keras.Input((None, None, image_shape(model)[-1]), dtype=model.inputs[0].dtype, name="input")
    convert = Converter(model.name)
    values = fold(model, [Value(inputs)], convert)
    if any(value.flat and not value.pointwise for value in values):
        raise ValueError(f"{model.name} cannot slide: it ends with a flattened map, which no dense layer reads")
    outputs = [value.tensor for value in values]
    slides = keras.Model(inputs, outputs if len(outputs) > 1 else outputs[0], name=model.name)
    convert.copy_weights()
    return slides


def image_shape(model: keras.Model) -> tuple[int, ...]:
    """Return the shape of the one image that a model takes, or raise ValueError."""
    check_channels_last(model)
    shapes = [tuple(tensor.shape[1:]) for tensor in model.inputs]
    if len(shapes) != 1 or len(shapes[0]) != 3:
        raise ValueError(f"{model.name} must have one input, an image (height, width, channels), not {shapes}")
    if None in shapes[0]:
        raise ValueError(f"the size of {model.name}'s input is open, {shapes[0]}: build it with that of its window")
    return shapes[0]


class Converter:
    """Makes the layers of the new network one by one, and remembers what weights each gets from which old one."""

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self.made: dict[int, tuple[Any, Any, Callable[[Arrays], Arrays]]] = {}

    def __call__(self, node: Any, given: list[Value], path: tuple[str, ...]) -> list[Value]:
        """Apply to the new tensors what stands for one call of an old layer; `path` names the models around it."""
        layer, name = node.operation, "_".join((*path, node.operation.name))
        before = [tuple(tensor.shape[1:]) for tensor in node.input_tensors]
        after = tuple(node.outputs[0].shape[1:])
        if any(value.flat for value in given):
            return [self.on_vectors(layer, name, given, after)]
        if isinstance(layer, layers.Permute):
            return [given[0]._replace(axes=tuple(given[0].axes[axis - 1] for axis in layer.dims))]
        if isinstance(layer, layers.Flatten) or (isinstance(layer, layers.Reshape) and after == before[0][2:]):
            return [flattened(given[0], before[0])]
        self.check_maps(layer, given, before, after)
        return self.on_maps(layer, name, given, before[0])

    def on_maps(self, layer: Any, name: str, given: list[Value], shape: tuple[int, ...]) -> list[Value]:
        """Slide what pools a whole map over it; copy everything else."""
        window = shape[:2]
        if type(layer) in POOLS:
            pooled = self.apply(layer, lambda: POOLS[type(layer)](window, 1, name=name), given)
            return [Value(pooled, None if layer.keepdims else (1, 1, shape[-1]))]
        if isinstance(layer, ADAPTIVE):
            size = tuple(layer.output_size)
            if size == window:
                return given
            if size != (1, 1):
                self.refuse(layer, f"averages {window} to {size}, in windows that do not slide")
            return [Value(self.apply(layer, lambda: layers.AveragePooling2D(window, 1, name=name), given))]
        made = self.apply(layer, lambda: copy(layer, name), given)
        return [Value(tensor) for tensor in (made if isinstance(made, list | tuple) else [made])]

    def on_vectors(self, layer: Any, name: str, given: list[Value], after: tuple[int, ...]) -> Value:
        """Let a layer of the head work at every position."""
        value, pointwise = given[0], all(other.pointwise for other in given)
        if len(given) > 1 and not pointwise:
            self.refuse(layer, "joins a vector with a map, or two flattened maps")
        if isinstance(layer, layers.Dense):
            return self.dense(layer, name, value)
        if isinstance(layer, layers.Flatten):
            return value
        if isinstance(layer, layers.Reshape) and pointwise and after[:-1] in ((), (1, 1)):
            return value._replace(flat=value.flat if len(after) == 1 else None)
        if pointwise and isinstance(layer, ALONG_CHANNELS):
            made = self.apply(layer, lambda: copy(layer, name, along_channels=True), given)
            return Value(made, (1, 1, made.shape[-1]))
        if isinstance(layer, ELEMENTWISE):
            return value._replace(tensor=self.apply(layer, lambda: copy(layer, name), given))
        return self.refuse(layer, "has no convolutional form")

    def dense(self, layer: Any, name: str, value: Value) -> Value:
        """Turn a dense layer into a convolution that covers the map which it reads."""
        maps = value.flat or (1, 1, 1)
        listed = [maps[axis] for axis in value.axes]  # as Flatten lists them

        def as_kernel(weights: Arrays) -> Arrays:
            kernel = weights[0].reshape(*listed, layer.units)
            return [kernel.transpose(*np.argsort(value.axes), 3), *weights[1:]]

        def convolution() -> layers.Layer:
            return layers.Conv2D(
                layer.units,
                maps[:2],
                activation=layer.activation,
                use_bias=layer.use_bias,
                kernel_regularizer=layer.kernel_regularizer,
                bias_regularizer=layer.bias_regularizer,
                dtype=layer.dtype_policy,
                trainable=layer.trainable,
                name=name,
            )

        return Value(self.apply(layer, convolution, [value], as_kernel), (1, 1, layer.units))

    def apply(
        self,
        layer: Any,
        make: Callable[[], Any],
        given: list[Value],
        weights: Callable[[Arrays], Arrays] = list,
    ) -> Any:
        """Call what stands for an old layer, made at its first call: a shared layer stays shared."""
        if id(layer) not in self.made:
            self.made[id(layer)] = (layer, make(), weights)
        tensors = [value.tensor for value in given]
        return self.made[id(layer)][1](tensors if len(tensors) > 1 else tensors[0])

    def check_maps(self, layer: Any, given: list[Value], before: list[tuple[int, ...]], after: tuple[int, ...]) -> None:
        """Refuse what would depend on the whole image at once."""
        if len({shape[:2] for shape in before}) > 1:
            self.refuse(layer, f"joins maps of {' and '.join(map(str, before))}: a gate for the whole image")
        if any(value.axes != (0, 1, 2) for value in given):
            self.refuse(layer, "reads maps whose axes were permuted, other than to flatten them")
        if isinstance(layer, FIXED_SIZE) or (len(after) != 3 and type(layer) not in POOLS):
            self.refuse(layer, f"makes {before[0]} to {after}, which has no larger form")

    def refuse(self, layer: Any, why: str) -> NoReturn:
        """Raise the one error, with the layer that does not slide."""
        raise ValueError(f"{self.owner} cannot slide: layer {layer.name} ({type(layer).__name__}) {why}")

    def copy_weights(self) -> None:
        """Set the weights of the new layers from the old ones."""
        for old, new, weights in self.made.values():
            new.set_weights(weights(old.get_weights()))


def flattened(value: Value, shape: tuple[int, ...]) -> Value:
    """Note that the old tensor of this shape, whose axes may be permuted, is a vector from now on."""
    height, width, channels = (shape[value.axes.index(axis)] for axis in range(3))
    return value._replace(flat=(height, width, channels))


def copy(layer: Any, name: str, along_channels: bool = False) -> Any:
    """Return a new layer of the same kind and options, by a name; `along_channels` sets its axis to the last."""
    config = layer.get_config() | {"name": name}
    if along_channels and "axis" in config:
        config["axis"] = -1
    return type(layer).from_config(config)
