"""Fashion-MNIST and CIFAR-10: every form in which they lie about, and what is said of wrong ones."""

import gzip
import io
import logging
import pickle
import tarfile

import numpy as np
import pytest

from ccv import data
from ccv.data import cifar10, fashion_mnist
from ccv.data.stored.stored import Stored

SHAPES = {"fashion_mnist": (28, 28), "cifar10": (32, 32, 3)}


@pytest.fixture
def nowhere(monkeypatch, tmp_path):
    """A machine with nothing on it and no network; gives the folder that $CCV_DATA names."""
    ours = tmp_path / "ours"
    ours.mkdir()
    monkeypatch.setenv("CCV_DATA", str(ours))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "tfds"))

    def refuse(*_, **__):
        raise OSError("URL fetch failure: no network")

    monkeypatch.setattr(Stored, "from_keras", refuse)
    monkeypatch.setattr(Stored, "from_tfds", refuse)
    return ours


def small(name, train=10, test=4):
    rng = np.random.default_rng(0)
    return {
        "x_train": rng.integers(0, 256, (train, *SHAPES[name]), dtype=np.uint8),
        "y_train": rng.integers(0, 10, train, dtype=np.uint8),
        "x_test": rng.integers(0, 256, (test, *SHAPES[name]), dtype=np.uint8),
        "y_test": rng.integers(0, 10, test, dtype=np.uint8),
    }


def idx(array):
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    return gzip.compress(header + array.tobytes())


def write_fashion(folder, content):
    folder.mkdir(parents=True)
    for key, name in zip(("x_train", "y_train", "x_test", "y_test"), fashion_mnist.FILES, strict=True):
        (folder / name).write_bytes(idx(content[key]))


def batches(content):
    """CIFAR's files: five batches and a test, pickled by Python 2's protocol."""
    parts = [*zip(np.split(content["x_train"], 5), np.split(content["y_train"], 5), strict=True)]
    parts.append((content["x_test"], content["y_test"]))
    for name, (images, labels) in zip(cifar10.BATCHES, parts, strict=True):
        rows = images.transpose(0, 3, 1, 2).reshape(len(images), -1)
        yield name, pickle.dumps({b"data": rows, b"labels": labels.tolist()}, protocol=2)


def write_cifar(path, content):
    with tarfile.open(path, "w:gz") as archive:
        for name, raw in batches(content):
            member = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            member.size = len(raw)
            archive.addfile(member, io.BytesIO(raw))


def check(name, content):
    images, labels = data.arrays(name, "all")
    expected = np.concatenate([content["x_train"], content["x_test"]])
    np.testing.assert_array_equal(images, expected if expected.ndim == 4 else expected[..., None])
    np.testing.assert_array_equal(labels, np.concatenate([content["y_train"], content["y_test"]]))
    assert (images.dtype, labels.dtype) == (np.uint8, np.int64)


@pytest.mark.parametrize("name", SHAPES)
def test_an_npz_of_ours(nowhere, name):
    content = small(name)
    np.savez(nowhere / f"{name}.npz", **content)
    assert data.found()[name] == str(nowhere / f"{name}.npz")
    check(name, content)
    parts = data.splits(name, size=16, channels=1, validation=0.3)
    assert parts.train.element_spec[0].shape == (16, 16, 1)
    assert len(parts.test) == 4
    assert len(data.load(name, "test")) == 4


def test_labels_in_a_column_as_keras_has_them(nowhere):
    content = small("cifar10")
    np.savez(nowhere / "cifar10.npz", **content | {"y_train": content["y_train"][:, None]})
    check("cifar10", content)


@pytest.mark.parametrize("place", ["ours/fashion-mnist", "keras/datasets/fashion-mnist"])
def test_fashions_four_files(nowhere, place):
    content = small("fashion_mnist")
    write_fashion(nowhere.parent / place, content)
    check("fashion_mnist", content)
    assert data.arrays("fashion_mnist", "test", size=32)[0].shape == (4, 32, 32, 1)


