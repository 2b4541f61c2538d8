"""Inception v3: counts, stages, Keras's and torchvision's outputs from the same weights."""

from collections import Counter
from importlib import import_module

import h5py
import keras
import numpy as np
import pytest
from keras import layers
from numpy.lib.stride_tricks import sliding_window_view

from ccv.models._inception import Conv, Style, branches, conv_bn
from ccv.models.cards.inception_v3 import CARDS
from ccv.models.inception_v3 import (
    expanded_3x3,
    factorized_3x3,
    factorized_7x7,
    inception_v3,
    reduction_3x3,
    reduction_7x7,
)
from ccv.models.torch_names.inception_v3 import TORCH_UNREAD, torch_names

module = import_module("ccv.models.inception_v3")  # `ccv.models.inception_v3` is the builder

CARD = CARDS[0]
STAGES = {
    "conv1": (149, 149, 32),
    "conv2": (147, 147, 32),
    "conv3": (147, 147, 64),
    "pool1": (73, 73, 64),
    "conv4": (73, 73, 80),
    "conv5": (71, 71, 192),
    "pool2": (35, 35, 192),
    "mixed0": (35, 35, 256),
    "mixed1": (35, 35, 288),
    "mixed2": (35, 35, 288),
    "mixed3": (17, 17, 768),
    "mixed4": (17, 17, 768),
    "mixed5": (17, 17, 768),
    "mixed6": (17, 17, 768),
    "mixed7": (17, 17, 768),
    "mixed8": (8, 8, 1280),
    "mixed9": (8, 8, 2048),
    "mixed10": (8, 8, 2048),
    "avg_pool": (2048,),
    "predictions": (1000,),
}
CENSUS = {
    "InputLayer": 1,
    "Conv2D": 94,
    "BatchNormalization": 94,
    "Activation": 94,
    "MaxPooling2D": 4,
    "AveragePooling2D": 9,
    "Concatenate": 15,
    "GlobalAveragePooling2D": 1,
    "Dense": 1,
}
TORCH_CENSUS = CENSUS | {"ZeroPadding2D": 9, "Dropout": 1}


@pytest.fixture(scope="module")
def plain():
    return inception_v3()


def trainable(model):
    return sum(int(np.prod(w.shape)) for w in model.trainable_weights)


def census(model):
    return Counter(type(layer).__name__ for layer in model.layers)


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


def test_the_catalogue_s_numbers(plain):
    assert plain.count_params() == 23_851_784
    assert plain.count_params() - plain.get_layer("predictions").count_params() == 21_802_784
    assert trainable(plain) == 23_817_352
    goldens = {golden.label: golden for golden in CARD.golden}
    auxiliary = goldens["torch, with gamma and the auxiliary head"]
    assert (auxiliary.params, auxiliary.stats) == (27_161_264, 36_224)


def test_stages(plain):
    assert {name: plain.get_layer(name).output.shape[1:] for name in STAGES} == STAGES


def test_census(plain):
    assert census(plain) == CENSUS
    assert census(inception_v3(variant="torch")) == TORCH_CENSUS


def test_forty_eight_layers_deep(plain):
    depth = {}
    for layer in plain.layers:
        before = [depth[parent.operation.name] for node in layer._inbound_nodes for parent in node.parent_nodes]
        depth[layer.name] = max(before, default=0) + isinstance(layer, (layers.Conv2D, layers.Dense))
    assert depth["predictions"] == 48


# Keras ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "options"),
    [
        ((299, 299, 3), {}),
        pytest.param((75, 90, 1), {"include_top": False}, marks=pytest.mark.slow),
        pytest.param((96, 96, 4), {"include_top": False, "pooling": "max"}, marks=pytest.mark.slow),
        pytest.param((107, 80, 3), {"classes": 7, "classifier_activation": None}, marks=pytest.mark.slow),
    ],
)
def test_keras_s_weights_give_keras_s_outputs(shape, options):
    theirs = keras.applications.InceptionV3(weights=None, input_shape=shape, **options)
    randomize(theirs)
    ours = inception_v3(input_shape=shape, **options)
    ours.set_weights(theirs.get_weights())
    assert_same_outputs(ours, theirs, shape)


