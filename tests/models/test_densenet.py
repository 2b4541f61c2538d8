"""DenseNet: table 1 of the paper, Keras's function and torchvision's state dict (catalogue A-24, C-075)."""

from collections import Counter

import h5py
import keras
import numpy as np
import pytest
from keras.src.legacy.saving import legacy_h5_format

from ccv.models import densenet
from ccv.models.cards import densenet as cards
from ccv.models.densenet import dense_block, densenet121, transition
from ccv.models.torch_names.densenet import modern_name, torch_names

pytestmark = pytest.mark.slow  # large networks

CARDS = {card.name: card for card in cards.CARDS}
GOLDEN = [
    ("densenet121", {}, 7_978_856, 83_648, 6_953_856),
    ("densenet121", {"variant": "torch"}, 7_978_856, 83_648, 6_953_856),
    ("densenet169", {}, 14_149_480, 158_400, 12_484_480),
    ("densenet201", {}, 20_013_928, 229_056, 18_092_928),
    ("densenet264", {}, 33_337_704, 398_528, 30_648_704),
]
SLOW_GOLDEN = [
    ("densenet169", {"variant": "torch"}, 14_149_480, 158_400, 12_484_480),
    ("densenet201", {"variant": "torch"}, 20_013_928, 229_056, 18_092_928),
]
BLOCKS = {
    "densenet121": (6, 12, 24, 16),
    "densenet169": (6, 12, 32, 32),
    "densenet201": (6, 12, 48, 32),
    "densenet264": (6, 12, 64, 48),
}
# C-075: 64 -> 256 -> 128 -> 512 -> 256 -> 1024 -> 512 -> 1024
STAGES = {
    "conv1_relu": (112, 112, 64),
    "pool1": (56, 56, 64),
    "conv2_block6_concat": (56, 56, 256),
    "pool2_conv": (56, 56, 128),
    "pool2_pool": (28, 28, 128),
    "conv3_block12_concat": (28, 28, 512),
    "pool3_pool": (14, 14, 256),
    "conv4_block24_concat": (14, 14, 1024),
    "pool4_pool": (7, 7, 512),
    "conv5_block16_concat": (7, 7, 1024),
    "relu": (7, 7, 1024),
    "avg_pool": (1024,),
    "predictions": (1000,),
}
LAST = {"densenet121": 1024, "densenet169": 1664, "densenet201": 1920, "densenet264": 2688}
# Convolutions and dense layer. Table 1 of the paper has 265 where its heading says 264: 1 + 2 x 130 + 3 + 1.
DEPTH = {"densenet121": 121, "densenet169": 169, "densenet201": 201, "densenet264": 265}


def build(name, **options):
    return getattr(densenet, name)(**options)


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


def assert_same(model, peer, shape):
    x = np.random.default_rng(0).normal(size=(2, *shape)).astype("float32")
    ours, theirs = outputs(model, x), outputs(peer, x)
    assert np.abs(ours - theirs).max() <= 1e-5 * np.abs(theirs).max()
    assert np.abs(theirs).max() > 0


# Counts, shapes, kinds ----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("shapes_only")
@pytest.mark.parametrize(
    ("name", "options", "params", "stats", "notop"),
    [*GOLDEN, *(pytest.param(*row, marks=pytest.mark.slow) for row in SLOW_GOLDEN)],
)
def test_golden_counts_and_census(name, options, params, stats, notop):
    model = build(name, **options)
    assert count(model.trainable_weights) == params
    assert count(model.non_trainable_weights) == stats
    assert params - count(model.get_layer("predictions").weights) == notop
    assert model.get_layer("relu").output.shape[1:] == (7, 7, LAST[name])
    [golden] = [golden for golden in CARDS[name].golden if golden.options == options]
    assert (golden.params, golden.stats, golden.notop) == (params, stats, notop)
    pairs = sum(BLOCKS[name])
    kinds = Counter(type(layer).__name__ for layer in model.layers)
    assert kinds == {
        "InputLayer": 1, "ZeroPadding2D": 2, "MaxPooling2D": 1, "AveragePooling2D": 3, "Concatenate": pairs,
        "Conv2D": 1 + 2 * pairs + 3, "BatchNormalization": 2 * pairs + 5, "Activation": 2 * pairs + 5,
        "GlobalAveragePooling2D": 1, "Dense": 1,
    }  # fmt: skip
    assert kinds["Conv2D"] + kinds["Dense"] == DEPTH[name]


