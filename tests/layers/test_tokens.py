"""LayerScale, the class token and positions: by hand, in files, at other grids, and on every backend."""

import os
import subprocess
import sys
from importlib.util import find_spec

import keras
import numpy as np
import pytest

from ccv.layers import ClassToken, LayerScale, PositionEmbedding


def given(layer, *weights):
    layer.set_weights([np.asarray(weight, "float32") for weight in weights])
    return layer


def test_each_channel_has_its_scale():
    layer = LayerScale(0.5)
    x = np.arange(12.0, dtype="float32").reshape(1, 2, 2, 3)
    np.testing.assert_array_equal(layer(x), x / 2)
    np.testing.assert_array_equal(given(layer, [1, 0, -2])(x), x * [1, 0, -2])


def test_the_class_token_comes_first_for_every_image():
    layer = ClassToken()
    x = np.arange(12.0, dtype="float32").reshape(2, 3, 2)
    assert layer(x).shape == layer.compute_output_shape(x.shape) == (2, 4, 2)
    made = np.asarray(given(layer, [[[7, 8]]])(x))
    np.testing.assert_array_equal(made[:, 0], [[7, 8], [7, 8]])
    np.testing.assert_array_equal(made[:, 1:], x)
    assert layer.compute_output_shape((None, None, 2)) == (None, None, 2)


def test_each_place_has_its_position():
    layer = PositionEmbedding((1, 2))
    x = np.zeros((2, 3, 2), "float32")
    assert np.abs(layer(x)).max() > 0
    np.testing.assert_array_equal(given(layer, [[[1, 2], [3, 4], [5, 6]]])(x), [[[1, 2], [3, 4], [5, 6]]] * 2)


@pytest.mark.parametrize("grid", [(0, 2), (2, 1.5), (True, 2)])
def test_a_grid_is_two_whole_numbers(grid):
    with pytest.raises(ValueError, match="must be an integer of at least 1"):
        PositionEmbedding(grid)


def test_another_number_of_places_is_refused():
    with pytest.raises(ValueError, match=r"has 5 places, a class token before \(2, 2\), and gets 4"):
        PositionEmbedding((2, 2), name="positions")(np.zeros((1, 4, 3), "float32"))


def plane(rows, columns):
    """Positions that rise evenly along both sides, behind a class token of 9."""
    y, x = np.meshgrid((np.arange(rows) + 0.5) / rows, (np.arange(columns) + 0.5) / columns, indexing="ij")
    return np.concatenate([[[9.0, 9.0]], np.stack([y, x], -1).reshape(-1, 2)])[None].astype("float32")


def network(grid):
    inputs = keras.Input((1 + grid[0] * grid[1], 2))
    return keras.Model(inputs, PositionEmbedding(grid, name="positions")(inputs))


def test_positions_of_another_grid_are_interpolated(tmp_path):
    """Bicubic: in the middle what rises evenly still does, the class token is the file's."""
    saved, other = network((8, 8)), network((16, 12))
    saved.set_weights([plane(8, 8)])
    saved.save_weights(tmp_path / "saved.weights.h5")
    other.load_weights(tmp_path / "saved.weights.h5")
    made = np.asarray(other.get_layer("positions").positions)
    np.testing.assert_array_equal(made[0, 0], [9, 9])
    inner = (slice(4, -4), slice(4, -4))
    wanted, found = (at[0, 1:].reshape(16, 12, 2)[inner] for at in (plane(16, 12), made))
    np.testing.assert_allclose(found, wanted, atol=2e-3)


def test_the_same_grid_comes_back_to_the_bit(tmp_path):
    one, other = network((2, 3)), network((2, 3))
    one.save(tmp_path / "one.keras")
    np.testing.assert_array_equal(
        keras.saving.load_model(tmp_path / "one.keras").get_weights()[0], one.get_weights()[0]
    )
    one.save_weights(tmp_path / "one.weights.h5")
    other.load_weights(tmp_path / "one.weights.h5")
    np.testing.assert_array_equal(one.get_weights()[0], other.get_weights()[0])


def test_a_grid_that_is_no_square_fits_itself_alone(tmp_path):
    network((2, 3)).save_weights(tmp_path / "one.weights.h5")
    with pytest.raises(ValueError, match="shape"):
        network((4, 4)).load_weights(tmp_path / "one.weights.h5")


def test_a_model_of_them_comes_back_from_its_file(tmp_path):
    inputs = keras.Input((4, 6))
    x = PositionEmbedding((2, 2))(ClassToken()(LayerScale(0.3)(inputs)))
    model = keras.Model(inputs, x)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    x = np.random.default_rng(0).normal(size=(2, 4, 6)).astype("float32")
    np.testing.assert_array_equal(again(x), model(x))


ELSEWHERE = """
import sys
import keras, numpy as np
from ccv.layers import PositionEmbedding
assert keras.backend.backend() == sys.argv[2]
model = keras.saving.load_model(sys.argv[1] + "/model.keras")
given = np.load(sys.argv[1] + "/x.npy")
layer = PositionEmbedding((5, 3))
layer.build((None, 16, 6))
fitted = layer.fitted(np.load(sys.argv[1] + "/positions.npy"))
np.savez(f"{sys.argv[1]}/{sys.argv[2]}.npz", model.predict_on_batch(given), keras.ops.convert_to_numpy(fitted))
"""


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_they_are_the_same_on_every_backend(backend, tmp_path):
    if find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    inputs = keras.Input((4, 6))
    model = keras.Model(inputs, PositionEmbedding((2, 2))(ClassToken()(LayerScale(0.3)(inputs))))
    rng = np.random.default_rng(0)
    model.set_weights([rng.normal(size=w.shape) for w in model.weights])
    model.save(tmp_path / "model.keras")
    x, positions = rng.normal(size=(2, 4, 6)).astype("float32"), rng.normal(size=(1, 10, 6)).astype("float32")
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "positions.npy", positions)
    environment = {**os.environ, "KERAS_BACKEND": backend, "JAX_PLATFORMS": "cpu"}
    subprocess.run([sys.executable, "-c", ELSEWHERE, str(tmp_path), backend], env=environment, check=True)
    found = np.load(tmp_path / f"{backend}.npz")
    layer = PositionEmbedding((5, 3))
    layer.build((None, 16, 6))
    for got, wanted in zip(found.values(), (model(x), layer.fitted(positions)), strict=True):
        np.testing.assert_allclose(got, wanted, atol=1e-5)
