"""ViT-B/16 (Dosovitskiy et al. 2021): the image as a row of patches, and attention alone, as in torchvision."""

from collections.abc import Callable
from typing import Any

import keras
from keras import layers

from ccv.layers import ClassToken, PositionEmbedding
from ccv.models._family import builder
from ccv.models.common import Needs, Top, drop, scaled
from ccv.models.convnext import norm

PATCH, DEPTH, HEADS, HEAD, WIDER = 16, 12, 12, 64, 4  # table 1, "Base": 12 heads of 64 are 768 channels


def dropping(rate: float, name: str) -> Callable[[Any], Any]:
    """Return dropout, or, for a rate of 0, x as it is."""
    layer = drop(rate, name)
    return layer if rate else lambda x: x


def encoder_block(dropout: float, name: str) -> Callable[[Any], Any]:
    """Return x -> y, `(batch, places, channels)` in and out: attention, then two dense layers, each with a shortcut.

    Normalisation comes before each of the two. Source: figure 1 and equations 2 and 3.
    """

    def block(x: Any) -> Any:
        channels = x.shape[-1]
        y = norm(f"{name}_norm1")(x)
        spread = keras.initializers.RandomUniform(-((1.5 / channels) ** 0.5), (1.5 / channels) ** 0.5)  # as torchvision
        attend = layers.MultiHeadAttention(
            HEADS, channels // HEADS, kernel_initializer=spread, name=f"{name}_attention"
        )
        x = layers.Add(name=f"{name}_add")([x, dropping(dropout, f"{name}_drop1")(attend(y, y))])
        y = norm(f"{name}_norm2")(x)
        y = layers.Dense(WIDER * channels, name=f"{name}_mlp1")(y)
        y = dropping(dropout, f"{name}_drop2")(layers.Activation("gelu", name=f"{name}_gelu")(y))
        y = dropping(dropout, f"{name}_drop3")(layers.Dense(channels, name=f"{name}_mlp2")(y))
        return layers.Add(name=f"{name}_out")([x, y])

    return block


def _vit_b_16(x: Any, *, top: Top | None, width: float, dropout: float = 0.0) -> Any:
    """Build ViT-B/16: 86,567,656 parameters, no statistics, `(batch, h, w, channels)` -> `(batch, classes)`.

    | layer | output at 224 | |
    |---|---|---|
    | patches | 14x14x768 | 16x16, stride 16 |
    | places, class_token, positions | 197x768 | a row, a learnt vector before it, a learnt vector added to each |
    | encoder1 to encoder12 | 197x768 | normalised, 12 heads of 64; normalised, dense 3072 with GELU, dense 768 |
    | encoder_norm | 197x768 | |
    | class, predictions | 768, 1000 | the class token alone is read |

    No stage halves: all places are one map of 1/16 of the sides. So without the top the network gives that map,
    `(batch, h / 16, w / 16, 768)`, the places behind `encoder_norm` without the class token: its only stage, which a
    head and a decoder read. With the top no map carries what is classified, and there is no stage.

    The function is torchvision's `vit_b_16`, whose weights fit at any size: positions of another grid are interpolated.
    An image has known sides; pixels that fill no patch, below and on the right, are not seen. `width` scales the heads'
    channels and leaves their number. `dropout` stands behind the positions, the attention and each dense layer.

    Source: Dosovitskiy et al. 2021, figure 1 and table 1.

    >>> vit_b_16(width=1 / 8, input_shape=(64, 96, 3), include_top=False).output_shape
    (None, 4, 6, 96)
    """
    if None in x.shape[1:3]:
        raise ValueError(
            f"input_shape={tuple(x.shape[1:])} must have known sides: each place has a position of its own"
        )
    channels = HEADS * scaled(HEAD, width)
    start = keras.initializers.VarianceScaling(1.0, "fan_in", "truncated_normal")
    x = layers.Conv2D(channels, PATCH, PATCH, kernel_initializer=start, name="patches")(x)
    rows, columns = x.shape[1:3]
    x = layers.Reshape((rows * columns, channels), name="places")(x)
    x = PositionEmbedding((rows, columns), name="positions")(ClassToken(name="class_token")(x))
    x = dropping(dropout, "positions_drop")(x)
    for number in range(1, DEPTH + 1):
        x = encoder_block(dropout, f"encoder{number}")(x)
    x = norm("encoder_norm")(x)
    if top is None:
        x = layers.Cropping1D((1, 0), name="without_class")(x)
        return layers.Reshape((rows, columns, channels), name="map")(x)
    x = layers.Cropping1D((0, rows * columns), name="class")(x)
    x = layers.Flatten(name="flatten")(x)
    return layers.Dense(top.classes, activation=top.activation, name="predictions")(x)


vit_b_16 = builder(_vit_b_16, "vit_b_16", Needs(PATCH, "patches of 16x16 pixels"))
