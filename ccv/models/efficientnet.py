"""EfficientNet B0 to B7 (Tan, Le 2019): one network, scaled in width, depth and resolution together."""

from typing import Any

import keras

from ccv.models._common import Needs, check_name, finish, pool_features, start
from ccv.models._efficientnet import HALVINGS, Scale, classifier, features, preprocess

# Width, depth, resolution, dropout: in the paper 1.2^phi, 1.1^phi and 1.15^phi, then rounded by hand.
SCALES = {
    "efficientnet_b0": Scale(1.0, 1.0, 224, 0.2),
    "efficientnet_b1": Scale(1.0, 1.1, 240, 0.2),
    "efficientnet_b2": Scale(1.1, 1.2, 260, 0.3),
    "efficientnet_b3": Scale(1.2, 1.4, 300, 0.3),
    "efficientnet_b4": Scale(1.4, 1.8, 380, 0.4),
    "efficientnet_b5": Scale(1.6, 2.2, 456, 0.4),
    "efficientnet_b6": Scale(1.8, 2.6, 528, 0.5),
    "efficientnet_b7": Scale(2.0, 3.1, 600, 0.5),
}


def _build(
    builder: str,
    include_top: bool,
    weights: Any,
    input_shape: Any,
    classes: int,
    pooling: str | None,
    classifier_activation: Any,
    name: str,
    width: float,
    dropout: float | None,
    variant: str,
    drop_connect: float,
    standardize: bool | None,
) -> keras.Model:
    """Build the network of a row of `SCALES`."""
    needs = Needs(builder, 17, HALVINGS, any_size=True)
    inputs = start(needs, include_top, weights, input_shape, classes, pooling, classifier_activation, name, width)
    check_name("variant", variant, ("keras",))
    scale = SCALES[builder]
    if standardize is None:
        standardize = isinstance(weights, str) and weights == "imagenet"
    if standardize and inputs.shape[-1] != 3:
        raise ValueError(f"input_shape={tuple(input_shape)!r} must have 3 channels: ImageNet's deviations are of RGB")
    x = features(preprocess(inputs, standardize), scale, width, drop_connect)
    if not include_top:
        return finish(needs, include_top, inputs, pool_features(x, pooling), weights, name)
    rate = scale.dropout if dropout is None else dropout
    return finish(needs, include_top, inputs, classifier(classes, classifier_activation, rate)(x), weights, name)


def efficientnet_b0(
    include_top: bool = True,
    weights: Any = None,
    input_shape: tuple[int | None, int | None, int] = (224, 224, 3),
    classes: int = 1000,
    pooling: str | None = None,
    classifier_activation: Any = "softmax",
    name: str = "efficientnet_b0",
    *,
    width: float = 1.0,
    dropout: float | None = None,
    variant: str = "keras",
    drop_connect: float = 0.2,
    standardize: bool | None = None,
) -> keras.Model:
    """Build EfficientNet-B0: `(batch, height, width, channels)` -> `(batch, classes)`; 5,288,548 parameters.

    | stage | block | expansion, kernel | repeats | output at 224 |
    |---|---|---|---|---|
    | stem_conv | 3x3 | | 1 | 112x112x32 |
    | block1 | MBConv | 1, 3x3 | 1 | 112x112x16 |
    | block2 | MBConv | 6, 3x3 | 2 | 56x56x24 |
    | block3 | MBConv | 6, 5x5 | 2 | 28x28x40 |
    | block4 | MBConv | 6, 3x3 | 3 | 14x14x80 |
    | block5 | MBConv | 6, 5x5 | 3 | 14x14x112 |
    | block6 | MBConv | 6, 5x5 | 4 | 7x7x192 |
    | block7 | MBConv | 6, 3x3 | 1 | 7x7x320 |
    | top_conv | 1x1 | | 1 | 7x7x1280 |
    | avg_pool, predictions | | | | 1000 |

    B1 to B7 have the same stages with more channels and repeats (`SCALES`) and the same options. Pixels are
    0 to 255: the network begins with its own rescaling and normalisation. `width` multiplies the channel counts
    once more, each to the nearest multiple of 8. `dropout` comes before the classifier (None: the one of the
    size), `drop_connect` is the stochastic depth of the last block, growing from 0 in the first. `variant` is
    "keras" alone: Keras's function and weight files. `standardize` is for Keras's *published* files, which need
    a third layer of preprocessing; None adds it with `weights="imagenet"` alone, as Keras does. A height and
    width of None are allowed with the top too.

    Raises ValueError or TypeError, in one sentence, for an argument that does not fit. Source: table 1 and
    section 3.3.
    """
    common = (include_top, weights, input_shape, classes, pooling, classifier_activation, name, width)
    return _build("efficientnet_b0", *common, dropout, variant, drop_connect, standardize)


def efficientnet_b1(
    include_top: bool = True,
    weights: Any = None,
    input_shape: tuple[int | None, int | None, int] = (240, 240, 3),
    classes: int = 1000,
    pooling: str | None = None,
    classifier_activation: Any = "softmax",
    name: str = "efficientnet_b1",
    *,
    width: float = 1.0,
    dropout: float | None = None,
    variant: str = "keras",
    drop_connect: float = 0.2,
    standardize: bool | None = None,
) -> keras.Model:
    """Build EfficientNet-B1: as `efficientnet_b0`, 1.0 x the channels and 1.1 x the repeats; 7,794,184 parameters."""
    common = (include_top, weights, input_shape, classes, pooling, classifier_activation, name, width)
    return _build("efficientnet_b1", *common, dropout, variant, drop_connect, standardize)


