"""Dice and cross-entropy: worked numbers, an oracle, gradients by finite differences."""

import keras
import numpy as np
import pytest
from keras import ops

from ccv.segmentation import CrossEntropyDice, dice_loss
from ccv.segmentation.losses import cross_entropy


def given(seed=0, unknown=True):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, (2, 4, 5))
    if unknown:
        truth[:, 0, :2] = 255
    said = rng.uniform(0.1, 1, (2, 4, 5, 3))
    return truth, said / said.sum(-1, keepdims=True)


def dice_by_hand(truth, said):
    known, scores = truth != 255, []
    for label in range(said.shape[-1]):
        there, mine = (truth == label)[known].astype(float), said[..., label][known]
        scores.append((2 * (there * mine).sum() + 1) / (there.sum() + mine.sum() + 1))
    return 1 - np.mean(scores)


def entropy_by_hand(truth, said):
    rows = [-np.log(p[t]) for t, p in zip(truth.ravel(), said.reshape(-1, said.shape[-1]), strict=True) if t != 255]
    return np.mean(rows)


LOSSES = {
    "dice": (dice_loss, dice_by_hand),
    "cross-entropy": (cross_entropy, entropy_by_hand),
    "both": (CrossEntropyDice(0.5), lambda t, p: entropy_by_hand(t, p) + 0.5 * dice_by_hand(t, p)),
    "alone": (CrossEntropyDice(0), entropy_by_hand),
}


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("unknown", [False, True])
def test_the_number_is_the_oracles(name, unknown):
    loss, by_hand = LOSSES[name]
    truth, said = given(1, unknown)
    assert float(loss(truth, said.astype("float32"))) == pytest.approx(by_hand(truth, said), abs=1e-5)
    assert float(loss(truth[..., None], said.astype("float32"))) == pytest.approx(by_hand(truth, said), abs=1e-5)


@pytest.mark.parametrize("name", LOSSES)
def test_the_gradient_is_that_of_finite_differences(name):
    if keras.backend.backend() != "tensorflow":
        pytest.skip("the other backends' gradients are in test_backends")
    import tensorflow as tf

    loss, by_hand = LOSSES[name]
    truth, said = given(2)
    point = tf.constant(said, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(point)
        value = loss(truth, point)
    gradient = tape.gradient(value, point).numpy()
    step, slopes = 1e-5, np.zeros_like(said)
    for place in np.ndindex(*said.shape):
        moved = said.copy()
        moved[place] += step
        back = said.copy()
        back[place] -= step
        slopes[place] = (by_hand(truth, moved) - by_hand(truth, back)) / (2 * step)
    np.testing.assert_allclose(gradient, slopes, atol=2e-4)
    assert not gradient[truth == 255].any()


def test_perfect_and_opposite():
    truth = np.array([[[0, 1], [1, 1]]])
    right = np.eye(2, dtype="float32")[truth]
    assert float(dice_loss(truth, right)) == pytest.approx(0)
    assert float(dice_loss(truth, 1 - right)) == pytest.approx(1 - (1 / 5 + 1 / 5) / 2)


def test_nothing_known_is_no_division_by_zero():
    truth, said = np.full((1, 2, 2), 255), np.full((1, 2, 2, 2), 0.5, "float32")
    assert float(cross_entropy(truth, said)) == 0
    assert float(dice_loss(truth, said)) == 0


def test_masks_that_do_not_fit_are_refused():
    truth, said = given()
    with pytest.raises(ValueError, match="do not fit predictions"):
        dice_loss(truth[:, :3], said)
    with pytest.raises(ValueError, match="class numbers"):
        dice_loss(np.eye(3)[np.zeros((2, 4, 5), int)][..., :2], said)


def test_the_loss_saves_with_its_weight():
    again = keras.losses.deserialize(keras.losses.serialize(CrossEntropyDice(0.3)))
    assert again.dice == 0.3


def test_in_float16_the_logarithm_stays_finite():
    said = ops.cast([[[[1.0, 0.0]]]], "float32")
    assert np.isfinite(float(cross_entropy([[[1]]], said)))
