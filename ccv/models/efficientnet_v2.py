"""EfficientNetV2 B0 to B3 (Tan, Le 2021): EfficientNet made to train faster, as in Keras."""

import math
from collections.abc import Callable, Iterator
from typing import Any

from keras import layers

from ccv.models._efficientnet import (
    HALVINGS,
    Block,
    Scale,
    Style,
    classifier,
    fan_out,
    join,
    mbconv,
    norm_swish,
    pointwise,
)
from ccv.models._family import builder
from ccv.models.cards import DEVIATION, MEAN
from ccv.models.common import Needs, Top
from ccv.models.mobilenet_v2 import make_divisible

# Kernel, expansion, filters, repeats, stride of the first, of the size B0; the first three stages are fused.
STAGES = (
    (3, 1, 16, 1, 1),
    (3, 4, 32, 2, 2),
    (3, 4, 48, 2, 2),
    (3, 4, 96, 3, 2),
    (3, 6, 112, 5, 1),
    (3, 6, 192, 8, 2),
)
FUSED = 3
STEM, LAST = 32, 1280
# Width, depth, resolution, dropout: the scaling of the first EfficientNet.
SCALES = {
    "efficientnet_v2_b0": Scale(1.0, 1.0, 224, 0.2),
    "efficientnet_v2_b1": Scale(1.0, 1.1, 240, 0.2),
    "efficientnet_v2_b2": Scale(1.1, 1.2, 260, 0.2),
    "efficientnet_v2_b3": Scale(1.2, 1.4, 300, 0.2),
}
STYLE = Style(1e-3, 0.9, same=True)


