"""Xception: Keras's twin and the paper's figure."""

from collections import Counter

import keras
import numpy as np
import pytest
from keras import ops

from ccv.models.xception import halving_block, middle_block, xception

pytestmark = pytest.mark.slow  # large networks

STAGES = {
    "block1_conv1_act": (149, 149, 32),
    "block1_conv2_act": (147, 147, 64),
    "block2_sepconv2_bn": (147, 147, 128),
    "block2_add": (74, 74, 128),
    "block3_add": (37, 37, 256),
    "block4_residual_conv": (19, 19, 728),
    "block4_add": (19, 19, 728),
    "block5_add": (19, 19, 728),
    "block12_add": (19, 19, 728),
    "block13_sepconv1": (19, 19, 728),
    "block13_sepconv2": (19, 19, 1024),
    "block13_add": (10, 10, 1024),
    "block14_sepconv1_act": (10, 10, 1536),
    "block14_sepconv2_act": (10, 10, 2048),
    "avg_pool": (2048,),
    "predictions": (1000,),
}
CENSUS = {
    "InputLayer": 1,
    "Conv2D": 6,
    "SeparableConv2D": 34,
    "BatchNormalization": 40,
    "Activation": 35,
    "MaxPooling2D": 4,
    "Add": 12,
    "GlobalAveragePooling2D": 1,
    "Dense": 1,
}


def randomised(model, seed=0):
    """Give every weight a value that matters, statistics too, at a scale that keeps the signal alive."""
    generator = np.random.default_rng(seed)
    values = []
    for weight in model.weights:
        shape = tuple(weight.shape)
        if weight.name in ("gamma", "moving_variance", "variance"):
            values.append(generator.uniform(0.5, 1.5, shape))
        elif weight.name == "count":
            values.append(np.zeros(shape))
        elif len(shape) < 2:
            values.append(generator.normal(0, 0.2, shape))
        else:
            fan_in = np.prod(shape[:2] if shape[-1] == 1 else shape[:-1])  # depthwise kernels end with 1
            values.append(generator.normal(0, (2 / fan_in) ** 0.5, shape))
    model.set_weights([value.astype("float32") for value in values])
    return model


def images(shape, low, high):
    """Draw two images of pixels from `low` to `high`: noise, and brighter noise with a gradient."""
    x = np.random.default_rng(1).uniform(0, 1, (2, *shape))
    x[1] = 0.3 + 0.7 * x[1] * np.linspace(0, 1, shape[0])[:, None, None]
    return (low + (high - low) * x).astype("float32")


def assert_same_outputs(ours, theirs, x):
    expected = ops.convert_to_numpy(theirs(x, training=False))
    found = ops.convert_to_numpy(ours(x, training=False))
    assert found.shape == expected.shape
    assert expected.std() > 1e-3 * np.abs(expected).max() > 0, "the signal died: the test would show nothing"
    assert np.abs(expected[0] - expected[1]).max() > 1e-3 * np.abs(expected).max()
    assert np.abs(found - expected).max() <= 1e-5 * np.abs(expected).max()


def test_stages_and_census():
    model = xception()
    assert {name: model.get_layer(name).output.shape[1:] for name in STAGES} == STAGES
    assert Counter(type(layer).__name__ for layer in model.layers) == CENSUS


def test_keras_s_depth_is_the_layers_with_weights():
    """A-27: 81 = 40 convolutions + 40 normalisations + the dense layer; the paper's 36 leave the shortcuts out."""
    model = xception(input_shape=(71, 71, 3))
    assert sum(bool(layer.weights) for layer in model.layers) == 81
    convolutions = [layer.name for layer in model.layers if "Conv2D" in type(layer).__name__]
    assert len([name for name in convolutions if "residual" not in name]) == 36
    assert model.count_params() * 4 / 2**20 == pytest.approx(87.4, abs=0.05)


@pytest.mark.parametrize(
    ("shape", "top"),
    [((299, 299, 3), True), ((71, 71, 1), True), ((96, 80, 4), True), ((72, 75, 3), False), ((71, 90, 1), False)],
)
def test_the_outputs_are_those_of_keras(shape, top):
    options = {"weights": None, "input_shape": shape, "include_top": top, "classifier_activation": None}
    theirs = randomised(keras.applications.Xception(**options))
    ours = xception(**options)
    ours.set_weights(theirs.get_weights())
    assert_same_outputs(ours, theirs, images(shape, -1, 1))


@pytest.mark.parametrize("top", [True, False])
def test_the_files_of_keras_load(top, tmp_path):
    shape = (71, 71, 3)
    theirs = randomised(keras.applications.Xception(weights=None, include_top=top, input_shape=shape))
    theirs.save_weights(tmp_path / "saved.weights.h5")
    theirs.save(tmp_path / "legacy.h5")
    ours = xception(weights=tmp_path / "saved.weights.h5", include_top=top, input_shape=shape)
    legacy = xception(include_top=top, input_shape=shape)
    legacy.load_weights(tmp_path / "legacy.h5")
    for model in (ours, legacy):
        for left, right in zip(model.get_weights(), theirs.get_weights(), strict=True):
            np.testing.assert_array_equal(left, right)


def test_the_halving_block():
    inputs = keras.Input((9, 8, 4))
    block = keras.Model(inputs, halving_block(6, 10, "b")(inputs))
    assert block.output_shape == (None, 5, 4, 10)
    assert "b_sepconv1_act" in [layer.name for layer in block.layers]
    plain = keras.Model(inputs, halving_block(6, 10, "b", relu_first=False)(inputs))
    assert "b_sepconv1_act" not in [layer.name for layer in plain.layers]
    assert [tuple(w.shape) for w in plain.get_layer("b_sepconv1").weights] == [(3, 3, 4, 1), (1, 1, 4, 6)]


def test_the_middle_block_keeps_the_shape_and_is_the_identity_without_weights():
    inputs = keras.Input((7, 7, 5))
    block = keras.Model(inputs, middle_block(5, "b")(inputs))
    block.set_weights([np.zeros_like(w) if w.ndim == 4 else w for w in block.get_weights()])
    x = images((7, 7, 5), -1, 1)
    np.testing.assert_array_equal(ops.convert_to_numpy(block(x, training=False)), x)
    assert sum(isinstance(layer, keras.layers.SeparableConv2D) for layer in block.layers) == 3


def test_width_and_dropout():
    model = xception(width=1 / 8, input_shape=(32, 32, 3), classes=10, dropout=0.5)
    assert [model.get_layer(name).output.shape[-1] for name in ("block1_conv1", "block8_add", "block14_sepconv2")] == [
        4, 91, 256,
    ]  # fmt: skip
    assert model.get_layer("dropout").rate == 0.5


def test_the_least_image():
    """7 -> 3 -> 1, and every later layer is padded; Keras asks for 71."""
    assert xception(input_shape=(7, 7, 3), width=1 / 8).get_layer("block1_conv2").output.shape[1:3] == (1, 1)
    with pytest.raises(ValueError, match="one of stride 1 without padding need at least 7 pixels"):
        xception(input_shape=(6, 7, 3))


def test_any_size_with_the_top():
    model = randomised(xception(input_shape=(None, None, 3), width=1 / 8, classifier_activation=None))
    fixed = xception(input_shape=(45, 64, 3), width=1 / 8, classifier_activation=None)
    fixed.set_weights(model.get_weights())
    assert_same_outputs(fixed, model, images((45, 64, 3), -1, 1))


def test_an_unknown_variant():
    with pytest.raises(ValueError, match=r"variant.*'kears'.*did you mean 'keras'"):
        xception(variant="kears")
