"""MobileNetV3: Keras's twins, small and large, and the paper's tables."""

from collections import Counter

import keras
import numpy as np
import pytest
from keras import ops

from ccv.models.cards.mobilenet import MOBILENET_V3_LARGE, MOBILENET_V3_SMALL
from ccv.models.mobilenet_v3 import (
    LARGE,
    SMALL,
    inverted_residual,
    mobilenet_v3_large,
    mobilenet_v3_small,
    squeeze_excite,
)

BUILDERS = {"small": mobilenet_v3_small, "large": mobilenet_v3_large}
TWINS = {"small": keras.applications.MobileNetV3Small, "large": keras.applications.MobileNetV3Large}
STAGES = {
    "small": {
        "conv_act": (112, 112, 16),
        "expanded_conv_squeeze_excite_conv": (1, 1, 8),
        "expanded_conv_project_bn": (56, 56, 16),
        "expanded_conv_2_add": (28, 28, 24),
        "expanded_conv_3_depthwise_pad": (31, 31, 96),
        "expanded_conv_5_add": (14, 14, 40),
        "expanded_conv_5_squeeze_excite_conv": (1, 1, 64),
        "expanded_conv_7_add": (14, 14, 48),
        "expanded_conv_10_add": (7, 7, 96),
        "conv_1_act": (7, 7, 576),
        "conv_2_act": (1, 1, 1024),
        "logits": (1, 1, 1000),
        "predictions": (1000,),
    },
    "large": {
        "conv_act": (112, 112, 16),
        "expanded_conv_add": (112, 112, 16),
        "expanded_conv_2_add": (56, 56, 24),
        "expanded_conv_5_add": (28, 28, 40),
        "expanded_conv_5_squeeze_excite_conv": (1, 1, 32),
        "expanded_conv_8_expand": (14, 14, 184),
        "expanded_conv_9_add": (14, 14, 80),
        "expanded_conv_11_add": (14, 14, 112),
        "expanded_conv_12_depthwise_pad": (17, 17, 672),
        "expanded_conv_14_add": (7, 7, 160),
        "conv_1_act": (7, 7, 960),
        "conv_2_act": (1, 1, 1280),
        "logits": (1, 1, 1000),
        "predictions": (1000,),
    },
}
CENSUS = {
    "small": {
        "InputLayer": 1, "Rescaling": 19, "Conv2D": 43, "DepthwiseConv2D": 11, "BatchNormalization": 34,
        "Activation": 25, "ZeroPadding2D": 4, "GlobalAveragePooling2D": 10, "ReLU": 9, "Multiply": 9, "Add": 6,
        "Dropout": 1, "Flatten": 1,
    },
    "large": {
        "InputLayer": 1, "Rescaling": 17, "Conv2D": 49, "DepthwiseConv2D": 15, "BatchNormalization": 46,
        "Activation": 33, "ZeroPadding2D": 4, "GlobalAveragePooling2D": 9, "ReLU": 8, "Multiply": 8, "Add": 10,
        "Dropout": 1, "Flatten": 1,
    },
}  # fmt: skip


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


@pytest.mark.usefixtures("shapes_only")
@pytest.mark.parametrize("size", BUILDERS)
def test_stages_and_census(size):
    model = BUILDERS[size]()
    assert {name: model.get_layer(name).output.shape[1:] for name in STAGES[size]} == STAGES[size]
    assert Counter(type(layer).__name__ for layer in model.layers) == CENSUS[size]


@pytest.mark.usefixtures("shapes_only")
@pytest.mark.parametrize(("size", "table"), [("small", SMALL), ("large", LARGE)])
def test_every_row_of_the_table(size, table):
    model = BUILDERS[size](input_shape=(64, 64, 3))
    names = [layer.name for layer in model.layers]
    for number, row in enumerate(table):
        name = f"expanded_conv_{number}" if number else "expanded_conv"
        depthwise, project = model.get_layer(f"{name}_depthwise"), model.get_layer(f"{name}_project")
        assert tuple(depthwise.kernel.shape) == (row.kernel_size, row.kernel_size, row.expanded, 1)
        assert depthwise.strides == (row.stride, row.stride)
        assert project.filters == row.filters
        assert model.get_layer(f"{name}_depthwise_act").activation is keras.activations.get(row.activation)
        assert (f"{name}_squeeze_excite_mul" in names) is row.squeeze
        assert (f"{name}_expand" in names) is (number > 0)


