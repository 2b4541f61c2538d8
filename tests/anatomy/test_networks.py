"""The slides' tables, and the golden multiply-adds, on keras.applications and on our own builders."""

import gc
import math

import keras
import pytest
from keras import applications, layers

from ccv.anatomy import anatomy
from ccv.models import build, lenet5
from ccv.models.alexnet import alexnet as alexnet_of_ccv
from ccv.models.cards import CARDS
from ccv.models.vgg import vgg16


@pytest.fixture(autouse=True)
def lean(request):
    """Let go of a large network before the next one is built."""
    yield
    keras.backend.clear_session()
    if request.node.get_closest_marker("slow"):
        gc.collect()


# Catalogue 2.4: output volume, values, weights without biases.
VGG16 = (
    ("224x224x3", 150_528, 0),
    ("224x224x64", 3_211_264, 1_728),
    ("224x224x64", 3_211_264, 36_864),
    ("112x112x64", 802_816, 0),
    ("112x112x128", 1_605_632, 73_728),
    ("112x112x128", 1_605_632, 147_456),
    ("56x56x128", 401_408, 0),
    ("56x56x256", 802_816, 294_912),
    ("56x56x256", 802_816, 589_824),
    ("56x56x256", 802_816, 589_824),
    ("28x28x256", 200_704, 0),
    ("28x28x512", 401_408, 1_179_648),
    ("28x28x512", 401_408, 2_359_296),
    ("28x28x512", 401_408, 2_359_296),
    ("14x14x512", 100_352, 0),
    ("14x14x512", 100_352, 2_359_296),
    ("14x14x512", 100_352, 2_359_296),
    ("14x14x512", 100_352, 2_359_296),
    ("7x7x512", 25_088, 0),
    ("4096", 4_096, 102_760_448),
    ("4096", 4_096, 16_777_216),
    ("1000", 1_000, 4_096_000),
)


@pytest.mark.parametrize("make", [lambda: applications.VGG16(weights=None), vgg16], ids=["keras", "ccv"])
def test_the_vgg16_table(make):
    """E-48: both columns of the slide, and their sums; the slide's own sum of 24M values is wrong."""
    whole = anatomy(make())
    rows = [row for row in whole if row.values]
    assert tuple((row.volume, row.values, row.parameters - row.biases) for row in rows) == VGG16
    assert whole.values == 15_237_608
    assert whole.memory == 60_950_432
    assert "61.0 MB (58.1 MiB)" in str(whole)
    assert (whole.parameters, whole.biases) == (138_357_544, 13_416)
    assert whole.parameters - whole.biases == 138_344_128
    assert whole.without_top == 14_714_688
    assert (whole.macs, whole.flops) == (15_470_264_320, 30_940_528_640)
    assert whole.depth == 16
    assert whole.receptive_field == (212, 212)
    assert whole["block5_pool"].jump == (32, 32)


# Catalogue 2.2: output volume, parameters ungrouped and in two groups, units.
ALEXNET = {
    "conv1": ("55x55x96", 34_944, 34_944, 290_400),
    "pool1": ("27x27x96", 0, 0, 0),
    "norm1": ("27x27x96", 0, 0, 0),
    "conv2": ("27x27x256", 614_656, 307_456, 186_624),
    "pool2": ("13x13x256", 0, 0, 0),
    "norm2": ("13x13x256", 0, 0, 0),
    "conv3": ("13x13x384", 885_120, 885_120, 64_896),
    "conv4": ("13x13x384", 1_327_488, 663_936, 64_896),
    "conv5": ("13x13x256", 884_992, 442_624, 43_264),
    "pool3": ("6x6x256", 0, 0, 0),
    "fc6": ("4096", 37_752_832, 37_752_832, 4_096),
    "fc7": ("4096", 16_781_312, 16_781_312, 4_096),
    "fc8": ("1000", 4_097_000, 4_097_000, 1_000),
}


