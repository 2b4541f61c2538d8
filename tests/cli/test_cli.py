"""The `ccv` command as people type it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]


def ccv(*arguments, cwd=None):
    command = [sys.executable, "-c", "from ccv.cli import main; main()", *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=cwd, env={**os.environ, "COLUMNS": "160"}
    )


def imported_by(statement):
    program = f"import sys; {statement}; print(*sorted(m for m in sys.modules if '.' not in m))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.split("\n")[-2].split())


@pytest.mark.parametrize(
    "statement",
    [
        "import ccv",
        "import ccv.models; ccv.models.list_models(); ccv.models.card('lenet5')",
        "import ccv.data",
        "import ccv.grading.plugin",
        "from ccv.cli.app import app",
        "import ccv.convolution",
        "import ccv.plots",
    ],
)
def test_light_imports_load_no_tensorflow(statement):
    assert not imported_by(statement) & {"tensorflow", "keras", "keras_cv", "torch", "jax", "sklearn"}


def test_help_shows_every_command_with_examples():
    text = ccv("--help").stdout
    for word in ("labs", "run", "grade", "models", "anatomy", "doctor", "Start here"):
        assert word in text
    for command in ("run", "grade", "models", "anatomy", "labs"):
        assert "Example" in ccv(command, "--help").stdout


def test_labs_lists_points_minutes_and_needs():
    text = ccv("labs").stdout
    assert "01_xo" in text and "03_lenet" in text and "no network" in text


def test_models_lists_and_shows_a_card():
    assert "61,706" in ccv("models").stdout
    assert "LeCun" in ccv("models", "lenet5").stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["run", "03_lennet"], "did you mean '03_lenet'"),
        (["run", "03_lenet", "--scale", "huge"], "choose quick or full"),
        (["grade", "03_lenet", "nowhere.ipynb"], "there is no file"),
        (["grade", "nolab", "x.ipynb"], "there is no lab"),
        (["models", "lenet6"], "did you mean 'lenet5'"),
        (["labs", "copi", "x"], "No such command"),
        (["labs", "copy", "14_segmentation"], "the folder comes first: ccv labs copy ~/course 14_segmentation"),
        (["run"], "Missing argument"),
        (["grade", "03_lenet", str(ROOT / "labs/03_lenet/03_lenet.py"), "--exercise", "nope"], "no exercise"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(arguments, says):
    done = ccv(*arguments)
    assert done.returncode == 2
    assert says in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_copy_then_grade_the_blank_notebook(tmp_path):
    assert ccv("labs", "copy", tmp_path / "course", "xo").returncode == 0
    assert [folder.name for folder in (tmp_path / "course").iterdir()] == ["01_xo"]
    notebook = tmp_path / "course" / "01_xo" / "01_xo.ipynb"
    nbformat.validate(nbformat.read(notebook, as_version=4))
    done = ccv("grade", "01_xo", notebook, "--score-json", tmp_path / "score.json")
    assert done.returncode == 0, done.stderr
    assert "0 of" in done.stdout
    assert json.loads((tmp_path / "score.json").read_text())["points"] == 0
    again = ccv("labs", "copy", tmp_path / "course", "1")
    assert again.returncode == 2 and "--force" in again.stderr


@pytest.mark.parametrize("content", ["", "this is no JSON", '{"cells": []}'])
def test_an_unreadable_notebook_is_one_sentence(tmp_path, content):
    path = tmp_path / "x.ipynb"
    path.write_text(content)
    done = ccv("grade", "01_xo", path)
    assert done.returncode == 2
    assert done.stderr.startswith("Error: x.ipynb")
    assert len(done.stderr.splitlines()) == 1


def test_labs_build_check_agrees_with_the_notebooks():
    done = ccv("labs", "build", "--check")
    assert done.returncode == 0, done.stdout


@pytest.mark.slow
def test_doctor_names_versions_devices_and_data():
    text = ccv("doctor").stdout
    for word in ("tensorflow", "Keras backend", "digits"):
        assert word in text
