"""GoogLeNet: the paper's table row by row, its auxiliary heads, and torchvision's form against NumPy."""

from collections import Counter

import keras
import numpy as np
import pytest
from keras import layers
from numpy.lib.stride_tricks import sliding_window_view

from ccv.models.cards.googlenet import CARDS
from ccv.models.googlenet import convolution, googlenet, inception_module
from ccv.models.torch_names.googlenet import TORCH_UNREAD, torch_names

CARD = CARDS[0]
# Catalogue 2.6, checked: the layers of a row, its last layer, that one's shape at 224 pixels, its parameters.
TABLE = [
    ("conv1", "conv1", (112, 112, 64), 9_472),
    ("pool1", "pool1", (56, 56, 64), 0),
    ("norm1", "norm1", (56, 56, 64), 0),
    ("conv2_reduce", "conv2_reduce", (56, 56, 64), 4_160),
    ("conv2", "conv2", (56, 56, 192), 110_784),
    ("norm2", "norm2", (56, 56, 192), 0),
    ("pool2", "pool2", (28, 28, 192), 0),
    ("inception_3a", "inception_3a", (28, 28, 256), 163_696),
    ("inception_3b", "inception_3b", (28, 28, 480), 388_736),
    ("pool3", "pool3", (14, 14, 480), 0),
    ("inception_4a", "inception_4a", (14, 14, 512), 376_176),
    ("inception_4b", "inception_4b", (14, 14, 512), 449_160),
    ("inception_4c", "inception_4c", (14, 14, 512), 510_104),
    ("inception_4d", "inception_4d", (14, 14, 528), 605_376),
    ("inception_4e", "inception_4e", (14, 14, 832), 868_352),
    ("pool4", "pool4", (7, 7, 832), 0),
    ("inception_5a", "inception_5a", (7, 7, 832), 1_043_456),
    ("inception_5b", "inception_5b", (7, 7, 1024), 1_444_080),
    ("avg_pool", "avg_pool", (1024,), 0),
    ("predictions", "predictions", (1000,), 1_025_000),
    ("aux1", "aux1_predictions", (1000,), 3_188_840),
    ("aux2", "aux2_predictions", (1000,), 3_190_888),
]
# Each module is 6 convolutions, a pool and a join; the stem has 3, 2 pools and 2 norms.
CENSUS = {
    "InputLayer": 1,
    "Conv2D": 57,
    "MaxPooling2D": 13,
    "LocalResponseNormalization": 2,
    "Concatenate": 9,
    "GlobalAveragePooling2D": 1,
    "Dropout": 1,
    "Dense": 1,
}
HEADS_CENSUS = {"AveragePooling2D": 2, "Conv2D": 2, "Flatten": 2, "Dropout": 2, "Dense": 4}
TORCH_CENSUS = {
    "InputLayer": 1,
    "Conv2D": 57,
    "BatchNormalization": 57,
    "Activation": 57,
    "MaxPooling2D": 13,
    "ZeroPadding2D": 5,
    "Concatenate": 9,
    "GlobalAveragePooling2D": 1,
    "Dropout": 1,
    "Dense": 1,
}


@pytest.fixture(scope="module")
def full():
    """The paper's network with both heads: the plain one is in it."""
    return googlenet(auxiliary=True)


@pytest.fixture(scope="module")
def plain():
    return googlenet()


def census(model):
    return Counter(type(layer).__name__ for layer in model.layers)


# The numbers ------------------------------------------------------------------------------------------------


def test_the_catalogue_s_numbers():
    goldens = {golden.label: golden for golden in CARD.golden}
    assert goldens["paper"].params == 6_998_552
    assert goldens["paper with both auxiliary heads"].params == 13_378_280
    assert (goldens["torch"].params, goldens["torch"].stats) == (6_624_904, 14_560)


@pytest.mark.parametrize(("row", "last", "shape", "parameters"), TABLE)
def test_table_1_row_by_row(full, row, last, shape, parameters):
    of_row = [layer for layer in full.layers if layer.name == row or layer.name.startswith(f"{row}_")]
    if row == "conv2":
        of_row = [full.get_layer(row)]
    assert full.get_layer(last).output.shape[1:] == shape
    assert sum(layer.count_params() for layer in of_row) == parameters


