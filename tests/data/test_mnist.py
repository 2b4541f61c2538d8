"""MNIST: where it is looked for, in which order, and what is said when it is not there."""

import logging
import os
import socket
import sys
import types

import numpy as np
import pytest

from ccv import data
from ccv.data import mnist
from ccv.data.stored import stored
from ccv.data.stored.stored import Stored

REAL = os.environ.get("CCV_DATA")


def small(train=6, test=4, seed=0):
    generator = np.random.default_rng(seed)
    return {
        "x_train": generator.integers(0, 256, (train, 28, 28), dtype=np.uint8),
        "y_train": generator.integers(0, 10, train, dtype=np.uint8),
        "x_test": generator.integers(0, 256, (test, 28, 28), dtype=np.uint8),
        "y_test": generator.integers(0, 10, test, dtype=np.uint8),
    }


@pytest.fixture
def nowhere(monkeypatch, tmp_path):
    """A machine with no copy of MNIST, and no network: whatever fetches, fails."""
    monkeypatch.delenv("CCV_DATA", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "tfds"))

    def refuse(*_, **__):
        raise OSError("URL fetch failure: no network\nand more lines")

    monkeypatch.setattr(Stored, "from_keras", refuse)
    monkeypatch.setattr(Stored, "from_tfds", refuse)
    return tmp_path


@pytest.fixture
def ours(nowhere, monkeypatch):
    """A folder for $CCV_DATA; call it with the arrays to store."""
    monkeypatch.setenv("CCV_DATA", str(nowhere / "ours"))
    (nowhere / "ours").mkdir()

    def store(**content):
        np.savez(nowhere / "ours" / "mnist.npz", **content)
        return nowhere / "ours" / "mnist.npz"

    return store


def test_from_ccv_data(ours):
    content = small()
    path = ours(**content)
    assert data.found()["mnist"] == str(path)
    images, labels = data.arrays("mnist")
    np.testing.assert_array_equal(images[..., 0], content["x_train"])
    np.testing.assert_array_equal(labels, content["y_train"])
    assert (images.shape, images.dtype, labels.dtype) == ((6, 28, 28, 1), np.uint8, np.int64)
    images, labels = data.arrays("mnist", "all")
    np.testing.assert_array_equal(images[6:, ..., 0], content["x_test"])
    assert len(labels) == 10
    dataset = data.load("mnist", "test")
    assert len(dataset) == 4
    assert dataset.class_names == list("0123456789")
    assert dataset.element_spec[0].shape == (28, 28, 1)


def test_32_pixels_have_the_border_of_the_paper(ours):
    content = small()
    ours(**content)
    images, _ = data.arrays("mnist", "test", size=32)
    np.testing.assert_array_equal(images[:, 2:-2, 2:-2, 0], content["x_test"])
    assert images.sum() == content["x_test"].sum()


@pytest.mark.parametrize("size", [8, 30, "28", None])
def test_no_other_size(ours, size):
    ours(**small())
    with pytest.raises(ValueError, match="must be 28, or 32"):
        data.arrays("mnist", size=size)


def test_kerass_cache_comes_second(nowhere, monkeypatch):
    cache = nowhere / "keras" / "datasets"
    cache.mkdir(parents=True)
    np.savez(cache / "mnist.npz", **small(seed=1))
    assert data.found()["mnist"] == str(cache / "mnist.npz")
    monkeypatch.setenv("CCV_DATA", str(nowhere / "empty"))  # set, but without the file
    np.testing.assert_array_equal(data.arrays("mnist")[1], small(seed=1)["y_train"])
    (nowhere / "ours").mkdir()
    np.savez(nowhere / "ours" / "mnist.npz", **small(seed=2))
    monkeypatch.setenv("CCV_DATA", str(nowhere / "ours"))
    np.testing.assert_array_equal(data.arrays("mnist")[1], small(seed=2)["y_train"])


def test_what_tfds_has_prepared_comes_third(nowhere, monkeypatch):
    prepared = nowhere / "tfds" / "mnist" / "3.0.1"
    prepared.mkdir(parents=True)
    (prepared / "dataset_info.json").write_text("{}")
    assert data.found()["mnist"] == str(prepared)
    asked = []
    monkeypatch.setattr(Stored, "from_tfds", lambda self, download: asked.append(download) or small())
    assert len(data.arrays("mnist", download=False)[0]) == 6
    assert asked == [False]


def test_then_keras_downloads_then_tfds(nowhere, monkeypatch):
    monkeypatch.setattr(Stored, "from_tfds", lambda self: small(train=3))
    assert len(data.arrays("mnist")[0]) == 3
    monkeypatch.setattr(Stored, "from_keras", lambda self: small(train=2))
    assert len(data.arrays("mnist")[0]) == 2


