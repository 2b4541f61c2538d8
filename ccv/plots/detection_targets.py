"""What a detector is taught: the grid and the cells that answer, anchors, and targets as pictures."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from ccv.plots.detection_boxes import COLORS, as_truth, draw_boxes, draw_labels, enlarged
from ccv.plots.numerals import write_cells
from ccv.plots.pictures import image_grid
from ccv.plots.style import DIVERGING, FONT, SEQUENTIAL, WIDTH, checked, color_limits, color_map, new_figure, styled

MOST_NUMBERED = 8  # cells on a side that are large enough for a number
MOST_MAPS = 16


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
    for number in range(1, columns):
        panel.axvline(number * cell[0] - 0.5, color="white", linewidth=1.8, alpha=0.9)
        panel.axvline(number * cell[0] - 0.5, color="black", linewidth=0.6)
    for number in range(1, rows):
        panel.axhline(number * cell[1] - 0.5, color="white", linewidth=1.8, alpha=0.9)
        panel.axhline(number * cell[1] - 0.5, color="black", linewidth=0.6)
    panel.set_xticks((np.arange(columns) + 0.5) * cell[0] - 0.5, _numbers(columns), fontsize=10)
    panel.set_yticks((np.arange(rows) + 0.5) * cell[1] - 0.5, _numbers(rows), fontsize=10)
    panel.tick_params(length=0)
    panel.set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5))
    panel.set_xlabel("; ".join(answers) if len(answers) <= 3 else f"{len(set(answers))} cells answer")
    draw_boxes(panel, boxes)
    figure.draw_without_rendering()
    draw_labels(panel, boxes)
    return figure


@styled
def anchors(anchors: Any, sizes: Any = None, *, title: str | None = None) -> Figure:
    """Draw anchors as boxes from one corner, over the sizes of the boxes that they stand for.

    Args:
        anchors: (k, 2), width and height, as parts of the image or in pixels.
        sizes: (boxes, 2), of the training set, in the same unit; each is a dot at the corner of its box.
        title: above the figure.

    Raises:
        TypeError: they are no real numbers.
        ValueError: they have another shape.

    Source: "YOLO9000" (2017), figure 2.

    >>> len(anchors([[0.1, 0.2], [0.5, 0.4]], [[0.1, 0.3], [0.6, 0.4]]).axes[0].patches)
    2
    """
    shapes = _sizes(anchors, "anchors")
    figure = new_figure(6.5, 5.6, title)
    axes = figure.add_subplot()
    if sizes is not None:
        axes.plot(*_sizes(sizes, "sizes").T, ".", color="0.45", ms=4, alpha=0.4, zorder=1, label="boxes")
    order = np.argsort(-shapes.prod(axis=1), kind="stable")  # the large ones first, so that they hide none
    for number in order:
        width, height = shapes[number]
        color = COLORS[number % len(COLORS)]
        axes.add_patch(Rectangle((0, 0), width, height, fill=False, edgecolor=color, linewidth=2.5, zorder=2))
        axes.plot(width, height, "s", color=color, ms=8, markeredgecolor="black", zorder=3)
    axes.set(xlabel="width", ylabel="height", xlim=(0, None), ylim=(0, None))
    axes.autoscale_view()
    low = [axes.get_xlim()[1], axes.get_ylim()[1]]
    axes.set(xlim=(0, max(low[0], shapes[:, 0].max() * 1.05)), ylim=(0, max(low[1], shapes[:, 1].max() * 1.05)))
    axes.set_aspect("equal")
    labels = [f"{number}: {width:.3g} x {height:.3g}" for number, (width, height) in enumerate(shapes)]
    handles = [Rectangle((0, 0), 1, 1, color=COLORS[number % len(COLORS)]) for number in range(len(shapes))]
    # In the middle: at the upper corner a title as wide as the figure would run into it.
    figure.legend(handles, labels, loc="outside right center", title="anchors")
    return figure


@styled
def target_maps(target: Any, names: Sequence[str], *, title: str | None = None) -> Figure:
    """Show what each cell of a grid is taught: a map for each number of the target, with a row for each anchor.

    Args:
        target: (rows, columns, numbers), or (rows, columns, anchors, numbers).
        names: of the numbers, such as "x", "y", "width", "height", "objectness" and the classes.
        title: above the whole figure.

    Raises:
        TypeError: the target holds no real numbers.
        ValueError: it has another shape, or the names are not as many as the numbers.

    >>> figure = target_maps(np.eye(3)[..., None], ["objectness"])
    >>> figure.axes[0].get_title(), figure.axes[0].texts[0].get_text()
    ('objectness', '1')
    """
    values = checked(target, "target", "(rows, columns, numbers) or (rows, columns, anchors, numbers)", (3, 4))
    values = values.astype(float)
    values = values[:, :, None] if values.ndim == 3 else values
    rows, columns, owners, numbers = values.shape
    if isinstance(names, str) or len(names) != numbers:
        raise ValueError(f"names must be a list with one entry for each of {numbers} numbers, got {names!r}")
    shown = min(numbers, MOST_MAPS)
    if shown < numbers:
        title = f"{title}, {shown} of {numbers} numbers" if title else f"{shown} of {numbers} numbers"
    across = shown if owners > 1 else min(shown, 4)
    down = owners if owners > 1 else -(-shown // across)
    side = min(WIDTH / across, 3.0)
    figure = new_figure(
        max(side * across, 3),
        (side * rows / columns + (0.1 if owners > 1 else 0.35)) * down + (0.5 if title else 0),
        title,
    )
    for index in range(owners * shown):
        owner, number = divmod(index, shown)
        panel = figure.add_subplot(down, across, index + 1)
        panel.set(title=names[number] if owner == 0 else "", xticks=[], yticks=[])
        if owners > 1 and number == 0:
            panel.set_ylabel(f"anchor {owner}")
        _draw_map(panel, values[:, :, owner, number], side / columns)
    return figure


def _draw_map(panel: Any, values: np.ndarray, cell: float) -> None:
    low, high = color_limits(values)
    picture = panel.imshow(values, cmap=color_map(DIVERGING if low < 0 else SEQUENTIAL), vmin=low, vmax=high)
    panel.set_xticks(np.arange(1, values.shape[1]) - 0.5, minor=True)
    panel.set_yticks(np.arange(1, values.shape[0]) - 0.5, minor=True)
    panel.grid(which="minor", color="0.8", linewidth=0.5)
    panel.tick_params(which="both", length=0)
    if max(values.shape) > MOST_NUMBERED:
        return
    # 0 is what most cells are taught: a number there would only hide those that matter.
    texts = np.array([["" if value == 0 else f"{value:.2g}" for value in row] for row in values], object)
    write_cells(panel, texts, picture.to_rgba(values), min(FONT, cell * 72 / 2.6))


def _numbers(count: int) -> list[str]:
    every = -(-count // 20)
    return [str(number) if number % every == 0 else "" for number in range(count)]


def _sizes(values: Any, name: str) -> np.ndarray:
    array = checked(values, name, "(boxes, 2), width and height", (2,)).astype(float)
    if array.shape[1] != 2:
        raise ValueError(f"{name} must be (boxes, 2), width and height, got the shape {array.shape}")
    return array
