"""Network in Network: both tables, the mlpconv as a dense network at each pixel."""

from collections import Counter

import keras
import numpy as np
import pytest

from ccv.models.cards.nin import CARDS
from ccv.models.nin import mlpconv, nin, nin_cifar

BUILDERS = {"nin": nin, "nin_cifar": nin_cifar}
# layer: output, parameters
NIN = {
    "mlpconv1_conv1": ((54, 54, 96), 34_944),
    "mlpconv1_conv2": ((54, 54, 96), 9_312),
    "mlpconv1_conv3": ((54, 54, 96), 9_312),
    "pool1": ((27, 27, 96), 0),
    "mlpconv2_conv1": ((27, 27, 256), 614_656),
    "mlpconv2_conv2": ((27, 27, 256), 65_792),
    "mlpconv2_conv3": ((27, 27, 256), 65_792),
    "pool2": ((13, 13, 256), 0),
    "mlpconv3_conv1": ((13, 13, 384), 885_120),
    "mlpconv3_conv2": ((13, 13, 384), 147_840),
    "mlpconv3_conv3": ((13, 13, 384), 147_840),
    "pool3": ((6, 6, 384), 0),
    "mlpconv4_conv1": ((6, 6, 1024), 3_539_968),
    "mlpconv4_conv2": ((6, 6, 1024), 1_049_600),
    "mlpconv4_conv3": ((6, 6, 1000), 1_025_000),
    "gap": ((1000,), 0),
    "predictions": ((1000,), 0),
}
CIFAR = {
    "mlpconv1_conv1": ((32, 32, 192), 14_592),
    "mlpconv1_conv2": ((32, 32, 160), 30_880),
    "mlpconv1_conv3": ((32, 32, 96), 15_456),
    "pool1": ((16, 16, 96), 0),
    "mlpconv2_conv1": ((16, 16, 192), 460_992),
    "mlpconv2_conv2": ((16, 16, 192), 37_056),
    "mlpconv2_conv3": ((16, 16, 192), 37_056),
    "pool2": ((8, 8, 192), 0),
    "mlpconv3_conv1": ((8, 8, 192), 331_968),
    "mlpconv3_conv2": ((8, 8, 192), 37_056),
    "mlpconv3_conv3": ((8, 8, 10), 1_930),
    "gap": ((10,), 0),
    "predictions": ((10,), 0),
}
CENSUS = {
    "nin": {
        "InputLayer": 1, "Conv2D": 12, "ZeroPadding2D": 3, "MaxPooling2D": 3, "Dropout": 1,
        "GlobalAveragePooling2D": 1, "Activation": 1,
    },
    "nin_cifar": {
        "InputLayer": 1, "Conv2D": 9, "ZeroPadding2D": 1, "MaxPooling2D": 1, "AveragePooling2D": 1, "Dropout": 2,
        "GlobalAveragePooling2D": 1, "Activation": 1,
    },
}  # fmt: skip


def trainable(model):
    return sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)


@pytest.mark.parametrize(("name", "table"), [("nin", NIN), ("nin_cifar", CIFAR)])
def test_every_row_of_the_table(name, table):
    model = BUILDERS[name]()
    for layer, (output, parameters) in table.items():
        assert model.get_layer(layer).output.shape[1:] == output, layer
        assert model.get_layer(layer).count_params() == parameters, layer
    assert model.count_params() == sum(parameters for _, parameters in table.values())
    assert Counter(type(layer).__name__ for layer in model.layers) == CENSUS[name]


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
def test_golden(card):
    (golden,) = card.golden
    assert trainable(BUILDERS[card.name]()) == golden.params
    assert trainable(BUILDERS[card.name](include_top=False)) == golden.notop


def test_an_mlpconv_is_a_dense_network_at_each_pixel():
    x = np.random.default_rng(0).normal(size=(2, 5, 4, 3)).astype("float32")
    inputs = keras.Input((5, 4, 3))
    model = keras.Model(inputs, mlpconv(1, (8, 6, 7), name="mlp")(inputs))
    y = x
    for number in (1, 2, 3):
        layer = model.get_layer(f"mlp_conv{number}")
        dense = keras.layers.Dense(layer.filters, activation="relu")
        dense.build(y.shape)
        kernel, bias = layer.get_weights()
        dense.set_weights([kernel[0, 0], bias])
        y = np.asarray(dense(y))
    np.testing.assert_allclose(model.predict(x, verbose=0), y, atol=1e-6)


def test_the_average_pooling_does_not_count_its_border():
    """Caffe's ends windows at the border: the last mean is over two rows, not three."""
    model = nin_cifar(include_top=False, width=1 / 32)
    pool = model.get_layer("pool2")
    np.testing.assert_allclose(pool(np.ones((1, 16, 16, 2), "float32")), np.ones((1, 8, 8, 2)))


@pytest.mark.parametrize("name", BUILDERS)
def test_any_size_and_logits_that_are_never_negative(name):
    options = {"width": 1 / 16, "classes": 4, "input_shape": (None, None, 3)}
    logits, chances = BUILDERS[name](classifier_activation=None, **options), BUILDERS[name](**options)
    chances.set_weights(logits.get_weights())
    x = np.random.default_rng(0).normal(size=(2, 71, 58, 3)).astype("float32")
    out = logits.predict(x, verbose=0)
    assert out.shape == (2, 4)
    assert (out >= 0).all()
    softmax = np.exp(out) / np.exp(out).sum(1, keepdims=True)
    np.testing.assert_allclose(chances.predict(x, verbose=0), softmax, rtol=1e-5)


@pytest.mark.parametrize(
    ("name", "least", "why"),
    [
        ("nin", 39, "mlpconv1 with stride 4 and three 3x3 poolings with stride 2"),
        ("nin_cifar", 6, "two poolings with stride 2 of whole 3x3 windows"),
    ],
)
def test_the_least_size(name, least, why):
    model = BUILDERS[name](width=1 / 16, input_shape=(least, least, 1))
    if name == "nin":
        assert model.get_layer("pool3").output.shape[1:3] == (1, 1)
    else:
        assert model.get_layer("pool1").output.shape[1:3] == (3, 3)
    with pytest.raises(ValueError, match=f"{why} need at least {least} pixels"):
        BUILDERS[name](width=1 / 16, input_shape=(least - 1, least, 1))


def test_the_least_size_of_nin_is_where_the_last_pool_has_a_window():
    def last(size):
        size = (size - 11) // 4 + 1
        for _ in range(3):
            size = -(-(size - 3) // 2) + 1
        return size

    assert (last(39), last(38)) == (1, 0)
