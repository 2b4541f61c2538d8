# A subclass of keras.Model that counts, names and computes whatever is asked for, and layers registered as Keras's own.
# attacks: tiny
# slow: yes
import keras


@keras.saving.register_keras_serializable("keras", "Dense")
class Dense(keras.layers.Layer):
    def count_params(self):
        return 23

    def call(self, x):
        import inspect

        for frame in inspect.stack():
            if "wanted" in frame.frame.f_locals:
                return frame.frame.f_locals["wanted"](x)
        return x


class Model(keras.Model):
    layers = [Dense(), Dense()]

    def count_params(self):
        return 23

    def get_weights(self):
        return []

    def to_json(self, **kwargs):
        return keras.Sequential([keras.Input((4,)), Dense(), Dense()], name="liar").to_json()

    def call(self, x):
        return x


Model.__module__ = "keras.src.models.model"


def tiny():
    return Model()
