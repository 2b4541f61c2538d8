"""`predict` with files that ccv did not write, or that something happened to."""

import json
import re

import keras
import numpy as np
import pytest
from PIL import Image

from ccv.training.prediction import predict

layers = keras.layers


def saved(path, model):
    model.save(path)
    return path


def classifier(shape=(8, 8, 3)):
    head = [layers.GlobalAveragePooling2D()] if len(shape) == 3 else []
    return keras.Sequential([layers.Input(shape), *head, layers.Dense(3, activation="softmax")], name="net")


def two_inputs():
    inputs = [layers.Input((8, 8, 3)), layers.Input((8, 8, 3))]
    return keras.Model(inputs, layers.Dense(3)(layers.Flatten()(layers.Add()(inputs))), name="net")


@pytest.fixture
def image(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (8, 8, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "x.png")
    return tmp_path / "x.png"


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: classifier((10,)), "net takes (None, 10), not images"),
        (lambda: classifier((8, 8, 4)), "net takes (None, 8, 8, 4), not images"),
        (lambda: classifier((None, None, 3)), "net takes images of any size"),
        (two_inputs, "not images"),
    ],
)
def test_a_model_of_no_images_is_told(make, says, image, tmp_path):
    with pytest.raises(ValueError, match=re.escape(says)):
        predict(saved(tmp_path / "m.keras", make()), [image])


@pytest.mark.parametrize("damage", ["cut", "changed"])
def test_a_damaged_model_is_told(damage, image, tmp_path):
    path = saved(tmp_path / "m.keras", classifier())
    content = bytearray(path.read_bytes())
    half = len(content) // 2
    content[half:] = (
        b"" if damage == "cut" else bytes(byte ^ 0x55 for byte in content[half : half + 200]) + content[half + 200 :]
    )
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"m\.keras is no model that Keras can load: [^\n]+$") as told:
        predict(path, [image])
    assert "not found" not in str(told.value).lower()


@pytest.mark.parametrize("facts", [[], {"class_names": 5}, {"class_names": "abc"}, {"class_names": None}])
def test_a_run_json_that_names_no_classes_leaves_numbers(facts, image, tmp_path):
    saved(tmp_path / "best.keras", classifier())
    (tmp_path / "run.json").write_text(json.dumps(facts))
    [found] = predict(tmp_path, [image])
    assert sorted(found.classes) == ["0", "1", "2"]


def test_a_class_with_dollars_is_drawn_as_it_stands(image, tmp_path):
    saved(tmp_path / "best.keras", classifier())
    (tmp_path / "run.json").write_text(json.dumps({"class_names": ["$5_{", r"$\frac$", "c"]}))
    [found] = predict(tmp_path, [image])
    found.draw().savefig(tmp_path / "drawn.png")
