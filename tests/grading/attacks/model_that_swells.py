# A model with the right number of weights whose weightless layers blow a row of three numbers up to 130 GB.
# attacks: tiny
# slow: yes
import keras


def tiny():
    layers = keras.layers
    swelling = keras.Sequential(
        [
            layers.Dense(3),
            layers.Reshape((1, 1, 3)),
            layers.UpSampling2D(250),
            layers.UpSampling2D(240),
            layers.GlobalAveragePooling2D(),
        ]
    )
    return keras.Sequential([keras.Input((4,)), swelling, layers.Dense(2)])
