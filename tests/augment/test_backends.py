"""On JAX: in `tf.data`, where TensorFlow's functions do the work, and inside a model, where JAX's do."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

START = """
import keras, numpy as np, tensorflow as tf
from ccv.augment import pipeline
from rectangles import drawn, iou, seen

assert keras.backend.backend() == "jax"
images, targets = drawn(8, 32, 48)
"""

IN_TF_DATA = """
pairs = tf.data.Dataset.from_tensor_slices((images, targets)).batch(8)
for recipe, more in {RECIPES}.items():
    pipe = pipeline(recipe, boxes="xyxy", **more)
    both = (pipe, pipeline(recipe, boxes="xyxy", **more))
    mapped, again = (next(pairs.map(each).as_numpy_iterator()) for each in both)
    over = next(pipe.over(pairs).as_numpy_iterator())
    assert (mapped[0] == over[0]).all() and (mapped[0] == again[0]).all(), recipe
    assert mapped[0].dtype == "uint8" and (mapped[0] != images).any()
"""

MIXED = """
plain = tf.data.Dataset.from_tensor_slices((images, np.arange(8))).batch(8)
assert next(plain.map(pipeline("mixup", classes=8)).as_numpy_iterator())[1].shape == (8, 8)
assert next(plain.map(pipeline("cutmix", classes=8)).as_numpy_iterator())[1].shape == (8, 8)
assert next(plain.map(pipeline("gridmask")).as_numpy_iterator())[0].shape == images.shape
"""

ON_ARRAYS = """
images, targets = drawn(8, 96, 160)
for recipe in {RECIPES}:
    after, moved = pipeline(recipe, boxes="xyxy")(images, targets)
    after, boxes, labels = np.asarray(after), np.asarray(moved["boxes"]), np.asarray(moved["labels"])
    found = [
        iou(seen(after[i], c), boxes[i][labels[i] == c][0])
        for i in range(8) for c in range(3) if (labels[i] == c).any() and seen(after[i], c) is not None
    ]
    assert len(found) > 12 and np.mean(found) > 0.9, (recipe, found)
"""

IN_A_MODEL = """
images, _ = drawn(8, 32, 48)
for recipe in {RECIPES}:
    inputs = keras.Input((32, 48, 3))
    outputs = keras.layers.Dense(2)(keras.layers.GlobalAveragePooling2D()(pipeline(recipe)(inputs)))
    model = keras.Model(inputs, outputs)
    model.compile("sgd", "mse")
    model.fit(images.astype("float32") / 255, np.zeros((8, 2)), epochs=2, verbose=0)
    assert model.jit_compile
    layer = model.layers[1]
    assert (np.asarray(layer(images)) != images).any()
    assert (np.asarray(layer(images, training=False)) == images).all()
"""


def on_jax(code, recipes):
    here = Path(__file__).parent
    path = os.pathsep.join([str(here), str(here.parents[1]), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "KERAS_BACKEND": "jax", "PYTHONPATH": path}
    command = [sys.executable, "-c", START + code.replace("{RECIPES}", repr(recipes)) + "print('fine')"]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=280, check=False)
    assert run.stdout.strip().endswith("fine"), run.stderr[-3000:]


needs_jax = pytest.mark.skipif(find_spec("jax") is None, reason="JAX is not installed")


@needs_jax
@pytest.mark.slow
def test_basic_on_jax():
    on_jax(IN_TF_DATA + IN_A_MODEL, {"basic": {}})


@needs_jax
@pytest.mark.slow
def test_every_recipe_on_jax():
    on_jax(IN_TF_DATA + MIXED, {"alexnet": {}, "randaugment": {}, "detection": {"mosaic": 1, "mixup": 1}})
    on_jax(ON_ARRAYS, {"basic": {}, "alexnet": {}})
    on_jax(IN_A_MODEL, {"alexnet": {}, "randaugment": {}})