def test_the_rows_are_all_there_is(full):
    assert sum(parameters for *_, parameters in TABLE) == full.count_params()


def test_census(full, plain):
    assert census(plain) == CENSUS
    assert census(full) == Counter(CENSUS) + Counter(HEADS_CENSUS)
    assert census(googlenet(variant="torch")) == TORCH_CENSUS


def test_twenty_two_layers_deep(plain):
    """The paper counts the layers with parameters on the longest way: 22."""
    depth = {}
    for layer in plain.layers:
        before = [depth[parent.operation.name] for node in layer._inbound_nodes for parent in node.parent_nodes]
        depth[layer.name] = max(before, default=0) + bool(layer.weights)
    assert depth["predictions"] == 22


# The module -------------------------------------------------------------------------------------------------


def test_a_module_keeps_height_and_width_and_joins_in_order():
    x = keras.Input((9, 11, 5))
    model = keras.Model(x, inception_module(6, (2, 7), (3, 8), 4, name="m")(x))
    assert model.output_shape == (None, 9, 11, 6 + 7 + 8 + 4)
    convolutions = {layer.name: layer.kernel.shape for layer in model.layers if isinstance(layer, layers.Conv2D)}
    assert convolutions == {
        "m_1x1": (1, 1, 5, 6),
        "m_3x3_reduce": (1, 1, 5, 2),
        "m_3x3": (3, 3, 2, 7),
        "m_5x5_reduce": (1, 1, 5, 3),
        "m_5x5": (5, 5, 3, 8),
        "m_pool_proj": (1, 1, 5, 4),
    }
    assert [t.shape[-1] for t in model.get_layer("m").input] == [6, 7, 8, 4]
    pool = model.get_layer("m_pool")
    assert isinstance(pool, layers.MaxPooling2D)
    assert (pool.pool_size, pool.strides, pool.padding) == ((3, 3), (1, 1), "same")


def test_a_module_in_torch_s_form():
    x = keras.Input((8, 8, 5))
    model = keras.Model(x, inception_module(6, (2, 7), (3, 8), 4, name="m", batch_norm=True, third_kernel=3)(x))
    assert model.get_layer("m_5x5").kernel.shape == (3, 3, 3, 8)
    norms = [layer for layer in model.layers if isinstance(layer, layers.BatchNormalization)]
    assert len(norms) == 6
    assert {(norm.epsilon, norm.momentum, norm.center, norm.scale) for norm in norms} == {(1e-3, 0.9, True, True)}
    assert not any(layer.use_bias for layer in model.layers if isinstance(layer, layers.Conv2D))


def test_a_convolution_takes_strides_and_padding():
    x = keras.Input((9, 9, 3))
    assert convolution(4, 3, name="a")(x).shape == (None, 9, 9, 4)
    assert convolution(4, 3, name="b", strides=2, padding="valid", batch_norm=True)(x).shape == (None, 4, 4, 4)


def test_width_scales_every_channel_count():
    model = googlenet(width=1 / 8, input_shape=(65, 65, 1), auxiliary=True, classes=10)
    counts = {layer.name: layer.filters for layer in model.layers if isinstance(layer, layers.Conv2D)}
    assert (counts["conv1"], counts["conv2"], counts["inception_4d_3x3"], counts["aux1_conv"]) == (8, 24, 36, 16)
    assert model.get_layer("inception_5b").output.shape[-1] == 128
    assert model.get_layer("aux2_fc1").units == 128


# Auxiliary heads, dropout ----------------------------------------------------------------------------------


def test_auxiliary_heads_are_further_outputs(full):
    assert full.output_names == ["predictions", "aux1_predictions", "aux2_predictions"]
    assert full.output_shape == [(None, 1000)] * 3
    assert full.get_layer("aux1_pool").input.name == full.get_layer("inception_4a").output.name
    assert full.get_layer("aux2_pool").input.name == full.get_layer("inception_4d").output.name
    assert full.get_layer("aux1_pool").output.shape == (None, 4, 4, 512)


