"""MobileNetV3 (Howard et al. 2019), small and large: inverted residuals whose sizes a search chose."""

from collections.abc import Callable
from typing import Any, NamedTuple

from keras import layers

from ccv.models._family import builder
from ccv.models.common import Needs, Top, choose, drop
from ccv.models.mobilenet_v2 import make_divisible, pad_before_stride


class Row(NamedTuple):
    """A row of the paper's tables: kernel, expansion size, filters, squeeze and excitation, activation, stride."""

    kernel_size: int
    expanded: int
    filters: int
    squeeze: bool
    activation: str
    stride: int


STEM = 16  # at every width, as in Keras
HALVINGS = "five halvings, the last of more than one cell,"
# Table 1 of the paper.
LARGE = (
    Row(3, 16, 16, False, "relu", 1),
    Row(3, 64, 24, False, "relu", 2),
    Row(3, 72, 24, False, "relu", 1),
    Row(5, 72, 40, True, "relu", 2),
    Row(5, 120, 40, True, "relu", 1),
    Row(5, 120, 40, True, "relu", 1),
    Row(3, 240, 80, False, "hard_swish", 2),
    Row(3, 200, 80, False, "hard_swish", 1),
    Row(3, 184, 80, False, "hard_swish", 1),
    Row(3, 184, 80, False, "hard_swish", 1),
    Row(3, 480, 112, True, "hard_swish", 1),
    Row(3, 672, 112, True, "hard_swish", 1),
    Row(5, 672, 160, True, "hard_swish", 2),
    Row(5, 960, 160, True, "hard_swish", 1),
    Row(5, 960, 160, True, "hard_swish", 1),
)
# Table 2 of the paper.
SMALL = (
    Row(3, 16, 16, True, "relu", 2),
    Row(3, 72, 24, False, "relu", 2),
    Row(3, 88, 24, False, "relu", 1),
    Row(5, 96, 40, True, "hard_swish", 2),
    Row(5, 240, 40, True, "hard_swish", 1),
    Row(5, 240, 40, True, "hard_swish", 1),
    Row(5, 120, 48, True, "hard_swish", 1),
    Row(5, 144, 48, True, "hard_swish", 1),
    Row(5, 288, 96, True, "hard_swish", 2),
    Row(5, 576, 96, True, "hard_swish", 1),
    Row(5, 576, 96, True, "hard_swish", 1),
)

SIZES = {"small": (SMALL, 1024), "large": (LARGE, 1280)}  # the blocks, and the hidden units after them


def _plain(row: Row) -> Row:
    """Take from a row what some accelerators are slow at: 5x5 kernels, squeeze and excitation, hard swish."""
    return row._replace(kernel_size=3, squeeze=False, activation="relu")


