"""Darknet-19 and Darknet-53 (catalogue A-31), and darknet's files of weights."""

import subprocess
import sys
from collections import Counter

import keras
import numpy as np
import pytest

from ccv.models.cards.darknet import CARDS
from ccv.models.darknet import convolution, darknet19, darknet53, residual_block
from ccv.models.darknet_order import CFG_ORDER
from ccv.models.weights import load_weights
from ccv.models.yolo import yolo_v3
from ccv.models.yolo_tiny import yolo_v2_tiny, yolo_v3_tiny
from ccv.models.yolo_v1 import yolo_v1
from ccv.models.yolo_v2 import yolo_v2

pytestmark = pytest.mark.slow  # large networks

BUILDERS = {"darknet19": darknet19, "darknet53": darknet53}
# layer: output at 224 pixels
STAGES = {
    "darknet19": {
        "stage0_1_conv_leaky": (224, 224, 32), "stage1_1_conv_leaky": (112, 112, 64),
        "stage2_3_conv_leaky": (56, 56, 128), "stage3_3_conv_leaky": (28, 28, 256),
        "stage4_5_conv_leaky": (14, 14, 512), "stage5_5_conv_leaky": (7, 7, 1024),
        "predictions_conv": (7, 7, 1000), "gap": (1000,), "predictions": (1000,),
    },
    "darknet53": {
        "stem_conv_leaky": (224, 224, 32), "stage1_block1_add": (112, 112, 64), "stage2_block2_add": (56, 56, 128),
        "stage3_block8_add": (28, 28, 256), "stage4_block8_add": (14, 14, 512), "stage5_block4_add": (7, 7, 1024),
        "gap": (1, 1, 1024), "predictions_conv": (1, 1, 1000), "predictions": (1000,),
    },
}  # fmt: skip
CENSUS = {
    "darknet19": {
        "InputLayer": 1, "Conv2D": 19, "BatchNormalization": 18, "LeakyReLU": 18, "MaxPooling2D": 5,
        "GlobalAveragePooling2D": 1, "Activation": 1,
    },
    "darknet53": {
        "InputLayer": 1, "Conv2D": 53, "BatchNormalization": 52, "LeakyReLU": 52, "ZeroPadding2D": 5, "Add": 23,
        "GlobalAveragePooling2D": 1, "Flatten": 1, "Activation": 1,
    },
}  # fmt: skip


def trainable(model):
    return sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)


def randomize(model, seed=0):
    rng = np.random.default_rng(seed)
    model.set_weights([rng.uniform(0.1, 0.4, w.shape) - 0.2 * (w.ndim > 1) for w in model.get_weights()])


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
def test_golden_stages_and_census(card):
    (golden,) = card.golden
    model = BUILDERS[card.name]()
    assert trainable(model) == golden.params
    assert model.count_params() == golden.params + golden.stats
    assert trainable(BUILDERS[card.name](include_top=False)) == golden.notop
    convolutions = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    macs = sum(int(np.prod(c.kernel.shape)) * c.output.shape[1] * c.output.shape[2] for c in convolutions)
    assert macs == golden.macs
    for layer, output in STAGES[card.name].items():
        assert model.get_layer(layer).output.shape[1:] == output, layer
    assert Counter(type(layer).__name__ for layer in model.layers) == CENSUS[card.name]
    norms = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    assert {(norm.epsilon, norm.momentum) for norm in norms} == {(1e-5, 0.99)}
    assert {layer.negative_slope for layer in model.layers if isinstance(layer, keras.layers.LeakyReLU)} == {0.1}


def test_the_golden_totals():
    assert darknet19().count_params() == 20_856_776
    assert darknet53().count_params() == 41_645_640


