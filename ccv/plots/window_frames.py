"""A window that moves over a picture, in frames: convolution with its sum, and pooling."""

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ccv.checks import check_whole
from ccv.plots.frames import CAPTION, draw_cells, frames, mark, write_numbers
from ccv.plots.style import DIVERGING, SEQUENTIAL, checked, color_limits, described, styled
from ccv.plots.words import clauses, number, spoken

MOST_CELLS = 12  # on a side, so that the numbers can be read

Computed = Callable[[np.ndarray], tuple[float, str]]  # of a window: the number that comes, and how


@styled
def convolution_frames(
    image: Any, kernel: Any, *, stride: int = 1, padding: int = 0, title: str | None = None
) -> Figure:
    """Draw a kernel that moves over an image, with the sum written out, and the map that comes.

    The kernel is laid on as it is, as networks do; mathematics would turn it first.

    Args:
        image: (height, width), at most 12 with its padding.
        kernel: (height, width).
        stride: how many cells the kernel moves.
        padding: rows and columns of zeros around the image; they are grey.
        title: above the whole figure.

    Raises:
        TypeError: image or kernel hold no real numbers.
        ValueError: they have another shape, the kernel is larger than the image, or the image too large to read.

    >>> figure = convolution_frames(np.eye(4), [[1, 0], [0, 1]], stride=2)
    >>> [axes.get_xlabel().splitlines()[-1] for axes in figure.axes[1:4]]
    ['= 2', '= 0', '= 0']
    """
    weights = checked(kernel, "kernel", "(height, width)", (2,)).astype(float)

    def computed(window: np.ndarray) -> tuple[float, str]:
        rows = (
            " + ".join(f"{number(a)}·{_factor(b)}" for a, b in zip(*pair, strict=True))
            for pair in zip(window, weights, strict=True)
        )
        total = float((window * weights).sum())
        return total, " +\n".join(rows) + f"\n= {number(total)}"

    what = f"A kernel, {spoken(weights)}, moves over an image"
    return _window_frames(image, weights.shape, stride, padding, computed, what, title, weights)


@styled
def pooling_frames(
    image: Any, size: int = 2, *, stride: int | None = None, kind: str = "max", title: str | None = None
) -> Figure:
    """Draw a window that moves over a map and keeps its largest number, or its mean.

    Args:
        image: (height, width), at most 12.
        size: of the window.
        stride: how many cells the window moves; None: its size.
        kind: "max" or "mean".
        title: above the whole figure.

    Raises:
        TypeError: the image holds no real numbers.
        ValueError: another shape or kind, a window larger than the image, or an image too large to read.

    >>> pooling_frames(np.arange(16).reshape(4, 4)).axes[0].get_xlabel()
    'max(0, 1, 4, 5)\\n= 5'
    """
    if kind not in ("max", "mean"):
        raise ValueError(f"kind={kind!r} must be 'max' or 'mean'")
    side = check_whole("size", size)

    def computed(window: np.ndarray) -> tuple[float, str]:
        result = float(window.max() if kind == "max" else window.mean())
        return result, f"{kind}({', '.join(map(number, window.flat))})\n= {number(result)}"

    what = f"A window of {side} x {side} moves over a map and keeps the {'largest number' if kind == 'max' else 'mean'}"
    return _window_frames(image, (side, side), stride or side, 0, computed, what, title)


def _window_frames(
    image: Any,
    size: tuple[int, ...],
    stride: int,
    padding: int,
    computed: Computed,
    what: str,
    title: str | None,
    kernel: np.ndarray | None = None,
) -> Figure:
    """Draw the window's first two places, the one after the first step down, and the last."""
    values = checked(image, "image", "(height, width)", (2,)).astype(float)
    step, border = check_whole("stride", stride), check_whole("padding", padding, 0)
    padded = np.pad(values, border)
    if max(padded.shape) > MOST_CELLS:
        raise ValueError(f"an image of {padded.shape} with its padding is too large to read: at most {MOST_CELLS}")
    if any(one > other for one, other in zip(size, padded.shape, strict=True)):
        raise ValueError(f"the window {size} is larger than the image with its padding, {padded.shape}")
    windows = np.lib.stride_tricks.sliding_window_view(padded, size)[::step, ::step]
    shape = windows.shape[:2]
    results = [[computed(window) for window in row] for row in windows]
    complete = np.array([[result for result, _ in row] for row in results])
    shown = sorted({0, min(1, complete.size - 1), shape[1] % complete.size, complete.size - 1})

    lines = results[0][0][1].count("\n") + 1
    first, room = int(kernel is not None), padded.shape[1]
    count = len(shown) + first
    figure, panels = frames(count, (padded.shape[0] / room, shape[0] / room), lines, title)
    if kernel is not None:
        _draw(panels[0, 0], kernel, room, count)
        panels[0, 0].set_xlabel("the kernel", fontsize=CAPTION)
        panels[1, 0].remove()
    told = []
    for at, (above, below) in zip(shown, panels[:, first:].T, strict=True):
        row, column = divmod(at, shape[1])
        _draw(above, padded, room, count, border=border)
        mark(above, padded.shape, np.s_[row * step : row * step + size[0], column * step : column * step + size[1]])
        above.set_xlabel(results[row][column][1], fontsize=CAPTION)
        known = np.where(np.arange(complete.size).reshape(shape) <= at, complete, np.nan)
        _draw(below, known, room, count, scale=complete)
        mark(below, shape, (row, column))
        told.append(f"row {row}, column {column}: {results[row][column][1]}")
    steps = f"{what}, stride {step}" + (f", padding {border}" if border else "")
    return described(figure, f"{steps}. {clauses(told)}. What comes is {spoken(complete)}.")


def _draw(
    panel: Any, values: np.ndarray, room: int, count: int, *, border: int = 0, scale: np.ndarray | None = None
) -> None:
    """Draw a matrix with its numbers, its border in grey, in the colours that it has when it is complete."""
    inner = values.copy()
    if border:
        inner[:border], inner[-border:], inner[:, :border], inner[:, -border:] = (np.nan,) * 4
    low, high = color_limits(values if scale is None else scale)
    cmap = DIVERGING if low < 0 else SEQUENTIAL
    colors = draw_cells(panel, inner, room, (1.3 * low, 1.3 * high), cmap)  # the darkest ends would drown the numbers
    write_numbers(panel, values, colors, room, count)


def _factor(value: float) -> str:
    return f"({number(value)})" if value < 0 else number(value)
