"""The layers of ccv.layers: arithmetic by hand, saving in safe mode, gradients."""

import keras
import numpy as np
import pytest
from keras import ops

from ccv.layers import EuclideanRBF, MapCriterion, Subsampling2D, TableConv2D, Truncate, scaled_tanh


def number(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


LAYERS = {
    "subsampling": (lambda: Subsampling2D(scaled_tanh), (6, 6, 2)),
    "table": (lambda: TableConv2D([[0], [0, 1]], 3, activation="relu"), (6, 6, 2)),
    "rbf": (lambda: EuclideanRBF([[1, -1, 1], [-1, 1, 1]], activation="softmax"), (3,)),
    "truncate": (lambda: Truncate(2), (4, 4, 1)),
}


@pytest.mark.parametrize("name", LAYERS)
def test_saves_loads_and_clones_in_safe_mode(name, tmp_path):
    make, shape = LAYERS[name]
    model = keras.Sequential([keras.Input(shape), make()])
    x = number(0, 5, *shape)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    np.testing.assert_array_equal(model.predict(x, verbose=0), loaded.predict(x, verbose=0))
    clone = keras.models.clone_model(model)
    clone.set_weights(model.get_weights())
    np.testing.assert_array_equal(model.predict(x, verbose=0), clone.predict(x, verbose=0))


@pytest.mark.parametrize("name", LAYERS)
def test_the_shape_that_is_announced_is_the_shape_that_comes(name):
    make, shape = LAYERS[name]
    layer = make()
    out = layer(number(0, 2, *shape))
    assert layer.compute_output_shape((2, *shape)) == tuple(out.shape)


@pytest.mark.parametrize("make", [Subsampling2D, lambda: TableConv2D([[0], [0, 1]], 3)])
def test_height_and_width_may_be_unknown(make):
    model = keras.Sequential([keras.Input((None, None, 2)), make()])
    assert model.output_shape[1:3] == (None, None)
    assert model.predict(number(0, 1, 8, 6, 2), verbose=0).ndim == 4


def test_scaled_tanh_fixes_plus_and_minus_one():
    values = ops.convert_to_numpy(scaled_tanh(np.array([-1.0, 0.0, 1.0, 100.0], dtype="float32")))
    np.testing.assert_allclose(values, [-1, 0, 1, 1.7159], atol=1e-4)


def test_subsampling_starts_as_average_pooling():
    x = number(1, 2, 7, 6, 3)
    expected = keras.layers.AveragePooling2D(2)(x)
    np.testing.assert_allclose(Subsampling2D()(x), expected, atol=1e-6)


def test_subsampling_is_sum_times_coefficient_plus_bias():
    layer = Subsampling2D()
    x = np.arange(32, dtype="float32").reshape(1, 4, 4, 2)
    layer.build(x.shape)
    layer.set_weights([np.array([2.0, 0.5]), np.array([1.0, -1.0])])
    window = x[0, 0:2, 0:2].sum((0, 1))
    np.testing.assert_allclose(layer(x)[0, 0, 0], window * [2, 0.5] + [1, -1])
    assert layer.count_params() == 4


def test_table_conv_is_a_convolution_with_a_masked_kernel():
    connections = [[0], [0, 2], [1, 2], [0, 1, 2]]
    layer = TableConv2D(connections, 3)
    x = number(2, 2, 7, 8, 3)
    layer.build(x.shape)
    kernel, bias = number(3, 3, 3, 8), number(4, 4)
    layer.set_weights([kernel, bias])
    dense = np.zeros((3, 3, 3, 4), dtype="float32")
    pairs = [(i, j) for j, sources in enumerate(connections) for i in sources]
    for position, (source, target) in enumerate(pairs):
        dense[:, :, source, target] = kernel[:, :, position]
    expected = ops.conv(x, dense, padding="valid") + bias
    np.testing.assert_allclose(layer(x), expected, atol=1e-5)
    assert layer.count_params() == 8 * 9 + 4


@pytest.mark.parametrize("table", [[], [[0], []]])
def test_table_conv_refuses_an_output_map_without_input(table):
    with pytest.raises(ValueError, match="at least one input map for every output map"):
        TableConv2D(table, 3)


@pytest.mark.parametrize("table", [[[3]], [[-1]]])
def test_table_conv_refuses_a_map_that_is_not_there(table):
    with pytest.raises(ValueError, match="names maps beyond the 3 that it gets"):
        TableConv2D(table, 3).build((None, 8, 8, 3))


def test_rbf_is_the_negative_squared_distance():
    prototypes = np.sign(number(5, 4, 84))
    layer = EuclideanRBF(prototypes.tolist())
    x = number(6, 3, 84)
    expected = -((x[:, None] - prototypes[None]) ** 2).sum(-1)
    np.testing.assert_allclose(layer(x), expected, rtol=1e-4)
    np.testing.assert_allclose(np.diagonal(layer(prototypes.astype("float32"))), 0)
    assert not layer.trainable_weights


@pytest.mark.parametrize("table", [[], [[1, 2], [1]]])
def test_rbf_refuses_a_ragged_table(table):
    with pytest.raises(ValueError, match="one row per class"):
        EuclideanRBF(table)


def test_rbf_refuses_features_of_another_length():
    with pytest.raises(ValueError, match="has prototypes of 2 numbers and gets 3"):
        EuclideanRBF([[1, 2]], name="out").build((None, 3))


def test_map_criterion_is_equation_9():
    distances = np.abs(number(7, 6, 10)) * 20
    labels = np.arange(6)
    exact = distances[labels, labels] + np.log(np.exp(-12.0) + np.exp(-distances).sum(1))
    loss = MapCriterion(rubbish=12.0, reduction=None)
    np.testing.assert_allclose(loss(labels, -distances), exact, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(loss(labels[:, None], -distances), exact, rtol=1e-4, atol=1e-5)
    assert np.isfinite(loss(labels, -1e6 * distances)).all()


def test_map_criterion_trains_and_is_saved_with_its_model(tmp_path):
    prototypes = np.sign(number(8, 3, 16)).tolist()
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(16, "tanh"), EuclideanRBF(prototypes)])
    model.compile(keras.optimizers.Adam(0.05), MapCriterion(5.0), metrics=["accuracy"])
    x = number(9, 90, 4)
    y = x[:, :3].argmax(1)
    model.fit(x, y, epochs=20, verbose=0)
    assert model.evaluate(x, y, verbose=0)[1] > 0.9
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    assert loaded.loss.rubbish == 5.0
    np.testing.assert_allclose(loaded.evaluate(x, y, verbose=0), model.evaluate(x, y, verbose=0), rtol=1e-6)


def test_truncate_cuts_every_ninth_as_the_slides_print_it():
    sums = np.arange(-9, 10)
    expected = np.trunc(sums * 100 / 9) / 100
    np.testing.assert_allclose(Truncate(2)((sums / 9).astype("float32")), expected, atol=1e-6)
    # nine float32 ninths fall short of 1, and must not become .99
    added = np.full(9, np.float32(1) / np.float32(9)).cumsum(dtype="float32")
    np.testing.assert_allclose(Truncate(2)(added)[-1], 1.0)
    np.testing.assert_allclose(Truncate(0)(np.array([1.9, -1.9], dtype="float32")), [1, -1])
