"""An operation as a few frames side by side: what every such drawing shares."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from ccv.plots.cells import font_for, outline, write_cells
from ccv.plots.style import WIDTH, color_map, new_figure
from ccv.plots.words import number

CAPTION = 10.0  # points
MOST_FRAMES = 6


def frames(count: int, heights: tuple[float, ...], lines: int, title: str | None) -> tuple[Figure, Any]:
    """Return a figure and its panels (rows, count), without frames and ticks.

    Args:
        count: how many frames stand side by side.
        heights: of each row, as a part of a frame's width.
        lines: of text below a frame.
        title: above the whole figure.
    """
    side = WIDTH / max(count, 3)
    height = sum(heights) * side + 0.2 * lines + 0.3 + 0.5 * bool(title)
    figure = new_figure(side * count, height, title)
    panels = figure.subplots(len(heights), count, squeeze=False, height_ratios=heights)
    for panel in panels.flat:
        panel.set(xticks=[], yticks=[], aspect="equal", anchor="N")
        panel.spines[:].set_visible(False)
    return figure, panels


def draw_cells(panel: Axes, values: np.ndarray, room: int, limits: tuple[float, float], cmap: str) -> np.ndarray:
    """Draw a matrix in the middle of so many columns, grey where a number is missing, and return its colours."""
    rows, columns = values.shape
    edges = np.arange(columns + 1) - 0.5, np.arange(rows + 1) - 0.5
    look: Any = {"vmin": limits[0], "vmax": limits[1], "edgecolors": "0.5", "linewidth": 0.6}
    picture = panel.pcolormesh(*edges, np.ma.masked_invalid(values), cmap=color_map(cmap), **look)
    panel.set(xlim=((columns - room) / 2 - 0.6, (columns + room) / 2 - 0.4), ylim=(rows - 0.4, -0.6))
    return np.asarray(color_map(cmap)(picture.norm(np.ma.masked_invalid(values))))


def write_numbers(panel: Axes, values: np.ndarray, colors: np.ndarray, room: int, count: int) -> None:
    """Write the numbers that are there, as large as the cells of so many columns in so many frames allow."""
    texts = np.vectorize(lambda value: "" if np.isnan(value) else number(value), otypes=[object])(values)
    write_cells(panel, texts, colors, font_for(texts, WIDTH / count / (room + 1)))


def mark(panel: Axes, shape: tuple[int, ...], place: Any) -> None:
    """Draw a line around the cells that an index means."""
    marked = np.zeros(shape, bool)
    marked[place] = True
    outline(panel, marked)


def draw_box(panel: Axes, box: Any, **look: Any) -> None:
    """Draw a box x_min, y_min, x_max, y_max, empty unless told otherwise."""
    left, top, right, bottom = box
    panel.add_patch(Rectangle((left, top), right - left, bottom - top, **{"facecolor": "none"} | look))
