# A model with the right weights that attends from each of sixty thousand places to each.
# attacks: tiny
# slow: yes
import keras


def tiny():
    layers = keras.layers
    x = inputs = keras.Input((4,))
    x = layers.UpSampling1D(60_000)(layers.Reshape((1, 3))(layers.Dense(3)(x)))
    for _ in range(20):
        x = layers.Attention()([x, x])
    inner = keras.Model(inputs, layers.Reshape((3,))(x[:, :1]))
    return keras.Sequential([keras.Input((4,)), inner, layers.Dense(2)])