@pytest.mark.parametrize("size", BUILDERS)
@pytest.mark.parametrize(
    ("shape", "top"),
    [
        ((224, 224, 3), True),
        ((64, 64, 1), True),
        ((75, 96, 4), True),
        pytest.param((224, 224, 3), False, marks=pytest.mark.slow),
        ((97, 64, 1), False),
    ],
)
def test_the_outputs_are_those_of_keras(size, shape, top):
    options = {"weights": None, "input_shape": shape, "include_top": top, "classifier_activation": None}
    theirs = randomised(TWINS[size](**options))
    ours = BUILDERS[size](**options)
    ours.set_weights(theirs.get_weights())
    assert_same_outputs(ours, theirs, images(shape, 0, 255))


@pytest.mark.slow
@pytest.mark.parametrize("size", BUILDERS)
@pytest.mark.parametrize("options", [{"minimalistic": True}, {"include_preprocessing": False}], ids=str)
def test_the_other_forms_of_keras(size, options):
    common = {"weights": None, "input_shape": (64, 64, 3), "classifier_activation": None}
    theirs = randomised(TWINS[size](**common, **options))
    ours = BUILDERS[size](**common, **({"variant": "minimalistic"} if "minimalistic" in options else options))
    ours.set_weights(theirs.get_weights())
    assert_same_outputs(ours, theirs, images((64, 64, 3), -1, 1) * (127.5 if "minimalistic" in options else 1))


@pytest.mark.slow
@pytest.mark.parametrize("size", BUILDERS)
@pytest.mark.parametrize("top", [True, False])
def test_the_files_of_keras_load(size, top, tmp_path):
    theirs = randomised(TWINS[size](weights=None, include_top=top, input_shape=(64, 64, 3)))
    theirs.save_weights(tmp_path / "saved.weights.h5")
    theirs.save(tmp_path / "legacy.h5")
    ours = BUILDERS[size](weights=tmp_path / "saved.weights.h5", include_top=top, input_shape=(64, 64, 3))
    legacy = BUILDERS[size](include_top=top, input_shape=(64, 64, 3))
    legacy.load_weights(tmp_path / "legacy.h5")
    for model in (ours, legacy):
        for left, right in zip(model.get_weights(), theirs.get_weights(), strict=True):
            np.testing.assert_array_equal(left, right)


@pytest.mark.parametrize(
    ("size", "width"),
    [
        ("small", 0.25),
        *(
            pytest.param(size, width, marks=pytest.mark.slow)
            for size in BUILDERS
            for width in (0.25, 0.35, 0.5, 0.75, 1.3, 1.4)
            if (size, width) != ("small", 0.25)
        ),
    ],
)
def test_at_every_alpha_the_function_is_that_of_keras(size, width):
    """The 16 channels of the stem stay; rounding decides which blocks have a shortcut."""
    options = {"weights": None, "input_shape": (64, 64, 3), "classes": 10, "classifier_activation": None}
    theirs = randomised(TWINS[size](alpha=width, **options))
    ours = BUILDERS[size](width=width, **options)
    ours.set_weights(theirs.get_weights())
    x = images((64, 64, 3), 0, 255)
    assert_same_outputs(ours, theirs, x)
    np.testing.assert_array_equal(ours(x, training=False), theirs(x, training=False))


@pytest.mark.usefixtures("shapes_only")
@pytest.mark.parametrize(("size", "parameters"), [("small", 1_599_720), ("large", 2_702_512)])
def test_half_the_width_has_the_parameters_of_keras(size, parameters):
    theirs = TWINS[size](alpha=0.5, weights=None, input_shape=(32, 32, 3))
    assert BUILDERS[size](width=0.5, input_shape=(32, 32, 3)).count_params() == theirs.count_params() == parameters


