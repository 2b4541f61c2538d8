"""Masks on the command line, as a newcomer types it: trained, judged, asked about photographs, written as a file."""

import contextlib
import io
import json
import shutil

import numpy as np
import pytest
from commands import run, said
from PIL import Image

from ccv.data import masks, shapes
from ccv.models import lenet5

COLORS = np.array([(0, 0, 0), (255, 0, 0), (0, 128, 0), (0, 0, 255)], np.uint8)
BY_COLOR = {name: "#" + bytes(color).hex() for name, color in zip(shapes.MASK_NAMES, COLORS.tolist(), strict=True)}


def write(root, split, count, size, mode="L"):
    """Write scenes as pictures with masks: grey numbers, indices of a palette, or colours."""
    (root / "images").mkdir(parents=True)
    (root / "masks").mkdir()
    (root / "classes.json").write_text(json.dumps(BY_COLOR if mode == "RGB" else shapes.MASK_NAMES))
    for number, (image, mask) in enumerate(zip(*shapes.masks(split, count=count, size=size), strict=True)):
        Image.fromarray(image).save(root / "images" / f"{number}.png")
        picture = Image.fromarray(COLORS[mask] if mode == "RGB" else mask)
        if mode == "P":
            picture.putpalette(COLORS.ravel().tolist())
        picture.save(root / "masks" / f"{number}.png")
    return root


@pytest.fixture(scope="module")
def scenes(tmp_path_factory):
    return write(tmp_path_factory.mktemp("scenes") / "set", "train", 20, 32, "P")


@pytest.fixture(scope="module")
def told(scenes, tmp_path_factory):
    """A run, and what the command said of it."""
    out, text = tmp_path_factory.mktemp("runs") / "scenes", io.StringIO()
    with contextlib.redirect_stdout(text):
        assert run("train", "unet", "--data", scenes, "--width", "1/32", "--epochs", 1, "--out", out) == 0
    return out, " ".join(text.getvalue().split())


@pytest.fixture(scope="module")
def trained(told):
    return told[0]


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CCV_CACHE", str(tmp_path / "cache"))


def test_train_makes_the_network_for_the_masks(told):
    out, text = told
    assert "4 classes, 16 images to train on, 4 to validate" in text
    assert "32 x 32 x 3" in text and "read as images with masks: 20 pairs" in text
    assert "a class for every pixel" in text and "val_mean_iou" in text and "boundary F" in text
    assert "best epoch 1 on the validation images, by which it was chosen" in text
    facts = json.loads((out / "run.json").read_text())
    assert (facts["task"], facts["class_names"]) == ("segmentation", list(shapes.MASK_NAMES))
    assert len(facts["split"]["train"]["files"]) == 16
    assert {path.name for path in (out / "report").iterdir()} == {"report.html", "report.json", "iou.png", "worst.png"}


def test_evaluate_judges_by_what_was_held_out(trained, scenes, tmp_path, capfd):
    text = said(capfd, "evaluate", trained, "--out", tmp_path / "report")
    assert "the run's own validation part, 4 images" in text and "mean IoU" in text and "pixel accuracy" in text
    facts = json.loads((tmp_path / "report" / "report.json").read_text())
    assert [row["name"] for row in facts["classes"]] == list(shapes.MASK_NAMES)
    assert sum(map(sum, facts["confusion"])) == 4 * 32 * 32
    other = write(tmp_path / "other", "test", 3, 48, "RGB")
    assert "3 images" in said(capfd, "evaluate", trained, "--data", other)
    assert "4 of the 20 images" in said(capfd, "evaluate", trained, "--data", scenes)


def test_predict_writes_masks_that_training_reads(trained, scenes, tmp_path, capfd):
    large = tmp_path / "large.jpg"
    Image.fromarray(shapes.masks("test", count=1, size=(60, 90))[0][0]).save(large)
    text = said(capfd, "predict", trained, scenes / "images" / "1.png", large, "--out", tmp_path / "said")
    assert "share of the pixels" in text and f"masks in {tmp_path / 'said' / 'masks'}" in text
    assert {path.name for path in (tmp_path / "said").iterdir()} == {"1.png.png", "large.jpg.png", "masks",
                                                                     "classes.json"}  # fmt: skip
    with Image.open(tmp_path / "said" / "masks" / "large.png") as opened:
        assert (opened.mode, opened.size) == ("P", (90, 60))
    shutil.copytree(scenes / "images", tmp_path / "said" / "images")
    read = masks.read(tmp_path / "said")
    assert [path.name for path in read.paths] == ["1.png"] and read.class_names == shapes.MASK_NAMES
    said(capfd, "predict", trained, large, "--tiles", "--out", tmp_path / "tiled")
    with Image.open(tmp_path / "tiled" / "masks" / "large.png") as opened:
        assert opened.size == (90, 60)


