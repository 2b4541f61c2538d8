"""ZFNet (Zeiler, Fergus 2013): AlexNet with a smaller first filter and stride, found by looking at the maps."""

from collections.abc import Callable
from typing import Any

from keras import layers

from ccv.layers import LocalResponseNormalization
from ccv.models._family import builder
from ccv.models.alexnet import convolution, dense
from ccv.models.common import Needs, Top, ceil_max_pooling, choose, scaled

NEEDS = Needs(47, "two convolutions with stride 2 and three 3x3 poolings with stride 2")

# Filters of conv3, conv4 and conv5: the paper's figure 3, and the slides' bullets (an ablation in the paper).
VARIANTS = {"paper": (384, 384, 256), "slides": (512, 1024, 512)}


def _zfnet(
    x: Any,
    *,
    top: Top | None,
    width: float,
    dropout: float = 0.5,
    variant: str = "paper",
    contrast_normalization: bool = True,
) -> Any:
    """Build ZFNet: `(batch, height, width, channels)` -> `(batch, classes)`; 62,357,608 parameters.

    | layer | 224x224x3 | parameters | `variant="slides"` |
    |---|---|---|---|
    | conv1 | 96, 7x7, stride 2, a border of 1 -> 110x110x96 | 14,208 | 14,208 |
    | pool1, norm1 | 3x3, stride 2 -> 55x55x96; contrast normalisation | 0 | 0 |
    | conv2 | 256, 5x5, stride 2 -> 26x26x256 | 614,656 | 614,656 |
    | pool2, norm2 | 3x3, stride 2 -> 13x13x256; contrast normalisation | 0 | 0 |
    | conv3 | 384, 3x3 -> 13x13x384 | 885,120 | 512: 1,180,160 |
    | conv4 | 384, 3x3 -> 13x13x384 | 1,327,488 | 1024: 4,719,616 |
    | conv5 | 256, 3x3 -> 13x13x256 | 884,992 | 512: 4,719,104 |
    | pool5 | 3x3, stride 2 -> 6x6x256 | 0 | 6x6x512 |
    | fc6 | 4096, dropout | 37,752,832 | 75,501,568 |
    | fc7 | 4096, dropout | 16,781,312 | 16,781,312 |
    | predictions | 1000 | 4,097,000 | 4,097,000 |

    `variant="slides"` (107,627,624) has the widths of the slides' bullets, 512-1024-512, which the paper tries in an
    ablation. Pooling rounds up, as the figure's 110 -> 55 and 26 -> 13 need. The paper says "contrast normalized across
    feature maps" without constants; AlexNet's are taken, and `contrast_normalization=False` leaves the layers out.

    Source: Zeiler and Fergus 2013, figure 3 and table 3.
    """
    filters = choose("variant", variant, VARIANTS)
    if not isinstance(contrast_normalization, bool):
        raise TypeError(f"contrast_normalization={contrast_normalization!r} must be True or False")
    conv1, conv2, conv3, conv4, conv5 = (scaled(count, width) for count in (96, 256, *filters))

    x = layers.ZeroPadding2D(1, name="pad")(x)
    x = layers.Conv2D(conv1, 7, strides=2, activation="relu", name="conv1")(x)
    x = pool_and_normalize(contrast_normalization, "1")(x)
    x = layers.Conv2D(conv2, 5, strides=2, activation="relu", name="conv2")(x)
    x = pool_and_normalize(contrast_normalization, "2")(x)
    x = convolution(conv3, 3, name="conv3")(x)
    x = convolution(conv4, 3, name="conv4")(x)
    x = convolution(conv5, 3, name="conv5")(x)
    x = ceil_max_pooling("pool5")(x)
    if top is None:
        return x
    x = layers.Flatten(name="flatten")(x)
    x = dense(scaled(4096, width), dropout, name="fc6")(x)
    x = dense(scaled(4096, width), dropout, name="fc7")(x)
    return layers.Dense(top.classes, activation=top.activation, name="predictions")(x)


def pool_and_normalize(normalize: bool, number: str) -> Callable[[Any], Any]:
    """Return x -> x pooled (3x3, stride 2, rounding up), then normalised across the maps."""

    def apply(x: Any) -> Any:
        x = ceil_max_pooling(f"pool{number}")(x)
        return LocalResponseNormalization(name=f"norm{number}")(x) if normalize else x

    return apply


zfnet = builder(_zfnet, "zfnet", NEEDS)