def filters_of(filters: int, scale: Scale, width: float = 1.0) -> int:
    """Scale a channel count to the nearest multiple of 8, and once more by the builder's own `width`.

    The first EfficientNet takes the next multiple where the nearest is under 90 %; this one does not.

    >>> filters_of(16, SCALES["efficientnet_v2_b3"]), SCALES["efficientnet_v2_b3"].filters(16)
    (16, 24)
    """
    nearest = max(8, int(filters * scale.width + 4) // 8 * 8)
    return make_divisible(nearest * width)


def blocks(scale: Scale, width: float = 1.0) -> Iterator[tuple[Block, bool]]:
    """Give the blocks of a scaled network in their order, and of each whether it is fused.

    >>> [len(list(blocks(scale))) for scale in SCALES.values()]
    [21, 27, 28, 32]
    """
    for number, (kernel_size, expansion, filters, repeats, stride) in enumerate(STAGES, 1):
        for repeat in range(math.ceil(scale.depth * repeats)):
            step, name = 1 if repeat else stride, f"block{number}{chr(97 + repeat)}"
            row = Block(kernel_size, expansion, filters_of(filters, scale, width), step, repeat > 0, name)
            yield row, number <= FUSED


def fused_mbconv(row: Block, drop: float = 0.0) -> Callable[[Any], Any]:
    """Return the fused block of a row, x -> y: `(batch, h, w, c)` -> `(batch, h/stride, w/stride, row.filters)`.

    One full convolution takes the place of MBConv's widening 1x1 and its depthwise one: more multiply-adds, which
    accelerators do in less time where there are few channels. Without expansion it is the block's only convolution.
    Source: figure 2.
    """

    def block(x: Any) -> Any:
        entry, name, wide = x, row.name, row.expansion > 1
        parts = ("expand", row.expansion * x.shape[-1]) if wide else ("project", row.filters)
        x = layers.Conv2D(
            parts[1],
            row.kernel_size,
            row.stride,
            "same",
            use_bias=False,
            kernel_initializer=fan_out(),
            name=f"{name}_{parts[0]}_conv",
        )(x)
        x = norm_swish(f"{name}_{parts[0]}_bn", f"{name}_{parts[0]}_activation", STYLE)(x)
        if wide:
            x = STYLE.norm(f"{name}_project_bn")(pointwise(row.filters, f"{name}_project_conv")(x))
        return join(x, entry, drop, name) if row.shortcut else x

    return block


def preprocess(x: Any) -> Any:
    """Take pixels of 0 to 255 to [0, 1], less ImageNet's mean, over its deviation; where they are not RGB, to [-1, 1].

    The means are no weights: they are written into the layer.
    """
    if x.shape[-1] != len(MEAN):
        return layers.Rescaling(1 / 128, -1, name="rescaling")(x)
    x = layers.Rescaling(1 / 255, name="rescaling")(x)
    variance = [deviation**2 for deviation in DEVIATION]
    return layers.Normalization(mean=MEAN, variance=variance, axis=-1, name="normalization")(x)


def _efficientnet_v2(
    x: Any,
    network: str,
    *,
    top: Top | None,
    width: float,
    dropout: float = 0.2,
    drop_connect: float = 0.2,
    include_preprocessing: bool = True,
) -> Any:
    """A size of the network, `(batch, height, width, channels)` -> `(batch, classes)`; B0 is the one of the table:

    | stage | block | expansion, kernel | repeats | output at 224 |
    |---|---|---|---|---|
    | stem_conv | 3x3 | | 1 | 112x112x32 |
    | block1 | fused MBConv | 1, 3x3 | 1 | 112x112x16 |
    | block2 | fused MBConv | 4, 3x3 | 2 | 56x56x32 |
    | block3 | fused MBConv | 4, 3x3 | 2 | 28x28x48 |
    | block4 | MBConv | 4, 3x3 | 3 | 14x14x96 |
    | block5 | MBConv | 6, 3x3 | 5 | 14x14x112 |
    | block6 | MBConv | 6, 3x3 | 8 | 7x7x192 |
    | top_conv | 1x1 | | 1 | 7x7x1280 |
    | avg_pool, predictions | | | | 1000 |

    Against the first EfficientNet: early blocks are fused, all kernels are 3x3, the expansion is smaller. B1 to B3 have
    more channels and repeats (`SCALES`). `width` multiplies the channel counts once more, each to a multiple of 8.
    `dropout` comes before the classifier, `drop_connect` is the stochastic depth of the last block, growing from 0 in
    the first.

    The function and the weight files are Keras's, for pixels of 0 to 255, since the network begins with its own
    rescaling and normalisation (of RGB; with another number of channels they come to [-1, 1]);
    `include_preprocessing=False` leaves that to you, and the pixels are the card's for that form.

    Source: Tan, Le 2021, section 3, figure 2 and table 4 (there the size S); B0 to B3 are of the authors' repository.
    """
    scale = SCALES[network]
    x = preprocess(x) if include_preprocessing else x
    stem = filters_of(STEM, scale, width)
    x = layers.Conv2D(stem, 3, 2, "same", use_bias=False, kernel_initializer=fan_out(), name="stem_conv")(x)
    x = norm_swish("stem_bn", "stem_activation", STYLE)(x)
    rows = list(blocks(scale, width))
    for number, (row, fused) in enumerate(rows):
        share = drop_connect * number / len(rows)
        x = fused_mbconv(row, share)(x) if fused else mbconv(row, share, style=STYLE)(x)
    x = pointwise(filters_of(LAST, scale, width), "top_conv")(x)
    x = norm_swish("top_bn", "top_activation", STYLE)(x)
    return x if top is None else classifier(top, dropout)(x)


NEEDS = Needs(17, HALVINGS, any_size=True)

efficientnet_v2_b0 = builder(_efficientnet_v2, "efficientnet_v2_b0", NEEDS, "efficientnet_v2_b0")
efficientnet_v2_b1 = builder(_efficientnet_v2, "efficientnet_v2_b1", NEEDS, "efficientnet_v2_b1")
efficientnet_v2_b2 = builder(_efficientnet_v2, "efficientnet_v2_b2", NEEDS, "efficientnet_v2_b2")
efficientnet_v2_b3 = builder(_efficientnet_v2, "efficientnet_v2_b3", NEEDS, "efficientnet_v2_b3")
