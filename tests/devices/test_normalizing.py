"""Batch normalisation as one operation: Keras's numbers, while it trains and only then."""

import keras
import numpy as np
import pytest
from keras import layers

from ccv.devices import fused_batch_norm
from ccv.training import fit

pytestmark = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="other backends are left to Keras")


def network(shape=(8, 10, 3), **options):
    """A small network with one normalisation whose numbers are not those that it begins with."""
    keras.utils.set_random_seed(0)
    image = keras.Input(shape)
    norm = layers.BatchNormalization(**options)
    x = norm(layers.Conv2D(4, 3, padding="same", name="conv")(image))
    model = keras.Model(image, layers.Dense(2)(layers.Flatten()(layers.ReLU()(x))))
    rng = np.random.default_rng(0)
    for weight in norm.weights:
        weight.assign(rng.uniform(0.5, 1.5, weight.shape))
    model.compile(keras.optimizers.SGD(1e-3), "mse", jit_compile=False)
    return model, norm


def trained(inside, steps=3, shape=(8, 10, 3), count=6, **options):
    model, norm = network(shape, **options)
    rng = np.random.default_rng(1)
    images, targets = rng.normal(2, 3, (count, *shape)).astype("float32"), rng.normal(size=(count, 2)).astype("float32")
    with inside(model):
        losses = [float(model.train_on_batch(images, targets)) for _ in range(steps)]
    return losses, model.get_weights(), norm


@pytest.fixture
def operations(monkeypatch):
    """How often TensorFlow's operation is written into a graph, or run."""
    import tensorflow as tf

    seen, real = [], tf.raw_ops.FusedBatchNormV3
    monkeypatch.setattr(tf.raw_ops, "FusedBatchNormV3", lambda **given: seen.append(given) or real(**given))
    return seen


def left(model):
    from contextlib import nullcontext

    return nullcontext()


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"scale": False},
        {"center": False},
        {"scale": False, "center": False},
        {"momentum": 0.5, "epsilon": 1e-5},
        {"axis": 3},
    ],
    ids=str,
)
@pytest.mark.parametrize(("shape", "count"), [((8, 10, 3), 6), ((1, 1, 3), 2), ((3, 3, 3), 1)])
def test_training_gives_keras_numbers(options, shape, count, operations):
    fused, keras_own = (trained(way, shape=shape, count=count, **options) for way in (fused_batch_norm, left))
    assert operations
    np.testing.assert_allclose(fused[0], keras_own[0], rtol=2e-4, atol=1e-5)
    for mine, theirs in zip(fused[1], keras_own[1], strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=2e-4, atol=2e-5)


@pytest.mark.parametrize("options", [{"axis": 1}, {"epsilon": 1e-7}, {"synchronized": True}], ids=str)
def test_what_the_operation_cannot_do_is_left_to_keras(options, operations):
    trained(fused_batch_norm, steps=1, **options)
    assert not operations


def test_a_frozen_layer_and_prediction_keep_the_statistics(operations):
    model, norm = network()
    norm.trainable = False
    before = norm.get_weights()
    images = np.ones((4, 8, 10, 3), "float32")
    with fused_batch_norm(model):
        model.compile("sgd", "mse")
        model.train_on_batch(images, np.zeros((4, 2)))
        model.predict_on_batch(images)
    assert not operations
    for mine, theirs in zip(norm.get_weights(), before, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_shorter_numbers_stay_short(operations):
    norm = layers.BatchNormalization(dtype="mixed_bfloat16")
    image = keras.Input((4, 4, 2))
    model = keras.Model(image, norm(image))
    with fused_batch_norm(model):
        made = model(np.ones((3, 4, 4, 2)), training=True)
    assert keras.backend.standardize_dtype(made.dtype) == "bfloat16"
    assert operations


def test_models_inside_are_found_and_all_is_as_before_afterwards(operations):
    inner, norm = network()
    outer = keras.Sequential([keras.Input((8, 10, 3)), inner])
    with pytest.raises(ZeroDivisionError), fused_batch_norm(outer), fused_batch_norm(outer):  # twice does no harm
        assert "call" in vars(norm)
        outer(np.ones((2, 8, 10, 3)), training=True)
        raise ZeroDivisionError
    assert len(operations) == 1
    assert "call" not in vars(norm)
    assert type(keras.models.clone_model(outer).layers[-1].layers[2]) is layers.BatchNormalization


def test_fit_trains_so(operations):
    model, _ = network()
    fit(model, (np.ones((8, 8, 10, 3), "float32"), np.zeros((8, 2), "float32")), epochs=1, verbose=False)
    assert operations