class Style(NamedTuple):
    """What differs between the variants: momentum, padding before a stride, pixels rescaled inside, the rows."""

    momentum: float
    symmetric: bool
    rescales: bool
    row: Callable[[Row], Row]

    def norm(self, name: str) -> layers.Layer:
        """A batch normalisation."""
        return layers.BatchNormalization(epsilon=1e-3, momentum=self.momentum, name=name)

    def pad(self, x: Any, kernel_size: int, name: str) -> Any:
        """Pad before a convolution of stride 2."""
        if self.symmetric:
            return layers.ZeroPadding2D(kernel_size // 2, name=name)(x)
        return pad_before_stride(x, kernel_size, name)


STYLES = {
    "keras": Style(0.999, symmetric=False, rescales=True, row=lambda row: row),
    "minimalistic": Style(0.999, symmetric=False, rescales=True, row=_plain),
    "torch": Style(0.99, symmetric=True, rescales=False, row=lambda row: row),
}
KERAS = STYLES["keras"]


def hard_sigmoid(name: str) -> Callable[[Any], Any]:
    """Return relu6(x + 3) / 6, in Keras's own steps: `Activation("hard_sigmoid")` rounds otherwise, and it shows."""

    def block(x: Any) -> Any:
        x = layers.Rescaling(1.0, 3.0, name=f"{name}_shift")(x)
        x = layers.ReLU(6.0, name=f"{name}_relu6")(x)
        return layers.Rescaling(1 / 6, name=f"{name}_scale")(x)

    return block


def squeeze_excite(name: str) -> Callable[[Any], Any]:
    """Return squeeze and excitation, x -> y of the same shape: each channel times a number in [0, 1].

    The number comes from the averages of all channels, through a quarter as many with ReLU and a hard sigmoid.
    Source: section 5.3, after Hu et al. 2018.
    """

    def block(x: Any) -> Any:
        channels = x.shape[-1]
        gate = layers.GlobalAveragePooling2D(keepdims=True, name=f"{name}_avg_pool")(x)
        gate = layers.Conv2D(make_divisible(channels / 4), 1, activation="relu", name=f"{name}_conv")(gate)
        gate = layers.Conv2D(channels, 1, name=f"{name}_conv_1")(gate)
        gate = hard_sigmoid(f"{name}_gate")(gate)
        return layers.Multiply(name=f"{name}_mul")([x, gate])

    return block


def inverted_residual(row: Row, name: str = "expanded_conv_1", *, style: Style = KERAS) -> Callable[[Any], Any]:
    """Return the block of a table row, x -> y: `(batch, h, w, c)` -> `(batch, h/stride, w/stride, row.filters)`.

    As in MobileNetV2, with a choice of kernel and activation, and squeeze and excitation where the row has it.
    A row that expands c channels to c has no first convolution. Where the shape stays, a shortcut adds what comes in.
    Source: figures 3 and 4.
    """

    def block(x: Any) -> Any:
        entry, channels = x, x.shape[-1]
        if row.expanded != channels:
            x = layers.Conv2D(row.expanded, 1, padding="same", use_bias=False, name=f"{name}_expand")(x)
            x = style.norm(f"{name}_expand_bn")(x)
            x = layers.Activation(row.activation, name=f"{name}_expand_act")(x)
        if row.stride > 1:
            x = style.pad(x, row.kernel_size, f"{name}_depthwise_pad")
        padding, depthwise = "same" if row.stride == 1 else "valid", f"{name}_depthwise"
        x = layers.DepthwiseConv2D(row.kernel_size, row.stride, padding, use_bias=False, name=depthwise)(x)
        x = style.norm(f"{name}_depthwise_bn")(x)
        x = layers.Activation(row.activation, name=f"{name}_depthwise_act")(x)
        if row.squeeze:
            x = squeeze_excite(f"{name}_squeeze_excite")(x)
        x = layers.Conv2D(row.filters, 1, padding="same", use_bias=False, name=f"{name}_project")(x)
        x = style.norm(f"{name}_project_bn")(x)
        return layers.Add(name=f"{name}_add")([entry, x]) if row.stride == 1 and channels == row.filters else x

    return block


def _mobilenet_v3(
    x: Any,
    size: str,
    *,
    top: Top | None,
    width: float,
    dropout: float = 0.2,
    variant: str = "keras",
    include_preprocessing: bool = True,
) -> Any:
    """A size of the network: `(batch, height, width, channels)` -> `(batch, classes)`.

    Fifteen blocks (`LARGE`, the paper's table 1) or eleven (`SMALL`, table 2) between a 3x3 convolution and a 1x1 one;
    960 or 576 maps of 7x7 at 224, averaged before the 1280 or 1024 hidden units.

    `variant`: "keras" is Keras's function and weight files; "minimalistic" is the same without 5x5 kernels, squeeze and
    excitation and hard swish, as Keras has it too; "torch" is torchvision's, with symmetric padding. With
    `include_preprocessing` the first layer takes pixels from [0, 255] to [-1, 1]; "torch" never has that layer: its
    pixels are standardised outside, as the card says. `width` is the paper's multiplier, and Keras's alpha: each
    channel count times it to the nearest multiple of 8, but for the 16 of the stem, which stay, and the hidden units,
    which only grow. A block has a shortcut where its shape stays, so which blocks do depends on the width. `dropout`
    comes before the classifier, a 1x1 convolution.
    """
    rows, hidden = SIZES[size]
    style = choose("variant", variant, STYLES)
    rows = tuple(map(style.row, rows))
    if include_preprocessing and style.rescales:
        x = layers.Rescaling(1 / 127.5, -1.0, name="rescaling")(x)
    x = _features(x, rows, width, style)
    if top is None:
        return x
    x = _hidden(make_divisible(hidden * max(1.0, width)), rows[-1].activation, dropout)(x)
    return _logits(top)(x)


def _features(x: Any, rows: tuple[Row, ...], width: float, style: Style) -> Any:
    """The network without its top, up to conv_1 and its activation."""
    if style.symmetric:
        x = style.pad(x, 3, "conv_pad")
    padding = "valid" if style.symmetric else "same"
    x = layers.Conv2D(STEM, 3, 2, padding, use_bias=False, name="conv")(x)
    x = style.norm("conv_bn")(x)
    x = layers.Activation(rows[-1].activation, name="conv_act")(x)
    channels = STEM  # that the table's row has before it, at width 1
    for number, row in enumerate(rows):
        expanded = make_divisible(x.shape[-1] * (row.expanded / channels))
        scaled = row._replace(expanded=expanded, filters=make_divisible(row.filters * width))
        name = f"expanded_conv_{number}" if number else "expanded_conv"
        x = inverted_residual(scaled, name, style=style)(x)
        channels = row.filters
    x = layers.Conv2D(make_divisible(6 * x.shape[-1]), 1, padding="same", use_bias=False, name="conv_1")(x)
    x = style.norm("conv_1_bn")(x)
    return layers.Activation(rows[-1].activation, name="conv_1_act")(x)


def _hidden(units: int, activation: str, dropout: float) -> Callable[[Any], Any]:
    """Return the efficient last stage (figure 5): average first, then widen the single cell that is left."""

    def block(x: Any) -> Any:
        x = layers.GlobalAveragePooling2D(keepdims=True, name="avg_pool")(x)
        x = layers.Conv2D(units, 1, padding="same", name="conv_2")(x)
        x = layers.Activation(activation, name="conv_2_act")(x)
        return drop(dropout, "dropout")(x) if dropout else x

    return block


def _logits(top: Top) -> Callable[[Any], Any]:
    """Return the classifier, a 1x1 convolution on a single cell."""

    def block(x: Any) -> Any:
        x = layers.Conv2D(top.classes, 1, padding="same", name="logits")(x)
        x = layers.Flatten(name="flatten")(x)
        return layers.Activation(top.activation, name="predictions")(x)

    return block


NEEDS = Needs(17, HALVINGS, any_size=True)
# Keras has its arguments in this order, with `minimalistic` in the place of `variant`.
ORDER = (
    *("input_shape", "width", "variant", "include_top", "weights", "input_tensor", "classes", "pooling"),
    *("dropout", "classifier_activation", "include_preprocessing", "name"),
)

mobilenet_v3_small = builder(_mobilenet_v3, "mobilenet_v3_small", NEEDS, "small", order=ORDER)
mobilenet_v3_large = builder(_mobilenet_v3, "mobilenet_v3_large", NEEDS, "large", order=ORDER)
