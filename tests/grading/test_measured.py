"""What is claimed of a model is measured on this side, on a copy of its own."""

import keras
import numpy as np
import pytest
from keras import layers

from ccv.grading.measured import accuracy, fresh, moved_by_a_step, rebuilt


def headed(frozen):
    base = keras.Sequential([keras.Input((4, 4, 1)), layers.Conv2D(2, 3), layers.BatchNormalization()])
    base.trainable = not frozen
    return keras.Sequential([base, layers.Flatten(), layers.Dense(3, activation="softmax")])


class Forged(keras.Model):
    """Says that only its head trains, and makes no step."""

    @property
    def trainable_weights(self):
        return super().weights[-2:]

    def train_on_batch(self, *args, **kwargs):
        return 0.0


def test_a_frozen_base_does_not_move_and_an_open_one_does():
    images, labels = np.random.default_rng(0).random((4, 4, 4, 1)).astype("float32"), np.arange(4) % 3
    model = headed(frozen=True)
    before = model.get_weights()
    assert moved_by_a_step(model, images, labels) == [False] * 6 + [True] * 2
    assert any(moved_by_a_step(headed(frozen=False), images, labels)[:6])
    assert all((a == b).all() for a, b in zip(before, model.get_weights(), strict=True)), "it was trained itself"


def test_a_class_that_forges_what_trains_is_not_asked():
    model = headed(frozen=False)
    model.__class__ = type("Lying", (Forged, type(model)), {"__module__": "submission"})
    assert len(model.trainable_weights) == 2
    try:
        again = rebuilt(model)
    except AssertionError:
        return  # a class of one's own may be refused as well
    assert len(again.trainable_weights) == 6


def test_a_model_without_anything_to_train_does_not_move():
    model = headed(frozen=True)
    model.trainable = False
    assert not any(moved_by_a_step(model, np.ones((2, 4, 4, 1)), np.zeros(2)))


@pytest.mark.parametrize("value", [None, 3, "model"])
def test_what_is_no_model_is_told_kindly(value):
    with pytest.raises(AssertionError, match=r"`add_head` gives \w+: return a keras\.Model"):
        rebuilt(value, "`add_head`")


def test_accuracy_is_counted_over_all_batches():
    model = keras.Sequential([keras.Input((1, 1, 3)), layers.Flatten()])
    images = np.eye(3)[[0, 1, 2, 0, 1]][:, None, None]
    assert accuracy(model, images, np.array([0, 1, 2, 1, 1]), batch=2) == 0.8


def test_fresh_pictures_are_new_each_time_and_look_alike():
    images = np.random.default_rng(1).random((20, 8, 6, 3)).astype("float32")
    drawn = fresh(images, np.random.default_rng(2))
    assert drawn.shape == images.shape and drawn.dtype == np.float32
    assert (drawn == fresh(images, np.random.default_rng(2))).all()
    assert not (drawn == fresh(images, np.random.default_rng(3))).all()
    assert not any((d == i).all() for d, i in zip(drawn, images, strict=True))
    same = fresh(images, np.random.default_rng(2), shift=0, contrast=0)
    np.testing.assert_array_equal(same, images)
    assert fresh(images[:0], np.random.default_rng(2)).shape == (0, 8, 6, 3)
