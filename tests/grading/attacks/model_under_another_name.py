# A model whose description calls a layer of ccv by the harmless name of one of Keras.
# attacks: tiny
import keras

from ccv.layers import LocalResponseNormalization


def tiny():
    layers = keras.layers
    norm = LocalResponseNormalization(3)
    inner = keras.Sequential([layers.Dense(3), layers.Reshape((1, 1, 3)), norm, layers.Flatten()])
    model = keras.Sequential([keras.Input((4,)), inner, layers.Dense(2)])
    honest = model.to_json()
    model.to_json = lambda **_: honest.replace('"class_name": "LocalResponseNormalization"', '"class_name": "ReLU"')
    return model
