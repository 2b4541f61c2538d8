"""`import ccv` beside `import keras`: saved models load, a backend that is there is taken, nothing heavy is loaded."""

import os
import subprocess
import sys

import keras
import pytest

from ccv.augment import pipeline
from ccv.models import alexnet
from ccv.optimizers import LayerwiseAdam, PaperSGD

PICK = """
import importlib.abc, sys
class Missing(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {missing!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Missing())
"""


def python(code, **variables):
    environment = {k: v for k, v in os.environ.items() if k != "KERAS_BACKEND"} | variables
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    return done.returncode, done.stdout.strip(), done.stderr.strip()


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A model with a layer, an augmentation and an optimizer of ours, and one with another optimizer."""
    folder = tmp_path_factory.mktemp("saved")
    for name, optimizer in (("one", PaperSGD(0.1)), ("two", LayerwiseAdam(0.1, {"a": 0.5}))):
        image = keras.Input((67, 67, 3))
        net = keras.Model(image, alexnet(input_shape=(67, 67, 3), width=1 / 16, classes=3)(pipeline("basic")(image)))
        net.compile(optimizer, "sparse_categorical_crossentropy")
        net.save(folder / f"{name}.keras")
    return folder


@pytest.mark.parametrize(
    "first",
    [
        "import ccv, keras",
        pytest.param("import keras, ccv", marks=pytest.mark.slow),
        pytest.param("import ccv.models, keras", marks=pytest.mark.slow),
        pytest.param("import ccv.data, keras", marks=pytest.mark.slow),
        pytest.param("import ccv.augment.batch, keras", marks=pytest.mark.slow),
    ],
)
def test_a_saved_model_loads_whatever_of_ccv_was_imported(saved, first):
    load = f"[keras.saving.load_model(r'{saved}/' + n + '.keras') for n in ('one', 'two')]"
    code, out, err = python(f"{first}\nprint([type(m.optimizer).__name__ for m in {load}])")
    assert (code, out) == (0, "['PaperSGD', 'LayerwiseAdam']"), err[-500:]


def test_importing_ccv_loads_neither_keras_nor_numpy():
    assert python("import ccv, sys; print({'keras', 'numpy', 'tensorflow'} & set(sys.modules))")[1] == "set()"


def test_without_tensorflow_another_backend_is_taken(tmp_path):
    pick = PICK.format(missing={"tensorflow"})
    there = "import ccv.keras_hook as h; h.is_there = lambda m: m == 'jax'; h._choose_backend()"
    code, out, err = python(f"{pick}{there}\nimport os; print(os.environ['KERAS_BACKEND'])", KERAS_HOME=str(tmp_path))
    assert (code, out) == (0, "jax"), err
    (tmp_path / "keras.json").write_text('{"backend": "tensorflow"}')  # somebody chose: Keras's word it is
    code, out, _ = python(f"{pick}{there}\nimport os; print('KERAS_BACKEND' in os.environ)", KERAS_HOME=str(tmp_path))
    assert (code, out) == (0, "False")


@pytest.mark.parametrize(
    ("missing", "variables", "said"),
    [
        ({"tensorflow", "jax", "torch"}, {}, "pip install 'classic-cv[tensorflow]'"),
        ({"torch"}, {"KERAS_BACKEND": "torch"}, "KERAS_BACKEND=torch needs torch: pip install 'classic-cv[torch]'"),
    ],
)
def test_without_any_backend_one_sentence_says_what_to_install(tmp_path, missing, variables, said):
    code = PICK.format(missing=missing) + "from ccv.cli import main; main(['anatomy', 'lenet5'])"
    status, _, err = python(code, KERAS_HOME=str(tmp_path), **variables)
    assert status == 2 and said in err and "Traceback" not in err and err.count("\n") == 0


@pytest.mark.parametrize(
    "first",
    [
        "from ccv.augment import pipeline; pipeline('basic')",
        pytest.param("from ccv.augment import takes; takes('mixup', 'classes')", marks=pytest.mark.slow),
        pytest.param("import ccv.layers", marks=pytest.mark.slow),
    ],
)
def test_whatever_of_ours_brings_keras_in_all_is_registered(first):
    names = ["ccv>Pipeline", "ccv>PaperSGD", "ccv>LocalResponseNormalization"]
    asked = f"import keras; print([n for n in {names} if keras.saving.get_registered_object(n) is None])"
    code, said, error = python(f"{first}; {asked}")
    assert (code, said) == (0, "[]"), error
