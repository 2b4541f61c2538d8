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
    "a separable one at every step": (
        layers.TimeDistributed(layers.SeparableConv2D(16, 3, padding="same")), (5, *MAP),
        "5x8x8x16", "3x3 x 4 + (4 + 1) x 16 = 116", "5 x (3x3x4 + 4x16) x 8x8 = 32,000",
    ),
    "a model at every step": (
        layers.TimeDistributed(keras.Sequential([keras.Input((10,)), layers.Dense(6), layers.Dense(2)], name="net")),
        (5, 10),
        "5x2", "weights of net = 80", "5 x 72 = 360",
    ),
    "spectral normalization": (
        layers.SpectralNormalization(layers.Conv2D(6, 3)), MAP,
        "6x6x6", "(3x3x4 + 1) x 6 + vector 1x6 = 228", "3x3x4 x 6x6x6 = 7,776",
    ),
    "recurrent": (
        layers.LSTM(4), (10, 3),
        "4", "kernel 3x16 + recurrent_kernel 4x16 + bias 16 = 128", "10 x (3x16 + 4x16) = 1,120",
    ),
    "recurrent, with two gates": (
        layers.GRU(4, return_sequences=True), (10, 3),
        "10x4", "kernel 3x12 + recurrent_kernel 4x12 + bias 2x12 = 108", "10 x (3x12 + 4x12) = 840",
    ),
    "two cells": (
        layers.RNN([layers.SimpleRNNCell(4), layers.SimpleRNNCell(2)]), (10, 3),
        "2", "kernel 3x4 + recurrent_kernel 4x4 + bias 4 + kernel 4x2 + recurrent_kernel 2x2 + bias 2 = 46",
        "10 x (3x4 + 4x4 + 4x2 + 2x2) = 400",
    ),
    "recurrent both ways": (
        layers.Bidirectional(layers.SimpleRNN(4, use_bias=False)), (10, 3),
        "8", "kernel 3x4 + recurrent_kernel 4x4 + kernel 3x4 + recurrent_kernel 4x4 = 56",
        "10 x (3x4 + 4x4) + 10 x (3x4 + 4x4) = 560",
    ),
    "einsum over the channels": (
        layers.EinsumDense("...a,ab->...b", 7, bias_axes="b"), (10, 3),
        "10x7", "kernel 3x7 + bias 7 = 28", "10 x 3x7 = 210",
    ),
    "einsum over the places": (
        layers.EinsumDense("abc,bd->adc", (6, 3)), (10, 3),
        "6x3", "kernel 10x6 = 60", "3 x 10x6 = 180",
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


class Unknown(layers.Layer):
    """Written by somebody else, and without a weight that would betray it."""

    def call(self, x):
        return keras.ops.matmul(x, keras.ops.ones((3, 3)))

    def compute_output_shape(self, shape):
        return shape


UNKNOWN = {
    "a layer of somebody's": (Unknown(), (10, 3)),
    "an attention that adds": (lambda x: layers.AdditiveAttention()([x, x]), (10, 3)),
    "attention in groups": (lambda x: layers.GroupQueryAttention(4, 4, 2)(x, x), (10, 3)),
    "attention along one axis of two": (lambda x: layers.MultiHeadAttention(2, 3, attention_axes=1)(x, x), (10, 5, 3)),
    "a recurrent convolution": (layers.ConvLSTM2D(4, 3), (5, 8, 8, 3)),
    "an operation of keras.ops": (lambda x: keras.ops.conv(x, keras.ops.ones((3, 3, 3, 2))), (10, 10, 3)),
    "a product of matrices": (lambda x: keras.ops.matmul(x, keras.ops.ones((3, 2))), (10, 3)),
    "a function": (layers.Lambda(lambda x: keras.ops.matmul(x, keras.ops.ones((3, 3)))), (10, 3)),
    "at every step": (layers.TimeDistributed(Unknown()), (5, 10, 3)),
}


@pytest.mark.parametrize(("layer", "shape"), UNKNOWN.values(), ids=UNKNOWN)
def test_a_layer_without_a_rule_says_so(layer, shape):
    inputs = keras.Input(shape)
    model = keras.Model(inputs, layer(inputs))
    whole = anatomy(model)
    row = whole[-1]
    assert row.macs is None
    assert "no rule" in row.note
    assert row.parameters == model.count_params()
    assert whole.macs == 0
    assert whole.uncounted == (row.name,)
    assert f"multiply-adds of {row.name}" in whole.totals()["not counted"]


@pytest.mark.parametrize("name", ["a layer of somebody's", "a recurrent convolution", "an operation of keras.ops"])
def test_a_field_without_a_rule_is_not_counted_from_there_on(name):
    layer, shape = UNKNOWN[name]
    inputs = keras.Input(shape)
    x = layers.ReLU(name="after")(layer(layers.ReLU(name="before")(inputs)))
    whole = anatomy(keras.Model(inputs, x))
    lost, after = whole.rows[-2:]
    assert whole["before"].receptive_field == (1,) * (len(shape) - 1)
    assert lost.receptive_field is after.receptive_field is whole.receptive_field is after.jump is None
    assert "receptive field" in lost.note
    assert whole.unfollowed == (lost.name,)
    assert f"not counted behind {lost.name}" in whole.totals()["receptive field"]
    assert str(whole).count("not counted") > 3


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


def test_attention_counts_its_projections_and_each_pair_of_places():
    query, value = keras.Input((5, 6)), keras.Input((7, 4))
    attention = layers.MultiHeadAttention(2, 3, value_dim=8, name="attention")
    row = anatomy(keras.Model([query, value], attention(query, value)))["attention"]
    projections = 5 * (6 * 2 * 3) + 7 * (4 * 2 * 3) + 7 * (4 * 2 * 8) + 5 * (2 * 8 * 6)
    assert row.macs == projections + 2 * 5 * 7 * (3 + 8)
    mask = keras.Input((5, 7), dtype="bool")
    masked = attention(query, value, attention_mask=mask)
    assert anatomy(keras.Model([query, value, mask], masked))["attention"].macs == row.macs
    plain = anatomy(keras.Model([query, value], layers.Attention(name="plain")([layers.Dense(4)(query), value])))
    assert plain["plain"].macs_arithmetic == "5x7 x (4 + 4) = 280"


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
