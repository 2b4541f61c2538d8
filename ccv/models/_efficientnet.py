"""The one network of which EfficientNet B0 to B7 are sizes: its stages, its block, its scaling."""

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import keras
from keras import layers

from ccv.models.common import Top, drop
from ccv.models.mobilenet_v2 import make_divisible, pad_before_stride

HALVINGS = "five halvings, the last of more than one cell,"
STEM, LAST = 32, 1280
# Table 1 of the paper, the network that a search found: kernel, expansion, filters, repeats, stride of the first.
STAGES = (
    (3, 1, 16, 1, 1),
    (3, 6, 24, 2, 2),
    (5, 6, 40, 2, 2),
    (3, 6, 80, 3, 2),
    (5, 6, 112, 3, 1),
    (5, 6, 192, 4, 2),
    (3, 6, 320, 1, 1),
)
# The square roots of ImageNet's deviations: see `preprocess`.
IMAGENET_ROOTS = tuple(math.sqrt(deviation) for deviation in (0.229, 0.224, 0.225))


class Scale(NamedTuple):
    """Compound scaling: what multiplies channels and repeats, the image's side, and the dropout that goes with it."""

    width: float
    depth: float
    resolution: int
    dropout: float

    def filters(self, filters: int, width: float = 1.0) -> int:
        """Scale a channel count, and once more by the builder's own `width`, each to a multiple of 8."""
        return make_divisible(make_divisible(filters * self.width) * width)

    def repeats(self, repeats: int) -> int:
        """Scale the repeats of a stage, rounded up."""
        return math.ceil(self.depth * repeats)


class Block(NamedTuple):
    """One block of the scaled network."""

    kernel_size: int
    expansion: int
    filters: int
    stride: int
    shortcut: bool
    name: str


def blocks(scale: Scale, width: float = 1.0) -> Iterator[Block]:
    """Give the blocks of a scaled network in their order: block1a, block2a, block2b ...

    >>> len(list(blocks(Scale(1.0, 1.0, 224, 0.2)))), len(list(blocks(Scale(2.0, 3.1, 600, 0.5))))
    (16, 55)
    """
    for number, (kernel_size, expansion, filters, repeats, stride) in enumerate(STAGES, 1):
        for repeat in range(scale.repeats(repeats)):
            step, name = 1 if repeat else stride, f"block{number}{chr(97 + repeat)}"
            yield Block(kernel_size, expansion, scale.filters(filters, width), step, repeat > 0, name)


