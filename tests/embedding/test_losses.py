"""Contrastive and triplet loss against loops in plain NumPy, their gradients against finite differences."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from ccv.embedding.losses import MININGS, ContrastiveLoss, TripletLoss

LOSSES = [ContrastiveLoss(), ContrastiveLoss(0.4), *(TripletLoss(0.3, mining) for mining in MININGS)]
NAMES = [f"{type(loss).__name__} {getattr(loss, 'mining', '')} {loss.margin}" for loss in LOSSES]


def squared(a, b):
    return float(((a - b) ** 2).sum())


def contrastive(labels, vectors, margin):
    same, other = [], []
    for i, one in enumerate(vectors):
        for j, two in enumerate(vectors):
            if i != j and labels[i] == labels[j]:
                same.append(squared(one, two))
            elif labels[i] != labels[j]:
                other.append(max(margin - squared(one, two) ** 0.5, 0) ** 2)
    return (np.mean(same) if same else 0) + (np.mean(other) if other else 0)


def triplet(labels, vectors, margin, mining):
    losses = []
    for a, anchor in enumerate(vectors):
        near = [squared(anchor, v) for i, v in enumerate(vectors) if i != a and labels[i] == labels[a]]
        far = [squared(anchor, v) for i, v in enumerate(vectors) if labels[i] != labels[a]]
        if not near or not far:
            continue
        if mining == "hard":
            losses.append(max(max(near) - min(far) + margin, 0))
            continue
        for positive in near:
            beyond = [n for n in far if n > positive]
            chosen = far if mining == "all" else [min(beyond) if beyond else max(far)]
            losses += [max(positive - negative + margin, 0) for negative in chosen]
    return np.mean(losses) if losses else 0.0


def oracle(loss, labels, vectors):
    if isinstance(loss, ContrastiveLoss):
        return contrastive(labels, vectors, loss.margin)
    return triplet(labels, vectors, loss.margin, loss.mining)


def batch(seed, identities=4, pictures=3, size=5):
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(identities * pictures, size))
    return np.repeat(np.arange(identities), pictures), vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def value(loss, labels, vectors):
    return float(loss(labels[:, None], tf.constant(vectors)))


@pytest.fixture
def precise():
    """Finite differences need the digits of float64."""
    return [loss.__class__.from_config(loss.get_config() | {"dtype": "float64"}) for loss in LOSSES]


@pytest.mark.parametrize("index", range(len(LOSSES)), ids=NAMES)
@pytest.mark.parametrize("seed", range(5))
def test_equal_to_loops(precise, index, seed):
    labels, vectors = batch(seed)
    assert value(precise[index], labels, vectors) == pytest.approx(oracle(LOSSES[index], labels, vectors), rel=1e-9)


@pytest.mark.parametrize("index", range(len(LOSSES)), ids=NAMES)
def test_equal_to_loops_with_identities_of_one_picture(precise, index):
    _, vectors = batch(3)
    labels = np.array([0, 0, 0, 1, 2, 2, 3, 4, 5, 5, 5, 5])
    assert value(precise[index], labels, vectors) == pytest.approx(oracle(LOSSES[index], labels, vectors), rel=1e-9)


@pytest.mark.parametrize("index", range(len(LOSSES)), ids=NAMES)
@pytest.mark.parametrize("seed", range(3))
def test_gradient_by_finite_differences(precise, index, seed):
    labels, vectors = batch(seed)
    loss, leaf = precise[index], tf.Variable(vectors)
    with tf.GradientTape() as tape:
        result = loss(labels[:, None], leaf)
    gradient, step, numeric = tape.gradient(result, leaf).numpy(), 1e-6, np.empty_like(vectors)
    for place in np.ndindex(vectors.shape):
        moved = np.zeros_like(vectors)
        moved[place] = step
        ahead, behind = (oracle(LOSSES[index], labels, vectors + sign * moved) for sign in (1, -1))
        numeric[place] = (ahead - behind) / (2 * step)
    assert np.abs(gradient).max() > 1e-3
    np.testing.assert_allclose(gradient, numeric, atol=1e-6)


@pytest.mark.parametrize("loss", LOSSES, ids=NAMES)
@pytest.mark.parametrize("labels", [[0, 0, 1, 1], [0, 0, 0, 0], [0, 1, 2, 3]])
def test_no_nan_where_all_are_at_one_place(loss, labels):
    leaf = tf.Variable(np.ones((4, 3), "float32") / np.sqrt(3))
    with tf.GradientTape() as tape:
        result = loss(np.array(labels), leaf)
    assert np.isfinite(float(result))
    assert np.isfinite(tape.gradient(result, leaf).numpy()).all()


def test_at_one_place_a_triplet_costs_the_margin():
    """What a collapsed network is stuck with."""
    for mining in MININGS:
        assert value(TripletLoss(0.3, mining), np.repeat([0, 1], 3), np.ones((6, 4))) == pytest.approx(0.3)


@pytest.mark.parametrize("loss", LOSSES, ids=NAMES)
def test_saved_and_loaded(loss):
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(loss))
    labels, vectors = batch(1)
    assert value(again, labels, vectors) == value(loss, labels, vectors)


@pytest.mark.parametrize("kind", [ContrastiveLoss, TripletLoss])
def test_bad_margin_and_mining(kind):
    with pytest.raises(ValueError, match="margin=0 must be a number above 0"):
        kind(margin=0)
    with pytest.raises(ValueError, match="no mining called 'semihard': did you mean 'semi-hard'"):
        TripletLoss(mining="semihard")
