"""SqueezeNet (Iandola et al. 2016) in its two releases, and the slides' 24-layer network of fire modules."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from keras import layers

from ccv.models._family import builder
from ccv.models.common import Needs, Top, ceil_max_pooling, drop, scaled


class Fire(NamedTuple):
    """Filters of a fire module: of the squeeze, and of each of the two expand convolutions."""

    squeeze: int
    expand: int


POOL = "pool"

SQUEEZENET1_0 = (
    POOL, Fire(16, 64), Fire(16, 64), Fire(32, 128),
    POOL, Fire(32, 128), Fire(48, 192), Fire(48, 192), Fire(64, 256),
    POOL, Fire(64, 256),
)  # fmt: skip
SQUEEZENET1_1 = (
    POOL, Fire(16, 64), Fire(16, 64),
    POOL, Fire(32, 128), Fire(32, 128),
    POOL, Fire(48, 192), Fire(48, 192), Fire(64, 256), Fire(64, 256),
)  # fmt: skip
SQUEEZENET24 = (
    Fire(16, 16),
    POOL, Fire(48, 48),
    POOL, Fire(64, 64), Fire(80, 80), Fire(96, 96),
    POOL, Fire(112, 112), Fire(128, 128), Fire(160, 160),
    POOL, Fire(192, 192), Fire(224, 224),
    POOL, Fire(256, 256),
)  # fmt: skip
Table = Sequence[Fire | str]

NEEDS1_0 = Needs(21, "a 7x7 convolution and three 3x3 poolings, all with stride 2,", any_size=True)
NEEDS1_1 = Needs(17, "a 3x3 convolution and three 3x3 poolings, all with stride 2,", any_size=True)
NEEDS24 = Needs(32, "five halvings", any_size=True)


def _squeezenet1_0(x: Any, *, top: Top | None, width: float, dropout: float = 0.5) -> Any:
    """Build SqueezeNet 1.0: `(batch, height, width, channels)` -> `(batch, classes)`; 1,248,424 parameters.

    | layer | 224x224x3 | squeeze, expand | parameters |
    |---|---|---|---|
    | conv1 | 7x7, stride 2 -> 109x109x96 | | 14,208 |
    | pool1 | 3x3, stride 2 -> 54x54x96 | | 0 |
    | fire2, fire3 | 54x54x128 | 16, 64 + 64 | 11,920; 12,432 |
    | fire4 | 54x54x256 | 32, 128 + 128 | 45,344 |
    | pool4 | 27x27x256 | | 0 |
    | fire5 | 27x27x256 | 32, 128 + 128 | 49,440 |
    | fire6, fire7 | 27x27x384 | 48, 192 + 192 | 104,880; 111,024 |
    | fire8 | 27x27x512 | 64, 256 + 256 | 188,992 |
    | pool8 | 13x13x512 | | 0 |
    | fire9, dropout | 13x13x512 | 64, 256 + 256 | 197,184 |
    | conv10, gap | 1x1 -> 13x13x1000, the mean of each map -> 1000 | | 513,000 |

    18 layers with weights on a path: conv1, eight fires of two, conv10. Pooling rounds up, and conv10 has a
    ReLU, as in the authors' Caffe network and in torchvision, whose weights fit; the paper's 111x111 maps come
    from 227 pixels.

    With `include_top=False` the network ends with fire9, by `pooling` (None, "avg", "max"). Source: Iandola et al.
    2016, table 1.
    """
    x = layers.Conv2D(scaled(96, width), 7, strides=2, activation="relu", name="conv1")(x)
    x = _body(SQUEEZENET1_0, width)(x)
    return x if top is None else _conv10(top, dropout)(x)


def _squeezenet1_1(x: Any, *, top: Top | None, width: float, dropout: float = 0.5) -> Any:
    """Build SqueezeNet 1.1: 1.0 with 2.4 times less work, 1,235,496 parameters.

    conv1 has 64 filters of 3x3 instead of 96 of 7x7, and the poolings come earlier, after conv1, fire3 and fire5: 111,
    55, 27 and 13 pixels. The least image has 17 pixels. Source: github.com/forresti/SqueezeNet, SqueezeNet_v1.1.
    """
    x = layers.Conv2D(scaled(64, width), 3, strides=2, activation="relu", name="conv1")(x)
    x = _body(SQUEEZENET1_1, width)(x)
    return x if top is None else _conv10(top, dropout)(x)


def _squeezenet24(x: Any, *, top: Top | None, width: float) -> Any:
    """Build the slides' 24-layer SqueezeNet for 104 flowers: `(batch, h, w, channels)` -> `(batch, classes)`.

    | layer | 224x224x3 | filters of squeeze; of both expands |
    |---|---|---|
    | conv1 | 3x3 -> 224x224x32 | |
    | fire2 | 224x224x32 | 16; 32 |
    | pool2, fire3 | 2x2 -> 112x112x96 | 48; 96 |
    | pool3, fire4, fire5, fire6 | 56x56x192 | 64; 128, 80; 160, 96; 192 |
    | pool6, fire7, fire8, fire9 | 28x28x320 | 112; 224, 128; 256, 160; 320 |
    | pool9, fire10, fire11 | 14x14x448 | 192; 384, 224; 448 |
    | pool11, fire12 | 7x7x512 | 256; 512 |
    | gap, predictions | the mean of each map, then a dense layer -> 104 | |

    24 layers with weights on a path: conv1, eleven fires of two, the dense one. Each convolution is followed by
    ReLU and then batch normalisation with momentum 0.9. 2,755,848 parameters, 8,320 of them moving statistics; without
    the top 2,702,496. The least image has 32 pixels. Source: Lakshmanan, Görner, Gillard, "Practical Machine Learning
    for Computer Vision", 2021, chapter 3.
    """
    x = _convolution(scaled(32, width), 3, batch_norm=True, name="conv1")(x)
    x = _body(SQUEEZENET24, width, batch_norm=True, pool=lambda name: layers.MaxPooling2D(2, name=name))(x)
    if top is None:
        return x
    x = layers.GlobalAveragePooling2D(name="gap")(x)
    return layers.Dense(top.classes, activation=top.activation, name="predictions")(x)


def fire_module(squeeze: int, expand: int, *, batch_norm: bool = False, name: str) -> Callable[[Any], Any]:
    """Return x -> squeezed to few channels by 1x1, expanded by 1x1 and by 3x3, side by side: 2 x `expand` channels.

    Height and width stay. Of k input channels the parameters are `(k + 1) s + (s + 1) e + (9 s + 1) e`.
    """
    squeeze_1x1 = _convolution(squeeze, 1, batch_norm, name=f"{name}_squeeze")
    expand_1x1 = _convolution(expand, 1, batch_norm, name=f"{name}_expand1x1")
    expand_3x3 = _convolution(expand, 3, batch_norm, name=f"{name}_expand3x3")
    concatenate = layers.Concatenate(name=f"{name}_concat")

    def apply(x: Any) -> Any:
        x = squeeze_1x1(x)
        return concatenate([expand_1x1(x), expand_3x3(x)])

    return apply


def _convolution(filters: int, kernel_size: int, batch_norm: bool, *, name: str) -> Callable[[Any], Any]:
    conv = layers.Conv2D(filters, kernel_size, padding="same", activation="relu", name=name)
    if not batch_norm:
        return conv
    norm = layers.BatchNormalization(momentum=0.9, name=f"{name}_bn")
    return lambda x: norm(conv(x))


def _body(
    table: Table,
    width: float,
    *,
    batch_norm: bool = False,
    pool: Callable[[str], Callable[[Any], Any]] = ceil_max_pooling,
) -> Callable[[Any], Any]:
    """Return x -> the rows of a table after conv1: fire2, fire3, ...; a pool has the number of the layer before."""

    def apply(x: Any) -> Any:
        number = 1
        for row in table:
            if isinstance(row, Fire):
                number += 1
                squeeze, expand = (scaled(filters, width) for filters in row)
                x = fire_module(squeeze, expand, batch_norm=batch_norm, name=f"fire{number}")(x)
            else:
                x = pool(f"pool{number}")(x)
        return x

    return apply


def _conv10(top: Top, dropout: float) -> Callable[[Any], Any]:
    """Return x -> dropout, one map per class, their means, and the activation."""

    def apply(x: Any) -> Any:
        x = drop(dropout, "dropout9")(x)
        x = layers.Conv2D(top.classes, 1, activation="relu", name="conv10")(x)
        x = layers.GlobalAveragePooling2D(name="gap")(x)
        return layers.Activation(top.activation, name="predictions")(x)

    return apply


squeezenet1_0 = builder(_squeezenet1_0, "squeezenet1_0", NEEDS1_0)
squeezenet1_1 = builder(_squeezenet1_1, "squeezenet1_1", NEEDS1_1)
squeezenet24 = builder(_squeezenet24, "squeezenet24", NEEDS24, classes=104)
