# A model with the right weights that makes a large picture of a small one and back, four hundred times.
# attacks: tiny
# slow: yes
import keras


def tiny():
    layers = keras.layers
    toil = [layers.Resizing(*[4000, 1][i % 2 : i % 2 + 1] * 2, name=f"resizing{i}") for i in range(400)]
    inner = keras.Sequential([layers.Dense(3), layers.Reshape((1, 1, 3)), *toil, layers.Flatten()])
    return keras.Sequential([keras.Input((4,)), inner, layers.Dense(2)])
