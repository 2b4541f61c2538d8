"""The small networks of the lectures: the X/O case study, Ng's worked example, the first Keras model."""

from typing import Any

import keras
import numpy as np
from keras import layers

from ccv.layers import Truncate
from ccv.models._family import builder
from ccv.models.common import Needs, Top, scaled

XO_NEEDS = Needs(3, "the 3x3 filters")
CNN_NEEDS = Needs(16, "two 5x5 convolutions and two halvings")
GENERATE_NEEDS = Needs(10, "two 3x3 convolutions and two halvings")

# The three features of an X: the diagonal, the crossing, the other diagonal.
XO_FILTERS = np.array(
    [
        [[1, -1, -1], [-1, 1, -1], [-1, -1, 1]],
        [[1, -1, 1], [-1, 1, -1], [1, -1, 1]],
        [[-1, -1, 1], [-1, 1, -1], [1, -1, -1]],
    ]
)
# Which of the twelve values speak for an X and which for an O; a vote is their mean.
XO_VOTERS = {"X": (0, 3, 4, 9, 10), "O": (1, 2, 8, 11)}


def _xo_net(
    x: Any, *, top: Top | None, weights: Any, width: float, trainable: bool | None = None, truncated: bool | None = None
) -> Any:
    """Build the X/O network: `(batch, 9, 9, 1)` of -1 and +1 -> `(batch, 2)`, the votes for X and O.

    conv 3x3 'valid', three filters without bias, divided by 9 -> 7x7x3 (27 parameters); ReLU; max pooling 2x2
    'same' -> 4x4x3; once more -> 2x2x3; the 12 values map by map; votes (24 parameters). The slides' X gets
    1.00 for X and 0.55 for O, their tricky X 0.816 and 0.55, an O 0.55 and 1.00.

    `weights="slides"` sets the fixed filters and votes (7 to 10 pixels, one channel, two classes); None starts from
    random ones at any size. `trainable` None freezes the slides' weights and trains others. `truncated` cuts the
    feature maps to two decimals, as the slides print them; None does so where nothing trains, since no gradient passes
    it. Source: "Feature extraction and convolution, a case study", after B. Rohrer.

    >>> xo_net().count_params()
    51
    """
    for option, value in (("trainable", trainable), ("truncated", truncated)):
        if value not in (None, True, False):
            raise TypeError(f"{option}={value!r} must be True, False or None")
    slides = isinstance(weights, str) and weights == "slides"
    trains = not slides if trainable is None else trainable
    truncates = not trains if truncated is None else truncated
    if trains and truncates:
        raise ValueError("truncated=True lets no gradient pass: use it with trainable=False")
    if slides:
        _check_slides_fit(x.shape[1:], top, width)
    x = layers.Conv2D(scaled(3, width), 3, use_bias=False, trainable=trains, name="conv")(x)
    if truncates:
        x = Truncate(2, name="truncate")(x)
    x = layers.ReLU(name="relu")(x)
    x = layers.MaxPooling2D(2, padding="same", name="pool1")(x)
    x = layers.MaxPooling2D(2, padding="same", name="pool2")(x)
    if top is None:
        return x
    x = layers.Permute((3, 1, 2), name="stack")(x)  # the slides list the values map by map
    x = layers.Flatten(name="flatten")(x)
    return layers.Dense(top.classes, use_bias=False, activation=top.activation, trainable=trains, name="votes")(x)


def _check_slides_fit(shape: Any, top: Top | None, width: float) -> None:
    """Refuse the slides' weights where filters or votes would have another shape."""
    sides_fit = all(side is not None and 7 <= side <= 10 for side in shape[:2])
    filters_fit = shape[2] == 1 and scaled(3, width) == 3
    if filters_fit and (top is None or (sides_fit and top.classes == 2)):
        return
    limits = "7 to 10 pixels, one channel, two classes and width 1"
    raise ValueError(f"the slides' weights fit {limits}: use weights=None for any other xo_net")


def _set_slides_weights(model: keras.Model) -> keras.Model:
    model.get_layer("conv").set_weights([XO_FILTERS.transpose(1, 2, 0)[:, :, None, :] / 9.0])
    if any(layer.name == "votes" for layer in model.layers):
        votes = np.zeros((12, 2))
        for column, voters in enumerate(XO_VOTERS.values()):
            votes[list(voters), column] = 1.0 / len(voters)
        model.get_layer("votes").set_weights([votes])
    return model


def _cnn_example(x: Any, *, top: Top | None, width: float) -> Any:
    """Build the "CNN example": `(batch, 32, 32, 3)` -> `(batch, 10)`; 62,958 parameters.

    | layer | output | parameters |
    |---|---|---|
    | conv1: 8 maps, 5x5 | 28x28x8 | 608 |
    | pool1: max 2x2 | 14x14x8 | 0 |
    | conv2: 16 maps, 5x5 | 10x10x16 | 3,216 |
    | pool2: max 2x2 | 5x5x16 | 0 |
    | fc3 | 120 | 48,120 |
    | fc4 | 84 | 10,164 |
    | predictions | 10 | 850 |

    Source: A. Ng, "Convolutional Neural Networks", week 1, with the corrected counts.

    >>> cnn_example().count_params()
    62958
    """
    x = layers.Conv2D(scaled(8, width), 5, activation="relu", name="conv1")(x)
    x = layers.MaxPooling2D(2, name="pool1")(x)
    x = layers.Conv2D(scaled(16, width), 5, activation="relu", name="conv2")(x)
    x = layers.MaxPooling2D(2, name="pool2")(x)
    if top is None:
        return x
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(scaled(120, width), activation="relu", name="fc3")(x)
    x = layers.Dense(scaled(84, width), activation="relu", name="fc4")(x)
    return layers.Dense(top.classes, activation=top.activation, name="predictions")(x)


def _generate_model(x: Any, *, top: Top | None, width: float) -> Any:
    """Build the slides' first model, repaired: `(batch, 28, 28, 1)` -> `(batch, 10)`; 1,668,490 parameters.

    | layer | output | parameters |
    |---|---|---|
    | conv1: 32 maps, 3x3 | 26x26x32 | 320 |
    | pool1: max 2x2 | 13x13x32 | 0 |
    | conv2: 64 maps, 3x3 | 11x11x64 | 18,496 |
    | pool2: max 2x2 | 5x5x64 | 0 |
    | fc | 1024 | 1,639,424 |
    | predictions | 10 | 10,250 |

    The slide never states its input; 28x28x1 is MNIST's. Source: "CNNs: example", after MIT 6.S191.

    >>> generate_model().count_params()
    1668490
    """
    x = layers.Conv2D(scaled(32, width), 3, activation="relu", name="conv1")(x)
    x = layers.MaxPooling2D(2, name="pool1")(x)
    x = layers.Conv2D(scaled(64, width), 3, activation="relu", name="conv2")(x)
    x = layers.MaxPooling2D(2, name="pool2")(x)
    if top is None:
        return x
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(scaled(1024, width), activation="relu", name="fc")(x)
    return layers.Dense(top.classes, activation=top.activation, name="predictions")(x)


SLIDES = {"slides": _set_slides_weights}

xo_net = builder(_xo_net, "xo_net", XO_NEEDS, presets=SLIDES, weights="slides", classes=2, classifier_activation=None)
cnn_example = builder(_cnn_example, "cnn_example", CNN_NEEDS, classes=10)
generate_model = builder(_generate_model, "generate_model", GENERATE_NEEDS, classes=10)
