"""ResNet V2 (He, Zhang, Ren, Sun 2016): normalisation and ReLU come before each convolution, as Keras has it.

| stage | output | 50 | 101 | 152 |
|---|---|---|---|---|
| conv1 | 112 | 7x7, 64, stride 2, not normalised | = | = |
| conv2 | 56 -> 28 | 3x3 max pool, stride 2; 3 x [1x1 64, 3x3 64, 1x1 256] | 3 x | 3 x |
| conv3 | 28 -> 14 | 4 x [128, 128, 512] | 4 x | 8 x |
| conv4 | 14 -> 7 | 6 x [256, 256, 1024] | 23 x | 36 x |
| conv5 | 7 | 3 x [512, 512, 2048]; BN, ReLU | 3 x | 3 x |
| | 1 | global average pool, dense 1000 | = | = |

The stride is in the last block of a stage, not in the first one of the next as in the paper.
"""

from typing import Any

from keras import layers

from ccv.models._family import builder
from ccv.models._residual import KERAS, NEEDS, Apply, chain, conv, conv_bn, head, max_pool, norm
from ccv.models.common import Top, scaled

BLOCKS = {
    "resnet50v2": (3, 4, 6, 3),
    "resnet101v2": (3, 4, 23, 3),
    "resnet152v2": (3, 8, 36, 3),
}
STAGES = (("conv2", 64, 2), ("conv3", 128, 2), ("conv4", 256, 2), ("conv5", 512, 1))

NO_BIAS = KERAS._replace(conv_bias=False)  # before a normalisation; the 1x1 that ends a branch has a bias


def preactivated_block(inner: int, outer: int, stride: int = 1, *, name: str, project: bool = False) -> Apply:
    """Return BN-ReLU-1x1, BN-ReLU-3x3 and BN-ReLU-1x1 with a clean shortcut: nothing comes after the addition.

    With `project` a 1x1 convolution of the activated input is added; otherwise the input itself, of which a
    1x1 pool takes every `stride`-th pixel.
    """

    def apply(x: Any) -> Any:
        active = norm(KERAS, f"{name}_preact_bn")(x)
        active = layers.Activation("relu", name=f"{name}_preact_relu")(active)
        if project:
            x = conv(outer, 1, stride, name=f"{name}_0", style=KERAS)(active)
        elif stride > 1:
            x = layers.MaxPooling2D(1, strides=stride, name=f"{name}_0_pool")(x)
        y = conv_bn(inner, 1, name=f"{name}_1", style=NO_BIAS)(active)
        y = conv_bn(inner, 3, stride, name=f"{name}_2", style=NO_BIAS, pad=True)(y)
        y = conv(outer, 1, name=f"{name}_3", style=KERAS)(y)
        return layers.Add(name=f"{name}_out")([x, y])

    return apply


def stage(blocks: int, inner: int, stride: int, name: str) -> Apply:
    """Chain the blocks of a stage: the first one projects, the last one has the stride."""
    return chain(
        preactivated_block(
            inner,
            4 * inner,
            stride if number == blocks else 1,
            name=f"{name}_block{number}",
            project=number == 1,
        )
        for number in range(1, blocks + 1)
    )


def body(x: Any, blocks: tuple[int, ...], width: float) -> Any:
    """Apply all but the head: `(batch, 224, 224, 3)` -> `(batch, 7, 7, 2048)`."""
    x = conv(scaled(64, width), 7, 2, name="conv1", style=KERAS)(x)
    x = max_pool("pool1")(x)
    for (name, filters, stride), count in zip(STAGES, blocks, strict=True):
        x = stage(count, scaled(filters, width), stride, name)(x)
    x = norm(KERAS, "post_bn")(x)
    return layers.Activation("relu", name="post_relu")(x)


def _resnet_v2(x: Any, network: str, *, top: Top | None, width: float) -> Any:
    """A column of the table: `(batch, height, width, channels)` -> `(batch, classes)`.

    The function of Keras's network of the same name, whose weight files it reads. An image has 17 pixels or more a
    side. Source: He et al. 2016, figure 4 (e), with Keras's strides.

    >>> resnet50v2(width=1 / 8, classes=10).get_layer("conv4_block6_out").output.shape
    (None, 7, 7, 128)
    """
    return head(body(x, BLOCKS[network], width), top)


resnet50v2 = builder(_resnet_v2, "resnet50v2", NEEDS, "resnet50v2")
resnet101v2 = builder(_resnet_v2, "resnet101v2", NEEDS, "resnet101v2")
resnet152v2 = builder(_resnet_v2, "resnet152v2", NEEDS, "resnet152v2")