def alexnet(groups):
    def conv(filters, kernel, name, **options):
        return layers.Conv2D(filters, kernel, activation="relu", name=name, **options)

    return keras.Sequential(
        [
            keras.Input((227, 227, 3)),
            conv(96, 11, "conv1", strides=4),
            layers.MaxPooling2D(3, 2, name="pool1"),
            layers.Identity(name="norm1"),
            conv(256, 5, "conv2", padding="same", groups=groups),
            layers.MaxPooling2D(3, 2, name="pool2"),
            layers.Identity(name="norm2"),
            conv(384, 3, "conv3", padding="same"),
            conv(384, 3, "conv4", padding="same", groups=groups),
            conv(256, 3, "conv5", padding="same", groups=groups),
            layers.MaxPooling2D(3, 2, name="pool3"),
            layers.Flatten(),
            layers.Dense(4096, activation="relu", name="fc6"),
            layers.Dropout(0.5),
            layers.Dense(4096, activation="relu", name="fc7"),
            layers.Dropout(0.5),
            layers.Dense(1000, activation="softmax", name="fc8"),
        ]
    )


@pytest.mark.parametrize(
    ("groups", "total", "notop", "macs"),
    [(1, 62_378_344, 3_747_200, 1_135_256_096), (2, 60_965_224, 2_334_080, 724_406_816)],
)
def test_the_alexnet_table(groups, total, notop, macs):
    whole = anatomy(alexnet(groups))
    for name, (volume, ungrouped, grouped, units) in ALEXNET.items():
        row = whole[name]
        assert (row.volume, row.parameters) == (volume, ungrouped if groups == 1 else grouped)
        assert units in {0, row.values}
    assert (whole.parameters, whole.without_top, whole.macs) == (total, notop, macs)
    assert whole.units == 659_272  # E-53
    assert whole["pool3"].receptive_field == (195, 195)  # C-070
    assert whole["pool3"].jump == (32, 32)
    slide = "(5x5x48 + 1) x 256 = 307,456" if groups == 2 else "(5x5x96 + 1) x 256 = 614,656"
    assert whole["conv2"].arithmetic == slide
    assert whole.depth == 8


@pytest.mark.parametrize("groups", [1, 2])
def test_the_alexnet_table_of_our_builder(groups):
    """The same rows; local response normalisation is where the paper has it, before the pools."""
    whole = anatomy(alexnet_of_ccv(groups=groups))
    ours = [row for row in whole if row.role in {"convolution", "dense", "pooling"}]
    table = [facts for name, facts in ALEXNET.items() if not name.startswith("norm")]
    assert [(row.volume, row.parameters) for row in ours] == [(facts[0], facts[groups]) for facts in table]
    assert whole.units == 659_272


def test_lenet5():
    """E-62, and the parameter arithmetic of catalogue 2.3."""
    whole = anatomy(lenet5(input_shape=(32, 32, 1)))
    assert whole.macs == 416_520
    assert {row.name: row.macs for row in whole if row.macs} == {
        "c1": 117_600, "c3": 240_000, "f5": 48_000, "f6": 10_080, "predictions": 840,
    }  # fmt: skip
    assert [row.arithmetic for row in whole if row.arithmetic] == [
        "(5x5x1 + 1) x 6 = 156",
        "(5x5x6 + 1) x 16 = 2,416",
        "(400 + 1) x 120 = 48,120",
        "(120 + 1) x 84 = 10,164",
        "(84 + 1) x 10 = 850",
    ]


def test_lenet5_of_1998():
    whole = anatomy(lenet5(input_shape=(32, 32, 1), variant="1998"))
    assert whole.trainable == 60_000
    assert [row.arithmetic for row in whole if row.arithmetic][:4] == [
        "(5x5x1 + 1) x 6 = 156",
        "(1 + 1) x 6 = 12",
        "5x5 x 60 connections + 16 = 1,516",
        "(1 + 1) x 16 = 32",
    ]
    assert whole["s4"].receptive_field == (16, 16)


