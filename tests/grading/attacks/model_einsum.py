# A model with the right weights and an outer product of outer products in one line.
# attacks: tiny
# slow: yes
import keras


def tiny():
    layers = keras.layers
    x = inputs = keras.Input((4,))
    x = layers.UpSampling1D(60)(layers.Reshape((1, 3))(layers.Dense(3)(x)))
    for _ in range(40):
        wide = keras.ops.einsum("bij,bkl->bikjl", x, x)
        x = keras.ops.mean(wide, axis=(2, 4))
    inner = keras.Model(inputs, layers.Reshape((3,))(x[:, :1, :3]))
    return keras.Sequential([keras.Input((4,)), inner, layers.Dense(2)])