@pytest.mark.slow
def test_keras_s_files_load_unchanged(tmp_path):
    """Keras's own `.weights.h5`, and the older `.h5` in which the published weights are."""
    from keras.src.legacy.saving import legacy_h5_format

    theirs = keras.applications.InceptionV3(weights=None, include_top=False, input_shape=(75, 75, 3), pooling="avg")
    randomize(theirs)
    theirs.save_weights(tmp_path / "a.weights.h5")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, theirs)
    ours = inception_v3(include_top=False, input_shape=(75, 75, 3), pooling="avg")
    for file in ("a.weights.h5", "a.h5"):
        randomize(ours, seed=5)
        ours.load_weights(tmp_path / file)
        assert_same_outputs(ours, theirs, (75, 75, 3))


# The modules ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("build", "counts", "size", "maps"),
    [
        (factorized_3x3, (32,), 9, 256),
        (factorized_7x7, (128,), 9, 768),
        (expanded_3x3, (), 9, 2048),
        (reduction_3x3, (), 4, 384 + 96 + 5),
        (reduction_7x7, (), 4, 320 + 192 + 5),
    ],
)
def test_modules(build, counts, size, maps):
    x = keras.Input((9, 9, 5))
    model = keras.Model(x, build(*counts, name="m")(x))
    assert model.output_shape == (None, size, size, maps)
    assert model.layers[-1].name == "m"


def kernels(build, *counts):
    x = keras.Input((9, 9, 5))
    model = keras.Model(x, build(*counts, name="m")(x))
    return {layer.name: layer.kernel.shape for layer in model.layers if isinstance(layer, layers.Conv2D)}


def test_a_large_filter_in_factors():
    assert kernels(factorized_7x7, 128) == {
        "m_branch1_1_1x1": (1, 1, 5, 192),
        "m_branch2_1_1x1": (1, 1, 5, 128),
        "m_branch2_2_1x7": (1, 7, 128, 128),
        "m_branch2_3_7x1": (7, 1, 128, 192),
        "m_branch3_1_1x1": (1, 1, 5, 128),
        "m_branch3_2_7x1": (7, 1, 128, 128),
        "m_branch3_3_1x7": (1, 7, 128, 128),
        "m_branch3_4_7x1": (7, 1, 128, 128),
        "m_branch3_5_1x7": (1, 7, 128, 192),
        "m_branch4_2_1x1": (1, 1, 5, 192),
    }
    fan = {name: shape for name, shape in kernels(expanded_3x3).items() if "1x3" in name or "3x1" in name}
    assert fan == {
        "m_branch2_2_1x3": (1, 3, 384, 384),
        "m_branch2_2_3x1": (3, 1, 384, 384),
        "m_branch3_3_1x3": (1, 3, 384, 384),
        "m_branch3_3_3x1": (3, 1, 384, 384),
    }


def test_the_two_styles_of_a_unit():
    x = keras.Input((5, 5, 2))
    for style, expected in ((Style(), (False, 0.99)), (Style(gamma=True, momentum=0.9), (True, 0.9))):
        model = keras.Model(x, conv_bn(Conv(3, "1x3"), name="c", style=style)(x))
        norm = model.get_layer("c_bn")
        assert (norm.scale, norm.momentum, norm.epsilon, norm.center) == (*expected, 1e-3, True)
        assert not model.get_layer("c").use_bias
        assert model.get_layer("c").kernel.shape == (1, 3, 2, 3)


def test_the_border_of_an_average():
    """Keras averages what is there; torch counts the zeros around it as well."""
    x = keras.Input((4, 4, 1))
    ones = np.ones((1, 4, 4, 1), "float32")
    for counted, corner in ((False, 1), (True, 4 / 9)):
        style = Style(count_border=counted)
        model = keras.Model(x, branches((module.AVERAGE,), (module.AVERAGE,), name="m", style=style)(x))
        out = np.asarray(model(ones))
        assert out.shape == (1, 4, 4, 2)
        np.testing.assert_allclose(out[0, 0, 0], corner, rtol=1e-6)
        np.testing.assert_allclose(out[0, 1, 1], 1, rtol=1e-6)


@pytest.mark.usefixtures("shapes_only")
def test_width_scales_every_channel_count(plain):
    thin = inception_v3(width=1 / 8)
    assert [layer.name for layer in thin.layers] == [layer.name for layer in plain.layers]
    pairs = zip(thin.layers, plain.layers, strict=True)
    assert all(a.filters == b.filters / 8 for a, b in pairs if isinstance(a, layers.Conv2D))


