"""Inception-ResNet v2 (Szegedy, Ioffe, Vanhoucke, Alemi 2016): Inception modules whose result is added, scaled."""

from typing import Any, NamedTuple

from keras import layers

from ccv.models._family import builder
from ccv.models._inception import AVERAGE, MAX, PLAIN, Conv, Module, Step, Style, branches, classify, conv_bn
from ccv.models.common import Needs, Top
from ccv.models.inception_v3 import stem

WHY = "a stem with three strides and two reductions, none of them padded,"


class Stage(NamedTuple):
    """A row of equal blocks: how often, the scale of what is added, and the branches."""

    blocks: int
    scale: float
    table: tuple[tuple[Step, ...], ...]


STAGES = {
    "block35": Stage(
        10, 0.17, ((Conv(32),), (Conv(32), Conv(32, "3x3")), (Conv(32), Conv(48, "3x3"), Conv(64, "3x3")))
    ),
    "block17": Stage(20, 0.1, ((Conv(192),), (Conv(128), Conv(160, "1x7"), Conv(192, "7x1")))),
    "block8": Stage(10, 0.2, ((Conv(192),), (Conv(192), Conv(224, "1x3"), Conv(256, "3x1")))),
}


def residual_block(
    table: tuple[tuple[Step, ...], ...],
    scale: float,
    *,
    name: str,
    activation: str | None = "relu",
    style: Style = PLAIN,
) -> Module:
    """Return a block: `x + scale * (1x1 convolution of the joined branches of x)`, then the activation.

    Any `(batch, h, w, c)` in, the same shape out. The 1x1 convolution brings the maps back to c; it has a bias
    and no batch normalisation. A scale below 1 keeps deep stacks from dying early in training (section 3.3).
    """

    def block(x: Any) -> Any:
        up = branches(*table, name=name, style=style, joined=f"{name}_mixed")(x)
        up = layers.Conv2D(x.shape[-1], 1, name=f"{name}_conv")(up)
        up = layers.Rescaling(scale, name=f"{name}_scale")(up)
        x = layers.Add(name=f"{name}_add")([x, up])
        return x if activation is None else layers.Activation(activation, name=f"{name}_ac")(x)

    return block


def mixed_5b(style: Style = PLAIN) -> Module:
    """Return the module that opens the 35x35 stage: 320 maps."""
    return branches(
        (Conv(96),),
        (Conv(48), Conv(64, "5x5")),
        (Conv(64), Conv(96, "3x3"), Conv(96, "3x3")),
        (AVERAGE, Conv(64)),
        name="mixed_5b",
        style=style,
    )


def mixed_6a(style: Style = PLAIN) -> Module:
    """Return reduction A, 35x35 to 17x17: 1088 maps."""
    return branches(
        (Conv(384, "3x3", 2, "valid"),),
        (Conv(256), Conv(256, "3x3"), Conv(384, "3x3", 2, "valid")),
        (MAX,),
        name="mixed_6a",
        style=style,
    )


def mixed_7a(style: Style = PLAIN) -> Module:
    """Return reduction B, 17x17 to 8x8: 2080 maps."""
    return branches(
        (Conv(256), Conv(384, "3x3", 2, "valid")),
        (Conv(256), Conv(288, "3x3", 2, "valid")),
        (Conv(256), Conv(288, "3x3"), Conv(320, "3x3", 2, "valid")),
        (MAX,),
        name="mixed_7a",
        style=style,
    )


def _inception_resnet_v2(x: Any, *, top: Top | None, width: float, dropout: float = 0.0) -> Any:
    """Build Inception-ResNet v2: `(batch, height, width, channels)` -> `(batch, classes)`; 55,813,192 train.

    | stage | times | scale | at 299x299 |
    |---|---|---|---|
    | conv1 to pool2: the stem of v3 | 1 | | 35x35x192 |
    | mixed_5b | 1 | | 35x35x320 |
    | block35_1 to 10: Inception-ResNet-A | 10 | 0.17 | 35x35x320 |
    | mixed_6a: reduction A | 1 | | 17x17x1088 |
    | block17_1 to 20: Inception-ResNet-B | 20 | 0.1 | 17x17x1088 |
    | mixed_7a: reduction B | 1 | | 8x8x2080 |
    | block8_1 to 9, and block8_10 without ReLU: Inception-ResNet-C | 9 + 1 | 0.2, 1 | 8x8x2080 |
    | conv_7b | 1 | | 8x8x1536 |
    | avg_pool, predictions | 1 | | 1536, 1000 |

    This is the published network and the function of `keras.applications.InceptionResNetV2`, whose weight
    files it reads: batch normalisation without gamma. The paper's figures have v4's stem and 5, 10 and 5
    blocks. `dropout` comes before the predictions (0.2 in the paper, none in Keras).

    Source: the paper, figures 15 to 19, with the counts of the published network.
    """
    style = Style(width=width)
    x = mixed_5b(style)(stem(style)(x))
    x = _stack("block35", style)(x)
    x = mixed_6a(style)(x)
    x = _stack("block17", style)(x)
    x = mixed_7a(style)(x)
    x = _stack("block8", style, last=True)(x)
    x = conv_bn(Conv(1536), name="conv_7b", style=style)(x)
    if top is None:
        return x
    return classify(x, top, dropout)


def _stack(address: str, style: Style, last: bool = False) -> Module:
    """Return a stage; of the last one, the last block adds everything and has no ReLU."""
    stage = STAGES[address]

    def stack(x: Any) -> Any:
        for i in range(1, stage.blocks + 1):
            end = last and i == stage.blocks
            scale, activation = (1.0, None) if end else (stage.scale, "relu")
            x = residual_block(stage.table, scale, name=f"{address}_{i}", activation=activation, style=style)(x)
        return x

    return stack


inception_resnet_v2 = builder(_inception_resnet_v2, "inception_resnet_v2", Needs(75, WHY, any_size=True))
