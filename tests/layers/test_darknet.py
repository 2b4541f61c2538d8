"""Darknet's reorg, beside its C code."""

import keras
import numpy as np
import pytest

from ccv.layers import Reorg


def reorg_cpu(x, stride=2):
    """blas.c, `reorg_cpu` with forward=0, on one image (channels, height, width), as forward_reorg_layer calls it."""
    c, h, w = x.shape
    out_c = c // stride**2
    x, out = x.ravel(), np.empty(x.size, x.dtype)
    for k in range(c):
        for j in range(h):
            for i in range(w):
                in_index = i + w * (j + h * k)
                c2, offset = k % out_c, k // out_c
                w2, h2 = i * stride + offset % stride, j * stride + offset // stride
                out[in_index] = x[w2 + w * stride * (h2 + h * stride * c2)]
    return out.reshape(c * stride**2, h // stride, w // stride)


@pytest.mark.parametrize("shape", [(4, 6, 8), (2, 2, 4), (6, 4, 12)])
def test_it_is_darknet_s_and_not_space_to_depth(shape):
    x = np.random.default_rng(0).normal(size=(2, *shape)).astype("float32")
    got = np.asarray(Reorg()(x))
    expected = [reorg_cpu(each.transpose(2, 0, 1)).transpose(1, 2, 0) for each in x]
    np.testing.assert_array_equal(got, expected)
    height, width, channels = shape
    blocks = x.reshape(2, height // 2, 2, width // 2, 2, channels).transpose(0, 1, 3, 2, 4, 5)
    assert not np.array_equal(got, blocks.reshape(got.shape))


def test_it_saves_and_loads_with_open_sides(tmp_path):
    model = keras.Sequential([keras.Input((None, None, 4)), Reorg()])
    assert model.output_shape == (None, None, None, 16)
    x = np.random.default_rng(1).normal(size=(1, 4, 6, 4)).astype("float32")
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    np.testing.assert_array_equal(model.predict(x, verbose=0), loaded.predict(x, verbose=0))
    assert model.predict(x, verbose=0).shape == (1, 2, 3, 16)


@pytest.mark.parametrize("shape", [(3, 4, 4), (4, 5, 4), (4, 4, 6)])
def test_a_shape_that_does_not_divide(shape):
    with pytest.raises(ValueError, match="takes an even height and width and a multiple of 4 channels, not"):
        Reorg()(np.zeros((1, *shape), "float32"))
