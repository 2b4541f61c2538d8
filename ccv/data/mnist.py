"""MNIST: from `$CCV_DATA/mnist.npz`, else Keras's copy, else TFDS's; the latter two may download it (11 MB).

Source: LeCun et al. 1998, section III; images CC BY-SA 3.0.
"""

import numpy as np

from ccv.data.stored.stored import Stored

CLASS_NAMES = tuple("0123456789")
SPLITS = ("train", "test", "all")
SIDE = 28
SIZES = (SIDE, 32)
STORED = Stored(
    name="mnist",
    title="MNIST",
    shape=(SIDE, SIDE),
    url="https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz",
    file="mnist.npz",
    megabytes=11,
    tfds_url="https://storage.googleapis.com/cvdf-datasets/mnist/t10k-labels-idx1-ubyte.gz",
)


def found() -> str | None:
    """Return the file or folder that MNIST would be read from, or None where it would have to be fetched."""
    return STORED.found()


def arrays(split: str = "train", *, size: int = SIDE, download: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Return uint8 images `(count, size, size, 1)`, ink 255 on ground 0, and int64 labels `(count,)`.

    60,000 for "train", 10,000 for "test", "all" is one after the other. A `size` of 32 puts two blank
    pixels around the 28, as the LeNet-5 paper does. `download=False` takes only what is on this machine; a
    download is announced in the log. Raises FileNotFoundError where there is neither file nor network, and
    ValueError for a damaged file or another size.
    """
    if size not in SIZES:
        raise ValueError(f"size={size!r} must be 28, or 32 for the border that the LeNet-5 paper adds")
    images, labels = STORED.arrays(split, download)
    border = (size - SIDE) // 2
    return np.pad(images, ((0, 0), (border, border), (border, border), (0, 0))), labels
