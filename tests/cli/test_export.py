"""`ccv export` and `ccv benchmark`, and what `ccv predict` and `ccv detect` say of the files."""

import keras
import numpy as np
import pytest
from commands import run
from PIL import Image

from ccv.data import blood
from ccv.detection import pretrained
from ccv.training.files import write_json

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow" or keras.__version__.startswith("3.12."),
    reason="Keras exports to LiteRT from 3.13 on, with TensorFlow",
)


@pytest.fixture(scope="module")
def classifier(tmp_path_factory):
    """The folder of a run that was not trained: two images apart by their brightness."""
    folder = tmp_path_factory.mktemp("run")
    image = keras.Input((12, 12, 1))
    x = keras.layers.GlobalAveragePooling2D()(keras.layers.Rescaling(1 / 255)(image))
    scores = keras.layers.Dense(2, name="scores")
    model = keras.Model(image, keras.layers.Softmax()(scores(x)), name="bright")
    scores.set_weights([np.array([[-9.0, 9.0]]), np.array([4.5, -4.5])])
    model.save(folder / "best.keras")
    write_json(folder / "run.json", {"class_names": ["night", "day"]})
    for name, grey in (("dark", 20), ("light", 230)):
        Image.new("L", (12, 12), grey).save(folder / f"{name}.png")
    return folder


def test_a_file_predicts_as_the_checkpoint_does(classifier, tmp_path, capsys):
    assert run("export", classifier) == 0
    assert "best.tflite: LiteRT" in capsys.readouterr().out
    images = (classifier / "dark.png", classifier / "light.png")
    told = []
    for checkpoint in (classifier, classifier / "best.tflite"):
        assert run("predict", checkpoint, *images, "--out", tmp_path) == 0
        told.append(capsys.readouterr().out)
    assert told[0] == told[1]
    assert "night" in told[0] and "day" in told[0]
    assert run("detect", classifier / "best.tflite", images[0], "--out", tmp_path) == 2
    assert "is a classifier, no detector: for that there is ccv predict" in capsys.readouterr().err.replace("\n", " ")


def test_int8_is_calibrated_on_images_that_are_named(classifier, tmp_path, capsys):
    photos = tmp_path / "photos"
    for name, grey in (("night", 20), ("day", 230)):
        (photos / name).mkdir(parents=True)
        for number in range(6):
            Image.new("L", (12, 12), grey + number).save(photos / name / f"{number}.png")
    out = tmp_path / "small.tflite"
    assert run("export", classifier, "--quantize", "int8", "--out", out, "--data", photos) == 0
    assert "accuracy 100.0%, before 100.0%" in capsys.readouterr().out.replace("\n", " ")
    assert run("export", classifier, "--quantize", "int8", "--out", out) == 2
    assert "name images to judge it by with --data" in capsys.readouterr().err.replace("\n", " ")


@pytest.mark.slow
def test_a_detectors_file_finds_what_it_finds(tmp_path, capsys):
    checkpoint, photo = tmp_path / "blood.keras", tmp_path / "photo.png"
    pretrained("blood").save(checkpoint)
    Image.fromarray(blood.arrays()[0][0]).save(photo)
    assert run("export", checkpoint, "--score", "0.3", "--out", tmp_path / "blood.tflite") == 0
    capsys.readouterr()
    tables = []
    for path in (checkpoint, tmp_path / "blood.tflite"):
        assert run("detect", path, photo, "--out", tmp_path / "drawn") == 0
        tables.append(capsys.readouterr().out)
    assert tables[0] == tables[1]
    assert "RBC" in tables[0]
    assert run("detect", tmp_path / "blood.tflite", photo, "--iou", "0.3") == 2
    assert "ccv export --iou" in capsys.readouterr().err.replace("\n", " ")
    assert run("predict", tmp_path / "blood.tflite", photo) == 2
    assert "for that there is ccv detect" in capsys.readouterr().err.replace("\n", " ")


def test_a_network_of_unknown_pixels_can_be_taken_raw(tmp_path, capsys):
    image = keras.Input((4, 4, 1))
    keras.Model(image, keras.layers.Dense(2)(keras.layers.Flatten()(image)), name="mine").save(tmp_path / "mine.keras")
    assert run("export", tmp_path / "mine.keras") == 2
    assert "what pixels 'mine' expects is not known" in capsys.readouterr().err.replace("\n", " ")
    assert run("export", tmp_path / "mine.keras", "--raw") == 0
    assert run("benchmark", tmp_path / "mine.keras", "--format", "litert", "--rounds", 1) == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("export", "gone.keras"), "there is no checkpoint gone.keras"),
        (("export", "{run}", "--format", "tflight"), "there is no format called 'tflight'"),
        (("export", "{run}", "--format", "onnx", "--quantize", "int8"), "int8 is for LiteRT or OpenVINO"),
        (("benchmark", "lenet55"), "did you mean 'lenet5'?"),
        (("benchmark", "{run}", "--input", "8x8x1"), "--input and --option are for the name of a builder"),
        (("benchmark", "lenet5", "--format", "tflight"), "there is no format called 'tflight'"),
    ],
)
def test_mistakes_are_one_sentence(arguments, said, classifier, capsys):
    assert run(*(argument.format(run=classifier) for argument in arguments)) == 2
    assert said in capsys.readouterr().err.replace("\n", " ")


def test_a_benchmark_is_a_row_for_each_way(capsys):
    assert run("benchmark", "lenet5", "--format", "litert", "--rounds", 2, "--batch", 3, "--option", "width=1/2") == 0
    told = capsys.readouterr().out
    assert "Keras" in told and "LiteRT" in told and "3 at once" in told
