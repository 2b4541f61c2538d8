"""ResNet for ImageNet: table 1 of the paper, Keras's function, three shortcuts (catalogue A-19 to A-22, C-068)."""

from collections import Counter

import h5py
import keras
import numpy as np
import pytest
from keras.src.legacy.saving import legacy_h5_format

from ccv.layers import PadChannels
from ccv.models import _residual, resnet
from ccv.models._residual import basic_block, bottleneck_block, plain_block
from ccv.models.cards import resnet as cards
from ccv.models.resnet import plainnet34, resnet18, resnet34, resnet50

CARDS = {card.name: card for card in cards.CARDS}

# name, options: trainable parameters, statistics, without the top
GOLDEN = [
    ("resnet18", {}, 11_689_512, 9_600, 11_176_512),
    ("resnet18", {"variant": "paper"}, 11_689_512, 9_600, 11_176_512),
    ("resnet18", {"shortcut": "A"}, 11_515_688, 7_808, 11_002_688),
    ("resnet34", {}, 21_797_672, 17_024, 21_284_672),
    ("resnet34", {"variant": "paper"}, 21_797_672, 17_024, 21_284_672),
    ("resnet34", {"shortcut": "A"}, 21_623_848, 15_232, 21_110_848),
    ("resnet34", {"shortcut": "C"}, 22_716_840, 22_784, 22_203_840),
    ("resnet50", {}, 25_583_592, 53_120, 23_534_592),
    ("resnet50", {"variant": "torch"}, 25_557_032, 53_120, 23_508_032),
    ("resnet50", {"variant": "paper"}, 25_557_032, 53_120, 23_508_032),
    ("resnet101", {}, 44_601_832, 105_344, 42_552_832),
    ("resnet152", {}, 60_268_520, 151_424, 58_219_520),
    ("plainnet34", {}, 21_623_848, 15_232, 21_110_848),
]
SLOW_GOLDEN = [
    ("resnet101", {"variant": "torch"}, 44_549_160, 105_344, 42_500_160),
    ("resnet101", {"variant": "paper"}, 44_549_160, 105_344, 42_500_160),
    ("resnet152", {"variant": "torch"}, 60_192_808, 151_424, 58_143_808),
    ("resnet152", {"variant": "paper"}, 60_192_808, 151_424, 58_143_808),
]

# The last layer of each stage, and its output for 224x224 pixels.
STEM = {"conv1_relu": (112, 112, 64), "pool1_pool": (56, 56, 64)}


def stages(blocks, expansion):
    sizes, filters = (56, 28, 14, 7), (64, 128, 256, 512)
    rows = zip(range(2, 6), blocks, sizes, filters, strict=True)
    last = {f"conv{stage}_block{count}_out": (size, size, expansion * f) for stage, count, size, f in rows}
    return STEM | last | {"avg_pool": (expansion * 512,), "predictions": (1000,)}


STAGES = {
    "resnet18": stages((2, 2, 2, 2), 1),
    "resnet34": stages((3, 4, 6, 3), 1),
    "plainnet34": stages((3, 4, 6, 3), 1),
    "resnet50": stages((3, 4, 6, 3), 4),
    "resnet101": stages((3, 4, 23, 3), 4),
    "resnet152": stages((3, 8, 36, 3), 4),
}

TAIL = {"InputLayer": 1, "MaxPooling2D": 1, "GlobalAveragePooling2D": 1, "Dense": 1}
# Convolutions are 1 + blocks x (2 or 3) + projections; the slides have 34 and 101 blocks for 50 and 101 (D-23).
CENSUS = {
    "resnet18": {"Conv2D": 20, "BatchNormalization": 20, "Activation": 17, "Add": 8, "ZeroPadding2D": 5},
    "resnet34": {"Conv2D": 36, "BatchNormalization": 36, "Activation": 33, "Add": 16, "ZeroPadding2D": 5},
    "plainnet34": {"Conv2D": 33, "BatchNormalization": 33, "Activation": 33, "ZeroPadding2D": 5},
    "resnet50": {"Conv2D": 53, "BatchNormalization": 53, "Activation": 49, "Add": 16, "ZeroPadding2D": 2},
    "resnet101": {"Conv2D": 104, "BatchNormalization": 104, "Activation": 100, "Add": 33, "ZeroPadding2D": 2},
    "resnet152": {"Conv2D": 155, "BatchNormalization": 155, "Activation": 151, "Add": 50, "ZeroPadding2D": 2},
}