def test_cifars_archive(nowhere):
    content = small("cifar10")
    write_cifar(nowhere / "cifar-10-python.tar.gz", content)
    check("cifar10", content)


def test_cifars_folder_in_kerass_cache(nowhere):
    content = small("cifar10")
    folder = nowhere.parent / "keras" / "datasets" / "cifar-10-batches-py-target" / "cifar-10-batches-py"
    folder.mkdir(parents=True)
    for name, raw in batches(content):
        (folder / name).write_bytes(raw)
    check("cifar10", content)


def test_a_pickle_calls_nothing(nowhere, tmp_path):
    class Evil:
        def __reduce__(self):
            return (open, (str(tmp_path / "written"), "w"))

    folder = nowhere / "cifar-10-python.tar.gz"  # a folder of the files does as well
    folder.mkdir()
    for name, raw in batches(small("cifar10")):
        (folder / name).write_bytes(raw)
    (folder / "data_batch_3").write_bytes(pickle.dumps({b"data": Evil()}, protocol=2))
    with pytest.raises(ValueError, match="only arrays are read"):
        data.arrays("cifar10")
    assert not (tmp_path / "written").exists()


@pytest.mark.parametrize("damage", ["cut", "empty", "no tar"])
def test_a_damaged_archive(nowhere, damage):
    path = nowhere / "cifar-10-python.tar.gz"
    write_cifar(path, small("cifar10", train=100))
    whole = path.read_bytes()
    path.write_bytes({"cut": whole[: len(whole) // 2], "empty": b"", "no tar": b"<html>404</html>"}[damage])
    with pytest.raises(ValueError, match=r"is not CIFAR-10 .* it cannot be read") as raised:
        data.arrays("cifar10")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("cifar10", {"x_train": np.zeros((10, 28, 28, 3), np.uint8)}, "not uint8 (count, 32, 32, 3)"),
        ("cifar10", {"y_test": np.full(4, 10)}, "in its test part the labels are not all from 0 to 9"),
        ("fashion_mnist", {"y_train": np.full(10, -1)}, "in its train part the labels are not all from 0 to 9"),
        ("fashion_mnist", {"y_train": np.zeros(9, np.uint8)}, "not 10 integers"),
    ],
)
def test_wrong_arrays_are_named(nowhere, name, change, message):
    np.savez(nowhere / f"{name}.npz", **small(name) | change)
    with pytest.raises(ValueError, match=name) as raised:
        data.arrays(name)
    assert message in str(raised.value)


@pytest.mark.parametrize("name", SHAPES)
def test_without_file_and_network_one_sentence_says_what_to_put_where(nowhere, name):
    with pytest.raises(FileNotFoundError) as raised:
        data.load(name)
    message = str(raised.value)
    source = {"cifar10": cifar10, "fashion_mnist": fashion_mnist}[name].STORED
    for piece in (f"{name}.npz or {source.file}", source.url, "set CCV_DATA", "no network"):
        assert piece in message
    assert "\n" not in message
    assert data.found()[name] is None


def test_a_download_is_announced(nowhere, monkeypatch, caplog):
    monkeypatch.undo()
    monkeypatch.setenv("KERAS_HOME", str(nowhere.parent / "keras"))
    import keras

    content = small("cifar10")
    both = ((content["x_train"], content["y_train"][:, None]), (content["x_test"], content["y_test"][:, None]))
    monkeypatch.setattr(keras.datasets.cifar10, "load_data", lambda: both)
    with caplog.at_level(logging.WARNING, logger="ccv.data"):
        got = cifar10.STORED.from_keras()
    assert got["y_train"].shape == (10,)
    assert "downloading CIFAR-10 (170 MB) from https://www.cs.toronto.edu" in caplog.text


@pytest.mark.parametrize(("name", "size"), [("cifar10", 64), ("fashion_mnist", 30)])
def test_other_sizes_are_for_splits(nowhere, name, size):
    with pytest.raises(ValueError, match=f"size={size} must be"):
        data.arrays(name, size=size)
