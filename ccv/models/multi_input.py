"""A network with three inputs, text, numbers and an image, each read in its own way and then fused."""

from collections.abc import Callable
from typing import Any

import keras
from keras import layers

from ccv.checks import check_whole
from ccv.models._family import builder
from ccv.models.common import Needs, Top, drop, pool_features, scaled

FILTERS = (16, 32, 64)  # of the image's three blocks
WORD, SENTENCE, NUMBERS, FUSED = 32, 64, 16, 64

NEEDS = Needs(8, "three halvings", any_size=True)


def _multi_input(
    x: Any,
    *,
    top: Top | None,
    pooling: str | None,
    name: str,
    width: float,
    dropout: float = 0.5,
    vocabulary: int = 1000,
    numbers: int = 8,
) -> Any:
    """Build the network of three inputs: `{"text", "numbers", "image"}` -> `(batch, classes)`; 90,490 parameters.

    | input | layers | features | parameters |
    |---|---|---|---|
    | text `(batch, words)` | word_vectors: a vector of 32 for each token; LSTM | 64 | 32,000 + 24,832 |
    | numbers `(batch, 8)` | dense, ReLU | 16 | 144 |
    | image `(batch, 64, 64, 3)` | 3 blocks of 3x3, ReLU, pool: 16, 32, 64; their means | 64 | 23,584 |
    | all three | side by side; dense, ReLU, dropout; dense | 144, 64, 10 | 9,280 + 650 |

    Feed a dictionary, also from a `tf.data.Dataset`. The text is integers from 0 to `vocabulary` - 1, as
    `keras.layers.TextVectorization` makes them, of any length; 0 is padding, which the LSTM passes over. `numbers` is
    how many there are. `input_shape` is the image's; its

    `pooling` says how the image's maps become features: None and "avg" by their means, "max" by their maxima.
    `include_top=False` gives the fused features `(batch, 144)`; `width` multiplies every channel count, the word
    vectors' and the LSTM's too. Source: the lectures' figure "Multiple input" (an RNN, a CNN and a dense layer, fused).
    """
    check_whole("vocabulary", vocabulary)
    check_whole("numbers", numbers)
    inputs = {
        "text": keras.Input((None,), dtype="int32", name="text"),
        "numbers": keras.Input((numbers,), name="numbers"),
        "image": keras.Input(x.shape[1:], name="image"),
    }
    features = [
        text_branch(vocabulary, width)(inputs["text"]),
        layers.Dense(scaled(NUMBERS, width), activation="relu", name="numbers_fc")(inputs["numbers"]),
        image_branch(width, pooling or "avg")(inputs["image"]),
    ]
    x = layers.Concatenate(name="fused")(features)
    if top is None:
        return keras.Model(inputs, x, name=name)
    x = layers.Dense(scaled(FUSED, width), activation="relu", name="fc")(x)
    x = drop(dropout, "fc_dropout")(x)
    x = layers.Dense(top.classes, activation=top.activation, name="predictions")(x)
    return keras.Model(inputs, x, name=name)


def text_branch(vocabulary: int, width: float) -> Callable[[Any], Any]:
    """Return x -> the last state of an LSTM over the words: `(batch, words)` -> `(batch, 64)`."""
    vectors = layers.Embedding(vocabulary, scaled(WORD, width), mask_zero=True, name="text_word_vectors")
    lstm = layers.LSTM(scaled(SENTENCE, width), name="text_lstm")
    return lambda x: lstm(vectors(x))


def image_branch(width: float, pooling: str) -> Callable[[Any], Any]:
    """Return x -> a small CNN, pooled: `(batch, height, width, channels)` -> `(batch, 64)`."""

    def apply(x: Any) -> Any:
        for number, filters in enumerate(FILTERS, 1):
            place = f"image_block{number}"
            x = layers.Conv2D(scaled(filters, width), 3, padding="same", activation="relu", name=f"{place}_conv")(x)
            x = layers.MaxPooling2D(2, name=f"{place}_pool")(x)
        return pool_features(x, pooling)

    return apply


multi_input = builder(_multi_input, "multi_input", NEEDS, classes=10)