class Style(NamedTuple):
    """What differs between the variants: normalisation, and padding before a stride, by a layer or "same"."""

    epsilon: float
    momentum: float
    symmetric: bool = False
    same: bool = False

    def norm(self, name: str) -> layers.Layer:
        """A batch normalisation."""
        return layers.BatchNormalization(epsilon=self.epsilon, momentum=self.momentum, name=name)

    def pad(self, x: Any, kernel_size: int, name: str) -> Any:
        """Pad before a convolution of stride 2."""
        if self.same:
            return x
        if self.symmetric:
            return layers.ZeroPadding2D(kernel_size // 2, name=name)(x)
        return pad_before_stride(x, kernel_size, name)

    def padding(self, stride: int) -> str:
        """The padding of a convolution, behind what `pad` did."""
        return "same" if stride == 1 or self.same else "valid"


KERAS = Style(1e-3, 0.99)
TORCH = Style(1e-5, 0.9, symmetric=True)
TORCH_LARGE = Style(1e-3, 0.99, symmetric=True)  # B5 to B7


def mbconv(row: Block, drop: float = 0.0, *, style: Style = KERAS) -> Callable[[Any], Any]:
    """Return the block of a row, x -> y: `(batch, h, w, c)` -> `(batch, h/stride, w/stride, row.filters)`.

    MobileNetV2's inverted residual with swish, with squeeze and excitation in the middle, and, where there is a
    shortcut, with stochastic depth (`join`).
    """

    def block(x: Any) -> Any:
        entry, channels, name = x, x.shape[-1], row.name
        if row.expansion > 1:
            x = pointwise(row.expansion * channels, f"{name}_expand_conv")(x)
            x = norm_swish(f"{name}_expand_bn", f"{name}_expand_activation", style)(x)
        x = depthwise(row.kernel_size, row.stride, name, style)(x)
        x = norm_swish(f"{name}_bn", f"{name}_activation", style)(x)
        x = squeeze_excite(max(1, channels // 4), f"{name}_se")(x)
        x = pointwise(row.filters, f"{name}_project_conv")(x)
        x = style.norm(f"{name}_project_bn")(x)
        return join(x, entry, drop, name) if row.shortcut else x

    return block


def join(x: Any, entry: Any, drop: float, name: str) -> Any:
    """Add the shortcut; in training, for a share `drop` of the images, it goes alone (stochastic depth)."""
    if drop:
        x = layers.Dropout(drop, noise_shape=(None, 1, 1, 1), name=f"{name}_drop")(x)
    return layers.Add(name=f"{name}_add")([x, entry])


def squeeze_excite(squeezed: int, name: str, activation: str = "swish") -> Callable[[Any], Any]:
    """Return squeeze and excitation, x -> y of the same shape: each channel times a number in [0, 1].

    The number comes from the averages of all channels, through `squeezed` units with an activation, and a sigmoid.
    In EfficientNet they are a quarter of the channels that enter the *block*, not of the wide ones that are squeezed.
    Source: Hu et al. 2018, section 3.
    """

    def block(x: Any) -> Any:
        channels = x.shape[-1]
        gate = layers.GlobalAveragePooling2D(name=f"{name}_squeeze")(x)
        gate = layers.Reshape((1, 1, channels), name=f"{name}_reshape")(gate)
        for filters, how, part in ((squeezed, activation, "reduce"), (channels, "sigmoid", "expand")):
            start = fan_out()
            gate = layers.Conv2D(filters, 1, activation=how, kernel_initializer=start, name=f"{name}_{part}")(gate)
        return layers.Multiply(name=f"{name}_excite")([x, gate])

    return block


def depthwise(kernel_size: int, stride: int, name: str, style: Style) -> Callable[[Any], Any]:
    """Return a depthwise convolution without bias, padded before a stride as the variant does."""

    def block(x: Any) -> Any:
        if stride > 1:
            x = style.pad(x, kernel_size, f"{name}_dwconv_pad")
        padding, start = style.padding(stride), fan_out()
        return layers.DepthwiseConv2D(
            kernel_size, stride, padding, use_bias=False, depthwise_initializer=start, name=f"{name}_dwconv"
        )(x)

    return block


def pointwise(filters: int, name: str) -> layers.Layer:
    """Return a 1x1 convolution without bias."""
    return layers.Conv2D(filters, 1, padding="same", use_bias=False, kernel_initializer=fan_out(), name=name)


def norm_swish(norm: str, activation: str, style: Style) -> Callable[[Any], Any]:
    """Return batch normalisation and swish under the two names, x -> y of the same shape."""

    def block(x: Any) -> Any:
        return layers.Activation("swish", name=activation)(style.norm(norm)(x))

    return block


def fan_out() -> keras.initializers.Initializer:
    """Return how every convolution here starts: with a variance of 2 / fan-out."""
    return keras.initializers.VarianceScaling(2.0, "fan_out", "truncated_normal")


def preprocess(x: Any, standardize: bool) -> Any:
    """Take pixels of 0 to 255 to [0, 1], less a mean, over the root of a variance.

    The means and variances are weights that do not train, 0 and 1 at first. Keras's published files hold
    ImageNet's *deviations* where the variances belong, and so divide by the roots of the deviations alone;
    `standardize` divides by the roots once more.
    """
    if standardize and x.shape[-1] != 3:
        raise ValueError(f"input_shape={x.shape[1:]} must have 3 channels: ImageNet's deviations are of RGB")
    x = layers.Rescaling(1 / 255, name="rescaling")(x)
    x = layers.Normalization(axis=-1, name="normalization")(x)
    if not standardize:
        return x
    return layers.Rescaling([1 / root for root in IMAGENET_ROOTS], name="standardize")(x)


def features(x: Any, scale: Scale, width: float, drop_connect: float, style: Style) -> Any:
    """The network between preprocessing and top: stem, blocks and the last 1x1 convolution."""
    x = style.pad(x, 3, "stem_conv_pad")
    stem = scale.filters(STEM, width)
    x = layers.Conv2D(stem, 3, 2, use_bias=False, kernel_initializer=fan_out(), name="stem_conv")(x)
    x = norm_swish("stem_bn", "stem_activation", style)(x)
    rows = list(blocks(scale, width))
    for number, row in enumerate(rows):
        x = mbconv(row, drop_connect * number / len(rows), style=style)(x)
    x = pointwise(scale.filters(LAST, width), "top_conv")(x)
    return norm_swish("top_bn", "top_activation", style)(x)


def classifier(top: Top, dropout: float) -> Callable[[Any], Any]:
    """Return the top: global average, dropout, dense layer."""

    def block(x: Any) -> Any:
        x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
        if dropout:
            x = drop(dropout, "top_dropout")(x)
        uniform = keras.initializers.VarianceScaling(1 / 3, "fan_out", "uniform")
        return layers.Dense(top.classes, activation=top.activation, kernel_initializer=uniform, name="predictions")(x)

    return block
