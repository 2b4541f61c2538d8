"""Graphs of every shape: shared layers, models in models, several inputs, open sizes, and what is refused."""

import keras
import pytest
from keras import layers

from ccv.anatomy import anatomy


def tower():
    parts = [keras.Input((8, 8, 1)), layers.Conv2D(2, 3, name="conv"), layers.GlobalAveragePooling2D(name="pool")]
    return keras.Sequential(parts, name="tower")


def test_a_shared_layer_counts_its_weights_once_and_its_work_every_time():
    inputs = keras.Input((8, 8, 4))
    conv = layers.Conv2D(4, 3, padding="same", name="conv")
    whole = anatomy(keras.Model(inputs, conv(conv(inputs))))
    assert [row.name for row in whole][1:] == ["conv", "conv (call 2)"]
    assert [row.parameters for row in whole] == [0, 148, 0]
    assert whole[2].arithmetic == "shared, counted above"
    assert whole.macs == 2 * 9 * 4 * 4 * 64
    assert whole.depth == 2
    assert whole[2].receptive_field == (5, 5)


def test_siamese_towers():
    left, right = keras.Input((8, 8, 1), name="left"), keras.Input((8, 8, 1), name="right")
    shared = tower()
    model = keras.Model([left, right], layers.Dense(1, name="same")(layers.Subtract()([shared(left), shared(right)])))
    whole = anatomy(model)
    assert whole.parameters == model.count_params() == 23
    assert whole.macs == 2 * 9 * 2 * 36 + 2
    assert "tower/conv" in str(whole) and "tower/conv (call 2)" in str(whole)
    assert whole.without_top is None


def test_models_in_models_are_entered():
    inner = keras.Sequential([keras.Input((8, 8, 1)), tower()], name="inner")
    model = keras.Sequential([keras.Input((8, 8, 1)), inner, layers.Dense(3, name="head")], name="outer")
    whole = anatomy(model)
    assert [row.name for row in whole][1:] == ["inner/tower/conv", "inner/tower/pool", "head"]
    assert whole.parameters == model.count_params()
    assert whole["inner/tower/conv"].receptive_field == (3, 3)
    assert whole.without_top == 20


def test_a_model_inside_has_the_size_of_its_call_and_not_its_own():
    inner_input = keras.Input((None, None, 3))
    inner = keras.Model(inner_input, layers.Conv2D(4, 3, name="conv")(inner_input), name="inner")
    inputs = keras.Input((10, 12, 3))
    whole = anatomy(keras.Model(inputs, inner(inputs)))
    assert whole[1].volume == "8x10x4"
    assert whole[1].macs == 27 * 4 * 80


def test_several_inputs_and_outputs():
    image, numbers = keras.Input((8, 8, 3), name="image"), keras.Input((5,), name="numbers")
    features = layers.Flatten()(layers.Conv2D(2, 3)(image))
    joined = layers.Concatenate()([features, layers.Dense(4)(numbers)])
    model = keras.Model({"image": image, "numbers": numbers}, [layers.Dense(2)(joined), layers.Dense(3)(features)])
    whole = anatomy(model)
    assert whole.parameters == model.count_params()
    assert [row.name for row in whole][:2] == ["image", "numbers"]
    assert sum(row.role == "input" for row in whole) == 2
    assert whole.macs == 27 * 2 * 36 + 20 + 76 * 2 + 72 * 3
    assert whole.values == 192 + 5 + 72 + 4 + 76 + 2 + 3


def test_operations_on_tensors_are_rows():
    inputs = keras.Input((8, 8, 3))
    x = keras.ops.relu(inputs * 2.0 + layers.Conv2D(3, 3, padding="same")(inputs))
    whole = anatomy(keras.Model(inputs, x))
    assert {"Multiply", "Add", "Relu"} <= {row.kind for row in whole}
    assert whole[-1].role == "activation" and whole[-1].values == 0


def test_a_deep_graph():
    x = inputs = keras.Input((4, 4, 1))
    for _ in range(300):
        x = layers.ReLU()(x)
    assert len(anatomy(keras.Model(inputs, x))) == 301


def open_model():
    inputs = keras.Input((None, None, 3), name="image")
    x = layers.Conv2D(4, 3, strides=2, padding="same", name="conv")(inputs)
    return keras.Model(inputs, layers.Dense(2)(layers.GlobalAveragePooling2D()(x)), name="open")


