"""`ccv train`, `detect`, `evaluate` and `anchors` with boxes, as people type them."""

import json
import re
import shlex

import numpy as np
import pytest
from commands import run
from PIL import Image

from ccv.data import shapes


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


@pytest.mark.slow
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
    out = capfd.readouterr().out
    assert "nothing found" in out and re.search(r"101\.jpg: nothing above 1; the best was \.\d\d\n", out)


@pytest.mark.parametrize("command", ["detect", "predict"])
def test_files_of_one_name_and_bad_files(command, trained, tree, tmp_path, capfd, request):
    """Two drawings of two files, whole paths, and a bad file costs no other."""
    names = [
        "a folder with a long name that says much/of the north",
        "a folder with a long name that says much/of the south",
    ]
    files = [tmp_path / name / "scene.png" for name in names]
    for number, file in enumerate(files):
        file.parent.mkdir(parents=True)
        Image.open(tree / "JPEGImages" / f"10{number}.jpg").save(file)
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"no image")
    checkpoint = trained if command == "detect" else request.getfixturevalue("classifier")
    assert run(command, checkpoint, files[0], bad, tmp_path / "none.png", files[1], "--out", tmp_path / "drawn") == 1
    out, error = capfd.readouterr()
    whole = "".join(line.split("│")[1].strip() for line in out.splitlines() if line.startswith("│"))
    for file in files:
        assert str(file).replace(" ", "") in whole.replace(" ", "")
    assert sorted(path.name for path in (tmp_path / "drawn").iterdir()) == ["scene.png.png", "scene.png_2.png"]
    assert "bad.png: it is no image" in error and "there is no image" in error
    assert run(command, checkpoint, bad, "--out", tmp_path / "drawn") == 2


@pytest.fixture(scope="module")
def classifier(tmp_path_factory):
    """A network that was never trained, for 32 pixels in colour."""
    from ccv.models import lenet5

    path = tmp_path_factory.mktemp("classifier") / "lenet5.keras"
    lenet5(input_shape=(32, 32, 3), classes=3).save(path)
    return path


@pytest.mark.slow
def test_train_says_what_it_read_and_what_the_stride_makes(trained, tree, tmp_path, capfd):
    annotations, photos = tmp_path / "a" / "annotations", tmp_path / "elsewhere"
    annotations.mkdir(parents=True)
    photos.symlink_to(tree / "JPEGImages")
    rows = [{"id": n, "file_name": f"{n:03d}.jpg", "width": 64, "height": 64} for n in range(16)]
    boxes = [{"id": n, "image_id": n, "category_id": 1, "bbox": [8, 8, 9 + n, 14]} for n in range(16)]
    content = {"images": rows, "annotations": boxes, "categories": [{"id": 1, "name": "shape"}]}
    (annotations / "shapes.json").write_text(json.dumps(content))
    arguments = ["train", "yolo_v2_tiny", "--data", annotations / "shapes.json", "--epochs", 1, "--boxes", 1]
    arguments += ["--width", "1/8", "--size", 32, "--out", tmp_path / "run"]
    assert run(*arguments) == 2
    assert "give their folder, as images=... (or --images DIR)" in " ".join(capfd.readouterr().err.split())
    assert run(*arguments, "--images", photos) == 0
    out, error = capfd.readouterr()
    assert "1 class," in out and "read as COCO: a .json of instances" in out
    assert "in images of 32 x 32 the median object is 7 pixels across, which is hard to find" in out
    assert (
        "stride 8 makes another network of this name: " in out
        and "a field of 54 pixels; at its own stride of 32" in out
    )
    assert "softmax" not in error
    assert run("detect", tmp_path / "run", tree / "JPEGImages" / "100.jpg", "--out", tmp_path / "drawn") == 0
    assert "softmax" not in capfd.readouterr().err
    assert run("evaluate", tmp_path / "run") == 0
    assert "the run's own validation part, 3 images of" in capfd.readouterr().out
    assert run("evaluate", tmp_path / "run", "--data", annotations / "shapes.json", "--images", photos) == 0


