"""What the residual networks share: styles, convolutions, the three shortcuts and the blocks.

Every function that makes layers returns a function of a tensor, `(batch, height, width, channels)` in and out:
`y = basic_block(64, stride=2, name="conv3_block1")(y)`.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from keras import layers

from ccv.layers import PadChannels
from ccv.models.common import Needs, Top, choose

Apply = Callable[[Any], Any]
Block = Callable[[int, int, str], Apply]


class Style(NamedTuple):
    """What differs between implementations; `strided` is the convolution of a bottleneck that has the stride."""

    conv_bias: bool
    epsilon: float
    momentum: float
    initializer: str
    strided: int


# Keras's momentum of 0.9 is PyTorch's of 0.1. The paper's own models (Caffe) also have an epsilon of 1e-5.
KERAS = Style(conv_bias=True, epsilon=1.001e-5, momentum=0.99, initializer="glorot_uniform", strided=1)
TORCH = Style(conv_bias=False, epsilon=1e-5, momentum=0.9, initializer="he_normal", strided=2)
PAPER = TORCH._replace(strided=1)


# The least image of a network with five strides, all of them padded: 17 -> 9 -> 5 -> 3 -> 2 -> 1.
NEEDS = Needs(17, "five halvings (rounding up), the last one of two pixels or more,", any_size=True)

# Convolutions -----------------------------------------------------------------------------------------------


def conv(
    filters: int,
    kernel: int = 1,
    stride: int = 1,
    *,
    name: str,
    style: Style = TORCH,
    groups: int = 1,
    pad: bool | None = None,
) -> Apply:
    """Return a convolution with equal padding on all sides: height -> ceil(height / stride).

    `padding="same"` is not that where there is a stride: it pads an even image below and on the right only. So
    a strided convolution gets a layer `{name}_pad` in front; `pad=True` asks for one without a stride too.
    """
    pad = stride > 1 if pad is None else pad

    def apply(x: Any) -> Any:
        if kernel > 1 and pad:
            x = layers.ZeroPadding2D(kernel // 2, name=f"{name}_pad")(x)
        return layers.Conv2D(
            filters,
            kernel,
            strides=stride,
            padding="same" if kernel > 1 and not pad else "valid",
            groups=groups,
            use_bias=style.conv_bias,
            kernel_initializer=style.initializer,
            name=f"{name}_conv",
        )(x)

    return apply


def norm(style: Style, name: str) -> layers.Layer:
    """Return the batch normalisation of a style."""
    return layers.BatchNormalization(epsilon=style.epsilon, momentum=style.momentum, name=name)


def conv_bn(filters: int, kernel: int = 1, stride: int = 1, *, relu: bool = True, name: str, **options: Any) -> Apply:
    """Return convolution, normalisation and, with `relu`, ReLU; `options` are those of `conv`."""
    style = options.get("style", TORCH)

    def apply(x: Any) -> Any:
        x = norm(style, f"{name}_bn")(conv(filters, kernel, stride, name=name, **options)(x))
        return layers.Activation("relu", name=f"{name}_relu")(x) if relu else x

    return apply


def max_pool(name: str) -> Apply:
    """Return the 3x3 pool of the stem, stride 2, with a ring of zeros (harmless after a ReLU): 112 -> 56."""

    def apply(x: Any) -> Any:
        x = layers.ZeroPadding2D(1, name=f"{name}_pad")(x)
        return layers.MaxPooling2D(3, strides=2, name=f"{name}_pool")(x)

    return apply


# Shortcuts --------------------------------------------------------------------------------------------------


def identity(filters: int, stride: int, name: str, style: Style) -> Apply:
    """Return the shortcut that does nothing: x is added as it is."""
    return lambda x: x


def projection(filters: int, stride: int, name: str, style: Style) -> Apply:
    """Return the shortcut with weights: a 1x1 convolution to `filters` channels, normalised."""
    return conv_bn(filters, 1, stride, relu=False, name=f"{name}_0", style=style)


def zero_padded(filters: int, stride: int, name: str, style: Style) -> Apply:
    """Return the shortcut without weights: every `stride`-th pixel, and zeros for the channels that are not there."""

    def apply(x: Any) -> Any:
        if stride > 1:
            x = layers.MaxPooling2D(1, strides=stride, name=f"{name}_0_pool")(x)
        return PadChannels(filters, name=f"{name}_0_channels")(x)

    return apply


# Section 4.1 of the paper: what to do where a block keeps the shape of x, and where it changes it.
SHORTCUTS = {
    "A": (identity, zero_padded),
    "B": (identity, projection),
    "C": (projection, projection),
}


def shortcut_for(x: Any, option: str, filters: int, stride: int, *, name: str, style: Style) -> Any:
    """Apply to x the shortcut of the option "A", "B" or "C" that fits a block with this output."""
    same, changed = choose("shortcut", option, SHORTCUTS)
    make = same if stride == 1 and x.shape[-1] == filters else changed
    return make(filters, stride, name, style)(x)


# Blocks -----------------------------------------------------------------------------------------------------


def plain_block(filters: int, stride: int = 1, *, name: str, style: Style = TORCH) -> Apply:
    """Return two 3x3 convolutions without a shortcut: `basic_block` less the addition."""

    def apply(x: Any) -> Any:
        x = conv_bn(filters, 3, stride, name=f"{name}_1", style=style)(x)
        x = conv_bn(filters, 3, relu=False, name=f"{name}_2", style=style)(x)
        return layers.Activation("relu", name=f"{name}_out")(x)

    return apply


def basic_block(filters: int, stride: int = 1, *, name: str, style: Style = TORCH, shortcut: str = "B") -> Apply:
    """Return two 3x3 convolutions with a shortcut around them, as in ResNet-18 and 34."""

    def apply(x: Any) -> Any:
        skip = shortcut_for(x, shortcut, filters, stride, name=name, style=style)
        x = conv_bn(filters, 3, stride, name=f"{name}_1", style=style)(x)
        x = conv_bn(filters, 3, relu=False, name=f"{name}_2", style=style)(x)
        x = layers.Add(name=f"{name}_add")([skip, x])
        return layers.Activation("relu", name=f"{name}_out")(x)

    return apply


def bottleneck_block(
    inner: int,
    outer: int,
    stride: int = 1,
    *,
    name: str,
    style: Style = TORCH,
    shortcut: str = "B",
    groups: int = 1,
    gate: Apply | None = None,
) -> Apply:
    """Return 1x1 to `inner` channels, 3x3, and 1x1 to `outer` channels, with a shortcut around the three.

    The stride is in the first 1x1 (paper, Keras) or in the 3x3 (PyTorch, "v1.5"), as `style.strided` says. `gate` is
    what the maps pass through before the addition, such as squeeze and excitation.
    """
    first, second = (stride, 1) if style.strided == 1 else (1, stride)

    def apply(x: Any) -> Any:
        skip = shortcut_for(x, shortcut, outer, stride, name=name, style=style)
        x = conv_bn(inner, 1, first, name=f"{name}_1", style=style)(x)
        x = conv_bn(inner, 3, second, name=f"{name}_2", style=style, groups=groups)(x)
        x = conv_bn(outer, 1, relu=False, name=f"{name}_3", style=style)(x)
        x = gate(x) if gate else x
        x = layers.Add(name=f"{name}_add")([skip, x])
        return layers.Activation("relu", name=f"{name}_out")(x)

    return apply


def stages(table: Iterable[tuple[str, int, int]], blocks: Iterable[int], block: Block) -> Apply:
    """Chain the stages of `table`: (name, filters, stride), the stride being that of the first block.

    `blocks` is how many blocks each stage has; `block(filters, stride, name)` makes one.
    """
    return chain(
        block(filters, stride if number == 1 else 1, f"{stage}_block{number}")
        for (stage, filters, stride), count in zip(table, blocks, strict=True)
        for number in range(1, count + 1)
    )


def chain(parts: Iterable[Apply]) -> Apply:
    """Apply one part after the other."""
    links = tuple(parts)

    def apply(x: Any) -> Any:
        for part in links:
            x = part(x)
        return x

    return apply


def head(x: Any, top: Top | None) -> Any:
    """End the network: global average and one dense layer, or the features."""
    if top is None:
        return x
    x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
    return layers.Dense(top.classes, activation=top.activation, name="predictions")(x)
