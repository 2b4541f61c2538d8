"""Network in Network (Lin, Chen, Yan 2013): a small dense network at each pixel, and no dense layer at the end."""

from collections.abc import Callable
from typing import Any, NamedTuple

from keras import layers

from ccv.models._family import builder
from ccv.models.common import Needs, Top, ceil_max_pooling, drop, scaled

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
IMAGENET_NEEDS = Needs(39, "mlpconv1 with stride 4 and three 3x3 poolings with stride 2", any_size=True)
CIFAR_NEEDS = Needs(6, "two poolings with stride 2 of whole 3x3 windows", any_size=True)


def _nin(x: Any, *, top: Top | None, width: float, dropout: float = 0.5) -> Any:
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

    With `include_top=False` the network ends with the 1024 maps, by `pooling` (None, "avg", "max"). Source: Lin, Chen
    and Yan 2013, sections 3 and 4.
    """
    x = _body(IMAGENET, width, dropout)(x)
    return x if top is None else _end(top, "mlpconv4_conv3")(x)


def _nin_cifar(x: Any, *, top: Top | None, width: float, dropout: float = 0.5) -> Any:
    """Build Network in Network for CIFAR-10: `(batch, height, width, channels)` -> `(batch, classes)`.

    | layer | 32x32x3 | parameters |
    |---|---|---|
    | mlpconv1 | 5x5, 192; 1x1, 160; 1x1, 96 -> 32x32x96 | 14,592 + 30,880 + 15,456 |
    | pool1 | maximum, 3x3, stride 2 -> 16x16x96; dropout | 0 |
    | mlpconv2 | 5x5; 1x1; 1x1 -> 16x16x192 | 460,992 + 37,056 + 37,056 |
    | pool2 | average, 3x3, stride 2 -> 8x8x192; dropout | 0 |
    | mlpconv3 | 3x3; 1x1 -> 8x8x192; the top: 1x1 -> 8x8x10 | 331,968 + 37,056 + 1,930 |
    | gap, predictions | the mean of each map -> 10; softmax | 0 |

    966,986 parameters; for 100 classes, `classes=100`. Source: Lin, Chen and Yan
    2013, section 4.2, and the authors' Caffe network.
    """
    x = _body(CIFAR, width, dropout)(x)
    return x if top is None else _end(top, "mlpconv3_conv3")(x)


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


def _end(top: Top, name: str) -> Callable[[Any], Any]:
    """Return x -> one map per class, their means, and the activation."""

    def apply(x: Any) -> Any:
        x = layers.Conv2D(top.classes, 1, activation="relu", name=name)(x)
        x = layers.GlobalAveragePooling2D(name="gap")(x)
        return layers.Activation(top.activation, name="predictions")(x)

    return apply


nin = builder(_nin, "nin", IMAGENET_NEEDS)
nin_cifar = builder(_nin_cifar, "nin_cifar", CIFAR_NEEDS, classes=10)