@pytest.mark.parametrize(("kernel_size", "strides"), [(1, 1), (3, 1), (3, 2), (7, 2)])
def test_a_convolution_is_darknet_s(kernel_size, strides):
    """A border of `kernel // 2` zeros on every side, as `pad=1` in a cfg; then the normalisation and the slope."""
    inputs = keras.Input((8, 6, 3))
    model = keras.Model(inputs, convolution(2, kernel_size, strides, name="c_conv")(inputs))
    randomize(model)
    x = np.random.default_rng(1).normal(size=(1, 8, 6, 3)).astype("float32")
    (kernel,), (gamma, beta, mean, variance) = (model.get_layer(n).get_weights() for n in ("c_conv", "c_conv_bn"))
    arm = kernel_size // 2
    padded = np.pad(x[0], ((arm, arm), (arm, arm), (0, 0)))
    expected = np.empty((-(-8 // strides), -(-6 // strides), 2))
    for row, column in np.ndindex(expected.shape[:2]):
        window = padded[row * strides :, column * strides :][:kernel_size, :kernel_size]
        expected[row, column] = np.einsum("hwc,hwcf->f", window, kernel)
    expected = gamma * (expected - mean) / np.sqrt(variance + 1e-5) + beta
    expected = np.where(expected > 0, expected, 0.1 * expected)
    np.testing.assert_allclose(model.predict(x, verbose=0)[0], expected, atol=1e-5)


def test_a_residual_block_by_its_formula():
    inputs = keras.Input((5, 4, 6))
    model = keras.Model(inputs, residual_block(3, 6, name="b")(inputs))
    assert model.count_params() == 6 * 3 + 4 * 3 + 9 * 3 * 6 + 4 * 6
    model.get_layer("b_2_conv").set_weights([np.zeros((3, 3, 3, 6))])
    x = np.random.default_rng(0).normal(size=(1, 5, 4, 6)).astype("float32")
    np.testing.assert_allclose(model.predict(x, verbose=0), x, atol=1e-6)


@pytest.mark.parametrize("name", BUILDERS)
def test_any_size_and_channel_count(name):
    model = BUILDERS[name](width=1 / 8, classes=4, input_shape=(None, None, 4))
    out = model.predict(np.random.default_rng(0).normal(size=(2, 65, 50, 4)), verbose=0)
    assert out.shape == (2, 4)
    np.testing.assert_allclose(out.sum(1), 1, rtol=1e-5)


@pytest.mark.parametrize("name", BUILDERS)
def test_the_least_size_is_the_least_size(name):
    assert BUILDERS[name](width=1 / 8, input_shape=(32, 32, 1), include_top=False).output_shape[1:3] == (1, 1)
    with pytest.raises(ValueError, match="five halvings need at least 32 pixels"):
        BUILDERS[name](width=1 / 8, input_shape=(32, 31, 1))


# Darknet's files ----------------------------------------------------------------------------------------------

# Each cfg from its first line to its last: (filters, kernel size), without batch normalisation where negative.
CFG53 = [(32, 3)]
for _filters, _blocks in ((64, 1), (128, 2), (256, 8), (512, 8), (1024, 4)):
    CFG53 += [(_filters, 3)] + [(_filters // 2, 1), (_filters, 3)] * _blocks
CFG19 = [(32, 3), (64, 3), (128, 3), (64, 1), (128, 3), (256, 3), (128, 1), (256, 3)]
CFG19 += [(512, 3), (256, 1), (512, 3), (256, 1), (512, 3), (1024, 3), (512, 1), (1024, 3), (512, 1), (1024, 3)]
TINY = [(16, 3), (32, 3), (64, 3), (128, 3), (256, 3), (512, 3), (1024, 3)]
CFGS = {
    "darknet19": [*CFG19, (-1000, 1)],
    "darknet19_notop": CFG19,
    "darknet53": [*CFG53, (-1000, 1)],
    "darknet53_notop": CFG53,
    "yolo_v2": [*CFG19, (1024, 3), (1024, 3), (64, 1), (1024, 3), (-425, 1)],
    "yolo_v2_tiny": [*TINY, (1024, 3), (-125, 1)],
    "yolo_v3": CFG53
    + [(512, 1), (1024, 3)] * 3 + [(-255, 1), (256, 1)]
    + [(256, 1), (512, 3)] * 3 + [(-255, 1), (128, 1)]
    + [(128, 1), (256, 3)] * 3 + [(-255, 1)],
    "yolo_v3_tiny": [*TINY, (256, 1), (512, 3), (-255, 1), (128, 1), (256, 3), (-255, 1)],
    "yolo_v3_tiny_notop": TINY,
}  # fmt: skip
# Input channels that are not the filters before: after a branch or a join.
JOINED = {
    "yolo_v2": {20: 512, 21: 1280},
    "yolo_v3": {59: 512, 60: 768, 67: 256, 68: 384},
    "yolo_v3_tiny": {10: 256, 11: 384},
}
HEADERS = {20: np.array([0, 2, 5, 32013312, 0], "<i4"), 16: np.array([0, 1, 0, 32013312], "<i4")}


def models(name, **options):
    builder = {
        "darknet19": darknet19, "darknet53": darknet53, "yolo_v2": yolo_v2, "yolo_v2_tiny": yolo_v2_tiny,
        "yolo_v3": yolo_v3, "yolo_v3_tiny": yolo_v3_tiny,
    }  # fmt: skip
    return builder[name.removesuffix("_notop")](include_top=not name.endswith("_notop"), **options)


def blobs(name, width=1.0):
    """Yield each layer's arrays in the order of the file: beta, gamma, mean, variance (or bias), kernel."""
    rng, channels, branches = np.random.default_rng(0), 3, JOINED.get(name, {})
    for index, (filters, size) in enumerate(CFGS[name]):
        channels = round(branches[index] * width) if index in branches else channels
        normalized, count = filters > 0, round(filters * width) if filters > 0 else -filters
        shapes = [(count,)] * (4 if normalized else 1) + [(count, channels, size, size)]
        yield [rng.uniform(0.1, 1, shape).astype("<f4") for shape in shapes]
        channels = count


def write(path, arrays, header=20):
    path.write_bytes(HEADERS[header].tobytes() + b"".join(a.tobytes() for layer in arrays for a in layer))
    return path


@pytest.mark.parametrize("name", CFGS)
def test_the_order_is_the_cfg_s(name):
    model = models(name, input_shape=(None, None, 3), width=1 / 16)
    order = CFG_ORDER[name]
    assert set(order) == {layer.name for layer in model.layers if isinstance(layer, keras.layers.Conv2D)}
    names = {layer.name for layer in model.layers}
    for layer, (filters, size) in zip(order, CFGS[name], strict=True):
        kernel = model.get_layer(layer).kernel
        assert (kernel.shape[0], kernel.shape[-1]) == (size, round(filters / 16) if filters > 0 else -filters), layer
        assert (f"{layer}_bn" in names) == (filters > 0), layer


def test_the_order_names_no_keras():
    code = "import sys, runpy; runpy.run_path(sys.argv[1]); print('keras' in sys.modules)"
    path = sys.modules["ccv.models.darknet_order"].__file__
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize(
    ("name", "size"),
    [("yolo_v3", 248_007_048), ("yolo_v3_tiny", 35_434_956), ("darknet53_notop", 162_482_580)],
)
def test_the_size_of_the_published_files(name, size):
    """yolov3.weights, yolov3-tiny.weights and darknet53.conv.74, by arithmetic alone."""
    total, channels = 0, 3
    for index, (filters, kernel) in enumerate(CFGS[name]):
        channels = JOINED.get(name, {}).get(index, channels)
        total += abs(filters) * (kernel * kernel * channels + (4 if filters > 0 else 1))
        channels = abs(filters)
    assert 20 + 4 * total == size


@pytest.mark.parametrize("header", HEADERS)
@pytest.mark.parametrize("name", ["yolo_v2", "yolo_v2_tiny", "yolo_v3_tiny", "darknet53", "darknet53_notop"])
def test_a_file_loads_bit_for_bit(name, header, tmp_path):
    arrays = list(blobs(name, 1 / 8))
    path = write(tmp_path / "made.weights", arrays, header)
    model = models(name, width=1 / 8, input_shape=(64, 64, 3), weights=path)
    for layer, expected in zip(CFG_ORDER[name], arrays, strict=True):
        *vectors, kernel = expected
        np.testing.assert_array_equal(model.get_layer(layer).get_weights()[0], kernel.transpose(2, 3, 1, 0))
        if len(vectors) == 1:
            np.testing.assert_array_equal(model.get_layer(layer).get_weights()[1], vectors[0])
            continue
        beta, gamma, mean, variance = vectors
        for got, want in zip(model.get_layer(f"{layer}_bn").get_weights(), (gamma, beta, mean, variance), strict=True):
            np.testing.assert_array_equal(got, want)


def test_the_backbone_s_file_fits_yolo_v3_without_its_top(tmp_path):
    path = write(tmp_path / "darknet53.conv.74.weights", blobs("darknet53_notop", 1 / 8))
    options = {"include_top": False, "width": 1 / 8, "input_shape": (64, 64, 3), "weights": path}
    for left, right in zip(darknet53(**options).get_weights(), yolo_v3(**options).get_weights(), strict=True):
        np.testing.assert_array_equal(left, right)


@pytest.mark.parametrize(
    ("cut", "message"),
    [
        (slice(None, -7), "the file is 7 bytes too short: it ends in layer head2_out_conv, at byte"),
        (slice(None, 300), "it ends in layer stage1_conv_bn, at byte 300 of"),
        (slice(None, 11), "the file has 11 bytes, which is less than a header"),
    ],
)
def test_a_wrong_size_says_by_how_much_and_where(cut, message, tmp_path):
    model = yolo_v3_tiny(width=1 / 8, input_shape=(64, 64, 3))
    before = model.get_weights()
    path = write(tmp_path / "cut.weights", blobs("yolo_v3_tiny", 1 / 8))
    path.write_bytes(path.read_bytes()[cut])
    with pytest.raises(ValueError, match="do not fit yolo_v3_tiny") as raised:
        load_weights(model, path)
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)
    for left, right in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(left, right)


def test_a_file_that_is_too_long(tmp_path):
    path = write(tmp_path / "long.weights", blobs("yolo_v3_tiny", 1 / 8))
    path.write_bytes(path.read_bytes() + bytes(12))
    with pytest.raises(ValueError, match="the file is 12 bytes too long"):
        yolo_v3_tiny(width=1 / 8, input_shape=(64, 64, 3), weights=path)


def test_a_network_that_darknet_does_not_have(tmp_path):
    inputs = keras.Input((8, 8, 3))
    model = keras.Model(inputs, keras.layers.Conv2D(2, 3, name="other_conv")(inputs), name="other")
    with pytest.raises(ValueError, match="do not fit other: darknet has no network with these layers"):
        load_weights(model, write(tmp_path / "made.weights", blobs("yolo_v3_tiny", 1 / 8)))


def test_dense_kernels_are_outputs_by_inputs_and_channels_first(tmp_path):
    """gemm(0, 1, ...) of darknet's connected layer; it lists its maps channel by channel."""
    model = yolo_v1(width=1 / 16, input_shape=(128, 128, 3))
    rng, arrays = np.random.default_rng(0), []
    for name in CFG_ORDER["yolo_v1"]:
        kernel, bias = model.get_layer(name).weights
        shape = tuple(kernel.shape)
        shape = (shape[3], shape[2], *shape[:2]) if len(shape) == 4 else shape[::-1]
        arrays.append([rng.normal(size=s).astype("<f4") for s in (bias.shape, shape)])
    load_weights(model, write(tmp_path / "made.weights", arrays))
    maps = model.get_layer("block6_2_conv").output.shape[1:]
    expected = arrays[-2][1].reshape(-1, maps[2], *maps[:2]).transpose(2, 3, 1, 0)
    got = model.get_layer("fc1").get_weights()[0]
    np.testing.assert_array_equal(got, expected.reshape(got.shape))
    np.testing.assert_array_equal(model.get_layer("fc2").get_weights()[0], arrays[-1][1].T)
