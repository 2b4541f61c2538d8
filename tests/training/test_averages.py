"""Batch normalisation in a short run: how much of its averages is still their start, and what is said of it."""

import json

import keras
import numpy as np
import pytest

from ccv.training import averages, fit


def network(momentum=0.99, trainable=True):
    layers = keras.layers
    inner = keras.Sequential([layers.Input((2, 2, 3)), layers.BatchNormalization(momentum=momentum)])
    inner.trainable = trainable
    return keras.Sequential([layers.Input((2, 2, 3)), inner, layers.Flatten(), layers.Dense(2, "softmax")])


@pytest.mark.parametrize("momentum", [0.9, 0.99])
def test_the_share_is_what_the_layer_itself_keeps_of_its_start(momentum):
    model, layer = network(momentum), network(momentum).layers[0].layers[0]
    for _ in range(7):
        layer(np.full((4, 2, 2, 3), 3.0, "float32"), training=True)
    kept = 1 - keras.ops.convert_to_numpy(layer.moving_mean) / 3
    np.testing.assert_allclose(kept, averages.lag(model, 7), rtol=1e-5)


def test_what_is_frozen_or_not_there_does_not_lag():
    assert averages.lag(network(trainable=False), 1) == 0
    assert averages.lag(network(momentum=1.0), 1) == 0
    assert averages.lag(keras.Sequential([keras.layers.Input((8,)), keras.layers.Dense(2)]), 1) == 0


@pytest.mark.slow
@pytest.mark.parametrize(("momentum", "told"), [(0.99, True), (0.5, False)])
def test_a_short_run_is_told_how_long_is_long_enough(momentum, told, caplog):
    images = np.random.default_rng(0).normal(size=(40, 2, 2, 3)).astype("float32")
    labels = (images[:, 0, 0, 0] > 0).astype(int)
    data = (images[:20], labels[:20])
    fit(network(momentum), data, validation=(images[20:], labels[20:]), epochs=2, batch_size=4, verbose=False)
    said = "after the 10 steps of this run 90 % of what validation normalises with is still its start"
    assert (said in caplog.text) == told
    assert ("give it 299 steps or more" in caplog.text) == told


def fitted(momentum, epochs=12, noise=False, out=None):
    """A run on 48 images far from zero, one class brighter, or of labels that are noise and can be learnt by heart."""
    random = np.random.default_rng(0)
    labels = random.integers(0, 2, 96)
    images = random.normal(80, 30, (96, 4, 4, 3)).astype("float32")
    images += 0 if noise else 30 * labels[:, None, None, None]
    keras.utils.set_random_seed(0)
    layers = keras.layers
    model = keras.Sequential([layers.Input((4, 4, 3)), layers.Flatten(), layers.BatchNormalization(momentum=momentum)])
    model.add(layers.Dense(64, activation="relu"))
    model.add(layers.Dense(2, "softmax"))
    data, held_out = (images[:48], labels[:48]), (images[48:], labels[48:])
    return fit(model, data, validation=held_out, epochs=epochs, batch_size=8, learning_rate=0.01, out=out)


@pytest.mark.slow
def test_averages_that_hide_what_was_learnt_are_told_when_the_run_ends(tmp_path, caplog):
    """72 steps: training knows nearly all, and with the averages the same images are as strange as those held out."""
    run = fitted(0.999, out=tmp_path)
    assert run.history["accuracy"][-1] > 0.9 and run.history["val_loss"][-1] > 2 * run.history["loss"][-1]
    assert "batch normalisation's averages lag behind" in run.note and "momentum 0.999" in run.note
    assert run.note in caplog.text and run.note in str(run)
    assert json.loads((tmp_path / "run.json").read_text())["note"] == run.note


@pytest.mark.slow
@pytest.mark.parametrize("how", [{"momentum": 0.5}, {"momentum": 0.5, "noise": True, "epochs": 40}])
def test_what_averages_do_not_hide_is_not_put_down_to_them(how):
    """Neither where validation follows, nor where it does not because labels of noise were learnt by heart."""
    run = fitted(**how)
    assert run.history["loss"][-1] < 0.5 * run.history["loss"][0] and run.note is None
    assert (run.history["val_loss"][-1] > 1) == ("noise" in how)
