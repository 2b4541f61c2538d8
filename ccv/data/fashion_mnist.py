"""Fashion-MNIST: 70,000 grey pictures of clothes, from `$CCV_DATA`, else Keras's copy or TFDS's, else the network.

`$CCV_DATA` may hold fashion_mnist.npz or the four original files in a folder fashion-mnist.
Source: H. Xiao, K. Rasul, R. Vollgraf, 2017, arXiv:1708.07747 (MIT licence).
"""

import gzip
from pathlib import Path

import numpy as np

from ccv.data.stored.stored import KEYS, Arrays, Stored

CLASS_NAMES = (
    *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
    *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
)
SPLITS = ("train", "test", "all")
SIDE = 28
SIZES = (SIDE, 32)
FILES = (
    *("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"),
    *("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"),
)


def _read(folder: Path) -> Arrays:
    return dict(zip(KEYS, (_idx(folder / name) for name in FILES), strict=True))


def _idx(path: Path) -> np.ndarray:
    """Read LeCun's format: two zeros, 8 for unsigned bytes, the number of axes, their lengths, the bytes."""
    raw = gzip.decompress(path.read_bytes())
    if raw[:3] != b"\x00\x00\x08":
        raise ValueError(f"{path.name} is no IDX file of bytes")
    shape = np.frombuffer(raw, ">u4", count=raw[3], offset=4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(shape)


STORED = Stored(
    name="fashion_mnist",
    title="Fashion-MNIST",
    shape=(SIDE, SIDE),
    url="https://storage.googleapis.com/tensorflow/tf-keras-datasets/{" + ",".join(FILES) + "}",
    file="fashion-mnist",
    megabytes=30,
    tfds_url="http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/t10k-labels-idx1-ubyte.gz",
    read=_read,
)


def found() -> str | None:
    """Return the file or folder that it would be read from, or None where it would have to be fetched."""
    return STORED.found()


def arrays(split: str = "train", *, size: int = SIDE, download: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Return uint8 images `(count, size, size, 1)`, cloth bright on ground 0, and int64 labels `(count,)`.

    60,000 for "train", 10,000 for "test", "all" is one after the other; a `size` of 32 has two blank pixels
    around the 28. `download` and errors as for MNIST.
    """
    if size not in SIZES:
        raise ValueError(f"size={size!r} must be 28, or 32 for a border of two pixels")
    images, labels = STORED.arrays(split, download)
    border = (size - SIDE) // 2
    return np.pad(images, ((0, 0), (border, border), (border, border), (0, 0))), labels
