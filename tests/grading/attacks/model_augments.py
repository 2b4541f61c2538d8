# A model with the right weights and augmentations that cost what no budget of weights sees: elastic, blurred by 501.
# attacks: tiny
# slow: yes
import keras


def tiny():
    layers = keras.layers
    swollen = [layers.Dense(3), layers.Reshape((1, 1, 3)), layers.UpSampling2D(600)]
    toil = [layers.RandomElasticTransform(factor=1.0), layers.RandomGaussianBlur(factor=1.0, kernel_size=501)] * 10
    inner = keras.Sequential([*swollen, *toil, layers.GlobalAveragePooling2D()])
    return keras.Sequential([keras.Input((4,)), inner, layers.Dense(2)])