def build(name, **options):
    return getattr(resnet, name)(**options)


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


def outputs(model, x):
    return np.asarray(model(x, training=False))


def assert_same(model, peer, shape, seed=0):
    x = np.random.default_rng(seed).normal(size=(2, *shape)).astype("float32")
    ours, theirs = outputs(model, x), outputs(peer, x)
    assert np.abs(ours - theirs).max() <= 1e-5 * np.abs(theirs).max()
    assert np.abs(theirs).max() > 0


# Counts, shapes, kinds ----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("shapes_only")
@pytest.mark.parametrize(
    ("name", "options", "params", "stats", "notop"),
    [*GOLDEN, *(pytest.param(*row, marks=pytest.mark.slow) for row in SLOW_GOLDEN)],
)
def test_golden_counts_stage_shapes_and_census(name, options, params, stats, notop):
    model = build(name, **options)
    assert count(model.trainable_weights) == params
    assert count(model.non_trainable_weights) == stats
    assert params - count(model.get_layer("predictions").weights) == notop
    [golden] = [golden for golden in CARDS[name].golden if golden.options == options]
    assert (golden.params, golden.stats, golden.notop) == (params, stats, notop)
    for layer, shape in STAGES[name].items():
        assert model.get_layer(layer).output.shape[1:] == shape
    if not options:
        assert Counter(type(layer).__name__ for layer in model.layers) == Counter(TAIL | CENSUS[name])
        assert layers_with_weights(model) == int(name.replace("plainnet", "resnet").removeprefix("resnet"))


def layers_with_weights(model):
    """Count the convolutions and dense layers on the longest path: without the projections."""
    kinds = (keras.layers.Conv2D, keras.layers.Dense)
    return sum(isinstance(layer, kinds) and not layer.name.endswith("_0_conv") for layer in model.layers)


def test_every_golden_of_the_cards_is_checked():
    assert len(GOLDEN + SLOW_GOLDEN) == sum(len(card.golden) for card in CARDS.values())


@pytest.mark.usefixtures("shapes_only")
@pytest.mark.parametrize("name", ["resnet18", "resnet50", "plainnet34"])
def test_without_a_top_the_last_stage_is_the_output(name):
    base = build(name, include_top=False, width=1 / 8)
    assert base.output_names == [list(STAGES[name])[-3]]
    assert base.output.shape[1:3] == (7, 7)


# The same function as Keras -----------------------------------------------------------------------------------


