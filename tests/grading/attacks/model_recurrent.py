# A model with a recurrent layer over a hundred thousand steps, which hardly has weights.
# attacks: tiny
# slow: yes
import keras


def tiny():
    layers = keras.layers
    inner = keras.Sequential([layers.Dense(3), layers.RepeatVector(100_000), layers.SimpleRNN(3), layers.Dense(3)])
    return keras.Sequential([keras.Input((4,)), inner, layers.Dense(2)])
