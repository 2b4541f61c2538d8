"""A graph as boxes and arrows: a module with its branches, a shortcut, a U, several heads."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path

from ccv.plots.network_layout import Place, places
from ccv.plots.network_volumes import COLORS, HATCHED, LINE, MARGIN, text_width
from ccv.plots.style import described, new_figure, styled, tint

PAD = 0.12  # inches between a text and the edge of its box
APART = (0.4, 0.42)  # inches between columns, and between rows
LANE = 0.25  # inches from a box to the arrow that passes it
ARROW: Any = {"arrowstyle": "-|>", "mutation_scale": 12, "color": "0.3", "linewidth": 1.5, "shrinkA": 0, "shrinkB": 1}

Point = tuple[float, float]


class Block(NamedTuple):
    """A box: its lines of text, the part that it plays, the numbers of the boxes that it reads, how coarse it is."""

    text: str
    role: str = "other"
    after: tuple[int, ...] = ()
    level: int | None = None


class _Box(NamedTuple):
    """Where a box is, in inches: its middle and half of its sides."""

    x: float
    y: float
    half_width: float
    half_height: float


@styled
def blocks(steps: Sequence[Any], *, title: str | None = None) -> Figure:
    """Draw boxes and arrows from the top down; where the network comes back to finer maps, a row for each resolution.

    Args:
        steps: for each box `(text, role, after, level)`, as in `Block`: roles as in `volumes`, `after` the numbers of
            earlier boxes that it reads, `level` the logarithm of its stride, or None.
        title: above the figure.

    Raises:
        ValueError: there are none, or one reads a box that does not come before it.

    >>> figure = blocks([("x", "input"), ("conv", "convolution", (0,)), ("add", "merge", (0, 1))])
    >>> [text.get_text() for text in figure.axes[0].texts], len(figure.axes[0].patches)
    (['x', 'conv', 'add'], 6)
    """
    given = [Block(*step) for step in steps]
    if not given or any(at not in range(number) for number, block in enumerate(given) for at in block.after):
        raise ValueError("steps must hold at least one box, and each must read boxes that come before it")
    boxes = _boxes(given, places([block.after for block in given], [block.level for block in given]))
    ways = [_way(boxes, at, number) for number, block in enumerate(given) for at in block.after]
    xs = [x for way in ways for x, _ in way] + [b.x + side * b.half_width for b in boxes for side in (-1, 1)]
    ys = [b.y + side * b.half_height for b in boxes for side in (-1, 1)]
    width, height = max(xs) - min(xs) + 2 * MARGIN, max(ys) - min(ys) + 2 * MARGIN
    above = 2 * LINE if title else 0
    wide = max(width, text_width(title or "", 14) + 2 * MARGIN)
    figure = new_figure(wide, height + above, title, layout="none")
    axes = figure.add_axes((0, 0, 1, height / (height + above)))
    middle = (max(xs) + min(xs)) / 2
    axes.set(xlim=(middle - wide / 2, middle + wide / 2), ylim=(min(ys) - MARGIN, max(ys) + MARGIN))
    axes.axis("off")
    for way in ways:
        axes.add_patch(FancyArrowPatch(path=Path(way), **ARROW))
    for block, box in zip(given, boxes, strict=True):
        _draw_box(axes, block, box)
    return described(figure, f"A network as boxes and arrows: {'; '.join(_in_words(given))}.")


def _in_words(given: list[Block]) -> list[str]:
    """Say of each box what it holds and which it reads, where that is not the one before it."""
    names = [block.text.replace("\n", ", ") for block in given]
    short = [block.text.split("\n")[0] for block in given]
    said = []
    for number, block in enumerate(given):
        branches = block.after not in {(), (number - 1,)}
        said.append(names[number] + f" (after {' and '.join(short[at] for at in block.after)})" * branches)
    return said


def _boxes(given: list[Block], at: list[Place]) -> list[_Box]:
    """Return the boxes in inches: columns as wide as the widest box, rows as high as their highest."""
    halves = [(text_width(b.text) / 2 + PAD, LINE * (b.text.count("\n") + 1) / 2 + PAD * 0.7) for b in given]
    pitch = 2 * max(half for half, _ in halves) + APART[0]
    rows: dict[float, float] = {}
    for (_, row), (_, half) in zip(at, halves, strict=True):
        rows[row] = max(rows.get(row, 0), half)
    levels, y = {}, 0.0
    for row in sorted(rows):
        levels[row] = y - rows[row]
        y -= 2 * rows[row] + APART[1]
    return [_Box(column * pitch, levels[row], *half) for (column, row), half in zip(at, halves, strict=True)]


def _way(boxes: list[_Box], start: int, end: int) -> list[Point]:
    """Return the corners of an arrow: the simplest that meets no other box."""
    others = [box for number, box in enumerate(boxes) if number not in {start, end}]
    tries = _ways(boxes[start], boxes[end])
    free = (way for way in tries if not any(_meets(leg, box) for leg in pairwise(way) for box in others))
    return next(free, None) or _beside(boxes[start], boxes[end], boxes)


def _ways(one: _Box, other: _Box) -> list[list[Point]]:
    """The ways between two boxes that need no detour, the simplest first."""
    if one.y == other.y:
        return [[(one.x + one.half_width, one.y), (other.x - other.half_width, other.y)]]
    top, bottom = (other.x, other.y + other.half_height), (other.x, other.y - other.half_height)
    if other.y < one.y:
        start = (one.x, one.y - one.half_height)
        return [[start, top], [start, (one.x, top[1] + 0.8 * APART[1]), top]]
    if one.x == other.x:
        return [[(one.x, one.y + one.half_height), bottom]]
    corner = (one.x + 0.6 * one.half_width, one.y + one.half_height)
    return [[(one.x + one.half_width, one.y), (other.x, one.y), bottom], [corner, bottom]]


def _beside(one: _Box, other: _Box, boxes: list[_Box]) -> list[Point]:
    """The way around all boxes between two, on the side where the first stands, or on the right."""
    low, high = sorted((one.y, other.y))
    passed = [box for box in boxes if low <= box.y <= high]
    side = -1 if one.x < other.x else 1
    lane = side * (max(side * box.x + box.half_width for box in passed) + LANE)
    ahead = 0.4 if other.y < one.y else -0.4  # where one shortcut ends another may begin: not at the same height
    start, end = one.y - ahead * one.half_height, other.y + ahead * other.half_height
    return [
        (one.x + side * one.half_width, start),
        (lane, start),
        (lane, end),
        (other.x + side * other.half_width, end),
    ]


def _meets(leg: tuple[Point, Point], box: _Box) -> bool:
    """Say whether a straight piece of an arrow runs through a box."""
    (x0, y0), (x1, y1) = leg
    points = ((x0 + (x1 - x0) * t / 50, y0 + (y1 - y0) * t / 50) for t in range(51))
    return any(abs(x - box.x) < box.half_width + 0.03 and abs(y - box.y) < box.half_height + 0.03 for x, y in points)


def _draw_box(axes: Axes, block: Block, box: _Box) -> None:
    color = COLORS.get(block.role, tint("#D55E00", 0.4))
    corner = box.x - box.half_width, box.y - box.half_height
    style = "round,pad=0,rounding_size=0.08"
    line = "--" if block.role in HATCHED else "-"
    axes.add_patch(
        FancyBboxPatch(
            corner,
            2 * box.half_width,
            2 * box.half_height,
            style,
            fc=tint(color, 0.65),
            ec="0.6" if block.role == "input" else tint(color, 0),
            lw=2,
            ls=line,
        )
    )
    axes.text(box.x, box.y, block.text, ha="center", va="center", linespacing=1.15)
