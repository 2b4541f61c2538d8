"""Losses, gradients and a whole painting are the same on every backend that is installed."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from ccv.style import gram_matrix, random_filters, texture, total_variation, transfer
from ccv.style.objective import objective, targets

ELSEWHERE = """
import sys
import keras, numpy as np
sys.path.insert(0, sys.argv[3])
from test_backends import results

folder, backend = sys.argv[1:3]
assert keras.backend.backend() == backend
np.savez(folder + "/out.npz", **results())
print("fine")
"""


def results():
    """All that is compared, by name."""
    rng = np.random.default_rng(0)
    content, style = (rng.random((32, 40, 3)).astype("float32") for _ in range(2))
    look = random_filters(filters=8, kernel_size=3, scales=2)
    for weight in look.model.weights:  # one backend's random numbers are not another's
        weight.assign(rng.normal(0, 0.2, weight.shape) if weight.shape[-1] == 8 else weight)
    value, slope = objective(look)(content[None], *targets(look, content, style), np.array([1, 0.1, 0.1], "float32"))
    found = {"gram": gram_matrix(content[None]), "variation": total_variation(content[None]), "slope": slope}
    found |= {"value": value}
    for optimizer in ("lbfgs", "adam"):
        made = transfer(content, style, backbone=look, steps=5, optimizer=optimizer, start="noise", verbose=False)
        found |= {f"{optimizer} history": made.history, f"{optimizer} picture": made.picture}
    found["texture"] = texture(style, steps=2, verbose=False).history
    return {name: np.asarray(each, float) for name, each in found.items()}


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_the_same_on_every_backend(tmp_path, backend):
    if not find_spec(backend):
        pytest.skip(f"{backend} is not installed")
    command = [sys.executable, "-c", ELSEWHERE, str(tmp_path), backend, str(Path(__file__).parent)]
    environment = os.environ | {"KERAS_BACKEND": backend, "JAX_PLATFORMS": "cpu"}
    done = subprocess.run(command, check=False, env=environment, capture_output=True, text=True, timeout=300)
    assert done.stdout.strip().endswith("fine"), done.stderr[-3000:]
    out = np.load(tmp_path / "out.npz")
    for name, expected in results().items():
        tolerance = 1 if "picture" in name else 1e-4  # a grey level, where a value lies between two
        np.testing.assert_allclose(out[name], expected, rtol=1e-3, atol=tolerance, err_msg=name)
