"""Every kind of layer, on small models whose numbers are worked out by hand."""

import keras
import pytest
from keras import layers

from ccv.anatomy import Cost, anatomy, cost
from ccv.layers import Subsampling2D, TableConv2D


def row_of(layer, shape, **options):
    inputs = keras.Input(shape, **options)
    return anatomy(keras.Model(inputs, layer(inputs)))[1]


# layer, input: output volume, parameters spelled out, multiply-adds and their product
MAP = (8, 8, 4)
CASES = {
    "conv": (
        layers.Conv2D(6, 3), MAP,
        "6x6x6", "(3x3x4 + 1) x 6 = 222", "3x3x4 x 6x6x6 = 7,776",
    ),
    "conv without bias, rectangular": (
        layers.Conv2D(6, (1, 7), padding="same", use_bias=False), MAP,
        "8x8x6", "1x7x4 x 6 = 168", "1x7x4 x 8x8x6 = 10,752",
    ),
    "conv in groups": (
        layers.Conv2D(8, 3, groups=2), MAP,
        "6x6x8", "(3x3x2 + 1) x 8 = 152", "3x3x2 x 6x6x8 = 5,184",
    ),
    "conv 1d": (
        layers.Conv1D(5, 3, padding="causal"), (10, 2),
        "10x5", "(3x2 + 1) x 5 = 35", "3x2 x 10x5 = 300",
    ),
    "conv 3d": (
        layers.Conv3D(2, 3), (4, 5, 6, 1),
        "2x3x4x2", "(3x3x3x1 + 1) x 2 = 56", "3x3x3x1 x 2x3x4x2 = 1,296",
    ),
    "depthwise": (
        layers.DepthwiseConv2D(3, padding="same"), MAP,
        "8x8x4", "(3x3 + 1) x 4 = 40", "3x3 x 8x8x4 = 2,304",
    ),
    "depthwise, two for each channel": (
        layers.DepthwiseConv2D(3, strides=2, padding="same", depth_multiplier=2, use_bias=False), MAP,
        "4x4x8", "3x3 x 4x2 = 72", "3x3 x 4x4x8 = 1,152",
    ),
    "separable": (
        layers.SeparableConv2D(16, 3, padding="same"), MAP,
        "8x8x16", "3x3 x 4 + (4 + 1) x 16 = 116", "(3x3x4 + 4x16) x 8x8 = 6,400",
    ),
    "separable, two for each channel": (
        layers.SeparableConv2D(16, 3, padding="same", depth_multiplier=2, use_bias=False), MAP,
        "8x8x16", "3x3 x 4x2 + 8 x 16 = 200", "(3x3x8 + 8x16) x 8x8 = 12,800",
    ),
    "transposed": (
        layers.Conv2DTranspose(6, 2, strides=2), MAP,
        "16x16x6", "(2x2x4 + 1) x 6 = 102", "2x2x6 x 8x8x4 of the input = 6,144",
    ),
    "dense": (
        layers.Dense(5), (10,),
        "5", "(10 + 1) x 5 = 55", "10x5 = 50",
    ),
    "dense at every place": (
        layers.Dense(7, use_bias=False), MAP,
        "8x8x7", "4 x 7 = 28", "8x8 x 4x7 = 1,792",
    ),
    "batch normalization": (
        layers.BatchNormalization(), MAP,
        "8x8x4", "2x4 + 2x4 statistics = 16", "",
    ),
    "batch normalization without scale": (
        layers.BatchNormalization(scale=False), MAP,
        "8x8x4", "4 + 2x4 statistics = 12", "",
    ),
    "batch normalization of statistics only": (
        layers.BatchNormalization(scale=False, center=False), MAP,
        "8x8x4", "2x4 statistics = 8", "",
    ),
    "layer normalization": (
        layers.LayerNormalization(), MAP,
        "8x8x4", "gamma 4 + beta 4 = 8", "",
    ),
    "prelu": (
        layers.PReLU(shared_axes=(1, 2)), MAP,
        "8x8x4", "alpha 1x1x4 = 4", "",
    ),
    "embedding": (
        layers.Embedding(12, 5), (10,),
        "10x5", "embeddings 12x5 = 60", "",
    ),
    "pooling": (
        layers.MaxPooling2D(2), MAP,
        "4x4x4", "", "",
    ),
    "at every step": (
        layers.TimeDistributed(layers.Conv2D(6, 3)), (5, *MAP),
        "5x6x6x6", "(3x3x4 + 1) x 6 = 222", "5 x 3x3x4 x 6x6x6 = 38,880",
    ),
    "subsampling of LeNet-5": (
        Subsampling2D(), MAP,
        "4x4x4", "(1 + 1) x 4 = 8", "",
    ),
    "sparse convolution of LeNet-5": (
        TableConv2D([[0, 1], [2]], 3), MAP,
        "6x6x2", "3x3 x 3 connections + 2 = 29", "3x3 x 3 x 6x6 = 972",
    ),
    "rows and columns of zeros": (
        layers.ZeroPadding2D(((1, 0), (2, 3))), MAP,
        "9x13x4", "", "",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("layer", "shape", "volume", "parameters", "product"), CASES.values(), ids=CASES)
def test_the_arithmetic_of_a_layer(layer, shape, volume, parameters, product):
    row = row_of(layer, shape)
    assert (row.volume, row.arithmetic, row.macs_arithmetic) == (volume, parameters, product)
    assert row.parameters == layer.count_params()
    assert row.macs == int((product.rpartition("= ")[2] or "0").replace(",", ""))
    assert row.note == ""


@pytest.mark.parametrize(
    "layer",
    [layers.LSTM(4), layers.GRU(4), layers.Bidirectional(layers.LSTM(4)), layers.EinsumDense("abc,cd->abd", (10, 4))],
    ids=lambda layer: type(layer).__name__,
)
def test_a_layer_without_a_rule_says_so(layer):
    inputs = keras.Input((10, 3))
    whole = anatomy(keras.Model(inputs, layer(inputs)))
    row = whole[1]
    assert row.macs is None
    assert "no rule" in row.note
    assert row.parameters == layer.count_params()
    assert row.arithmetic.endswith(f"= {row.parameters:,}")
    assert whole.macs == 0
    assert whole.uncounted == (row.name,)
    assert "not counted" in str(whole)


def test_the_weights_of_an_unknown_layer_are_listed():
    assert row_of(layers.LSTM(4), (10, 3)).arithmetic == "kernel 3x16 + recurrent_kernel 4x16 + bias 16 = 128"


def test_a_rule_can_be_taught():
    class Twice(layers.Layer):
        def build(self, shape):
            self.matrix = self.add_weight(shape=(shape[-1], 2), name="matrix")

        def call(self, x):
            return keras.ops.matmul(x, self.matrix)

    assert row_of(Twice(), (3,)).macs is None
    cost.register(Twice, lambda layer, given, made: Cost("3 x 2", 6, "3x2"))
    row = row_of(Twice(), (3,))
    assert (row.macs, row.arithmetic, row.macs_arithmetic) == (6, "3 x 2 = 6", "3x2 = 6")


def test_how_a_window_moves():
    row = row_of(layers.Conv2D(8, (3, 5), padding="same", dilation_rate=2, groups=2, activation="relu"), MAP)
    assert (row.kernel, row.stride, row.padding, row.dilation, row.groups) == ((3, 5), (1, 1), "same", (2, 2), 2)
    assert row.window == "3x5, same, dilation 2x2, 2 groups"
    assert row.activation == "relu"
    assert row_of(layers.Conv2D(8, 3, strides=2), MAP).window == "3x3, stride 2"
    assert row_of(layers.MaxPooling2D((2, 1)), MAP).window == "2x1, stride 2x1"
    assert row_of(layers.UpSampling2D(2), MAP).window == "times 2x2"


@pytest.mark.parametrize(
    ("layer", "role"),
    [
        (layers.Conv2DTranspose(2, 2), "convolution"),
        (layers.SeparableConv2D(2, 2), "convolution"),
        (layers.Dense(2), "dense"),
        (layers.GlobalMaxPooling2D(), "pooling"),
        (layers.GroupNormalization(2), "normalization"),
        (layers.SpatialDropout2D(0.1), "regularization"),
        (layers.Flatten(), "shape"),
        (layers.ReLU(), "activation"),
        (layers.UpSampling2D(), "upsampling"),
        (layers.Rescaling(2.0), "other"),
        (layers.Identity(), "other"),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_the_role_of_a_layer(layer, role):
    assert row_of(layer, MAP).role == role


def test_memory_is_what_a_layer_adds():
    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(4, 3, name="conv")(inputs)
    for layer in (layers.BatchNormalization(), layers.ReLU(), layers.Dropout(0.5), layers.Flatten()):
        x = layer(x)
    whole = anatomy(keras.Model(inputs, x))
    assert [row.values for row in whole] == [192, 144, 144, 0, 0, 0]
    assert whole.memory == 4 * 480
    assert whole["conv"].memory == 576


def test_an_activation_costs_the_same_inside_and_outside_a_layer():
    def net(separate):
        inputs = keras.Input((8, 8, 3))
        x = layers.Conv2D(4, 3, activation=None if separate else "relu")(inputs)
        return anatomy(keras.Model(inputs, layers.ReLU()(x) if separate else x))

    assert net(True).memory == net(False).memory


def test_frozen_weights_are_neither_trainable_nor_statistics():
    model = keras.Sequential(
        [keras.Input((8, 8, 3)), layers.Conv2D(4, 3, trainable=False), layers.BatchNormalization()]
    )
    whole = anatomy(model)
    assert (whole.parameters, whole.trainable, whole.statistics, whole.biases) == (128, 8, 8, 4)
    assert "112 fixed" in str(whole)
    model.trainable = False
    assert anatomy(model).trainable == 0
    assert anatomy(model).statistics == 8


def test_channels_first():
    inputs = keras.Input((3, 8, 10))
    layer = layers.Conv2D(4, 3, strides=2, padding="same", data_format="channels_first")
    pool = layers.GlobalAveragePooling2D(data_format="channels_first")
    whole = anatomy(keras.Model(inputs, pool(layer(inputs))))
    assert whole[1].volume == "4x4x5"
    assert whole.macs == 27 * 4 * 20
    assert whole[1].receptive_field == (3, 3)
