"""Several labels of an image on the command line: trained, resumed, judged and predicted by themselves."""

import json
import shutil

import keras
import numpy as np
import pytest
from commands import run, said

from ccv import data

NAMES = ("ellipse", "rectangle", "triangle")


@pytest.fixture(scope="module")
def scenes(tmp_path_factory):
    """Which shapes there are in drawn scenes, as Roboflow exports such a set."""
    from PIL import Image

    root = tmp_path_factory.mktemp("scenes")
    parts = data.splits("shapes", kind="multilabel", count=60, size=32, validation=1 / 3)
    for name, part in (("train", parts.train), ("valid", parts.validation), ("test", parts.test)):
        (root / name).mkdir()
        lines = ["filename, " + ", ".join(NAMES)]
        for number, (image, label) in enumerate(part.as_numpy_iterator()):
            Image.fromarray(image).save(root / name / f"{number}.png")
            lines.append(", ".join([f"{number}.png", *(str(int(there)) for there in label)]))
        (root / name / "_classes.csv").write_text("\n".join(lines) + "\n")
    return root


@pytest.fixture(scope="module")
def trained(scenes, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "scenes"
    assert run("train", "lenet5", "--data", scenes, "--epochs", 2, "--out", out) == 0
    return out


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CCV_CACHE", str(tmp_path / "cache"))


@pytest.mark.slow
def test_train_sees_several_labels_by_itself_and_says_so(scenes, tmp_path, capfd):
    out = tmp_path / "run"
    text = said(capfd, "train", "lenet5", "--data", scenes, "--epochs", 1, "--out", out)
    assert "read as images with several labels: 3 _classes.csv have a column of 0 and 1 for each of 3 labels" in text
    assert "ends with a sigmoid for each, learns by binary cross-entropy, and is judged by average precision" in text
    assert (
        "60 images: mean average precision" in text
        and "best epoch 1 on the test images" in text
        and "val_pr_auc" in text
    )
    assert "accuracy" not in text  # a no to everything would have a high one
    facts = json.loads((out / "run.json").read_text())
    assert (facts["task"], tuple(facts["class_names"])) == ("multilabel", NAMES)
    assert tuple(facts["thresholds"]) == NAMES
    assert {path.name for path in (out / "report").iterdir()} >= {"report.html", "report.json", "labels.png"}

    again = said(capfd, "train", "lenet5", "--data", scenes, "--epochs", 2, "--out", out, "--resume")
    assert "epoch 2/2" in again and "epoch 1/2" not in again
    assert keras.saving.load_model(out / "best.keras").layers[-1].activation is keras.activations.sigmoid


@pytest.mark.slow
def test_evaluate_takes_the_runs_own_thresholds(trained, scenes, capfd, tmp_path):
    text = said(capfd, "evaluate", trained, "--out", tmp_path)
    assert "the run's own test part, 60 images" in text and "thresholds chosen on the run's validation images" in text
    facts = json.loads((tmp_path / "report.json").read_text())
    kept = json.loads((trained / "run.json").read_text())["thresholds"]
    assert {row["name"]: row["threshold"] for row in facts["labels"]} == kept
    lacking = tmp_path / "lacking"  # whose images show no triangle, and which is judged all the same
    shutil.copytree(scenes / "test", lacking)
    rows = (lacking / "_classes.csv").read_text().splitlines()
    (lacking / "_classes.csv").write_text("\n".join([rows[0], *(row[:-1] + "0" for row in rows[1:])]))
    text = said(capfd, "evaluate", trained, "--data", lacking)
    assert "60 images" in text and "0 show 'triangle'" in text


@pytest.mark.slow
def test_evaluate_refuses_labels_of_another_kind(trained, tmp_path, capfd):
    from PIL import Image

    for name in NAMES:
        (tmp_path / "folders" / name).mkdir(parents=True)
        for number in range(2):
            Image.new("RGB", (32, 32), (number, 0, 0)).save(tmp_path / "folders" / name / f"{number}.png")
    assert "has no table of labels" in said(capfd, "evaluate", trained, "--data", tmp_path / "folders", code=2)
    assert "lenet5 is a network for several labels of an image, and digits holds" in said(
        capfd, "evaluate", trained, "--data", "digits", code=2
    )


def test_predict_lists_all_above_their_thresholds_or_what_came_nearest(trained, scenes, tmp_path, capfd):
    run_folder = tmp_path / "run"
    shutil.copytree(trained, run_folder)
    facts = json.loads((run_folder / "run.json").read_text())
    for thresholds, expected in ((dict.fromkeys(NAMES, 0.0), NAMES), (dict.fromkeys(NAMES, 0.99), ())):
        (run_folder / "run.json").write_text(json.dumps({**facts, "thresholds": thresholds}))
        text = said(capfd, "predict", run_folder, scenes / "test" / "0.png", "--top", 1, "--out", tmp_path / "drawn")
        assert all(name in text.split("0.png: nothing")[0] for name in expected)
        assert ("nothing above its threshold; the best was" in text) == (not expected)
    assert len(list((tmp_path / "drawn").iterdir())) == 1


@pytest.mark.slow
def test_what_cannot_be_drawn_alike_is_refused_and_weights_come_from_a_file(scenes, tmp_path, capfd):
    command = ("train", "lenet5", "--data", scenes, "--epochs", 1, "--out")
    assert "take class_weight='balanced' (--class-weight balanced)" in said(
        capfd, *command, tmp_path / "a", "--sample", "balanced", code=2
    )
    (tmp_path / "weights.json").write_text('{"triangle": 3}')
    said(capfd, *command, tmp_path / "b", "--class-weight", tmp_path / "weights.json")
    used = json.loads((tmp_path / "b" / "run.json").read_text())["used"]
    np.testing.assert_array_equal(used["class_weight"], [[1, 1], [1, 1], [1, 3]])
