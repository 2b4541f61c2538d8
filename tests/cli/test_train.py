"""`ccv train` and `ccv predict` as people type them."""

import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
from commands import run

from ccv import data


def ccv(*arguments, cwd=None):
    command = [sys.executable, "-c", "from ccv.cli import main; main()", *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=cwd, env={**os.environ, "COLUMNS": "160"}
    )


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    """Three classes of digits as PNG files, a folder each."""
    from PIL import Image

    root = tmp_path_factory.mktemp("photos")
    pixels, labels = data.arrays("digits", size=32)
    for label in range(3):
        (root / f"class{label}").mkdir()
        for number, image in enumerate(pixels[labels == label][:20]):
            Image.fromarray(image[..., 0]).save(root / f"class{label}" / f"{number}.png")
    return root


def test_train_then_predict(images, tmp_path, capfd, monkeypatch):
    monkeypatch.setenv("CCV_CACHE", str(tmp_path / "cache"))
    out = tmp_path / "run"
    assert run("train", "lenet5", "--data", images, "--epochs", 3, "--out", out, "--width", "1/2") == 0
    text = capfd.readouterr().out
    assert "3 classes, 48 images to train on, 12 to validate" in text and "epoch 3/3" in text and "accuracy" in text
    facts = json.loads((out / "run.json").read_text())
    assert facts["class_names"] == ["class0", "class1", "class2"]
    assert (out / "report" / "report.html").exists()

    files = sorted((images / "class0").iterdir())[:2]
    assert run("predict", out, *files, "--top", 2, "--out", tmp_path / "drawn") == 0
    text = capfd.readouterr().out
    assert "class0" in text and "%" in text
    assert len(list((tmp_path / "drawn").glob("*.png"))) == 2

    assert run("train", "lenet5", "--data", images, "--epochs", 3, "--out", out, "--width", "1/2") == 2
    assert "holds a run already" in " ".join(capfd.readouterr().err.split())
    assert run("train", "lenet5", "--data", images, "--epochs", 4, "--out", out, "--width", "1/2", "--resume") == 0
    assert "epoch 4/4" in capfd.readouterr().out


def test_the_saved_model_takes_plain_pixels_and_says_what_python_says(images, tmp_path, monkeypatch):
    from ccv.training.prediction import predict

    monkeypatch.setenv("CCV_CACHE", str(tmp_path / "cache"))
    assert run("train", "lenet5", "--data", images, "--epochs", 1, "--out", tmp_path / "run") == 0
    file = images / "class1" / "0.png"
    [found] = predict(tmp_path / "run", [file])
    assert found.image.dtype == np.uint8 and found.image.shape == (32, 32, 3)
    assert sum(found.probabilities) == pytest.approx(1)


