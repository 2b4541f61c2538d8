"""MobileNetV2 (Sandler et al. 2018): inverted residuals with linear bottlenecks."""

from collections.abc import Callable
from typing import Any, NamedTuple

from keras import layers

from ccv.models._family import builder
from ccv.models.common import Needs, Top, choose, drop

# Table 2 of the paper: expansion t, filters c, repeats n, stride s of the first of them.
STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)


def make_divisible(filters: float, divisor: int = 8) -> int:
    """Return the multiple of `divisor` nearest to `filters`, at least one of them, and not under 90 % of it.

    >>> make_divisible(32), make_divisible(24 * 0.75), make_divisible(33.6), make_divisible(1)
    (32, 24, 32, 8)
    """
    nearest = max(divisor, int(filters + divisor / 2) // divisor * divisor)
    return nearest if nearest >= 0.9 * filters else nearest + divisor


def pad_before_stride(x: Any, kernel_size: int, name: str) -> Any:
    """Pad with zeros so that a stride of 2 halves and rounds up: more below and on the right, as TensorFlow does.

    That is what 'same' means for an image of known size; for an unknown one Keras pads as for an even side,
    and so do we.
    """
    half = kernel_size // 2
    before = [half - 1 if side is None or side % 2 == 0 else half for side in x.shape[1:3]]
    return layers.ZeroPadding2D(tuple((first, half) for first in before), name=name)(x)


class Style(NamedTuple):
    """What differs between the variants: normalisation, padding before a stride, dropout, rounding of filters."""

    epsilon: float
    momentum: float
    symmetric: bool
    dropout: float
    rounded: Callable[[float], int]

    def norm(self, name: str) -> layers.Layer:
        """A batch normalisation."""
        return layers.BatchNormalization(epsilon=self.epsilon, momentum=self.momentum, name=name)

    def pad(self, x: Any, name: str) -> Any:
        """Pad before a 3x3 convolution of stride 2."""
        return layers.ZeroPadding2D(1, name=name)(x) if self.symmetric else pad_before_stride(x, 3, name)


STYLES = {
    "keras": Style(1e-3, 0.999, symmetric=False, dropout=0.0, rounded=lambda filters: make_divisible(int(filters))),
    "torch": Style(1e-5, 0.9, symmetric=True, dropout=0.2, rounded=make_divisible),
}
KERAS = STYLES["keras"]


def inverted_residual(
    expansion: int,
    filters: int,
    stride: int = 1,
    name: str = "block_1",
    *,
    style: Style = KERAS,
) -> Callable[[Any], Any]:
    """Return an inverted residual, x -> y: `(batch, h, w, c)` -> `(batch, h/stride, w/stride, filters)`.

    A 1x1 convolution widens c channels to `expansion * c` (none for an expansion of 1), a 3x3 one filters each
    on its own, and a 1x1 one without activation, the linear bottleneck, narrows them to `filters`. Where the shape
    stays, a shortcut joins the narrow ends. Source: section 3.3, table 1 and figure 4d.
    """

    def block(x: Any) -> Any:
        entry, channels = x, x.shape[-1]
        if expansion > 1:
            x = layers.Conv2D(expansion * channels, 1, padding="same", use_bias=False, name=f"{name}_expand")(x)
            x = style.norm(f"{name}_expand_BN")(x)
            x = layers.ReLU(6.0, name=f"{name}_expand_relu")(x)
        if stride > 1:
            x = style.pad(x, f"{name}_pad")
        padding = "same" if stride == 1 else "valid"
        x = layers.DepthwiseConv2D(3, stride, padding, use_bias=False, name=f"{name}_depthwise")(x)
        x = style.norm(f"{name}_depthwise_BN")(x)
        x = layers.ReLU(6.0, name=f"{name}_depthwise_relu")(x)
        x = layers.Conv2D(filters, 1, padding="same", use_bias=False, name=f"{name}_project")(x)
        x = style.norm(f"{name}_project_BN")(x)
        return layers.Add(name=f"{name}_add")([entry, x]) if stride == 1 and channels == filters else x

    return block


def _mobilenet_v2(
    x: Any, *, top: Top | None, width: float, dropout: float | None = None, variant: str = "keras"
) -> Any:
    """Build MobileNetV2: `(batch, height, width, channels)` -> `(batch, classes)`; 3,504,872 parameters.

    | layers | expansion | output at 224 |
    |---|---|---|
    | Conv1, 3x3 | | 112x112x32 |
    | expanded_conv | 1 | 112x112x16 |
    | block_1, 2 | 6 | 56x56x24 |
    | block_3 to 5 | 6 | 28x28x32 |
    | block_6 to 9 | 6 | 14x14x64 |
    | block_10 to 12 | 6 | 14x14x96 |
    | block_13 to 15 | 6 | 7x7x160 |
    | block_16 | 6 | 7x7x320 |
    | Conv_1, 1x1 | | 7x7x1280 |
    | avg_pool, predictions | | 1000 |

    `variant`: "keras" is Keras's function and weight files; "torch" is torchvision's: symmetric padding, an epsilon of
    1e-5 in the normalisation, dropout 0.2 before the classifier. `dropout` None takes the variant's. `width` is the
    paper's multiplier, and Keras's alpha: each channel count times it, to the nearest multiple of 8, and the last 1280
    only grows. A block has a shortcut where its shape stays, so a small width has more of them: at 0.25 expanded_conv,
    whose 8 channels stay 8.

    Source: table 2.
    """
    style = choose("variant", variant, STYLES)
    x = _stem(make_divisible(32 * width), style)(x)
    number = 0
    for expansion, filters, repeats, stride in STAGES:
        for repeat in range(repeats):
            block = f"block_{number}" if number else "expanded_conv"
            step, narrow = 1 if repeat else stride, style.rounded(filters * width)
            x = inverted_residual(expansion, narrow, step, block, style=style)(x)
            number += 1
    x = layers.Conv2D(make_divisible(1280 * max(1.0, width)), 1, use_bias=False, name="Conv_1")(x)
    x = style.norm("Conv_1_bn")(x)
    x = layers.ReLU(6.0, name="out_relu")(x)
    if top is None:
        return x
    x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
    rate = style.dropout if dropout is None else dropout
    if rate:
        x = drop(rate, "dropout")(x)
    return layers.Dense(top.classes, activation=top.activation, name="predictions")(x)


def _stem(filters: int, style: Style) -> Callable[[Any], Any]:
    """Return the first convolution, 3x3 of stride 2, with its normalisation and ReLU6."""

    def block(x: Any) -> Any:
        if style.symmetric:
            x = style.pad(x, "Conv1_pad")
        padding = "valid" if style.symmetric else "same"
        x = layers.Conv2D(filters, 3, 2, padding, use_bias=False, name="Conv1")(x)
        x = style.norm("bn_Conv1")(x)
        return layers.ReLU(6.0, name="Conv1_relu")(x)

    return block


NEEDS = Needs(17, "five halvings, the last of more than one cell,", any_size=True)

# Keras has its arguments in this order, other than those of its other networks.
ORDER = (
    "input_shape",
    "width",
    "include_top",
    "weights",
    "input_tensor",
    "pooling",
    "classes",
    "classifier_activation",
    "name",
)

mobilenet_v2 = builder(_mobilenet_v2, "mobilenet_v2", NEEDS, order=ORDER)
