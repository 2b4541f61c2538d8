"""ResNeXt (Xie, Girshick, Dollár, Tu, He 2017): a ResNet whose 3x3 convolutions run in 32 groups, as in torchvision.

| stage | output | 50, 32x4d | 101, 32x8d |
|---|---|---|---|
| conv1 | 112 | 7x7, 64, stride 2 | = |
| conv2 | 56 | 3x3 max pool, stride 2; 3 x [1x1 128, 3x3 128 in 32 groups of 4, 1x1 256] | 3 x [256, 32 of 8, 256] |
| conv3 | 28 | 4 x [256, 32 of 8, 512] | 4 x [512, 32 of 16, 512] |
| conv4 | 14 | 6 x [512, 32 of 16, 1024] | 23 x [1024, 32 of 32, 1024] |
| conv5 | 7 | 3 x [1024, 32 of 32, 2048] | 3 x [2048, 32 of 64, 2048] |
| | 1 | global average pool, dense 1000 | = |
"""

from typing import Any, NamedTuple

import keras

from ccv.models._common import Shape, finish, scaled, start
from ccv.models._residual import TORCH, Apply, Block, bottleneck_block, head, needs, stages
from ccv.models.resnet import STAGES, stem


class Groups(NamedTuple):
    """The cardinality and the channels of a group in conv2, which double from stage to stage: 32x4d is (32, 4)."""

    cardinality: int
    channels: int


BLOCKS = {
    "resnext50_32x4d": ((3, 4, 6, 3), Groups(32, 4)),
    "resnext101_32x8d": ((3, 4, 23, 3), Groups(32, 8)),
}


def grouped(width: float, groups: Groups) -> Block:
    """Return what makes a grouped bottleneck from (filters, stride, name).

    `width` scales the channels of a group, never their number: at 1/8 a group of 4 has one channel.
    """
    cardinality, channels = groups

    def block(filters: int, stride: int, name: str) -> Apply:
        inner = cardinality * scaled(channels * filters // 64, width)
        outer = 4 * scaled(filters, width)
        return bottleneck_block(inner, outer, stride, name=name, style=TORCH, groups=cardinality)

    return block


def body(x: Any, builder: str, width: float) -> Any:
    """Apply all but the head: `(batch, 224, 224, 3)` -> `(batch, 7, 7, 2048)`."""
    blocks, groups = BLOCKS[builder]
    return stages(STAGES, blocks, grouped(width, groups))(stem(width, TORCH)(x))


def resnext50_32x4d(
    include_top: bool = True,
    weights: Any = None,
    input_shape: Shape = (224, 224, 3),
    classes: int = 1000,
    pooling: str | None = None,
    classifier_activation: Any = "softmax",
    name: str = "resnext50_32x4d",
    *,
    width: float = 1.0,
) -> keras.Model:
    """Build ResNeXt-50 32x4d: `(batch, height, width, channels)` -> `(batch, classes)`; 25,028,904 parameters.

    The function of torchvision, stride in the 3x3. `pooling` (None, "avg", "max") says how the network ends
    with `include_top=False`; `weights` is None or a file; `width` multiplies every channel count and leaves
    the 32 groups. An image has 17 pixels or more a side; height and width may be None. Pixels:
    `card("resnext50_32x4d").preprocessing`. Raises ValueError or TypeError, in one sentence, for an argument
    that does not fit. Source: Xie et al. 2017, table 1 and figure 3 (c).

    >>> resnext50_32x4d(width=1 / 8, classes=10).get_layer("conv2_block1_2_conv").groups
    32
    """
    least = needs("resnext50_32x4d")
    inputs = start(least, include_top, weights, input_shape, classes, pooling, classifier_activation, name, width)
    x = body(inputs, "resnext50_32x4d", width)
    return finish(
        least, include_top, inputs, head(x, include_top, classes, pooling, classifier_activation), weights, name
    )


def resnext101_32x8d(
    include_top: bool = True,
    weights: Any = None,
    input_shape: Shape = (224, 224, 3),
    classes: int = 1000,
    pooling: str | None = None,
    classifier_activation: Any = "softmax",
    name: str = "resnext101_32x8d",
    *,
    width: float = 1.0,
) -> keras.Model:
    """Build ResNeXt-101 32x8d: 33 blocks; 88,791,336 parameters and 202,880 statistics; see `resnext50_32x4d`.

    The paper has 101 layers with 32x4d and 64x4d; 32x8d is of Mahajan et al. 2018, and torchvision has it.
    """
    least = needs("resnext101_32x8d")
    inputs = start(least, include_top, weights, input_shape, classes, pooling, classifier_activation, name, width)
    x = body(inputs, "resnext101_32x8d", width)
    return finish(
        least, include_top, inputs, head(x, include_top, classes, pooling, classifier_activation), weights, name
    )
