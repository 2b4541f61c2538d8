"""Scikit-learn's digits: the fixed split and the enlarging."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from ccv import data


def test_the_raw_pixels():
    images, labels = data.arrays("digits", "all")
    bunch = load_digits()
    np.testing.assert_array_equal(images[..., 0], np.round(bunch.images * 255 / 16))
    np.testing.assert_array_equal(labels, bunch.target)
    assert images.shape == (1_797, 8, 8, 1)
    assert (images.dtype, images.max(), images.min()) == (np.uint8, 255, 0)


def test_the_split_is_stratified_and_fixed():
    (train, train_labels), (test, test_labels) = (data.arrays("digits", split) for split in ("train", "test"))
    assert (len(train), len(test)) == (1_442, 355)
    everything = np.bincount(data.arrays("digits", "all")[1])
    held_out = np.bincount(test_labels)
    np.testing.assert_array_equal(held_out, everything // 5)
    np.testing.assert_array_equal(np.bincount(train_labels), everything - everything // 5)
    assert test_labels[:12].tolist() == load_digits().target[chosen()][:12].tolist()


def chosen():
    target, seen, picked = load_digits().target, np.zeros(10, dtype=int), []
    for index, label in enumerate(target):
        seen[label] += 1
        if seen[label] % 5 == 0:
            picked.append(index)
    return np.array(picked)


def test_the_held_out_images_are_every_fifth_of_their_class():
    images, _ = data.arrays("digits", "test")
    expected = np.round(load_digits().images[chosen()] * 255 / 16)
    np.testing.assert_array_equal(images[..., 0], expected)


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear", "bicubic"])
@pytest.mark.parametrize("size", [16, 28, 32, 33])
def test_enlarging_agrees_with_keras(interpolation, size):
    from keras import ops

    raw = load_digits().images[:50, ..., None] * (255 / 16)
    resized = ops.image.resize(raw.astype("float32"), (size, size), interpolation=interpolation)
    expected = np.clip(np.round(np.asarray(resized)), 0, 255)
    images, _ = data.arrays("digits", "all", size=size, interpolation=interpolation)
    difference = np.abs(images[:50].astype(float) - expected)
    assert difference.max() <= 1  # the rounding of halves
    assert (difference > 0).mean() < 0.03  # TensorFlow looks its cubic up in a table


def test_a_margin_is_blank_and_part_of_the_size():
    images, _ = data.arrays("digits", "test", size=28, margin=4)
    inner, _ = data.arrays("digits", "test", size=20)
    np.testing.assert_array_equal(images[:, 4:-4, 4:-4], inner)
    assert images.sum() == inner.sum()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": 7}, "size=7 must be an integer of at least 8"),
        ({"size": 28.0}, "size=28.0 must be an integer"),
        ({"size": None}, "size=None must be an integer"),
        ({"margin": -1}, "margin=-1 must be an integer of at least 0"),
        ({"margin": 1}, "margin=1 leaves 6 of 8 pixels: a digit needs at least 8"),
        ({"interpolation": "bicubc"}, "there is no interpolation called 'bicubc': did you mean 'bicubic'?"),
    ],
)
def test_bad_values(options, message):
    with pytest.raises(ValueError) as raised:
        data.arrays("digits", **options)
    assert message in str(raised.value)