# The auxiliary head, sizes, bad input ----------------------------------------------------------------------


def test_the_auxiliary_head_is_a_further_output():
    model = inception_v3(auxiliary=True, width=1 / 16, classes=7, variant="torch")
    assert model.output_names == ["predictions", "aux_predictions"]
    assert model.get_layer("aux_pool").input.name == model.get_layer("mixed7").output.name
    assert model.get_layer("aux_pool").output.shape[1:3] == (5, 5)
    assert model.get_layer("aux_conv2").output.shape[1:3] == (1, 1)
    outputs = model.predict(np.random.default_rng(0).normal(size=(2, 299, 299, 3)), verbose=0)
    np.testing.assert_allclose([output.sum() for output in outputs], 2, rtol=1e-5)


@pytest.mark.parametrize(
    ("options", "least", "why"),
    [
        ({}, 75, "a stem with three strides and two further reductions, none of them padded,"),
        ({"variant": "torch"}, 75, "none of them padded"),
        ({"auxiliary": True}, 299, "the auxiliary head's 5x5 pooling and 5x5 convolution"),
    ],
)
def test_the_least_size(options, least, why):
    model = inception_v3(input_shape=(least, least, 1), width=1 / 16, **options)
    assert model.get_layer("mixed10").output.shape[1:3] == ((1, 1) if least == 75 else (8, 8))
    with pytest.raises(ValueError, match=f"need at least {least} pixels") as raised:
        inception_v3(input_shape=(least, least - 1, 1), **options)
    assert why in str(raised.value)


def test_a_size_that_is_not_known_yet():
    model = inception_v3(input_shape=(None, None, 3), width=1 / 16, classes=5, variant="torch")
    for shape in ((1, 75, 80, 3), (1, 99, 75, 3)):
        assert np.asarray(model(np.zeros(shape, "float32"))).shape == (1, 5)


@pytest.mark.slow
@pytest.mark.parametrize(("options", "rate"), [({"variant": "torch"}, 0.5), ({"dropout": 0.3}, 0.3)])
def test_dropout(options, rate):
    assert inception_v3(width=1 / 16, **options).get_layer("dropout").rate == rate


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"variant": "paper"}, ValueError, "variant"),
        ({"auxiliary": "yes"}, TypeError, "auxiliary='yes' must be True or False"),
        ({"auxiliary": True, "include_top": False}, ValueError, "auxiliary=True needs include_top=True"),
    ],
)
def test_bad_input(options, error, message):
    with pytest.raises(error) as raised:
        inception_v3(**options)
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


# torchvision ------------------------------------------------------------------------------------------------


