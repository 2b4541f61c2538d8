"""Without TensorFlow, as on Colab's TPU machines: everything but `tf.data` works on JAX.

Each program runs in a process where TensorFlow cannot be found: it is not installed, or it is hidden. Those that train
need JAX; `pytest tests/test_without_tensorflow.py -m "slow or not slow"` in an environment that has it runs them all.
"""

import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ccv.versions import is_there

HIDDEN = """
import sys

class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("tensorflow", "keras_cv", "tensorflow_datasets"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Hidden())
"""
ON_TENSORFLOW = {"ccv.data.photos.decode", "ccv.data.drawn.shapes_builder", "ccv.devices.events", "ccv.feeding.tensors"}

on_jax = pytest.mark.skipif(not is_there("jax"), reason="JAX is not installed: pip install 'classic-cv[jax]'")


@pytest.fixture
def start(tmp_path):
    """Run a command without TensorFlow in a folder of its own; give what it has printed, or its exit code."""
    (tmp_path / "hidden").mkdir()
    (tmp_path / "hidden" / "sitecustomize.py").write_text(HIDDEN)

    def run(*command, backend="jax", killed=False, timeout=600):
        path = [tmp_path / "hidden", Path(__file__).parent / "training"]
        settings = {"KERAS_BACKEND": backend, "PYTHONPATH": os.pathsep.join(map(str, path)), "NO_COLOR": "1"}
        done = subprocess.run(
            [sys.executable, *command],
            cwd=tmp_path,
            env={**os.environ, **settings},
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        assert done.returncode == (-signal.SIGKILL if killed else 0), done.stdout[-2000:] + done.stderr[-4000:]
        return done.stdout

    run.folder = tmp_path
    return run


def program(text, *arguments):
    return "-c", textwrap.dedent(text), *arguments


@on_jax  # which Keras's NumPy backend needs too
def test_every_module_can_be_imported_but_those_of_tf_data(start):
    failed = start(
        *program(
            """
            import importlib, json, pkgutil, sys, ccv, keras
            failed = []
            for module in pkgutil.walk_packages(ccv.__path__, "ccv."):
                if module.name.endswith("__main__"):
                    continue
                try:
                    importlib.import_module(module.name)
                except ImportError as problem:
                    assert "tensorflow" in str(problem), problem
                    failed.append(module.name)
            assert "tensorflow" not in sys.modules
            print(json.dumps(failed))
            """
        ),
        backend="numpy",
    )
    assert set(json.loads(failed)) == ON_TENSORFLOW


@on_jax  # which Keras's NumPy backend needs too
def test_data_come_as_pairs_and_batches_as_arrays(start):
    start(
        *program(
            """
            from ccv import data
            from ccv.feeding.reading import examples_of
            digits, parts = data.load("digits"), data.splits("digits", size=(12, 10), channels=3)
            image, label = digits[0]
            assert image.shape == (8, 8, 1) and len(digits) == 1442 and digits.class_names[label]
            assert parts.image == (12, 10, 3) and len(parts.train) + len(parts.validation) == 1442
            assert sum(1 for _ in parts.test) == len(parts.test) == 355
            shapes = data.splits("shapes")
            assert shapes.kind == "detection" and shapes.train[0][1].shape[-1] == 5
            batches = examples_of(digits).epoch(0, 0, 32)
            assert len(batches) == 46 and sum(len(y) for _, y in batches.as_numpy_iterator()) == 1442
            """
        ),
        backend="numpy",
    )


@on_jax  # which Keras's NumPy backend needs too
def test_what_needs_tensorflow_says_so(start):
    start(
        *program(
            """
            from ccv.augment import pipeline
            from ccv.data.stored.stored import import_tfds
            for function in (lambda: pipeline("gridmask"), import_tfds):
                try:
                    function()
                except ImportError as problem:
                    assert "needs TensorFlow: pip install" in str(problem), problem
                else:
                    raise AssertionError("it does not say so")
            """
        ),
        backend="numpy",
    )


@on_jax
def test_fit_and_evaluate_take_splits_arrays_and_a_pydataset(start):
    start(
        *program(
            """
            import keras, numpy as np
            from ccv import data
            from ccv.training import evaluate, fit
            from nets import tiny

            class Own(keras.utils.PyDataset):
                def __init__(self, pairs):
                    super().__init__()
                    self.pairs = pairs
                def __len__(self):
                    return -(-len(self.pairs) // 16)
                def __getitem__(self, number):
                    return self.pairs[number * 16 : (number + 1) * 16]

            parts = data.splits("digits")
            for given in (parts, parts.train, parts.train[:160], Own(parts.train)):
                run = fit(tiny(), given, epochs=1, validation=Own(parts.test), augment="basic")
                assert np.isfinite(run.history["val_loss"]).all()
            mixed = fit(tiny(), parts, epochs=6, augment="mixup")
            assert mixed.best["val_accuracy"] > 0.6, mixed
            assert abs(evaluate(mixed.model, Own(parts.test)).accuracy - evaluate(mixed.model, parts).accuracy) < 1e-9
            try:
                fit(tiny(classes=9), parts.train, epochs=1)
            except ValueError as problem:
                assert "label 9 is out of range" in str(problem), problem
            else:
                raise AssertionError("it does not say so")
            """
        )
    )


RESUMED = """
import os, signal, sys
import numpy as np
from ccv.training import fit, loop
from nets import digits, tiny

folder, last = sys.argv[1], int(sys.argv[2])
loop.COST, seen, original = 0, [], loop.Watch.on_train_batch_end

def step(self, batch, logs=None):
    original(self, batch, logs)
    seen.append(batch)
    if len(seen) == last:
        os.kill(os.getpid(), signal.SIGKILL)

loop.Watch.on_train_batch_end = step
given = {"validation": digits(64, "test"), "augment": "basic", "checkpoint_every": 0, "resume": True}
fit(tiny(), digits(192), epochs=3, out=folder, **given)
"""


@on_jax
@pytest.mark.parametrize("step", [1, 8])
def test_a_killed_run_goes_on_to_the_same_weights(start, step):
    start("-c", RESUMED, "whole", "0")
    start("-c", RESUMED, "killed", str(step), killed=True)
    start("-c", RESUMED, "killed", "0")
    whole, killed = (np.load(start.folder / name / "checkpoint.npz") for name in ("whole", "killed"))
    names = [name for name in whole.files if name != "about"]  # which has the seconds
    assert len(names) > 10
    for name in names:
        np.testing.assert_array_equal(whole[name], killed[name], err_msg=name)
    assert (start.folder / "whole" / "log.csv").read_bytes() == (start.folder / "killed" / "log.csv").read_bytes()


@on_jax
def test_a_detector_trains_finds_and_is_measured(start):
    start(
        *program(
            """
            import numpy as np
            from ccv import data
            from ccv.detection import detector
            parts = data.splits("shapes", size=64, count=256)
            made = detector("yolo_v2_tiny", parts.class_names, input_shape=(64, 64, 3), width=0.25)
            run = made.fit(parts, epochs=6, augment="detection")
            assert run.history["val_loss"][-1] < run.history["val_loss"][0], run.history
            images, _ = parts.test[:3]
            assert len(made.detect(images, score=0.0)) == 3
            assert 0 <= made.evaluate(parts).map50 <= 1
            """
        )
    )


@on_jax
def test_a_backbone_is_fine_tuned_and_asked(start):
    start(
        *program(
            """
            import keras, numpy as np
            from ccv import data
            from ccv.transfer import backbone, features, fine_tune, with_head
            from ccv.transfer.explain import grad_cam
            parts = data.splits("digits", size=32, channels=3)
            base = backbone("resnet20", input_shape=(32, 32, 3), width=0.25)

            class Own(keras.utils.PyDataset):
                def __len__(self):
                    return 4
                def __getitem__(self, number):
                    return parts.train[number * 32 : (number + 1) * 32]

            for given in (parts, parts.train[:128], Own()):
                model = with_head(base, 10)
                done = fine_tune(model, given, stages=("head", "all"), epochs=1)
                assert [stage.since for stage in done.stages] == ["head", "all"]
                assert np.isfinite(done.history["loss"]).all()
            made, labels = features(model, Own())
            assert made.shape[0] == len(labels) == 128 and labels.tolist() == parts.train[:128][1].tolist()
            assert grad_cam(model, parts.test[:2][0]).shape == (2, 32, 32)
            """
        )
    )


@on_jax
def test_the_commands_train_and_predict(start):
    image = np.random.default_rng(0).integers(0, 255, (60, 90, 3), dtype=np.uint8)
    Image.fromarray(image).save(start.folder / "street.jpg")
    ccv = "from ccv.cli import main; main()"
    start("-c", ccv, "train", "lenet5", "--data", "digits", "--epochs", "1", "--out", "run")
    assert "street.jpg" in start("-c", ccv, "predict", "run", "street.jpg")


@on_jax
@pytest.mark.slow
def test_masks_are_read_trained_on_and_predicted(start):
    folder, random = start.folder, np.random.default_rng(0)
    for name in ("images", "masks"):
        (folder / "set" / name).mkdir(parents=True)
        for number in range(6):
            pixels = random.integers(0, 2 if name == "masks" else 256, (40, 60, 3), dtype=np.uint8)
            Image.fromarray(pixels[..., 0] if name == "masks" else pixels).save(folder / "set" / name / f"{number}.png")
    (folder / "set" / "classes.json").write_text('["ground", "cell"]')
    ccv = "from ccv.cli import main; main()"
    start("-c", ccv, "train", "unet", "--width", "1/32", "--data", "set", "--epochs", "1", "--augment", "basic",
          "--size", "32", "--out", "run")  # fmt: skip
    assert "mean IoU" in start("-c", ccv, "evaluate", "run")
    start("-c", ccv, "predict", "run", "set/images/0.png")
    with Image.open(folder / "predictions" / "masks" / "0.png") as mask:
        assert mask.size == (60, 40)


@on_jax
@pytest.mark.slow
@pytest.mark.parametrize("lab", ["01_xo", "03_lenet", "05_vgg"])
def test_a_lab_runs_to_the_end_and_earns_all_points(start, lab):
    start("-c", "from ccv.cli import main; main()", "run", lab, "--out", "out", timeout=1800)
    sheet = json.loads((start.folder / "out" / "score.json").read_text())
    assert sheet["points"] == sheet["max_points"] > 0, sheet
