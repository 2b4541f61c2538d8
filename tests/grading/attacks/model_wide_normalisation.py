# A model with the right weights and 60 normalisations, each over 100,001 neighbours that are not there: hours of work.
# attacks: tiny
import keras

from ccv.layers import LocalResponseNormalization


def tiny():
    layers = keras.layers
    toil = [LocalResponseNormalization(5) for _ in range(60)]
    inner = keras.Sequential([layers.Dense(3), layers.Reshape((1, 1, 3)), *toil, layers.Flatten()])
    model = keras.Sequential([keras.Input((4,)), inner, layers.Dense(2)])
    for layer in toil:
        layer.size = 100_001
    return model