def test_every_golden_of_the_cards_is_checked():
    assert len(GOLDEN + SLOW_GOLDEN) == sum(len(card.golden) for card in CARDS.values())


@pytest.mark.usefixtures("shapes_only")
def test_stage_shapes():
    model = densenet121()
    for name, shape in STAGES.items():
        assert model.get_layer(name).output.shape[1:] == shape


@pytest.mark.parametrize("growth_rate", [12, 32])
def test_a_block_adds_its_growth_rate_in_each_layer(growth_rate):
    """c0 + k L channels, of which the first c0 are the input itself (E-59); a transition halves them."""
    x = np.random.default_rng(0).normal(size=(1, 6, 6, 10)).astype("float32")
    tensor = keras.Input(x.shape[1:])
    block = dense_block(3, growth_rate, name="conv2")(tensor)
    model = keras.Model(tensor, block)
    out = outputs(model, x)
    assert out.shape == (1, 6, 6, 10 + 3 * growth_rate)
    np.testing.assert_array_equal(out[..., :10], x)
    assert transition(name="pool2")(block).shape == (None, 3, 3, (10 + 3 * growth_rate) // 2)


@pytest.mark.usefixtures("shapes_only")
def test_the_growth_rate_scales_the_network():
    model = densenet121(growth_rate=12, classes=10)
    assert model.get_layer("conv1_conv").filters == 24
    assert model.get_layer("conv2_block1_1_conv").filters == 48
    assert model.get_layer("conv2_block1_2_conv").filters == 12


@pytest.mark.usefixtures("shapes_only")
def test_width_is_the_growth_rate():
    thin, narrow = (
        densenet121(input_shape=(32, 32, 3), **options) for options in ({"growth_rate": 4}, {"width": 1 / 8})
    )
    assert [weight.shape for weight in thin.weights] == [weight.shape for weight in narrow.weights]


# The same function as Keras -----------------------------------------------------------------------------------


def test_names_and_weight_files_are_those_of_keras(tmp_path):
    """Keras leaves the two paddings without a name."""
    peer = randomized(keras.applications.DenseNet121(weights=None, input_shape=(64, 64, 3), classes=10))
    peer.save_weights(tmp_path / "new.weights.h5")
    with h5py.File(tmp_path / "old.h5", "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, peer)
    model = densenet121(input_shape=(None, None, 3), classes=10, weights=tmp_path / "new.weights.h5")
    names = [(mine.name, theirs.name) for mine, theirs in zip(model.layers, peer.layers, strict=True)]
    assert [mine for mine, theirs in names if mine != theirs] == ["input", "conv1_pad", "pool1_pad"]
    assert_same(model, peer, (64, 64, 3))
    randomized(model, seed=1).load_weights(tmp_path / "old.h5")
    assert_same(model, peer, (64, 64, 3))


def test_the_outputs_of_keras_at_224(no_random_weights):
    peer = randomized(keras.applications.DenseNet121(weights=None, classifier_activation=None))
    model = densenet121(classifier_activation=None)
    model.set_weights(peer.get_weights())
    assert_same(model, peer, (224, 224, 3))


@pytest.mark.parametrize(("channels", "pooling"), [(1, None), (3, "max"), (4, "avg")])
def test_the_features_of_keras(channels, pooling, no_random_weights):
    options = {"include_top": False, "input_shape": (75, 50, channels), "pooling": pooling}
    peer = randomized(keras.applications.DenseNet121(weights=None, **options))
    model = densenet121(**options)
    model.set_weights(peer.get_weights())
    assert_same(model, peer, (75, 50, channels))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["DenseNet169", "DenseNet201"])
def test_the_deeper_ones_are_those_of_keras(name, tmp_path):
    peer = randomized(getattr(keras.applications, name)(weights=None, input_shape=(64, 64, 3)))
    peer.save_weights(tmp_path / "a.weights.h5")
    model = build(name.lower(), input_shape=(64, 64, 3), weights=tmp_path / "a.weights.h5")
    assert_same(model, peer, (64, 64, 3))


# Torchvision --------------------------------------------------------------------------------------------------

# In a process of its own: TensorFlow and PyTorch do not always bear each other.
TORCHVISION = """
import sys
import numpy as np, torch, torchvision
name, source, target = sys.argv[1:]
given = dict(np.load(source))
image = torch.tensor(given.pop("image").transpose(0, 3, 1, 2))
model = getattr(torchvision.models, name)(weights=None).eval()
model.load_state_dict({key: torch.tensor(value) for key, value in given.items()}, strict=False)
shapes = {key: tuple(value.shape) for key, value in model.state_dict().items() if value.ndim}
assert shapes == {key: value.shape for key, value in given.items()}
with torch.no_grad():
    np.save(target, model(image).numpy())
"""


def state_shapes(name, growth=32, classes=1000):
    """Write down torchvision's keys and shapes (without `num_batches_tracked`, which counts steps)."""
    shapes = {}

    def norm(key, size):
        for part in ("weight", "bias", "running_mean", "running_var"):
            shapes[f"{key}.{part}"] = (size,)

    size = 2 * growth
    shapes["features.conv0.weight"] = (size, 3, 7, 7)
    norm("features.norm0", size)
    for block, layers in enumerate(BLOCKS[name], 1):
        for layer in range(1, layers + 1):
            key = f"features.denseblock{block}.denselayer{layer}"
            norm(f"{key}.norm1", size)
            shapes[f"{key}.conv1.weight"] = (4 * growth, size, 1, 1)
            norm(f"{key}.norm2", 4 * growth)
            shapes[f"{key}.conv2.weight"] = (growth, 4 * growth, 3, 3)
            size += growth
        if block < 4:
            norm(f"features.transition{block}.norm", size)
            shapes[f"features.transition{block}.conv.weight"] = (size // 2, size, 1, 1)
            size //= 2
    norm("features.norm5", size)
    return shapes | {"classifier.weight": (classes, size), "classifier.bias": (classes,)}


def random_state(shapes):
    generator = np.random.default_rng(0)
    state = {}
    for key, shape in shapes.items():
        if len(shape) > 1:
            state[key] = generator.normal(0, np.sqrt(1.5 / np.prod(shape[1:])), shape)
        elif key.endswith(("running_var", "weight")):
            state[key] = generator.uniform(0.5, 1.2, shape)
        else:
            state[key] = generator.normal(0, 0.1, shape)
    return {key: value.astype("float32") for key, value in state.items()}


def load(model, state, names):
    """Put a state dict into a model; every key must be used."""
    unused = set(state)
    for layer in model.layers:
        if not layer.weights:
            continue
        parts = ["weight", "bias", "running_mean", "running_var"][: len(layer.weights)]
        keys = [f"{names[layer.name]}.{part}" for part in parts]
        unused -= set(keys)
        values = [state[key] for key in keys]
        layer.set_weights([v.transpose(2, 3, 1, 0) if v.ndim == 4 else v.T for v in values])
    assert not unused


def convolve(x, kernel, stride=1, padding=0):
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(x, kernel.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
    return np.einsum("nchwij,ocij->nohw", windows, kernel, optimize=True)


def norm_relu(x, state, key):
    weight, bias, mean, variance = (
        state[f"{key}.{part}"][:, None, None] for part in ("weight", "bias", "running_mean", "running_var")
    )
    return np.maximum((x - mean) / np.sqrt(variance + 1e-5) * weight + bias, 0)


def forward(x, state, blocks):
    """Compute what torchvision does, in NumPy: `(batch, channels, height, width)` -> `(batch, classes)`."""
    x = norm_relu(convolve(x, state["features.conv0.weight"], 2, 3), state, "features.norm0")
    x = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)), constant_values=-np.inf)
    x = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(2, 3))[:, :, ::2, ::2].max((-1, -2))
    for block, layers in enumerate(blocks, 1):
        for layer in range(1, layers + 1):
            key = f"features.denseblock{block}.denselayer{layer}"
            y = convolve(norm_relu(x, state, f"{key}.norm1"), state[f"{key}.conv1.weight"])
            y = convolve(norm_relu(y, state, f"{key}.norm2"), state[f"{key}.conv2.weight"], padding=1)
            x = np.concatenate([x, y], 1)
        if block < len(blocks):
            key = f"features.transition{block}"
            x = convolve(norm_relu(x, state, f"{key}.norm"), state[f"{key}.conv.weight"])
            height, width = x.shape[2] // 2, x.shape[3] // 2
            x = x[:, :, : 2 * height, : 2 * width].reshape(*x.shape[:2], height, 2, width, 2).mean((3, 5))
    x = norm_relu(x, state, "features.norm5").mean((2, 3))
    return x @ state["classifier.weight"].T + state["classifier.bias"]


