"""The Siamese network for one-shot recognition (Koch, Zemel, Salakhutdinov 2015)."""

from collections.abc import Callable
from typing import Any

import keras
from keras import layers

from ccv.layers import AbsoluteDifference
from ccv.models._family import builder
from ccv.models.common import Needs, Top, pool_features, scaled

# The tower: (filters, kernel size) of its convolutions; a pool after each but the last.
CONVOLUTIONS = ((64, 10), (128, 7), (128, 4), (256, 4))
EMBEDDING = 4096

NEEDS = Needs(65, "four 'valid' convolutions of 10, 7, 4 and 4 pixels and three halvings")


def _siamese(x: Any, *, top: Top | None, pooling: str | None, name: str, width: float) -> Any:
    """Build the Siamese network: two images `(batch, 105, 105, 1)` -> `(batch, 1)`, whether they show the same.

    | layer of the tower | 105x105x1 | parameters |
    |---|---|---|
    | conv1, pool1 | 10x10, 64 -> 96x96; 48x48x64 | 6,464 |
    | conv2, pool2 | 7x7, 128 -> 42x42; 21x21x128 | 401,536 |
    | conv3, pool3 | 4x4, 128 -> 18x18; 9x9x128 | 262,272 |
    | conv4 | 4x4, 256 -> 6x6x256 | 524,544 |
    | embedding | dense, sigmoid -> 4096 | 37,752,832 |
    | distance, predictions, after both towers | absolute difference; dense, sigmoid -> 1 | 4,097 |

    The two inputs, `left` and `right`, pass one tower, so its 38,947,648 weights exist once: 38,951,745 in all.
    A tower gives an embedding, no similarity: that is what the head makes of the distance. f(x, y) = f(y, x),
    and two equal images have distance 0. `model.get_layer("tower")` is the tower as a model of its own.

    `include_top=False` gives the tower alone: an image -> its embedding `(batch, 4096)`. With `pooling` "avg" or "max"
    it ends with the mean or maximum of conv4's maps instead of the dense layer, `(batch, 256)`, and takes images of any
    size; with the top `pooling` does nothing. `classes` is the number of scores, one in the paper. Source: Koch et al.
    2015, section 3.1 and figure 4.
    """
    pooling = None if top else pooling
    check_embedding_fits(x.shape[1:3], pooling)
    embedding = tower(width, pooling)(x)
    if top is None:
        return keras.Model(x, embedding, name=name)
    embed = keras.Model(x, embedding, name="tower")
    left, right = (keras.Input(x.shape[1:], name=side) for side in ("left", "right"))
    x = AbsoluteDifference(name="distance")([embed(left), embed(right)])
    x = layers.Dense(top.classes, activation=top.activation, name="predictions")(x)
    return keras.Model([left, right], x, name=name)


def tower(width: float, pooling: str | None = None) -> Callable[[Any], Any]:
    """Return x -> its embedding: `(batch, height, width, channels)` -> `(batch, 4096)`, or by `pooling` 256."""

    def apply(x: Any) -> Any:
        for number, (filters, kernel_size) in enumerate(CONVOLUTIONS, 1):
            x = layers.Conv2D(scaled(filters, width), kernel_size, activation="relu", name=f"conv{number}")(x)
            if number < len(CONVOLUTIONS):
                x = layers.MaxPooling2D(2, name=f"pool{number}")(x)
        if pooling:
            return pool_features(x, pooling)
        x = layers.Flatten(name="flatten")(x)
        return layers.Dense(scaled(EMBEDDING, width), activation="sigmoid", name="embedding")(x)

    return apply


def check_embedding_fits(sides: tuple[int | None, ...], pooling: str | None) -> None:
    """Raise ValueError for an open size under the dense embedding, which needs a fixed one."""
    if pooling is None and None in sides:
        raise ValueError("the embedding of siamese needs a fixed height and width; pooling='avg' or 'max' needs none")


siamese = builder(_siamese, "siamese", NEEDS, classes=1, classifier_activation="sigmoid")
