"""Losses and networks say the same on every backend that is installed, and gradients hold where embeddings meet."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import keras
import numpy as np
import pytest

from ccv.embedding.losses import MININGS, ContrastiveLoss, TripletLoss
from ccv.embedding.networks import conv_blocks, embedder, twins

ELSEWHERE = """
import sys
import keras, numpy as np
sys.path.insert(0, sys.argv[3])
from test_backends import LOSSES, results

folder, backend = sys.argv[1:3]
assert keras.backend.backend() == backend
given = np.load(folder + "/given.npz")
tower, pair = (keras.saving.load_model(f"{folder}/{name}.keras") for name in ("tower", "twins"))
np.savez(folder + "/out.npz", **results(tower, pair, **given))
labels, together = given["labels"], np.ones((8, 3), "float32")
for name, loss in LOSSES.items():
    if backend == "jax":
        import jax
        gradient = jax.grad(lambda vectors: loss(labels[:8], vectors))(together)
    else:
        import torch
        leaf = torch.tensor(together, requires_grad=True)
        [gradient] = torch.autograd.grad(loss(labels[:8], leaf), leaf)
    assert np.isfinite(np.asarray(gradient)).all(), name
print("fine")
"""
LOSSES = {mining: TripletLoss(mining=mining) for mining in MININGS} | {"contrastive": ContrastiveLoss()}


def results(tower, pair, images, labels):
    """All that is compared, by name."""
    vectors = keras.ops.convert_to_numpy(tower(images))
    found = {name: loss(labels, vectors) for name, loss in LOSSES.items()}
    found |= {"vectors": vectors, "same": pair([images, images[::-1].copy()])}
    return {name: keras.ops.convert_to_numpy(value) for name, value in found.items()}


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_the_same_on_every_backend(tmp_path, backend):
    if not find_spec(backend):
        pytest.skip(f"{backend} is not installed")
    keras.utils.set_random_seed(0)
    tower = embedder(conv_blocks((16, 16, 1), (4, 8)), 6)
    pair = twins(tower)
    tower.save(tmp_path / "tower.keras")
    pair.save(tmp_path / "twins.keras")
    images = np.random.default_rng(0).integers(0, 256, (12, 16, 16, 1)).astype("float32")
    labels = np.repeat([3, 1, 4, 7], 3)
    np.savez(tmp_path / "given.npz", images=images, labels=labels)
    command = [sys.executable, "-c", ELSEWHERE, str(tmp_path), backend, str(Path(__file__).parent)]
    environment = os.environ | {"KERAS_BACKEND": backend, "JAX_PLATFORMS": "cpu"}
    done = subprocess.run(command, check=False, env=environment, capture_output=True, text=True, timeout=300)
    assert done.stdout.strip().endswith("fine"), done.stderr[-3000:]
    out = np.load(tmp_path / "out.npz")
    for name, expected in results(tower, pair, images, labels).items():
        np.testing.assert_allclose(out[name], expected, atol=1e-5, err_msg=name)