@pytest.mark.parametrize("size", [(64, 48), (33, 75)])
def test_the_outputs_of_torchvision_in_numpy(size):
    state = random_state(state_shapes("densenet121", 4, 10))
    model = densenet121(growth_rate=4, variant="torch", input_shape=(*size, 3), classes=10, classifier_activation=None)
    load(model, state, torch_names("densenet121"))
    x = np.random.default_rng(1).normal(size=(2, *size, 3)).astype("float32")
    expected = forward(x.transpose(0, 3, 1, 2), state, BLOCKS["densenet121"])
    assert np.abs(outputs(model, x) - expected).max() <= 1e-5 * np.abs(expected).max()


@pytest.mark.parametrize("name", BLOCKS)
def test_the_names_cover_the_state_dict(name):
    names = torch_names(name)
    assert set(names.values()) == {key.rsplit(".", 1)[0] for key in state_shapes(name)}
    assert len(set(names.values())) == len(names)


def test_the_keys_of_the_published_files():
    """They were written before a dense layer's modules could not have a dot in their names."""
    for key in state_shapes("densenet121"):
        old = key
        for part in ("norm1", "norm2", "conv1", "conv2"):
            if "denselayer" in key:
                old = old.replace(f".{part}.", f".{part[:4]}.{part[4]}.")
        assert modern_name(old) == key == modern_name(key)


