"""The operations on colours that are ours, against NumPy."""

import numpy as np
import pytest

from ccv.augment import pipeline
from ccv.augment.colors import Equalization, Posterization, Sharpness, Solarization


def equalized(plane):
    values, inverse, counts = np.unique(plane, return_inverse=True, return_counts=True)
    if len(values) == 1:
        return plane
    darker = np.cumsum(counts)
    return np.round(255 * (darker - darker[0]) / (plane.size - darker[0]))[inverse].reshape(plane.shape)


def test_equalization_spreads_each_channel():
    images = np.random.default_rng(0).normal(120, 15, (3, 20, 24, 3)).round().astype("float32")
    images[1, ..., 2] = 77
    after = np.asarray(Equalization().transform_images(images))
    for i in range(3):
        for channel in range(3):
            np.testing.assert_allclose(after[i, ..., channel], equalized(images[i, ..., channel]), atol=1)
    assert (after[1, ..., 2] == 77).all()


def test_solarization_inverts_the_bright():
    ramp = np.arange(256, dtype="float32").reshape(1, 16, 16, 1)
    layer = Solarization(200.0)
    threshold = layer.get_random_transformation(np.repeat(ramp, 50, 0), seed=1)
    assert np.asarray(threshold).min() >= 200
    after = np.asarray(layer.transform_images(ramp, np.float32(220.0))).ravel()
    assert (after[:220] == np.arange(220)).all()
    assert (after[220:] == 255 - np.arange(220, 256)).all()


def test_posterization_keeps_the_first_bits():
    ramp = np.repeat(np.arange(256, dtype="float32").reshape(1, 16, 16, 1), 60, 0)
    layer = Posterization(4)
    step = np.asarray(layer.get_random_transformation(ramp, seed=1))
    assert set(step.ravel()) == {1, 2, 4, 8, 16}
    after = np.asarray(layer.transform_images(ramp - np.float32(1e-4), step))
    np.testing.assert_array_equal(after, ramp // step * step)


def test_sharpness_goes_both_ways_and_keeps_the_border():
    flat = np.full((60, 5, 7, 3), 200, "float32")
    layer = Sharpness(0.3)
    factor = np.asarray(layer.get_random_transformation(flat, seed=1))
    assert 0.7 <= factor.min() < 0.8 and 1.2 < factor.max() <= 1.3
    np.testing.assert_allclose(layer.transform_images(flat, factor), flat, atol=1e-3)
    edge = np.zeros((1, 5, 6, 1), "float32")
    edge[:, :, 3:] = 130
    np.testing.assert_allclose(
        np.asarray(layer.transform_images(edge, np.float32(0)))[0, 2, :, 0], [0, 0, 30, 100, 130, 130], atol=1e-3
    )
    np.testing.assert_allclose(layer.transform_images(edge, np.float32(1)), edge, atol=1e-3)


@pytest.mark.parametrize("level", [3, 200, 255])
def test_strength_0_changes_no_level(level):
    """Solarization inverted white, and sharpness blurred the most where it should the least."""
    flat = np.full((60, 6, 6, 3), level, "uint8")
    assert (np.asarray(pipeline("randaugment", strength=0, flip=False, operations=3)(flat)) == level).all()
