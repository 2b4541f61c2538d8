"""Images before and after augmentation, a row for each, with their boxes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ccv.plots.detection_boxes import Box, class_name, color_of, draw_boxes, draw_labels
from ccv.plots.pictures import image_grid
from ccv.plots.style import checked, described, styled
from ccv.plots.words import counted, listed

MOST_TITLES = 24


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
    variants = f"as it was, and {counted(columns - 1, 'variant')}"
    told = "" if titles is None else f" The titles, row by row: {listed(titles, MOST_TITLES)}."
    described(figure, f"{counted(len(rows), 'image')}, a row for each: {variants}.{told}")
    if boxes is None:
        return figure
    if boxes_after is None or len(boxes) != len(rows) or any(len(row) != columns - 1 for row in boxes_after):
        raise ValueError("boxes and boxes_after must have rows of boxes for each image and for each variant")
    tables = [table for first, variants in zip(boxes, boxes_after, strict=True) for table in (first, *variants)]
    drawn = [_boxes(table, class_names) for table in tables]
    for panel, found in zip(figure.axes, drawn, strict=True):
        draw_boxes(panel, found)
    if class_names is not None:
        figure.draw_without_rendering()  # the labels' places depend on the final size of the panels
        for panel, found in zip(figure.axes, drawn, strict=True):
            draw_labels(panel, found)
    return figure


def _boxes(table: Any, class_names: Sequence[str] | None) -> list[Box]:
    """Return the rows (left, top, right, bottom, class) of a table as boxes, without padding."""
    if not len(table):
        return []
    rows = checked(table, "boxes", "(n, 5): left, top, right, bottom, class", (2,))
    return [Box(row[:4], class_name(int(row[4]), class_names), color_of(int(row[4]))) for row in rows if row[4] >= 0]


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
