"""ResNet and plain networks for CIFAR-10: section 4.2 of the paper (catalogue A-35, C-069)."""

from collections import Counter

import keras
import numpy as np
import pytest

from ccv.models import resnet_cifar
from ccv.models.cards import resnet_cifar as cards
from ccv.models.resnet_cifar import plainnet20, plainnet56, resnet20, resnet56

CARDS = {card.name: card for card in cards.CARDS}
GOLDEN = [
    ("resnet20", {}, 269_722, 1_376, 269_072),
    ("resnet20", {"shortcut": "B"}, 272_474, 1_568, 271_824),
    ("resnet20", {"shortcut": "C"}, 283_962, 2_048, 283_312),
    ("resnet56", {}, 853_018, 4_064, 852_368),
    ("resnet56", {"shortcut": "B"}, 855_770, 4_256, 855_120),
    ("plainnet20", {}, 269_722, 1_376, 269_072),
    ("plainnet56", {}, 853_018, 4_064, 852_368),
]
# n blocks in each stage
STAGES = {
    "conv1_relu": (32, 32, 16),
    "conv2_block{n}_out": (32, 32, 16),
    "conv3_block{n}_out": (16, 16, 32),
    "conv4_block{n}_out": (8, 8, 64),
    "avg_pool": (64,),
    "predictions": (10,),
}
ENDS = {"InputLayer": 1, "GlobalAveragePooling2D": 1, "Dense": 1, "ZeroPadding2D": 2}
PADDED = {"MaxPooling2D": 2, "PadChannels": 2}
CENSUS = {
    "plainnet20": {"Conv2D": 19, "BatchNormalization": 19, "Activation": 19},
    "plainnet56": {"Conv2D": 55, "BatchNormalization": 55, "Activation": 55},
    "resnet20": {"Conv2D": 19, "BatchNormalization": 19, "Activation": 19, "Add": 9} | PADDED,
    "resnet56": {"Conv2D": 55, "BatchNormalization": 55, "Activation": 55, "Add": 27} | PADDED,
}


def count(weights):
    return sum(int(np.prod(weight.shape)) for weight in weights)


@pytest.mark.usefixtures("shapes_only")
@pytest.mark.parametrize(("name", "options", "params", "stats", "notop"), GOLDEN)
def test_golden(name, options, params, stats, notop):
    model = getattr(resnet_cifar, name)(**options)
    assert count(model.trainable_weights) == params
    assert count(model.non_trainable_weights) == stats
    assert params - count(model.get_layer("predictions").weights) == notop
    [golden] = [golden for golden in CARDS[name].golden if golden.options == options]
    assert (golden.params, golden.stats, golden.notop) == (params, stats, notop)


def test_every_golden_of_the_cards_is_checked():
    assert len(GOLDEN) == sum(len(card.golden) for card in CARDS.values())


@pytest.mark.usefixtures("shapes_only")
@pytest.mark.parametrize("name", CENSUS)
def test_stage_shapes_and_census(name):
    model = getattr(resnet_cifar, name)()
    blocks = 3 if name.endswith("20") else 9
    for layer, shape in STAGES.items():
        assert model.get_layer(layer.format(n=blocks)).output.shape[1:] == shape
    assert Counter(type(layer).__name__ for layer in model.layers) == Counter(ENDS | CENSUS[name])


@pytest.mark.parametrize("depth", [20, 56])
def test_as_many_layers_as_the_name_says(depth):
    model = getattr(resnet_cifar, f"plainnet{depth}")()
    weighted = [layer for layer in model.layers if isinstance(layer, (keras.layers.Conv2D, keras.layers.Dense))]
    assert len(weighted) == depth


@pytest.mark.parametrize(("plain", "residual"), [(plainnet20, resnet20), (plainnet56, resnet56)])
def test_plain_and_residual_hold_the_same_weights(plain, residual):
    one, other = plain(), residual()
    other.set_weights(one.get_weights())
    for layer in one.layers:
        assert [w.shape for w in layer.weights] == [w.shape for w in other.get_layer(layer.name).weights]
    x = np.random.default_rng(0).normal(size=(2, 32, 32, 3)).astype("float32")
    assert not np.allclose(np.asarray(one(x)), np.asarray(other(x)))


@pytest.mark.parametrize(("shortcut", "projections", "padded"), [("A", 0, 2), ("B", 2, 0), ("C", 9, 0)])
def test_the_shortcuts(shortcut, projections, padded):
    kinds = [type(layer).__name__ for layer in resnet20(shortcut=shortcut).layers]
    assert kinds.count("PadChannels") == padded
    assert kinds.count("Conv2D") == 19 + projections


def test_shortcuts_without_weights_save_and_load_in_safe_mode(tmp_path):
    model = resnet20(shortcut="A")
    x = np.random.default_rng(0).normal(size=(2, 32, 32, 3)).astype("float32")
    model.save(tmp_path / "a.keras")
    loaded = keras.saving.load_model(tmp_path / "a.keras", safe_mode=True)
    np.testing.assert_array_equal(np.asarray(model(x)), np.asarray(loaded(x)))
    model.save_weights(tmp_path / "a.weights.h5")
    again = resnet20(shortcut="A", weights=tmp_path / "a.weights.h5")
    np.testing.assert_array_equal(np.asarray(model(x)), np.asarray(again(x)))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"shortcut": "a"}, "shortcut"),
        ({"shortcut": None}, "the shortcut must be a string, one of A, B, C, not None"),
        ({"input_shape": (2, 2, 3)}, "two halvings (rounding up), the last one of two pixels or more, need at least 3"),
    ],
)
def test_bad_options_of_its_own(options, message):
    with pytest.raises((ValueError, TypeError)) as raised:
        resnet20(**options)
    assert message in str(raised.value)


@pytest.mark.parametrize("size", [3, 5, 33])
def test_odd_sizes_round_up(size):
    model = resnet20(input_shape=(size, size, 1))
    halves = [size, (size + 1) // 2, ((size + 1) // 2 + 1) // 2]
    assert [model.get_layer(f"conv{stage}_block3_out").output.shape[1] for stage in (2, 3, 4)] == halves


def test_the_networks_start_from_the_initialisation_of_the_paper():
    """He et al. 2015b: a variance of 2 / inputs, so that a ReLU keeps the size of the signal."""
    kernel = np.asarray(plainnet20().get_layer("conv4_block3_2_conv").kernel)
    assert np.var(kernel) == pytest.approx(2 / (9 * 64), rel=0.05)
