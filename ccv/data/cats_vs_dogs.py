"""23,262 photographs of cats and dogs; from `$CCV_DATA/cats_vs_dogs` or TFDS, which may download them (786 MB).

Source: J. Elson et al., "Asirra", ACM CCS 2007.
"""

from typing import Any

import numpy as np

from ccv.data.photos.photos import SPLITS, Photos

__all__ = ["CLASS_NAMES", "SPLITS", "arrays", "dataset", "found", "parts"]

CLASS_NAMES = ("cat", "dog")
PHOTOS = Photos(
    name="cats_vs_dogs",
    class_names=CLASS_NAMES,
    url="https://download.microsoft.com/download/3/E/1/3E1C3F21-ECDB-4869-8368-6DEBA77B919F/kagglecatsanddogs_5340.zip",
    megabytes=786,
)
found = PHOTOS.found
parts = PHOTOS.parts


def dataset(split: str = "train", *, size: int | tuple[int, int] = 224, download: bool = True) -> Any:
    """Return what `arrays` returns as a `tf.data.Dataset` that reads the images as they are needed."""
    return PHOTOS.dataset(split, size, download)


def arrays(
    split: str = "train", *, size: int | tuple[int, int] = 224, download: bool = True
) -> tuple[np.ndarray, np.ndarray]:
    """Return uint8 RGB images `(count, size, size, 3)` and int64 labels `(count,)`: 3.5 GB at 224 pixels.

    TFDS has one part: four fifths are "train" and one fifth "test" here. Photographs are cropped in the
    middle and resized. `download=False` takes only what is on this machine; a download is announced in the
    log. Raises FileNotFoundError where there are neither files nor network.
    """
    return PHOTOS.arrays(split, size, download)
