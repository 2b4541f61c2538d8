"""Data sets that come as four arrays: from `$CCV_DATA`, else from Keras's cache, TFDS's folder, or the network.

A data set's file says what it is called and how its arrays look; this says where they are looked for.
"""

import contextlib
import importlib
import importlib.util
import logging
import os
import socket
import sys
import urllib.request
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ccv.versions import NotInstalled, tensorflow_there

KEYS = ("x_train", "y_train", "x_test", "y_test")
CLASSES = 10
TIMEOUT = 10.0  # seconds that a silent server gets

log = logging.getLogger("ccv.data")

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Stored:
    """A data set of uint8 images of one shape with ten classes, in train and test."""

    name: str  # Keras's, TFDS's and ccv's
    title: str
    shape: tuple[int, ...]  # of one image as stored
    url: str  # what a person downloads
    file: str  # what `url` becomes in a folder: "mnist.npz"
    megabytes: int
    tfds_url: str
    read: Callable[[Path], Arrays] | None = None  # reads `file` where it is no npz
    keras_file: str = ""  # where Keras keeps it, if not as `file`

    def found(self) -> str | None:
        """Return the file or folder that it would be read from, or None where it would have to be fetched."""
        place = self.place() or self.prepared_by_tfds()
        return str(place) if place else None

    def arrays(self, split: str, download: bool) -> tuple[np.ndarray, np.ndarray]:
        """Return images `(count, height, width, channels)` and int64 labels of "train", "test" or "all"."""
        data = self.load(download)
        parts = ("train", "test") if split == "all" else (split,)
        images = np.concatenate([data[f"x_{part}"] for part in parts])
        labels = np.concatenate([data[f"y_{part}"] for part in parts])
        return images if images.ndim == 4 else images[..., None], labels.astype(np.int64)

    def load(self, download: bool) -> Arrays:
        """Take the first place that has it: what lies here before what must be fetched."""
        place = self.place()
        if place:
            return self.read_place(place)
        if self.prepared_by_tfds():
            return self.from_tfds(download=False)
        if not download:
            raise FileNotFoundError(self._advice("download=False"))
        problems = []
        for fetch in (self.from_keras, self.from_tfds):
            try:
                with impatient():
                    return fetch()
            except Exception as problem:  # each library has its own for a network that is not there
                problems.append(first_line(problem))
        raise FileNotFoundError(self._advice(f"it could not be fetched: {problems[0]}"))

    def place(self) -> Path | None:
        """Return what there is in `$CCV_DATA` (npz first), else in Keras's cache."""
        keras = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras") / "datasets"
        places = [keras / f"{self.name}.npz", keras / (self.keras_file or self.file)]
        ours = data_folder()
        if ours:
            places = [ours / f"{self.name}.npz", ours / self.file, *places]
        return next((place for place in places if place.exists()), None)

    def prepared_by_tfds(self) -> Path | None:
        """Return the folder where TFDS has prepared it."""
        return prepared_by_tfds(self.name)

    def read_place(self, path: Path) -> Arrays:
        """Read and check; ValueError names the file and what is wrong with it."""
        try:
            data = _read_npz(path) if path.suffix == ".npz" or not self.read else self.read(path)
        except (
            OSError,
            ValueError,
            EOFError,
            TypeError,
            AttributeError,
            KeyError,
            zipfile.BadZipFile,
            zlib.error,
        ) as problem:
            raise ValueError(self._damaged(path, f"it cannot be read ({first_line(problem)})")) from None
        missing = [key for key in KEYS if key not in data]
        if missing:
            raise ValueError(self._damaged(path, f"it has no {', '.join(missing)}"))
        for part in ("train", "test"):
            labels = data[f"y_{part}"]
            if labels.ndim == 2 and labels.shape[1] == 1:  # as keras.datasets has CIFAR's
                data[f"y_{part}"] = labels[:, 0]
            wrong = self._wrong(data[f"x_{part}"], data[f"y_{part}"])
            if wrong:
                raise ValueError(self._damaged(path, f"in its {part} part {wrong}"))
        return data

    def from_keras(self) -> Arrays:
        """Let Keras download it into its cache."""
        log.warning("downloading %s (%d MB) from %s into Keras's cache", self.title, self.megabytes, self.url)
        import keras

        (x_train, y_train), (x_test, y_test) = getattr(keras.datasets, self.name).load_data()
        return dict(zip(KEYS, (x_train, y_train.reshape(-1), x_test, y_test.reshape(-1)), strict=True))

    def from_tfds(self, download: bool = True) -> Arrays:
        """Let TFDS read it, or download it."""
        if download:
            log.warning("downloading %s (%d MB) through tensorflow_datasets", self.title, self.megabytes)
            reach(self.tfds_url)  # its own downloader would wait for ever
        tfds = import_tfds()
        place = self.prepared_by_tfds()
        data = {}
        for part in ("train", "test"):
            if place and not download:
                raw = tfds.builder_from_directory(place).as_dataset(split=part, batch_size=-1)
            else:
                raw = tfds.load(self.name, split=part, batch_size=-1, download=download)
            batch: Any = tfds.as_numpy(raw)
            data[f"x_{part}"] = batch["image"].reshape(-1, *self.shape)
            data[f"y_{part}"] = batch["label"]
        return data

    def _wrong(self, images: np.ndarray, labels: np.ndarray) -> str | None:
        """Say what is wrong with a part, or None."""
        if images.shape[1:] != self.shape or images.dtype != np.uint8:
            shape = ", ".join(map(str, self.shape))
            return f"the images are {images.dtype} {images.shape}, not uint8 (count, {shape})"
        if labels.ndim != 1 or labels.dtype.kind not in "iu" or len(labels) != len(images):
            return f"the labels are {labels.dtype} {labels.shape}, not {len(images)} integers"
        if not len(labels):
            return "there is no image"
        if labels.min() < 0 or labels.max() >= CLASSES:
            return f"the labels are not all from 0 to {CLASSES - 1}"
        return None

    def _advice(self, why: str) -> str:
        setting = os.environ.get("CCV_DATA")
        kinds = " or ".join(dict.fromkeys((f"{self.name}.npz", self.file)))
        looked = f"CCV_DATA={setting} has no {kinds}" if setting else "CCV_DATA is not set"
        return (
            f"{self.title} is not on this machine ({looked}; {why}): download {self.url} where there is a network, "
            f"put it as {self.file} into a folder and set CCV_DATA to that folder, or use the data set 'digits', "
            "which needs no file"
        )

    def _damaged(self, path: Path, what: str) -> str:
        return f"{path} is not {self.title} as keras.datasets stores it: {what}; replace it by {self.url}"


