"""MobileNet: Keras's twin, the paper's table, and the slides' example of a separable convolution."""

from collections import Counter

import keras
import numpy as np
import pytest
from keras import ops

from ccv.models.mobilenet import BLOCKS, depthwise_separable, mobilenet

STAGES = {
    "conv1_relu": (112, 112, 32),
    "conv_pw_1_relu": (112, 112, 64),
    "conv_pad_2": (113, 113, 64),
    "conv_dw_2": (56, 56, 64),
    "conv_pw_3_relu": (56, 56, 128),
    "conv_pw_5_relu": (28, 28, 256),
    "conv_dw_6": (14, 14, 256),
    "conv_pw_6_relu": (14, 14, 512),
    "conv_pw_11_relu": (14, 14, 512),
    "conv_dw_12": (7, 7, 512),
    "conv_pw_13_relu": (7, 7, 1024),
    "avg_pool": (1, 1, 1024),
    "conv_preds": (1, 1, 1000),
    "predictions": (1000,),
}
CENSUS = {
    "InputLayer": 1,
    "Conv2D": 15,
    "DepthwiseConv2D": 13,
    "BatchNormalization": 27,
    "ReLU": 27,
    "ZeroPadding2D": 4,
    "GlobalAveragePooling2D": 1,
    "Dropout": 1,
    "Reshape": 1,
    "Activation": 1,
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


def multiply_adds(model):
    """Count a product per kernel weight and output position."""
    total = 0
    for layer in model.layers:
        for name in ("kernel", "depthwise_kernel", "pointwise_kernel"):
            if isinstance(getattr(layer, name, None), keras.Variable):
                total += int(np.prod(getattr(layer, name).shape)) * int(np.prod(layer.output.shape[1:-1]))
    return total


def test_stages_and_census():
    model = mobilenet()
    assert {name: model.get_layer(name).output.shape[1:] for name in STAGES} == STAGES
    assert Counter(type(layer).__name__ for layer in model.layers) == CENSUS
    assert len(BLOCKS) == 13
    weighted = [layer for layer in model.layers if "Conv2D" in type(layer).__name__]
    assert len(weighted) == 28


@pytest.mark.slow
@pytest.mark.parametrize(
    ("shape", "top"),
    [((224, 224, 3), True), ((64, 64, 1), True), ((75, 96, 4), True), ((224, 224, 3), False), ((97, 64, 1), False)],
)
def test_the_outputs_are_those_of_keras(shape, top):
    options = {"weights": None, "input_shape": shape, "include_top": top, "classifier_activation": None}
    theirs = randomised(keras.applications.MobileNet(**options))
    ours = mobilenet(**options)
    ours.set_weights(theirs.get_weights())
    assert_same_outputs(ours, theirs, images(shape, -1, 1))


@pytest.mark.parametrize("top", [True, False])
def test_the_files_of_keras_load(top, tmp_path):
    theirs = randomised(keras.applications.MobileNet(weights=None, include_top=top, input_shape=(64, 64, 3)))
    theirs.save_weights(tmp_path / "saved.weights.h5")
    theirs.save(tmp_path / "legacy.h5")
    ours = mobilenet(weights=tmp_path / "saved.weights.h5", include_top=top, input_shape=(64, 64, 3))
    legacy = mobilenet(include_top=top, input_shape=(64, 64, 3))
    legacy.load_weights(tmp_path / "legacy.h5")
    for model in (ours, legacy):
        for left, right in zip(model.get_weights(), theirs.get_weights(), strict=True):
            np.testing.assert_array_equal(left, right)


@pytest.mark.parametrize("width", [0.25, 0.5, 0.75, 1.3, 0.9])
def test_the_width_is_the_alpha_of_keras(width):
    theirs = keras.applications.MobileNet(alpha=width, weights=None, input_shape=(32, 32, 3))
    ours = mobilenet(width=width, input_shape=(32, 32, 3))
    assert [w.shape for w in ours.get_weights()] == [w.shape for w in theirs.get_weights()]


def test_a_very_small_width_leaves_a_channel():
    assert mobilenet(width=1e-3, input_shape=(32, 32, 3)).get_layer("conv1").filters == 1


def test_the_example_of_the_slides():
    """C-078, X-41, X-42: 6x6x3 to 4x4x5 takes 2,160 multiply-adds, separated 432 + 240; 135 parameters, or 27 + 15."""
    inputs = keras.Input((6, 6, 3))
    whole = keras.Model(inputs, keras.layers.Conv2D(5, 3, use_bias=False)(inputs))
    depthwise = keras.layers.DepthwiseConv2D(3, use_bias=False)(inputs)
    separated = keras.Model(inputs, keras.layers.Conv2D(5, 1, use_bias=False)(depthwise))
    assert (multiply_adds(whole), whole.count_params()) == (2_160, 135)
    assert [int(np.prod(w.shape)) for w in separated.weights] == [27, 15]
    assert multiply_adds(separated) == 432 + 240
    assert pytest.approx(1 / 5 + 1 / 9) == 672 / 2_160


def test_the_block_is_a_3x3_filter_per_channel_and_a_1x1_convolution():
    inputs = keras.Input((8, 6, 3))
    block = keras.Model(inputs, depthwise_separable(5, stride=2, name="7")(inputs))
    assert [layer.name for layer in block.layers[1:]] == [
        "conv_pad_7", "conv_dw_7", "conv_dw_7_bn", "conv_dw_7_relu", "conv_pw_7", "conv_pw_7_bn", "conv_pw_7_relu",
    ]  # fmt: skip
    assert block.output_shape == (None, 4, 3, 5)
    assert [tuple(layer.kernel.shape) for layer in block.layers if hasattr(layer, "kernel")] == [
        (3, 3, 3, 1),
        (1, 1, 3, 5),
    ]
    x = images((8, 6, 3), -1, 1)
    padded = np.pad(x, ((0, 0), (0, 1), (0, 1), (0, 0)))
    filters, mixing = (block.get_layer(name).get_weights()[0] for name in ("conv_dw_7", "conv_pw_7"))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), (1, 2))[:, ::2, ::2]
    depthwise = np.einsum("bhwcij,ijc->bhwc", windows, filters[..., 0])
    scale = 1 / np.sqrt(1 + 1e-3)  # of a batch normalisation that has seen nothing
    relu6 = np.clip(depthwise * scale, 0, 6)
    expected = np.clip(relu6 @ mixing[0, 0] * scale, 0, 6)
    np.testing.assert_allclose(ops.convert_to_numpy(block(x, training=False)), expected, atol=1e-6)


def test_the_least_image():
    """31 -> 16 -> 8 -> 4 -> 2 -> 1; at 30 the last depthwise convolution has no window left, for Keras too."""
    assert mobilenet(input_shape=(31, 31, 3)).get_layer("conv_pw_13").output.shape[1:3] == (1, 1)
    with pytest.raises(ValueError, match="a halving that rounds up and four that round down need at least 31 pixels"):
        mobilenet(input_shape=(30, 31, 3))


def test_any_size_with_the_top():
    model = randomised(mobilenet(input_shape=(None, None, 3), width=0.25, classifier_activation=None))
    fixed = mobilenet(input_shape=(45, 64, 3), width=0.25, classifier_activation=None)
    fixed.set_weights(model.get_weights())
    assert_same_outputs(fixed, model, images((45, 64, 3), -1, 1))


def test_an_unknown_variant():
    with pytest.raises(ValueError, match=r"variant.*'torch'.*choose from keras"):
        mobilenet(variant="torch")