@pytest.mark.slow
def test_names_and_weight_files_are_those_of_keras(tmp_path):
    peer = randomized(keras.applications.ResNet50(weights=None, input_shape=(64, 64, 3), classes=10))
    peer.save_weights(tmp_path / "new.weights.h5")
    with h5py.File(tmp_path / "old.h5", "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, peer)
    model = resnet50(input_shape=(None, None, 3), classes=10, weights=tmp_path / "new.weights.h5")
    assert [layer.name for layer in model.layers[1:]] == [layer.name for layer in peer.layers[1:]]
    assert_same(model, peer, (64, 64, 3))
    randomized(model, seed=1).load_weights(tmp_path / "old.h5")
    assert_same(model, peer, (64, 64, 3))


@pytest.mark.slow
def test_the_outputs_of_keras_at_224(no_random_weights):
    peer = randomized(keras.applications.ResNet50(weights=None, classifier_activation=None))
    model = resnet50(classifier_activation=None)
    model.set_weights(peer.get_weights())
    assert_same(model, peer, (224, 224, 3))


@pytest.mark.slow
@pytest.mark.parametrize(("channels", "pooling"), [(1, None), (3, "max"), (4, "avg")])
def test_the_features_of_keras(channels, pooling, no_random_weights):
    options = {"include_top": False, "input_shape": (75, 50, channels), "pooling": pooling}
    peer = randomized(keras.applications.ResNet50(weights=None, **options))
    model = resnet50(**options)
    model.set_weights(peer.get_weights())
    assert_same(model, peer, (75, 50, channels))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ResNet101", "ResNet152"])
def test_the_deeper_ones_are_those_of_keras(name, tmp_path):
    peer = randomized(getattr(keras.applications, name)(weights=None, input_shape=(64, 64, 3)))
    peer.save_weights(tmp_path / "a.weights.h5")
    model = build(name.lower(), input_shape=(64, 64, 3), weights=tmp_path / "a.weights.h5")
    assert [layer.name for layer in model.layers[1:]] == [layer.name for layer in peer.layers[1:]]
    assert_same(model, peer, (64, 64, 3))


# Variants and shortcuts ---------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.usefixtures("shapes_only")
@pytest.mark.parametrize(
    ("variant", "first", "second", "bias", "epsilon"),
    [("keras", 2, 1, True, 1.001e-5), ("torch", 1, 2, False, 1e-5), ("paper", 2, 1, False, 1e-5)],
)
def test_where_the_variants_differ(variant, first, second, bias, epsilon):
    model = resnet50(variant=variant, width=1 / 8)
    assert model.get_layer("conv3_block1_1_conv").strides == (first, first)
    assert model.get_layer("conv3_block1_2_conv").strides == (second, second)
    convolutions = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    assert {layer.use_bias for layer in convolutions} == {bias}
    norms = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    assert {layer.epsilon for layer in norms} == {epsilon}


def test_the_two_variants_of_18_layers_are_one_function():
    options = {"width": 1 / 8, "input_shape": (40, 33, 3), "classifier_activation": None}
    one, other = randomized(resnet18(**options)), resnet18(variant="paper", **options)
    other.set_weights(one.get_weights())
    assert_same(one, other, (40, 33, 3))


@pytest.mark.usefixtures("shapes_only")
@pytest.mark.parametrize(("shortcut", "projections"), [("A", 0), ("B", 3), ("C", 16)])
def test_how_many_shortcuts_project(shortcut, projections):
    model = resnet34(shortcut=shortcut, width=1 / 8)
    assert sum(layer.name.endswith("_0_conv") for layer in model.layers) == projections
    assert sum(isinstance(layer, PadChannels) for layer in model.layers) == (3 if shortcut == "A" else 0)


@pytest.mark.usefixtures("shapes_only")
def test_a_bottleneck_projects_in_each_first_block():
    projecting = [layer.name for layer in resnet50(width=1 / 8).layers if layer.name.endswith("_0_conv")]
    assert projecting == [f"conv{stage}_block1_0_conv" for stage in range(2, 6)]


@pytest.mark.usefixtures("shapes_only")
def test_the_plain_network_is_the_residual_one_less_its_shortcuts():
    plain, residual = plainnet34(width=1 / 8), resnet34(width=1 / 8, shortcut="A")
    extra = ("_add", "_0_pool", "_0_channels")
    names = [layer.name for layer in residual.layers if not layer.name.endswith(extra)]
    assert sorted(names) == sorted(layer.name for layer in plain.layers)
    assert [w.shape for w in plain.weights] == [w.shape for w in residual.weights]


def apply(make, x):
    tensor = keras.Input(x.shape[1:])
    model = keras.Model(tensor, make(tensor))
    return model, outputs(model, x)


@pytest.mark.parametrize("size", [8, 7])
def test_the_padded_shortcut_takes_every_second_pixel_and_adds_zeros(size):
    x = np.random.default_rng(0).normal(size=(2, size, size, 3)).astype("float32")
    _, out = apply(_residual.zero_padded(8, 2, "block", _residual.PAPER), x)
    np.testing.assert_array_equal(out[..., :3], x[:, ::2, ::2])
    assert not out[..., 3:].any()
    assert out.shape == (2, (size + 1) // 2, (size + 1) // 2, 8)


def test_the_identity_is_the_identity():
    x = keras.Input((8, 8, 3))
    assert _residual.identity(3, 1, "block", _residual.PAPER)(x) is x


@pytest.mark.parametrize(
    "block", [basic_block(4, name="block"), bottleneck_block(2, 4, name="block")], ids=["basic", "bottleneck"]
)
def test_with_small_weights_a_block_is_the_identity(block):
    """a[l+2] = g(w a[l+1] + b + a[l]) = a[l] where w and b are 0 and a[l] came out of a ReLU (E-57)."""
    x = np.abs(np.random.default_rng(0).normal(size=(2, 6, 6, 4))).astype("float32")
    model, _ = apply(block, x)
    for weight in model.weights:
        weight.assign(np.zeros(weight.shape))
    np.testing.assert_array_equal(outputs(model, x), x)


def test_with_small_weights_a_plain_block_is_nothing():
    x = np.ones((1, 6, 6, 4), "float32")
    model, _ = apply(plain_block(4, name="block"), x)
    for weight in model.weights:
        weight.assign(np.zeros(weight.shape))
    assert not outputs(model, x).any()


@pytest.mark.usefixtures("shapes_only")
def test_the_weights_of_a_bottleneck():
    """On 28x28x256: 69,632 weights, where two 3x3 convolutions have 1,179,648 (C-073, E-58)."""
    kernels = []
    for block in (bottleneck_block(64, 256, name="a"), basic_block(256, name="b")):
        x = keras.Input((28, 28, 256))
        kernels.append(count(w for w in keras.Model(x, block(x)).weights if w.name == "kernel"))
    assert kernels == [69_632, 1_179_648]


def test_pad_channels_refuses_to_cut_and_survives_saving(tmp_path):
    with pytest.raises(ValueError, match="cut pads to 2 channels and gets 3"):
        PadChannels(2, name="cut")(keras.Input((4, 4, 3)))
    for bad in (0, 2.5, True):
        with pytest.raises(ValueError, match="must be an integer of at least 1"):
            PadChannels(bad)
    model = randomized(resnet18(width=1 / 16, shortcut="A", input_shape=(20, 20, 3)))
    model.save(tmp_path / "a.keras")
    loaded = keras.saving.load_model(tmp_path / "a.keras", safe_mode=True)
    assert_same(loaded, model, (20, 20, 3))


# Input, training ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("resnet18", {"variant": "keras"}, "'keras': choose from torch, paper"),
        ("resnet50", {"variant": "v1.5"}, "'v1.5': choose from keras, torch, paper"),
        ("resnet50", {"variant": "troch"}, "did you mean 'torch'?"),
        ("resnet50", {"shortcut": "D"}, "'D': choose from A, B, C"),
        (
            "resnet50",
            {"input_shape": (16, 16, 3)},
            "five halvings (rounding up), the last one of two pixels or more, need at least 17 pixels",
        ),
    ],
)
def test_bad_options_of_its_own(name, options, message):
    with pytest.raises(ValueError) as raised:
        build(name, **options)
    assert message in str(raised.value)


