"""MobileNetV2: Keras's twin, and torchvision's by an independent NumPy network that reads a state dict."""

from collections import Counter

import keras
import numpy as np
import pytest
from keras import ops

from ccv.models.mobilenet_v2 import inverted_residual, make_divisible, mobilenet_v2
from ccv.models.torch_names.mobilenet import torch_names

STAGES = {
    "Conv1_relu": (112, 112, 32),
    "expanded_conv_project_BN": (112, 112, 16),
    "block_1_expand": (112, 112, 96),
    "block_1_pad": (113, 113, 96),
    "block_1_project_BN": (56, 56, 24),
    "block_2_add": (56, 56, 24),
    "block_5_add": (28, 28, 32),
    "block_9_add": (14, 14, 64),
    "block_10_project_BN": (14, 14, 96),
    "block_12_add": (14, 14, 96),
    "block_13_depthwise": (7, 7, 576),
    "block_15_add": (7, 7, 160),
    "block_16_expand": (7, 7, 960),
    "block_16_project_BN": (7, 7, 320),
    "out_relu": (7, 7, 1280),
    "avg_pool": (1280,),
    "predictions": (1000,),
}
CENSUS = {
    "InputLayer": 1,
    "Conv2D": 35,
    "DepthwiseConv2D": 17,
    "BatchNormalization": 52,
    "ReLU": 35,
    "ZeroPadding2D": 4,
    "Add": 10,
    "GlobalAveragePooling2D": 1,
    "Dense": 1,
}
TORCH_CENSUS = CENSUS | {"ZeroPadding2D": 5, "Dropout": 1}


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


def trainable(model):
    return sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)


@pytest.mark.usefixtures("shapes_only")
@pytest.mark.parametrize(("variant", "census"), [("keras", CENSUS), ("torch", TORCH_CENSUS)])
def test_stages_and_census(variant, census):
    model = mobilenet_v2(variant=variant)
    stages = STAGES | ({"Conv1_pad": (226, 226, 3), "block_1_pad": (114, 114, 96)} if variant == "torch" else {})
    assert {name: model.get_layer(name).output.shape[1:] for name in stages} == stages
    assert Counter(type(layer).__name__ for layer in model.layers) == census


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
def test_the_outputs_are_those_of_keras(shape, top):
    options = {"weights": None, "input_shape": shape, "include_top": top, "classifier_activation": None}
    theirs = randomised(keras.applications.MobileNetV2(**options))
    ours = mobilenet_v2(**options)
    ours.set_weights(theirs.get_weights())
    assert_same_outputs(ours, theirs, images(shape, -1, 1))


@pytest.mark.slow
@pytest.mark.parametrize("top", [True, False])
def test_the_files_of_keras_load(top, tmp_path):
    theirs = randomised(keras.applications.MobileNetV2(weights=None, include_top=top, input_shape=(64, 64, 3)))
    theirs.save_weights(tmp_path / "saved.weights.h5")
    theirs.save(tmp_path / "legacy.h5")
    ours = mobilenet_v2(weights=tmp_path / "saved.weights.h5", include_top=top, input_shape=(64, 64, 3))
    legacy = mobilenet_v2(include_top=top, input_shape=(64, 64, 3))
    legacy.load_weights(tmp_path / "legacy.h5")
    for model in (ours, legacy):
        for left, right in zip(model.get_weights(), theirs.get_weights(), strict=True):
            np.testing.assert_array_equal(left, right)


@pytest.mark.slow
@pytest.mark.usefixtures("shapes_only")
@pytest.mark.parametrize("width", [0.25, 0.35, 0.5, 0.75, 1.3, 1.4])
def test_the_width_is_the_alpha_of_keras(width):
    theirs = keras.applications.MobileNetV2(alpha=width, weights=None, input_shape=(32, 32, 3))
    ours = mobilenet_v2(width=width, input_shape=(32, 32, 3))
    assert [w.shape for w in ours.weights] == [w.shape for w in theirs.weights]
    assert trainable(mobilenet_v2(width=width, input_shape=(32, 32, 3), variant="torch")) == trainable(ours)


@pytest.mark.parametrize(
    "width", [0.25, *(pytest.param(width, marks=pytest.mark.slow) for width in (0.35, 0.5, 0.75, 1.3, 1.4))]
)
def test_at_every_alpha_the_function_is_that_of_keras(width):
    """Also where rounding makes two counts equal and so a shortcut appears: 0.25's expanded_conv."""
    options = {"weights": None, "input_shape": (64, 64, 3), "classes": 10, "classifier_activation": None}
    theirs = randomised(keras.applications.MobileNetV2(alpha=width, **options))
    ours = mobilenet_v2(width=width, **options)
    ours.set_weights(theirs.get_weights())
    x = images((64, 64, 3), -1, 1)
    assert_same_outputs(ours, theirs, x)
    np.testing.assert_array_equal(ours(x, training=False), theirs(x, training=False))


