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

import keras
from keras import layers

from ccv.models._common import Shape, finish, scaled, start
from ccv.models._residual import KERAS, Apply, chain, conv, conv_bn, head, max_pool, needs, norm

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


def resnet50v2(
    include_top: bool = True,
    weights: Any = None,
    input_shape: Shape = (224, 224, 3),
    classes: int = 1000,
    pooling: str | None = None,
    classifier_activation: Any = "softmax",
    name: str = "resnet50v2",
    *,
    width: float = 1.0,
) -> keras.Model:
    """Build ResNet-50 V2: `(batch, height, width, channels)` -> `(batch, classes)`; 25,568,360 parameters.

    The function of `keras.applications.ResNet50V2`; it reads Keras's weight files. `pooling` (None, "avg",
    "max") says how the network ends with `include_top=False`; `weights` is None or a file; `width` multiplies
    every channel count. An image has 17 pixels or more a side; height and width may be None. Pixels:
    `card("resnet50v2").preprocessing`. Raises ValueError or TypeError, in one sentence, for an argument that
    does not fit. Source: He et al. 2016, figure 4 (e), with Keras's strides.

    >>> resnet50v2(width=1 / 8, classes=10).get_layer("conv4_block6_out").output.shape
    (None, 7, 7, 128)
    """
    least = needs("resnet50v2")
    inputs = start(least, include_top, weights, input_shape, classes, pooling, classifier_activation, name, width)
    x = body(inputs, BLOCKS["resnet50v2"], width)
    return finish(
        least, include_top, inputs, head(x, include_top, classes, pooling, classifier_activation), weights, name
    )


def resnet101v2(
    include_top: bool = True,
    weights: Any = None,
    input_shape: Shape = (224, 224, 3),
    classes: int = 1000,
    pooling: str | None = None,
    classifier_activation: Any = "softmax",
    name: str = "resnet101v2",
    *,
    width: float = 1.0,
) -> keras.Model:
    """Build ResNet-101 V2: 33 blocks; 44,577,896 parameters and 97,664 statistics; see `resnet50v2`."""
    least = needs("resnet101v2")
    inputs = start(least, include_top, weights, input_shape, classes, pooling, classifier_activation, name, width)
    x = body(inputs, BLOCKS["resnet101v2"], width)
    return finish(
        least, include_top, inputs, head(x, include_top, classes, pooling, classifier_activation), weights, name
    )


def resnet152v2(
    include_top: bool = True,
    weights: Any = None,
    input_shape: Shape = (224, 224, 3),
    classes: int = 1000,
    pooling: str | None = None,
    classifier_activation: Any = "softmax",
    name: str = "resnet152v2",
    *,
    width: float = 1.0,
) -> keras.Model:
    """Build ResNet-152 V2: 50 blocks; 60,236,904 parameters and 143,744 statistics; see `resnet50v2`."""
    least = needs("resnet152v2")
    inputs = start(least, include_top, weights, input_shape, classes, pooling, classifier_activation, name, width)
    x = body(inputs, BLOCKS["resnet152v2"], width)
    return finish(
        least, include_top, inputs, head(x, include_top, classes, pooling, classifier_activation), weights, name
    )
