"""Images before and after augmentation, a row for each, with their boxes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from ccv.plots.pictures import image_grid
from ccv.plots.style import BLUE, GREEN, ORANGE, RED, checked, styled

COLORS = (ORANGE, BLUE, GREEN, RED)  # by class, in turn; one of them stands out on any picture


@styled
def before_and_after(
    before: Any,
    after: Sequence[Any],
    titles: Sequence[Any] | None = None,
    *,
    boxes: Any = None,
    boxes_after: Sequence[Any] | None = None,
    class_names: Sequence[str] | None = None,
    title: str | None = None,
) -> Figure:
    """Show a row for each image: as it was, then its variants.

    Args:
        before: images (n, height, width, channels).
        after: for each image a list of as many variants, each (height, width, channels).
        titles: for every panel, row by row, such as labels; None says "before" and counts the variants.
        boxes: for each image rows (left, top, right, bottom, class) in pixels; class -1 is padding.
        boxes_after: for each image and variant such rows.
        class_names: what to write at a box, by class; None writes nothing.
        title: above the whole figure.

    Raises:
        TypeError: an image holds no real numbers.
        ValueError: an image has another shape, the rows have unequal lengths, or boxes are not given for each image.

    >>> len(before_and_after(np.zeros((2, 8, 8, 3)), np.zeros((2, 4, 8, 8, 3))).axes)
    10
    """
    rows = [[first, *variants] for first, variants in zip(before, after, strict=True)]
    columns = len(rows[0]) if rows else 0
    if any(len(row) != columns for row in rows):
        raise ValueError("after must have as many variants for each image")
    names = ["before", *(f"after {number}" for number in range(1, columns))] * len(rows)
    pictures = [picture for row in rows for picture in row]
    figure = image_grid(pictures, names if titles is None else titles, max(columns, 1), title=title)
    if boxes is None:
        return figure
    if boxes_after is None or len(boxes) != len(rows) or any(len(row) != columns - 1 for row in boxes_after):
        raise ValueError("boxes and boxes_after must have rows of boxes for each image and for each variant")
    tables = [table for first, variants in zip(boxes, boxes_after, strict=True) for table in (first, *variants)]
    for panel, table in zip(figure.axes, tables, strict=True):
        _draw_boxes(panel, table, class_names)
    return figure


def _draw_boxes(panel: Axes, table: Any, class_names: Sequence[str] | None) -> None:
    if not len(table):
        return
    for left, top, right, bottom, kind in checked(table, "boxes", "(n, 5): left, top, right, bottom, class", (2,)):
        if kind < 0:
            continue
        color = COLORS[int(kind) % len(COLORS)]
        # imshow draws a pixel around its index, so that the picture's corner lies at (-0.5, -0.5).
        corner, size = (left - 0.5, top - 0.5), (right - left, bottom - top)
        panel.add_patch(Rectangle(corner, *size, fill=False, edgecolor=color, linewidth=2))
        if class_names is not None:
            name = class_names[int(kind)] if int(kind) < len(class_names) else str(int(kind))
            style: Any = {"facecolor": color, "edgecolor": "none", "pad": 1}
            panel.text(*corner, name, fontsize=8, verticalalignment="top", bbox=style, clip_on=True)


def shares(label: Any, class_names: Sequence[str] | None = None) -> str:
    """Return a label as a title: a class's name or number, or the shares of a soft label, the largest first.

    >>> shares(1, ["cat", "dog"]), shares(np.array([0.3, 0.7, 0.0]))
    ('dog', '1 70 %, 0 30 %')
    """
    label = np.asarray(label)

    def name(kind: int) -> str:
        return str(kind) if class_names is None or kind >= len(class_names) else str(class_names[kind])

    if label.ndim == 0 or label.size == 1:
        return name(int(label.ravel()[0]))
    kinds = [int(kind) for kind in np.argsort(-label, kind="stable") if label[kind] > 0.005]
    if len(kinds) == 1:
        return name(kinds[0])
    return ", ".join(f"{name(kind)} {100 * label[kind]:.0f} %" for kind in kinds[:2])