def unit_shapes():
    """The convolutions of torchvision's network, written down from its source: name -> (out, in, kh, kw)."""
    units = {
        "Conv2d_1a_3x3": (32, 3, 3, 3),
        "Conv2d_2a_3x3": (32, 32, 3, 3),
        "Conv2d_2b_3x3": (64, 32, 3, 3),
        "Conv2d_3b_1x1": (80, 64, 1, 1),
        "Conv2d_4a_3x3": (192, 80, 3, 3),
        "AuxLogits.conv0": (128, 768, 1, 1),
        "AuxLogits.conv1": (768, 128, 5, 5),
    }
    for name, maps, pool in (("Mixed_5b", 192, 32), ("Mixed_5c", 256, 64), ("Mixed_5d", 288, 64)):
        units |= {
            f"{name}.branch1x1": (64, maps, 1, 1),
            f"{name}.branch5x5_1": (48, maps, 1, 1),
            f"{name}.branch5x5_2": (64, 48, 5, 5),
            f"{name}.branch3x3dbl_1": (64, maps, 1, 1),
            f"{name}.branch3x3dbl_2": (96, 64, 3, 3),
            f"{name}.branch3x3dbl_3": (96, 96, 3, 3),
            f"{name}.branch_pool": (pool, maps, 1, 1),
        }
    units |= {
        "Mixed_6a.branch3x3": (384, 288, 3, 3),
        "Mixed_6a.branch3x3dbl_1": (64, 288, 1, 1),
        "Mixed_6a.branch3x3dbl_2": (96, 64, 3, 3),
        "Mixed_6a.branch3x3dbl_3": (96, 96, 3, 3),
    }
    for name, c in (("Mixed_6b", 128), ("Mixed_6c", 160), ("Mixed_6d", 160), ("Mixed_6e", 192)):
        units |= {
            f"{name}.branch1x1": (192, 768, 1, 1),
            f"{name}.branch7x7_1": (c, 768, 1, 1),
            f"{name}.branch7x7_2": (c, c, 1, 7),
            f"{name}.branch7x7_3": (192, c, 7, 1),
            f"{name}.branch7x7dbl_1": (c, 768, 1, 1),
            f"{name}.branch7x7dbl_2": (c, c, 7, 1),
            f"{name}.branch7x7dbl_3": (c, c, 1, 7),
            f"{name}.branch7x7dbl_4": (c, c, 7, 1),
            f"{name}.branch7x7dbl_5": (192, c, 1, 7),
            f"{name}.branch_pool": (192, 768, 1, 1),
        }
    units |= {
        "Mixed_7a.branch3x3_1": (192, 768, 1, 1),
        "Mixed_7a.branch3x3_2": (320, 192, 3, 3),
        "Mixed_7a.branch7x7x3_1": (192, 768, 1, 1),
        "Mixed_7a.branch7x7x3_2": (192, 192, 1, 7),
        "Mixed_7a.branch7x7x3_3": (192, 192, 7, 1),
        "Mixed_7a.branch7x7x3_4": (192, 192, 3, 3),
    }
    for name, maps in (("Mixed_7b", 1280), ("Mixed_7c", 2048)):
        units |= {
            f"{name}.branch1x1": (320, maps, 1, 1),
            f"{name}.branch3x3_1": (384, maps, 1, 1),
            f"{name}.branch3x3_2a": (384, 384, 1, 3),
            f"{name}.branch3x3_2b": (384, 384, 3, 1),
            f"{name}.branch3x3dbl_1": (448, maps, 1, 1),
            f"{name}.branch3x3dbl_2": (384, 448, 3, 3),
            f"{name}.branch3x3dbl_3a": (384, 384, 1, 3),
            f"{name}.branch3x3dbl_3b": (384, 384, 3, 1),
            f"{name}.branch_pool": (192, maps, 1, 1),
        }
    return units


def state_shapes():
    """The keys and shapes of torchvision's state dict, `num_batches_tracked` aside."""
    shapes = {}
    for name, shape in unit_shapes().items():
        shapes[f"{name}.conv.weight"] = shape
        shapes |= {f"{name}.bn.{key}": shape[:1] for key in ("weight", "bias", "running_mean", "running_var")}
    for name, shape in (("fc", (1000, 2048)), ("AuxLogits.fc", (1000, 768))):
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
        layer.set_weights(values)
    return set(state) - read


def windows(x, kernel, stride=1, padding=(0, 0), value=0.0):
    rows, columns = padding
    x = np.pad(x, ((0, 0), (0, 0), (rows, rows), (columns, columns)), constant_values=value)
    return sliding_window_view(x, kernel, (2, 3))[:, :, ::stride, ::stride]


