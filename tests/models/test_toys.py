"""The X/O network (catalogue 1.4), the CNN example (A-02) and generate_model (A-03)."""

import keras
import numpy as np
import pytest
from keras import ops

from ccv.data.xo import TRICKY_X, O, X
from ccv.models import cnn_example, generate_model, xo_net

DRAWINGS = np.stack([X, O, TRICKY_X])[..., None]
SUMS_1 = np.array(
    [
        [7, -1, 1, 3, 5, -1, 3],
        [-1, 9, -1, 3, -1, 1, -1],
        [1, -1, 9, -3, 1, -1, 5],
        [3, 3, -3, 5, -3, 3, 3],
        [5, -1, 1, -3, 9, -1, 1],
        [-1, 1, -1, 3, -1, 9, -1],
        [3, -1, 5, 3, 1, -1, 7],
    ]
)
SUMS_2 = np.array(
    [
        [3, -5, 1, -1, 1, -5, 3],
        [-5, 5, -5, 3, -5, 5, -5],
        [1, -5, 5, -7, 5, -5, 1],
        [-1, 3, -7, 9, -7, 3, -1],
        [1, -5, 5, -7, 5, -5, 1],
        [-5, 5, -5, 3, -5, 5, -5],
        [3, -5, 1, -1, 1, -5, 3],
    ]
)
POOLED = np.array(
    [
        [[1.00, 0.33, 0.55, 0.33], [0.33, 1.00, 0.33, 0.55], [0.55, 0.33, 1.00, 0.11], [0.33, 0.55, 0.11, 0.77]],
        [[0.55, 0.33, 0.55, 0.33], [0.33, 1.00, 0.55, 0.11], [0.55, 0.55, 0.55, 0.11], [0.33, 0.11, 0.11, 0.33]],
        [[0.33, 0.55, 1.00, 0.77], [0.55, 0.55, 1.00, 0.33], [1.00, 1.00, 0.11, 0.55], [0.77, 0.33, 0.55, 0.33]],
    ]
)
VECTORS = {  # X/O-9, X/O-12, X/O-11
    "X": [1, 0.55, 0.55, 1, 1, 0.55, 0.55, 0.55, 0.55, 1, 1, 0.55],
    "O": [0.55, 1, 1, 0.55, 0.55, 0.55, 0.55, 0.55, 1, 0.55, 0.55, 1],
    "tricky": [0.77, 0.55, 0.55, 0.77, 1, 0.33, 0.33, 0.33, 0.55, 0.77, 0.77, 0.55],
}


def outputs(model, name, images):
    return keras.Model(model.input, model.get_layer(name).output).predict(images, verbose=0)


def test_votes_of_the_slides():
    """X/O-10, X/O-11, X/O-12: the X wins with 1.00, the O with 1.00, the tricky X with .816."""
    votes = xo_net().predict(DRAWINGS, verbose=0)
    np.testing.assert_allclose(votes, [[1.00, 0.55], [0.55, 1.00], [0.816, 0.55]], atol=1e-6)


def test_feature_maps_of_the_slides():
    """X/O-2, X/O-3, X/O-4: all three maps, cut toward zero to two decimals."""
    sums = np.stack([SUMS_1, SUMS_2, SUMS_1[:, ::-1]], axis=-1)
    np.testing.assert_allclose(outputs(xo_net(), "conv", DRAWINGS)[0], sums / 9, atol=1e-6)
    expected = np.trunc(sums * 100 / 9) / 100
    np.testing.assert_allclose(outputs(xo_net(), "truncate", DRAWINGS)[0], expected, atol=1e-6)
    np.testing.assert_allclose(outputs(xo_net(), "relu", DRAWINGS)[0], np.maximum(expected, 0), atol=1e-6)


def test_pools_of_the_slides():
    """X/O-6: 7x7 to 4x4 with padding 'same'."""
    np.testing.assert_allclose(outputs(xo_net(), "pool1", DRAWINGS)[0], POOLED.transpose(1, 2, 0), atol=1e-6)


def test_the_twelve_values_are_listed_map_by_map():
    np.testing.assert_allclose(outputs(xo_net(), "flatten", DRAWINGS), list(VECTORS.values()), atol=1e-6)


def test_without_truncation_the_ninths_stay():
    model = xo_net(truncated=False)
    votes = model.predict(DRAWINGS, verbose=0)
    np.testing.assert_allclose(votes[:2], [[1, 5 / 9], [5 / 9, 1]], atol=1e-6)
    assert "truncate" not in [layer.name for layer in model.layers]


