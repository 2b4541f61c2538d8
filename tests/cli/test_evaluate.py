"""`ccv evaluate`: what a run is judged by, and what it is told of it."""

import json
import shlex
import shutil

import keras
import numpy as np
import pytest
from commands import run

from ccv.data import splits
from ccv.training import fit

CLASSES = ("a", "b", "c")


@pytest.fixture(scope="module")
def noise(tmp_path_factory):
    """Three classes of noise, 40 images each: there is nothing to learn, only to remember."""
    from PIL import Image

    root, random = tmp_path_factory.mktemp("noise"), np.random.default_rng(0)
    for name in CLASSES:
        (root / name).mkdir()
        for number in range(40):
            pixels = random.integers(0, 256, (32, 32, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(root / name / f"{number}.png")
    return root


@pytest.fixture(scope="module")
def remembered(noise, tmp_path_factory):
    """A run that was trained on the noise with another seed than evaluation takes by itself."""
    out = tmp_path_factory.mktemp("runs") / "noise"
    keras.utils.set_random_seed(0)
    layers = keras.layers
    model = keras.Sequential([layers.Input((32, 32, 3)), layers.Rescaling(1 / 127.5, -1), layers.Flatten()])
    model.add(layers.Dense(32, activation="relu"))
    model.add(layers.Dense(3, activation="softmax"))
    fit(model, splits(noise, seed=1, cache=False), epochs=8, out=out)
    return out


def judged(capfd, *arguments):
    capfd.readouterr()
    assert run("evaluate", *arguments) == 0
    return " ".join(capfd.readouterr().out.split())


def accuracy(text):
    return float(text.split("accuracy ")[1].split("%")[0]) / 100


@pytest.mark.slow
def test_a_run_is_judged_by_what_it_held_out_whatever_it_remembers(noise, remembered, capfd, monkeypatch):
    monkeypatch.setenv("CCV_CACHE", str(remembered.parent / "cache"))
    log = (remembered / "log.csv").read_text().splitlines()
    columns = dict(zip(log[0].split(","), log[-1].split(","), strict=True))
    assert float(columns["accuracy"]) > 0.95, "the noise is known by heart, or this test shows nothing"

    own = judged(capfd, remembered / "last.keras")
    assert "the run's own validation part, 24 images" in own and "an untouched test part (--test) says more" in own
    assert accuracy(own) < 0.6  # a third is chance; on all images it would be .87 and more

    given = judged(capfd, remembered / "last.keras", "--data", noise)
    assert "24 of the 120 images" in given and "on the other 96 the run was trained" in given
    assert accuracy(given) == accuracy(own)


@pytest.mark.slow
def test_the_run_says_which_files_were_in_which_part(noise, remembered):
    facts = json.loads((remembered / "run.json").read_text())
    train, validation = facts["split"]["train"], facts["split"]["validation"]
    assert (train["images"], validation["images"]) == (96, 24) == (len(train["files"]), len(validation["files"]))
    assert train["data"] == str(noise) and train["seed"] == 1
    assert not set(train["files"].values()) & set(validation["files"].values())
    assert {*train["files"], *validation["files"]} == {f"{name}/{n}.png" for name in CLASSES for n in range(40)}
    assert facts["versions"]["keras"]


def test_renamed_and_added_files_change_nothing_of_what_was_held_out(noise, remembered, tmp_path, capfd, monkeypatch):
    monkeypatch.setenv("CCV_CACHE", str(tmp_path / "cache"))
    moved = tmp_path / "moved"
    for name in CLASSES:
        (moved / name).mkdir(parents=True)
        for file in (noise / name).iterdir():
            shutil.copy(file, moved / name / f"other_{file.name}")
    said = judged(capfd, remembered / "last.keras", "--data", moved)
    assert "24 of the 120 images" in said and accuracy(said) < 0.6
    from PIL import Image

    new = tmp_path / "new"
    for label, name in enumerate(CLASSES[:2]):  # a folder need not show every class
        (new / name).mkdir(parents=True)
        Image.new("RGB", (32, 32), (80 * label, 0, 0)).save(new / name / "plain.png")
    said = judged(capfd, remembered / "last.keras", "--data", new)
    assert "2 images of" in said and "on none of which the run was trained" in said


def test_images_that_were_all_trained_on_judge_nothing(noise, remembered, tmp_path, capfd, monkeypatch):
    monkeypatch.setenv("CCV_CACHE", str(tmp_path / "cache"))
    trained = json.loads((remembered / "run.json").read_text())["split"]["train"]["files"]
    for name in trained:
        (tmp_path / "known" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(noise / name, tmp_path / "known" / name)
    capfd.readouterr()
    assert run("evaluate", remembered, "--data", tmp_path / "known") == 2
    assert "the run was trained on every image of" in " ".join(capfd.readouterr().err.split())


def test_a_run_that_remembers_nothing_says_so(remembered, noise, tmp_path, capfd, monkeypatch):
    monkeypatch.setenv("CCV_CACHE", str(remembered.parent / "cache"))
    shutil.copy(remembered / "best.keras", tmp_path)
    capfd.readouterr()
    assert run("evaluate", tmp_path / "best.keras") == 2
    assert "name images to judge it by with --data" in " ".join(capfd.readouterr().err.split())
    assert "does not say which images it was trained on" in judged(capfd, tmp_path / "best.keras", "--data", noise)


@pytest.mark.slow
def test_a_drawn_set_is_judged_by_its_own_test_part(tmp_path, capfd):
    out = tmp_path / "run"
    assert run("train", "lenet5", "--data", "digits", "--epochs", 1, "--seed", 3, "--width", "1/2", "--out", out) == 0
    said = judged(capfd, out)
    assert "own test part, 355 images of digits" in said
    assert judged(capfd, out, "--data", "digits") == said
    asked = json.loads((out / "run.json").read_text())["command"]
    assert (asked["model"], asked["seed"], asked["width"], asked["epochs"]) == ("lenet5", 3, "1/2", 1)
    assert {"weights", "size", "augment"} <= set(asked)


@pytest.mark.slow
def test_run_json_alone_repeats_the_run_bit_for_bit(noise, tmp_path, capfd, monkeypatch):
    """Its line holds from any folder, and says all that decides over the weights."""
    monkeypatch.setenv("CCV_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(noise.parent)
    (tmp_path / "weights.json").write_text('{"a": 2, "b": 1, "c": 1}')
    how = ["train", "lenet5", "--data", noise.name, "--epochs", 2, "--width", "1/4", "--seed", 3, "--deterministic"]
    how += ["--augment", "basic rotation=0.1", "--class-weight", tmp_path / "weights.json", "--batch-size", 16]
    how += ["--group", r"/(\d+)\.png", "--learning-rate", 0.01]
    assert run(*how, "--out", tmp_path / "run") == 0
    monkeypatch.chdir(tmp_path)
    program, *line = shlex.split(json.loads((tmp_path / "run" / "run.json").read_text())["again"])
    assert program == "ccv" and run(*line, "--out", "again") == 0
    first, again = (keras.saving.load_model(tmp_path / name / "last.keras") for name in ("run", "again"))
    for one, other in zip(first.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert (tmp_path / "run" / "log.csv").read_text() == (tmp_path / "again" / "log.csv").read_text()


@pytest.mark.slow
def test_other_folders_choose_the_epoch_and_judge_and_no_image_that_chose_is_called_held_out(
    noise, tmp_path, capfd, caplog, monkeypatch
):
    monkeypatch.setenv("CCV_CACHE", str(tmp_path / "cache"))
    for part, numbers in (("train", range(30)), ("new", range(30, 36)), ("last", range(36, 40))):
        for name in CLASSES:
            (tmp_path / part / name).mkdir(parents=True)
            for number in numbers:
                shutil.copy(noise / name / f"{number}.png", tmp_path / part / name)
    how = ["train", "lenet5", "--data", tmp_path / "train", "--epochs", 1, "--width", "1/4"]
    how += ["--validation", tmp_path / "new", "--group", r"/(\d+)\.png"]
    assert run(*how, "--test", tmp_path / "last", "--out", tmp_path / "run") == 0
    said = capfd.readouterr().out
    assert "90 images to train on, 18 to validate, 12 to test" in said and "best epoch 1 on the test images" in said
    judged_by = judged(capfd, tmp_path / "run")
    assert "own test part, 12 images of" in judged_by and "which the run has not seen" in judged_by

    assert run(*how, "--test", tmp_path / "new", "--out", tmp_path / "again") == 0
    assert "they chose the best epoch, and are no test of it" in caplog.text
    judged_by = judged(capfd, tmp_path / "again")
    assert "18 were among those by which its best epoch was chosen" in judged_by
    assert "has not seen" not in judged_by