slow = pytest.mark.slow
# architectures.csv, source K: pixels, parameters, statistics, without the top, multiply-adds; then the depth that
# the papers name and the receptive field, where either is known (Araujo et al. 2019: without the gates).
KERAS = [
    pytest.param("VGG16", 224, 138357544, 0, 14714688, 15470264320, 16, 212, marks=slow),
    pytest.param("VGG19", 224, 143667240, 0, 20024384, 19632062464, 19, 268, marks=slow),
    pytest.param("InceptionV3", 299, 23817352, 34432, 21768352, 5713216096, 48, 1311, marks=slow),
    pytest.param("InceptionResNetV2", 299, 55813192, 60544, 54276192, 13155794016, None, 3039, marks=slow),
    ("ResNet50", 224, 25583592, 53120, 23534592, 3857973248, 50, 483),
    pytest.param("ResNet101", 224, 44601832, 105344, 42552832, 7570194432, 101, 1027, marks=slow),
    pytest.param("ResNet152", 224, 60268520, 151424, 58219520, 11282415616, 152, 1507, marks=slow),
    pytest.param("ResNet50V2", 224, 25568360, 45440, 23519360, 3482255360, 50, None, marks=slow),
    pytest.param("DenseNet121", 224, 7978856, 83648, 6953856, 2834161664, 121, None, marks=slow),
    pytest.param("DenseNet169", 224, 14149480, 158400, 12484480, 3359843328, 169, None, marks=slow),
    pytest.param("DenseNet201", 224, 20013928, 229056, 18092928, 4291365888, 201, None, marks=slow),
    ("MobileNet", 224, 4231976, 21888, 3206976, 568740352, 28, 315),
    ("MobileNetV2", 224, 3504872, 34112, 2223872, 300774272, 53, 491),
    ("MobileNetV3Small", 224, 2542856, 12112, 927008, 56510400, None, None),
    pytest.param("MobileNetV3Large", 224, 5483032, 24400, 2971952, 216589760, None, None, marks=slow),
    pytest.param("EfficientNetB0", 224, 5288548, 42016 + 7, 4007548, 385814752, None, 851, marks=slow),
    pytest.param("EfficientNetB1", 240, 7794184, 62048 + 7, 6513184, 686802832, None, None, marks=slow),
    pytest.param("EfficientNetB7", 600, 66347960, 310720 + 7, 63786960, 37745884192, None, None, marks=slow),
    pytest.param("Xception", 299, 22855952, 54528, 20806952, 8357403496, None, None, marks=slow),
]


@pytest.mark.parametrize(("name", "at", "params", "stats", "notop", "macs", "depth", "field"), KERAS)
def test_the_golden_values_of_keras(name, at, params, stats, notop, macs, depth, field):
    with keras.StatelessScope(initialize_variables=False):
        model = getattr(applications, name)(weights=None)
        whole = anatomy(model, input_shape=(at, at, 3))
    assert (whole.parameters, whole.trainable, whole.statistics) == (params + stats, params, stats)
    assert whole.parameters == model.count_params()
    assert whole.without_top == notop
    assert whole.macs == macs
    assert depth in {None, whole.depth}
    assert field is None or whole.receptive_field == (field, field)
    assert whole.uncounted == ()


OURS = [
    pytest.param(name, card.input_shape[2], golden, id=f"{name} {golden.label}", marks=slow if big else ())
    for name, card in CARDS.items()
    for golden in card.golden
    if name != "multi_input"  # words have no size at which to count; its own test does
    for big in [golden.params > 10_000_000 or (golden.macs or 0) > 10**10]
]


@pytest.mark.parametrize(("name", "channels", "golden"), OURS)
def test_the_golden_values_of_our_builders(name, channels, golden):
    options = {**({"input_shape": (golden.at, golden.at, channels)} if golden.at else {}), **golden.options}
    with keras.StatelessScope(initialize_variables=False):
        model = build(name, **options)
        whole = anatomy(model)
    assert golden.macs in (None, whole.macs)
    assert whole.parameters == golden.params + golden.stats == model.count_params()
    assert sum(math.prod(weight.shape) for weight in model.trainable_weights) == golden.params
    if golden.notop:  # xo_net with fixed weights has none that train
        # Where heads join features of two sizes, no single tensor ends the rest: build it without them.
        base = whole.without_top or anatomy(build(name, include_top=False, **options)).trainable
        assert base == golden.notop
