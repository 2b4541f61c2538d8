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

from ccv.models._family import builder
from ccv.models._residual import NEEDS, TORCH, Apply, Block, bottleneck_block, head, stages
from ccv.models.common import Top, scaled
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


def _resnext(x: Any, network: str, *, top: Top | None, width: float) -> Any:
    """A column of the table, `(batch, height, width, channels)` -> `(batch, classes)`, the stride in the 3x3.

    `width` leaves the 32 groups. An image has 17 pixels or more a side. Source: Xie et al. 2017, table 1 and figure 3
    (c); 101 layers with 32x8d are of Mahajan et al. 2018, the paper has 32x4d and 64x4d.

    >>> resnext50_32x4d(width=1 / 8, classes=10).get_layer("conv2_block1_2_conv").groups
    32
    """
    return head(body(x, network, width), top)


resnext50_32x4d = builder(_resnext, "resnext50_32x4d", NEEDS, "resnext50_32x4d")
resnext101_32x8d = builder(_resnext, "resnext101_32x8d", NEEDS, "resnext101_32x8d")
