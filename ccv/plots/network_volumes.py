"""The classic picture of a network: a box for each map, as high as its resolution and as thick as its channels."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, Polygon
from matplotlib.textpath import TextPath

from ccv.plots.style import BLUE, FONT, GREEN, ORANGE, WIDTH, described, new_figure, styled, tint

# What a volume was made by, and its colour. In grey their lightness tells them apart: .34, .53, .73, .92.
COLORS: dict[str, Any] = {
    "convolution": BLUE,
    "block": BLUE,  # and hatched
    "dense": tint(GREEN, 0.2),
    "pooling": tint(ORANGE, 0.25),
    "input": "0.92",
}
HATCHED = {"block", "merge", "upsampling", "other"}
HIGHEST, THICKEST = 1.7, 0.7  # inches
GAP, SPACE = 0.45, 0.15  # inches between two volumes, for the arrow, and between two texts
SLANT = (0.22, 0.14)  # how far the back of a volume lies to the right and up, as a share of its height
MARGIN, LINE = 0.15, 0.2  # inches
Shape = tuple[int | None, ...]


class Volume(NamedTuple):
    """A map (height, width, channels) or a vector (units,), what made it, in words, and the part that this plays."""

    shape: Shape
    operation: str = ""
    role: str = "convolution"


class _Box(NamedTuple):
    """How large a volume is drawn, in inches; `across` is its width with the slanted side."""

    volume: Volume
    height: float
    thickness: float
    across: float

    @property
    def size(self) -> str:
        """What is written under it."""
        return size(self.volume.shape)


@styled
def volumes(steps: Sequence[Any], *, title: str | None = None) -> Figure:
    """Draw a network as volumes, from the left to the right, and where they are many in several rows.

    Args:
        steps: for each volume `(shape, operation, role)`, as in `Volume`: its shape without the batch, what made it
            ("conv 5x5"), and "input", "convolution", "pooling", "dense", "block" or another role, which colours it.
        title: above the figure.

    Raises:
        ValueError: there are none, or a shape is empty.

    Heights and thicknesses are compressed, so that 7 is still seen beside 224: their order is right, not their ratio.

    >>> figure = volumes([((32, 32, 1), "", "input"), ((28, 28, 6), "conv 5x5"), ((14, 14, 6), "pool 2x2", "pooling")])
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['32 x 32 x 1', '28 x 28 x 6', 'conv 5x5', '14 x 14 x 6', 'pool 2x2']
    """
    given = [Volume(*step) for step in steps]
    if not given or not all(volume.shape for volume in given):
        raise ValueError("steps must hold at least one volume, each with a shape such as (28, 28, 6) or (120,)")
    rows = _rows(_boxes(given))
    width = max(_right(row) for row in rows) + MARGIN
    heights = [_room(row) for row in rows]
    above = 2 * LINE if title else 0
    figure = new_figure(width, sum(heights) + above, title, layout="none")
    axes = figure.add_axes((0, 0, 1, sum(heights) / (sum(heights) + above)))
    axes.set(xlim=(0, width), ylim=(-sum(heights), 0))
    axes.axis("off")
    for number, row in enumerate(rows):
        _draw_row(axes, row, -sum(heights[: number + 1]))
    return described(figure, f"A network as volumes: {', '.join(filter(None, map(_in_words, given)))}.")


def size(shape: Shape) -> str:
    """Write a shape as under a volume.

    >>> size((28, 28, 6)), size((None, None, 3)), size((120,))
    ('28 x 28 x 6', '? x ? x 3', '120')
    """
    return " x ".join("?" if n is None else str(n) for n in shape)


@lru_cache(1000)
def text_width(text: str, font: float = FONT) -> float:
    """Return the width of a text in inches, that of its longest line."""
    lines = [line for line in text.split("\n") if line.strip()]
    return max((TextPath((0, 0), line, size=font).get_extents().width for line in lines), default=0) / 72


def _in_words(volume: Volume) -> str:
    operation, made = volume.operation.replace("\n", " "), size(volume.shape)
    return operation if operation.endswith(f" {made}") else ", ".join(filter(None, (operation, made)))


def _boxes(given: list[Volume]) -> list[_Box]:
    side = max((n or 1 for volume in given for n in volume.shape[:-1]), default=1)
    deep = max(volume.shape[-1] or 1 for volume in given)
    boxes = []
    for volume in given:
        channels = ((volume.shape[-1] or 1) / deep) ** 0.5
        if len(volume.shape) == 1:  # a vector stands upright
            boxes.append(_Box(volume, max(0.8 * HIGHEST * channels, 0.25), 0.12, 0.12))
            continue
        height = max(HIGHEST * ((volume.shape[0] or side) / side) ** 0.5, 0.15)
        thickness = max(THICKEST * channels, 0.06)
        boxes.append(_Box(volume, height, thickness, thickness + SLANT[0] * height))
    return boxes


def _rows(boxes: list[_Box]) -> list[list[_Box]]:
    """Break the volumes into as few rows as are no wider than a notebook, all about as long."""
    rows = _broken(boxes, WIDTH - MARGIN)
    tries = (_broken(boxes, most) for most in np.arange(2, WIDTH - MARGIN, 0.2))
    return next((even for even in tries if len(even) == len(rows)), rows)


def _broken(boxes: list[_Box], most: float) -> list[list[_Box]]:
    rows: list[list[_Box]] = [[]]
    for box in boxes:
        if rows[-1] and _right([*rows[-1], box]) > most:
            rows.append([])
        rows[-1].append(box)
    return rows


def _middles(row: list[_Box]) -> list[float]:
    """Return where the middles of a row's volumes are, from the left, so that no texts meet."""
    first = row[0]
    arrow = max(first.across / 2 + GAP, text_width(first.volume.operation) + 2 * SPACE) if first.volume.operation else 0
    middles = [MARGIN + max(first.across / 2, text_width(first.size) / 2, arrow)]
    for before, box in pairwise(row):
        sizes = (text_width(before.size) + text_width(box.size)) / 2 + SPACE
        drawn = (before.across + box.across) / 2 + GAP
        middles.append(middles[-1] + max(sizes, drawn, text_width(box.volume.operation) + SPACE))
    return middles