@pytest.mark.slow
def test_python_trains_as_the_command_does(tree, tmp_path):
    """The same loss, stride, batches, augmentation and anchors, and so the same weights, bit for bit."""
    import keras

    from ccv import data
    from ccv.detection import Detector, detector
    from ccv.training.seeds import seeded

    code = run("train", "yolo_v2_tiny", "--data", tree, "--width", "1/8", "--boxes", 1, "--size", 64, "--epochs", 1,
               "--deterministic", "--out", tmp_path / "run")  # fmt: skip
    assert code == 0
    parts = data.splits(tree, size=64)
    with seeded(0):
        made = detector("yolo_v2_tiny", parts, width=1 / 8, boxes=1)
    made.fit(parts, epochs=1, deterministic=True, out=tmp_path / "python", verbose=False)
    ran, its = (json.loads((tmp_path / name / "run.json").read_text())["used"] for name in ("run", "python"))
    assert ran == its and its["augment"] == "detection" and its["batch_size"] == 8
    commanded = Detector(keras.saving.load_model(tmp_path / "run" / "last.keras"))
    for one, other in zip(commanded.model.get_weights(), made.model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.fixture(scope="module")
def undivided(tree, tmp_path_factory):
    """The folder of a run on 24 scenes that no list divides, and the scenes."""
    root, out = tmp_path_factory.mktemp("undivided"), tmp_path_factory.mktemp("runs") / "scenes"
    for folder, suffix in (("Annotations", "xml"), ("JPEGImages", "jpg")):
        (root / folder).mkdir()
        for number in range(24):
            (root / folder / f"{number:03d}.{suffix}").symlink_to(tree / folder / f"{number:03d}.{suffix}")
    code = run("train", "yolo_v2_tiny", "--data", root, "--width", "1/8", "--boxes", 1, "--size", 64, "--epochs", 2,
               "--seed", 5, "--deterministic", "--out", out)  # fmt: skip
    assert code == 0
    return out, root


@pytest.mark.slow
@pytest.mark.parametrize("named", [False, True])
def test_a_detector_is_judged_by_images_that_it_was_not_trained_on(undivided, named, monkeypatch, capfd, tmp_path):
    """Also where the training data are named, and read with another seed; how many images judge is told."""
    from ccv.detection import Detector

    out, root = undivided
    judged, original = [], Detector.evaluate
    monkeypatch.setattr(Detector, "evaluate", lambda self, data: judged.append(data) or original(self, data))
    assert run("evaluate", out, *(["--data", root] if named else []), "--out", tmp_path / "report") == 0
    said = capfd.readouterr().out
    split = json.loads((out / "run.json").read_text())["split"]
    held_out = set(split["validation"]["files"])
    count = len(held_out)
    assert 2 <= count <= 8 and not held_out & set(split["train"]["files"])
    [data] = judged
    assert {note.path.rsplit("/", 1)[1] for note in data.annotations} == {name.rsplit("/", 1)[-1] for name in held_out}
    assert json.loads((tmp_path / "report" / "report.json").read_text())["images"] == count
    expected = f"{count} of the 24 images of" if named else f"the run's own validation part, {count} images of"
    assert expected in said and f"{count} images" in said
    assert ("on the other" in said) == named


@pytest.mark.slow
def test_run_json_alone_repeats_a_detectors_training_bit_for_bit(undivided, tmp_path):
    import keras

    out, _ = undivided
    _, *line = shlex.split(json.loads((out / "run.json").read_text())["again"])
    assert run(*line, "--out", tmp_path / "again") == 0
    assert (out / "log.csv").read_text() == (tmp_path / "again" / "log.csv").read_text()
    first, again = (keras.saving.load_model(folder / "last.keras") for folder in (out, tmp_path / "again"))
    for one, other in zip(first.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


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


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["train", "yolo_v2_tiny", "--data", "digits"], "digits has no boxes"),
        (["train", "yolo_v2_tiny", "--data", "."], "has no boxes: give a folder with Pascal VOC's .xml, COCO's .json"),
        (["train", "yolo_v2_tiny", "--data", "blood"], "blood is for tests alone: train on other images"),
        (["train", "lenet5", "--data", "digits", "--images", "."], "--images is an option of detectors"),
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
    assert run("evaluate", trained, "--data", tmp_path) == 2
    assert "has no boxes: give a folder with" in " ".join(capfd.readouterr().err.split())


def test_other_classes_are_refused(trained):
    from ccv.detection import Detector

    made = Detector.load(trained / "last.keras")
    images = np.zeros((2, 64, 64, 3), "uint8")
    truth = np.array([[[0.1, 0.1, 0.5, 0.5, 3]]] * 2, "float32")
    with pytest.raises(ValueError, match="class 3 is out of range: the detector has 3"):
        made.fit((images, truth), epochs=1)
