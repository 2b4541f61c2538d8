"""Classification with localisation (catalogue C-091 to C-093, A-34)."""

from collections import Counter

import keras
import numpy as np
import pytest

from ccv.models.cards.localizer import LOCALIZER
from ccv.models.localizer import localizer

STAGES = {
    "block1_conv": (64, 64, 16), "block1_pool": (32, 32, 16), "block2_pool": (16, 16, 32), "block3_pool": (8, 8, 64),
    "block4_pool": (4, 4, 128), "flatten": (2048,), "fc": (128,), "objectness": (1,), "box": (4,),
    "class_probabilities": (3,), "predictions": (8,),
}  # fmt: skip
CENSUS = {"InputLayer": 1, "Conv2D": 4, "MaxPooling2D": 4, "Flatten": 1, "Dense": 4, "Concatenate": 1}


def trainable(model):
    return sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)


def pictures(shape, count=4):
    return np.random.default_rng(0).normal(size=(count, *shape)).astype("float32")


def test_golden_stages_and_census():
    (golden,) = LOCALIZER.golden
    model = localizer()
    assert trainable(model) == model.count_params() == golden.params
    assert trainable(localizer(include_top=False)) == golden.notop
    macs = 0
    for layer in model.layers:
        if layer.weights:
            macs += int(np.prod(layer.kernel.shape) * np.prod(layer.output.shape[1:3] if "conv" in layer.name else ()))
    assert macs == golden.macs
    for layer, output in STAGES.items():
        assert model.get_layer(layer).output.shape[1:] == output, layer
    assert Counter(type(layer).__name__ for layer in model.layers) == CENSUS


def test_the_label_of_the_lectures_has_8_components():
    model = localizer(width=1 / 4)
    out = model.predict(pictures((64, 64, 3)), verbose=0)
    assert out.shape == (4, 1 + 4 + 3)
    assert ((out > 0) & (out < 1)).all()
    np.testing.assert_allclose(out[:, 5:].sum(1), 1, rtol=1e-6)
    heads = keras.Model(model.input, [model.get_layer(n).output for n in ("objectness", "box", "class_probabilities")])
    parts = heads.predict(pictures((64, 64, 3)), verbose=0)
    np.testing.assert_array_equal(np.concatenate(parts, axis=1), out)


def test_the_activation_is_the_classes_alone():
    raw, soft = localizer(width=1 / 4, classifier_activation=None), localizer(width=1 / 4)
    soft.set_weights(raw.get_weights())
    left, right = (model.predict(pictures((64, 64, 3)), verbose=0) for model in (raw, soft))
    np.testing.assert_array_equal(left[:, :5], right[:, :5])
    powers = np.exp(left[:, 5:])
    np.testing.assert_allclose(powers / powers.sum(1, keepdims=True), right[:, 5:], atol=1e-6)


@pytest.mark.slow
def test_it_tells_left_from_right():
    """What global average pooling could not do: one bright spot, anywhere, and its column as a target."""
    rng = np.random.default_rng(0)
    x = np.zeros((64, 32, 32, 1), "float32")
    centers = rng.integers(4, 28, (64, 2))
    for image, (row, column) in zip(x, centers, strict=True):
        image[row - 3 : row + 4, column - 3 : column + 4] = 1
    y = np.concatenate([np.ones((64, 1)), centers[:, ::-1] / 32, np.full((64, 2), 7 / 32), np.ones((64, 1))], axis=1)
    model = localizer(input_shape=(32, 32, 1), classes=1, classifier_activation="sigmoid", width=1 / 2)
    model.compile(keras.optimizers.Adam(3e-3), "mse")
    model.fit(x, y, batch_size=16, epochs=25, verbose=0)
    error = np.abs(model.predict(x, verbose=0) - y)[:, 1:3].mean() * 32
    assert error < 3, f"{error:.1f} pixels off; the mean position is {np.abs(centers - 16).mean():.1f}"


@pytest.mark.parametrize("shape", [(32, 32, 3), (28, 40, 1), (33, 31, 4)])
def test_any_size_and_channel_count(shape):
    model = localizer(input_shape=shape, classes=6, width=1 / 4)
    assert model.predict(pictures(shape), verbose=0).shape == (4, 11)


def test_without_a_top():
    base = localizer(include_top=False, input_shape=(None, None, 1))
    assert base.predict(pictures((40, 33, 1)), verbose=0).shape == (4, 2, 2, 128)
    for pooling in ("avg", "max"):
        assert localizer(include_top=False, pooling=pooling).output_shape == (None, 128)


def test_the_least_size_is_the_least_size():
    assert localizer(input_shape=(16, 16, 1)).get_layer("block4_pool").output.shape[1:3] == (1, 1)
    with pytest.raises(ValueError, match="four halvings need at least 16 pixels"):
        localizer(input_shape=(15, 16, 1))
