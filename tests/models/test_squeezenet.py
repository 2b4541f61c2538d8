"""SqueezeNet 1.0, 1.1 and the slides' 24 layers (catalogue 2.7), and torchvision's weights."""

from collections import Counter

import keras
import numpy as np
import pytest

from ccv.models.cards.squeezenet import CARDS
from ccv.models.squeezenet import fire_module, squeezenet1_0, squeezenet1_1, squeezenet24
from ccv.models.torch_names.squeezenet import torch_names

BUILDERS = {"squeezenet1_0": squeezenet1_0, "squeezenet1_1": squeezenet1_1, "squeezenet24": squeezenet24}
# layer: output at 224 pixels; a fire module is what its concatenation gives
STAGES = {
    "squeezenet1_0": {
        "conv1": (109, 109, 96), "pool1": (54, 54, 96), "fire2_concat": (54, 54, 128), "fire3_concat": (54, 54, 128),
        "fire4_concat": (54, 54, 256), "pool4": (27, 27, 256), "fire5_concat": (27, 27, 256),
        "fire6_concat": (27, 27, 384), "fire7_concat": (27, 27, 384), "fire8_concat": (27, 27, 512),
        "pool8": (13, 13, 512), "fire9_concat": (13, 13, 512), "conv10": (13, 13, 1000), "predictions": (1000,),
    },
    "squeezenet1_1": {
        "conv1": (111, 111, 64), "pool1": (55, 55, 64), "fire2_concat": (55, 55, 128), "fire3_concat": (55, 55, 128),
        "pool3": (27, 27, 128), "fire4_concat": (27, 27, 256), "fire5_concat": (27, 27, 256), "pool5": (13, 13, 256),
        "fire6_concat": (13, 13, 384), "fire7_concat": (13, 13, 384), "fire8_concat": (13, 13, 512),
        "fire9_concat": (13, 13, 512), "conv10": (13, 13, 1000), "predictions": (1000,),
    },
    "squeezenet24": {
        "conv1": (224, 224, 32), "fire2_concat": (224, 224, 32), "pool2": (112, 112, 32),
        "fire3_concat": (112, 112, 96), "pool3": (56, 56, 96), "fire4_concat": (56, 56, 128),
        "fire5_concat": (56, 56, 160), "fire6_concat": (56, 56, 192), "pool6": (28, 28, 192),
        "fire7_concat": (28, 28, 224), "fire8_concat": (28, 28, 256), "fire9_concat": (28, 28, 320),
        "pool9": (14, 14, 320), "fire10_concat": (14, 14, 384), "fire11_concat": (14, 14, 448),
        "pool11": (7, 7, 448), "fire12_concat": (7, 7, 512), "gap": (512,), "predictions": (104,),
    },
}  # fmt: skip
# fire module: parameters of squeeze, expand1x1, expand3x3 (paper, table 1)
FIRES1_0 = {
    "fire2": (1_552, 1_088, 9_280), "fire3": (2_064, 1_088, 9_280), "fire4": (4_128, 4_224, 36_992),
    "fire5": (8_224, 4_224, 36_992), "fire6": (12_336, 9_408, 83_136), "fire7": (18_480, 9_408, 83_136),
    "fire8": (24_640, 16_640, 147_712), "fire9": (32_832, 16_640, 147_712),
}  # fmt: skip
PLAIN = {
    "InputLayer": 1, "Conv2D": 26, "ZeroPadding2D": 3, "MaxPooling2D": 3, "Concatenate": 8, "Dropout": 1,
    "GlobalAveragePooling2D": 1, "Activation": 1,
}  # fmt: skip
CENSUS = {
    "squeezenet1_0": PLAIN,
    "squeezenet1_1": PLAIN,
    "squeezenet24": {
        "InputLayer": 1, "Conv2D": 34, "BatchNormalization": 34, "MaxPooling2D": 5, "Concatenate": 11,
        "GlobalAveragePooling2D": 1, "Dense": 1,
    },
}  # fmt: skip


def trainable(model):
    return sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)


@pytest.mark.parametrize("name", BUILDERS)
def test_stages_and_census(name):
    model = BUILDERS[name]()
    for layer, output in STAGES[name].items():
        assert model.get_layer(layer).output.shape[1:] == output, layer
    assert Counter(type(layer).__name__ for layer in model.layers) == CENSUS[name]


@pytest.mark.usefixtures("shapes_only")
@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
def test_golden(card):
    (golden,) = card.golden
    model = BUILDERS[card.name]()
    assert trainable(model) == golden.params
    assert model.count_params() == golden.params + golden.stats
    assert trainable(BUILDERS[card.name](include_top=False)) == golden.notop