def data_folder() -> Path | None:
    """Return `$CCV_DATA`, or None where it is not set."""
    setting = os.environ.get("CCV_DATA")
    return Path(setting).expanduser() if setting else None


def prepared_by_tfds(name: str) -> Path | None:
    """Return the folder where TFDS has prepared a data set: in `$CCV_DATA`, else where TFDS keeps them."""
    roots = [Path(os.environ.get("TFDS_DATA_DIR") or Path.home() / "tensorflow_datasets").expanduser()]
    ours = data_folder()
    if ours:
        roots.insert(0, ours)
    infos = (info.parent for root in roots for info in sorted(root.glob(f"{name}/*/dataset_info.json")))
    return next(infos, None)


def import_tfds() -> Any:
    """Import TFDS; to prepare a data set, 4.9.10 needs importlib_resources, which it does not require.

    Python has the same since 3.11 as importlib.resources.
    """
    if not tensorflow_there():
        raise NotInstalled("what TensorFlow Datasets has prepared", "TensorFlow", "tensorflow")
    if sys.version_info >= (3, 11) and importlib.util.find_spec("importlib_resources") is None:
        importlib.import_module("importlib.resources.abc")
        sys.modules["importlib_resources"] = importlib.import_module("importlib.resources")
    try:
        import tensorflow_datasets
    except ImportError as error:
        raise NotInstalled("this data set", "TensorFlow Datasets", "data") from error
    return tensorflow_datasets


def reach(url: str) -> None:
    """Raise OSError where a server does not answer within TIMEOUT."""
    with urllib.request.urlopen(url, timeout=TIMEOUT):
        pass


@contextlib.contextmanager
def impatient() -> Iterator[None]:
    """Give up on a silent server after TIMEOUT, which Keras's downloader lets one set for all sockets only."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(TIMEOUT)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def first_line(problem: Exception) -> str:
    """Return the first line of a message, or the kind of a problem that has none."""
    return str(problem).strip().split("\n")[0] or type(problem).__name__


def _read_npz(path: Path) -> Arrays:
    with np.load(path, allow_pickle=False) as archive:
        return {key: archive[key] for key in KEYS if key in archive}
