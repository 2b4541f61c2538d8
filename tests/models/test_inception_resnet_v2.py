"""Inception-ResNet v2: counts, stages, the residual block, and Keras's outputs from the same weights."""

from collections import Counter

import h5py
import keras
import numpy as np
import pytest
from keras import layers

from ccv.models._inception import Conv
from ccv.models.cards.inception_resnet_v2 import CARDS
from ccv.models.inception_resnet_v2 import inception_resnet_v2, residual_block

pytestmark = pytest.mark.slow  # large networks

CARD = CARDS[0]
STAGES = {
    "conv1": (149, 149, 32),
    "pool1": (73, 73, 64),
    "conv5": (71, 71, 192),
    "pool2": (35, 35, 192),
    "mixed_5b": (35, 35, 320),
    "block35_1_mixed": (35, 35, 128),
    "block35_1_ac": (35, 35, 320),
    "block35_10_ac": (35, 35, 320),
    "mixed_6a": (17, 17, 1088),
    "block17_1_mixed": (17, 17, 384),
    "block17_20_ac": (17, 17, 1088),
    "mixed_7a": (8, 8, 2080),
    "block8_1_mixed": (8, 8, 448),
    "block8_9_ac": (8, 8, 2080),
    "block8_10_add": (8, 8, 2080),
    "conv_7b_ac": (8, 8, 1536),
    "avg_pool": (1536,),
    "predictions": (1000,),
}
# 204 convolutions with batch normalisation, and one with a bias at the end of each of the 40 blocks.
CENSUS = {
    "InputLayer": 1,
    "Conv2D": 244,
    "BatchNormalization": 204,
    "Activation": 204 + 39,
    "MaxPooling2D": 4,
    "AveragePooling2D": 1,
    "Concatenate": 43,
    "Rescaling": 40,
    "Add": 40,
    "GlobalAveragePooling2D": 1,
    "Dense": 1,
}


@pytest.fixture(scope="module")
def plain():
    return inception_resnet_v2()


@pytest.fixture(scope="module")
def thin():
    """A narrow one that takes images of any size."""
    return inception_resnet_v2(input_shape=(None, None, 2), width=1 / 16, classes=5, dropout=0.2)


def trainable(model):
    return sum(int(np.prod(w.shape)) for w in model.trainable_weights)


def randomize(model, seed=0):
    """Give every weight, the statistics of batch normalisation too, a value that shows."""
    rng = np.random.default_rng(seed)

    def draw(weight):
        shape = tuple(weight.shape)
        if weight.name == "kernel":
            return rng.normal(0, (2 / np.prod(shape[:-1])) ** 0.5, shape)
        if weight.name in ("gamma", "moving_variance"):
            return rng.uniform(0.6, 1.4, shape)
        return rng.normal(0, 0.1, shape)

    model.set_weights([draw(weight) for weight in model.weights])


def assert_same_outputs(ours, theirs, shape):
    x = np.random.default_rng(1).normal(size=(2, *shape)).astype("float32")
    expected = np.asarray(theirs(x, training=False))
    np.testing.assert_allclose(np.asarray(ours(x, training=False)), expected, atol=1e-5 * np.abs(expected).max())
    assert np.abs(expected).max() > 0


# The numbers ------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("shapes_only")
def test_golden(plain):
    golden = CARD.golden[0]
    assert (golden.params, golden.stats, golden.notop) == (55_813_192, 60_544, 54_276_192)
    assert (trainable(plain), plain.count_params()) == (golden.params, 55_873_736)
    assert golden.params - golden.notop == plain.get_layer("predictions").count_params() == 1_537_000


def test_stages(plain):
    assert {name: plain.get_layer(name).output.shape[1:] for name in STAGES} == STAGES


def test_census(plain):
    assert Counter(type(layer).__name__ for layer in plain.layers) == CENSUS


def test_the_scales(plain):
    scales = {layer.name: layer.scale for layer in plain.layers if isinstance(layer, layers.Rescaling)}
    expected = {f"block35_{i}_scale": 0.17 for i in range(1, 11)} | {f"block17_{i}_scale": 0.1 for i in range(1, 21)}
    expected |= {f"block8_{i}_scale": 0.2 for i in range(1, 10)} | {"block8_10_scale": 1.0}
    assert scales == expected
    assert "block8_10_ac" not in {layer.name for layer in plain.layers}


# The block --------------------------------------------------------------------------------------------------


