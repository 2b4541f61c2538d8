"""Sixteen Greek letters in many fonts on stained paper: a task that is hard to learn from five examples a class.

They are drawn from the fonts that Matplotlib carries, so that no file has to be fetched; another FreeType may
set a pixel differently.
"""

import numpy as np

from ccv.data.drawn.drawing import SPLITS, draw_splits, smooth_noise, upright
from ccv.data.drawn.lettering import DEJAVU, pose, sample, templates

__all__ = ["CLASS_NAMES", "SPLITS", "arrays", "found"]

LETTERS = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "eta": "η", "theta": "θ", "lambda": "λ",
    "mu": "μ", "xi": "ξ", "pi": "π", "sigma": "σ", "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω",
}  # fmt: skip
CLASS_NAMES = tuple(LETTERS)


def found() -> str:
    """Say that these need no file."""
    return "made by ccv"


def arrays(
    split: str = "train", *, count: int = 1_600, size: int = 32, seed: int = 0, channels: int = 3
) -> tuple[np.ndarray, np.ndarray]:
    """Draw `count` letters: uint8 `(count, size, size, channels)`, int64 labels `(count,)`, equally many of a class.

    Each takes one of twelve fonts, two colours, a place, size, slant and turn (20 degrees either way) of its
    own, is bent a little as if written by hand, and lies on stains with noise. "train" and "test" are `count`
    different images each, "all" one after the other; the same seed gives the same images. `count=80` is five
    of each class. Raises ValueError for a value that makes no sense.

    >>> images, labels = arrays(count=80, seed=3)
    >>> images.shape, str(images.dtype), np.bincount(labels).tolist() == [5] * 16
    ((80, 32, 32, 3), 'uint8', True)
    """
    return draw_splits(_draw, len(CLASS_NAMES), split, count=count, size=size, seed=seed, channels=channels)


def _draw(labels: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    n = len(labels)
    font = rng.integers(len(DEJAVU), size=n)
    u, v = pose(n, size, rng)
    ink = sample(templates("".join(LETTERS.values()), DEJAVU), labels * len(DEJAVU) + font, u, v)[..., None]
    paper, stain, pen = rng.random((3, n, 1, 1, 3), dtype=np.float32)
    paper, pen = 0.4 + 0.6 * paper, 0.4 * pen  # dark ink on light paper
    clouds = 0.5 + 0.25 * smooth_noise(n, size, rng, 1, 6, 1.0)[..., None]
    images = paper + 0.35 * (stain - paper) * np.clip(clouds, 0, 1)
    images += (pen - images) * ink
    images += upright(n, rng, 0.0, 0.08)[..., None] * rng.standard_normal(images.shape, dtype=np.float32)
    return images