def test_24_layers_with_and_without_the_head():
    assert squeezenet24().count_params() == 2_755_848
    assert squeezenet24(include_top=False).count_params() == 2_702_496
    assert squeezenet24().get_layer("predictions").count_params() == 53_352
    model = squeezenet24()
    assert 1 + sum(layer.name.endswith(("_squeeze", "_expand3x3")) for layer in model.layers) + 1 == 24
    assert all(layer.momentum == 0.9 for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization))


def test_every_fire_module_of_table_1():
    model = squeezenet1_0()
    for fire, expected in FIRES1_0.items():
        counts = tuple(
            model.get_layer(f"{fire}_{part}").count_params() for part in ("squeeze", "expand1x1", "expand3x3")
        )
        assert counts == expected, fire
    assert 14_208 + sum(map(sum, FIRES1_0.values())) == 735_424


def test_a_fire_module_by_its_formula():
    inputs = keras.Input((9, 8, 10))
    model = keras.Model(inputs, fire_module(3, 5, name="fire")(inputs))
    assert model.output_shape == (None, 9, 8, 10)
    assert model.count_params() == (10 + 1) * 3 + (3 + 1) * 5 + (9 * 3 + 1) * 5
    x = np.random.default_rng(0).normal(size=(1, 9, 8, 10)).astype("float32")
    squeezed = np.maximum(x @ model.get_layer("fire_squeeze").get_weights()[0][0, 0], 0)
    expanded = np.maximum(squeezed @ model.get_layer("fire_expand1x1").get_weights()[0][0, 0], 0)
    np.testing.assert_allclose(model.predict(x, verbose=0)[..., :5], expanded, atol=1e-6)


@pytest.mark.parametrize("name", BUILDERS)
def test_any_size_and_channel_count(name):
    model = BUILDERS[name](width=1 / 8, classes=4, input_shape=(None, None, 4))
    out = model.predict(np.random.default_rng(0).normal(size=(2, 65, 50, 4)), verbose=0)
    assert out.shape == (2, 4)
    np.testing.assert_allclose(out.sum(1), 1, rtol=1e-5)


@pytest.mark.parametrize(
    ("name", "least", "why"),
    [
        ("squeezenet1_0", 21, "a 7x7 convolution and three 3x3 poolings, all with stride 2, need at least 21"),
        ("squeezenet1_1", 17, "a 3x3 convolution and three 3x3 poolings, all with stride 2, need at least 17"),
        ("squeezenet24", 32, "five halvings need at least 32"),
    ],
)
def test_the_least_size_is_the_least_size(name, least, why):
    model = BUILDERS[name](width=1 / 8, input_shape=(least, least, 1))
    last = [layer for layer in model.layers if isinstance(layer, keras.layers.MaxPooling2D)][-1]
    assert last.output.shape[1:3] == (1, 1)
    with pytest.raises(ValueError, match=why):
        BUILDERS[name](width=1 / 8, input_shape=(least, least - 1, 1))


def test_one_pixel_less_leaves_the_last_pool_nothing():
    def last(size, kernel):
        size = (size - kernel) // 2 + 1
        for _ in range(3):
            size = -(-(size - 3) // 2) + 1
        return size

    assert (last(21, 7), last(20, 7)) == (last(17, 3), last(16, 3)) == (1, 0)


# torchvision --------------------------------------------------------------------------------------------------


def state(name):
    """Write down torchvision's `state_dict`: name of each weight -> shape."""
    sizes = [(16, 64), (16, 64), (32, 128), (32, 128), (48, 192), (48, 192), (64, 256), (64, 256)]
    if name == "squeezenet1_0":
        first, places, last = (96, 3, 7, 7), (3, 4, 5, 7, 8, 9, 10, 12), 96
    else:
        first, places, last = (64, 3, 3, 3), (3, 4, 6, 7, 9, 10, 11, 12), 64
    shapes = {"features.0": first, "classifier.1": (1000, 512, 1, 1)}
    for place, (squeeze, expand) in zip(places, sizes, strict=True):
        shapes[f"features.{place}.squeeze"] = (squeeze, last, 1, 1)
        shapes[f"features.{place}.expand1x1"] = (expand, squeeze, 1, 1)
        shapes[f"features.{place}.expand3x3"] = (expand, squeeze, 3, 3)
        last = 2 * expand
    return shapes


@pytest.mark.parametrize("name", ["squeezenet1_0", "squeezenet1_1"])
def test_torch_names_cover_the_state_dict(name):
    model, names, shapes = BUILDERS[name](), torch_names(name), state(name)
    assert {layer.name for layer in model.layers if layer.weights} == set(names)
    assert set(names.values()) == set(shapes)
    for ours, theirs in names.items():
        kernel, bias = model.get_layer(ours).weights
        assert tuple(kernel.shape[axis] for axis in (3, 2, 0, 1)) == shapes[theirs]
        assert tuple(bias.shape) == shapes[theirs][:1]


def test_torchvision_has_no_24_layers():
    with pytest.raises(ValueError, match="'squeezenet24'"):
        torch_names("squeezenet24")