def test_every_image_cut_by_the_layer_is_cut_as_the_slides_do():
    """X/O-13: from the integer sum, over every sum that nine values of +-1 can have."""
    images = np.random.default_rng(0).choice([-1.0, 1.0], size=(500, 9, 9, 1)).astype("float32")
    sums = np.rint(outputs(xo_net(), "conv", images) * 9)
    np.testing.assert_allclose(outputs(xo_net(), "truncate", images), np.trunc(sums * 100 / 9) / 100, atol=1e-6)


def test_fixed_weights_do_not_train_and_others_do():
    assert xo_net().trainable_weights == []
    assert xo_net().count_params() == 51
    assert len(xo_net(trainable=True).trainable_weights) == 2
    assert len(xo_net(weights=None).trainable_weights) == 2
    assert xo_net(weights=None, trainable=False).trainable_weights == []


def test_training_starts_from_the_slides():
    model = xo_net(trainable=True, classifier_activation="softmax")
    np.testing.assert_array_equal(model.get_weights()[0], xo_net().get_weights()[0])
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
    before = [ops.convert_to_numpy(weight) for weight in model.trainable_weights]
    model.fit(DRAWINGS, np.array([0, 1, 0]), epochs=2, verbose=0)
    for weight, old in zip(model.trainable_weights, before, strict=True):
        assert not np.array_equal(ops.convert_to_numpy(weight), old), weight.path


@pytest.mark.parametrize("size", [7, 8, 10])
def test_other_sizes_that_pool_to_two_by_two(size):
    assert xo_net(input_shape=(size, size, 1)).predict(np.ones((1, size, size, 1)), verbose=0).shape == (1, 2)


@pytest.mark.parametrize(
    "options",
    [
        {"input_shape": (11, 11, 1)},
        {"input_shape": (9, 9, 3)},
        {"classes": 3},
        {"width": 2},
        {"input_shape": (9, 6, 1)},
    ],
)
def test_the_slides_weights_fit_one_form(options):
    with pytest.raises(ValueError, match="the slides' weights fit 7 to 10 pixels"):
        xo_net(**options)
    assert xo_net(weights=None, **options).count_params() > 0


def test_the_slides_filters_alone_fit_any_size():
    model = xo_net(include_top=False, input_shape=(32, 20, 1))
    assert model.output_shape == (None, 8, 5, 3)
    np.testing.assert_array_equal(model.get_weights()[0], xo_net().get_weights()[0])


def test_truncation_and_training_do_not_go_together():
    with pytest.raises(ValueError, match="lets no gradient pass"):
        xo_net(trainable=True, truncated=True)


@pytest.mark.parametrize("option", ["trainable", "truncated"])
def test_flags_are_true_false_or_none(option):
    with pytest.raises(TypeError, match=f"{option}='no' must be True, False or None"):
        xo_net(**{option: "no"})


CNN_ROWS = {  # catalogue 2.3, E-23
    "conv1": ((28, 28, 8), 608),
    "pool1": ((14, 14, 8), 0),
    "conv2": ((10, 10, 16), 3_216),
    "pool2": ((5, 5, 16), 0),
    "flatten": ((400,), 0),
    "fc3": ((120,), 48_120),
    "fc4": ((84,), 10_164),
    "predictions": ((10,), 850),
}
GENERATE_ROWS = {  # catalogue 2.3, E-33
    "conv1": ((26, 26, 32), 320),
    "pool1": ((13, 13, 32), 0),
    "conv2": ((11, 11, 64), 18_496),
    "pool2": ((5, 5, 64), 0),
    "flatten": ((1_600,), 0),
    "fc": ((1_024,), 1_639_424),
    "predictions": ((10,), 10_250),
}


@pytest.mark.parametrize(
    ("builder", "rows", "total"), [(cnn_example, CNN_ROWS, 62_958), (generate_model, GENERATE_ROWS, 1_668_490)]
)
def test_every_row_of_the_tables(builder, rows, total):
    model = builder()
    assert [layer.name for layer in model.layers] == ["input", *rows]
    for name, (shape, parameters) in rows.items():
        layer = model.get_layer(name)
        assert (layer.output.shape[1:], layer.count_params()) == (shape, parameters)
    assert model.count_params() == total


@pytest.mark.parametrize("builder", [cnn_example, generate_model])
def test_training_moves_every_weight(builder):
    model = builder(width=1 / 2)
    model.compile(keras.optimizers.SGD(0.01), "sparse_categorical_crossentropy")
    generator = np.random.default_rng(0)
    x = generator.normal(size=(32, *model.input_shape[1:])).astype("float32")
    before = [ops.convert_to_numpy(weight) for weight in model.trainable_weights]
    model.fit(x, generator.integers(0, 10, 32), epochs=1, verbose=0)
    for weight, old in zip(model.trainable_weights, before, strict=True):
        assert not np.array_equal(ops.convert_to_numpy(weight), old), weight.path