def test_the_heads_leave_the_network_as_it_is():
    shape = (65, 70, 3)
    both, alone = (googlenet(input_shape=shape, width=1 / 8, classes=7, auxiliary=flag) for flag in (True, False))
    for layer in alone.layers:
        layer.set_weights(both.get_layer(layer.name).get_weights())
    x = np.random.default_rng(0).normal(size=(2, *shape)).astype("float32")
    outputs = both.predict(x, verbose=0)
    np.testing.assert_allclose(outputs[0], alone.predict(x, verbose=0), rtol=1e-5, atol=1e-7)
    assert [output.shape for output in outputs] == [(2, 7)] * 3
    np.testing.assert_allclose([output.sum() for output in outputs], 2, rtol=1e-5)


def test_it_trains_with_its_heads():
    model = googlenet(input_shape=(65, 65, 1), width=1 / 16, classes=3, auxiliary=True)
    before = [w.numpy().copy() for w in model.trainable_weights]
    weights = {"predictions": 1.0, "aux1_predictions": 0.3, "aux2_predictions": 0.3}
    loss = dict.fromkeys(weights, "sparse_categorical_crossentropy")
    model.compile(keras.optimizers.Adam(1e-2), loss, loss_weights=weights, run_eagerly=True)
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(4, 65, 65, 1)), rng.integers(0, 3, 4)
    assert np.isfinite(model.train_on_batch(x, dict.fromkeys(weights, y))).all()
    moved = [not np.array_equal(b, w.numpy()) for b, w in zip(before, model.trainable_weights, strict=True)]
    assert np.mean(moved) > 0.95  # dropout may silence a narrow head for one batch


@pytest.mark.parametrize(("options", "rate"), [({}, 0.4), ({"variant": "torch"}, 0.2), ({"dropout": 0.1}, 0.1)])
def test_dropout(options, rate):
    assert googlenet(width=1 / 16, **options).get_layer("dropout").rate == rate


# Sizes and bad input ---------------------------------------------------------------------------------------


@pytest.mark.slow
def test_any_size_known_or_not():
    for variant in ("paper", "torch"):
        model = googlenet(input_shape=(None, None, 4), width=1 / 16, classes=5, variant=variant)
        for shape in ((1, 32, 32, 4), (1, 61, 47, 4)):
            assert model.predict(np.zeros(shape), verbose=0).shape == (1, 5)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "least", "why"),
    [
        ({}, 32, "five halvings"),
        ({"auxiliary": True}, 65, "four halvings and the 5x5 pooling of the auxiliary heads"),
        ({"variant": "torch"}, 15, "a 7x7 convolution and three 3x3 poolings, all with stride 2,"),
        ({"variant": "torch", "auxiliary": True}, 15, "a 7x7 convolution and three 3x3 poolings"),
    ],
)
def test_the_least_size(options, least, why):
    assert googlenet(input_shape=(least, least, 1), width=1 / 16, **options).count_params() > 0
    with pytest.raises(ValueError, match=f"need at least {least} pixels") as raised:
        googlenet(input_shape=(least, least - 1, 1), **options)
    assert why in str(raised.value)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"variant": "keras"}, ValueError, "variant"),
        ({"variant": "toch"}, ValueError, "'torch'"),
        ({"auxiliary": 1}, TypeError, "auxiliary=1 must be True or False"),
        ({"auxiliary": True, "include_top": False}, ValueError, "auxiliary=True needs include_top=True"),
        ({"auxiliary": True, "input_shape": (None, None, 3)}, ValueError, "must hold integers above 0"),
    ],
)
def test_bad_input(options, error, message):
    with pytest.raises(error) as raised:
        googlenet(**options)
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


# The slides and the card ------------------------------------------------------------------------------------


def test_the_card_and_its_preprocessing():
    """Standardised pixels through torchvision's transform_input are the card's pixels."""
    assert {claim.seed for claim in CARD.claims} >= {"D-18", "D-19", "D-20", "X-37", "X-62"}
    pixels = np.random.default_rng(0).integers(0, 256, (1, 4, 4, 3)).astype("uint8")
    mean, deviation = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    standardised = (pixels / 255 - mean) / deviation
    transformed = standardised * (deviation / 0.5) + (mean - 0.5) / 0.5
    np.testing.assert_allclose(np.asarray(CARD.preprocessing(pixels)), transformed, atol=1e-6)


