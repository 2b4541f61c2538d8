"""What lab 11 asks of a model is measured on the rebuilt one: a class that lies about itself earns nothing."""

import pytest

from ccv.course.catalog import find_lab
from ccv.grading import check_live

LAB = find_lab("11_transfer")

# Nothing is frozen, and the model's class says otherwise.
OPEN_BASE = """
def add_head(base, classes, dropout=0.2):
    inputs = keras.Input(base.input_shape[1:])
    x = layers.GlobalAveragePooling2D()(base(inputs, training=False))
    outputs = layers.Dense(classes, activation="softmax")(layers.Dropout(dropout)(x))
    model = keras.Model(inputs, outputs)

    class Functional(type(model)):
        trainable_weights = property(lambda self: self.layers[-1].trainable_weights)
        train_on_batch = lambda self, *args, **kwargs: 0.0

    model.__class__ = Functional
    return model
"""
OPEN_LAYERS = """
def freeze_until(model, name):
    class Functional(type(model)):
        trainable_weights = property(lambda self: [])

    model.trainable = True
    model.__class__ = Functional
    return model
"""
OTHER_WEIGHTS = """
def add_head(base, classes, dropout=0.2):
    base = keras.models.clone_model(base)
    base.trainable = False
    return keras.Sequential([base, layers.GlobalAveragePooling2D(), layers.Dropout(dropout),
                             layers.Dense(classes, activation="softmax")])
"""


@pytest.mark.parametrize(
    ("exercise", "source"), [("add_head", OPEN_BASE), ("freeze_until", OPEN_LAYERS), ("add_head", OTHER_WEIGHTS)]
)
def test_what_a_model_says_of_itself_earns_nothing(exercise, source):
    namespace: dict = {}
    exec("import keras\nfrom keras import layers\n" + source, namespace)
    sheet = check_live(LAB.directory, namespace, [exercise])
    assert sheet.points == 0, str(sheet)
