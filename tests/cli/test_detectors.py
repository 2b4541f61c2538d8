"""`ccv train`, `detect`, `evaluate` and `anchors` with boxes, as people type them."""

import json
import re

import numpy as np
import pytest
from PIL import Image

from ccv.cli.app import main
from ccv.data import shapes


def run(*arguments):
    """The command in this process; returns its exit code."""
    with pytest.raises(SystemExit) as stopped:
        main([str(argument) for argument in arguments])
    return stopped.value.code or 0


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A Pascal VOC tree of 120 scenes, 100 of them listed to train on, the last without a class of the others."""
    root = tmp_path_factory.mktemp("photos") / "VOC2007"
    for folder in ("Annotations", "JPEGImages", "ImageSets/Main"):
        (root / folder).mkdir(parents=True)
    images, truth = shapes.arrays("train", count=120)
    for number, (image, rows) in enumerate(zip(images, truth, strict=True)):
        Image.fromarray(image).save(root / "JPEGImages" / f"{number:03d}.jpg", quality=95)
        objects = "".join(
            f"<object><name>{shapes.CLASS_NAMES[int(row[4])]}</name><bndbox><xmin>{row[0] * 64 + 1:.0f}</xmin>"
            f"<ymin>{row[1] * 64 + 1:.0f}</ymin><xmax>{row[2] * 64:.0f}</xmax><ymax>{row[3] * 64:.0f}</ymax></bndbox>"
            "</object>"
            for row in rows[rows[:, 4] >= 0]
        )
        text = f"<annotation><size><width>64</width><height>64</height></size>{objects}</annotation>"
        (root / "Annotations" / f"{number:03d}.xml").write_text(text)
    names = [f"{number:03d}" for number in range(120)]
    for part, listed in (("trainval", names[:100]), ("train", names[:100]), ("test", names[100:])):
        (root / "ImageSets/Main" / f"{part}.txt").write_text("\n".join(listed))
    return root


@pytest.fixture(scope="module")
def trained(tree, tmp_path_factory):
    """The folder of a run on the tree."""
    out = tmp_path_factory.mktemp("runs") / "shapes"
    code = run(
        "train", "yolo_v2_tiny", "--data", tree, "--width", "1/2", "--boxes", 2, "--size", "64", "--epochs", 12,
        "--box-loss", "paper", "--learning-rate", 0.01, "--augment", "detection mosaic=0 mixup=0 scale=(0.9,1.1)",
        "--out", out,
    )  # fmt: skip
    assert code == 0
    return out


@pytest.fixture(autouse=True)
def private_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("CCV_CACHE", str(tmp_path_factory.mktemp("cache")))


def test_a_run_leaves_a_detector_and_its_report(trained):
    facts = json.loads((trained / "report" / "report.json").read_text())
    assert [row["name"] for row in facts["classes"]] == list(shapes.CLASS_NAMES) and facts["images"] == 20
    assert json.loads((trained / "run.json").read_text())["class_names"] == list(shapes.CLASS_NAMES)
    assert facts["map50"] > 0.2  # seconds of training: better than chance by far
    assert {"best.keras", "last.keras", "log.csv", "curves.png"} <= {path.name for path in trained.iterdir()}


def test_evaluate_says_what_train_said(trained, tree, capfd, tmp_path):
    assert run("evaluate", trained / "last.keras", "--data", tree, "--out", tmp_path / "report") == 0
    said = re.search(r"mAP@\.5 (\d\.\d+)", capfd.readouterr().out)
    facts = json.loads((trained / "report" / "report.json").read_text())
    assert said and float(said[1]) == pytest.approx(facts["map50"], abs=5e-4)
    assert (tmp_path / "report" / "report.html").exists()


def test_detect_draws_images_of_any_size(trained, tree, capfd, tmp_path):
    wide = Image.new("RGB", (300, 150), (128, 128, 128))
    wide.paste(Image.open(tree / "JPEGImages" / "100.jpg").resize((150, 150)), (75, 0))
    wide.save(tmp_path / "wide.png")
    files = [tmp_path / "wide.png", tree / "JPEGImages" / "101.jpg"]
    assert run("detect", trained, *files, "--score", 0.2, "--out", tmp_path / "drawn") == 0
    assert "annotated images are in" in capfd.readouterr().out
    assert {path.name for path in (tmp_path / "drawn").iterdir()} == {"wide.png.png", "101.jpg.png"}
    assert run("detect", trained, files[1], "--score", 1.0, "--out", tmp_path / "drawn") == 0
    assert "nothing found" in capfd.readouterr().out


def test_anchors_of_a_tree(tree, capfd, tmp_path):
    assert run("anchors", tree, "-k", 2, "--plot", tmp_path / "a.png", "--curve", tmp_path / "b.png") == 0
    text = capfd.readouterr().out
    found = re.search(r"average IoU (0\.\d+) over (\d+) boxes", text)
    assert found and float(found[1]) > 0.6 and int(found[2]) > 150
    assert (tmp_path / "a.png").exists() and (tmp_path / "b.png").exists()


def test_a_tree_that_lacks_a_class_is_evaluated_by_the_detectors_classes(trained, tree, tmp_path, capfd):
    other = tmp_path / "ellipses"
    (other / "Annotations").mkdir(parents=True)
    (other / "JPEGImages").symlink_to(tree / "JPEGImages")
    for path in sorted((tree / "Annotations").iterdir())[100:]:
        text = path.read_text().replace("<name>ellipse</name>", "<name>triangle</name>")
        (other / "Annotations" / path.name).write_text(text)
    assert run("evaluate", trained, "--data", other) == 0
    assert "ellipse" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["train", "yolo_v2_tiny", "--data", "digits"], "digits has no boxes"),
        (["train", "lenet5", "--data", "shapes"], "for a detector such as yolo_v2_tiny"),
        (["train", "lenet5", "--data", "digits", "--stride", "8"], "--stride is an option of detectors"),
        (["train", "yolo_v2_tiny", "--data", "shapes", "--stride", "7"], "stride"),
        (["train", "yolo_v2_tiny", "--data", "shapes", "--box-loss", "ciuo"], "did you mean 'ciou'"),
        (["train", "yolo_v2_tiny", "--data", "shapes", "--size", "sixty"], "pixels of a side"),
        (["train", "yolo_v2_tiny", "--data", "shapes", "--augment", "detection mosiac=0"], "mosaic"),
        (["anchors", "digits"], "digits has no boxes"),
        (["anchors", "nowhere"], "nowhere"),
        (["evaluate", "nowhere.keras", "--data", "shapes"], "there is no checkpoint nowhere.keras"),
        (["detect", "nowhere.keras", "x.png"], "there is no checkpoint nowhere.keras"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(arguments, says, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    assert run(*arguments) == 2
    error = " ".join(capfd.readouterr().err.split())
    assert says in error and "Traceback" not in error
    assert not (tmp_path / "runs").exists() or not any((tmp_path / "runs").glob("*/*"))


def test_the_wrong_kind_of_checkpoint_is_told(trained, tree, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    assert run("predict", trained, tree / "JPEGImages" / "100.jpg") == 2
    assert "take ccv detect" in " ".join(capfd.readouterr().err.split())
    assert run("evaluate", trained, "--data", "digits") == 2
    assert "is a detector, and digits" in " ".join(capfd.readouterr().err.split())


def test_other_classes_are_refused(trained):
    from ccv.detection import Detector

    made = Detector.load(trained / "last.keras")
    images = np.zeros((2, 64, 64, 3), "uint8")
    truth = np.array([[[0.1, 0.1, 0.5, 0.5, 3]]] * 2, "float32")
    with pytest.raises(ValueError, match="class 3 is out of range: the detector has 3"):
        made.fit((images, truth), epochs=1)