# torchvision ------------------------------------------------------------------------------------------------

# torchvision's Inception(in, 1x1, 3x3 reduce, 3x3, "5x5" reduce, "5x5", pool), written down from its source.
TORCHVISION = {
    "inception3a": (192, 64, 96, 128, 16, 32, 32),
    "inception3b": (256, 128, 128, 192, 32, 96, 64),
    "inception4a": (480, 192, 96, 208, 16, 48, 64),
    "inception4b": (512, 160, 112, 224, 24, 64, 64),
    "inception4c": (512, 128, 128, 256, 24, 64, 64),
    "inception4d": (512, 112, 144, 288, 32, 64, 64),
    "inception4e": (528, 256, 160, 320, 32, 128, 128),
    "inception5a": (832, 256, 160, 320, 32, 128, 128),
    "inception5b": (832, 384, 192, 384, 48, 128, 128),
}


# Our dense layers on flattened maps: torch flattens channels first, Keras last.
FLATTENED = {"aux1_fc1": "aux1_conv_ac", "aux2_fc1": "aux2_conv_ac"}


def state_shapes():
    """The keys and shapes of torchvision's state dict, `num_batches_tracked` aside."""
    units = {"conv1": (64, 3, 7, 7), "conv2": (64, 64, 1, 1), "conv3": (192, 64, 3, 3)}
    for name, (maps, one, reduce3, three, reduce5, five, pool) in TORCHVISION.items():
        units |= {
            f"{name}.branch1": (one, maps, 1, 1),
            f"{name}.branch2.0": (reduce3, maps, 1, 1),
            f"{name}.branch2.1": (three, reduce3, 3, 3),
            f"{name}.branch3.0": (reduce5, maps, 1, 1),
            f"{name}.branch3.1": (five, reduce5, 3, 3),
            f"{name}.branch4.1": (pool, maps, 1, 1),
        }
    units |= {"aux1.conv": (128, 512, 1, 1), "aux2.conv": (128, 528, 1, 1)}
    shapes = {}
    for name, shape in units.items():
        shapes[f"{name}.conv.weight"] = shape
        shapes |= {f"{name}.bn.{key}": shape[:1] for key in ("weight", "bias", "running_mean", "running_var")}
    dense = {"fc": (1000, 1024)}
    dense |= {f"aux{i}.{key}": shape for i in (1, 2) for key, shape in (("fc1", (1024, 2048)), ("fc2", (1000, 1024)))}
    for name, shape in dense.items():
        shapes |= {f"{name}.weight": shape, f"{name}.bias": shape[:1]}
    return shapes


def random_state(shapes):
    rng = np.random.default_rng(7)

    def draw(key, shape):
        if len(shape) > 1:
            return rng.normal(0, (2 / np.prod(shape[1:])) ** 0.5, shape)
        if key.endswith(("running_var", "weight")):
            return rng.uniform(0.6, 1.4, shape)
        return rng.normal(0, 0.1, shape)

    return {key: draw(key, shape).astype("float32") for key, shape in shapes.items()}


def load(model, state, **options):
    """Put a torch state dict into our model by `torch_names`; return the keys that nothing read."""
    read = set()
    names = torch_names(**options)
    assert set(names) == {layer.name for layer in model.layers if layer.weights}
    for ours, theirs in names.items():
        layer = model.get_layer(ours)
        keys = [f"{theirs}.{key}" for key in ("weight", "bias", "running_mean", "running_var")]
        values = [state[key] for key in keys if key in state]
        read |= set(keys) & set(state)
        if isinstance(layer, layers.Conv2D):
            values = [values[0].transpose(2, 3, 1, 0)]
        if isinstance(layer, layers.Dense):
            values[0] = values[0].T
        if ours in FLATTENED:
            height, width, maps = model.get_layer(FLATTENED[ours]).output.shape[1:]
            kernel = values[0].reshape(maps, height, width, -1).transpose(1, 2, 0, 3)
            values[0] = kernel.reshape(height * width * maps, -1)
        layer.set_weights(values)
    return set(state) - read


def pad(x, before, after, value=0.0):
    return np.pad(x, ((0, 0), (0, 0), (before, after), (before, after)), constant_values=value)


