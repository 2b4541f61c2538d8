# A model with the right weights whose 150 poolings of a swollen picture are allowed one by one and take an hour together.
# attacks: tiny
# slow: yes
import keras


def tiny():
    layers = keras.layers
    swollen = [layers.Dense(3), layers.Reshape((1, 1, 3)), layers.UpSampling2D(3000)]
    toil = [layers.AveragePooling2D(15, strides=1, padding="same") for _ in range(150)]
    inner = keras.Sequential([*swollen, *toil, layers.GlobalAveragePooling2D()])
    return keras.Sequential([keras.Input((4,)), inner, layers.Dense(2)])
