"""ConvNeXt-T (Liu et al. 2022): a ResNet rebuilt with all that had changed around attention, but not attention."""

from collections.abc import Callable
from typing import Any

import keras
from keras import layers

from ccv.layers import LayerScale
from ccv.models._efficientnet import join
from ccv.models._family import builder
from ccv.models.cards import DEVIATION, MEAN
from ccv.models.common import Needs, Top, choose, pool_features, scaled

# Blocks and channels of the four stages.
STAGES = ((3, 96), (3, 192), (9, 384), (3, 768))
PREPROCESSING = {"keras": True, "torch": False}  # whether the network standardises raw pixels for itself


def norm(name: str) -> layers.Layer:
    """Return a layer normalisation: of the channels of each place, by their own mean and variance."""
    return layers.LayerNormalization(epsilon=1e-6, name=name)


def start() -> keras.initializers.Initializer:
    """Return how every kernel here starts."""
    return keras.initializers.TruncatedNormal(stddev=0.02)


def convnext_block(drop: float, name: str) -> Callable[[Any], Any]:
    """Return x -> y of the same shape: 7x7 depthwise, normalisation, 1x1 to four times the channels and back.

    An inverted bottleneck with one normalisation and one GELU; the 1x1 convolutions are dense layers of each place. In
    training, for a share `drop` of the images, the shortcut goes alone. Source: figure 4.
    """

    def block(x: Any) -> Any:
        entry, channels = x, x.shape[-1]
        x = layers.DepthwiseConv2D(7, padding="same", depthwise_initializer=start(), name=f"{name}_dwconv")(x)
        x = norm(f"{name}_norm")(x)
        x = layers.Dense(4 * channels, kernel_initializer=start(), name=f"{name}_expand")(x)
        x = layers.Activation("gelu", name=f"{name}_gelu")(x)
        x = layers.Dense(channels, kernel_initializer=start(), name=f"{name}_project")(x)
        x = LayerScale(1e-6, name=f"{name}_scale")(x)
        return join(x, entry, drop, name)

    return block


def halve(filters: int, side: int, name: str, first: bool) -> Callable[[Any], Any]:
    """Return a convolution whose windows do not overlap; normalised behind it where it is the first layer, else before.

    What is left over below and on the right, less than a window, is not seen.
    """
    convolve = layers.Conv2D(filters, side, side, kernel_initializer=start(), name=f"{name}_conv")
    normalise = norm(f"{name}_norm")
    return (lambda x: normalise(convolve(x))) if first else (lambda x: convolve(normalise(x)))


def standardize(x: Any) -> Any:
    """Take RGB pixels of 0 to 255 less ImageNet's mean, over its deviation; of other channels nothing is known."""
    if x.shape[-1] != len(MEAN):
        return x
    mean, variance = [255 * m for m in MEAN], [(255 * d) ** 2 for d in DEVIATION]
    return layers.Normalization(mean=mean, variance=variance, axis=-1, name="normalization")(x)


def _convnext(
    x: Any,
    stages: tuple[tuple[int, int], ...],
    *,
    top: Top | None,
    width: float,
    pooling: str | None,
    variant: str = "keras",
    drop_connect: float = 0.0,
) -> Any:
    """Build ConvNeXt-T: 28,589,128 parameters, no statistics, `(batch, h, w, channels)` -> `(batch, classes)`.

    | stage | output at 224 | |
    |---|---|---|
    | stem | 56x56x96 | 4x4, stride 4, normalised |
    | block1 | 56x56x96 | 3 x [7x7 depthwise, normalised, 1x1 384 with GELU, 1x1 96] |
    | down2, block2 | 28x28x192 | normalised, 2x2, stride 2; 3 x [7x7, 768, 192] |
    | down3, block3 | 14x14x384 | 9 x [7x7, 1536, 384] |
    | down4, block4 | 7x7x768 | 3 x [7x7, 3072, 768] |
    | avg_pool, head_norm, predictions | 1000 | the mean is normalised, then the dense layer |

    From ResNet-50, step by step: blocks 3:3:9:3, patches of 4x4 for a stem, depthwise convolutions, an inverted
    bottleneck, 7x7 kernels, GELU for ReLU, fewer activations and normalisations, layer for batch normalisation.

    `variant`: "keras" is the function of `keras.applications.ConvNeXtTiny`, for RGB pixels of 0 to 255, which it
    standardises itself; "torch" is torchvision's, for pixels that are standardised outside. All else is the same. As in
    Keras the network ends without the top with the normalisation, of its maps or of their `pooling`. `drop_connect` is
    the stochastic depth of the last block, growing from 0 in the first; the paper trains this size with 0.1.

    An image has 32 pixels or more a side, of which the stem and the halvings leave one. Source: Liu et al. 2022,
    section 2 and table 9.

    >>> convnext_tiny(width=1 / 8, classes=10).get_layer("block3i_add").output.shape
    (None, 14, 14, 48)
    """
    if choose("variant", variant, PREPROCESSING):
        x = standardize(x)
    total, done = sum(count for count, _ in stages), 0
    for number, (count, filters) in enumerate(stages, 1):
        name = "stem" if number == 1 else f"down{number}"
        x = halve(scaled(filters, width), 4 if number == 1 else 2, name, first=number == 1)(x)
        for letter in range(count):
            x = convnext_block(drop_connect * done / (total - 1), f"block{number}{chr(97 + letter)}")(x)
            done += 1
    x = norm("head_norm")(pool_features(x, "avg" if top else pooling))
    if top is None:
        return x
    return layers.Dense(top.classes, activation=top.activation, kernel_initializer=start(), name="predictions")(x)


NEEDS = Needs(32, "a stem of 4x4 and three halvings by 2x2 windows", any_size=True)

convnext_tiny = builder(_convnext, "convnext_tiny", NEEDS, STAGES)
