"""The look that all figures share, and the checks of what they are given."""

import functools
import textwrap
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import matplotlib
import numpy as np
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, to_rgb
from matplotlib.figure import Figure

from ccv.plots.figure import LabFigure
from ccv.plots.words import headed

P = ParamSpec("P")
R = TypeVar("R")

# Okabe and Ito's colours, and maps that the colour-blind can read.
BLUE, ORANGE, GREEN, RED = "#0072B2", "#E69F00", "#009E73", "#D55E00"
DIVERGING, SEQUENTIAL = "RdBu_r", "Blues"

WIDTH = 10.0  # inches, as wide as a notebook's column
FONT, TITLE_FONT = 12.0, 14.0  # points
SMALL = 9.0  # the smallest font that is readable in a figure of the full width
STYLE: Any = {
    "font.size": FONT,
    "axes.titlesize": FONT,
    "axes.labelsize": FONT,
    "figure.titlesize": TITLE_FONT,
    "figure.dpi": 100,
    "legend.fontsize": 11,
    "legend.frameon": False,
    "lines.linewidth": 2,
    "image.interpolation": "nearest",
    # Lines that are told apart in grey too.
    "axes.prop_cycle": cycler(color=[BLUE, ORANGE, GREEN, RED], linestyle=["-", "--", "-.", ":"]),
}


def styled(function: Callable[P, R]) -> Callable[P, R]:
    """Draw under STYLE and leave matplotlib's settings as they were."""

    @functools.wraps(function)
    def draw(*args: P.args, **kwargs: P.kwargs) -> R:
        with matplotlib.rc_context(STYLE):
            return function(*args, **kwargs)

    return draw


def new_figure(width: float, height: float, title: str | None = None, layout: Any = "constrained") -> Figure:
    """Return an empty figure of so many inches."""
    figure = LabFigure(figsize=(width, height), layout=layout)
    if title:
        # A layout engine places the title itself; without one it stays near the edge of a tall figure, too.
        place = {"y": max(0.98, 1 - 0.1 / height)} if layout == "none" else {}
        figure.suptitle(wrapped(title, width, TITLE_FONT), **place)
    return figure


def tidy(axes: Axes, **texts: Any) -> Axes:
    """Give a chart a light grid behind it and no box, and set its texts and limits, as in `axes.set`."""
    axes.set(**texts)
    axes.grid(color="0.9")
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    return axes


def wrapped(text: Any, width: float, font: float = FONT) -> str:
    """Break a text into as few lines as fit `width` inches, keeping the breaks that it has."""
    characters = max(int(width * 72 / (0.55 * font)), 6)
    return "\n".join(_balanced(line, characters) for line in str(text).splitlines())


def _balanced(line: str, characters: int) -> str:
    """Break a line into as few as fit, all about as long: no last word is left alone."""
    count = len(textwrap.wrap(line, characters, break_long_words=False))
    for size in range(max(len(line) // max(count, 1), 1), characters):
        lines = textwrap.wrap(line, size, break_long_words=False)
        if len(lines) <= count:
            return "\n".join(lines)
    return textwrap.fill(line, characters, break_long_words=False)


def described(figure: Figure, text: str) -> Figure:
    """Give a figure a sentence for those who cannot see it, `figure.alt`; its title stands before it."""
    figure.alt = headed(figure.get_suptitle(), text)  # type: ignore[attr-defined]
    return figure


def tint(color: Any, white: float) -> tuple[float, ...]:
    """Return a colour (red, green, blue) mixed with so much white, 0 to 1."""
    return tuple(part + (1 - part) * white for part in to_rgb(color))


def ink(color: Any) -> str:
    """Return the text colour, black or white, that reads best on a colour (red, green, blue, alpha)."""
    return "black" if np.dot(color[:3], (0.299, 0.587, 0.114)) > 0.5 else "white"


def color_map(name: str | Colormap) -> Colormap:
    """Return a colour map whose missing numbers are grey, or raise ValueError with what to pass."""
    if not isinstance(name, Colormap) and name not in matplotlib.colormaps:
        raise ValueError(f"cmap={name!r} is no colour map of matplotlib: pass one such as 'gray' or 'viridis'")
    return matplotlib.colormaps.get_cmap(name).with_extremes(bad="0.85")


def color_limits(values: np.ndarray) -> tuple[float, float]:
    """Return limits that hold zero: centred on it where there are negative numbers, else starting from it."""
    finite = values[np.isfinite(values)].astype(float)
    largest = float(np.abs(finite).max(initial=0)) or 1.0
    return (-largest, largest) if (finite < 0).any() else (0.0, largest)


def checked(values: Any, name: str, axes: str, dimensions: tuple[int, ...]) -> np.ndarray:
    """Return `values` as an array of numbers with so many dimensions, or raise in one sentence.

    Raises:
        TypeError: the array holds no real numbers.
        ValueError: the array is ragged, empty, or has another number of dimensions.
    """
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise ValueError(f"{name} must be {axes}, but its rows have different lengths") from error
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name} must hold numbers, got {array.dtype}: convert it, as in .astype(float)")
    if array.ndim not in dimensions:
        raise ValueError(f"{name} must be {axes}, got the shape {array.shape}")
    if array.size == 0:
        raise ValueError(f"{name} is empty, its shape is {array.shape}: pass at least one number")
    return array
