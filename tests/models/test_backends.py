"""The same weights give the same outputs on every backend that is installed."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec

import keras
import numpy as np
import pytest

from ccv import models

CASES = {
    "lenet5": {"input_shape": (28, 28, 1), "variant": "1998"},
    "alexnet": {"input_shape": (67, 67, 3), "width": 1 / 8},
    "vgg11": {"input_shape": (40, 40, 3), "width": 1 / 8, "variant": "torch", "batch_norm": True},
    "googlenet": {"input_shape": (64, 64, 3), "width": 1 / 8},
    "squeezenet1_1": {"input_shape": (64, 64, 3), "width": 1 / 8},
    "resnet20": {"width": 1 / 2},
    "resnet50": {"input_shape": (64, 64, 3), "width": 1 / 8},
    "densenet121": {"input_shape": (64, 64, 3), "width": 1 / 8},
    "mobilenet_v2": {"input_shape": (64, 64, 3), "width": 1 / 8},
    "efficientnet_b0": {"input_shape": (64, 64, 3), "width": 1 / 8},
    "convnext_tiny": {"input_shape": (64, 64, 3), "width": 1 / 8},
    "vit_b_16": {"input_shape": (64, 64, 3), "width": 1 / 8},
    "yolo_v3_tiny": {"input_shape": (64, 64, 3), "width": 1 / 8},
    "unet": {"input_shape": (188, 188, 1), "width": 1 / 8},
}

ELSEWHERE = """
import json, sys
import numpy as np
import keras
from ccv import models

folder = sys.argv[1]
assert keras.backend.backend() == sys.argv[2]
for name, options in json.load(open(folder + "/cases.json")).items():
    model = models.build(name, **options)
    model.load_weights(f"{folder}/{name}.weights.h5")
    outputs = keras.tree.flatten(model.predict(np.load(f"{folder}/{name}.npy"), verbose=0))
    np.savez(f"{folder}/{name}.{sys.argv[2]}.npz", *outputs)
"""


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """Weights, inputs and outputs of this process's backend."""
    folder = tmp_path_factory.mktemp("backends")
    (folder / "cases.json").write_text(json.dumps(CASES))
    rng = np.random.default_rng(0)
    outputs = {}
    for name, options in CASES.items():
        keras.utils.set_random_seed(0)
        model = models.build(name, **options)
        for weight in model.weights:  # fresh weights make some networks answer the same to everything
            if weight.dtype.startswith("float") and weight.name != "moving_variance":
                weight.assign(np.asarray(weight) + rng.normal(0, 0.05, weight.shape))
        model.save_weights(folder / f"{name}.weights.h5")
        x = rng.uniform(-1, 1, (2, *model.input_shape[1:])).astype("float32")
        np.save(folder / f"{name}.npy", x)
        outputs[name] = [np.asarray(o) for o in keras.tree.flatten(model(x, training=False))]
    return folder, outputs


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_outputs_agree_between_backends(here, backend):
    if find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    folder, outputs = here
    environment = {**os.environ, "KERAS_BACKEND": backend, "JAX_PLATFORMS": "cpu"}
    command = [sys.executable, "-c", ELSEWHERE, str(folder), backend]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    for name, expected in outputs.items():
        found = np.load(folder / f"{name}.{backend}.npz")
        for left, right in zip(found.values(), expected, strict=True):
            np.testing.assert_allclose(left, right, atol=1e-4 * max(1e-3, np.abs(right).max()), err_msg=name)