def _right(row: list[_Box]) -> float:
    return _middles(row)[-1] + max(row[-1].across, text_width(row[-1].size)) / 2


def _room(row: list[_Box]) -> float:
    """Return the inches that a row needs, with the texts above and below."""
    lines = max(box.volume.operation.count("\n") + 1 for box in row)
    return max(box.height for box in row) * (1 + SLANT[1]) + LINE * (lines + 2) + MARGIN


def _draw_row(axes: Axes, row: list[_Box], bottom: float) -> None:
    """Draw volumes around one middle line, sizes below the highest, operations above the arrows."""
    ground = bottom + 1.5 * LINE
    level = ground + max(box.height for box in row) / 2
    end, top, before = MARGIN / 2, 0.0, 0.0  # right edge, upper edge and middle of the volume before
    for box, middle in zip(row, _middles(row), strict=True):
        left, own_top = middle - box.across / 2, box.height / 2 + (box.across - box.thickness) * SLANT[1] / SLANT[0]
        _draw_volume(axes, box, left, level - box.height / 2)
        axes.text(middle, ground - LINE / 2, box.size, ha="center", va="top")
        if box.volume.operation:
            _draw_arrow(axes, end, left, level)
            place = (before + middle) / 2, level + max(top, own_top) + LINE / 3
            axes.text(*place, box.volume.operation, ha="center", va="bottom", linespacing=1.1)
        end, top, before = left + box.across, own_top, middle


def _draw_arrow(axes: Axes, start: float, end: float, height: float) -> None:
    style: Any = {"arrowstyle": "-|>", "mutation_scale": 12, "color": "0.3", "linewidth": 1.5}
    axes.add_patch(FancyArrowPatch((start, height), (end, height), shrinkA=3, shrinkB=3, **style))


def _draw_volume(axes: Axes, box: _Box, left: float, bottom: float) -> None:
    """Draw the front of a volume, and of a map also its upper and right side, darker than the front."""
    color = to_rgb(COLORS.get(box.volume.role, tint(ORANGE, 0.6)))
    right, top = left + box.thickness, bottom + box.height
    faces = [(((left, bottom), (right, bottom), (right, top), (left, top)), 1.0)]
    if len(box.volume.shape) > 1:
        back, up = SLANT[0] * box.height, SLANT[1] * box.height
        faces.append((((left, top), (right, top), (right + back, top + up), (left + back, top + up)), 0.88))
        faces.append((((right, bottom), (right + back, bottom + up), (right + back, top + up), (right, top)), 0.75))
    hatch = "///" if box.volume.role in HATCHED else None
    for corners, light in faces:
        shade = tuple(light * part for part in color)
        axes.add_patch(Polygon(corners, facecolor=shade, edgecolor="white" if hatch else "0.15", lw=0.8, hatch=hatch))
        axes.add_patch(Polygon(corners, fill=False, edgecolor="0.15", lw=0.8))
