"""Boxes, letterbox and suppression do the same on every backend that is installed, and so do their gradients."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import keras
import numpy as np
import pytest

from ccv.data import shapes
from ccv.detection import detector
from ccv.detection.boxes import ciou, clip, convert, giou, iou, pairwise
from ccv.detection.letterbox import letterbox, out_of_letterbox
from ccv.detection.suppression import nms

ELSEWHERE = """
import sys
import keras, numpy as np
from ccv.detection.boxes import ciou, giou, iou
from ccv.detection.suppression import nms
sys.path.insert(0, sys.argv[3])
from test_backends import results

folder, backend = sys.argv[1:3]
assert keras.backend.backend() == backend
given = np.load(folder + "/given.npz")
np.savez(folder + "/out.npz", **results(**given))
a, b = given["a"], given["b"]
for measure in (iou, giou, ciou):
    if backend == "jax":
        import jax
        gradients = jax.grad(lambda a, b: measure(a, b).sum(), argnums=(0, 1))(a, b)
    else:
        import torch
        leaves = [torch.tensor(each, requires_grad=True) for each in (a, b)]
        gradients = torch.autograd.grad(measure(*leaves).sum(), leaves)
    assert all(np.isfinite(np.asarray(each)).all() for each in gradients), measure
if backend == "jax":
    scene = given["boxes"], given["scores"], given["labels"]
    jitted = jax.jit(lambda *scene: nms(*scene, 0.4, 20, score=0.01))(*scene)
    np.testing.assert_array_equal(jitted.boxes, nms(*scene, 0.4, 20, score=0.01).boxes)
print("fine")
"""


def results(a, b, boxes, scores, labels, images):
    """All that is compared, by name."""
    found = {measure.__name__: measure(a, b) for measure in (iou, giou, ciou)}
    found |= {"pairwise": pairwise(a, b), "clip": clip(a, 0.5, 0.7), "converted": convert(a, "xyxy", "center_xywh")}
    found |= {"letterbox": letterbox(images, (20, 32)), "out": out_of_letterbox(a, (7, 5), 12)}
    for kind in ("hard", "linear", "gaussian"):
        parts = nms(boxes, scores, labels, 0.4, 20, score=0.01, kind=kind)._asdict()
        found |= {f"{kind}_{name}": part for name, part in parts.items()}
    found["none"] = nms(boxes[:, :0], scores[:, :0], labels[:, :0], max_detections=3).labels
    return {name: keras.ops.convert_to_numpy(value) for name, value in found.items()}


def given():
    rng = np.random.default_rng(0)
    corners = rng.integers(0, 20, (4, 30, 2))
    boxes = np.concatenate([corners, corners + rng.integers(0, 12, (4, 30, 2))], axis=-1).astype("float32")
    boxes[:, 1::5] = boxes[:, :1]
    near = np.concatenate([boxes[0], boxes[0]]) / 32  # equal boxes, empty ones, points
    other = np.concatenate([boxes[0], boxes[1]]) / 32
    other[0], near[0] = [0.5, 0.5, 0.5, 0.5], [0.5, 0.5, 0.5, 0.5]
    other[1], near[1] = [0.0, 0.0, 1e-9, 1e-9], [0.0, 0.0, 1e-9, 1e-9]
    return {
        "a": near,
        "b": other,
        "boxes": boxes,
        "scores": rng.permutation(120).reshape(4, 30).astype("float32") / 128,
        "labels": rng.integers(-1, 3, (4, 30)),
        "images": rng.integers(0, 256, (2, 30, 21, 3), dtype="uint8"),
    }


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_the_same_on_every_backend(tmp_path, backend):
    if not find_spec(backend):
        pytest.skip(f"{backend} is not installed")
    np.savez(tmp_path / "given.npz", **given())
    command = [sys.executable, "-c", ELSEWHERE, str(tmp_path), backend, str(Path(__file__).parent)]
    environment = os.environ | {"KERAS_BACKEND": backend, "JAX_PLATFORMS": "cpu"}
    done = subprocess.run(command, check=False, env=environment, capture_output=True, text=True, timeout=300)
    assert done.stdout.strip().endswith("fine"), done.stderr[-3000:]
    out = np.load(tmp_path / "out.npz")
    for name, expected in results(**given()).items():
        tolerance = 1 if name == "letterbox" else 1e-5  # a grey level, where the mean lies between two
        np.testing.assert_allclose(out[name].astype(float), expected, atol=tolerance, err_msg=name)


DETECTORS = """
import sys
import keras, numpy as np
from ccv.detection import Detector

folder, backend = sys.argv[1:3]
assert keras.backend.backend() == backend
given = np.load(folder + "/scenes.npz")
images, truth = given["images"], given["truth"]
for version in (1, 2, 3):
    made = Detector.load(f"{folder}/v{version}.keras")
    expected = np.load(f"{folder}/v{version}.npz")
    np.testing.assert_allclose(made.model.test_on_batch(images, truth), expected["loss"], rtol=1e-4)
    np.testing.assert_allclose(made.detect(images[0], 0.001).boxes[:5], expected["boxes"], atol=1e-2)
    if version != 2:  # one is enough: compiling takes most of the time
        continue
    losses = made.fit((images, truth), epochs=6, recipe="adam", learning_rate=1e-3, verbose=False).history["loss"]
    assert losses[-1] < 0.9 * losses[0], (version, losses)
print("fine")
"""


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_detectors_say_the_same_and_train_on_every_backend(tmp_path, backend):
    if not find_spec(backend):
        pytest.skip(f"{backend} is not installed")
    images, truth = shapes.arrays("train", count=32)
    np.savez(tmp_path / "scenes.npz", images=images, truth=truth)
    anchors = np.random.default_rng(0).uniform(0.1, 0.5, (6, 2))
    for version, more in {
        1: {},
        2: {"anchors": anchors[:2]},
        3: {"anchors": anchors, "stride": 16, "heads": 3},
    }.items():
        keras.utils.set_random_seed(version)
        made = detector(f"yolo_v{version}_tiny", 3, **{"input_shape": (64, 64, 3), "stride": 8, "width": 1 / 4} | more)
        made.save(tmp_path / f"v{version}.keras")
        loss, boxes = made.model.test_on_batch(images, truth), made.detect(images[0], 0.001).boxes[:5]
        np.savez(tmp_path / f"v{version}.npz", loss=loss, boxes=boxes)
    command = [sys.executable, "-c", DETECTORS, str(tmp_path), backend]
    environment = os.environ | {"KERAS_BACKEND": backend, "JAX_PLATFORMS": "cpu"}
    done = subprocess.run(command, check=False, env=environment, capture_output=True, text=True, timeout=300)
    assert done.stdout.strip().endswith("fine"), done.stderr[-3000:]
