"""Losses with their gradients, networks and tiles are the same on every backend that is installed."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import keras
import numpy as np
import pytest

from ccv.augment import pipeline
from ccv.segmentation import CrossEntropyDice, dice_loss, predict, segmenter
from ccv.segmentation.losses import cross_entropy

ELSEWHERE = """
import sys
import keras, numpy as np
sys.path.insert(0, sys.argv[3])
from test_backends import results, slopes

folder, backend = sys.argv[1:3]
assert keras.backend.backend() == backend
given = dict(np.load(folder + "/given.npz"))
np.savez(folder + "/out.npz", **results(folder, **given))
np.savez(folder + "/slopes.npz", **slopes(given["truth"], given["said"]))
print("fine")
"""
LOSSES = {"dice": dice_loss, "cross-entropy": cross_entropy, "both": CrossEntropyDice(0.5)}


def results(folder, truth, said, images):
    """All that is compared, by name."""
    found = {name: loss(truth, said) for name, loss in LOSSES.items()}
    for name in ("unet", "resnet20"):
        model = keras.models.load_model(f"{folder}/{name}.keras")
        found |= {name: model(images[:, :64, :96]), f"{name}, tiles": predict(model, images[0], tile=64, margin=16)}
    still = {"rotation": 0.0, "shift": 0.0, "zoom": 0.0, "color": 0.0}
    masks = (images[..., 0] > 128).astype("int32")
    moved, classes = pipeline("basic", seed=1, **still)(images, masks)  # each flipped, or not
    found["moved"] = keras.ops.cast((moved[..., 0] > 128) == (classes > 0), "float32")
    return {name: keras.ops.convert_to_numpy(value) for name, value in found.items()}


def slopes(truth, said):
    """The gradient of each loss by the probabilities, by the backend at hand."""
    return {name: _gradient(lambda p, loss=loss: loss(truth, p), said) for name, loss in LOSSES.items()}


def _gradient(function, point):
    match keras.backend.backend():
        case "jax":
            import jax

            return np.asarray(jax.grad(function)(point))
        case "torch":
            import torch

            leaf = torch.tensor(point, requires_grad=True)
            return torch.autograd.grad(function(leaf), leaf)[0].numpy()
        case _:
            import tensorflow as tf

            leaf = tf.constant(point)
            with tf.GradientTape() as tape:
                tape.watch(leaf)
                value = function(leaf)
            return tape.gradient(value, leaf).numpy()


def given():
    rng = np.random.default_rng(0)
    said = rng.uniform(0.1, 1, (2, 6, 5, 3)).astype("float32")
    truth = rng.integers(0, 3, (2, 6, 5))
    truth[0, 0] = 255
    images = rng.integers(0, 256, (2, 80, 112, 3)).astype("float32")
    return {"truth": truth, "said": said / said.sum(-1, keepdims=True), "images": images}


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_the_same_on_every_backend(tmp_path, backend):
    if not find_spec(backend):
        pytest.skip(f"{backend} is not installed")
    keras.utils.set_random_seed(0)
    segmenter("unet", 3, width=1 / 32).save(tmp_path / "unet.keras")
    segmenter("resnet20", 3, weights="ccv", filters=4, up="upsample").save(tmp_path / "resnet20.keras")
    data = given()
    np.savez(tmp_path / "given.npz", **data)
    command = [sys.executable, "-c", ELSEWHERE, str(tmp_path), backend, str(Path(__file__).parent)]
    environment = os.environ | {"KERAS_BACKEND": backend, "JAX_PLATFORMS": "cpu"}
    done = subprocess.run(command, check=False, env=environment, capture_output=True, text=True, timeout=300)
    assert done.stdout.strip().endswith("fine"), done.stderr[-3000:]
    out, gradients = np.load(tmp_path / "out.npz"), np.load(tmp_path / "slopes.npz")
    for name, expected in results(tmp_path, **data).items():
        np.testing.assert_allclose(out[name], expected, atol=1e-4, err_msg=name)
    assert out["moved"].all()
    for name, expected in slopes(data["truth"], data["said"]).items():
        np.testing.assert_allclose(gradients[name], expected, atol=1e-5, err_msg=name)