@pytest.mark.slow
def test_an_exported_file_says_the_same(trained, scenes, tmp_path, capfd):
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed: pip install onnxruntime")
    pytest.importorskip("tf2onnx", reason="tf2onnx is not installed: pip install tf2onnx")
    file = tmp_path / "net.onnx"
    assert "same class for" in said(capfd, "export", trained, "--out", file)
    photos = [scenes / "images" / f"{number}.png" for number in range(3)]
    for name, asked in (("keras", trained), ("file", file)):
        said(capfd, "predict", asked, *photos, "--out", tmp_path / name)
    for number in range(3):
        both = [np.asarray(Image.open(tmp_path / name / "masks" / f"{number}.png")) for name in ("keras", "file")]
        assert (both[0] == both[1]).mean() > 0.99
    assert "--tiles needs the network itself" in said(capfd, "predict", file, photos[0], "--tiles", code=2)


def test_bad_input_is_one_sentence(trained, scenes, tmp_path, capfd):
    train = ("train", "unet", "--width", "1/32", "--out", tmp_path / "run", "--data")
    one = write(tmp_path / "one", "train", 1, 32)
    assert "has no image to spare for the validation: give two or more" in said(capfd, *train, one, code=2)
    (one / "classes.json").write_text('["background"]')
    assert "must name two classes or more" in said(capfd, *train, one, code=2)
    (one / "classes.json").unlink()
    assert "classes.json is missing: write the names of the classes" in said(capfd, *train, one, code=2)
    strange = write(tmp_path / "strange", "train", 2, 32)
    Image.new("L", (32, 32), 9).save(strange / "masks" / "0.png")
    Image.new("L", (30, 32)).save(strange / "masks" / "1.png")
    text = said(capfd, *train, strange, code=2)
    assert "holds no image with a mask that fits" in text and "it holds 9 at row 0, column 0" in text
    assert "digits has no masks: give a folder with images/, masks/" in said(capfd, *train, "digits", code=2)
    assert "takes sides of 16, 32, 48" in said(capfd, *train, scenes, "--size", 40, code=2)
    assert "cannot say what a mask is then" in said(capfd, *train, scenes, "--augment", "cutmix", code=2)
    boxes = said(capfd, "train", "lenet5", "--data", "shapes", "--out", tmp_path / "run", code=2)
    assert "a data set of boxes" in boxes and "--kind segmentation" in boxes
    assert "--kind detection does not fit unet" in said(capfd, *train, scenes, "--kind", "detection", code=2)


def test_networks_of_another_kind_are_refused(trained, scenes, tmp_path, capfd):
    lenet5(classes=4, input_shape=(32, 32, 3)).save(tmp_path / "classifier.keras")
    text = said(capfd, "evaluate", tmp_path / "classifier.keras", "--data", scenes, code=2)
    assert "lenet5 is a network for one class of a whole image, and" in text
    assert "--tiles is for masks" in said(
        capfd, "predict", tmp_path / "classifier.keras", scenes / "images" / "0.png", "--tiles", code=2
    )
    assert "digits has no masks" in said(capfd, "evaluate", trained, "--data", "digits", code=2)
    assert "is no detector" in said(capfd, "detect", trained, scenes / "images" / "0.png", code=2)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("network", "mode"), [("unet --width 1/8", "P"), ("resnet20 --weights ccv --augment basic", "RGB")]
)
def test_what_is_learnt_from_files_reaches_a_mean_iou(network, mode, tmp_path, capfd):
    scenes = write(tmp_path / "set", "train", 1_000, 64, mode)
    unseen = write(tmp_path / "unseen", "test", 200, 64, "L")
    out = tmp_path / "run"
    given = ("--data", scenes, "--test", unseen, "--epochs", 6)
    said(capfd, "train", *network.split(), *given, "--out", out)
    facts = json.loads((out / "report" / "report.json").read_text())
    assert facts["images"] == 200
    assert facts["mean"]["iou"] > 0.93