def max_pool(x, size, stride, padding=0):
    """torch's max pooling with ceil_mode."""
    x = pad(x, padding, padding + stride - 1, -np.inf)
    windows = sliding_window_view(x, (size, size), (2, 3))[:, :, ::stride, ::stride]
    return windows.max((4, 5))


class NumPyGoogLeNet:
    """torchvision's forward pass in NumPy, `(batch, channels, height, width)`, straight from the state dict."""

    def __init__(self, state):
        self.state = state

    def unit(self, name, x, stride=1):
        w = self.state[f"{name}.conv.weight"]
        x = pad(x, w.shape[2] // 2, w.shape[2] // 2)
        windows = sliding_window_view(x, w.shape[2:], (2, 3))[:, :, ::stride, ::stride]
        x = np.tensordot(windows, w, ((1, 4, 5), (1, 2, 3))).transpose(0, 3, 1, 2)
        gamma, beta, mean, var = (
            self.state[f"{name}.bn.{key}"][:, None, None] for key in ("weight", "bias", "running_mean", "running_var")
        )
        return np.maximum((x - mean) / np.sqrt(var + 0.001) * gamma + beta, 0)

    def dense(self, name, x):
        return x @ self.state[f"{name}.weight"].T + self.state[f"{name}.bias"]

    def module(self, name, x):
        ends = [
            self.unit(f"{name}.branch1", x),
            self.unit(f"{name}.branch2.1", self.unit(f"{name}.branch2.0", x)),
            self.unit(f"{name}.branch3.1", self.unit(f"{name}.branch3.0", x)),
            self.unit(f"{name}.branch4.1", max_pool(x, 3, 1, padding=1)),
        ]
        return np.concatenate(ends, 1)

    def head(self, name, x):
        def windows(size):
            return [slice(i * size // 4, -(-(i + 1) * size // 4)) for i in range(4)]

        rows = [[x[:, :, r, c].mean((2, 3)) for c in windows(x.shape[3])] for r in windows(x.shape[2])]
        x = np.array(rows).transpose(2, 3, 0, 1)
        x = self.unit(f"{name}.conv", x)
        x = np.maximum(self.dense(f"{name}.fc1", x.reshape(len(x), -1)), 0)
        return self.dense(f"{name}.fc2", x)

    def __call__(self, x):
        x = max_pool(self.unit("conv1", x, 2), 3, 2)
        x = max_pool(self.unit("conv3", self.unit("conv2", x)), 3, 2)
        x = max_pool(self.module("inception3b", self.module("inception3a", x)), 3, 2)
        x = self.module("inception4a", x)
        aux1 = self.head("aux1", x)
        x = self.module("inception4d", self.module("inception4c", self.module("inception4b", x)))
        aux2 = self.head("aux2", x)
        x = max_pool(self.module("inception4e", x), 2, 2)
        x = self.module("inception5b", self.module("inception5a", x))
        return [self.dense("fc", x.mean((2, 3))), aux1, aux2]


@pytest.mark.usefixtures("shapes_only")
def test_torch_names_cover_the_state_dict():
    state = random_state(state_shapes())
    assert (len(state), sum(v.size for v in state.values())) == (305, 13_004_888 + 15_072)
    assert load(googlenet(variant="torch", auxiliary=True), state, auxiliary=True) == set()
    unread = load(googlenet(variant="torch"), state)
    assert unread == {key for key in state if key.startswith(TORCH_UNREAD)}


@pytest.mark.parametrize(
    "shape",
    [(33, 45), pytest.param((224, 224), marks=pytest.mark.slow), pytest.param((15, 16), marks=pytest.mark.slow)],
)
def test_torch_s_weights_give_torch_s_outputs(shape):
    """Odd sizes too, where torch's pools that round up differ from 'same' ones."""
    state = random_state(state_shapes())
    model = googlenet(variant="torch", auxiliary=True, input_shape=(*shape, 3), classifier_activation=None)
    load(model, state, auxiliary=True)
    x = np.random.default_rng(1).normal(size=(1, 3, *shape)).astype("float32")
    expected = NumPyGoogLeNet(state)(x)
    for ours, theirs in zip(model.predict(x.transpose(0, 2, 3, 1), verbose=0), expected, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5 * np.abs(theirs).max())
