"""EfficientNet B0 to B7: Keras's twins, the paper's table and its scaling."""

from collections import Counter
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import ops

import ccv.models._efficientnet as network
import ccv.models.efficientnet as family
from ccv.models import _family
from ccv.models.cards.efficientnet import CARDS
from ccv.models.efficientnet import SCALES, efficientnet_b0, efficientnet_b1, efficientnet_b5
from ccv.models.weights import imagenet

pytestmark = pytest.mark.slow  # large networks

BUILDERS = {name: getattr(family, name) for name in SCALES}
GOLDENS = {card.name: card.golden[0] for card in CARDS}
STAGES = {
    "stem_conv_pad": (225, 225, 3),
    "stem_activation": (112, 112, 32),
    "block1a_se_reduce": (1, 1, 8),
    "block1a_project_bn": (112, 112, 16),
    "block2a_dwconv_pad": (113, 113, 96),
    "block2a_se_reduce": (1, 1, 4),
    "block2b_add": (56, 56, 24),
    "block3a_dwconv_pad": (59, 59, 144),
    "block3b_add": (28, 28, 40),
    "block4c_add": (14, 14, 80),
    "block5c_add": (14, 14, 112),
    "block6d_add": (7, 7, 192),
    "block6d_se_reduce": (1, 1, 48),
    "block7a_project_bn": (7, 7, 320),
    "top_activation": (7, 7, 1280),
    "avg_pool": (1280,),
    "predictions": (1000,),
}
CENSUS = {
    "InputLayer": 1,
    "Rescaling": 1,
    "Normalization": 1,
    "ZeroPadding2D": 5,
    "Conv2D": 65,
    "DepthwiseConv2D": 16,
    "BatchNormalization": 49,
    "Activation": 33,
    "GlobalAveragePooling2D": 17,
    "Reshape": 16,
    "Multiply": 16,
    "Dropout": 10,
    "Add": 9,
    "Dense": 1,
}
# Stem and last channels, channels of the seven stages, blocks in each.
SIZES = {
    "efficientnet_b0": (32, 1280, [16, 24, 40, 80, 112, 192, 320], [1, 2, 2, 3, 3, 4, 1]),
    "efficientnet_b1": (32, 1280, [16, 24, 40, 80, 112, 192, 320], [2, 3, 3, 4, 4, 5, 2]),
    "efficientnet_b2": (32, 1408, [16, 24, 48, 88, 120, 208, 352], [2, 3, 3, 4, 4, 5, 2]),
    "efficientnet_b3": (40, 1536, [24, 32, 48, 96, 136, 232, 384], [2, 3, 3, 5, 5, 6, 2]),
    "efficientnet_b4": (48, 1792, [24, 32, 56, 112, 160, 272, 448], [2, 4, 4, 6, 6, 8, 2]),
    "efficientnet_b5": (48, 2048, [24, 40, 64, 128, 176, 304, 512], [3, 5, 5, 7, 7, 9, 3]),
    "efficientnet_b6": (56, 2304, [32, 40, 72, 144, 200, 344, 576], [3, 6, 6, 8, 8, 11, 3]),
    "efficientnet_b7": (64, 2560, [32, 48, 80, 160, 224, 384, 640], [4, 7, 7, 10, 10, 13, 4]),
}
SLOW_FROM = 2
NAMES = [pytest.param(name, marks=[pytest.mark.slow] if int(name[-1]) >= SLOW_FROM else [], id=name) for name in SCALES]


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
    return give(model, [value.astype("float32") for value in values])


def give(model, values):
    """Set the weights, and tell the normalisation: Keras takes its mean and variance when it reads a file alone."""
    model.set_weights(values)
    for layer in model.layers:
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()
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


def test_without_the_top():
    for pooling, shape in ((None, (None, 2, 2, 1280)), ("avg", (None, 1280)), ("max", (None, 1280))):
        base = efficientnet_b0(include_top=False, input_shape=(64, 64, 3), pooling=pooling)
        assert base.output_shape == shape
        assert trainable(base) == GOLDENS["efficientnet_b0"].notop


def test_stages_and_census():
    model = efficientnet_b0()
    assert {name: model.get_layer(name).output.shape[1:] for name in STAGES} == STAGES
    assert Counter(type(layer).__name__ for layer in model.layers) == CENSUS


@pytest.mark.parametrize(("name", "epsilon", "momentum"), [("b0", 1e-5, 0.9), ("b4", 1e-5, 0.9), ("b5", 1e-3, 0.99)])
def test_the_form_of_torchvision(name, epsilon, momentum):
    """Symmetric padding, its epsilons and momenta, and no preprocessing inside, whatever `standardize` says."""
    model = BUILDERS[f"efficientnet_{name}"](variant="torch", input_shape=(64, 64, 1), standardize=True)
    assert not {"rescaling", "normalization", "standardize"} & {layer.name for layer in model.layers}
    paddings = {layer.padding for layer in model.layers if isinstance(layer, keras.layers.ZeroPadding2D)}
    assert paddings == {((1, 1), (1, 1)), ((2, 2), (2, 2))}
    norms = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    assert {(norm.epsilon, norm.momentum) for norm in norms} == {(epsilon, momentum)}
    ours = [layer.name for layer in BUILDERS[f"efficientnet_{name}"](input_shape=(64, 64, 3)).layers]
    assert [layer.name for layer in model.layers] == [n for n in ours if n not in ("rescaling", "normalization")]