@pytest.mark.usefixtures("shapes_only")
@pytest.mark.parametrize(("width", "joined"), [(1, False), (0.25, True), (1 / 8, True)])
def test_a_shortcut_is_where_the_shape_stays_in_both_variants(width, joined):
    for variant in ("keras", "torch"):
        model = mobilenet_v2(width=width, input_shape=(32, 32, 3), variant=variant)
        assert ("expanded_conv_add" in [layer.name for layer in model.layers]) == joined


@pytest.mark.parametrize(
    ("filters", "expected"), [(1, 8), (11, 16), (12, 16), (18, 24), (19, 24), (20, 24), (21, 24), (44, 48), (320, 320)]
)
def test_make_divisible(filters, expected):
    """The nearest multiple of 8, the upper one of two as near, and the next where 10 % would be lost: 18 is no 16."""
    assert make_divisible(filters) == expected


@pytest.mark.parametrize(
    ("expansion", "filters", "stride", "kinds", "output"),
    [
        (1, 8, 1, "DBRCB+", (7, 6, 8)),
        (6, 8, 1, "CBRDBRCB+", (7, 6, 8)),
        (6, 16, 1, "CBRDBRCB", (7, 6, 16)),
        (6, 8, 2, "CBRPDBRCB", (4, 3, 8)),
    ],
)
def test_the_block(expansion, filters, stride, kinds, output):
    letters = {
        "Conv2D": "C",
        "DepthwiseConv2D": "D",
        "BatchNormalization": "B",
        "ReLU": "R",
        "Add": "+",
        "ZeroPadding2D": "P",
    }
    inputs = keras.Input((7, 6, 8))
    block = keras.Model(inputs, inverted_residual(expansion, filters, stride, name="b")(inputs))
    assert "".join(letters[type(layer).__name__] for layer in block.layers[1:]) == kinds
    assert block.output_shape == (None, *output)
    assert block.get_layer("b_depthwise").kernel.shape == (3, 3, 8 * expansion, 1)
    names = {"b_" + part for part in ("expand", "depthwise", "project")}
    assert {layer.name for layer in block.layers} >= (names if expansion > 1 else names - {"b_expand"})


def test_what_the_variants_normalise_and_drop():
    ours, theirs = mobilenet_v2(), mobilenet_v2(variant="torch")
    for model, epsilon, momentum in ((ours, 1e-3, 0.999), (theirs, 1e-5, 0.9)):
        norms = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
        assert {(layer.epsilon, layer.momentum) for layer in norms} == {(epsilon, momentum)}
    assert theirs.get_layer("dropout").rate == 0.2
    assert mobilenet_v2(dropout=0.3).get_layer("dropout").rate == 0.3
    assert "dropout" not in [layer.name for layer in mobilenet_v2(variant="torch", dropout=0).layers]


# torchvision ------------------------------------------------------------------------------------------------


def state_dict_shapes():
    """Write down the state dict of torchvision 0.28's mobilenet_v2, without `num_batches_tracked`: 262 tensors."""
    shapes = {}

    def conv(name, out, into, size):
        shapes[f"{name}.weight"] = (out, into, size, size)

    def norm(name, channels):
        shapes.update({f"{name}.{part}": (channels,) for part in ("weight", "bias", "running_mean", "running_var")})

    conv("features.0.0", 32, 3, 3)
    norm("features.0.1", 32)
    conv("features.1.conv.0.0", 32, 1, 3)
    norm("features.1.conv.0.1", 32)
    conv("features.1.conv.1", 16, 32, 1)
    norm("features.1.conv.2", 16)
    outputs = [24] * 2 + [32] * 3 + [64] * 4 + [96] * 3 + [160] * 3 + [320]
    for number, (into, out) in enumerate(zip([16, *outputs], outputs, strict=False), 2):
        block = f"features.{number}.conv"
        conv(f"{block}.0.0", 6 * into, into, 1)
        norm(f"{block}.0.1", 6 * into)
        conv(f"{block}.1.0", 6 * into, 1, 3)
        norm(f"{block}.1.1", 6 * into)
        conv(f"{block}.2", out, 6 * into, 1)
        norm(f"{block}.3", out)
    conv("features.18.0", 1280, 320, 1)
    norm("features.18.1", 1280)
    shapes |= {"classifier.1.weight": (1000, 1280), "classifier.1.bias": (1000,)}
    return shapes


TORCH_PARTS = {
    "kernel": "weight",
    "bias": "bias",
    "gamma": "weight",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
}


def to_torch(weight, value):
    if "depthwise" in weight.path and weight.name == "kernel":
        return value.transpose(2, 3, 0, 1)
    return value.transpose(3, 2, 0, 1) if value.ndim == 4 else value.T


