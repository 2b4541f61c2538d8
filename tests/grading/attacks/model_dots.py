# A model with the right weights and dot products of long tensors with themselves.
# attacks: tiny
# slow: yes
import keras


def tiny():
    layers = keras.layers
    x = inputs = keras.Input((4,))
    x = layers.UpSampling1D(12_000)(layers.Reshape((1, 3))(layers.Dense(3)(x)))
    for _ in range(30):
        x = layers.Cropping1D((0, 0))(layers.Dot(1)([layers.Dot(2)([x, x]), x]))
    inner = keras.Model(inputs, layers.Reshape((3,))(x[:, :1]))
    return keras.Sequential([keras.Input((4,)), inner, layers.Dense(2)])
