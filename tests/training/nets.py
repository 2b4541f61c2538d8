"""Small networks and data that the tests of training share."""

import keras
import numpy as np

from ccv import data

layers = keras.layers


def tiny(activation="softmax", classes=10, dropout=0.2, seed=0):
    """A network with everything that a checkpoint must hold: statistics, dropout, momentum."""
    keras.utils.set_random_seed(seed)
    return keras.Sequential(
        [
            layers.Input((8, 8, 1)),
            layers.Rescaling(1 / 255),
            layers.Conv2D(4, 3, activation="relu"),
            layers.BatchNormalization(),
            layers.Flatten(),
            layers.Dropout(dropout),
            layers.Dense(classes, activation=activation),
        ],
        name="tiny",
    )


def digits(count=None, split="train"):
    images, labels = data.arrays("digits", split)
    return images[:count], labels[:count]


def same_weights(left, right):
    pairs = zip(left.get_weights(), right.get_weights(), strict=True)
    return all(np.array_equal(one, other) for one, other in pairs)
