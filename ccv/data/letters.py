"""Letters of three alphabets in sixteen fonts, each turned, bent and moved a little: many classes to tell apart.

They are the Latin, Greek and Cyrillic letters, capital and small, of which no two look alike: of A, Alpha and the
Cyrillic A one is here, and so is one of c and C, since a letter fills its picture whatever its size. Drawn from the
fonts that Matplotlib carries, so that no file has to be fetched; another FreeType may set a pixel differently.
"""

import numpy as np

from ccv.data.drawn.drawing import SPLITS, draw_splits, upright
from ccv.data.drawn.lettering import DEJAVU, STIX, pose, sample, templates

__all__ = ["ALPHABETS", "CLASS_NAMES", "FONTS", "SPLITS", "arrays", "found"]

ALPHABETS = {
    "Latin": "ABCDEFGHIJKLMNOPQRSTUVWXYZabdefghijmnqrtuy",
    "Greek": "ΓΔΘΛΞΠΣΦΨΩαβγδεζηλμξπσςφω",
    "Cyrillic": "БДЖЗИЙЦЧШЩЪЫЭЮЯб",
}
CLASS_NAMES = tuple("".join(ALPHABETS.values()))
FONTS = DEJAVU + STIX
NOISE = 0.1  # the largest standard deviation, of a brightness from 0 to 1


def found() -> str:
    """Say that these need no file."""
    return "made by ccv"


def arrays(
    split: str = "train", *, count: int = 3_320, size: int = 32, seed: int = 0, channels: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Draw `count` letters: uint8 `(count, size, size, channels)`, int64 labels `(count,)`, equally many of a class.

    Dark ink on light paper, with noise. Each takes one of sixteen fonts and a place, size, slant and turn (20 degrees
    either way) of its own, and is bent a little as if written by hand. "train" and "test" are `count` different
    images each of *all* letters, "all" one after the other; to meet letters never seen, split by letter:
    `ccv.embedding.split_identities`. The same seed gives the same images. Raises ValueError for a value that makes no
    sense.

    >>> images, labels = arrays(count=166, seed=3)
    >>> images.shape, str(images.dtype), len(CLASS_NAMES), set(np.bincount(labels).tolist())
    ((166, 32, 32, 1), 'uint8', 83, {2})
    """
    return draw_splits(_draw, len(CLASS_NAMES), split, count=count, size=size, seed=seed, channels=channels)


def _draw(labels: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    n = len(labels)
    font = rng.integers(len(FONTS), size=n)
    u, v = pose(n, size, rng)
    ink = sample(templates("".join(CLASS_NAMES), FONTS), labels * len(FONTS) + font, u, v)
    images = 0.9 - 0.8 * ink
    images += upright(n, rng, 0.0, NOISE) * rng.standard_normal(images.shape, dtype=np.float32)
    return np.repeat(images[..., None], 3, axis=-1)