def test_an_open_size_is_asked_for():
    with pytest.raises(ValueError, match=r"the size of open's input is open.*pass input_shape=\(224, 224, 3\)"):
        anatomy(open_model())
    for given in ((16, 32, 3), [(16, 32, 3)], {"image": (16, 32, 3)}):
        whole = anatomy(open_model(), input_shape=given)
        assert whole["conv"].volume == "8x16x4"
        assert whole.macs == 27 * 4 * 128 + 8


def test_another_size_than_the_model_has():
    inputs = keras.Input((32, 32, 3))
    model = keras.Model(inputs, layers.GlobalAveragePooling2D()(layers.Conv2D(4, 3)(inputs)), name="small")
    assert anatomy(model, input_shape=(64, 64, 3))[1].volume == "62x62x4"
    fixed = keras.Model(inputs, layers.Dense(2, name="fc")(layers.Flatten()(inputs)), name="fixed")
    with pytest.raises(ValueError, match=r"fc has weights for 3,072 numbers and gets 12,288 at this size"):
        anatomy(fixed, input_shape=(64, 64, 3))


@pytest.mark.parametrize(
    ("shape", "says"),
    [
        ((16, 16, 1), "does not fit open"),
        ((16, 16), "does not fit open"),
        ((16, 0, 3), "integers above 0"),
        ((16, None, 3), "pass input_shape="),
        ([(16, 16, 3), (2,)], "has 1 inputs"),
        ({"picture": (16, 16, 3)}, "no input 'picture'"),
    ],
)
def test_a_shape_that_does_not_fit(shape, says):
    with pytest.raises(ValueError, match=says):
        anatomy(open_model(), input_shape=shape)


def test_a_sequential_model_without_an_input():
    model = keras.Sequential([layers.Conv2D(4, 3, name="conv")], name="early")
    with pytest.raises(ValueError, match="early has no input yet"):
        anatomy(model)
    assert anatomy(model, input_shape=(8, 8, 3))["conv"].parameters == 112
    assert not model.built


def test_what_is_refused():
    class Subclassed(keras.Model):
        def call(self, x):
            return x

    with pytest.raises(ValueError, match="sub is a subclassed model"):
        anatomy(Subclassed(name="sub"))
    with pytest.raises(TypeError, match="a Keras model is needed, not str"):
        anatomy("vgg16")
    with pytest.raises(TypeError, match="a Keras model is needed, not Dense"):
        anatomy(layers.Dense(2))


def test_a_classifier_that_is_a_convolution_is_the_top():
    """SqueezeNet and NiN: the head holds no weights, so that the last convolution is the classifier."""
    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(10, 1)(layers.Conv2D(4, 3)(inputs))
    x = layers.GlobalAveragePooling2D()(x)
    assert anatomy(keras.Model(inputs, layers.Softmax()(x))).without_top == 112
    assert anatomy(keras.Model(inputs, x)).without_top is None  # features, no classifier


def test_the_top_begins_with_the_first_weights_behind_the_maps():
    """A normalisation in between two dense layers is a part of it, one of the features is not."""
    inputs = keras.Input((8, 8, 3))
    x = layers.Flatten()(layers.Conv2D(4, 3)(inputs))
    x = layers.BatchNormalization()(layers.ReLU()(layers.Dense(10)(x)))
    assert anatomy(keras.Model(inputs, layers.Dense(2)(x))).without_top == 112
    pooled = layers.LayerNormalization()(layers.GlobalAveragePooling2D()(layers.Conv2D(4, 3)(inputs)))
    assert anatomy(keras.Model(inputs, layers.Dense(2)(pooled))).without_top == 112 + 8


def test_a_head_whose_scores_are_a_table_is_a_head():
    """Five digits of ten classes each: `(5, 10)` as a transformer's list of places is."""
    inputs = keras.Input((8, 8, 3))
    scores = layers.Reshape((5, 10))(layers.Dense(50)(layers.Flatten()(layers.Conv2D(4, 3)(inputs))))
    assert anatomy(keras.Model(inputs, layers.Softmax()(scores))).without_top == 112


def test_looking_up_a_row():
    whole = anatomy(tower())
    assert whole["conv"] is whole[1]
    with pytest.raises(ValueError, match="did you mean 'conv'"):
        whole["comv"]
