"""ResNet for ImageNet (He, Zhang, Ren, Sun 2015), and the plain network that it is compared with.

| stage | output | 18 | 34 | 50 | 101 | 152 |
|---|---|---|---|---|---|---|
| conv1 | 112 | 7x7, 64, stride 2 | = | = | = | = |
| conv2 | 56 | 3x3 max pool, stride 2; 2 x [3x3 64, 3x3 64] | 3 x | 3 x [1x1 64, 3x3 64, 1x1 256] | 3 x | 3 x |
| conv3 | 28 | 2 x [128, 128] | 4 x | 4 x [128, 128, 512] | 4 x | 8 x |
| conv4 | 14 | 2 x [256, 256] | 6 x | 6 x [256, 256, 1024] | 23 x | 36 x |
| conv5 | 7 | 2 x [512, 512] | 3 x | 3 x [512, 512, 2048] | 3 x | 3 x |
| | 1 | global average pool, dense 1000 | = | = | = | = |

Layers are named by address, as in Keras: `conv4_block6_2_conv`, `conv4_block6_add`, `conv4_block6_out`.
"""

from typing import Any

import keras

from ccv.models._common import Shape, choose, finish, scaled, start
from ccv.models._residual import (
    KERAS,
    PAPER,
    TORCH,
    Apply,
    Block,
    Style,
    basic_block,
    bottleneck_block,
    chain,
    conv_bn,
    head,
    max_pool,
    needs,
    plain_block,
    stages,
)

# Table 1 of the paper: the blocks of conv2, conv3, conv4 and conv5.
BLOCKS = {
    "resnet18": (2, 2, 2, 2),
    "resnet34": (3, 4, 6, 3),
    "resnet50": (3, 4, 6, 3),
    "resnet101": (3, 4, 23, 3),
    "resnet152": (3, 8, 36, 3),
}
STAGES = (("conv2", 64, 1), ("conv3", 128, 2), ("conv4", 256, 2), ("conv5", 512, 2))

STYLES = {"keras": KERAS, "torch": TORCH, "paper": PAPER}
BASIC_STYLES = {"torch": TORCH, "paper": PAPER}  # the same function: a basic block has its stride in a 3x3 anyway


def stem(width: float, style: Style) -> Apply:
    """Return conv1 and the pool after it: `(batch, 224, 224, 3)` -> `(batch, 56, 56, 64)`."""
    return chain([conv_bn(scaled(64, width), 7, 2, name="conv1", style=style), max_pool("pool1")])


def plain(width: float, style: Style) -> Block:
    """Return what makes a plain block from (filters, stride, name)."""
    return lambda filters, stride, name: plain_block(scaled(filters, width), stride, name=name, style=style)


def basic(width: float, style: Style, shortcut: str) -> Block:
    """Return what makes a basic block from (filters, stride, name)."""

    def block(filters: int, stride: int, name: str) -> Apply:
        return basic_block(scaled(filters, width), stride, name=name, style=style, shortcut=shortcut)

    return block


def bottleneck(width: float, style: Style, shortcut: str) -> Block:
    """Return what makes a bottleneck from (filters, stride, name); it ends with four times the filters."""

    def block(filters: int, stride: int, name: str) -> Apply:
        inner = scaled(filters, width)
        return bottleneck_block(inner, 4 * inner, stride, name=name, style=style, shortcut=shortcut)

    return block


def resnet18(
    include_top: bool = True,
    weights: Any = None,
    input_shape: Shape = (224, 224, 3),
    classes: int = 1000,
    pooling: str | None = None,
    classifier_activation: Any = "softmax",
    name: str = "resnet18",
    *,
    width: float = 1.0,
    variant: str = "torch",
    shortcut: str = "B",
) -> keras.Model:
    """Build ResNet-18: `(batch, height, width, channels)` -> `(batch, classes)`; 11,689,512 parameters.

    Eight blocks of two 3x3 convolutions. `variant`: "torch" and "paper" are the same function here (no
    convolution has a bias, the stride is in a 3x3); Keras has no ResNet-18. `shortcut`: "B" projects where a
    block changes the shape; "A", of the paper's table 2, pads with zeros and has no weights (11,515,688
    parameters); "C" projects everywhere. The other arguments and the errors are those of `resnet50`.
    Source: He et al. 2015, table 1.

    >>> resnet18(width=1 / 8, classes=10).get_layer("conv5_block2_out").output.shape
    (None, 7, 7, 64)
    """
    least = needs("resnet18")
    inputs = start(least, include_top, weights, input_shape, classes, pooling, classifier_activation, name, width)
    style = choose("variant", variant, BASIC_STYLES)
    x = stem(width, style)(inputs)
    x = stages(STAGES, BLOCKS["resnet18"], basic(width, style, shortcut))(x)
    return finish(
        least, include_top, inputs, head(x, include_top, classes, pooling, classifier_activation), weights, name
    )


def resnet34(
    include_top: bool = True,
    weights: Any = None,
    input_shape: Shape = (224, 224, 3),
    classes: int = 1000,
    pooling: str | None = None,
    classifier_activation: Any = "softmax",
    name: str = "resnet34",
    *,
    width: float = 1.0,
    variant: str = "torch",
    shortcut: str = "B",
) -> keras.Model:
    """Build ResNet-34: sixteen blocks of two 3x3 convolutions; 21,797,672 parameters and 17,024 statistics.

    `variant` and `shortcut` are those of `resnet18`; with `shortcut="A"` it has the parameters of
    `plainnet34`, 21,623,848. Source: He et al. 2015, figure 3 (right) and table 1.
    """
    least = needs("resnet34")
    inputs = start(least, include_top, weights, input_shape, classes, pooling, classifier_activation, name, width)
    style = choose("variant", variant, BASIC_STYLES)
    x = stem(width, style)(inputs)
    x = stages(STAGES, BLOCKS["resnet34"], basic(width, style, shortcut))(x)
    return finish(
        least, include_top, inputs, head(x, include_top, classes, pooling, classifier_activation), weights, name
    )


