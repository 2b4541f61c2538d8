"""Multiply-adds against an independent counter: the products in the program that XLA would compile for the network."""

import re
from math import prod

import keras
import pytest
from keras import layers

from ccv.anatomy import anatomy
from ccv.models import build

SHAPE = r"\w+\[([\d,]*)\]\S*"
CONVOLUTION = re.compile(
    rf"= {SHAPE} convolution\({SHAPE} %\S+, {SHAPE} %\S+\), window={{size=([\dx]+)(.*?)}}, dim_labels=\w+_(\w+)->"
)
DOT = re.compile(rf"= {SHAPE} dot\({SHAPE} %\S+, {SHAPE} %\S+\),.* lhs_contracting_dims={{([\d,]*)}}")


def counted_by_xla(model):
    """The multiply-adds of all convolutions and products of matrices, by the shapes in XLA's text."""
    import tensorflow as tf

    function = tf.function(lambda *images: model(list(images), training=False), jit_compile=True)
    images = [tf.zeros((1, *tensor.shape[1:])) for tensor in model.inputs]
    text = function.experimental_get_compiler_ir(*images)(stage="hlo")
    assert "while(" not in text  # whose products would run many times
    return sum(map(of_convolution, CONVOLUTION.findall(text))) + sum(map(of_dot, DOT.findall(text)))


def of_convolution(found):
    made, given, kernel, size, options, labels = found
    in_filter = dict(zip(labels, numbers(kernel), strict=True))
    each = prod(numbers(size, "x")) * in_filter["i"]
    if "lhs_dilate" in options:  # zeros between the numbers: a transposed convolution, whose input's places count
        return prod(numbers(given)) * prod(numbers(size, "x")) * in_filter["o"]
    return prod(numbers(made)) * each


def of_dot(found):
    made, left, _, axes = found
    return prod(numbers(made)) * prod(numbers(left)[axis] for axis in numbers(axes))


def numbers(text, by=","):
    return [int(number) for number in text.split(by) if number]


MAP = (12, 16, 4)
LAYERS = {
    "convolution": (layers.Conv2D(6, (3, 5), strides=2, padding="same"), MAP),
    "dilated": (layers.Conv2D(6, 3, dilation_rate=2), MAP),
    "in groups": (layers.Conv2D(6, 3, groups=2), MAP),
    "along a line": (layers.Conv1D(6, 3, padding="causal"), (9, 4)),
    "in a volume": (layers.Conv3D(6, 3), (5, 6, 7, 2)),
    "depthwise": (layers.DepthwiseConv2D(3, depth_multiplier=2), MAP),
    "separable": (layers.SeparableConv2D(6, 3, strides=2, padding="same"), MAP),
    "transposed": (layers.Conv2DTranspose(6, 3, strides=2, padding="same"), MAP),
    "transposed without padding": (layers.Conv2DTranspose(6, 2, strides=3), MAP),
    "dense at each place": (layers.Dense(6), MAP),
    "einsum": (layers.EinsumDense("abcd,de->abce", (12, 16, 6), bias_axes="e"), MAP),
    "einsum over the places": (layers.EinsumDense("abc,bd->adc", (6, 4)), (9, 4)),
    "spectral": (layers.SpectralNormalization(layers.Conv2D(6, 3)), MAP),
    "at every step": (layers.TimeDistributed(layers.SeparableConv2D(6, 3)), (5, *MAP)),
    "simple recurrent": (layers.SimpleRNN(6, unroll=True), (9, 4)),
    "LSTM": (layers.LSTM(6, unroll=True, return_sequences=True), (9, 4)),
    "GRU": (layers.GRU(6, unroll=True), (9, 4)),
    "both ways": (layers.Bidirectional(layers.LSTM(6, unroll=True)), (9, 4)),
    "attention": (lambda x: layers.Attention()([layers.Dense(4)(x), x]), (9, 4)),
    "heads": (lambda x: layers.MultiHeadAttention(2, 3, value_dim=5, flash_attention=False)(x, x), (9, 4)),
    "heads over maps": (lambda x: layers.MultiHeadAttention(2, 3, flash_attention=False)(x, x), MAP),
}


@pytest.mark.parametrize(("layer", "shape"), LAYERS.values(), ids=LAYERS)
def test_a_layer_costs_what_xla_multiplies(layer, shape):
    inputs = keras.Input(shape)
    model = keras.Model(inputs, layer(inputs))
    assert anatomy(model).uncounted == ()
    assert anatomy(model).macs == counted_by_xla(model) > 0


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("mobilenet_v2", {"input_shape": (64, 64, 3), "width": 0.5}),
        ("unet", {"input_shape": (188, 188, 1), "width": 1 / 8}),
        ("convnext_tiny", {"input_shape": (64, 64, 3), "width": 1 / 8}),
        ("vit_b_16", {"input_shape": (64, 64, 3), "width": 1 / 8}),
    ],
)
def test_a_network_costs_what_xla_multiplies(name, options):
    model = build(name, **options)
    assert anatomy(model).macs == counted_by_xla(model) > 0
