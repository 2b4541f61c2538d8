"""VGG A to E: one table, Keras's function and files, torchvision's weights (catalogue 2.1, 2.4)."""

from collections import Counter

import keras
import numpy as np
import pytest

from ccv.models import vgg
from ccv.models.cards.vgg import CARDS
from ccv.models.torch_names.vgg import torch_names
from ccv.models.vgg import CONFIGURATIONS, configuration_table, vgg16, vgg19, vgg_block, weight_layers

BUILDERS = {
    "vgg11": vgg.vgg11,
    "vgg11_lrn": vgg.vgg11_lrn,
    "vgg13": vgg.vgg13,
    "vgg16_1x1": vgg.vgg16_1x1,
    "vgg16": vgg16,
    "vgg19": vgg19,
}
PEERS = {"vgg16": keras.applications.VGG16, "vgg19": keras.applications.VGG19}
# The VGG-16 slide (catalogue 2.4): output, values, weights without biases
SLIDE = {
    "input": ((224, 224, 3), 150_528, 0),
    "block1_conv1": ((224, 224, 64), 3_211_264, 1_728),
    "block1_conv2": ((224, 224, 64), 3_211_264, 36_864),
    "block1_pool": ((112, 112, 64), 802_816, 0),
    "block2_conv1": ((112, 112, 128), 1_605_632, 73_728),
    "block2_conv2": ((112, 112, 128), 1_605_632, 147_456),
    "block2_pool": ((56, 56, 128), 401_408, 0),
    "block3_conv1": ((56, 56, 256), 802_816, 294_912),
    "block3_conv2": ((56, 56, 256), 802_816, 589_824),
    "block3_conv3": ((56, 56, 256), 802_816, 589_824),
    "block3_pool": ((28, 28, 256), 200_704, 0),
    "block4_conv1": ((28, 28, 512), 401_408, 1_179_648),
    "block4_conv2": ((28, 28, 512), 401_408, 2_359_296),
    "block4_conv3": ((28, 28, 512), 401_408, 2_359_296),
    "block4_pool": ((14, 14, 512), 100_352, 0),
    "block5_conv1": ((14, 14, 512), 100_352, 2_359_296),
    "block5_conv2": ((14, 14, 512), 100_352, 2_359_296),
    "block5_conv3": ((14, 14, 512), 100_352, 2_359_296),
    "block5_pool": ((7, 7, 512), 25_088, 0),
    "fc1": ((4096,), 4_096, 102_760_448),
    "fc2": ((4096,), 4_096, 16_777_216),
    "predictions": ((1000,), 1_000, 4_096_000),
}
PAPER_TABLE_1 = """
A | A-LRN | B | C | D | E
11 weight layers | 11 weight layers | 13 weight layers | 16 weight layers | 16 weight layers | 19 weight layers
input | input | input | input | input | input
conv3-64 | conv3-64 | conv3-64 | conv3-64 | conv3-64 | conv3-64
 | LRN | conv3-64 | conv3-64 | conv3-64 | conv3-64
maxpool | maxpool | maxpool | maxpool | maxpool | maxpool
conv3-128 | conv3-128 | conv3-128 | conv3-128 | conv3-128 | conv3-128
 |  | conv3-128 | conv3-128 | conv3-128 | conv3-128
maxpool | maxpool | maxpool | maxpool | maxpool | maxpool
conv3-256 | conv3-256 | conv3-256 | conv3-256 | conv3-256 | conv3-256
conv3-256 | conv3-256 | conv3-256 | conv3-256 | conv3-256 | conv3-256
 |  |  | conv1-256 | conv3-256 | conv3-256
 |  |  |  |  | conv3-256
maxpool | maxpool | maxpool | maxpool | maxpool | maxpool
conv3-512 | conv3-512 | conv3-512 | conv3-512 | conv3-512 | conv3-512
conv3-512 | conv3-512 | conv3-512 | conv3-512 | conv3-512 | conv3-512
 |  |  | conv1-512 | conv3-512 | conv3-512
 |  |  |  |  | conv3-512
maxpool | maxpool | maxpool | maxpool | maxpool | maxpool
conv3-512 | conv3-512 | conv3-512 | conv3-512 | conv3-512 | conv3-512
conv3-512 | conv3-512 | conv3-512 | conv3-512 | conv3-512 | conv3-512
 |  |  | conv1-512 | conv3-512 | conv3-512
 |  |  |  |  | conv3-512
maxpool | maxpool | maxpool | maxpool | maxpool | maxpool
FC-4096 | FC-4096 | FC-4096 | FC-4096 | FC-4096 | FC-4096
FC-4096 | FC-4096 | FC-4096 | FC-4096 | FC-4096 | FC-4096
FC-1000 | FC-1000 | FC-1000 | FC-1000 | FC-1000 | FC-1000
soft-max | soft-max | soft-max | soft-max | soft-max | soft-max
"""
CONVOLUTIONS = {"vgg11": 8, "vgg11_lrn": 8, "vgg13": 10, "vgg16_1x1": 13, "vgg16": 13, "vgg19": 16}
SMALL = {"input_shape": (32, 32, 3), "classes": 5, "width": 1 / 16}


