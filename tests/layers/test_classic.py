"""Local response normalisation (catalogue C-058, E-47), pooling to a fixed size, pooling that rounds up."""

import keras
import numpy as np
import pytest

from ccv.layers import AdaptiveAveragePooling2D, LocalResponseNormalization
from ccv.models.common import ceil_max_pooling


def number(seed, *shape, scale=1.0):
    return (scale * np.random.default_rng(seed).normal(size=shape)).astype("float32")


def lrn_by_hand(a, size=5, k=2.0, alpha=1e-4, beta=0.75):
    """The paper's formula, a loop over channels, in float64."""
    a, radius, channels = a.astype("float64"), size // 2, a.shape[-1]
    b = np.empty_like(a)
    for i in range(channels):
        near = a[..., max(0, i - radius) : min(channels - 1, i + radius) + 1]
        b[..., i] = a[..., i] / (k + alpha * (near**2).sum(-1)) ** beta
    return b


@pytest.mark.parametrize("channels", [1, 2, 5, 7, 96])
@pytest.mark.parametrize("options", [{}, {"size": 1}, {"size": 9, "k": 1.0, "alpha": 0.3, "beta": 0.5}])
def test_lrn_is_the_formula_and_tensorflow_s(channels, options):
    import tensorflow as tf

    x = number(0, 2, 3, 4, channels, scale=30)
    out = np.asarray(LocalResponseNormalization(**options)(x))
    np.testing.assert_allclose(out, lrn_by_hand(x, **options), rtol=2e-6)
    filled = {"size": 5, "k": 2.0, "alpha": 1e-4, "beta": 0.75} | options
    peer = tf.nn.local_response_normalization(x, filled["size"] // 2, filled["k"], filled["alpha"], filled["beta"])
    np.testing.assert_allclose(out, peer, rtol=3e-6)


def test_lrn_of_one_value_by_hand():
    """a = 100 alone: 100 / (2 + 1e-4 * 10^4) ^ 0.75 = 100 / 3^0.75 = 43.87; beside it, in the window, 10 too."""
    x = np.zeros((1, 1, 1, 8), "float32")
    x[..., 0], x[..., 2], x[..., 6] = 100, 10, 10
    out = np.asarray(LocalResponseNormalization()(x)).ravel()
    near = 2 + 1e-4 * (100**2 + 10**2)
    np.testing.assert_allclose(out[[0, 2, 6]], [100 / near**0.75, 10 / near**0.75, 10 / 2.01**0.75], rtol=1e-6)
    assert (out[[1, 3, 4, 5, 7]] == 0).all()


def test_lrn_does_not_overflow_in_half_precision():
    x = np.full((1, 2, 2, 6), 1000.0, "float32")
    out = np.asarray(LocalResponseNormalization(dtype="mixed_float16")(x))
    assert out.dtype == np.float16
    np.testing.assert_allclose(out, lrn_by_hand(x), rtol=1e-3)


@pytest.mark.parametrize("size", [0, 4, -1, 2.0, True, None, "5"])
def test_lrn_wants_an_odd_size(size):
    with pytest.raises(ValueError, match="must be an odd integer above 0"):
        LocalResponseNormalization(size=size)


def adaptive_by_hand(x, height, width):
    rows = [slice(i * x.shape[1] // height, -(-(i + 1) * x.shape[1] // height)) for i in range(height)]
    columns = [slice(j * x.shape[2] // width, -(-(j + 1) * x.shape[2] // width)) for j in range(width)]
    return np.stack([np.stack([x[:, r, c].mean((1, 2)) for c in columns], 1) for r in rows], 1)


@pytest.mark.parametrize("size", [(6, 6), (12, 18), (13, 7), (7, 20), (1, 1), (3, 2), (5, 6)])
@pytest.mark.parametrize("known", [True, False])
def test_adaptive_average_pooling(size, known):
    x = number(1, 2, *size, 3)
    inputs = keras.Input((*size, 3) if known else (None, None, 3))
    model = keras.Model(inputs, AdaptiveAveragePooling2D((6, 6))(inputs))
    assert model.output_shape == (None, 6, 6, 3)
    np.testing.assert_allclose(model.predict(x, verbose=0), adaptive_by_hand(x, 6, 6), atol=1e-6)


def test_adaptive_average_pooling_of_the_size_itself_is_exact():
    x = number(2, 1, 6, 6, 4)
    np.testing.assert_array_equal(AdaptiveAveragePooling2D(6)(x), x)


@pytest.mark.parametrize("size", [0, (2, -1), (1, 2, 3), (2.0, 2)])
def test_adaptive_average_pooling_wants_a_size(size):
    with pytest.raises(ValueError, match="must be one or two integers above 0"):
        AdaptiveAveragePooling2D(size)


@pytest.mark.parametrize("size", [2, 3, 4, 13, 26, 54])
def test_pooling_that_rounds_up(size):
    """Caffe's arithmetic: windows start at 0, 2, 4 ... and the last may lack its end."""
    x = np.abs(number(3, 2, size, size, 3))
    starts = range(0, 2 * (-(-(size - 3) // 2) + 1), 2)
    expected = np.stack([np.stack([x[:, i : i + 3, j : j + 3].max((1, 2)) for j in starts], 1) for i in starts], 1)
    np.testing.assert_array_equal(ceil_max_pooling("pool")(x), expected)


@pytest.mark.parametrize("make", [LocalResponseNormalization, lambda: AdaptiveAveragePooling2D((2, 3))])
def test_saves_loads_and_clones_in_safe_mode(make, tmp_path):
    model = keras.Sequential([keras.Input((5, 4, 6)), make()])
    x = number(0, 2, 5, 4, 6)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    expected = model.predict(x, verbose=0)
    np.testing.assert_array_equal(expected, loaded.predict(x, verbose=0))
    np.testing.assert_array_equal(expected, keras.models.clone_model(model).predict(x, verbose=0))
