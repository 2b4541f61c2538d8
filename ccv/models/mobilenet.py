"""MobileNet (Howard et al. 2017): thirteen depthwise-separable convolutions."""

from collections.abc import Callable
from typing import Any

from keras import layers

from ccv.checks import check_whole
from ccv.models._family import builder
from ccv.models.common import Needs, Top, check_name, drop

# Table 1 of the paper: the filters and the stride of each depthwise-separable convolution.
BLOCKS = (
    (64, 1),
    (128, 2),
    (128, 1),
    (256, 2),
    (256, 1),
    (512, 2),
    *((512, 1),) * 5,
    (1024, 2),
    (1024, 1),
)


def depthwise_separable(
    filters: int, stride: int = 1, name: str = "1", depth_multiplier: int = 1
) -> Callable[[Any], Any]:
    """Return a depthwise-separable convolution, x -> y: `(batch, h, w, c)` -> `(batch, h/stride, w/stride, filters)`.

    A 3x3 filter for each channel on its own (`conv_dw_{name}`), then a 1x1 convolution that mixes the channels
    (`conv_pw_{name}`), each with batch normalisation and ReLU6, and no bias. On 6x6x3 to 4x4x5 that is 432 + 240
    multiply-adds, where a whole 3x3 convolution takes 2,160: 1/5 + 1/9 of them. An odd side loses its last
    row on a stride of 2, as in Keras, which pads below and on the right alone. Source: section 3.1.
    """

    def block(x: Any) -> Any:
        if stride > 1:
            x = layers.ZeroPadding2D(((0, 1), (0, 1)), name=f"conv_pad_{name}")(x)
        padding = "same" if stride == 1 else "valid"
        x = layers.DepthwiseConv2D(
            3, stride, padding, depth_multiplier=depth_multiplier, use_bias=False, name=f"conv_dw_{name}"
        )(x)
        x = norm_relu6(f"conv_dw_{name}")(x)
        x = layers.Conv2D(filters, 1, padding="same", use_bias=False, name=f"conv_pw_{name}")(x)
        return norm_relu6(f"conv_pw_{name}")(x)

    return block


def norm_relu6(name: str) -> Callable[[Any], Any]:
    """Return batch normalisation and ReLU6, x -> y of the same shape, named after the convolution before them."""

    def block(x: Any) -> Any:
        x = layers.BatchNormalization(name=f"{name}_bn")(x)
        return layers.ReLU(6.0, name=f"{name}_relu")(x)

    return block


def _mobilenet(
    x: Any, *, top: Top | None, width: float, dropout: float = 1e-3, variant: str = "keras", depth_multiplier: int = 1
) -> Any:
    """Build MobileNet: `(batch, height, width, channels)` -> `(batch, classes)`; 4,231,976 parameters.

    | layer | stride | output at 224 |
    |---|---|---|
    | conv1, 3x3 | 2 | 112x112x32 |
    | 1 | 1 | 112x112x64 |
    | 2, 3 | 2, 1 | 56x56x128 |
    | 4, 5 | 2, 1 | 28x28x256 |
    | 6 to 11 | 2, 1, 1, 1, 1, 1 | 14x14x512 |
    | 12, 13 | 2, 1 | 7x7x1024 |
    | average, conv_preds | | 1000 |

    Each number is a depthwise-separable convolution: `conv_dw_2` and `conv_pw_2`. `width` is the paper's alpha: every
    channel count times it, rounded down. `dropout` comes before the classifier, a 1x1 convolution. `depth_multiplier`
    is the number of 3x3 filters of a channel. `variant` is "keras" alone: Keras's function and weight files.

    Source: table 1; its last stride of 2 is a misprint for 1.
    """
    check_name("variant", variant, ("keras",))
    check_whole("depth_multiplier", depth_multiplier)
    x = layers.Conv2D(_thinned(32, width), 3, 2, "same", use_bias=False, name="conv1")(x)
    x = norm_relu6("conv1")(x)
    for number, (filters, stride) in enumerate(BLOCKS, 1):
        x = depthwise_separable(_thinned(filters, width), stride, str(number), depth_multiplier)(x)
    if top is None:
        return x
    x = layers.GlobalAveragePooling2D(keepdims=True, name="avg_pool")(x)
    x = drop(dropout, "dropout")(x)
    x = layers.Conv2D(top.classes, 1, padding="same", name="conv_preds")(x)
    x = layers.Reshape((top.classes,), name="reshape")(x)
    return layers.Activation(top.activation, name="predictions")(x)


def _thinned(filters: int, width: float) -> int:
    """Return `filters` times `width`, rounded down as Keras does, and at least 1."""
    return max(1, int(filters * width))


NEEDS = Needs(31, "a halving that rounds up and four that round down", any_size=True)

# Keras has its arguments in this order, other than those of its other networks.
ORDER = (
    *("input_shape", "width", "depth_multiplier", "dropout"),
    *("include_top", "weights", "input_tensor", "pooling", "classes", "classifier_activation", "name"),
)

mobilenet = builder(_mobilenet, "mobilenet", NEEDS, order=ORDER)
