"""Matrices with their numbers written in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ccv.plots.cells import font_for, marked_cells, outline, printed, widest, write_cells
from ccv.plots.style import (
    DIVERGING,
    FONT,
    SEQUENTIAL,
    TITLE_FONT,
    WIDTH,
    checked,
    color_limits,
    color_map,
    described,
    new_figure,
    styled,
    wrapped,
)
from ccv.plots.words import clauses, listed, spoken

MIN_FONT = 6.0
MARGIN = 0.15  # inches


@styled
def matrix(
    values: Any,
    *,
    fmt: str | None = None,
    highlight: Any = None,
    title: str | None = None,
    cmap: str | None = None,
) -> Figure:
    """Draw a matrix with a number in every cell.

    Args:
        values: (rows, columns), integers, floats or booleans.
        fmt: how to print a number, such as `".3f"`; None prints whole numbers as such, and others to two decimals.
        highlight: cells to outline, given as an index: `(row, column)`, `np.s_[0:3, 0:3]`, or a boolean mask.
        title: above the matrix.
        cmap: the colour map; None takes a diverging one, centred on zero, where there are negative numbers.

    Raises:
        TypeError: the values are no real numbers.
        ValueError: the values are no matrix, or too many to read; or `fmt`, `highlight` or `cmap` does not fit.

    >>> [text.get_text() for text in matrix([[0.77, -0.11]]).axes[0].texts]
    ['0.77', '-0.11']
    """
    panel = _panel("values", values, fmt, highlight, title or "")
    return described(_row([panel], (), None, cmap), f"{_in_words(panel)}.")


@styled
def matrices(
    panels: Mapping[str, Any],
    operators: Sequence[str] = (),
    *,
    fmt: str | None = None,
    highlight: Mapping[str, Any] | None = None,
    title: str | None = None,
    cmap: str | None = None,
) -> Figure:
    """Draw matrices in a row, such as image * kernel = map.

    Args:
        panels: title -> matrix (rows, columns); every matrix has its own colours, and all have cells of one size.
        operators: what stands between, one fewer than the matrices, such as `"*="`; empty for nothing.
        fmt: how to print a number, as in `matrix`.
        highlight: title -> cells to outline, as in `matrix`.
        title: above the whole figure.
        cmap: the colour map of all matrices, as in `matrix`.

    Raises:
        TypeError: the values are no real numbers, or `panels` is no mapping.
        ValueError: as in `matrix`; or the operators, or the titles in `highlight`, do not fit the panels.

    >>> figure = matrices({"image": [[5, 2], [6, 7]], "kernel": [[2]], "map": [[10, 4], [12, 14]]}, "*=")
    >>> [axes.get_title() for axes in figure.axes], [text.get_text() for text in figure.texts]
    (['image', 'kernel', 'map'], ['*', '='])
    """
    if not isinstance(panels, Mapping) or not panels:
        raise TypeError(f"panels must map titles to matrices, such as {{'image': image}}, got {type(panels).__name__}")
    unknown = [name for name in highlight or {} if name not in panels]
    if unknown:
        raise ValueError(f"highlight names {unknown}, but the panels are {list(panels)}")
    if operators and len(operators) != len(panels) - 1:
        raise ValueError(f"{len(panels)} panels need {len(panels) - 1} operators between them, got {operators!r}")
    marks = highlight or {}
    row = [_panel(name, values, fmt, marks.get(name), name) for name, values in panels.items()]
    between = operators or [""] * (len(row) - 1)
    said = [f"{_in_words(panel)} {sign}".strip() for panel, sign in zip(row, [*between, ""], strict=True)]
    return described(_row(row, between, title, cmap), f"Matrices in a row: {clauses(said)}.")


@dataclass(frozen=True)
class _Panel:
    title: str
    values: np.ndarray
    texts: np.ndarray
    marked: np.ndarray  # cells to outline


def _panel(name: str, values: Any, fmt: str | None, highlight: Any, title: str) -> _Panel:
    array = checked(values, name, "(rows, columns)", (2,))
    return _Panel(title, array, printed(array, fmt), marked_cells(array.shape, highlight, name))


def _in_words(panel: _Panel) -> str:
    """Read a matrix, and say which cells are outlined."""
    at = np.argwhere(panel.marked)
    if not len(at):
        outlined = ""
    elif len(at) == np.prod(np.ptp(at, axis=0) + 1):  # a window without holes
        (top, left), (bottom, right) = at.min(axis=0), at.max(axis=0)
        outlined = f", outlined from row {top}, column {left} to row {bottom}, column {right}"
    else:
        outlined = f", outlined: {listed(f'({row}, {column})' for row, column in at)}"
    return f"{panel.title or 'a matrix'}, {spoken(panel.values, panel.texts)}{outlined}"


def _row(panels: list[_Panel], operators: Sequence[str], title: str | None, cmap: str | None) -> Figure:
    """Place the matrices by hand, in inches: no layout engine keeps the cells of all of them equally large."""
    room = 3.0 if len(panels) == 1 else 1.0  # inches for a title over a small matrix
    gap = 0.6 if any(operators) else 0.3
    cell, font = _sizes(panels, WIDTH - gap * (len(panels) - 1) - 2 * MARGIN)
    slots = [max(panel.values.shape[1] * cell, room) for panel in panels]
    titles = [wrapped(panel.title, slot) for panel, slot in zip(panels, slots, strict=True)]
    row_height = max(len(panel.values) for panel in panels) * cell
    width = sum(slots) + gap * (len(panels) - 1) + 2 * MARGIN
    headings = 0.25 * max(text.count("\n") + 1 for text in titles)
    if title:
        headings += 0.2 + 0.25 * len(wrapped(title, width, TITLE_FONT).splitlines())
    height = row_height + headings + 2 * MARGIN
    figure = new_figure(width, height, title, layout="none")

    left, middle = MARGIN, MARGIN + row_height / 2
    for panel, slot, heading, operator in zip(panels, slots, titles, [*operators, ""], strict=True):
        rows, columns = panel.values.shape
        corner = left + (slot - columns * cell) / 2, middle - rows * cell / 2
        axes = figure.add_axes((corner[0] / width, corner[1] / height, columns * cell / width, rows * cell / height))
        axes.set_title(heading)
        _draw(axes, panel, font, cmap)
        left += slot + gap
        if operator:
            place = (left - gap / 2) / width, middle / height
            figure.text(*place, operator, ha="center", va="center", fontsize=20)
    return figure


def _sizes(panels: list[_Panel], room: float) -> tuple[float, float]:
    """Return the side of a cell in inches, so that all fit so many, and the size of its text in points."""
    texts = np.concatenate([panel.texts.ravel() for panel in panels])
    across = sum(panel.values.shape[1] for panel in panels)
    down = max(len(panel.values) for panel in panels)
    wanted = max(0.45, (widest(texts) * FONT + 10) / 72)
    cell = min(wanted, room / max(across, down))
    font = font_for(texts, cell)
    if font < MIN_FONT:
        shapes = ", ".join(str(panel.values.shape) for panel in panels)
        raise ValueError(f"a matrix of shape {shapes} has too many cells to read: show it with image_grid")
    return cell, font


def _draw(axes: Axes, panel: _Panel, font: float, cmap: str | None) -> None:
    values = panel.values.astype(float)
    low, high = color_limits(values)
    if cmap is None:
        cmap = DIVERGING if low < 0 else SEQUENTIAL
        low, high = 1.3 * low, 1.3 * high  # the darkest ends would drown the numbers
    picture = axes.imshow(values, cmap=color_map(cmap), vmin=low, vmax=high)
    axes.set_xticks(np.arange(values.shape[1] + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(values.shape[0] + 1) - 0.5, minor=True)
    axes.grid(which="minor", color="0.6", linewidth=0.6)
    axes.tick_params(which="both", length=0)
    axes.set(xticks=[], yticks=[])
    write_cells(axes, panel.texts, picture.to_rgba(values), font)
    outline(axes, panel.marked)