@pytest.mark.usefixtures("shapes_only")
def test_seventeen_pixels_are_halved_five_times():
    model = resnet34(width=1 / 8, input_shape=(17, 17, 1))
    names = ("conv1_conv", "pool1_pool", "conv3_block1_1_conv", "conv4_block1_1_conv", "conv5_block1_1_conv")
    assert [model.get_layer(name).output.shape[1] for name in names] == [9, 5, 3, 2, 1]


def test_any_image_under_the_top():
    model = randomized(resnet18(width=1 / 16, input_shape=(None, None, 3), classes=4))
    for size in (17, 40):
        assert outputs(model, np.zeros((1, size, 33, 3), "float32")).shape == (1, 4)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "options"),
    [("resnet18", {}), ("resnet18", {"shortcut": "A"}), ("resnet50", {"variant": "torch"}), ("plainnet34", {})],
)
def test_training_moves_every_weight(name, options):
    model = build(name, width=1 / 16, input_shape=(33, 33, 3), classes=4, **options)
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy", run_eagerly=True)
    generator = np.random.default_rng(0)
    before = model.get_weights()
    model.train_on_batch(generator.normal(size=(8, 33, 33, 3)), generator.integers(0, 4, 8))
    still = [w.path for old, w in zip(before, model.weights, strict=True) if np.array_equal(old, w.numpy())]
    assert still == []
    assert all(np.isfinite(weight).all() for weight in model.get_weights())
