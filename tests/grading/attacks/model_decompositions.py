# A model with the right weights and thirty decompositions of a large matrix, which have no weights to count.
# attacks: tiny
# slow: yes
import keras


def tiny():
    layers = keras.layers
    x = inputs = keras.Input((4,))
    x = layers.UpSampling1D(1500)(layers.Reshape((1, 3))(layers.Dense(3)(x)))
    x = keras.ops.matmul(x, keras.ops.transpose(x, (0, 2, 1)))
    for _ in range(30):
        x = keras.ops.svd(x)[0]
    inner = keras.Model(inputs, layers.Reshape((3,))(x[:, :1, :3]))
    return keras.Sequential([keras.Input((4,)), inner, layers.Dense(2)])