def trainable(model):
    return sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)


def randomized(model, seed=0, spread=0.05):
    generator = np.random.default_rng(seed)
    model.set_weights([generator.normal(0, spread, w.shape).astype("float32") for w in model.get_weights()])
    return model


def image(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def assert_same(out, expected):
    np.testing.assert_allclose(out, expected, atol=1e-5 * np.abs(expected).max(), rtol=0)


@pytest.mark.slow
def test_every_row_of_the_slide():
    model = vgg16()
    assert [layer.name for layer in model.layers if not layer.name.endswith("dropout")] == [
        *(name for name in SLIDE if not name.startswith(("fc", "pred"))), "flatten", "fc1", "fc2", "predictions",
    ]  # fmt: skip
    for name, (output, values, weights) in SLIDE.items():
        layer = model.get_layer(name)
        assert layer.output.shape[1:] == output, name
        assert np.prod(output) == values
        assert (np.prod(layer.kernel.shape) if weights else layer.count_params()) == weights, name
    assert sum(values for _, values, _ in SLIDE.values()) == 15_237_608
    assert sum(weights for *_, weights in SLIDE.values()) == 138_344_128


def test_the_table_of_the_paper_is_the_table_that_builds():
    rows = [tuple(cell.strip() for cell in line.split("|")) for line in PAPER_TABLE_1.split("\n") if line]
    assert list(configuration_table()) == rows


@pytest.mark.usefixtures("shapes_only")
@pytest.mark.parametrize(("name", "configuration"), list(zip(BUILDERS, CONFIGURATIONS, strict=True)))
def test_the_models_are_the_columns_of_the_table(name, configuration):
    """From a model's layers back to its column."""
    model = BUILDERS[name](**SMALL | {"width": 1})
    column = []
    for layer in model.layers:
        kind = type(layer).__name__
        if kind == "Conv2D":
            column.append(f"conv{layer.kernel_size[0]}-{layer.filters}")
        if kind in ("MaxPooling2D", "LocalResponseNormalization"):
            column.append({"MaxPooling2D": "maxpool"}.get(kind, "LRN"))
    index = list(CONFIGURATIONS).index(configuration)
    assert column == [row[index] for row in configuration_table()[3:-4] if row[index]]
    kinds = Counter(type(layer).__name__ for layer in model.layers)
    expected = {
        "InputLayer": 1,
        "Conv2D": CONVOLUTIONS[name],
        "MaxPooling2D": 5,
        "Flatten": 1,
        "Dense": 3,
        "Dropout": 2,
    }
    assert kinds == expected | ({"LocalResponseNormalization": 1} if name == "vgg11_lrn" else {})
    assert kinds["Conv2D"] + kinds["Dense"] == weight_layers(configuration)


@pytest.mark.usefixtures("shapes_only")
@pytest.mark.parametrize(
    "card, golden",
    [pytest.param(card, golden, id=f"{card.name}-{golden.label}") for card in CARDS for golden in card.golden],
)
def test_golden(card, golden):
    model = BUILDERS[card.name](**golden.options)
    assert trainable(model) == golden.params
    assert model.count_params() == golden.params + golden.stats
    assert trainable(BUILDERS[card.name](include_top=False, **golden.options)) == golden.notop


def test_lrn_stands_after_the_first_convolution():
    names = [layer.name for layer in vgg.vgg11_lrn(**SMALL).layers]
    assert names[:4] == ["input", "block1_conv1", "block1_lrn", "block1_pool"]


def test_a_block():
    inputs = keras.Input((8, 7, 3))
    model = keras.Model(inputs, vgg_block("31", 4, name="block")(inputs))
    assert model.output_shape == (None, 4, 3, 4)
    assert [layer.name for layer in model.layers[1:]] == ["block_conv1", "block_conv2", "block_pool"]
    assert model.count_params() == (9 * 3 + 1) * 4 + (4 + 1) * 4


# Keras --------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("name", PEERS)
@pytest.mark.parametrize(("shape", "pooling"), [((45, 64, 3), None), ((32, 32, 1), "avg"), ((33, 40, 4), "max")])
@pytest.mark.filterwarnings("ignore:This model usually expects 1 or 3 input channels")
def test_without_a_top_the_function_is_keras_s(name, shape, pooling):
    peer = randomized(PEERS[name](include_top=False, weights=None, input_shape=shape, pooling=pooling))
    model = BUILDERS[name](include_top=False, input_shape=shape, pooling=pooling)
    model.set_weights(peer.get_weights())
    x = image(1, 2, *shape)
    assert_same(model.predict(x, verbose=0), peer.predict(x, verbose=0))


@pytest.mark.slow
@pytest.mark.parametrize("name", PEERS)
def test_keras_s_files_load(name, tmp_path):
    """Of a small image: fc1 is small then. The layers have Keras's names, in Keras's order."""
    options = {"input_shape": (32, 32, 3), "classes": 7}
    peer = randomized(PEERS[name](weights=None, **options))
    peer.save_weights(tmp_path / "peer.weights.h5")
    x = image(2, 2, 32, 32, 3)
    expected = peer.predict(x, verbose=0)
    model = BUILDERS[name](weights=tmp_path / "peer.weights.h5", **options)
    assert_same(model.predict(x, verbose=0), expected)
    names = [layer.name for layer in peer.layers if layer.weights]
    assert [layer.name for layer in model.layers if layer.weights] == names
    model.save_weights(tmp_path / "ours.weights.h5")
    peer.set_weights([np.zeros_like(w) for w in peer.get_weights()])
    peer.load_weights(tmp_path / "ours.weights.h5")
    assert_same(peer.predict(x, verbose=0), expected)


@pytest.mark.slow
@pytest.mark.parametrize("name", PEERS)
def test_at_224_pixels_with_the_top(name):
    peer = randomized(PEERS[name](weights=None, classifier_activation=None), spread=0.02)
    model = BUILDERS[name](classifier_activation=None)
    model.set_weights(peer.get_weights())
    x = image(3, 1, 224, 224, 3)
    assert_same(model.predict(x, verbose=0), peer.predict(x, verbose=0))


# torchvision --------------------------------------------------------------------------------------------------

FEATURES = {
    "vgg11": "64 M 128 M 256 256 M 512 512 M 512 512 M",
    "vgg13": "64 64 M 128 128 M 256 256 M 512 512 M 512 512 M",
    "vgg16": "64 64 M 128 128 M 256 256 256 M 512 512 512 M 512 512 512 M",
    "vgg19": "64 64 M 128 128 M 256 256 256 256 M 512 512 512 512 M 512 512 512 512 M",
}
PARTS = ["weight", "bias", "running_mean", "running_var"]


def state(name, batch_norm, thinner=1):
    """Write down torchvision's `state_dict`, but for its counters of batches: name -> shape.

    The names and the order of the axes show at any width; the counts of `test_golden` are at the full one.
    """
    shapes, place, channels = {}, 0, 3
    for item in FEATURES[name].split():
        if item == "M":
            place += 1
            continue
        filters = int(item) // thinner
        shapes[f"features.{place}.weight"] = (filters, channels, 3, 3)
        shapes[f"features.{place}.bias"] = (filters,)
        if batch_norm:
            shapes |= {f"features.{place + 1}.{part}": (filters,) for part in PARTS}
        place, channels = place + (3 if batch_norm else 2), filters
    units = 4096 // thinner
    for place, shape in ((0, (units, 49 * channels)), (3, (units, units)), (6, (1000, units))):
        shapes |= {f"classifier.{place}.weight": shape, f"classifier.{place}.bias": shape[:1]}
    return shapes


@pytest.mark.usefixtures("shapes_only")
@pytest.mark.parametrize("name", FEATURES)
@pytest.mark.parametrize("batch_norm", [False, True])
def test_torch_names_cover_the_state_dict(name, batch_norm):
    model = BUILDERS[name](batch_norm=batch_norm, variant="torch", width=1 / 16)
    names = torch_names(name, batch_norm=batch_norm)
    assert {layer.name for layer in model.layers if layer.weights} == set(names)
    shapes = {}
    for ours, theirs in names.items():
        for weight, part in zip(model.get_layer(ours).weights, PARTS, strict=False):
            axes = {4: (3, 2, 0, 1), 2: (1, 0), 1: (0,)}[len(weight.shape)]
            shapes[f"{theirs}.{part}"] = tuple(weight.shape[axis] for axis in axes)
    assert shapes == state(name, batch_norm, thinner=16)


def test_torchvision_has_no_configuration_c():
    with pytest.raises(ValueError, match="'vgg16_1x1'"):
        torch_names("vgg16_1x1")


def test_batch_normalisation_is_torchvision_s():
    model = randomized(vgg.vgg11(batch_norm=True, **SMALL))
    names = [layer.name for layer in model.layers]
    assert names[1:5] == ["block1_conv1", "block1_conv1_bn", "block1_conv1_relu", "block1_pool"]
    assert names.count("fc1") == 1 and not any("fc1_bn" in name for name in names)
    conv, norm, relu = (model.get_layer(name) for name in names[1:4])
    assert conv.activation is keras.activations.linear
    assert conv.use_bias
    mean, variance = image(0, 4), np.abs(image(1, 4))
    gamma, beta = image(2, 4), image(3, 4)
    norm.set_weights([gamma, beta, mean, variance])
    x = image(4, 1, 6, 6, 4)
    expected = np.maximum((x - mean) / np.sqrt(variance + 1e-5) * gamma + beta, 0)
    np.testing.assert_allclose(relu(norm(x)), expected, atol=1e-5)


@pytest.mark.parametrize("size", [(224, 224), (240, 255)])
def test_torch_is_keras_s_function_where_the_maps_are_7x7(size):
    options = {"width": 1 / 16, "classes": 5, "input_shape": (*size, 3)}
    plain, fixed = vgg.vgg11(**options), vgg.vgg11(variant="torch", **options)
    fixed.set_weights(randomized(plain).get_weights())
    x = image(5, 1, *size, 3)
    np.testing.assert_array_equal(plain.predict(x, verbose=0), fixed.predict(x, verbose=0))


def test_torch_takes_any_size():
    model = randomized(vgg.vgg13(variant="torch", **SMALL | {"input_shape": (None, None, 3)}))
    pool = keras.Model(model.input, model.get_layer("block5_pool").output)
    head = keras.Model(model.get_layer("avgpool").output, model.output)
    x = image(6, 2, 64, 96, 3)
    maps = pool.predict(x, verbose=0)
    assert maps.shape[1:3] == (2, 3)
    rows, columns = (np.array([[i * n // 7, -(-(i + 1) * n // 7)] for i in range(7)]) for n in (2, 3))
    fixed = np.stack([np.stack([maps[:, a:b, c:d].mean((1, 2)) for c, d in columns], 1) for a, b in rows], 1)
    assert_same(model.predict(x, verbose=0), head.predict(fixed, verbose=0))


# What every builder must do -----------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("options", [{}, {"batch_norm": True}], ids=str)
def test_training_moves_every_weight_and_saves(options, tmp_path):
    """Sixteen layers of small random weights lose the signal: He's initialisation keeps it."""
    model = vgg.vgg11_lrn(dropout=0.0, **SMALL, **options)
    generator = np.random.default_rng(0)
    for layer in model.layers:
        if hasattr(layer, "kernel"):
            kernel, bias = layer.get_weights()
            scale = np.sqrt(2 / np.prod(kernel.shape[:-1]))
            layer.set_weights([generator.normal(0, scale, kernel.shape), bias + 0.1])
    model.compile(keras.optimizers.SGD(0.01), "sparse_categorical_crossentropy")
    x = image(7, 16, 32, 32, 3)
    before = [keras.ops.convert_to_numpy(weight) for weight in model.trainable_weights]
    model.fit(x, np.arange(16) % 5, epochs=2, verbose=0)
    for old, weight in zip(before, model.trainable_weights, strict=True):
        new = keras.ops.convert_to_numpy(weight)
        assert np.isfinite(new).all()
        # The bias before a batch normalisation has no gradient but rounding.
        assert not np.array_equal(old, new) or ("batch_norm" in options and weight.name == "bias"), weight.path
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    np.testing.assert_allclose(loaded.predict(x, verbose=0), model.predict(x, verbose=0), rtol=1e-6)


@pytest.mark.parametrize("name", BUILDERS)
def test_the_least_size_is_32(name):
    assert BUILDERS[name](**SMALL).get_layer("block5_pool").output.shape[1:3] == (1, 1)
    message = rf"input_shape=\(32, 31, 3\) is too small for {name}: five halvings need at least 32 pixels"
    with pytest.raises(ValueError, match=message):
        BUILDERS[name](**SMALL | {"input_shape": (32, 31, 3)})


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"variant": "troch"}, ValueError, "did you mean 'torch'?"),
        ({"batch_norm": 1}, TypeError, "batch_norm=1 must be True or False"),
        ({"input_shape": (None, None, 3)}, ValueError, "must hold integers above 0"),
    ],
)
def test_bad_options_of_its_own(options, error, message):
    with pytest.raises(error) as raised:
        vgg16(**SMALL | options)
    assert message in str(raised.value)
