"""ResNet V2: the function of Keras."""

from collections import Counter

import h5py
import keras
import numpy as np
import pytest
from keras.src.legacy.saving import legacy_h5_format

from ccv.models import resnet_v2
from ccv.models.cards import resnet_v2 as cards
from ccv.models.resnet_v2 import preactivated_block, resnet50v2

pytestmark = pytest.mark.slow  # large networks

CARDS = {card.name: card for card in cards.CARDS}
GOLDEN = [
    ("resnet50v2", 25_568_360, 45_440, 23_519_360),
    ("resnet101v2", 44_577_896, 97_664, 42_528_896),
    ("resnet152v2", 60_236_904, 143_744, 58_187_904),
]
# The strides are at the end of a stage, so conv2 ends with 28x28.
STAGES = {
    "conv1_conv": (112, 112, 64),
    "pool1_pool": (56, 56, 64),
    "conv2_block1_out": (56, 56, 256),
    "conv2_block3_out": (28, 28, 256),
    "conv3_block4_out": (14, 14, 512),
    "conv4_block6_out": (7, 7, 1024),
    "conv5_block3_out": (7, 7, 2048),
    "post_relu": (7, 7, 2048),
    "avg_pool": (2048,),
    "predictions": (1000,),
}
# 16 blocks: 4 projections, 3 pools in a shortcut, a padding before each 3x3.
CENSUS = {
    "InputLayer": 1, "ZeroPadding2D": 18, "Conv2D": 53, "BatchNormalization": 49, "Activation": 49, "Add": 16,
    "MaxPooling2D": 4, "GlobalAveragePooling2D": 1, "Dense": 1,
}  # fmt: skip


def count(weights):
    return sum(int(np.prod(weight.shape)) for weight in weights)


def randomized(model, seed=0):
    """Give every weight a value of its own, the statistics too."""
    generator = np.random.default_rng(seed)
    for weight in model.weights:
        if weight.name == "kernel":
            scale = np.sqrt(1.5 / np.prod(weight.shape[:-1]))
            weight.assign(scale * generator.standard_normal(weight.shape, "float32"))
        elif weight.name in ("gamma", "moving_variance"):
            weight.assign(generator.uniform(0.5, 1.2, weight.shape))
        else:
            weight.assign(generator.normal(0, 0.1, weight.shape))
    return model


def assert_same(model, peer, shape):
    x = np.random.default_rng(0).normal(size=(2, *shape)).astype("float32")
    ours, theirs = np.asarray(model(x, training=False)), np.asarray(peer(x, training=False))
    assert np.abs(ours - theirs).max() <= 1e-5 * np.abs(theirs).max()
    assert np.abs(theirs).max() > 0


@pytest.mark.usefixtures("shapes_only")
@pytest.mark.parametrize(("name", "params", "stats", "notop"), GOLDEN)
def test_golden(name, params, stats, notop):
    model = getattr(resnet_v2, name)()
    assert count(model.trainable_weights) == params
    assert count(model.non_trainable_weights) == stats
    assert params - count(model.get_layer("predictions").weights) == notop
    [golden] = CARDS[name].golden
    assert (golden.params, golden.stats, golden.notop) == (params, stats, notop)


@pytest.mark.usefixtures("shapes_only")
def test_stage_shapes_and_census():
    model = resnet50v2()
    for name, shape in STAGES.items():
        assert model.get_layer(name).output.shape[1:] == shape
    assert Counter(type(layer).__name__ for layer in model.layers) == CENSUS


def test_names_and_weight_files_are_those_of_keras(tmp_path):
    """Keras leaves the pools of the shortcuts without a name."""
    peer = randomized(keras.applications.ResNet50V2(weights=None, input_shape=(64, 64, 3), classes=10))
    peer.save_weights(tmp_path / "new.weights.h5")
    with h5py.File(tmp_path / "old.h5", "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, peer)
    model = resnet50v2(input_shape=(None, None, 3), classes=10, weights=tmp_path / "new.weights.h5")
    names = [(mine.name, theirs.name) for mine, theirs in zip(model.layers, peer.layers, strict=True)]
    different = [mine for mine, theirs in names if mine != theirs]
    assert different == ["input", "conv2_block3_0_pool", "conv3_block4_0_pool", "conv4_block6_0_pool"]
    assert_same(model, peer, (64, 64, 3))
    randomized(model, seed=1).load_weights(tmp_path / "old.h5")
    assert_same(model, peer, (64, 64, 3))


def test_the_outputs_of_keras_at_224(no_random_weights):
    peer = randomized(keras.applications.ResNet50V2(weights=None, classifier_activation=None))
    model = resnet50v2(classifier_activation=None)
    model.set_weights(peer.get_weights())
    assert_same(model, peer, (224, 224, 3))


@pytest.mark.parametrize(("channels", "pooling"), [(1, None), (3, "max"), (4, "avg")])
def test_the_features_of_keras(channels, pooling, no_random_weights):
    options = {"include_top": False, "input_shape": (75, 50, channels), "pooling": pooling}
    peer = randomized(keras.applications.ResNet50V2(weights=None, **options))
    model = resnet50v2(**options)
    model.set_weights(peer.get_weights())
    assert_same(model, peer, (75, 50, channels))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ResNet101V2", "ResNet152V2"])
def test_the_deeper_ones_are_those_of_keras(name, tmp_path):
    peer = randomized(getattr(keras.applications, name)(weights=None, input_shape=(64, 64, 3)))
    peer.save_weights(tmp_path / "a.weights.h5")
    model = getattr(resnet_v2, name.lower())(input_shape=(64, 64, 3), weights=tmp_path / "a.weights.h5")
    assert_same(model, peer, (64, 64, 3))


def test_the_shortcut_is_clean():
    """With weights of 0 the block passes negative values too: nothing comes after the addition."""
    x = np.random.default_rng(0).normal(size=(2, 7, 7, 8)).astype("float32")
    tensor = keras.Input(x.shape[1:])
    model = keras.Model(tensor, preactivated_block(2, 8, stride=2, name="block")(tensor))
    for weight in model.weights:
        weight.assign(np.zeros(weight.shape))
    np.testing.assert_array_equal(np.asarray(model(x, training=False)), x[:, ::2, ::2])


def test_too_small_an_image():
    with pytest.raises(ValueError, match=r"too small for resnet50v2: .* need at least 17 pixels"):
        resnet50v2(input_shape=(16, 32, 3))
    assert resnet50v2(width=1 / 16, input_shape=(17, 17, 3)).get_layer("post_relu").output.shape[1:3] == (1, 1)
