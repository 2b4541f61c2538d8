"""From files to images of one size, by Pillow: what `photos.decode` does in `tf.data`, for where no TensorFlow is.

The pixels are the same but for rounding: Pillow rounds between the two directions of a resize, TensorFlow after it.
"""

import io
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ccv.data.facts import FORMATS, decode, patient_pillow
from ccv.data.pairs import Pairs
from ccv.data.plans import GREY, Plan, centre
from ccv.versions import tensorflow_there

FLIPS: tuple[Any, ...] = (slice(None), np.s_[:, ::-1], np.s_[::-1, ::-1], np.s_[::-1])


class Files:
    """Image files that are read as they are indexed, like an array `(count, height, width, channels)` of uint8."""

    dtype, ndim = np.dtype(np.uint8), 4

    def __init__(self, paths: Sequence[str], plans: Sequence[Plan], size: tuple[int, int], channels: int) -> None:
        self.paths, self.plans, self.shape = list(paths), list(plans), (len(paths), *size, channels)

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, which: Any) -> np.ndarray:
        numbers = np.arange(len(self))[which]
        if numbers.ndim == 0:
            return self._read(int(numbers))
        images = np.empty((len(numbers), *self.shape[1:]), self.dtype)
        with patient_pillow(), ThreadPoolExecutor(min(16, os.cpu_count() or 1)) as pool:
            for index, image in enumerate(pool.map(self._read, numbers.tolist())):
                images[index] = image
        return images

    def _read(self, number: int) -> np.ndarray:
        return read(self.paths[number], self.plans[number], self.shape[1:3], self.shape[3])


@dataclass(frozen=True)
class Listing:
    """What a dataset of files is made of: a path, a label and a plan for each image."""

    paths: list[str]
    labels: np.ndarray
    plans: list[Plan]
    size: tuple[int, int]
    channels: int

    @property
    def digests(self) -> list[str]:
        """The hash of each file's bytes."""
        return [plan.digest for plan in self.plans]


def dataset(
    paths: Sequence[str], labels: np.ndarray, plans: Sequence[Plan], size: tuple[int, int], channels: int
) -> Any:
    """Return single `(image, label)` pairs: a `tf.data.Dataset`, or `Pairs` where TensorFlow is not installed.

    Either way `.listing` says which files they are.
    """
    made: Any
    if tensorflow_there():
        from ccv.data.photos import decode as _decode

        made = _decode.dataset(paths, labels, plans, size, channels)
    else:
        made = Pairs(Files(paths, plans, size, channels), labels, [])
    made.listing = Listing(list(paths), labels, list(plans), size, channels)
    return made


def read(path: str, plan: Plan, size: tuple[int, int], channels: int) -> np.ndarray:
    """Read one file by its plan: uint8 `(*size, channels)`. Raises OSError where it cannot be read any more."""
    try:
        data = Path(path).read_bytes()
    except OSError as problem:
        raise OSError(f"{path}; {problem.strerror or problem}") from None
    image = decode(data, channels) if plan.decoder == "pillow" else _as_stored(data, plan, channels)
    if not plan.whole:
        image = resized(image, plan.window, plan.target)
    if plan.orientation > 4:
        image = image.transpose(1, 0, 2)
    image = image[FLIPS[(plan.orientation - 1) % 4]]
    if plan.upright == size:
        return image
    framed = np.full((*size, channels), GREY, np.uint8)
    (top, left), (height, width) = plan.corner, plan.upright
    framed[top : top + height, left : left + width] = image
    return framed


def fit(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Crop one uint8 image in the middle to the proportions of a size, and resize it."""
    return resized(image, centre(image.shape[0], image.shape[1], size), size)


def to_channels(images: np.ndarray, channels: int) -> np.ndarray:
    """Make grey of RGB (by luminance) or the other way round."""
    if images.shape[-1] == channels:
        return images
    if channels == 3:
        return np.repeat(images, 3, axis=-1)
    grey = images.astype(np.float32) @ np.array([0.2989, 0.587, 0.114], np.float32)  # tf.image.rgb_to_grayscale's
    return grey[..., None].astype(np.uint8)


def resized(image: np.ndarray, window: tuple[int, int, int, int], size: tuple[int, int]) -> np.ndarray:
    """Resize a window (top, left, height, width) by a triangle filter that widens when it shrinks (no aliasing)."""
    from PIL import Image

    top, left, height, width = window
    pixels = image[top : top + height, left : left + width]
    made = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    return np.asarray(made.resize(size[::-1], Image.Resampling.BILINEAR)).reshape(*size, -1)


def _as_stored(data: bytes, plan: Plan, channels: int) -> np.ndarray:
    """Decode a JPEG, reduced as planned, or a PNG, neither of them turned."""
    from PIL import Image

    mode = "RGB" if channels == 3 else "L"
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        if plan.decoder == "jpeg":
            image.draft(mode, (max(1, image.width // plan.shrink), max(1, image.height // plan.shrink)))
        pixels = np.asarray(image.convert(mode))
    return pixels.reshape(*pixels.shape[:2], channels)
