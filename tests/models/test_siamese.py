"""The Siamese network (catalogue A-32, C-111, E-72)."""

from collections import Counter

import keras
import numpy as np
import pytest

from ccv.layers import AbsoluteDifference
from ccv.models.cards.siamese import SIAMESE
from ccv.models.siamese import siamese

TOWER = {
    "conv1": (96, 96, 64), "pool1": (48, 48, 64), "conv2": (42, 42, 128), "pool2": (21, 21, 128),
    "conv3": (18, 18, 128), "pool3": (9, 9, 128), "conv4": (6, 6, 256), "flatten": (9216,), "embedding": (4096,),
}  # fmt: skip
PARAMETERS = {"conv1": 6_464, "conv2": 401_536, "conv3": 262_272, "conv4": 524_544, "embedding": 37_752_832}
CENSUS = {"InputLayer": 1, "Conv2D": 4, "MaxPooling2D": 3, "Flatten": 1, "Dense": 1}


def trainable(model):
    return sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)


def pictures(count=2, shape=(105, 105, 1), seed=0):
    return np.random.default_rng(seed).normal(size=(count, *shape)).astype("float32")


@pytest.mark.usefixtures("shapes_only")
def test_golden_stages_and_census():
    (golden,) = SIAMESE.golden
    model = siamese()
    assert trainable(model) == model.count_params() == golden.params == 38_951_745
    assert [layer.name for layer in model.layers if layer.weights] == ["tower", "predictions"]
    tower = model.get_layer("tower")
    assert trainable(tower) == golden.notop == 38_947_648
    for layer, output in TOWER.items():
        assert tower.get_layer(layer).output.shape[1:] == output, layer
    assert {layer.name: layer.count_params() for layer in tower.layers if layer.weights} == PARAMETERS
    assert Counter(type(layer).__name__ for layer in tower.layers) == CENSUS
    assert model.get_layer("distance").output.shape == (None, 4096)
    assert model.get_layer("predictions").count_params() == 4_097


def test_the_tower_alone():
    base = siamese(include_top=False)
    assert trainable(base) == SIAMESE.golden[0].notop
    assert base.output_shape == (None, 4096)
    assert (base.name, base.input_shape) == ("siamese", (None, 105, 105, 1))


def test_it_is_symmetric_and_the_distance_to_oneself_is_0():
    model = siamese(width=1 / 16)
    left, right = pictures(3), pictures(3, seed=1)
    one, other = (model.predict(pair, verbose=0) for pair in ([left, right], [right, left]))
    np.testing.assert_array_equal(one, other)
    assert one.shape == (3, 1)
    assert ((one > 0) & (one < 1)).all()
    distance = keras.Model(model.inputs, model.get_layer("distance").output)
    assert (distance.predict([left, left], verbose=0) == 0).all()
    assert (distance.predict([left, right], verbose=0) > 0).any()


def test_the_head_weighs_the_distance_of_the_embeddings():
    model = siamese(width=1 / 16)
    left, right = pictures(2), pictures(2, seed=1)
    embed = model.get_layer("tower")
    gap = np.abs(embed.predict(left, verbose=0) - embed.predict(right, verbose=0))
    kernel, bias = model.get_layer("predictions").get_weights()
    expected = 1 / (1 + np.exp(-(gap @ kernel + bias)))
    np.testing.assert_allclose(model.predict([left, right], verbose=0), expected, atol=1e-6)


def test_inputs_by_name():
    model = siamese(width=1 / 16)
    left, right = pictures(2), pictures(2, seed=1)
    named = model.predict({"left": left, "right": right}, verbose=0)
    np.testing.assert_array_equal(named, model.predict([left, right], verbose=0))


def test_pooling_ends_the_tower_at_any_size():
    for pooling in ("avg", "max"):
        base = siamese(include_top=False, pooling=pooling, input_shape=(None, None, 3), width=1 / 16)
        assert base.predict(pictures(2, (70, 90, 3)), verbose=0).shape == (2, 16)
    with pytest.raises(ValueError, match="needs a fixed height and width; pooling='avg' or 'max' needs none"):
        siamese(include_top=False, input_shape=(None, None, 1))
    with pytest.raises(ValueError, match="must hold integers above 0"):
        siamese(input_shape=(None, None, 1))


def test_any_size_channels_and_classes():
    model = siamese(input_shape=(65, 80, 3), classes=4, classifier_activation=None, width=1 / 16)
    assert model.predict([pictures(2, (65, 80, 3))] * 2, verbose=0).shape == (2, 4)


def test_width_keeps_the_names_and_scales_the_channels():
    thin, plain = siamese(width=1 / 8), siamese()
    assert [layer.name for layer in thin.layers] == [layer.name for layer in plain.layers]
    embed = thin.get_layer("tower")
    assert [layer.name for layer in embed.layers] == [layer.name for layer in plain.get_layer("tower").layers]
    assert [embed.get_layer(f"conv{number}").filters for number in (1, 2, 3, 4)] == [8, 16, 16, 32]
    assert embed.output_shape == (None, 512)


def test_the_least_size_is_the_least_size():
    assert siamese(width=1 / 16, input_shape=(65, 65, 1)).get_layer("tower").get_layer("conv4").output.shape[1] == 1
    with pytest.raises(ValueError, match="three halvings need at least 65 pixels"):
        siamese(width=1 / 16, input_shape=(65, 64, 1))


def test_absolute_difference():
    layer = AbsoluteDifference()
    out = layer([np.array([[1.0, -2.0]]), np.array([[4.0, -2.5]])])
    np.testing.assert_allclose(np.asarray(out), [[3.0, 0.5]])
    assert type(layer).from_config(layer.get_config()).name == layer.name
    assert layer.compute_output_shape([(None, 3), (None, 3)]) == (None, 3)
    for inputs in (np.ones((1, 2)), [np.ones((1, 2))] * 3):
        with pytest.raises(ValueError, match="compares a list of two tensors"):
            AbsoluteDifference()(inputs)
    with pytest.raises(ValueError, match=r"compares two tensors of one shape, not \(2,\) and \(3,\)"):
        AbsoluteDifference()([np.ones((1, 2)), np.ones((1, 3))])
