"""Inception v4 (Szegedy, Ioffe, Vanhoucke, Alemi 2016): deeper and more uniform than v3, without shortcuts."""

from typing import Any

from ccv.models._family import builder
from ccv.models._inception import AVERAGE, MAX, PLAIN, Conv, Module, Split, Style, branches, classify, conv_bn
from ccv.models.common import Needs, Top

NEEDS = Needs(75, "a stem with three strides and two reductions, none of them padded,", any_size=True)


def stem(style: Style = PLAIN) -> Module:
    """Return the stem (figure 3): 299x299 to 35x35x384, thrice parting and joining again."""

    def module(x: Any) -> Any:
        x = conv_bn(Conv(32, "3x3", 2, "valid"), name="conv1", style=style)(x)
        x = conv_bn(Conv(32, "3x3", 1, "valid"), name="conv2", style=style)(x)
        x = conv_bn(Conv(64, "3x3"), name="conv3", style=style)(x)
        x = branches((MAX,), (Conv(96, "3x3", 2, "valid"),), name="mixed_3a", style=style)(x)
        x = branches(
            (Conv(64), Conv(96, "3x3", 1, "valid")),
            (Conv(64), Conv(64, "1x7"), Conv(64, "7x1"), Conv(96, "3x3", 1, "valid")),
            name="mixed_4a",
            style=style,
        )(x)
        return branches((Conv(192, "3x3", 2, "valid"),), (MAX,), name="mixed_5a", style=style)(x)

    return module


def inception_a(*, name: str, style: Style = PLAIN) -> Module:
    """Module A at 35x35 (figure 4): 384 maps in, 384 out."""
    return branches(
        (Conv(96),),
        (Conv(64), Conv(96, "3x3")),
        (Conv(64), Conv(96, "3x3"), Conv(96, "3x3")),
        (AVERAGE, Conv(96)),
        name=name,
        style=style,
    )


def reduction_a(k: int, l: int, m: int, n: int, *, name: str, style: Style = PLAIN) -> Module:  # noqa: E741
    """Reduction A (figure 7), 35x35 to 17x17; k, l, m and n as in the paper's table 1."""
    return branches(
        (Conv(n, "3x3", 2, "valid"),),
        (Conv(k), Conv(l, "3x3"), Conv(m, "3x3", 2, "valid")),
        (MAX,),
        name=name,
        style=style,
    )


def inception_b(*, name: str, style: Style = PLAIN) -> Module:
    """Module B at 17x17 (figure 5), 7x7 as 1x7 and 7x1: 1024 maps in, 1024 out."""
    return branches(
        (Conv(384),),
        (Conv(192), Conv(224, "1x7"), Conv(256, "7x1")),
        (Conv(192), Conv(192, "7x1"), Conv(224, "1x7"), Conv(224, "7x1"), Conv(256, "1x7")),
        (AVERAGE, Conv(128)),
        name=name,
        style=style,
    )


def reduction_b(*, name: str, style: Style = PLAIN) -> Module:
    """Reduction B (figure 8), 17x17 to 8x8: 1024 maps in, 1536 out."""
    return branches(
        (Conv(192), Conv(192, "3x3", 2, "valid")),
        (Conv(256), Conv(256, "1x7"), Conv(320, "7x1"), Conv(320, "3x3", 2, "valid")),
        (MAX,),
        name=name,
        style=style,
    )


def inception_c(*, name: str, style: Style = PLAIN) -> Module:
    """Module C at 8x8 (figure 6), ending in 1x3 beside 3x1: 1536 maps in, 1536 out."""
    fan = Split((Conv(256, "1x3"), Conv(256, "3x1")))
    return branches(
        (Conv(256),),
        (Conv(384), fan),
        (Conv(384), Conv(448, "3x1"), Conv(512, "1x3"), fan),
        (AVERAGE, Conv(256)),
        name=name,
        style=style,
    )


def _inception_v4(x: Any, *, top: Top | None, width: float, dropout: float = 0.2, scale: bool = True) -> Any:
    """Build Inception v4: `(batch, height, width, channels)` -> `(batch, classes)`; 42,679,816 parameters train.

    | stage | times | at 299x299 |
    |---|---|---|
    | conv1, 2, 3, mixed_3a, 4a, 5a: the stem | 1 | 149, 147, 147x64, 73x160, 71x192, 35x384 |
    | inception_a1 to a4 | 4 | 35x35x384 |
    | reduction_a (k, l, m, n = 192, 224, 256, 384) | 1 | 17x17x1024 |
    | inception_b1 to b7 | 7 | 17x17x1024 |
    | reduction_b | 1 | 8x8x1536 |
    | inception_c1 to c3 | 3 | 8x8x1536 |
    | avg_pool, dropout, predictions | 1 | 1536, 1000 |

    `scale` is batch normalisation's gamma; the network was first trained without (`scale=False`: 42,648,232).
    Where a drawing of the paper and the published network differ (the order of 1x7 and 7x1), this is the
    published one. The 7x7 and 3x3 factors are those of v3; residual shortcuts are `inception_resnet_v2`'s.

    `dropout` comes before the predictions. Source: the paper, figures 3 to 9.
    """
    if not isinstance(scale, bool):
        raise TypeError(f"scale={scale!r} must be True or False")
    style = Style(width=width, gamma=scale)
    x = stem(style)(x)
    for i in range(1, 5):
        x = inception_a(name=f"inception_a{i}", style=style)(x)
    x = reduction_a(192, 224, 256, 384, name="reduction_a", style=style)(x)
    for i in range(1, 8):
        x = inception_b(name=f"inception_b{i}", style=style)(x)
    x = reduction_b(name="reduction_b", style=style)(x)
    for i in range(1, 4):
        x = inception_c(name=f"inception_c{i}", style=style)(x)
    if top is None:
        return x
    return classify(x, top, dropout)


inception_v4 = builder(_inception_v4, "inception_v4", NEEDS)
