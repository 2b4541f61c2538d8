"""DenseNet-BC (Huang, Liu, van der Maaten, Weinberger 2017): each layer sees the maps of all layers before it.

| stage | output | 121 | 169 | 201 | 264 |
|---|---|---|---|---|---|
| conv1, pool1 | 56 | 7x7, 2k, stride 2; 3x3 max pool, stride 2 | = | = | = |
| conv2 | 56 | 6 x [1x1 4k, 3x3 k] | 6 x | 6 x | 6 x |
| pool2 | 28 | 1x1 to half the channels, 2x2 average pool | = | = | = |
| conv3, pool3 | 28 -> 14 | 12 x | 12 x | 12 x | 12 x |
| conv4, pool4 | 14 -> 7 | 24 x | 32 x | 48 x | 64 x |
| conv5 | 7 | 16 x | 32 x | 32 x | 48 x |
| | 1 | BN, ReLU, global average pool, dense 1000 | = | = | = |

k is the growth rate, 32. Layers are named as in Keras: `conv4_block24_1_conv`, `conv4_block24_concat`, `pool4_conv`.
"""

from typing import Any

from keras import layers

from ccv.checks import check_whole
from ccv.models._family import builder
from ccv.models._residual import KERAS, TORCH, Apply, Style, conv, conv_bn, head, norm
from ccv.models.common import Needs, Top, choose, scaled

# Table 1 of the paper: the layers of the four dense blocks.
BLOCKS = {
    "densenet121": (6, 12, 24, 16),
    "densenet169": (6, 12, 32, 32),
    "densenet201": (6, 12, 48, 32),
    "densenet264": (6, 12, 64, 48),
}
STYLES = {"keras": KERAS._replace(conv_bias=False), "torch": TORCH}


def bn_relu(style: Style, name: str) -> Apply:
    """Return normalisation and ReLU."""
    return lambda x: layers.Activation("relu", name=f"{name}_relu")(norm(style, f"{name}_bn")(x))


def dense_layer(growth_rate: int, *, name: str, style: Style = TORCH) -> Apply:
    """Return BN-ReLU-1x1 to 4k channels, BN-ReLU-3x3 to k, and x followed by those k: c -> c + k channels."""

    def apply(x: Any) -> Any:
        y = bn_relu(style, f"{name}_0")(x)
        y = conv_bn(4 * growth_rate, 1, name=f"{name}_1", style=style)(y)
        y = conv(growth_rate, 3, name=f"{name}_2", style=style)(y)
        return layers.Concatenate(name=f"{name}_concat")([x, y])

    return apply


def dense_block(count: int, growth_rate: int, *, name: str, style: Style = TORCH) -> Apply:
    """Return `count` dense layers in a row: c -> c + count k channels."""

    def apply(x: Any) -> Any:
        for number in range(1, count + 1):
            x = dense_layer(growth_rate, name=f"{name}_block{number}", style=style)(x)
        return x

    return apply


def transition(*, name: str, style: Style = TORCH) -> Apply:
    """Return BN-ReLU-1x1 to half the channels and an average pool: height -> height // 2."""

    def apply(x: Any) -> Any:
        x = bn_relu(style, name)(x)
        x = conv(x.shape[-1] // 2, 1, name=name, style=style)(x)
        return layers.AveragePooling2D(2, name=f"{name}_pool")(x)

    return apply


def body(x: Any, blocks: tuple[int, ...], growth_rate: int, style: Style) -> Any:
    """Apply all but the head: `(batch, 224, 224, 3)` -> `(batch, 7, 7, channels)`."""
    x = conv_bn(2 * growth_rate, 7, 2, name="conv1", style=style)(x)
    x = layers.ZeroPadding2D(1, name="pool1_pad")(x)
    x = layers.MaxPooling2D(3, strides=2, name="pool1")(x)
    for stage, count in enumerate(blocks, 2):
        x = dense_block(count, growth_rate, name=f"conv{stage}", style=style)(x)
        if stage < 5:
            x = transition(name=f"pool{stage}", style=style)(x)
    x = norm(style, "bn")(x)
    return layers.Activation("relu", name="relu")(x)


def rate(growth_rate: int, width: float) -> int:
    """Return the growth rate times the width; raises ValueError unless it is an integer above 0."""
    check_whole("growth_rate", growth_rate)
    return scaled(growth_rate, width)


WHY = "two halvings (rounding up) and three 2x2 poolings (rounding down)"
NEEDS = Needs(29, WHY, any_size=True)


def _densenet(
    x: Any, network: str, *, top: Top | None, width: float, variant: str = "keras", growth_rate: int = 32
) -> Any:
    """A column of the table: `(batch, height, width, channels)` -> `(batch, classes)`.

    `variant`: "keras" is the function of `keras.applications` and reads its weight files; "torch" is torchvision's
    and the paper's, of which only the epsilon differs (1e-5 for 1.001e-5; the new network starts from He's
    initialisation). `growth_rate` is k, the maps that each layer adds; the stem has 2k, and `width` multiplies it. An
    image has 29 pixels or more a side. Neither library has 264, whose blocks in the paper's table make 265 layers.
    Source: Huang et al. 2017, table 1 (DenseNet-BC).
    """
    x = body(x, BLOCKS[network], rate(growth_rate, width), choose("variant", variant, STYLES))
    return head(x, top)


densenet121 = builder(_densenet, "densenet121", NEEDS, "densenet121")
densenet169 = builder(_densenet, "densenet169", NEEDS, "densenet169")
densenet201 = builder(_densenet, "densenet201", NEEDS, "densenet201")
densenet264 = builder(_densenet, "densenet264", NEEDS, "densenet264")
