"""Network in Network (Lin, Chen, Yan 2013): a small dense network at each pixel, and no dense layer at the end."""

from collections.abc import Callable
from typing import Any, NamedTuple

import keras
from keras import layers

from ccv.models._common import Needs, ceil_max_pooling, drop, finish, pool_features, scaled, start

POOLS: dict[str, Callable[[str], Callable[[Any], Any]]] = {
    "max": ceil_max_pooling,
    "avg": lambda name: layers.AveragePooling2D(3, 2, padding="same", name=name),
}


class Row(NamedTuple):
    """A row of a table: an mlpconv (kernel, filters of its convolutions, stride) and the 3x3 pooling after it."""

    kernel_size: int
    filters: tuple[int, ...]
    pool: str | None = None
    dropout: bool = False
    strides: int = 1


# The last convolution of the last row, one map per class, is the top.
IMAGENET = (
    Row(11, (96, 96, 96), "max", strides=4),
    Row(5, (256, 256, 256), "max"),
    Row(3, (384, 384, 384), "max", dropout=True),
    Row(3, (1024, 1024)),
)
CIFAR = (
    Row(5, (192, 160, 96), "max", dropout=True),
    Row(5, (192, 192, 192), "avg", dropout=True),
    Row(3, (192, 192)),
)
IMAGENET_NEEDS = Needs("nin", 39, "mlpconv1 with stride 4 and three 3x3 poolings with stride 2", any_size=True)
CIFAR_NEEDS = Needs("nin_cifar", 6, "two poolings with stride 2 of whole 3x3 windows", any_size=True)


def nin(
    include_top: bool = True,
    weights: Any = None,
    input_shape: tuple[int | None, int | None, int] = (224, 224, 3),
    classes: int = 1000,
    pooling: str | None = None,
    classifier_activation: Any = "softmax",
    name: str = "nin",
    *,
    width: float = 1.0,
    dropout: float = 0.5,
) -> keras.Model:
    """Build Network in Network for ImageNet: `(batch, height, width, channels)` -> `(batch, classes)`.

    | layer | 224x224x3 | parameters |
    |---|---|---|
    | mlpconv1 | 11x11, stride 4; 1x1; 1x1 -> 54x54x96 | 34,944 + 9,312 + 9,312 |
    | pool1 | 3x3, stride 2 -> 27x27x96 | 0 |
    | mlpconv2 | 5x5; 1x1; 1x1 -> 27x27x256 | 614,656 + 65,792 + 65,792 |
    | pool2 | 3x3, stride 2 -> 13x13x256 | 0 |
    | mlpconv3 | 3x3; 1x1; 1x1 -> 13x13x384 | 885,120 + 147,840 + 147,840 |
    | pool3 | 3x3, stride 2 -> 6x6x384; dropout | 0 |
    | mlpconv4 | 3x3; 1x1 -> 6x6x1024; the top: 1x1 -> 6x6x1000 | 3,539,968 + 1,049,600 + 1,025,000 |
    | gap, predictions | the mean of each map -> 1000; softmax | 0 |

    7,595,176 parameters. The paper describes only its CIFAR networks in detail; this is the authors' Caffe
    network. Every convolution has a ReLU, the last included, so logits are never negative. Pooling rounds up.

    With `include_top=False` the network ends with the 1024 maps, by `pooling` (None, "avg", "max"); `weights`
    is None or a file; `width` multiplies every channel count. Height and width may be None. Pixels:
    `card("nin").preprocessing`. Raises ValueError or TypeError, in one sentence, for an argument that does not
    fit, such as an image below 39 pixels. Source: Lin, Chen and Yan 2013, sections 3 and 4.
    """
    inputs = start(
        IMAGENET_NEEDS, include_top, weights, input_shape, classes, pooling, classifier_activation, name, width
    )
    x = _body(IMAGENET, width, dropout)(inputs)
    top = _top(classes, classifier_activation, "mlpconv4_conv3")
    return finish(
        IMAGENET_NEEDS, include_top, inputs, top(x) if include_top else pool_features(x, pooling), weights, name
    )


