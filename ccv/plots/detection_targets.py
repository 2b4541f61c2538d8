"""What a detector is taught: its targets as pictures."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from ccv.plots.cells import write_cells
from ccv.plots.style import (
    DIVERGING,
    FONT,
    SEQUENTIAL,
    SMALL,
    WIDTH,
    checked,
    color_limits,
    color_map,
    described,
    new_figure,
    styled,
)
from ccv.plots.words import clauses, listed, number

MOST_NUMBERED = 8  # cells on a side that are large enough for a number
MOST_MAPS = 16
UNTAUGHT: Any = {"facecolor": "0.93", "edgecolor": "0.7", "linewidth": 0}


@styled
def target_maps(target: Any, names: Sequence[str], *, title: str | None = None) -> Figure:
    """Show what each cell of a grid is taught: a map for each number of the target, with a row for each anchor.

    A cell that is taught nothing is hatched; every other has its colour and, on a small grid, its number, also where
    that is 0.

    Args:
        target: (rows, columns, numbers), or (rows, columns, anchors, numbers); nan where a cell is not taught a number.
        names: of the numbers, such as "x", "y", "width", "height", "objectness" and the classes.
        title: above the whole figure.

    Raises:
        TypeError: the target holds no real numbers.
        ValueError: it has another shape, or the names are not as many as the numbers.

    >>> panel = target_maps([[[0.5], [np.nan]], [[0.0], [np.nan]]], ["x"]).axes[0]
    >>> panel.get_title(), [text.get_text() for text in panel.texts], len(panel.patches)
    ('x', ['0.5', '', '0', ''], 2)
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
        owner, at = divmod(index, shown)
        panel = figure.add_subplot(down, across, index + 1)
        panel.set(title=names[at] if owner == 0 else "", xticks=[], yticks=[])
        if owners > 1 and at == 0:
            panel.set_ylabel(f"anchor {owner}")
        _draw_map(panel, values[:, :, owner, at], side / columns)
    told = clauses(_taught(values[:, :, owner], names, owner if owners > 1 else None) for owner in range(owners))
    return described(figure, f"What a grid of {rows} x {columns} cells is taught. {told}.")


def _taught(values: np.ndarray, names: Sequence[str], owner: int | None) -> str:
    """Read the numbers of the first cells that are taught more than 0."""
    cells = np.argwhere(np.nan_to_num(values).any(axis=-1))
    said = []
    for row, column in cells[:3]:
        taught = zip(names, values[row, column], strict=True)
        numbers = listed((f"{name} {number(value)}" for name, value in taught if np.isfinite(value)), 6)
        said.append(f"row {row}, column {column}: {numbers}")
    more = [f"{len(cells) - 3} more cells"] if len(cells) > 3 else []
    return ("" if owner is None else f"Anchor {owner}: ") + (", ".join(said + more) or "0 everywhere")


def _draw_map(panel: Any, values: np.ndarray, cell: float) -> None:
    low, high = color_limits(values)
    picture = panel.imshow(values, cmap=color_map(DIVERGING if low < 0 else SEQUENTIAL), vmin=low, vmax=high)
    panel.set_xticks(np.arange(1, values.shape[1]) - 0.5, minor=True)
    panel.set_yticks(np.arange(1, values.shape[0]) - 0.5, minor=True)
    panel.grid(which="minor", color="0.8", linewidth=0.5)
    panel.tick_params(which="both", length=0)
    for row, column in np.argwhere(np.isnan(values)):
        panel.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, hatch="///", **UNTAUGHT))
    font = min(FONT, cell * 72 / 2.6)
    if max(values.shape) > MOST_NUMBERED or font < SMALL:
        return
    texts = np.array([["" if np.isnan(value) else f"{value:.2g}" for value in row] for row in values], object)
    write_cells(panel, texts, picture.to_rgba(values), font)