def state_dict(model):
    """Read a model as torchvision's state dict, through the table of names."""
    names = torch_names("mobilenet_v2", variant="torch")
    return {
        f"{names[layer.name]}.{TORCH_PARTS[weight.name]}": to_torch(weight, ops.convert_to_numpy(weight))
        for layer in model.layers
        for weight in layer.weights
    }


def test_the_names_cover_the_state_dict_and_every_layer():
    model = mobilenet_v2(variant="torch")
    found = {key: value.shape for key, value in state_dict(model).items()}
    assert found == state_dict_shapes()
    assert len(found) == 262
    assert set(torch_names("mobilenet_v2")) == {layer.name for layer in model.layers if layer.weights}
    with pytest.raises(ValueError, match="only for mobilenet_v2"):
        torch_names("mobilenet")


def numpy_conv(x, weight, stride=1, padding=0, groups=1):
    """Convolve `(batch, channels, height, width)` as torch.nn.functional.conv2d does, for 1 or all groups."""
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(x, weight.shape[2:], (2, 3))[:, :, ::stride, ::stride]
    if groups == 1:
        return np.einsum("bchwij,ocij->bohw", windows, weight, optimize=True)
    return np.einsum("bchwij,cij->bchw", windows, weight[:, 0], optimize=True)


def numpy_mobilenet_v2(state, x):
    """Compute torchvision's network from its state dict: x is `(batch, 3, height, width)`, the result the logits."""

    def norm(x, name):
        mean, variance, weight, bias = (
            state[f"{name}.{part}"][:, None, None] for part in ("running_mean", "running_var", "weight", "bias")
        )
        return (x - mean) / np.sqrt(variance + 1e-5) * weight + bias

    def conv_norm_relu6(x, name, **options):
        return np.clip(norm(numpy_conv(x, state[f"{name}.0.weight"], **options), f"{name}.1"), 0, 6)

    x = conv_norm_relu6(x, "features.0", stride=2, padding=1)
    for number in range(1, 18):
        block, shortcut, part = f"features.{number}.conv", x, 0
        if number > 1:
            x = conv_norm_relu6(x, f"{block}.0")
            part = 1
        stride = 2 if number in (2, 4, 7, 14) else 1
        x = conv_norm_relu6(x, f"{block}.{part}", stride=stride, padding=1, groups=x.shape[1])
        x = norm(numpy_conv(x, state[f"{block}.{part + 1}.weight"]), f"{block}.{part + 2}")
        if stride == 1 and x.shape == shortcut.shape:
            x = x + shortcut
    x = conv_norm_relu6(x, "features.18").mean((2, 3))
    return x @ state["classifier.1.weight"].T + state["classifier.1.bias"]


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(64, 64, 3), (75, 50, 3)])
def test_the_outputs_are_those_of_torchvision(shape):
    model = randomised(mobilenet_v2(variant="torch", input_shape=shape, classifier_activation=None))
    x = images(shape, -2, 2)
    expected = numpy_mobilenet_v2(
        {key: value.astype("float64") for key, value in state_dict(model).items()}, x.transpose(0, 3, 1, 2)
    )
    found = ops.convert_to_numpy(model(x, training=False))
    assert np.abs(found - expected).max() <= 1e-5 * np.abs(expected).max()
    keras_form = mobilenet_v2(input_shape=shape, classifier_activation=None)
    keras_form.set_weights(model.get_weights())
    other = ops.convert_to_numpy(keras_form(x, training=False))
    assert np.abs(other - expected).max() > 1e-3 * np.abs(expected).max()


# Bad input --------------------------------------------------------------------------------------------------


def test_the_least_image():
    """At 17 pixels the last halving is of 2 cells; at 16 it would be of one, which is padding all around."""
    model = mobilenet_v2(input_shape=(17, 17, 3))
    assert model.get_layer("block_13_expand").output.shape[1:3] == (2, 2)
    assert model.get_layer("block_16_project").output.shape[1:3] == (1, 1)
    with pytest.raises(ValueError, match="five halvings, the last of more than one cell, need at least 17 pixels"):
        mobilenet_v2(input_shape=(16, 17, 3))


@pytest.mark.parametrize(
    ("variant", "hint"), [("tourch", "did you mean 'torch'"), ("paper", "choose from keras, torch")]
)
def test_an_unknown_variant(variant, hint):
    with pytest.raises(ValueError, match=f"variant.*{variant!r}.*{hint}"):
        mobilenet_v2(variant=variant)


@pytest.mark.slow
@pytest.mark.parametrize("variant", ["keras", "torch"])
def test_any_size_with_the_top(variant):
    model = randomised(
        mobilenet_v2(input_shape=(None, None, 3), width=0.25, classifier_activation=None, variant=variant)
    )
    fixed = mobilenet_v2(input_shape=(64, 96, 3), width=0.25, classifier_activation=None, variant=variant)
    fixed.set_weights(model.get_weights())
    assert_same_outputs(fixed, model, images((64, 96, 3), -1, 1))
