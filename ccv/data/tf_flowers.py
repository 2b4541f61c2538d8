"""3,670 photographs of five kinds of flowers; from `$CCV_DATA/tf_flowers` or TFDS, which may download them (218 MB).

Source: The TensorFlow Team, "Flowers", 2019; photographs CC BY by their authors.
"""

from typing import Any

import numpy as np

from ccv.data.photos.photos import SPLITS, Photos

__all__ = ["CLASS_NAMES", "SPLITS", "arrays", "dataset", "found", "parts"]

CLASS_NAMES = ("dandelion", "daisy", "tulips", "sunflowers", "roses")
PHOTOS = Photos(
    name="tf_flowers",
    class_names=CLASS_NAMES,
    url="http://download.tensorflow.org/example_images/flower_photos.tgz",
    megabytes=218,
)
found = PHOTOS.found
parts = PHOTOS.parts


def dataset(split: str = "train", *, size: int | tuple[int, int] = 224, download: bool = True) -> Any:
    """Return what `arrays` returns as a `tf.data.Dataset` that reads the images as they are needed."""
    return PHOTOS.dataset(split, size, download)


def arrays(
    split: str = "train", *, size: int | tuple[int, int] = 224, download: bool = True
) -> tuple[np.ndarray, np.ndarray]:
    """Return uint8 RGB images `(count, size, size, 3)` and int64 labels `(count,)`: 0.5 GB at 224 pixels.

    TFDS has one part: four fifths are "train" and one fifth "test" here. Photographs are cropped in the
    middle and resized. `download=False` takes only what is on this machine; a download is announced in the
    log. Raises FileNotFoundError where there are neither files nor network.
    """
    return PHOTOS.arrays(split, size, download)