@pytest.mark.slow
def test_what_the_figures_hide_is_in_the_report(images, tmp_path, capfd, monkeypatch):
    """Which images judged, by what it was chosen, and the note on the averages stand in all that is read afterwards."""
    from ccv.training import averages

    monkeypatch.setenv("CCV_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(averages, "note", lambda *_: "the averages lag behind")
    assert run("train", "lenet5", "--data", images, "--epochs", 1, "--width", "1/2", "--out", tmp_path / "run") == 0
    assert "the averages lag behind" in capfd.readouterr().out
    report = tmp_path / "run" / "report"
    judged = "best epoch 1 on the validation images, by which it was chosen"
    assert json.loads((report / "report.json").read_text())["notes"] == [judged, "the averages lag behind"]
    assert "the averages lag behind" in (report / "report.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["train", "lenet6", "--data", "digits"], "did you mean 'lenet5'"),
        (["train", "lenet5", "--data", "digit"], "did you mean 'digits'"),
        (["train", "lenet5", "--data", "digits", "--recipe", "alexnett"], "did you mean 'alexnet'"),
        (["train", "lenet5", "--data", "digits", "--augment", "mixupp"], "did you mean 'mixup'"),
        (["train", "lenet5", "--data", "digits", "--width", "wide"], "width"),
        (["train", "lenet5", "--data", "digits", "--size", "9"], "too small"),
        (["train", "unet", "--data", "digits"], "digits has no masks"),
        (["predict", "nowhere.keras", "x.png"], "there is no checkpoint nowhere.keras"),
        (["predict", __file__, "x.png"], "is no model that Keras can load"),
        (["train", "lenet5", "--data", "[/folder]"], "there is no folder [/folder]"),
        (["train", "[/b]", "--data", "digits"], "[/b]"),
        (["train", "lenet5", "--data", ""], "the path is empty"),
        (["predict", "[/x].keras", "x.png"], "there is no checkpoint [/x].keras"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(arguments, says, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    assert run(*arguments) == 2
    error = " ".join(capfd.readouterr().err.split())
    assert says in error and "Traceback" not in error
    assert not (tmp_path / "runs").exists() or not any((tmp_path / "runs").glob("*/*"))


@pytest.mark.slow
def test_predict_draws_every_image_also_those_of_the_same_name(images, tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("CCV_CACHE", str(tmp_path / "cache"))
    root = tmp_path / "photos"
    shutil.copytree(images / "class0", root / "[red]")
    shutil.copytree(images / "class1", root / "b")
    assert run("train", "lenet5", "--data", root, "--epochs", 1, "--out", tmp_path / "run") == 0
    files = [root / "[red]" / "0.png", root / "b" / "0.png"]
    assert run("predict", tmp_path / "run", *files, "--out", tmp_path / "drawn") == 0
    assert "[red]" in capfd.readouterr().out
    assert {path.name for path in (tmp_path / "drawn").iterdir()} == {"0.png.png", "0.png_2.png"}


@pytest.mark.slow
def test_evaluate_refuses_images_of_other_classes(images, tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("CCV_CACHE", str(tmp_path / "cache"))
    assert run("train", "lenet5", "--data", images, "--epochs", 1, "--out", tmp_path / "run") == 0
    assert run("evaluate", tmp_path / "run", "--data", images) == 0
    other = tmp_path / "other"
    shutil.copytree(images, other)
    (other / "class2").rename(other / "zebra")
    capfd.readouterr()
    assert run("evaluate", tmp_path / "run", "--data", other) == 2
    assert "'class2' is known to the network alone" in " ".join(capfd.readouterr().err.split())


def test_classes_of_one_image_are_refused_before_the_training(images, tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("CCV_CACHE", str(tmp_path / "cache"))
    for name in ("class0", "class1"):
        (tmp_path / "few" / name).mkdir(parents=True)
        shutil.copy(images / name / "0.png", tmp_path / "few" / name)
    assert run("train", "lenet5", "--data", tmp_path / "few", "--out", tmp_path / "run") == 2
    assert "give each class two images or more" in " ".join(capfd.readouterr().err.split())


@pytest.mark.slow
def test_an_interrupted_run_says_how_to_go_on(tmp_path, monkeypatch, capfd):
    from ccv.training import loop

    def interrupt(self, batch, logs=None):
        raise KeyboardInterrupt

    how = ["train", "lenet5", "--data", "digits", "--epochs", 1, "--width", "1/2", "--out", tmp_path / "run"]
    with monkeypatch.context() as patched:
        patched.setattr(loop.Watch, "on_train_batch_end", interrupt)
        assert run(*how) == 130
    assert "with --resume goes on" in capfd.readouterr().out
    assert json.loads((tmp_path / "run" / "run.json").read_text())["status"] == "interrupted"
    assert run(*how, "--resume") == 0


def test_too_little_memory_is_one_sentence(monkeypatch, capfd):
    from ccv.cli import jobs

    class ResourceExhaustedError(Exception):
        """As TensorFlow's."""

    for error in (MemoryError, ResourceExhaustedError):
        monkeypatch.setattr(jobs, "prepare", lambda *_, error=error: (_ for _ in ()).throw(error("OOM")))
        assert run("train", "lenet5", "--data", "digits") == 2
        assert "there is not enough memory" in capfd.readouterr().err


def test_help_has_examples():
    for command in ("train", "predict"):
        assert "Example" in ccv(command, "--help").stdout


@pytest.mark.slow
def test_class_weights_are_read_from_a_file(images, tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("CCV_CACHE", str(tmp_path / "cache"))
    file = tmp_path / "weights.json"
    file.write_text('{"class1": 2.5, "2": 0}')  # by its name, and by its number
    command = ["train", "lenet5", "--data", images, "--epochs", 1, "--class-weight", file]
    assert run(*command, "--out", tmp_path / "run") == 0
    facts = json.loads((tmp_path / "run" / "run.json").read_text())
    assert facts["used"]["class_weight"] == [1, 2.5, 0]
    for content, says in (
        ('{"class7": 2}', "class_weight names 'class7', and the classes are class0, class1, class2"),
        ('{"class1": -1}', "class_weight of 'class1' is -1: it must be a number, 0 or above"),
        ("[1, 2, 3]", "must be 'balanced', or weights by class"),
        ("{class1: 2}", "weights.json is no JSON"),
    ):
        file.write_text(content)
        assert run(*command, "--out", tmp_path / "other") == 2
        assert says in " ".join(capfd.readouterr().err.split())
    file.unlink()
    assert run(*command, "--out", tmp_path / "other") == 2
    assert "weights.json must be balanced, or a JSON file" in " ".join(capfd.readouterr().err.split())
    assert not (tmp_path / "other").exists()
