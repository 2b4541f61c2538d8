"""Inception v3 (Szegedy et al. 2015): large filters replaced by chains of small ones, and by 1x7 then 7x1."""

from collections.abc import Callable
from typing import Any

from keras import layers

from ccv.models._family import builder
from ccv.models._inception import AVERAGE, MAX, PLAIN, Conv, Module, Split, Style, branches, classify, conv_bn
from ccv.models.common import Needs, Top, choose


def factorized_3x3(pooled: int, *, name: str, style: Style = PLAIN) -> Module:
    """Module A, at 35x35: the large filter as two 3x3 (figure 5); 224 + `pooled` maps come out."""
    return branches(
        (Conv(64),),
        (Conv(48), Conv(64, "5x5")),
        (Conv(64), Conv(96, "3x3"), Conv(96, "3x3")),
        (AVERAGE, Conv(pooled)),
        name=name,
        style=style,
    )


def factorized_7x7(filters: int, *, name: str, style: Style = PLAIN) -> Module:
    """Module B, at 17x17: 7x7 as 1x7 and 7x1, once and twice (figure 6); 768 maps come out."""
    return branches(
        (Conv(192),),
        (Conv(filters), Conv(filters, "1x7"), Conv(192, "7x1")),
        (Conv(filters), Conv(filters, "7x1"), Conv(filters, "1x7"), Conv(filters, "7x1"), Conv(192, "1x7")),
        (AVERAGE, Conv(192)),
        name=name,
        style=style,
    )


def expanded_3x3(*, name: str, style: Style = PLAIN) -> Module:
    """Module C, at 8x8: 3x3 as 1x3 beside 3x1, for more maps (figure 7); 2048 come out."""
    fan = Split((Conv(384, "1x3"), Conv(384, "3x1")))
    return branches(
        (Conv(320),),
        (Conv(384), fan),
        (Conv(448), Conv(384, "3x3"), fan),
        (AVERAGE, Conv(192)),
        name=name,
        style=style,
    )


def reduction_3x3(*, name: str, style: Style = PLAIN) -> Module:
    """From 35x35 to 17x17 without a bottleneck: convolutions and a pool with stride 2 side by side (figure 10)."""
    return branches(
        (Conv(384, "3x3", 2, "valid"),),
        (Conv(64), Conv(96, "3x3"), Conv(96, "3x3", 2, "valid")),
        (MAX,),
        name=name,
        style=style,
    )


def reduction_7x7(*, name: str, style: Style = PLAIN) -> Module:
    """From 17x17 to 8x8, as `reduction_3x3`, with 1x7 and 7x1 in the second branch."""
    return branches(
        (Conv(192), Conv(320, "3x3", 2, "valid")),
        (Conv(192), Conv(192, "1x7"), Conv(192, "7x1"), Conv(192, "3x3", 2, "valid")),
        (MAX,),
        name=name,
        style=style,
    )


STEM: tuple[tuple[str, Conv | None], ...] = (
    ("conv1", Conv(32, "3x3", 2, "valid")),
    ("conv2", Conv(32, "3x3", 1, "valid")),
    ("conv3", Conv(64, "3x3")),
    ("pool1", None),
    ("conv4", Conv(80, "1x1", 1, "valid")),
    ("conv5", Conv(192, "3x3", 1, "valid")),
    ("pool2", None),
)
MIXED: tuple[tuple[Callable[..., Module], tuple[int, ...]], ...] = (
    (factorized_3x3, (32,)),
    (factorized_3x3, (64,)),
    (factorized_3x3, (64,)),
    (reduction_3x3, ()),
    (factorized_7x7, (128,)),
    (factorized_7x7, (160,)),
    (factorized_7x7, (160,)),
    (factorized_7x7, (192,)),
    (reduction_7x7, ()),
    (expanded_3x3, ()),
    (expanded_3x3, ()),
)
STYLES = {"keras": PLAIN, "torch": Style(gamma=True, momentum=0.9, count_border=True)}
WHY = "a stem with three strides and two further reductions, none of them padded,"


