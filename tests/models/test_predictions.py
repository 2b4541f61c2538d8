"""`decode_predictions`: names given, ImageNet's where Keras has them, and no download."""

import hashlib
import json
import socket

import numpy as np
import pytest

from ccv.models import decode_predictions, predictions


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A Keras without a cache, and no network."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(socket, "socket", None)
    return tmp_path


def test_the_surest_first():
    names = [f"class{n}" for n in range(7)]
    scores = np.array([[0, 5, 1, 2, 9, 3, 4], [7, 6, 5, 4, 3, 2, 1]], "float32") / 10
    found = decode_predictions(scores, top=3, class_names=names)
    assert found[0] == [("class4", pytest.approx(0.9)), ("class1", 0.5), ("class6", pytest.approx(0.4))]
    assert [name for name, _ in found[1]] == ["class0", "class1", "class2"]
    assert [len(row) for row in decode_predictions(scores, class_names=names)] == [5, 5]
    assert len(decode_predictions(scores, top=99, class_names=names)[0]) == 7


def test_imagenets_names_come_from_the_cache_of_keras(home, monkeypatch):
    (home / "models").mkdir()
    text = json.dumps({str(n): [f"n{n:08}", f"thing{n}"] for n in range(1000)})
    (home / "models" / predictions.FILE).write_text(text)
    with pytest.raises(ValueError, match="is not Keras's list of ImageNet's class names: remove it"):
        decode_predictions(np.zeros((1, 1000)))
    monkeypatch.setattr(predictions, "MD5", hashlib.md5(text.encode()).hexdigest())
    assert decode_predictions(np.eye(1000)[[7]], top=1) == [[("thing7", 1.0)]]
    with pytest.raises(ValueError, match=r"10 classes, and there are 1000 names \(ImageNet's, unless class_names"):
        decode_predictions(np.zeros((1, 10)))


def test_nothing_is_fetched(home):
    with pytest.raises(FileNotFoundError, match=r"not on this machine .*pass class_names=, or fetch them once") as said:
        decode_predictions(np.zeros((1, 1000)))
    assert "\n" not in str(said.value)
    assert not list(home.iterdir())


def test_the_list_is_the_one_of_keras():
    from keras.src.applications import imagenet_utils

    assert imagenet_utils.CLASS_INDEX_PATH == predictions.URL


@pytest.mark.parametrize(
    ("scores", "options", "says"),
    [
        (np.zeros(3), {"class_names": "abc"}, r"shape \(3,\), and must be \(images, classes\)"),
        (np.zeros((1, 3)), {"class_names": ["a"]}, r"3 classes, and there are 1 names \(class_names\)"),
        (np.zeros((1, 3)), {"class_names": "abc", "top": 0}, "top=0 must be an integer of at least 1"),
    ],
)
def test_what_it_refuses(scores, options, says):
    with pytest.raises(ValueError, match=says):
        decode_predictions(scores, **options)