def test_keras_is_asked_with_a_timeout_and_a_line_in_the_log(monkeypatch, nowhere, caplog):
    content, timeouts = small(), []

    def load_data():
        timeouts.append(socket.getdefaulttimeout())
        return (content["x_train"], content["y_train"]), (content["x_test"], content["y_test"])

    keras = types.SimpleNamespace(datasets=types.SimpleNamespace(mnist=types.SimpleNamespace(load_data=load_data)))
    monkeypatch.undo()
    monkeypatch.delenv("CCV_DATA", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(nowhere / "keras"))
    monkeypatch.setenv("TFDS_DATA_DIR", str(nowhere / "tfds"))
    monkeypatch.setitem(sys.modules, "keras", keras)
    before = socket.getdefaulttimeout()
    with caplog.at_level(logging.WARNING, logger="ccv.data"):
        images, _ = data.arrays("mnist")
    assert len(images) == 6
    assert timeouts == [stored.TIMEOUT]
    assert socket.getdefaulttimeout() == before
    assert "downloading MNIST (11 MB)" in caplog.text


def test_tfds_gives_the_same_arrays(monkeypatch):
    content = small()

    def load(name, split, batch_size, download):
        assert (name, batch_size, download) == ("mnist", -1, True)
        return {"image": content[f"x_{split}"][..., None], "label": content[f"y_{split}"].astype(np.int64)}

    reached = []
    monkeypatch.setattr(stored, "reach", reached.append)
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", types.SimpleNamespace(load=load, as_numpy=lambda x: x))
    got = mnist.STORED.from_tfds()
    assert reached == [mnist.STORED.tfds_url]
    for key, array in content.items():
        np.testing.assert_array_equal(got[key], array)


def test_a_silent_server_is_given_up(monkeypatch):
    """A socket that accepts and never answers."""
    monkeypatch.setattr(stored, "TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server, pytest.raises(OSError, match="timed out"):
        stored.reach(f"http://127.0.0.1:{server.getsockname()[1]}/")


def test_without_file_and_network_one_sentence_says_what_to_do(nowhere):
    with pytest.raises(FileNotFoundError) as raised:
        data.load("mnist")
    message = str(raised.value)
    assert message.startswith("MNIST is not on this machine (CCV_DATA is not set; it could not be fetched: URL")
    for piece in (mnist.STORED.url, "set CCV_DATA", "'digits'"):
        assert piece in message
    assert "\n" not in message
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__ or raised.value.__context__ is None
    assert data.found()["mnist"] is None


def test_download_false_asks_nobody(nowhere, monkeypatch):
    monkeypatch.setenv("CCV_DATA", str(nowhere / "nothing"))
    monkeypatch.setattr(Stored, "from_keras", lambda self: pytest.fail("asked the network"))
    with pytest.raises(FileNotFoundError, match=r"CCV_DATA=.*nothing has no mnist.npz; download=False"):
        data.arrays("mnist", download=False)


DAMAGE = {
    "no key": ({"y_test": None}, "it has no y_test"),
    "shape": ({"x_train": np.zeros((6, 28, 27), np.uint8)}, r"train part the images are uint8 \(6, 28, 27\)"),
    "flat": ({"x_test": np.zeros((4, 784), np.uint8)}, "test part the images are uint8"),
    "floats": ({"x_train": np.zeros((6, 28, 28))}, "train part the images are float64"),
    "counts": ({"y_train": np.zeros(5, np.uint8)}, r"train part the labels are uint8 \(5,\), not 6 integers"),
    "float labels": ({"y_test": np.zeros(4)}, "test part the labels are float64"),
    "one-hot": ({"y_test": np.zeros((4, 10), np.uint8)}, "test part the labels are uint8"),
    "label 10": ({"y_train": np.full(6, 10, np.uint8)}, "train part the labels are not all from 0 to 9"),
    "label -1": ({"y_train": np.full(6, -1)}, "train part the labels are not all from 0 to 9"),
    "empty": ({"x_test": np.zeros((0, 28, 28), np.uint8), "y_test": np.zeros(0, np.uint8)}, "there is no image"),
    "pickled": ({"y_test": np.array([None] * 4)}, "it cannot be read"),
}


@pytest.mark.parametrize("case", DAMAGE)
def test_a_wrong_file_is_named_with_what_is_wrong(ours, case):
    changes, message = DAMAGE[case]
    content = {key: value for key, value in (small() | changes).items() if value is not None}
    path = ours(**content)
    with pytest.raises(ValueError, match=message) as raised:
        data.arrays("mnist")
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04 cut short"])
def test_a_file_that_is_no_npz(ours, nowhere, content):
    path = nowhere / "ours" / "mnist.npz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="it cannot be read"):
        data.arrays("mnist")


def test_a_truncated_and_a_flipped_file(ours):
    path = ours(**small(train=200))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match="it cannot be read"):
        data.arrays("mnist")
    middle = len(whole) // 2
    path.write_bytes(whole[:middle] + bytes([whole[middle] ^ 255]) + whole[middle + 1 :])
    with pytest.raises(ValueError, match="it cannot be read"):
        data.arrays("mnist")


def test_one_array_is_not_a_data_set(ours, nowhere):
    with (nowhere / "ours" / "mnist.npz").open("wb") as file:
        np.save(file, np.zeros(3))
    with pytest.raises(ValueError, match="is not MNIST"):
        data.arrays("mnist")


@pytest.mark.skipif(not REAL, reason="set CCV_DATA to the folder of the real mnist.npz to test it")
def test_the_real_mnist():
    images, labels = data.arrays("mnist")
    assert images.shape == (60_000, 28, 28, 1)
    assert np.bincount(labels).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    images, labels = data.arrays("mnist", "test")
    assert images.shape == (10_000, 28, 28, 1)
    assert labels[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
