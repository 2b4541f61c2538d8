"""Classification with localisation: is there an object, where, and which one; after A. Ng's course."""

from typing import Any

from keras import layers

from ccv.models._family import builder
from ccv.models.common import Needs, Top, scaled

FILTERS = (16, 32, 64, 128)  # of the four blocks
UNITS = 128

NEEDS = Needs(16, "four halvings")


def _localizer(x: Any, *, top: Top | None, width: float) -> Any:
    """Build the localiser: `(batch, height, width, channels)` -> `(batch, 5 + classes)`; 360,744 parameters.

    | layer | 64x64x3 | parameters |
    |---|---|---|
    | block1: 3x3, ReLU, pool | 32x32x16 | 448 |
    | block2 | 16x16x32 | 4,640 |
    | block3 | 8x8x64 | 18,496 |
    | block4 | 4x4x128 | 73,856 |
    | fc | 128 | 262,272 |
    | objectness, box, class_probabilities | 1; 4; 3 | 129 + 516 + 387 |
    | predictions | the three, side by side: 8 | 0 |

    The output is the label of the lectures, `[Pc, bx, by, bh, bw, c1, c2, c3]`: whether there is an object, the
    centre, height and width of its box as fractions of the image's (all sigmoids), and its class, pedestrian, car
    or motorcycle there; background is `Pc = 0`, no class. The loss counts `Pc` always, the rest where there is an
    object. The head is dense on all positions: global average pooling would forget where the object is.

    `classifier_activation` is that of the classes alone (None: logits). With `include_top=False` the network ends after
    block4, by `pooling` (None, "avg", "max"). Source: A. Ng, "Convolutional Neural Networks", week 3.
    """
    for block, filters in enumerate(FILTERS, 1):
        x = layers.Conv2D(scaled(filters, width), 3, padding="same", activation="relu", name=f"block{block}_conv")(x)
        x = layers.MaxPooling2D(2, name=f"block{block}_pool")(x)
    if top is None:
        return x
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(scaled(UNITS, width), activation="relu", name="fc")(x)
    objectness = layers.Dense(1, activation="sigmoid", name="objectness")(x)
    box = layers.Dense(4, activation="sigmoid", name="box")(x)
    probabilities = layers.Dense(top.classes, activation=top.activation, name="class_probabilities")(x)
    return layers.Concatenate(name="predictions")([objectness, box, probabilities])


localizer = builder(_localizer, "localizer", NEEDS, classes=3)
