# A model whose kernels of few weights are spread over a million pixels that are not there.
# attacks: tiny
import keras


def tiny():
    layers = keras.layers
    toil = [layers.Conv2D(3, 3, padding="same", dilation_rate=30_000, use_bias=False) for _ in range(20)]
    inner = keras.Sequential([layers.Dense(3), layers.Reshape((1, 1, 3)), *toil, layers.Flatten()])
    return keras.Sequential([keras.Input((4,)), inner, layers.Dense(2)])
