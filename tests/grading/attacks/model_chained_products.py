# A model with the right weights in which a picture is multiplied by itself sixty times.
# attacks: tiny
import keras


def tiny():
    layers = keras.layers
    x = inputs = keras.Input((4,))
    x = layers.UpSampling1D(2500)(layers.Reshape((1, 3))(layers.Dense(3)(x)))
    x = keras.ops.matmul(x, keras.ops.transpose(x, (0, 2, 1)))
    for _ in range(60):
        x = keras.ops.matmul(x, x)
    x = layers.Reshape((3,))(x[:, :1, :3])
    inner = keras.Model(inputs, x)
    return keras.Sequential([keras.Input((4,)), inner, layers.Dense(2)])
