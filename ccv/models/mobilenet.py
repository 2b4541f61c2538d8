"""MobileNet (Howard et al. 2017): thirteen depthwise-separable convolutions."""

from collections.abc import Callable
from typing import Any

import keras
from keras import layers

from ccv.models._common import Needs, check_name, drop, finish, pool_features, start

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


def depthwise_separable(filters: int, stride: int = 1, name: str = "1") -> Callable[[Any], Any]:
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
        x = layers.DepthwiseConv2D(3, stride, padding, use_bias=False, name=f"conv_dw_{name}")(x)
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


def mobilenet(
    include_top: bool = True,
    weights: Any = None,
    input_shape: tuple[int | None, int | None, int] = (224, 224, 3),
    classes: int = 1000,
    pooling: str | None = None,
    classifier_activation: Any = "softmax",
    name: str = "mobilenet",
    *,
    width: float = 1.0,
    dropout: float = 1e-3,
    variant: str = "keras",
) -> keras.Model:
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

    Each number is a depthwise-separable convolution: `conv_dw_2` and `conv_pw_2`. `width` is the paper's alpha:
    every channel count times it, rounded down. `dropout` comes before the classifier, a 1x1 convolution.
    `variant` is "keras" alone: Keras's function and weight files. A height and width of None are allowed with
    the top too.

    Raises ValueError or TypeError, in one sentence, for an argument that does not fit. Source: table 1; its
    last stride of 2 is a misprint for 1.
    """
    why = "a halving that rounds up and four that round down"
    needs = Needs("mobilenet", 31, why, any_size=True)
    inputs = start(needs, include_top, weights, input_shape, classes, pooling, classifier_activation, name, width)
    check_name("variant", variant, ("keras",))
    x = layers.Conv2D(_thinned(32, width), 3, 2, "same", use_bias=False, name="conv1")(inputs)
    x = norm_relu6("conv1")(x)
    for number, (filters, stride) in enumerate(BLOCKS, 1):
        x = depthwise_separable(_thinned(filters, width), stride, name=str(number))(x)
    if not include_top:
        return finish(needs, include_top, inputs, pool_features(x, pooling), weights, name)
    x = layers.GlobalAveragePooling2D(keepdims=True, name="avg_pool")(x)
    x = drop(dropout, "dropout")(x)
    x = layers.Conv2D(classes, 1, padding="same", name="conv_preds")(x)
    x = layers.Reshape((classes,), name="reshape")(x)
    return finish(
        needs, include_top, inputs, layers.Activation(classifier_activation, name="predictions")(x), weights, name
    )


def _thinned(filters: int, width: float) -> int:
    """Return `filters` times `width`, rounded down as Keras does, and at least 1."""
    return max(1, int(filters * width))