def test_squeeze_and_excitation_by_hand():
    inputs = keras.Input((5, 4, 16))
    block = randomised(keras.Model(inputs, squeeze_excite("se")(inputs)))
    x = images((5, 4, 16), -3, 3)
    squeeze, squeeze_bias, excite, excite_bias = block.get_weights()
    assert squeeze.shape == (1, 1, 16, 8)  # not a quarter: never under 8
    hidden = np.maximum(x.mean((1, 2)) @ squeeze[0, 0] + squeeze_bias, 0)
    gate = np.clip((hidden @ excite[0, 0] + excite_bias + 3) / 6, 0, 1)
    np.testing.assert_allclose(ops.convert_to_numpy(block(x)), x * gate[:, None, None, :], atol=1e-5)


def test_the_block_adds_a_shortcut_where_the_shape_stays():
    inputs = keras.Input((9, 9, 24))
    same = keras.Model(inputs, inverted_residual(SMALL[2], name="b")(inputs))
    assert same.layers[-1].name == "b_add"
    halved = keras.Model(inputs, inverted_residual(SMALL[3], name="b")(inputs))
    assert halved.layers[-1].name == "b_project_bn"
    assert halved.output_shape == (None, 5, 5, 40)


def test_pixels_are_rescaled_inside():
    """KERAS_RAW: a plain call takes 0 to 255, as Keras's does."""
    assert MOBILENET_V3_SMALL.rescale == MOBILENET_V3_LARGE.rescale
    x = images((32, 32, 3), 0, 255)
    inside = randomised(mobilenet_v3_small(input_shape=(32, 32, 3)))
    outside = mobilenet_v3_small(input_shape=(32, 32, 3), include_preprocessing=False)
    outside.set_weights(inside.get_weights())
    raw = ops.convert_to_numpy(inside(np.asarray(MOBILENET_V3_SMALL.preprocessing(x)), training=False))
    np.testing.assert_allclose(ops.convert_to_numpy(outside(x / 127.5 - 1, training=False)), raw, rtol=1e-4, atol=1e-7)


@pytest.mark.slow
@pytest.mark.usefixtures("shapes_only")
@pytest.mark.parametrize("size", BUILDERS)
def test_the_form_of_torchvision(size):
    """Symmetric padding, the stem's too, its momentum, and no pixels rescaled inside, whatever the option says."""
    census = CENSUS[size] | {"Rescaling": CENSUS[size]["Rescaling"] - 1, "ZeroPadding2D": 5}
    for inside in (True, False):
        model = BUILDERS[size](variant="torch", include_preprocessing=inside)
        assert Counter(type(layer).__name__ for layer in model.layers) == census
    paddings = {layer.padding for layer in model.layers if isinstance(layer, keras.layers.ZeroPadding2D)}
    assert paddings == {((1, 1), (1, 1)), ((2, 2), (2, 2))}
    norms = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    assert {(norm.epsilon, norm.momentum) for norm in norms} == {(1e-3, 0.99)}
    assert {n: model.get_layer(n).output.shape[1:] for n in STAGES[size] if not n.endswith("_pad")} == {
        n: shape for n, shape in STAGES[size].items() if not n.endswith("_pad")
    }


def test_dropout():
    assert mobilenet_v3_small(input_shape=(32, 32, 3)).get_layer("dropout").rate == 0.2
    assert "dropout" not in [layer.name for layer in mobilenet_v3_small(input_shape=(32, 32, 3), dropout=0).layers]


@pytest.mark.parametrize("size", BUILDERS)
def test_the_least_image(size):
    last = "expanded_conv_8" if size == "small" else "expanded_conv_12"
    model = BUILDERS[size](input_shape=(17, 17, 3))
    assert model.get_layer(f"{last}_expand").output.shape[1:3] == (2, 2)
    assert model.get_layer("conv_1").output.shape[1:3] == (1, 1)
    with pytest.raises(ValueError, match="five halvings, the last of more than one cell, need at least 17 pixels"):
        BUILDERS[size](input_shape=(16, 17, 3))


def test_any_size_with_the_top():
    model = randomised(mobilenet_v3_small(input_shape=(None, None, 3), classes=4, classifier_activation=None))
    fixed = mobilenet_v3_small(input_shape=(64, 96, 3), classes=4, classifier_activation=None)
    fixed.set_weights(model.get_weights())
    assert_same_outputs(fixed, model, images((64, 96, 3), 0, 255))


def test_an_unknown_variant():
    with pytest.raises(ValueError, match=r"variant.*'minimalist'.*did you mean 'minimalistic'"):
        mobilenet_v3_large(variant="minimalist")
