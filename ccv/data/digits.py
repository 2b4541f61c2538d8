"""Scikit-learn's 1,797 real handwritten digits of 8x8 pixels, enlarged on request; no network.

Source: E. Alpaydin, C. Kaynak, "Optical recognition of handwritten digits", UCI, 1998 (CC BY 4.0).
"""

import importlib.util
from typing import Any

import numpy as np

from ccv.checks import check_whole
from ccv.names import check_name

CLASS_NAMES = tuple("0123456789")
SPLITS = ("train", "test", "all")
SIDE = 8
HELD_OUT = 5  # every fifth image of each class is for the test


def found() -> str | None:
    """Say whether scikit-learn, which carries the images, is installed."""
    return "inside scikit-learn" if importlib.util.find_spec("sklearn") else None


def arrays(
    split: str = "train", *, size: int = SIDE, interpolation: str = "bicubic", margin: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Return uint8 images `(count, size, size, 1)`, ink 255 on ground 0, and int64 labels `(count,)`.

    The held-out split is fixed and stratified: every fifth image of each class is "test", the others are
    "train"; "all" has the 1,797 in their original order. `size` enlarges the 8x8 pixels by "nearest",
    "bilinear" or "bicubic" `interpolation`; `margin` keeps so many of the new pixels blank on each side, as
    MNIST keeps four. Raises ValueError for a size under 8, an unknown interpolation, or a margin that
    leaves under 8 pixels.

    >>> images, labels = arrays("test", size=28)
    >>> images.shape, str(images.dtype)
    ((355, 28, 28, 1), 'uint8')
    """
    inner = _check_sizes(size, margin)
    check_name("interpolation", interpolation, KERNELS)
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    chosen = _members(labels, split)
    images = pixels[chosen].reshape(-1, SIDE, SIDE) * (255 / 16)
    if inner != SIDE:
        weights = _enlarging(inner, interpolation)
        images = weights @ images @ weights.T
    images = np.clip(np.round(images), 0, 255).astype(np.uint8)
    bordered = np.pad(images, ((0, 0), (margin, margin), (margin, margin)))
    return bordered[..., None], labels[chosen].astype(np.int64)


def _members(labels: np.ndarray, split: str) -> np.ndarray:
    """Return the indices of a split: the rank of an image within its class decides."""
    if split == "all":
        return np.arange(len(labels))
    rank = np.empty(len(labels), dtype=int)
    for label in np.unique(labels):
        rank[labels == label] = np.arange(np.count_nonzero(labels == label))
    held_out = rank % HELD_OUT == HELD_OUT - 1
    return np.flatnonzero(held_out if split == "test" else ~held_out)


def _box(distance: np.ndarray) -> np.ndarray:
    """Take the nearest; of two that are equally near, the later, as TensorFlow does."""
    nearest = distance.shape[1] - 1 - np.argmin(distance[:, ::-1], axis=1)
    return np.eye(distance.shape[1])[nearest]


def _tent(distance: np.ndarray) -> np.ndarray:
    return np.clip(1 - distance, 0, None)


def _keys(distance: np.ndarray) -> np.ndarray:
    """Keys's cubic with a = -1/2, as TensorFlow and Pillow have it."""
    near = 1.5 * distance**3 - 2.5 * distance**2 + 1
    far = -0.5 * distance**3 + 2.5 * distance**2 - 4 * distance + 2
    return np.where(distance < 1, near, np.where(distance < 2, far, 0))


KERNELS = {"nearest": _box, "bilinear": _tent, "bicubic": _keys}


def _enlarging(size: int, interpolation: str) -> np.ndarray:
    """Return `(size, 8)`: how each new row mixes the old ones, pixel centres lying at half integers."""
    centres = (np.arange(size) + 0.5) * SIDE / size - 0.5
    weights = KERNELS[interpolation](np.abs(centres[:, None] - np.arange(SIDE)))
    return weights / weights.sum(axis=1, keepdims=True)


def _check_sizes(size: Any, margin: Any) -> int:
    """Return the pixels that the digit itself gets."""
    for name, value, least in (("size", size, SIDE), ("margin", margin, 0)):
        check_whole(name, value, least)
    inner = int(size) - 2 * int(margin)
    if inner < SIDE:
        raise ValueError(f"margin={margin} leaves {inner} of {size} pixels: a digit needs at least {SIDE}")
    return inner
