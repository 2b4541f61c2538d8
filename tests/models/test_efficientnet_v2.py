"""EfficientNetV2 B0 to B3: Keras's twins, and the table."""

from collections import Counter

import keras
import numpy as np
import pytest

import ccv.models.efficientnet_v2 as network
from ccv import models
from ccv.models import card, efficientnet_v2_b0

SIZES = {f"efficientnet_v2_b{size}": f"EfficientNetV2B{size}" for size in range(4)}
STAGES = {
    "stem_activation": (112, 112, 32),
    "block1a_project_activation": (112, 112, 16),
    "block2a_expand_activation": (56, 56, 64),
    "block2b_add": (56, 56, 32),
    "block3b_add": (28, 28, 48),
    "block4a_se_reduce": (1, 1, 12),
    "block4c_add": (14, 14, 96),
    "block5e_add": (14, 14, 112),
    "block6h_add": (7, 7, 192),
    "top_activation": (7, 7, 1280),
    "avg_pool": (1280,),
    "predictions": (1000,),
}
# Stem and last channels, those of the six stages, blocks in each, as Keras's networks have them.
SCALED = {
    "efficientnet_v2_b0": (32, 1280, [16, 32, 48, 96, 112, 192], [1, 2, 2, 3, 5, 8]),
    "efficientnet_v2_b1": (32, 1280, [16, 32, 48, 96, 112, 192], [2, 3, 3, 4, 6, 9]),
    "efficientnet_v2_b2": (32, 1408, [16, 32, 56, 104, 120, 208], [2, 3, 3, 4, 6, 10]),
    "efficientnet_v2_b3": (40, 1536, [16, 40, 56, 112, 136, 232], [2, 3, 3, 5, 7, 12]),
}


def count(weights):
    return sum(int(np.prod(weight.shape)) for weight in weights)


def randomised(model, seed=0):
    """Weights that all matter, statistics too, at a scale that keeps the signal alive."""
    rng = np.random.default_rng(seed)
    values = []
    for weight in model.weights:
        shape = tuple(weight.shape)
        if len(shape) == 1:
            spread = weight.name in ("gamma", "moving_variance")
            values.append(rng.uniform(0.5, 1.5, shape) if spread else rng.normal(0, 0.2, shape))
        else:
            fan_in = np.prod(shape[:2] if shape[-1] == 1 else shape[:-1])
            values.append(rng.normal(0, (2 / fan_in) ** 0.5, shape))
    model.set_weights(values)
    return model


@pytest.mark.usefixtures("shapes_only")
@pytest.mark.parametrize("name", SIZES)
def test_golden_of_keras(name):
    model, theirs = models.build(name), getattr(keras.applications, SIZES[name])(weights=None)
    [golden] = card(name).golden
    assert count(model.trainable_weights) == count(theirs.trainable_weights) == golden.params
    assert count(model.non_trainable_weights) == count(theirs.non_trainable_weights) == golden.stats
    assert golden.params - count(model.layers[-1].weights) == golden.notop
    assert [w.shape for w in model.weights] == [w.shape for w in theirs.weights]
    assert Counter(type(layer).__name__ for layer in model.layers) == Counter(
        type(layer).__name__ for layer in theirs.layers
    )
    assert model.input_shape == theirs.input_shape
    stem, last, filters, repeats = SCALED[name]
    rows = [row for row, _ in network.blocks(network.SCALES[name])]
    assert (model.get_layer("stem_conv").filters, model.get_layer("top_conv").filters) == (stem, last)
    assert [row.filters for row in rows if row.name.endswith("a")] == filters
    assert [sum(row.name.startswith(f"block{stage}") for row in rows) for stage in range(1, 7)] == repeats


@pytest.mark.usefixtures("shapes_only")
def test_stages():
    model = efficientnet_v2_b0()
    assert {name: model.get_layer(name).output.shape[1:] for name in STAGES} == STAGES
    gated = {layer.name[:6] for layer in model.layers if layer.name.endswith("_se_excite")}
    assert gated == {"block4", "block5", "block6"}


B0, ODD = "efficientnet_v2_b0", (97, 75, 3)
CASES = [
    *((name, ODD, {}) for name in SIZES),
    (B0, (64, 64, 1), {}),
    (B0, (64, 96, 4), {"include_top": False, "pooling": "max"}),
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "shape", "options"), CASES)
def test_the_outputs_are_those_of_keras(name, shape, options, tmp_path):
    common = {"weights": None, "input_shape": shape, "classifier_activation": None} | options
    theirs = randomised(getattr(keras.applications, SIZES[name])(**common))
    theirs.save(tmp_path / "theirs.h5")
    ours = models.build(name, **common | {"weights": tmp_path / "theirs.h5"})
    x = np.random.default_rng(1).uniform(0, 255, (2, *shape)).astype("float32")
    expected, found = (np.asarray(one(x, training=False)) for one in (theirs, ours))
    assert found.shape == expected.shape
    largest = np.abs(expected).max()
    assert np.abs(expected[0] - expected[1]).max() > 0.1 * largest
    np.testing.assert_allclose(found, expected, atol=1e-5 * largest)


def test_preprocessing_outside_is_the_card_s():
    """The network without it, behind the pixels that the card names for that form, is the network with it."""
    small = {"width": 1 / 8, "input_shape": (32, 32, 3), "classes": 4}
    inside, outside = efficientnet_v2_b0(**small), efficientnet_v2_b0(**small, include_preprocessing=False)
    outside.set_weights(inside.get_weights())
    assert not {"rescaling", "normalization"} & {layer.name for layer in outside.layers}
    x = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), dtype="uint8")
    pixels = card("efficientnet_v2_b0").pixels({"include_preprocessing": False}).layer()(x)
    expected = inside(x.astype("float32"), training=False)
    np.testing.assert_allclose(outside(pixels, training=False), expected, atol=1e-6)


@pytest.mark.usefixtures("shapes_only")
def test_stochastic_depth_grows_and_can_be_left_out():
    drops = [layer.rate for layer in efficientnet_v2_b0(width=1 / 8).layers if layer.name.endswith("_drop")]
    assert drops == pytest.approx([0.2 * n / 21 for n in (2, 4, 6, 7, 9, 10, 11, 12, *range(14, 21))])
    none = efficientnet_v2_b0(width=1 / 8, drop_connect=0)
    assert not [layer for layer in none.layers if layer.name.startswith("block") and layer.name.endswith("_drop")]


def test_the_least_image_and_an_open_size():
    assert efficientnet_v2_b0(input_shape=(17, 17, 3), width=1 / 8).get_layer("top_conv").output.shape[1:3] == (1, 1)
    assert efficientnet_v2_b0(input_shape=(None, None, 3), width=1 / 8).output_shape == (None, 1000)
    with pytest.raises(ValueError, match="five halvings, the last of more than one cell, need at least 17 pixels"):
        efficientnet_v2_b0(input_shape=(17, 16, 3))
