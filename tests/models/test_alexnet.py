"""AlexNet: the layer table of the slides row by row (catalogue 2.2), groups, LRN, torchvision's form."""

from collections import Counter

import keras
import numpy as np
import pytest

from ccv.models.alexnet import alexnet
from ccv.models.cards.alexnet import ALEXNET
from ccv.models.torch_names.alexnet import torch_names

# layer: output, parameters of one tower, of two, units (its outputs, where it has weights)
TABLE = {
    "conv1": ((55, 55, 96), 34_944, 34_944, 290_400),
    "pool1": ((27, 27, 96), 0, 0, 0),
    "norm1": ((27, 27, 96), 0, 0, 0),
    "conv2": ((27, 27, 256), 614_656, 307_456, 186_624),
    "pool2": ((13, 13, 256), 0, 0, 0),
    "norm2": ((13, 13, 256), 0, 0, 0),
    "conv3": ((13, 13, 384), 885_120, 885_120, 64_896),
    "conv4": ((13, 13, 384), 1_327_488, 663_936, 64_896),
    "conv5": ((13, 13, 256), 884_992, 442_624, 43_264),
    "pool5": ((6, 6, 256), 0, 0, 0),
    "flatten": ((9216,), 0, 0, 0),
    "fc6": ((4096,), 37_752_832, 37_752_832, 4_096),
    "fc6_dropout": ((4096,), 0, 0, 0),
    "fc7": ((4096,), 16_781_312, 16_781_312, 4_096),
    "fc7_dropout": ((4096,), 0, 0, 0),
    "predictions": ((1000,), 4_097_000, 4_097_000, 1_000),
}
TORCH_STAGES = {
    "conv1": (55, 55, 64),
    "pool1": (27, 27, 64),
    "conv2": (27, 27, 192),
    "pool2": (13, 13, 192),
    "conv3": (13, 13, 384),
    "conv4": (13, 13, 256),
    "conv5": (13, 13, 256),
    "pool5": (6, 6, 256),
    "avgpool": (6, 6, 256),
    "flatten": (9216,),
}
SMALL = {"input_shape": (67, 75, 3), "classes": 5, "width": 1 / 16}


def randomized(model, seed=0):
    generator = np.random.default_rng(seed)
    model.set_weights([generator.normal(0, 0.1, w.shape) for w in model.get_weights()])
    return model


@pytest.mark.parametrize("groups", [1, 2])
def test_every_row_of_the_slides_table(groups):
    model = alexnet(groups=groups, normalization="after")
    assert [layer.name for layer in model.layers] == ["input", *TABLE]
    for name, row in TABLE.items():
        assert model.get_layer(name).output.shape[1:] == row[0], name
        assert model.get_layer(name).count_params() == row[groups], name
    assert model.count_params() == sum(row[groups] for row in TABLE.values())


def test_650k_units():
    assert sum(units for *_, units in TABLE.values()) == 659_272
    for shape, parameters, _, units in TABLE.values():
        assert units == (np.prod(shape) if parameters else 0)


def test_the_plain_call_is_one_tower_with_lrn_before_pooling():
    assert alexnet().count_params() == ALEXNET.params == 62_378_344
    names = [layer.name for layer in alexnet(**SMALL).layers]
    assert names[1:7] == ["conv1", "norm1", "pool1", "conv2", "norm2", "pool2"]


def test_census():
    kinds = Counter(type(layer).__name__ for layer in alexnet(**SMALL).layers)
    assert kinds == {
        "InputLayer": 1, "Conv2D": 5, "LocalResponseNormalization": 2, "MaxPooling2D": 3, "Flatten": 1, "Dense": 3,
        "Dropout": 2,
    }  # fmt: skip


@pytest.mark.parametrize("shape", [(224, 224, 3), (227, 227, 3)])
def test_torch_stages_and_census(shape):
    model = alexnet(variant="torch", input_shape=shape)
    for name, expected in TORCH_STAGES.items():
        if shape[0] == 224 or name in ("pool5", "avgpool", "flatten"):
            assert model.get_layer(name).output.shape[1:] == expected, name
    assert model.count_params() == 61_100_840
    kinds = Counter(type(layer).__name__ for layer in model.layers)
    assert kinds == {
        "InputLayer": 1, "ZeroPadding2D": 1, "Conv2D": 5, "MaxPooling2D": 3, "AdaptiveAveragePooling2D": 1,
        "Flatten": 1, "Dense": 3, "Dropout": 2,
    }  # fmt: skip
    last = [layer.name for layer in model.layers][-6:]
    assert last == ["flatten", "fc6_dropout", "fc6", "fc7_dropout", "fc7", "predictions"]


@pytest.mark.parametrize(
    ("variant", "normalization", "expected"),
    [
        ("paper", "auto", ["norm1", "pool1"]),
        ("paper", "before", ["norm1", "pool1"]),
        ("paper", "after", ["pool1", "norm1"]),
        ("paper", None, ["pool1", "conv2"]),
        ("torch", "auto", ["pool1", "conv2"]),
        ("torch", "after", ["pool1", "norm1"]),
    ],
)
def test_where_the_normalisation_stands(variant, normalization, expected):
    names = [layer.name for layer in alexnet(variant=variant, normalization=normalization, **SMALL).layers]
    start = names.index("conv1") + 1
    assert names[start : start + 2] == expected


