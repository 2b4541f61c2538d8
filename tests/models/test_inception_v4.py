"""Inception v4: counts, stages and the modules' filters (timm's outputs: test_weights_torch.py)."""

from collections import Counter

import keras
import numpy as np
import pytest
from keras import layers

from ccv.models.cards.inception_v4 import CARDS
from ccv.models.inception_v4 import (
    inception_a,
    inception_b,
    inception_c,
    inception_v4,
    reduction_a,
    reduction_b,
    stem,
)
from ccv.models.torch_names.inception_v4 import torch_names

pytestmark = pytest.mark.slow  # large networks

CARD = CARDS[0]
STAGES = {
    "conv1": (149, 149, 32),
    "conv2": (147, 147, 32),
    "conv3": (147, 147, 64),
    "mixed_3a": (73, 73, 160),
    "mixed_4a": (71, 71, 192),
    "mixed_5a": (35, 35, 384),
    "inception_a1": (35, 35, 384),
    "inception_a4": (35, 35, 384),
    "reduction_a": (17, 17, 1024),
    "inception_b1": (17, 17, 1024),
    "inception_b7": (17, 17, 1024),
    "reduction_b": (8, 8, 1536),
    "inception_c1": (8, 8, 1536),
    "inception_c3": (8, 8, 1536),
    "avg_pool": (1536,),
    "predictions": (1000,),
}
CENSUS = {
    "InputLayer": 1,
    "Conv2D": 149,
    "BatchNormalization": 149,
    "Activation": 149,
    "MaxPooling2D": 4,
    "AveragePooling2D": 14,
    "Concatenate": 25,
    "GlobalAveragePooling2D": 1,
    "Dropout": 1,
    "Dense": 1,
}
# The figures: of each convolution of a module, in the order of its branches, kernel and filters.
FIGURES = {
    "stem": (stem, {}, "3x3 32, 3x3 32, 3x3 64, 3x3 96, 1x1 64, 3x3 96, 1x1 64, 1x7 64, 7x1 64, 3x3 96, 3x3 192"),
    "4": (inception_a, {"name": "m"}, "1x1 96, 1x1 64, 3x3 96, 1x1 64, 3x3 96, 3x3 96, 1x1 96"),
    "5": (
        inception_b,
        {"name": "m"},
        "1x1 384, 1x1 192, 1x7 224, 7x1 256, 1x1 192, 7x1 192, 1x7 224, 7x1 224, 1x7 256, 1x1 128",
    ),
    "6": (
        inception_c,
        {"name": "m"},
        "1x1 256, 1x1 384, 1x3 256, 3x1 256, 1x1 384, 3x1 448, 1x3 512, 1x3 256, 3x1 256, 1x1 256",
    ),
    "7": (
        reduction_a,
        {"k": 192, "l": 224, "m": 256, "n": 384, "name": "m"},
        "3x3 384, 1x1 192, 3x3 224, 3x3 256",
    ),
    "8": (reduction_b, {"name": "m"}, "1x1 192, 3x3 192, 1x1 256, 1x7 256, 7x1 320, 3x3 320"),
}


@pytest.fixture(scope="module")
def plain():
    return inception_v4()


def trainable(model):
    return sum(int(np.prod(w.shape)) for w in model.trainable_weights)


@pytest.mark.usefixtures("shapes_only")
def test_golden(plain):
    with_gamma, without = CARD.golden
    assert (with_gamma.params, with_gamma.stats, without.params) == (42_679_816, 63_168, 42_648_232)
    assert (trainable(plain), plain.count_params()) == (with_gamma.params, with_gamma.params + with_gamma.stats)
    assert with_gamma.params - with_gamma.notop == plain.get_layer("predictions").count_params() == 1_537_000
    model = inception_v4(**without.options)
    assert (trainable(model), model.count_params()) == (without.params, without.params + without.stats)
    assert without.params - without.notop == 1_537_000


def test_stages(plain):
    assert {name: plain.get_layer(name).output.shape[1:] for name in STAGES} == STAGES


def test_census(plain):
    assert Counter(type(layer).__name__ for layer in plain.layers) == CENSUS


def test_seventy_six_layers_deep_and_no_shortcut(plain):
    depth = {}
    for layer in plain.layers:
        before = [depth[parent.operation.name] for node in layer._inbound_nodes for parent in node.parent_nodes]
        depth[layer.name] = max(before, default=0) + isinstance(layer, (layers.Conv2D, layers.Dense))
    assert depth["predictions"] == 76
    assert not any(isinstance(layer, layers.Add) for layer in plain.layers)


@pytest.mark.parametrize("figure", FIGURES)
def test_the_filters_of_the_figures(figure):
    build, options, expected = FIGURES[figure]
    x = keras.Input((75, 75, 5))
    model = keras.Model(x, build(**options)(x))
    units = [layer for layer in model.layers if isinstance(layer, layers.Conv2D)]
    if figure != "stem":
        units.sort(key=lambda layer: layer.name)
    said = [f"{layer.kernel_size[0]}x{layer.kernel_size[1]} {layer.filters}" for layer in units]
    assert sorted(said) == sorted(expected.split(", "))
    if figure != "stem":
        assert said == expected.split(", ")


def test_batch_normalisation(plain):
    norms = [layer for layer in plain.layers if isinstance(layer, layers.BatchNormalization)]
    assert {(norm.epsilon, norm.scale) for norm in norms} == {(1e-3, True)}
    assert not any(layer.use_bias for layer in plain.layers if isinstance(layer, layers.Conv2D))


def test_width_scales_every_channel_count(plain):
    thin = inception_v4(width=1 / 8)
    assert [layer.name for layer in thin.layers] == [layer.name for layer in plain.layers]
    pairs = zip(thin.layers, plain.layers, strict=True)
    assert all(a.filters == b.filters / 8 for a, b in pairs if isinstance(a, layers.Conv2D))


def test_the_least_size():
    model = inception_v4(input_shape=(75, 75, 4), width=1 / 16)
    assert model.get_layer("inception_c3").output.shape[1:3] == (1, 1)
    with pytest.raises(ValueError) as raised:
        inception_v4(input_shape=(75, 74, 4))
    why = "a stem with three strides and two reductions, none of them padded, need at least 75 pixels"
    assert str(raised.value) == f"input_shape=(75, 74, 4) is too small for inception_v4: {why}"


def test_a_size_that_is_not_known_yet():
    model = inception_v4(input_shape=(None, None, 1), width=1 / 16, classes=5)
    for shape in ((1, 75, 80, 1), (1, 99, 75, 1)):
        out = np.asarray(model(np.zeros(shape, "float32")))
        assert out.shape == (1, 5)
        assert np.isfinite(out).all()


def test_scale_is_true_or_false():
    with pytest.raises(TypeError, match="scale=1 must be True or False"):
        inception_v4(scale=1)


def test_timm_s_names_cover_every_layer_with_weights(plain):
    names = torch_names()
    assert set(names) == {layer.name for layer in plain.layers if layer.weights}
    assert len(set(names.values())) == len(names)
