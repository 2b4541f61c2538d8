"""EfficientNet B0 to B7 (Tan, Le 2019): one network, scaled in width, depth and resolution together."""

from typing import Any

from ccv.models._efficientnet import HALVINGS, KERAS, TORCH, TORCH_LARGE, Scale, classifier, features, preprocess
from ccv.models._family import builder
from ccv.models.common import Needs, Top, choose

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
STYLES = {name: {"keras": KERAS, "torch": TORCH if name < "efficientnet_b5" else TORCH_LARGE} for name in SCALES}


def _efficientnet(
    x: Any,
    network: str,
    *,
    top: Top | None,
    width: float,
    dropout: float | None = None,
    variant: str = "keras",
    drop_connect: float = 0.2,
    standardize: bool | None = None,
) -> Any:
    """A size of the network, `(batch, height, width, channels)` -> `(batch, classes)`; B0 is the one of the table:

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

    B1 to B7 have the same stages with more channels and repeats (`SCALES`) and the same options. `width` multiplies the
    channel counts once more, each to the nearest multiple of 8. `dropout` comes before the classifier (None: the one of
    the size), `drop_connect` is the stochastic depth of the last block, growing from 0 in the first.

    `variant`: "keras" is Keras's function and weight files, for pixels of 0 to 255, since the network begins with its
    own rescaling and normalisation; "torch" is torchvision's, with symmetric padding and its epsilons, and its pixels
    are standardised outside, as the card says. `standardize` is for Keras's *published* files, which need a third layer
    of preprocessing; None adds it with `weights="imagenet"` alone, as Keras does, and "torch" never has it.

    Source: table 1 and section 3.3.
    """
    style, scale = choose("variant", variant, STYLES[network]), SCALES[network]
    if style is KERAS:
        x = preprocess(x, bool(standardize))
    x = features(x, scale, width, drop_connect, style)
    if top is None:
        return x
    return classifier(top, scale.dropout if dropout is None else dropout)(x)


STANDARDIZED = {"standardize": False}  # but by Keras's published weights
NEEDS = Needs(17, HALVINGS, any_size=True)

efficientnet_b0 = builder(_efficientnet, "efficientnet_b0", NEEDS, "efficientnet_b0", by_weights=STANDARDIZED)
efficientnet_b1 = builder(_efficientnet, "efficientnet_b1", NEEDS, "efficientnet_b1", by_weights=STANDARDIZED)
efficientnet_b2 = builder(_efficientnet, "efficientnet_b2", NEEDS, "efficientnet_b2", by_weights=STANDARDIZED)
efficientnet_b3 = builder(_efficientnet, "efficientnet_b3", NEEDS, "efficientnet_b3", by_weights=STANDARDIZED)
efficientnet_b4 = builder(_efficientnet, "efficientnet_b4", NEEDS, "efficientnet_b4", by_weights=STANDARDIZED)
efficientnet_b5 = builder(_efficientnet, "efficientnet_b5", NEEDS, "efficientnet_b5", by_weights=STANDARDIZED)
efficientnet_b6 = builder(_efficientnet, "efficientnet_b6", NEEDS, "efficientnet_b6", by_weights=STANDARDIZED)
efficientnet_b7 = builder(_efficientnet, "efficientnet_b7", NEEDS, "efficientnet_b7", by_weights=STANDARDIZED)
