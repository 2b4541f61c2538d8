"""What drawn letters share: the fonts that Matplotlib carries, a template of each letter, and how it lies on paper.

Another FreeType may set a pixel differently.
"""

import functools
from pathlib import Path
from typing import Any

import numpy as np

from ccv.data.drawn.drawing import centres, smooth_noise, upright

DEJAVU = tuple(
    f"DejaVu{family}"
    for family in (
        *("Sans", "Sans-Bold", "Sans-Oblique", "Sans-BoldOblique"),
        *("Serif", "Serif-Bold", "Serif-Italic", "Serif-BoldItalic"),
        *("SansMono", "SansMono-Bold", "SansMono-Oblique", "SansMono-BoldOblique"),
    )
)
STIX = ("STIXGeneral", "STIXGeneralBol", "STIXGeneralItalic", "STIXGeneralBolIta")
SIDE = 64  # pixels of a template, from which the images are sampled


def pose(n: int, size: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return where in its template, from -1 to 1, each pixel of each image looks: u and v, `(n, size, size)`."""
    y, x = centres(size)
    y, x = y - upright(n, rng, -0.15, 0.15), x - upright(n, rng, -0.15, 0.15)
    y = y + 0.04 * smooth_noise(n, size, rng, 1, 3, 1.0)
    x = x + 0.04 * smooth_noise(n, size, rng, 1, 3, 1.0)
    angle = np.deg2rad(upright(n, rng, -20, 20))
    scale, slant = upright(n, rng, 0.7, 0.95), upright(n, rng, -0.2, 0.2)
    u, v = np.cos(angle) * x + np.sin(angle) * y, np.cos(angle) * y - np.sin(angle) * x
    return (u + slant * v) / (scale * upright(n, rng, 0.8, 1.25)), v / scale


def sample(drawn: np.ndarray, which: np.ndarray, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Read templates `(count, SIDE, SIDE)` between their pixels (bilinear); outside of them there is no ink."""
    row, column = ((w + 1) * SIDE / 2 - 0.5 for w in (v, u))
    row, column = (np.clip(w, 0, SIDE - 1.001) for w in (row, column))
    top, left = row.astype(np.int32), column.astype(np.int32)
    down, right = row - top, column - left
    flat = drawn.reshape(-1)
    corner = which[:, None, None] * SIDE * SIDE + top * SIDE + left
    upper = flat[corner] * (1 - right) + flat[corner + 1] * right
    lower = flat[corner + SIDE] * (1 - right) + flat[corner + SIDE + 1] * right
    return upper * (1 - down) + lower * down


@functools.cache
def templates(letters: str, fonts: tuple[str, ...]) -> np.ndarray:
    """Return `(letters * fonts, SIDE, SIDE)`: ink 1 on ground 0, each centred, as large as a blank border lets it."""
    import matplotlib
    from PIL import ImageFont

    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    loaded = [ImageFont.truetype(str(folder / f"{name}.ttf"), 96) for name in fonts]
    return np.stack([_template(letter, font) for letter in letters for font in loaded])


def _template(letter: str, font: Any) -> np.ndarray:
    from PIL import Image, ImageDraw

    left, top, right, bottom = font.getbbox(letter)
    canvas = Image.new("L", (right - left, bottom - top))
    ImageDraw.Draw(canvas).text((-left, -top), letter, fill=255, font=font)
    shrink = (SIDE - 8) / max(canvas.size)
    canvas = canvas.resize([max(1, round(side * shrink)) for side in canvas.size], Image.Resampling.BOX)
    framed = Image.new("L", (SIDE, SIDE))
    framed.paste(canvas, ((SIDE - canvas.width) // 2, (SIDE - canvas.height) // 2))
    return np.asarray(framed, np.float32) / 255
