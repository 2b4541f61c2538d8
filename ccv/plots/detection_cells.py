"""The grid of a detector: which cell answers for an object, on an image and in frames."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from ccv.checks import check_whole
from ccv.plots.detection_boxes import as_truth, draw_boxes, draw_labels, enlarged
from ccv.plots.frames import CAPTION, draw_box, frames
from ccv.plots.pictures import image_grid
from ccv.plots.style import GREEN, ORANGE, checked, described, styled
from ccv.plots.words import clauses


@styled
def grid_cells(
    image: Any,
    truth: Any,
    grid: int | tuple[int, int],
    *,
    class_names: Sequence[str] | None = None,
    title: str | None = None,
) -> Figure:
    """Draw the grid over an image, the objects with their midpoints, and the cells that hold these: they answer.

    Args:
        image: (height, width) or (height, width, channels).
        truth: (boxes, 5), x_min, y_min, x_max, y_max as parts of the image, and the class; -1 is padding.
        grid: cells on a side, or (rows, columns).
        class_names: by class; None writes numbers.
        title: above the figure.

    Raises:
        TypeError: image or truth hold no real numbers.
        ValueError: a shape is another, or the grid has no cell.

    Source: catalogue C-099: midpoint (0.53, 0.22) on 7x7 lies in column 3, row 1.

    >>> figure = grid_cells(np.zeros((70, 70)), [[0.43, 0.12, 0.63, 0.32, 0]], 7)
    >>> figure.axes[0].get_xlabel()
    'row 1, column 3'
    """
    rows, columns = grid if isinstance(grid, tuple) else (grid, grid)
    if min(rows, columns) < 1:
        raise ValueError(f"grid must have at least one cell, got {grid!r}")
    picture = np.asarray(image)
    figure = enlarged(image_grid([picture], title=title), 0.5 * bool(title))
    panel = figure.axes[0]
    height, width = picture.shape[:2]
    boxes = as_truth(truth, picture.shape, class_names, "truth")
    cell = width / columns, height / rows
    answers = []
    for box in boxes:
        x, y = (box.corners[:2] + box.corners[2:]) / 2
        column, row = min(int(x / cell[0]), columns - 1), min(int(y / cell[1]), rows - 1)
        corner = column * cell[0] - 0.5, row * cell[1] - 0.5
        panel.add_patch(Rectangle(corner, *cell, facecolor=box.color, edgecolor="black", alpha=0.5, hatch="//"))
        panel.plot(x - 0.5, y - 0.5, "o", color=box.color, markeredgecolor="black", ms=8)
        answers.append(f"row {row}, column {column}")
    grid_lines(panel, (rows, columns), picture.shape)
    panel.set_xticks((np.arange(columns) + 0.5) * cell[0] - 0.5, _numbers(columns), fontsize=10)
    panel.set_yticks((np.arange(rows) + 0.5) * cell[1] - 0.5, _numbers(rows), fontsize=10)
    panel.tick_params(length=0)
    panel.set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5))
    panel.set_xlabel("; ".join(answers) if len(answers) <= 3 else f"{len(set(answers))} cells answer")
    draw_boxes(panel, boxes)
    figure.draw_without_rendering()
    draw_labels(panel, boxes)
    told = clauses(f"{box.name} in {answer}" for box, answer in zip(boxes, answers, strict=True)) or "no object"
    return described(figure, f"An image under a grid of {rows} x {columns} cells. The cells that answer: {told}.")


@styled
def cell_frames(image: Any, box: Sequence[float], grid: int, *, title: str | None = None) -> Figure:
    """Draw how the cell that answers for an object is found: its midpoint, the grid, the cell, the place in the cell.

    Args:
        image: (height, width) or (height, width, channels).
        box: x_min, y_min, x_max, y_max as parts of the image.
        grid: cells on a side.
        title: above the whole figure.

    Raises:
        TypeError: image or box hold no real numbers.
        ValueError: another shape, a midpoint outside of the image, or no cell.

    >>> figure = cell_frames(np.zeros((70, 70)), [0.43, 0.12, 0.63, 0.32], 7)
    >>> figure.axes[-1].get_xlabel()
    'in the cell:\\nx 0.71, y 0.54'
    """
    picture = checked(image, "image", "(height, width) or (height, width, channels)", (2, 3))
    part = checked(box, "box", "x_min, y_min, x_max, y_max", (1,)).astype(float)
    if len(part) != 4:
        raise ValueError(f"box must be x_min, y_min, x_max, y_max, got the shape {part.shape}")
    middle = (part[:2] + part[2:]) / 2
    if not ((middle >= 0) & (middle < 1)).all():
        raise ValueError(f"the middle of box, {middle.tolist()}, must lie inside the image, 0 to 1")
    size = np.array(picture.shape[1::-1])
    cell = size / check_whole("grid", grid)
    column, row = (middle * grid).astype(int)
    offset = middle * grid - (column, row)
    corner = np.array([column, row]) * cell - 0.5
    figure, panels = frames(4, (size[1] / size[0],), 2, title)
    captions = (
        f"the midpoint:\nx {middle[0]:.2f}, y {middle[1]:.2f}",
        f"times {grid}:\nx {middle[0] * grid:.2f}, y {middle[1] * grid:.2f}",
        f"the cell that answers:\nrow {row}, column {column}",
        f"in the cell:\nx {offset[0]:.2f}, y {offset[1]:.2f}",
    )
    x, y = middle * size - 0.5
    for panel, caption in zip(panels[0], captions, strict=True):
        panel.imshow(picture, cmap="gray")
        draw_box(panel, part * np.tile(size, 2) - 0.5, edgecolor=GREEN, linewidth=2.5)
        panel.plot(x, y, "o", color=GREEN, markeredgecolor="white", ms=9, zorder=3)
        panel.set_xlabel(caption, fontsize=CAPTION)
    for panel in panels[0, 1:]:
        grid_lines(panel, (grid, grid), picture.shape)
    for panel in panels[0, 2:]:
        draw_box(panel, np.concatenate([corner, corner + cell]), edgecolor=ORANGE, linewidth=4, zorder=2)
    panels[0, 3].plot([corner[0], x, x], [y, y, corner[1]], "--", color=ORANGE)
    panels[0, 3].set(xlim=(corner[0], corner[0] + cell[0]), ylim=(corner[1] + cell[1], corner[1]))
    told = clauses(caption.replace(":\n", ": ") for caption in captions)
    return described(figure, f"Which cell of a grid of {grid} x {grid} answers for a box, in four frames: {told}.")


def grid_lines(panel: Axes, grid: tuple[int, int], shape: tuple[int, ...]) -> None:
    """Draw the lines of a grid (rows, columns) over an image (height, width), black on white: seen on any colour."""
    for draw, cells, side in ((panel.axhline, grid[0], shape[0]), (panel.axvline, grid[1], shape[1])):
        for line in range(1, cells):
            draw(line * side / cells - 0.5, color="white", linewidth=1.8, alpha=0.9)
            draw(line * side / cells - 0.5, color="black", linewidth=0.6)


def _numbers(count: int) -> list[str]:
    every = -(-count // 20)
    return [str(cell) if cell % every == 0 else "" for cell in range(count)]