# Variants, input, training --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("shapes_only")
@pytest.mark.parametrize(("variant", "epsilon"), [("keras", 1.001e-5), ("torch", 1e-5)])
def test_the_variants_differ_in_epsilon(variant, epsilon):
    model = densenet121(variant=variant, width=1 / 8, input_shape=(32, 32, 3))
    norms = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    assert {layer.epsilon for layer in norms} == {epsilon}
    assert not any(layer.use_bias for layer in model.layers if isinstance(layer, keras.layers.Conv2D))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"variant": "paper"}, "'paper': choose from keras, torch"),
        ({"growth_rate": 0}, "growth_rate=0 must be an integer of at least 1"),
        ({"growth_rate": 32.0}, "growth_rate=32.0 must be an integer of at least 1"),
        (
            {"input_shape": (28, 40, 1)},
            "two halvings (rounding up) and three 2x2 poolings (rounding down) need at least 29 pixels",
        ),
    ],
)
def test_bad_options_of_its_own(options, message):
    with pytest.raises(ValueError) as raised:
        densenet121(**options)
    assert message in str(raised.value)


@pytest.mark.usefixtures("shapes_only")
def test_twenty_nine_pixels_are_the_least():
    """The next smaller image has 7 -> 3 -> 1 pixels where the third average pool would begin."""
    model = densenet121(width=1 / 8, input_shape=(29, 29, 1))
    names = ("conv1_conv", "pool1", "pool2_pool", "pool3_pool", "pool4_pool")
    assert [model.get_layer(name).output.shape[1] for name in names] == [15, 8, 4, 2, 1]