def nin_cifar(
    include_top: bool = True,
    weights: Any = None,
    input_shape: tuple[int | None, int | None, int] = (32, 32, 3),
    classes: int = 10,
    pooling: str | None = None,
    classifier_activation: Any = "softmax",
    name: str = "nin_cifar",
    *,
    width: float = 1.0,
    dropout: float = 0.5,
) -> keras.Model:
    """Build Network in Network for CIFAR-10: `(batch, height, width, channels)` -> `(batch, classes)`.

    | layer | 32x32x3 | parameters |
    |---|---|---|
    | mlpconv1 | 5x5, 192; 1x1, 160; 1x1, 96 -> 32x32x96 | 14,592 + 30,880 + 15,456 |
    | pool1 | maximum, 3x3, stride 2 -> 16x16x96; dropout | 0 |
    | mlpconv2 | 5x5; 1x1; 1x1 -> 16x16x192 | 460,992 + 37,056 + 37,056 |
    | pool2 | average, 3x3, stride 2 -> 8x8x192; dropout | 0 |
    | mlpconv3 | 3x3; 1x1 -> 8x8x192; the top: 1x1 -> 8x8x10 | 331,968 + 37,056 + 1,930 |
    | gap, predictions | the mean of each map -> 10; softmax | 0 |

    966,986 parameters; for 100 classes, `classes=100`. The arguments are those of `nin`. Raises ValueError or
    TypeError, in one sentence, for an argument that does not fit, such as an image below 6 pixels. Source: Lin,
    Chen and Yan 2013, section 4.2, and the authors' Caffe network.
    """
    inputs = start(CIFAR_NEEDS, include_top, weights, input_shape, classes, pooling, classifier_activation, name, width)
    x = _body(CIFAR, width, dropout)(inputs)
    top = _top(classes, classifier_activation, "mlpconv3_conv3")
    return finish(CIFAR_NEEDS, include_top, inputs, top(x) if include_top else pool_features(x, pooling), weights, name)


def mlpconv(kernel_size: int, filters: tuple[int, ...], strides: int = 1, *, name: str) -> Callable[[Any], Any]:
    """Return x -> a convolution, then 1x1 convolutions: at each pixel a dense network on its channels.

    A stride 1 keeps height and width; a larger one goes without a border.
    """
    padding = "same" if strides == 1 else "valid"
    first, *others = filters
    steps = [layers.Conv2D(first, kernel_size, strides, padding, activation="relu", name=f"{name}_conv1")]
    steps += [layers.Conv2D(n, 1, activation="relu", name=f"{name}_conv{i}") for i, n in enumerate(others, 2)]

    def apply(x: Any) -> Any:
        for step in steps:
            x = step(x)
        return x

    return apply


def _body(rows: tuple[Row, ...], width: float, dropout: float) -> Callable[[Any], Any]:
    def apply(x: Any) -> Any:
        for number, row in enumerate(rows, 1):
            filters = tuple(scaled(count, width) for count in row.filters)
            x = mlpconv(row.kernel_size, filters, row.strides, name=f"mlpconv{number}")(x)
            if row.pool:
                x = POOLS[row.pool](f"pool{number}")(x)
            if row.dropout:
                x = drop(dropout, f"dropout{number}")(x)
        return x

    return apply


def _top(classes: int, activation: Any, name: str) -> Callable[[Any], Any]:
    """Return x -> one map per class, their means, and the activation."""

    def apply(x: Any) -> Any:
        x = layers.Conv2D(classes, 1, activation="relu", name=name)(x)
        x = layers.GlobalAveragePooling2D(name="gap")(x)
        return layers.Activation(activation, name="predictions")(x)

    return apply