def resnet50(
    include_top: bool = True,
    weights: Any = None,
    input_shape: Shape = (224, 224, 3),
    classes: int = 1000,
    pooling: str | None = None,
    classifier_activation: Any = "softmax",
    name: str = "resnet50",
    *,
    width: float = 1.0,
    variant: str = "keras",
    shortcut: str = "B",
) -> keras.Model:
    """Build ResNet-50: `(batch, height, width, channels)` -> `(batch, classes)`; 25,583,592 parameters.

    | variant | stride of a block | bias of the convolutions | epsilon | parameters |
    |---|---|---|---|---|
    | "keras" | first 1x1 | yes | 1.001e-5 | 25,583,592 |
    | "torch" (v1.5) | 3x3 | no | 1e-5 | 25,557,032 |
    | "paper" (v1) | first 1x1 | no | 1e-5 | 25,557,032 |

    "keras" is the function of `keras.applications.ResNet50` and reads its weight files; "torch" that of
    torchvision. The variants that are not Keras's start from He's initialisation, as the paper does.

    `shortcut` (options of section 4.1): "B" projects, by a 1x1 convolution, where a block changes the shape
    and adds x itself elsewhere; "A" pads with zeros instead; "C" projects everywhere.

    `pooling` (None, "avg", "max") says how the network ends with `include_top=False`; `weights` is None or a
    file; `width` multiplies every channel count. An image has 17 pixels or more a side, of which the five
    halvings leave one; height and width may be None. Pixels: `card("resnet50").preprocessing`. Raises
    ValueError or TypeError, in one sentence, for an argument that does not fit. Source: He et al. 2015, table 1.

    >>> resnet50(width=1 / 8, classes=10).get_layer("conv4_block6_out").output.shape
    (None, 14, 14, 128)
    """
    least = needs("resnet50")
    inputs = start(least, include_top, weights, input_shape, classes, pooling, classifier_activation, name, width)
    style = choose("variant", variant, STYLES)
    x = stem(width, style)(inputs)
    x = stages(STAGES, BLOCKS["resnet50"], bottleneck(width, style, shortcut))(x)
    return finish(
        least, include_top, inputs, head(x, include_top, classes, pooling, classifier_activation), weights, name
    )


def resnet101(
    include_top: bool = True,
    weights: Any = None,
    input_shape: Shape = (224, 224, 3),
    classes: int = 1000,
    pooling: str | None = None,
    classifier_activation: Any = "softmax",
    name: str = "resnet101",
    *,
    width: float = 1.0,
    variant: str = "keras",
    shortcut: str = "B",
) -> keras.Model:
    """Build ResNet-101: 33 bottlenecks; 44,601,832 parameters (44,549,160 without biases) and 105,344 statistics.

    `variant`, `shortcut`, the other arguments and the errors are those of `resnet50`. Source: He et al. 2015,
    table 1.
    """
    least = needs("resnet101")
    inputs = start(least, include_top, weights, input_shape, classes, pooling, classifier_activation, name, width)
    style = choose("variant", variant, STYLES)
    x = stem(width, style)(inputs)
    x = stages(STAGES, BLOCKS["resnet101"], bottleneck(width, style, shortcut))(x)
    return finish(
        least, include_top, inputs, head(x, include_top, classes, pooling, classifier_activation), weights, name
    )


def resnet152(
    include_top: bool = True,
    weights: Any = None,
    input_shape: Shape = (224, 224, 3),
    classes: int = 1000,
    pooling: str | None = None,
    classifier_activation: Any = "softmax",
    name: str = "resnet152",
    *,
    width: float = 1.0,
    variant: str = "keras",
    shortcut: str = "B",
) -> keras.Model:
    """Build ResNet-152: 50 bottlenecks; 60,268,520 parameters (60,192,808 without biases) and 151,424 statistics.

    `variant`, `shortcut`, the other arguments and the errors are those of `resnet50`. Source: He et al. 2015,
    table 1.
    """
    least = needs("resnet152")
    inputs = start(least, include_top, weights, input_shape, classes, pooling, classifier_activation, name, width)
    style = choose("variant", variant, STYLES)
    x = stem(width, style)(inputs)
    x = stages(STAGES, BLOCKS["resnet152"], bottleneck(width, style, shortcut))(x)
    return finish(
        least, include_top, inputs, head(x, include_top, classes, pooling, classifier_activation), weights, name
    )


def plainnet34(
    include_top: bool = True,
    weights: Any = None,
    input_shape: Shape = (224, 224, 3),
    classes: int = 1000,
    pooling: str | None = None,
    classifier_activation: Any = "softmax",
    name: str = "plainnet34",
    *,
    width: float = 1.0,
) -> keras.Model:
    """Build the plain 34-layer network: `resnet34` without its shortcuts; 21,623,848 parameters, 15,232 statistics.

    Its layers have the names of those of `resnet34`, less the additions and the projections. On ImageNet its
    error is 28.5 %, that of 18 layers 27.9 %: deeper is worse without shortcuts. The arguments and the errors
    are those of `resnet50`. Source: He et al. 2015, figure 3 (middle) and table 2.
    """
    least = needs("plainnet34")
    inputs = start(least, include_top, weights, input_shape, classes, pooling, classifier_activation, name, width)
    x = stem(width, PAPER)(inputs)
    x = stages(STAGES, BLOCKS["resnet34"], plain(width, PAPER))(x)
    return finish(
        least, include_top, inputs, head(x, include_top, classes, pooling, classifier_activation), weights, name
    )
