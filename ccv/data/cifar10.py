"""CIFAR-10: 60,000 small colour photographs, from `$CCV_DATA`, else Keras's copy or TFDS's, else the network.

`$CCV_DATA` may hold cifar10.npz or the original cifar-10-python.tar.gz.
Source: A. Krizhevsky, "Learning multiple layers of features from tiny images", 2009.
"""

import io
import pickle
import tarfile
from pathlib import Path
from typing import Any

import numpy as np

from ccv.data.stored.stored import KEYS, Arrays, Stored

CLASS_NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
SPLITS = ("train", "test", "all")
SIDE = 32
SIZES = (SIDE,)
BATCHES = (*(f"data_batch_{number}" for number in range(1, 6)), "test_batch")


class _ArraysOnly(pickle.Unpickler):
    """The files are pickles: NumPy arrays may be built, nothing else may be called."""

    def find_class(self, module: str, name: str) -> Any:
        if (module.replace("_core", "core"), name) == ("numpy.core.multiarray", "_reconstruct"):
            return np.empty(0).__reduce__()[0]
        if module == "numpy" and name in ("ndarray", "dtype"):
            return getattr(np, name)
        if (module, name) == ("_codecs", "encode"):  # how newer pickles write bytes for older Pythons
            import codecs

            return codecs.encode
        raise ValueError(f"it would call {module}.{name}, and only arrays are read")


def _read(place: Path) -> Arrays:
    """Read the archive, or the folder that Keras unpacks."""
    try:
        batches = [_batch(content) for content in (_from_folder(place) if place.is_dir() else _from_archive(place))]
    except (tarfile.TarError, pickle.UnpicklingError) as problem:
        raise ValueError(str(problem)) from None
    images = [images.reshape(-1, 3, SIDE, SIDE).transpose(0, 2, 3, 1) for images, _ in batches]
    labels = [np.asarray(labels) for _, labels in batches]
    parts = (np.concatenate(images[:-1]), np.concatenate(labels[:-1]), images[-1], labels[-1])
    return dict(zip(KEYS, parts, strict=True))


def _from_folder(place: Path) -> list[bytes]:
    inner = place / "cifar-10-batches-py"
    return [((inner if inner.is_dir() else place) / name).read_bytes() for name in BATCHES]


def _from_archive(place: Path) -> list[bytes]:
    with tarfile.open(place) as archive:
        members = {Path(member.name).name: member for member in archive if member.isfile()}
        files = [archive.extractfile(members[name]) for name in BATCHES]
        return [file.read() for file in files if file]


def _batch(content: bytes) -> tuple[np.ndarray, list[int]]:
    data = _ArraysOnly(io.BytesIO(content), encoding="bytes").load()
    return data[b"data"], data[b"labels"]


STORED = Stored(
    name="cifar10",
    title="CIFAR-10",
    shape=(SIDE, SIDE, 3),
    url="https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
    file="cifar-10-python.tar.gz",
    megabytes=170,
    tfds_url="https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
    read=_read,
    keras_file="cifar-10-batches-py-target",
)


def found() -> str | None:
    """Return the file or folder that it would be read from, or None where it would have to be fetched."""
    return STORED.found()


def arrays(split: str = "train", *, size: int = SIDE, download: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Return uint8 RGB images `(count, 32, 32, 3)` and int64 labels `(count,)`.

    50,000 for "train", 10,000 for "test", "all" is one after the other. `download` and errors as for MNIST.
    """
    if size not in SIZES:
        raise ValueError(f"size={size!r} must be 32: splits('cifar10', size=...) resizes")
    return STORED.arrays(split, download)
