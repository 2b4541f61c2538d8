"""Sixteen Greek letters in many fonts on stained paper: a task that is hard to learn from five examples a class.

They are drawn from the fonts that Matplotlib carries, so that no file has to be fetched; another FreeType may
set a pixel differently.
"""

import functools
from pathlib import Path
from typing import Any

import numpy as np

from ccv.data._drawing import SPLITS, centres, draw_splits, smooth_noise, upright

__all__ = ["CLASS_NAMES", "SPLITS", "arrays", "found"]

LETTERS = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "eta": "η", "theta": "θ", "lambda": "λ",
    "mu": "μ", "xi": "ξ", "pi": "π", "sigma": "σ", "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω",
}  # fmt: skip
CLASS_NAMES = tuple(LETTERS)
FONTS = tuple(
    f"DejaVu{family}"
    for family in (
        *("Sans", "Sans-Bold", "Sans-Oblique", "Sans-BoldOblique"),
        *("Serif", "Serif-Bold", "Serif-Italic", "Serif-BoldItalic"),
        *("SansMono", "SansMono-Bold", "SansMono-Oblique", "SansMono-BoldOblique"),
    )
)
SIDE = 64  # pixels of a drawn letter, from which the images are sampled


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
    templates = _templates()
    font = rng.integers(len(FONTS), size=n)
    u, v = _pose(n, size, rng)
    ink = _sample(templates, labels * len(FONTS) + font, u, v)[..., None]
    paper, stain, pen = rng.random((3, n, 1, 1, 3), dtype=np.float32)
    paper, pen = 0.4 + 0.6 * paper, 0.4 * pen  # dark ink on light paper
    clouds = 0.5 + 0.25 * smooth_noise(n, size, rng, 1, 6, 1.0)[..., None]
    images = paper + 0.35 * (stain - paper) * np.clip(clouds, 0, 1)
    images += (pen - images) * ink
    images += upright(n, rng, 0.0, 0.08)[..., None] * rng.standard_normal(images.shape, dtype=np.float32)
    return images


def _pose(n: int, size: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return where in its template, from -1 to 1, each pixel of each image looks."""
    y, x = centres(size)
    y, x = y - upright(n, rng, -0.15, 0.15), x - upright(n, rng, -0.15, 0.15)
    y = y + 0.04 * smooth_noise(n, size, rng, 1, 3, 1.0)
    x = x + 0.04 * smooth_noise(n, size, rng, 1, 3, 1.0)
    angle = np.deg2rad(upright(n, rng, -20, 20))
    scale, slant = upright(n, rng, 0.7, 0.95), upright(n, rng, -0.2, 0.2)
    u, v = np.cos(angle) * x + np.sin(angle) * y, np.cos(angle) * y - np.sin(angle) * x
    return (u + slant * v) / (scale * upright(n, rng, 0.8, 1.25)), v / scale


def _sample(templates: np.ndarray, which: np.ndarray, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Read the templates between their pixels (bilinear); outside of them there is no ink."""
    row, column = ((w + 1) * SIDE / 2 - 0.5 for w in (v, u))
    row, column = (np.clip(w, 0, SIDE - 1.001) for w in (row, column))
    top, left = row.astype(np.int32), column.astype(np.int32)
    down, right = row - top, column - left
    flat = templates.reshape(-1)
    corner = which[:, None, None] * SIDE * SIDE + top * SIDE + left
    upper = flat[corner] * (1 - right) + flat[corner + 1] * right
    lower = flat[corner + SIDE] * (1 - right) + flat[corner + SIDE + 1] * right
    return upper * (1 - down) + lower * down


@functools.cache
def _templates() -> np.ndarray:
    """Return `(letters * fonts, SIDE, SIDE)`: ink 1 on ground 0, each centred, as large as a blank border lets it."""
    import matplotlib
    from PIL import ImageFont

    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    fonts = [ImageFont.truetype(str(folder / f"{name}.ttf"), 96) for name in FONTS]
    drawn = [_letter(letter, font) for letter in LETTERS.values() for font in fonts]
    return np.stack(drawn)


def _letter(letter: str, font: Any) -> np.ndarray:
    from PIL import Image, ImageDraw

    left, top, right, bottom = font.getbbox(letter)
    canvas = Image.new("L", (right - left, bottom - top))
    ImageDraw.Draw(canvas).text((-left, -top), letter, fill=255, font=font)
    shrink = (SIDE - 8) / max(canvas.size)
    canvas = canvas.resize([max(1, round(side * shrink)) for side in canvas.size], Image.Resampling.BOX)
    framed = Image.new("L", (SIDE, SIDE))
    framed.paste(canvas, ((SIDE - canvas.width) // 2, (SIDE - canvas.height) // 2))
    return np.asarray(framed, np.float32) / 255
