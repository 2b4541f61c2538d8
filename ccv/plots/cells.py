"""The cells of a drawn matrix: what is written in them, and a line around some."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from ccv.plots.style import FONT, ORANGE, ink

GLYPH, THIN = 0.64, 0.36  # widths of a digit, and of a point or sign, in font sizes


def printed(values: np.ndarray, fmt: str | None = None) -> np.ndarray:
    """Return the text of each number: whole numbers as such, others to two decimals, or as `fmt` says."""
    if fmt is None and values.dtype.kind == "b":
        values = values.astype(int)
    if fmt is None and values.dtype.kind == "f":
        fmt = ".0f" if (np.isfinite(values) & (values == np.rint(values))).all() else ".2f"
    try:
        texts = [format(value, fmt or "d") for value in values.ravel().tolist()]
    except (TypeError, ValueError) as error:
        raise ValueError(f"fmt={fmt!r} cannot print {values.dtype}: pass a format such as 'd' or '.2f'") from error
    texts = [text.lstrip("-") if not text.strip("-0.") else text for text in texts]  # no -0.00
    return np.array(texts, object).reshape(values.shape)


def font_for(texts: np.ndarray, cell: float) -> float:
    """Return the largest size, in points, in which each of the texts fits a cell of so many inches."""
    return min(FONT, cell * 72 * 0.92 / widest(texts), cell * 72 * 0.7)


def widest(texts: np.ndarray) -> float:
    """Return the width of the widest text, in font sizes."""
    return max(sum(THIN if letter in ".-" else GLYPH for letter in text) for text in texts.ravel()) or GLYPH


def write_cells(axes: Axes, texts: np.ndarray, colors: np.ndarray, font: float) -> None:
    """Write a text (rows, columns) into every cell, black or white as its colour (rows, columns, 4) asks."""
    for row, column in np.ndindex(texts.shape):
        color = ink(colors[row, column])
        axes.text(column, row, str(texts[row, column]), ha="center", va="center", fontsize=font, color=color)


def marked_cells(shape: tuple[int, ...], highlight: Any, name: str) -> np.ndarray:
    """Return a mask of the cells that an index means, or raise ValueError with what to pass."""
    marked = np.zeros(shape, bool)
    if highlight is None:
        return marked
    try:
        marked[highlight] = True
    except (IndexError, TypeError, ValueError) as error:
        raise ValueError(
            f"highlight is no index of {name} with shape {shape}: pass (row, column),"
            " np.s_[0:3, 0:3] or a boolean mask of that shape"
        ) from error
    return marked


def outline(axes: Axes, marked: np.ndarray) -> None:
    """Draw a line where a marked cell meets one that is not."""
    padded = np.pad(marked, 1)
    horizontal = padded[1:, :] != padded[:-1, :]
    vertical = padded[:, 1:] != padded[:, :-1]
    sides = [((column - 1.5, column - 0.5), (row - 0.5, row - 0.5)) for row, column in np.argwhere(horizontal)]
    sides += [((column - 0.5, column - 0.5), (row - 1.5, row - 0.5)) for row, column in np.argwhere(vertical)]
    for x, y in sides:
        axes.plot(x, y, "-", color=ORANGE, linewidth=4, solid_capstyle="projecting", clip_on=False, zorder=3)
