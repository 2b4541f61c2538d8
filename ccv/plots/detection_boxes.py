"""Boxes with labels on a picture: what stands out on any image, and a free place for every label."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke
from matplotlib.textpath import text_to_path

from ccv.plots.style import BLUE, GREEN, ORANGE, RED, WIDTH, checked, ink

COLORS = (ORANGE, BLUE, GREEN, RED, "#CC79A7", "#56B4E9", "#F0E442")  # by class, in turn
LABEL_FONT, PAD = 9.0, 1.5  # points
LINE = 1.3  # height of a line of text, in font sizes

Extent = tuple[float, float, float, float]  # left, bottom, right, top in points of the figure


class Box(NamedTuple):
    """A box to draw: x_min, y_min, x_max, y_max in pixels of the image, the name of its class and its score."""

    corners: np.ndarray
    name: str
    color: str
    score: float | None = None  # None: it is known to be there

    @property
    def rank(self) -> float:
        """How early it gets its label, and how late it is drawn."""
        return np.inf if self.score is None else self.score


def draw_boxes(panel: Axes, boxes: Iterable[Box], *, dashed: bool = False) -> None:
    """Draw the outlines, the surest on top, with a thin dark rim so that they show on any colour."""
    boxes = sorted(boxes, key=lambda box: box.rank)
    width = 2.0 if len(boxes) <= 20 else 1.2
    rim = withStroke(linewidth=width + 1.2, foreground="black", alpha=0.6)
    style: Any = {"fill": False, "linewidth": width, "linestyle": (0, (3, 2)) if dashed else "-", "path_effects": [rim]}
    for box in boxes:
        left, top, right, bottom = box.corners
        # imshow draws a pixel around its index, so that the picture's corner lies at (-0.5, -0.5).
        panel.add_patch(Rectangle((left - 0.5, top - 0.5), right - left, bottom - top, edgecolor=box.color, **style))


def draw_labels(panel: Axes, boxes: Iterable[Box]) -> int:
    """Write the labels beside their boxes, the surest first, inside the panel and none over another.

    The layout of the figure must be settled (`figure.draw_without_rendering()`). Returns how many found no place; a
    note in a corner says so.
    """
    room = _room(panel)
    places, crowded = _places(panel, boxes, room, [])
    if crowded:
        note = f"+ {crowded} labels"
        corner = (room[2] - text_width(note) - 2 * PAD, room[1], room[2], room[1] + LINE * LABEL_FONT + 2 * PAD)
        places, crowded = _places(panel, boxes, room, [corner])
        places.append((f"+ {crowded} labels", corner, "white"))
    for text, place, color in places:
        _write(panel, text, place, color)
    return crowded


def _places(
    panel: Axes, boxes: Iterable[Box], room: Extent, taken: list[Extent]
) -> tuple[list[tuple[str, Extent, str]], int]:
    """Return text, place and colour of the labels that find one, and how many find none."""
    places: list[tuple[str, Extent, str]] = []
    scale, crowded = 72 / panel.figure.dpi, 0
    for box in sorted(boxes, key=lambda box: -box.rank):
        score = "" if box.score is None else f"{box.score:.2f}"
        text = shortened(box.name, score, room[2] - room[0] - 2 * PAD)
        x_min, y_min, x_max, y_max = box.corners - 0.5
        (left, bottom), (right, top) = panel.transData.transform([(x_min, y_max), (x_max, y_min)]) * scale
        size = text_width(text) + 2 * PAD, LINE * LABEL_FONT + 2 * PAD
        place = free_place((left, bottom, right, top), size, room, [*taken, *(place for _, place, _ in places)])
        if place is None:
            crowded += 1
        elif text:
            places.append((text, place, box.color))
    return places, crowded


def free_place(
    box: Extent, size: tuple[float, float], room: Extent, taken: Sequence[Extent]
) -> tuple[float, float, float, float] | None:
    """Return where a label of `size` (width, height) goes: above the box, below, beside, or in it; None: nowhere.

    Inside `room` and over none of `taken`; a place that has to be moved to stay in the room comes after the others.

    >>> free_place((10, 10, 50, 50), (20, 8), (0, 0, 100, 100), [])
    (10, 50, 30, 58)
    >>> free_place((10, 10, 50, 100), (20, 8), (0, 0, 100, 100), [])
    (10, 2, 30, 10)
    """
    width, height = size
    left, bottom, right, top = box
    corners = [
        (left, top), (right - width, top), (left, bottom - height), (right - width, bottom - height),
        (right, top - height), (left - width, top - height), (right, bottom), (left - width, bottom),
        (left, top - height), (left, bottom), (right - width, bottom),
    ]  # fmt: skip
    inside = [(max(min(x, room[2] - width), room[0]), max(min(y, room[3] - height), room[1])) for x, y in corners]
    unmoved = [place for place, corner in zip(inside, corners, strict=True) if place == corner]
    for x, y in [*unmoved, *inside]:
        place = (x, y, x + width, y + height)
        if not any(_overlap(place, other) for other in taken):
            return place
    return None


def shortened(name: str, end: str, width: float) -> str:
    """Join a name and its end, and cut the name until both are no wider than so many points; at last the end too.

    >>> shortened("cat", "0.90", 200), shortened("a very long name of a class", "0.90", 60), shortened("", "0.90", 200)
    ('cat 0.90', 'a ver… 0.90', '0.90')
    """
    text = f"{name} {end}".strip()
    while text and text_width(text) > width:
        name, end = (name[:-1], end) if name else ("", end[:-1])
        text = f"{name}… {end}".strip() if name else end
    return text


def text_width(text: str) -> float:
    """Return the width of a label in points."""
    width, _, _ = text_to_path.get_text_width_height_descent(text, FontProperties(size=LABEL_FONT), ismath=False)
    return float(width) * 1.04 + 1  # a renderer rounds each letter to whole pixels


def enlarged(figure: Figure, headings: float) -> Figure:
    """Make few pictures larger than a grid of images has them, since they carry text; titles take `headings` inches."""
    width, height = figure.get_size_inches()
    factor = min(WIDTH / width, 1.9)
    figure.set_size_inches(width * factor, (height - headings) * factor + headings)
    return figure


def as_boxes(found: Any, class_names: Sequence[str] | None, name: str) -> list[Box]:
    """Return what (boxes, scores, labels) holds, without padding, or raise in one sentence."""
    try:
        corners, scores, labels = (np.asarray(part, dtype=float) for part in found)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{name} must be boxes (n, 4), scores (n,) and labels (n,), as a detector gives them"
        ) from error
    if corners.size and corners.shape != (len(labels), 4):
        raise ValueError(f"{name} must have boxes ({len(labels)}, 4) for its labels, not {corners.shape}")
    if scores.shape != labels.shape:
        raise ValueError(f"{name} must have as many scores as labels, not {len(scores)} and {len(labels)}")
    rows = zip(corners, scores, labels.astype(int), strict=True)
    return [
        Box(box, class_name(label, class_names), color_of(label), score) for box, score, label in rows if label >= 0
    ]


def as_truth(truth: Any, shape: Sequence[int], class_names: Sequence[str] | None, name: str) -> list[Box]:
    """Return the rows (boxes, 5) of an image (height, width), parts of it and a class, in pixels, without padding."""
    if not np.size(truth):
        return []
    rows = checked(truth, name, "(boxes, 5): x_min, y_min, x_max, y_max, class", (2,)).astype(float)
    if rows.shape[1] != 5:
        raise ValueError(f"{name} must be (boxes, 5): x_min, y_min, x_max, y_max, class, got the shape {rows.shape}")
    height, width = shape[:2]
    return [
        Box(row[:4] * (width, height, width, height), class_name(int(row[4]), class_names), color_of(int(row[4])))
        for row in rows
        if row[4] >= 0
    ]


def class_name(label: int, class_names: Sequence[str] | None) -> str:
    """Return the name of a class, or its number where there is none."""
    return str(class_names[label]) if class_names is not None and label < len(class_names) else str(label)


def color_of(label: int) -> str:
    """Return the colour of a class."""
    return COLORS[label % len(COLORS)]


def _overlap(a: Extent, b: Extent) -> bool:
    gap = 0.5
    return a[0] < b[2] - gap and b[0] < a[2] - gap and a[1] < b[3] - gap and b[1] < a[3] - gap


def _room(panel: Axes) -> Extent:
    window = panel.get_window_extent()
    left, bottom, right, top = (float(side) * 72 / panel.figure.dpi for side in window.extents)
    return left, bottom, right, top


def _write(panel: Axes, text: str, place: Extent, color: str) -> None:
    from matplotlib.colors import to_rgba

    pixels = panel.figure.dpi / 72
    # Where the data say, so that the label keeps its place whatever resolution the figure is saved in.
    x, y = panel.transData.inverted().transform(((place[0] + PAD) * pixels, (place[1] + PAD) * pixels))
    style: Any = {"facecolor": color, "edgecolor": "none", "pad": PAD, "alpha": 0.85}
    label = panel.text(x, y, text, fontsize=LABEL_FONT, color=ink(to_rgba(color)), va="bottom", ha="left", bbox=style)
    label.set_in_layout(False)