def efficientnet_b2(
    include_top: bool = True,
    weights: Any = None,
    input_shape: tuple[int | None, int | None, int] = (260, 260, 3),
    classes: int = 1000,
    pooling: str | None = None,
    classifier_activation: Any = "softmax",
    name: str = "efficientnet_b2",
    *,
    width: float = 1.0,
    dropout: float | None = None,
    variant: str = "keras",
    drop_connect: float = 0.2,
    standardize: bool | None = None,
) -> keras.Model:
    """Build EfficientNet-B2: as `efficientnet_b0`, 1.1 x the channels and 1.2 x the repeats; 9,109,994 parameters."""
    common = (include_top, weights, input_shape, classes, pooling, classifier_activation, name, width)
    return _build("efficientnet_b2", *common, dropout, variant, drop_connect, standardize)


def efficientnet_b3(
    include_top: bool = True,
    weights: Any = None,
    input_shape: tuple[int | None, int | None, int] = (300, 300, 3),
    classes: int = 1000,
    pooling: str | None = None,
    classifier_activation: Any = "softmax",
    name: str = "efficientnet_b3",
    *,
    width: float = 1.0,
    dropout: float | None = None,
    variant: str = "keras",
    drop_connect: float = 0.2,
    standardize: bool | None = None,
) -> keras.Model:
    """Build EfficientNet-B3: as `efficientnet_b0`, 1.2 x the channels and 1.4 x the repeats; 12,233,232 parameters."""
    common = (include_top, weights, input_shape, classes, pooling, classifier_activation, name, width)
    return _build("efficientnet_b3", *common, dropout, variant, drop_connect, standardize)


def efficientnet_b4(
    include_top: bool = True,
    weights: Any = None,
    input_shape: tuple[int | None, int | None, int] = (380, 380, 3),
    classes: int = 1000,
    pooling: str | None = None,
    classifier_activation: Any = "softmax",
    name: str = "efficientnet_b4",
    *,
    width: float = 1.0,
    dropout: float | None = None,
    variant: str = "keras",
    drop_connect: float = 0.2,
    standardize: bool | None = None,
) -> keras.Model:
    """Build EfficientNet-B4: as `efficientnet_b0`, 1.4 x the channels and 1.8 x the repeats; 19,341,616 parameters."""
    common = (include_top, weights, input_shape, classes, pooling, classifier_activation, name, width)
    return _build("efficientnet_b4", *common, dropout, variant, drop_connect, standardize)


def efficientnet_b5(
    include_top: bool = True,
    weights: Any = None,
    input_shape: tuple[int | None, int | None, int] = (456, 456, 3),
    classes: int = 1000,
    pooling: str | None = None,
    classifier_activation: Any = "softmax",
    name: str = "efficientnet_b5",
    *,
    width: float = 1.0,
    dropout: float | None = None,
    variant: str = "keras",
    drop_connect: float = 0.2,
    standardize: bool | None = None,
) -> keras.Model:
    """Build EfficientNet-B5: as `efficientnet_b0`, 1.6 x the channels and 2.2 x the repeats; 30,389,784 parameters."""
    common = (include_top, weights, input_shape, classes, pooling, classifier_activation, name, width)
    return _build("efficientnet_b5", *common, dropout, variant, drop_connect, standardize)


def efficientnet_b6(
    include_top: bool = True,
    weights: Any = None,
    input_shape: tuple[int | None, int | None, int] = (528, 528, 3),
    classes: int = 1000,
    pooling: str | None = None,
    classifier_activation: Any = "softmax",
    name: str = "efficientnet_b6",
    *,
    width: float = 1.0,
    dropout: float | None = None,
    variant: str = "keras",
    drop_connect: float = 0.2,
    standardize: bool | None = None,
) -> keras.Model:
    """Build EfficientNet-B6: as `efficientnet_b0`, 1.8 x the channels and 2.6 x the repeats; 43,040,704 parameters."""
    common = (include_top, weights, input_shape, classes, pooling, classifier_activation, name, width)
    return _build("efficientnet_b6", *common, dropout, variant, drop_connect, standardize)


def efficientnet_b7(
    include_top: bool = True,
    weights: Any = None,
    input_shape: tuple[int | None, int | None, int] = (600, 600, 3),
    classes: int = 1000,
    pooling: str | None = None,
    classifier_activation: Any = "softmax",
    name: str = "efficientnet_b7",
    *,
    width: float = 1.0,
    dropout: float | None = None,
    variant: str = "keras",
    drop_connect: float = 0.2,
    standardize: bool | None = None,
) -> keras.Model:
    """Build EfficientNet-B7: as `efficientnet_b0`, 2.0 x the channels and 3.1 x the repeats; 66,347,960 parameters."""
    common = (include_top, weights, input_shape, classes, pooling, classifier_activation, name, width)
    return _build("efficientnet_b7", *common, dropout, variant, drop_connect, standardize)