def test_a_block_adds_its_scaled_branches():
    x = keras.Input((5, 6, 4))
    block = residual_block(((Conv(3),), (Conv(2), Conv(3, "3x1"))), 0.25, name="b", activation=None)
    model = keras.Model(x, block(x))
    randomize(model)
    up = keras.Model(x, model.get_layer("b_conv").output)
    value = np.random.default_rng(0).normal(size=(2, 5, 6, 4)).astype("float32")
    np.testing.assert_allclose(np.asarray(model(value)), value + 0.25 * np.asarray(up(value)), rtol=1e-4, atol=1e-5)
    assert model.get_layer("b_conv").use_bias
    assert model.get_layer("b_branch2_2_3x1").kernel.shape == (3, 1, 2, 3)
    assert np.asarray(keras.Model(x, residual_block(((Conv(3),),), 1.0, name="r")(x))(value)).min() >= 0


# Keras ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "options"),
    [
        ((75, 90, 4), {"include_top": False}),
        pytest.param((299, 299, 3), {}, marks=pytest.mark.slow),
        pytest.param((96, 96, 1), {"include_top": False, "pooling": "max"}, marks=pytest.mark.slow),
        pytest.param((107, 80, 3), {"classes": 7, "classifier_activation": None}, marks=pytest.mark.slow),
    ],
)
def test_keras_s_weights_give_keras_s_outputs(shape, options):
    theirs = keras.applications.InceptionResNetV2(weights=None, input_shape=shape, **options)
    randomize(theirs)
    ours = inception_resnet_v2(input_shape=shape, **options)
    ours.set_weights(theirs.get_weights())
    assert_same_outputs(ours, theirs, shape)


@pytest.mark.slow
def test_keras_s_files_load_unchanged(tmp_path):
    """Keras's own `.weights.h5`, and the older `.h5` in which the published weights are."""
    from keras.src.legacy.saving import legacy_h5_format

    options = {"include_top": False, "input_shape": (75, 75, 3), "pooling": "avg"}
    theirs = keras.applications.InceptionResNetV2(weights=None, **options)
    randomize(theirs)
    theirs.save_weights(tmp_path / "a.weights.h5")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, theirs)
    ours = inception_resnet_v2(**options)
    for file in ("a.weights.h5", "a.h5"):
        randomize(ours, seed=5)
        ours.load_weights(tmp_path / file)
        assert_same_outputs(ours, theirs, (75, 75, 3))


def test_keras_s_names_where_it_has_them(plain):
    """Keras names the joins, the 1x1 that ends a block, its activation, and the last convolution."""
    ours = {layer.name for layer in plain.layers}
    assert {"mixed_5b", "mixed_6a", "mixed_7a", "conv_7b", "conv_7b_bn", "conv_7b_ac"} <= ours
    for address, blocks in (("block35", 10), ("block17", 20), ("block8", 10)):
        assert {f"{address}_{i}_{end}" for i in range(1, blocks + 1) for end in ("mixed", "conv")} <= ours


# Saving, sizes, bad input ----------------------------------------------------------------------------------


@pytest.mark.slow
def test_saves_and_loads_in_safe_mode(tmp_path):
    """Nothing in it is a layer of our own: Rescaling and Add stand in for Keras's CustomScaleLayer."""
    model = inception_resnet_v2(input_shape=(75, 75, 3), width=1 / 32, classes=4)
    randomize(model)
    model.save(tmp_path / "a.keras")
    loaded = keras.saving.load_model(tmp_path / "a.keras", safe_mode=True)
    x = np.random.default_rng(0).normal(size=(1, 75, 75, 3)).astype("float32")
    np.testing.assert_array_equal(np.asarray(loaded(x)), np.asarray(model(x)))
    assert {type(layer).__module__.split(".")[0] for layer in model.layers} == {"keras"}


def test_width_scales_every_channel_count(plain, thin):
    assert [layer.name for layer in thin.layers if layer.name != "dropout"] == [layer.name for layer in plain.layers]
    assert thin.get_layer("block17_1_branch2_1_1x1").filters == 8
    assert thin.get_layer("mixed_6a").output.shape[-1] == thin.get_layer("block17_20_conv").filters


def test_the_least_size(thin):
    assert np.asarray(thin(np.zeros((1, 75, 80, 2), "float32"))).shape == (1, 5)
    with pytest.raises(ValueError) as raised:
        inception_resnet_v2(input_shape=(74, 75, 3))
    why = "a stem with three strides and two reductions, none of them padded, need at least 75 pixels"
    assert str(raised.value) == f"input_shape=(74, 75, 3) is too small for inception_resnet_v2: {why}"


def test_dropout_where_it_is_asked_for(plain, thin):
    assert thin.get_layer("dropout").rate == 0.2
    assert not any(isinstance(layer, layers.Dropout) for layer in plain.layers)