@pytest.mark.parametrize("name", SCALES)
def test_the_scaled_sizes(name):
    stem, last, filters, repeats = SIZES[name]
    scale = SCALES[name]
    rows = list(network.blocks(scale))
    assert (scale.filters(32), scale.filters(1280)) == (stem, last)
    assert [row.filters for row in rows if row.name.endswith("a")] == filters
    assert [sum(row.name.startswith(f"block{stage}") for row in rows) for stage in range(1, 8)] == repeats
    assert [row.stride for row in rows if row.name.endswith("a")] == [1, 2, 2, 2, 1, 2, 1]
    assert [row.stride for row in rows if not row.name.endswith("a")] == [1] * (len(rows) - 7)
    card = next(card for card in CARDS if card.name == name)
    assert card.input_shape == (scale.resolution, scale.resolution, 3)


def test_b5_is_the_network_of_keras_at_a_small_size():
    """One of the large ones in ordinary tests: the same weights, in the same order, of the same shapes."""
    ours = efficientnet_b5(input_shape=(32, 32, 3), include_top=False)
    theirs = keras.applications.EfficientNetB5(weights=None, input_shape=(32, 32, 3), include_top=False)
    assert [w.shape for w in ours.get_weights()] == [w.shape for w in theirs.get_weights()]
    assert trainable(ours) == GOLDENS["efficientnet_b5"].notop
    kinds = Counter(type(layer).__name__ for layer in ours.layers)
    assert kinds == Counter(type(layer).__name__ for layer in theirs.layers)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in SCALES if name[-1] != "5"])
def test_the_others_are_the_networks_of_keras(name):
    shape = (32, 32, 3)
    theirs = getattr(keras.applications, f"EfficientNet{name[-2:].upper()}")(weights=None, input_shape=shape)
    assert [w.shape for w in BUILDERS[name](input_shape=shape).get_weights()] == [w.shape for w in theirs.get_weights()]


@pytest.mark.parametrize(
    ("shape", "top"),
    [((224, 224, 3), True), ((64, 64, 1), True), ((75, 96, 4), True), ((224, 224, 3), False), ((97, 64, 1), False)],
)
def test_the_outputs_are_those_of_keras(shape, top):
    options = {"weights": None, "input_shape": shape, "include_top": top, "classifier_activation": None}
    theirs = randomised(keras.applications.EfficientNetB0(**options))
    ours = efficientnet_b0(**options)
    give(ours, theirs.get_weights())
    assert_same_outputs(ours, theirs, images(shape, 0, 255))


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(240, 240, 3), (65, 64, 1)])
def test_the_outputs_of_b1_are_those_of_keras(shape):
    options = {"weights": None, "input_shape": shape, "classifier_activation": None}
    theirs = randomised(keras.applications.EfficientNetB1(**options))
    ours = efficientnet_b1(**options)
    give(ours, theirs.get_weights())
    assert_same_outputs(ours, theirs, images(shape, 0, 255))


@pytest.mark.parametrize("top", [True, False])
def test_the_files_of_keras_load(top, tmp_path):
    theirs = randomised(keras.applications.EfficientNetB0(weights=None, include_top=top, input_shape=(64, 64, 3)))
    theirs.save_weights(tmp_path / "saved.weights.h5")
    theirs.save(tmp_path / "legacy.h5")
    ours = efficientnet_b0(weights=tmp_path / "saved.weights.h5", include_top=top, input_shape=(64, 64, 3))
    legacy = efficientnet_b0(include_top=top, input_shape=(64, 64, 3))
    legacy.load_weights(tmp_path / "legacy.h5")
    x = images((64, 64, 3), 0, 255)
    for model in (ours, legacy):
        for left, right in zip(model.get_weights(), theirs.get_weights(), strict=True):
            np.testing.assert_array_equal(left, right)
        assert_same_outputs(model, theirs, x)


def test_a_published_file_needs_the_third_layer_of_preprocessing():
    """Keras's files hold deviations in the place of variances; `standardize` completes the division."""
    assert "standardize" not in [layer.name for layer in efficientnet_b0(input_shape=(32, 32, 3)).layers]
    model = efficientnet_b0(input_shape=(32, 32, 3), standardize=True)
    mean, deviation = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    model.get_layer("normalization").set_weights([mean, deviation, np.zeros((), "int64")])
    model.get_layer("normalization").finalize_state()
    first = keras.Model(model.input, model.get_layer("standardize").output)
    x = images((32, 32, 3), 0, 255)
    np.testing.assert_allclose(ops.convert_to_numpy(first(x)), (x / 255 - mean) / deviation, atol=1e-5)


