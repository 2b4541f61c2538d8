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

from collections.abc import Callable
from typing import Any

from ccv.models._family import builder
from ccv.models._residual import (
    KERAS,
    NEEDS,
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
    plain_block,
    stages,
)
from ccv.models.common import Top, choose, scaled

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


KINDS: dict[str, tuple[Callable[..., Block], dict[str, Style]]] = {
    "resnet18": (basic, BASIC_STYLES),
    "resnet34": (basic, BASIC_STYLES),
    "resnet50": (bottleneck, STYLES),
    "resnet101": (bottleneck, STYLES),
    "resnet152": (bottleneck, STYLES),
}


def _resnet(x: Any, network: str, *, top: Top | None, width: float, variant: str = "keras", shortcut: str = "B") -> Any:
    """A column of the table, `(batch, height, width, channels)` -> `(batch, classes)`; ResNet-50 as an example:

    | variant | stride of a block | bias of the convolutions | epsilon | parameters |
    |---|---|---|---|---|
    | "keras" | first 1x1 | yes | 1.001e-5 | 25,583,592 |
    | "torch" (v1.5) | 3x3 | no | 1e-5 | 25,557,032 |
    | "paper" (v1) | first 1x1 | no | 1e-5 | 25,557,032 |

    "keras" is the function of `keras.applications.ResNet50` and reads its weight files; "torch" that of
    torchvision. The variants that are not Keras's start from He's initialisation, as the paper does. ResNet-18
    and 34, of two 3x3 convolutions a block, are the same function as "torch" and as "paper": no convolution has a
    bias, and the stride is in a 3x3 anyway; Keras has neither.

    `shortcut` (options of section 4.1): "B" projects, by a 1x1 convolution, where a block changes the shape
    and adds x itself elsewhere; "A" pads with zeros instead, so that ResNet-34 has the parameters of `plainnet34`;
    "C" projects everywhere.

    An image has 17 pixels or more a side, of which the five halvings leave one. Source: He et al. 2015, table 1.

    >>> resnet50(width=1 / 8, classes=10).get_layer("conv4_block6_out").output.shape
    (None, 14, 14, 128)
    """
    block, styles = KINDS[network]
    style = choose("variant", variant, styles)
    x = stem(width, style)(x)
    x = stages(STAGES, BLOCKS[network], block(width, style, shortcut))(x)
    return head(x, top)


def _plainnet34(x: Any, *, top: Top | None, width: float) -> Any:
    """Build the plain 34-layer network: `resnet34` without its shortcuts; 21,623,848 parameters, 15,232 statistics.

    Its layers have the names of those of `resnet34`, less the additions and the projections. On ImageNet its error is
    28.5 %, that of 18 layers 27.9 %: deeper is worse without shortcuts. Source: He et al. 2015, figure 3 (middle) and
    table 2.
    """
    x = stem(width, PAPER)(x)
    x = stages(STAGES, BLOCKS["resnet34"], plain(width, PAPER))(x)
    return head(x, top)


resnet18 = builder(_resnet, "resnet18", NEEDS, "resnet18", variant="torch")
resnet34 = builder(_resnet, "resnet34", NEEDS, "resnet34", variant="torch")
resnet50 = builder(_resnet, "resnet50", NEEDS, "resnet50")
resnet101 = builder(_resnet, "resnet101", NEEDS, "resnet101")
resnet152 = builder(_resnet, "resnet152", NEEDS, "resnet152")
plainnet34 = builder(_plainnet34, "plainnet34", NEEDS)