@pytest.mark.parametrize("name", ["conv2", "conv4", "conv5"])
def test_two_towers_see_only_their_own_maps(name):
    layer = randomized(alexnet(groups=2, **SMALL)).get_layer(name)
    channels = layer.input.shape[-1]
    x = np.random.default_rng(0).normal(size=(1, 5, 5, channels)).astype("float32")
    changed = x.copy()
    changed[..., : channels // 2] += 1
    before, after = np.asarray(layer(x)), np.asarray(layer(changed))
    half = layer.filters // 2
    np.testing.assert_array_equal(before[..., half:], after[..., half:])
    assert not np.array_equal(before[..., :half], after[..., :half])


@pytest.mark.parametrize("width", [1 / 64, 0.3, 1.5])
def test_two_towers_at_any_width(width):
    model = alexnet(groups=2, **SMALL | {"width": width})
    assert all(model.get_layer(f"conv{i}").filters % 2 == 0 for i in range(1, 6))


@pytest.mark.parametrize("groups", [1, 2])
def test_training_moves_every_weight_and_saves(groups, tmp_path):
    model = alexnet(groups=groups, dropout=0.0, **SMALL)
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
    x = np.random.default_rng(0).normal(size=(8, 67, 75, 3)).astype("float32")
    before = model.get_weights()
    model.fit(x, np.arange(8) % 5, epochs=2, batch_size=4, verbose=0)
    for old, weight in zip(before, model.trainable_weights, strict=True):
        new = keras.ops.convert_to_numpy(weight)
        assert np.isfinite(new).all()
        assert not np.array_equal(old, new), weight.path
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    np.testing.assert_allclose(loaded.predict(x, verbose=0), model.predict(x, verbose=0), rtol=1e-6)


# torchvision --------------------------------------------------------------------------------------------------

STATE = {
    "features.0": (64, 3, 11, 11),
    "features.3": (192, 64, 5, 5),
    "features.6": (384, 192, 3, 3),
    "features.8": (256, 384, 3, 3),
    "features.10": (256, 256, 3, 3),
    "classifier.1": (4096, 9216),
    "classifier.4": (4096, 4096),
    "classifier.6": (1000, 4096),
}


def test_torch_names_cover_the_state_dict():
    model = alexnet(variant="torch")
    names = torch_names("alexnet")
    assert {layer.name for layer in model.layers if layer.weights} == set(names)
    assert set(names.values()) == set(STATE)
    for ours, theirs in names.items():
        kernel, bias = model.get_layer(ours).weights
        axes = (3, 2, 0, 1) if len(kernel.shape) == 4 else (1, 0)
        assert tuple(kernel.shape[axis] for axis in axes) == STATE[theirs]
        assert tuple(bias.shape) == STATE[theirs][:1]


def conv(x, kernel, bias, stride=1, pad=0):
    """A convolution with ReLU as PyTorch has it: x (n, h, w, c), the border symmetric."""
    x = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(x, kernel.shape[:2], (1, 2))[:, ::stride, ::stride]
    return np.maximum(np.einsum("nhwcij,ijco->nhwo", windows, kernel) + bias, 0)


def pool(x):
    return np.lib.stride_tricks.sliding_window_view(x, (3, 3), (1, 2))[:, ::2, ::2].max((-2, -1))


def test_the_torch_variant_is_torchvision_s_arithmetic():
    """From 63x95: 1x2 maps, averaged to 6x6; in NumPy, written from torchvision's description."""
    shape = (63, 95, 3)
    model = randomized(alexnet(variant="torch", classifier_activation=None, **SMALL | {"input_shape": shape}))
    x = np.random.default_rng(1).normal(size=(2, *shape)).astype("float32")
    w = {name: [v.astype("float64") for v in model.get_layer(name).get_weights()] for name in torch_names("alexnet")}
    y = pool(conv(x, *w["conv1"], 4, 2))
    y = pool(conv(y, *w["conv2"], 1, 2))
    y = conv(conv(conv(y, *w["conv3"], 1, 1), *w["conv4"], 1, 1), *w["conv5"], 1, 1)
    y = pool(y)
    assert y.shape[1:3] == (1, 2)
    y = np.repeat(np.repeat(y, 6, 1), 3, 2).reshape(2, -1)
    for name in ("fc6", "fc7"):
        y = np.maximum(y @ w[name][0] + w[name][1], 0)
    y = y @ w["predictions"][0] + w["predictions"][1]
    np.testing.assert_allclose(model.predict(x, verbose=0), y, atol=1e-5 * np.abs(y).max())


# Bad input ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("variant", "least"), [("paper", 67), ("torch", 63)])
def test_the_least_size_is_where_the_last_pool_has_one_window(variant, least):
    border = 2 * (variant == "torch")

    def last(size):
        size = (size + 2 * border - 11) // 4 + 1
        for _ in range(3):
            size = (size - 3) // 2 + 1
        return size

    assert (last(least), last(least - 1)) == (1, 0)
    options = SMALL | {"variant": variant}
    assert alexnet(**options | {"input_shape": (least, least, 1)}).get_layer("pool5").output.shape[1:3] == (1, 1)
    with pytest.raises(ValueError, match=f"three 3x3 poolings with stride 2 need at least {least} pixels"):
        alexnet(**options | {"input_shape": (least, least - 1, 1)})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"variant": "troch"}, "did you mean 'torch'?"),
        ({"groups": 3}, "groups=3 must be 1 (one tower, as the slides have it) or 2 (the paper)"),
        ({"groups": None}, "groups=None must be 1"),
        ({"normalization": "befor"}, "did you mean 'before'?"),
        ({"dropout": 2}, "dropout=2 must be a number from 0"),
    ],
)
def test_bad_options_of_its_own(options, message):
    with pytest.raises(ValueError) as raised:
        alexnet(**SMALL | options)
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)
