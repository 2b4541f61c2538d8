"""What the drawn data sets share: checks of counts, colours, the random streams of splits, and bytes from floats."""

from collections.abc import Callable

import numpy as np

from ccv.checks import check_whole

SPLITS = ("train", "test", "all")
CHUNK = 256  # images drawn at a time, which bounds the memory

Draw = Callable[[np.ndarray, int, np.random.Generator], np.ndarray]


def draw_splits(
    draw: Draw, classes: int, split: str, *, count: int, size: int, seed: int, channels: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return uint8 images `(count, size, size, channels)` and balanced int64 labels; twice as many for "all".

    `draw(labels, size, rng)` gives float32 `(len(labels), size, size, 3)` from 0 to 1. Each split has its own
    random stream. Raises ValueError for a value that makes no sense.
    """
    for name, value, least in (("count", count, 1), ("size", size, 8), ("seed", seed, 0)):
        check_whole(name, value, least)
    if channels not in (1, 3):
        raise ValueError(f"channels={channels!r} must be 1 (grey) or 3 (RGB)")
    parts = ("train", "test") if split == "all" else (split,)
    images = np.empty((len(parts) * count, size, size, channels), np.uint8)
    labels = np.empty(len(images), np.int64)
    for part, start in zip(parts, range(0, len(images), count), strict=True):
        rng = np.random.default_rng([seed, SPLITS.index(part)])
        labels[start : start + count] = rng.permutation(np.arange(count) % classes)
        for first in range(start, start + count, CHUNK):
            chunk = slice(first, min(first + CHUNK, start + count))
            images[chunk] = to_bytes(draw(labels[chunk], size, rng), channels)
    return images, labels


def colours(n: int, how_many: int, rng: np.random.Generator, apart: float = 0.45) -> np.ndarray:
    """Return `(n, how_many, 3)` random RGB colours; each is at least `apart` from the first, by brightness or hue.

    A colour too near to the first is mirrored to the other side of the cube's middle.
    """
    drawn = rng.random((n, how_many, 3), dtype=np.float32)
    near = np.linalg.norm(drawn[:, 1:] - drawn[:, :1], axis=-1) < apart
    drawn[:, 1:][near] = (drawn[:, 1:][near] + 0.5) % 1.0
    return drawn


def upright(n: int, rng: np.random.Generator, low: float, high: float) -> np.ndarray:
    """Return `(n, 1, 1)` uniform float32 numbers, which broadcast over the pixels of n images."""
    return rng.uniform(low, high, (n, 1, 1)).astype(np.float32)


def centres(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the pixels' centres, y `(1, size, 1)` and x `(1, 1, size)`, from -1 to 1."""
    line = ((np.arange(size, dtype=np.float32) + 0.5) * 2 / size - 1).astype(np.float32)
    return line[None, :, None], line[None, None, :]


def smooth_noise(n: int, size: int, rng: np.random.Generator, low: float, high: float, power: float) -> np.ndarray:
    """Return `(n, size, size)` Gaussian noise of variance 1 with frequencies from `low` to `high` cycles a side.

    The amplitude falls as frequency**-power: 0 is white, 1 is the clouds of natural images.
    """
    fy, fx = np.fft.fftfreq(size, 1 / size)[:, None], np.fft.rfftfreq(size, 1 / size)[None]
    frequency = np.hypot(fy, fx)
    band = (frequency >= low) & (frequency <= high)
    weight = np.where(band, np.maximum(frequency, 1) ** -power, 0).astype(np.float32)
    spectrum = np.fft.rfft2(rng.standard_normal((n, size, size), dtype=np.float32)) * weight
    noise = np.fft.irfft2(spectrum, (size, size)).astype(np.float32)
    return noise / np.maximum(noise.std(axis=(1, 2), keepdims=True), 1e-6)


def to_bytes(images: np.ndarray, channels: int) -> np.ndarray:
    """Return uint8 of 0 to 1; one channel is the luminance."""
    if channels == 1:
        images = images @ np.array([[0.299], [0.587], [0.114]], np.float32)
    return np.clip(np.rint(images * 255), 0, 255).astype(np.uint8)