def stem(style: Style = PLAIN) -> Module:
    """Return the stem, of five convolutions and two pools: 299x299 to 35x35x192."""

    def module(x: Any) -> Any:
        for name, step in STEM:
            unit = conv_bn(step, name=name, style=style) if step else layers.MaxPooling2D(3, strides=2, name=name)
            x = unit(x)
        return x

    return module


def _inception_v3(
    x: Any,
    *,
    top: Top | None,
    width: float,
    dropout: float | None = None,
    variant: str = "keras",
    auxiliary: bool = False,
) -> Any:
    """Build Inception v3: `(batch, height, width, channels)` -> `(batch, classes)`; 23,817,352 parameters train.

    | stage | module | at 299x299 |
    |---|---|---|
    | conv1 to pool2 | 3x3/2, 3x3, 3x3, pool/2, 1x1, 3x3, pool/2 | 149, 147, 147x64, 73, 73x80, 71x192, 35x192 |
    | mixed0, 1, 2 | `factorized_3x3` | 35x35x256, 288, 288 |
    | mixed3 | `reduction_3x3` | 17x17x768 |
    | mixed4, 5, 6, 7 | `factorized_7x7` with 128, 160, 160, 192 | 17x17x768 |
    | mixed8 | `reduction_7x7` | 8x8x1280 |
    | mixed9, 10 | `expanded_3x3` | 8x8x2048 |
    | avg_pool, predictions | | 2048, 1000 |

    `variant="keras"` is the function of `keras.applications.InceptionV3`, whose weight files it reads: batch
    normalisation without gamma. `variant="torch"` is torchvision's: with gamma (23,834,568 train), zeros
    counted in the average pools of the modules, dropout 0.5. torchvision's pretrained model takes standardised
    pixels and turns them into `2 * pixel / 255 - 1` (`transform_input`); here the pixels come so at once, from
    `card("inception_v3").preprocessing`.

    `auxiliary=True` makes the outputs two: predictions, and aux_predictions of a head on mixed7 (the paper's
    figure 8; 27,161,264 train in the variant "torch"). `dropout` comes before the predictions; None is the
    variant's own, none for "keras".

    Source: Szegedy et al. 2015, with the filter counts of the published network.
    """
    style = choose("variant", variant, STYLES)
    style = style._replace(width=width)
    x = stem(style)(x)
    heads = []
    for number, (module, counts) in enumerate(MIXED):
        x = module(*counts, name=f"mixed{number}", style=style)(x)
        if auxiliary and top and number == 7:
            heads.append(_auxiliary_head(top, style)(x))
    if top is None:
        return x
    x = classify(x, top, (0.5 if variant == "torch" else 0.0) if dropout is None else dropout)
    return [x, *heads] if auxiliary else x


def _auxiliary_head(top: Top, style: Style) -> Module:
    """Return the auxiliary classifier: 5x5 averages, 1x1 to 128, 5x5 to 768, their average, dense `classes`."""

    def head(x: Any) -> Any:
        x = layers.AveragePooling2D(5, strides=3, name="aux_pool")(x)
        x = conv_bn(Conv(128), name="aux_conv1", style=style)(x)
        x = conv_bn(Conv(768, "5x5", 1, "valid"), name="aux_conv2", style=style)(x)
        x = layers.GlobalAveragePooling2D(name="aux_avg_pool")(x)
        return layers.Dense(top.classes, activation=top.activation, name="aux_predictions")(x)

    return head


def needs(auxiliary: bool, include_top: bool, **_: Any) -> Needs:
    """Return the least image; raise for an auxiliary head without the top."""
    if not isinstance(auxiliary, bool):
        raise TypeError(f"auxiliary={auxiliary!r} must be True or False")
    if auxiliary and include_top is False:
        raise ValueError("auxiliary=True needs include_top=True: the auxiliary head is a classifier too")
    if auxiliary:
        return Needs(299, "the auxiliary head's 5x5 pooling and 5x5 convolution", any_size=True)
    return Needs(75, WHY, any_size=True)


inception_v3 = builder(_inception_v3, "inception_v3", needs)
