"""Every way to train a network is seen: its steps, its epochs and its loss."""

import keras
import numpy as np
import pytest

from ccv.grading.loops import watched_training

tf = pytest.importorskip("tensorflow")
RNG = np.random.default_rng(0)
IMAGES, LABELS = RNG.random((24, 5)).astype("float32"), RNG.integers(0, 3, 24)
EPOCHS, BATCH = 3, 8


def network():
    return keras.Sequential([keras.Input((5,)), keras.layers.Dense(3)])


def batches():
    for _ in range(EPOCHS):
        for start in range(0, len(IMAGES), BATCH):
            yield IMAGES[start : start + BATCH], LABELS[start : start + BATCH]


def logits():
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def by_fit(net):
    net.compile("sgd", logits())
    net.fit(IMAGES, LABELS, batch_size=BATCH, epochs=EPOCHS, verbose=0)


def by_fit_each_epoch(net):
    net.compile(keras.optimizers.Adam(), logits())
    for _ in range(EPOCHS):
        net.fit(IMAGES, LABELS, batch_size=BATCH, verbose=0)


def by_train_on_batch(net):
    net.compile("sgd", logits())
    for images, labels in batches():
        net.train_on_batch(images, labels)


def by_gradients(net):
    optimizer, loss = keras.optimizers.SGD(0.1), logits()
    for images, labels in batches():
        with tf.GradientTape() as tape:
            value = loss(labels, net(images, training=True))
        optimizer.apply_gradients(
            zip(tape.gradient(value, net.trainable_variables), net.trainable_variables, strict=True)
        )


def by_a_compiled_step(net):
    optimizer, loss = keras.optimizers.Adam(0.1), logits()

    @tf.function
    def step(images, labels):
        with tf.GradientTape() as tape:
            value = loss(labels, net(images, training=True))
        optimizer.apply(tape.gradient(value, net.trainable_variables), net.trainable_variables)

    for images, labels in batches():
        step(images, labels)


@pytest.mark.parametrize("train", [by_fit, by_fit_each_epoch, by_train_on_batch, by_gradients, by_a_compiled_step])
def test_every_loop_is_seen(train):
    net = network()
    with watched_training(net, steps_per_epoch=3) as seen:
        train(net)
    assert seen.steps == EPOCHS * 3
    assert seen.from_logits is True
    if train is not by_a_compiled_step:  # of which nothing is seen between its steps
        assert len(seen.snapshots) == EPOCHS
        for kept, last in zip(seen.snapshots[-1], net.get_weights(), strict=True):
            np.testing.assert_array_equal(kept, last)


def test_nothing_stays_changed():
    net = network()
    before = keras.optimizers.Optimizer.apply, keras.optimizers.Optimizer.build, keras.losses.Loss.__call__
    with pytest.raises(ZeroDivisionError), watched_training(net, 3) as seen:
        raise ZeroDivisionError
    assert (seen.steps, seen.from_logits, seen.snapshots) == (0, None, [])
    after = keras.optimizers.Optimizer.apply, keras.optimizers.Optimizer.build, keras.losses.Loss.__call__
    assert after == before
    assert "fit" not in vars(net) and "train_on_batch" not in vars(net)