class NumPyInception:
    """torchvision's forward pass in NumPy, `(batch, channels, height, width)`, straight from the state dict."""

    def __init__(self, state):
        self.state = state

    def unit(self, name, x, stride=1, padded=True):
        w = self.state[f"{name}.conv.weight"]
        kernel = w.shape[2:]
        padding = (kernel[0] // 2, kernel[1] // 2) if padded and stride == 1 else (0, 0)
        x = np.tensordot(windows(x, kernel, stride, padding), w, ((1, 4, 5), (1, 2, 3))).transpose(0, 3, 1, 2)
        gamma, beta, mean, var = (
            self.state[f"{name}.bn.{key}"][:, None, None] for key in ("weight", "bias", "running_mean", "running_var")
        )
        return np.maximum((x - mean) / np.sqrt(var + 0.001) * gamma + beta, 0)

    def chain(self, name, x, count, last_stride=1):
        for i in range(1, count + 1):
            x = self.unit(f"{name}_{i}", x, last_stride if i == count else 1)
        return x

    def pooled(self, name, x):
        return self.unit(f"{name}.branch_pool", windows(x, (3, 3), 1, (1, 1)).mean((4, 5)))

    def a(self, name, x):
        ends = [self.unit(f"{name}.branch1x1", x), self.chain(f"{name}.branch5x5", x, 2)]
        return np.concatenate([*ends, self.chain(f"{name}.branch3x3dbl", x, 3), self.pooled(name, x)], 1)

    def b(self, name, x):
        ends = [self.unit(f"{name}.branch1x1", x), self.chain(f"{name}.branch7x7", x, 3)]
        return np.concatenate([*ends, self.chain(f"{name}.branch7x7dbl", x, 5), self.pooled(name, x)], 1)

    def fan(self, name, x):
        return np.concatenate([self.unit(f"{name}a", x), self.unit(f"{name}b", x)], 1)

    def c(self, name, x):
        ends = [self.unit(f"{name}.branch1x1", x)]
        ends.append(self.fan(f"{name}.branch3x3_2", self.unit(f"{name}.branch3x3_1", x)))
        ends.append(self.fan(f"{name}.branch3x3dbl_3", self.chain(f"{name}.branch3x3dbl", x, 2)))
        return np.concatenate([*ends, self.pooled(name, x)], 1)

    def reduction_a(self, name, x):
        ends = [self.unit(f"{name}.branch3x3", x, 2), self.chain(f"{name}.branch3x3dbl", x, 3, 2)]
        return np.concatenate([*ends, windows(x, (3, 3), 2).max((4, 5))], 1)

    def reduction_b(self, name, x):
        ends = [self.chain(f"{name}.branch3x3", x, 2, 2), self.chain(f"{name}.branch7x7x3", x, 4, 2)]
        return np.concatenate([*ends, windows(x, (3, 3), 2).max((4, 5))], 1)

    def head(self, x):
        x = self.unit("AuxLogits.conv0", windows(x, (5, 5), 3).mean((4, 5)))
        return self.dense("AuxLogits.fc", self.unit("AuxLogits.conv1", x, padded=False).mean((2, 3)))

    def dense(self, name, x):
        return x @ self.state[f"{name}.weight"].T + self.state[f"{name}.bias"]

    def __call__(self, x, auxiliary=False):
        x = self.unit("Conv2d_2a_3x3", self.unit("Conv2d_1a_3x3", x, 2), padded=False)
        x = windows(self.unit("Conv2d_2b_3x3", x), (3, 3), 2).max((4, 5))
        x = self.unit("Conv2d_4a_3x3", self.unit("Conv2d_3b_1x1", x), padded=False)
        x = windows(x, (3, 3), 2).max((4, 5))
        x = self.a("Mixed_5d", self.a("Mixed_5c", self.a("Mixed_5b", x)))
        x = self.reduction_a("Mixed_6a", x)
        x = self.b("Mixed_6e", self.b("Mixed_6d", self.b("Mixed_6c", self.b("Mixed_6b", x))))
        heads = [self.head(x)] if auxiliary else []
        x = self.c("Mixed_7c", self.c("Mixed_7b", self.reduction_b("Mixed_7a", x)))
        return [self.dense("fc", x.mean((2, 3))), *heads]


@pytest.mark.usefixtures("shapes_only")
def test_torch_names_cover_the_state_dict():
    state = random_state(state_shapes())
    assert (len(state), sum(v.size for v in state.values())) == (484, 27_161_264 + 36_224)
    assert load(inception_v3(variant="torch", auxiliary=True), state, auxiliary=True) == set()


@pytest.mark.parametrize("shape", [(80, 107), pytest.param((299, 299), marks=pytest.mark.slow)])
def test_torch_s_weights_give_torch_s_outputs(shape):
    state, auxiliary = random_state(state_shapes()), shape == (299, 299)
    options = {"variant": "torch", "input_shape": (*shape, 3), "classifier_activation": None}
    model = inception_v3(auxiliary=auxiliary, **options)
    unread = load(model, state, auxiliary=auxiliary)
    assert unread == {key for key in state if key.startswith(TORCH_UNREAD) and not auxiliary}
    x = np.random.default_rng(1).normal(size=(1, 3, *shape)).astype("float32")
    outputs = model.predict(x.transpose(0, 2, 3, 1), verbose=0)
    outputs = outputs if auxiliary else [outputs]
    for ours, theirs in zip(outputs, NumPyInception(state)(x, auxiliary), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5 * np.abs(theirs).max())
