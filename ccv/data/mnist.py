"""MNIST: from `$CCV_DATA/mnist.npz`, else Keras's copy, else TFDS's; the latter two may download it (11 MB).

Source: LeCun et al. 1998, section III; images CC BY-SA 3.0.
"""

import contextlib
import logging
import os
import socket
import urllib.request
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

CLASS_NAMES = tuple("0123456789")
SPLITS = ("train", "test", "all")
URL = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
TFDS_URL = "https://storage.googleapis.com/cvdf-datasets/mnist/t10k-labels-idx1-ubyte.gz"
KEYS = ("x_train", "y_train", "x_test", "y_test")
SIDE = 28
TIMEOUT = 10.0  # seconds that a silent server gets

log = logging.getLogger("ccv.data")


def found() -> str | None:
    """Return the file or folder that MNIST would be read from, or None where it would have to be fetched."""
    place = _file() or _prepared_by_tfds()
    return str(place) if place else None


def arrays(split: str = "train", *, size: int = SIDE, download: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Return uint8 images `(count, size, size, 1)`, ink 255 on ground 0, and int64 labels `(count,)`.

    60,000 for "train", 10,000 for "test", "all" is one after the other. A `size` of 32 puts two blank
    pixels around the 28, as the LeNet-5 paper does. `download=False` takes only what is on this machine; a
    download is announced in the log. Raises FileNotFoundError where there is neither file nor network, and
    ValueError for a damaged file or another size.
    """
    if size not in (SIDE, 32):
        raise ValueError(f"size={size!r} must be 28, or 32 for the border that the LeNet-5 paper adds")
    images, labels = _pick(_read(download), split)
    border = (size - SIDE) // 2
    bordered = np.pad(images, ((0, 0), (border, border), (border, border)))
    return bordered[..., None], labels.astype(np.int64)


def _pick(data: dict[str, np.ndarray], split: str) -> tuple[np.ndarray, np.ndarray]:
    if split != "all":
        return data[f"x_{split}"], data[f"y_{split}"]
    return np.concatenate([data["x_train"], data["x_test"]]), np.concatenate([data["y_train"], data["y_test"]])


def _read(download: bool) -> dict[str, np.ndarray]:
    """Take the first place that has it: what lies here before what must be fetched."""
    place = _file()
    if place:
        return _read_file(place)
    if _prepared_by_tfds():
        return _from_tfds(download=False)
    if not download:
        raise FileNotFoundError(_advice("download=False"))
    problems = []
    for fetch in (_from_keras, _from_tfds):
        try:
            with _impatient():
                return fetch()
        except Exception as problem:  # each library has its own for a network that is not there
            problems.append(_first_line(problem))
    raise FileNotFoundError(_advice(f"it could not be fetched: {problems[0]}"))


def _file() -> Path | None:
    """Return the mnist.npz of `$CCV_DATA`, else that of Keras's cache."""
    folders = [Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras") / "datasets"]
    if os.environ.get("CCV_DATA"):
        folders.insert(0, Path(os.environ["CCV_DATA"]).expanduser())
    return next((folder / "mnist.npz" for folder in folders if (folder / "mnist.npz").is_file()), None)


def _prepared_by_tfds() -> Path | None:
    """Return the folder where TFDS has prepared MNIST."""
    root = Path(os.environ.get("TFDS_DATA_DIR") or Path.home() / "tensorflow_datasets").expanduser()
    return next((info.parent for info in sorted(root.glob("mnist/*/dataset_info.json"))), None)


def _read_file(path: Path) -> dict[str, np.ndarray]:
    """Read and check an mnist.npz; ValueError names the file and what is wrong with it."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            data = {key: archive[key] for key in KEYS if key in archive}
    except (OSError, ValueError, EOFError, TypeError, zipfile.BadZipFile, zlib.error) as problem:
        raise ValueError(_damaged(path, f"it cannot be read ({_first_line(problem)})")) from None
    missing = [key for key in KEYS if key not in data]
    if missing:
        raise ValueError(_damaged(path, f"it has no {', '.join(missing)}"))
    for part in ("train", "test"):
        wrong = _wrong(data[f"x_{part}"], data[f"y_{part}"])
        if wrong:
            raise ValueError(_damaged(path, f"in its {part} part {wrong}"))
    return data


def _wrong(images: np.ndarray, labels: np.ndarray) -> str | None:
    """Say what is wrong with a part, or None."""
    if images.ndim != 3 or images.shape[1:] != (SIDE, SIDE) or images.dtype != np.uint8:
        return f"the images are {images.dtype} {images.shape}, not uint8 (count, 28, 28)"
    if labels.ndim != 1 or labels.dtype.kind not in "iu" or len(labels) != len(images):
        return f"the labels are {labels.dtype} {labels.shape}, not {len(images)} integers"
    if not len(labels):
        return "there is no image"
    if labels.min() < 0 or labels.max() > 9:
        return "the labels are not all from 0 to 9"
    return None


def _from_keras() -> dict[str, np.ndarray]:
    log.warning("downloading MNIST (11 MB) from %s into Keras's cache", URL)
    import keras

    (x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
    return dict(zip(KEYS, (x_train, y_train, x_test, y_test), strict=True))


def _from_tfds(download: bool = True) -> dict[str, np.ndarray]:
    if download:
        log.warning("downloading MNIST (11 MB) through tensorflow_datasets")
        _reach(TFDS_URL)  # its own downloader would wait for ever
    import tensorflow_datasets as tfds

    data = {}
    for part in ("train", "test"):
        batch: Any = tfds.as_numpy(tfds.load("mnist", split=part, batch_size=-1, download=download))
        data[f"x_{part}"], data[f"y_{part}"] = batch["image"][..., 0], batch["label"]
    return data


def _reach(url: str) -> None:
    """Raise OSError where a server does not answer within TIMEOUT."""
    with urllib.request.urlopen(url, timeout=TIMEOUT):
        pass


@contextlib.contextmanager
def _impatient() -> Iterator[None]:
    """Give up on a silent server after TIMEOUT, which Keras's downloader lets one set for all sockets only."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(TIMEOUT)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def _advice(why: str) -> str:
    setting = os.environ.get("CCV_DATA")
    looked = f"CCV_DATA={setting} has no mnist.npz" if setting else "CCV_DATA is not set"
    return (
        f"MNIST is not on this machine ({looked}; {why}): download {URL} where there is a network, put it into "
        "a folder and set CCV_DATA to that folder, or use the data set 'digits', which needs no file"
    )


def _damaged(path: Path, what: str) -> str:
    return f"{path} is not MNIST as keras.datasets stores it: {what}; replace it by {URL}"


def _first_line(problem: Exception) -> str:
    return str(problem).strip().split("\n")[0] or type(problem).__name__
