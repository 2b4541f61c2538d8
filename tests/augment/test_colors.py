"""The operations on colours that are ours, against NumPy."""

import numpy as np

from ccv.augment.colors import Equalization, Solarization


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
