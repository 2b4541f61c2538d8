"""What Inception v3, v4 and Inception-ResNet share: a module as a table of branches, each a row of steps."""

from collections.abc import Callable
from typing import Any, NamedTuple

from keras import layers

from ccv.models.common import Top, drop, scaled

Module = Callable[[Any], Any]


class Style(NamedTuple):
    """How the modules of a network are built, beside their table.

    `width` multiplies the filters, `gamma` lets batch normalisation scale, with `momentum`; `count_border`
    averages the zeros of the border too, as PyTorch does.
    """

    width: float = 1.0
    gamma: bool = False
    momentum: float = 0.99
    count_border: bool = False


class Conv(NamedTuple):
    """A step of a branch: a convolution, batch normalisation (epsilon 0.001) and ReLU."""

    filters: int
    kernel: str = "1x1"  # height x width
    stride: int = 1
    padding: str = "same"


class Pool(NamedTuple):
    """A step of a branch: 3x3 pooling, "average" with stride 1, or "max" with stride 2 without padding."""

    kind: str


class Split(NamedTuple):
    """The last step of a branch: convolutions side by side, joined along the channels."""

    parts: tuple[Conv, ...]


Step = Conv | Pool | Split
AVERAGE, MAX = Pool("average"), Pool("max")
PLAIN = Style()


def conv_bn(step: Conv, *, name: str, style: Style = PLAIN) -> Module:
    """Return a function: the convolution `name`, its `name_bn`, and ReLU as `name_ac`."""
    filters, kernel = scaled(step.filters, style.width), tuple(int(side) for side in step.kernel.split("x"))

    def unit(x: Any) -> Any:
        x = layers.Conv2D(filters, kernel, step.stride, step.padding, use_bias=False, name=name)(x)
        norm = layers.BatchNormalization(momentum=style.momentum, scale=style.gamma, name=f"{name}_bn")
        return layers.Activation("relu", name=f"{name}_ac")(norm(x))

    return unit


def branches(*table: tuple[Step, ...], name: str, style: Style = PLAIN, joined: str | None = None) -> Module:
    """Return a module: the branches of `table` side by side, joined along the channels by a layer of its name.

    Step 2 of branch 3 has the address `name_branch3_2_` and its kernel: `mixed4_branch3_2_7x1`. `joined` names
    the layer that joins them where it is not the module's end.
    """

    def module(x: Any) -> Any:
        ends = [branch(steps, name=f"{name}_branch{i}", style=style)(x) for i, steps in enumerate(table, 1)]
        return layers.Concatenate(name=joined or name)(ends)

    return module


def branch(steps: tuple[Step, ...], *, name: str, style: Style = PLAIN) -> Module:
    """Return one branch: its steps one after the other."""

    def chain(x: Any) -> Any:
        for place, step in enumerate(steps, 1):
            x = _step(step, f"{name}_{place}", style)(x)
        return x

    return chain


def _step(step: Step, name: str, style: Style) -> Module:
    if isinstance(step, Conv):
        return conv_bn(step, name=f"{name}_{step.kernel}", style=style)
    if isinstance(step, Split):
        parts = [conv_bn(part, name=f"{name}_{part.kernel}", style=style) for part in step.parts]
        return lambda x: layers.Concatenate(name=f"{name}_split")([part(x) for part in parts])
    if step.kind == "max":
        return layers.MaxPooling2D(3, strides=2, name=f"{name}_pool")
    return average_pool(f"{name}_pool", style)


def average_pool(name: str, style: Style = PLAIN) -> Module:
    """Return 3x3 average pooling with stride 1: `(batch, h, w, c)` in, the same shape out."""
    if not style.count_border:
        return layers.AveragePooling2D(3, strides=1, padding="same", name=name)
    pool = layers.AveragePooling2D(3, strides=1, name=name)
    return lambda x: pool(layers.ZeroPadding2D(1, name=f"{name}_pad")(x))


def classify(x: Any, top: Top, dropout: float) -> Any:
    """End with the global average, dropout where there is any, and the dense layer."""
    x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
    if dropout:
        x = drop(dropout, "dropout")(x)
    return layers.Dense(top.classes, activation=top.activation, name="predictions")(x)
