"""Fine-tuning, rates and Grad-CAM do the same on every backend that is installed."""

import os
import subprocess
import sys
from importlib.util import find_spec

import keras
import numpy as np
import pytest

from ccv.transfer import fine_tune, with_head
from ccv.transfer.explain import grad_cam

ELSEWHERE = """
import sys
import keras, numpy as np
from ccv.transfer import features, fine_tune
from ccv.transfer.explain import grad_cam, occlusion

folder, backend = sys.argv[1:]
assert keras.backend.backend() == backend
net = keras.models.load_model(folder + "/net.keras")
file = np.load(folder + "/data.npz")
data = file["images"], file["labels"]
done = fine_tune(net, data, stages=("head", "stage2"), epochs=1)
assert occlusion(net, data[0][:1], size=8, stride=8).shape == (1, 16, 16)
made, _ = features(net, data, cache=folder + "/cache")
np.savez(folder + "/out.npz", maps=grad_cam(net, data[0][:4], 1), scores=net.predict(data[0], verbose=0), made=made)
"""


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_the_same_on_every_backend(base, pixels, data, tmp_path, backend):
    if not find_spec(backend):
        pytest.skip(f"{backend} is not installed")
    net = with_head(base, 2, preprocessing=pixels, dropout=0)
    net.save(tmp_path / "net.keras")
    np.savez(tmp_path / "data.npz", images=data[0], labels=data[1])
    command = [sys.executable, "-c", ELSEWHERE, str(tmp_path), backend]
    done = subprocess.run(
        command, check=False, env=os.environ | {"KERAS_BACKEND": backend}, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-2000:]
    fine_tune(net, data, stages=("head", "stage2"), epochs=1)
    out = np.load(tmp_path / "out.npz")
    np.testing.assert_allclose(out["scores"], net.predict_on_batch(data[0]), atol=1e-4)
    np.testing.assert_allclose(out["maps"], grad_cam(net, data[0][:4], 1), atol=1e-2)
    assert keras.backend.backend() != backend