def test_the_published_weights_bring_the_third_layer_as_in_keras(monkeypatch):
    monkeypatch.setattr(imagenet, "fetch", lambda file, name, include_top: file.url_notop)
    read = []
    monkeypatch.setattr(_family, "load_weights", lambda model, path: read.append(path))
    model = efficientnet_b0(input_shape=(32, 32, 3), include_top=False, weights="imagenet")
    assert [Path(path).name for path in read] == ["efficientnetb0_notop.h5"]
    scale = model.get_layer("standardize").scale
    np.testing.assert_allclose(scale, 1 / np.sqrt([0.229, 0.224, 0.225]))


def test_standardize_needs_colours():
    with pytest.raises(ValueError, match=r"input_shape=\(32, 32, 1\) must have 3 channels: ImageNet's deviations"):
        efficientnet_b0(input_shape=(32, 32, 1), standardize=True)


def test_stochastic_depth_grows_and_drops_whole_images():
    model = efficientnet_b0(input_shape=(32, 32, 3))
    drops = {layer.name: layer for layer in model.layers if layer.name.endswith("_drop")}
    assert [drops[name].rate for name in ("block2b_drop", "block6d_drop")] == pytest.approx(
        [0.2 * 2 / 16, 0.2 * 14 / 16]
    )
    assert {layer.noise_shape for layer in drops.values()} == {(None, 1, 1, 1)}
    assert not [
        layer for layer in efficientnet_b0(input_shape=(32, 32, 3), drop_connect=0).layers if "_drop" in layer.name[5:]
    ]


def test_dropout_is_the_size_s_or_yours():
    assert efficientnet_b0(input_shape=(32, 32, 3)).get_layer("top_dropout").rate == 0.2
    assert efficientnet_b0(input_shape=(32, 32, 3), dropout=0.5).get_layer("top_dropout").rate == 0.5
    assert [scale.dropout for scale in SCALES.values()] == [0.2, 0.2, 0.3, 0.3, 0.4, 0.4, 0.5, 0.5]


@pytest.mark.parametrize(("width", "expected"), [(1 / 8, (8, 160)), (0.5, (16, 640)), (2, (64, 2560))])
def test_width_multiplies_on_top(width, expected):
    scale = SCALES["efficientnet_b0"]
    assert (scale.filters(32, width), scale.filters(1280, width)) == expected
    model = efficientnet_b0(width=width, input_shape=(32, 32, 3))
    assert (model.get_layer("stem_conv").filters, model.get_layer("top_conv").filters) == expected
    assert all(layer.filters % 8 == 0 for layer in model.layers if layer.name.endswith("_project_conv"))


@pytest.mark.parametrize("width", [1 / 16, 1 / 8, 2])
def test_the_layers_are_the_same_at_every_width(width):
    plain, other = efficientnet_b0(input_shape=(32, 32, 3)), efficientnet_b0(input_shape=(32, 32, 3), width=width)
    assert [layer.name for layer in other.layers] == [layer.name for layer in plain.layers]


def test_initial_kernels_are_drawn_anew_for_every_layer():
    model = efficientnet_b0(input_shape=(32, 32, 3))
    left, right = (model.get_layer(f"block6{letter}_expand_conv").get_weights()[0] for letter in "bc")
    assert left.shape == right.shape
    assert not np.allclose(left, right)
    assert left.std() == pytest.approx((2 / left.shape[-1]) ** 0.5, rel=0.05)


def test_the_block():
    inputs = keras.Input((9, 8, 16))
    same = keras.Model(inputs, network.mbconv(network.Block(5, 6, 16, 1, True, "b"))(inputs))
    assert (same.layers[-1].name, same.output_shape) == ("b_add", (None, 9, 8, 16))
    halved = keras.Model(inputs, network.mbconv(network.Block(5, 6, 16, 2, False, "b"))(inputs))
    assert (halved.layers[-1].name, halved.output_shape) == ("b_project_bn", (None, 5, 4, 16))
    assert halved.get_layer("b_dwconv").kernel.shape == (5, 5, 96, 1)
    assert halved.get_layer("b_se_reduce").filters == 4  # of the 16 that come in, not of the 96
    narrow = keras.Model(inputs, network.mbconv(network.Block(3, 1, 8, 1, False, "b"))(inputs))
    assert "b_expand_conv" not in [layer.name for layer in narrow.layers]


def test_the_least_image():
    model = efficientnet_b0(input_shape=(17, 17, 3))
    assert model.get_layer("block6a_expand_conv").output.shape[1:3] == (2, 2)
    assert model.get_layer("top_conv").output.shape[1:3] == (1, 1)
    with pytest.raises(ValueError, match="five halvings, the last of more than one cell, need at least 17 pixels"):
        efficientnet_b0(input_shape=(17, 16, 3))


def test_any_size_with_the_top():
    model = randomised(efficientnet_b0(input_shape=(None, None, 3), classes=4, classifier_activation=None))
    fixed = efficientnet_b0(input_shape=(64, 96, 3), classes=4, classifier_activation=None)
    give(fixed, model.get_weights())
    assert_same_outputs(fixed, model, images((64, 96, 3), 0, 255))


def test_an_unknown_variant():
    with pytest.raises(ValueError, match=r"variant.*'kears'.*did you mean 'keras'"):
        efficientnet_b0(variant="kears")
