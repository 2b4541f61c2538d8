"""Xception (Chollet 2017): Inception taken to its extreme, separable convolutions with shortcuts."""

from collections.abc import Callable
from typing import Any

from keras import layers

from ccv.models._family import builder
from ccv.models.common import Needs, Top, check_name, drop, scaled

# Figure 5 of the paper, by block. The entry flow ends each of its blocks with a halving, as block 13 does.
ENTRY = (128, 256, 728)
MIDDLE = (728,) * 8
EXIT = (728, 1024)
LAST = (1536, 2048)
WHY = "a 3x3 convolution of stride 2 and one of stride 1 without padding"


def sepconv(filters: int, name: str) -> Callable[[Any], Any]:
    """Return a separable 3x3 convolution, depthwise and then 1x1, with batch normalisation: x -> y."""

    def block(x: Any) -> Any:
        x = layers.SeparableConv2D(filters, 3, padding="same", use_bias=False, name=name)(x)
        return layers.BatchNormalization(name=f"{name}_bn")(x)

    return block


def relu(name: str) -> layers.Layer:
    """Return a ReLU, named after the convolution that it belongs to."""
    return layers.Activation("relu", name=f"{name}_act")


def halving_block(first: int, second: int, name: str, relu_first: bool = True) -> Callable[[Any], Any]:
    """Return ReLU and separable convolution, twice, and a pool of stride 2, x -> y of half the size.

    The shortcut is a 1x1 convolution of stride 2. Block 2 has no ReLU before its first convolution: the layer
    before the block ends with one.
    """

    def block(x: Any) -> Any:
        shortcut = layers.Conv2D(second, 1, 2, "same", use_bias=False, name=f"{name}_residual_conv")(x)
        shortcut = layers.BatchNormalization(name=f"{name}_residual_bn")(shortcut)
        if relu_first:
            x = relu(f"{name}_sepconv1")(x)
        x = sepconv(first, f"{name}_sepconv1")(x)
        x = relu(f"{name}_sepconv2")(x)
        x = sepconv(second, f"{name}_sepconv2")(x)
        x = layers.MaxPooling2D(3, 2, "same", name=f"{name}_pool")(x)
        return layers.Add(name=f"{name}_add")([x, shortcut])

    return block


def middle_block(filters: int, name: str) -> Callable[[Any], Any]:
    """Return ReLU and separable convolution, three times, plus what came in: x -> y of the same shape."""

    def block(x: Any) -> Any:
        shortcut = x
        for number in (1, 2, 3):
            x = relu(f"{name}_sepconv{number}")(x)
            x = sepconv(filters, f"{name}_sepconv{number}")(x)
        return layers.Add(name=f"{name}_add")([x, shortcut])

    return block


def _xception(x: Any, *, top: Top | None, width: float, dropout: float = 0.0, variant: str = "keras") -> Any:
    """Build Xception: `(batch, height, width, channels)` -> `(batch, classes)`; 22,855,952 parameters.

    | flow | layers | output at 299 |
    |---|---|---|
    | entry | block1: 3x3 of stride 2, 3x3 | 147x147x64 |
    | | block2: two separable convolutions, pool | 74x74x128 |
    | | block3 | 37x37x256 |
    | | block4 | 19x19x728 |
    | middle | block5 to block12: three separable convolutions each | 19x19x728 |
    | exit | block13: 728, 1024, pool | 10x10x1024 |
    | | block14: 1536, 2048 | 10x10x2048 |
    | | avg_pool, predictions | 1000 |

    `variant` is "keras" alone, the author's own: Keras's function and weight files. `dropout` comes before the
    classifier (the paper trained with 0.5; Keras has none).

    Source: figure 5.
    """
    check_name("variant", variant, ("keras",))
    entry, middle, leave, last = ([scaled(n, width) for n in flow] for flow in (ENTRY, MIDDLE, EXIT, LAST))
    x = _stem(scaled(32, width), scaled(64, width))(x)
    for number, filters in enumerate(entry, 2):
        x = halving_block(filters, filters, f"block{number}", relu_first=number > 2)(x)
    for number, filters in enumerate(middle, 5):
        x = middle_block(filters, f"block{number}")(x)
    x = halving_block(leave[0], leave[1], "block13")(x)
    for number, filters in enumerate(last, 1):
        x = relu(f"block14_sepconv{number}")(sepconv(filters, f"block14_sepconv{number}")(x))
    if top is None:
        return x
    x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
    if dropout:
        x = drop(dropout, "dropout")(x)
    return layers.Dense(top.classes, activation=top.activation, name="predictions")(x)


def _stem(*filters: int) -> Callable[[Any], Any]:
    """Return block 1: two 3x3 convolutions without padding, the first of stride 2."""

    def block(x: Any) -> Any:
        for number, (count, stride) in enumerate(zip(filters, (2, 1), strict=True), 1):
            name = f"block1_conv{number}"
            x = layers.Conv2D(count, 3, stride, use_bias=False, name=name)(x)
            x = relu(name)(layers.BatchNormalization(name=f"{name}_bn")(x))
        return x

    return block


xception = builder(_xception, "xception", Needs(7, WHY, any_size=True))
