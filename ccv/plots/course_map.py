"""The course as a map: lines of stations, one after the other."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from ccv.plots.style import BLUE, GREEN, ORANGE, RED, WIDTH, described, new_figure, styled, tint, wrapped
from ccv.plots.words import clauses, counted, listed

COLORS = (BLUE, ORANGE, GREEN, RED, "#CC79A7", "#56B4E9")
MARKERS = ("o", "s", "D", "h", "8", "p")  # a line is told by its stations' shape, too
ROW = 1.75  # inches
MOST_STATIONS = 6  # that fit a line with readable names
MOST_ROOM = 1.75  # inches, for the idea of a station
LEFT, RIGHT = 0.1, 0.91  # of the width: the first and the last station


class Station(NamedTuple):
    """A stop of the course: what stands in its sign, its name, and its idea in a few words."""

    sign: str
    name: str
    idea: str


@styled
def course_map(lines: Mapping[str, Sequence[tuple[str, str, str]]], *, title: str | None = None) -> Figure:
    """Draw lines of stations as on the map of a railway: one line below the other, and a track through all of them.

    Args:
        lines: by the name of the line, its stations in order: (sign, name, idea), such as ("07", "ResNet", "learn what
            is to be added").
        title: above the whole figure.

    Raises:
        ValueError: there is no line, or a line has no station or more than six, or there are more lines than colours.

    >>> len(course_map({"Pictures": [("00", "Start", "a window"), ("01", "X and O", "pieces")]}).axes)
    1
    """
    stops = {name: [Station(*stop) for stop in line] for name, line in lines.items()}
    if not 0 < len(stops) <= len(COLORS):
        raise ValueError(f"lines must be 1 to {len(COLORS)}, not {len(stops)}")
    if wrong := [name for name, line in stops.items() if not 0 < len(line) <= MOST_STATIONS]:
        raise ValueError(f"the line {wrong[0]!r} has {len(stops[wrong[0]])} stations: give 1 to {MOST_STATIONS}")
    figure = new_figure(WIDTH, ROW * len(stops) + (0.5 if title else 0.1), title)
    axes = figure.add_subplot(xlim=(0, WIDTH), ylim=(-len(stops) * ROW, 0))
    axes.axis("off")
    places = [_places(row, len(line)) for row, line in enumerate(stops.values())]
    for above, below in pairwise(places):
        _change(axes, above[-1], below[0])
    for (name, line), row, color, marker in zip(stops.items(), places, COLORS, MARKERS, strict=False):
        _draw_line(axes, name, line, row, color, marker)
    told = clauses(
        (f"{name}: {listed(f'{s.sign} {s.name} ({s.idea})' for s in line)}" for name, line in stops.items()), most=6
    )
    count = counted(sum(map(len, stops.values())), "station")
    return described(figure, f"A map of {counted(len(stops), 'line')} with {count}, one after the other. {told}.")


def _places(row: int, count: int) -> np.ndarray:
    """Where the stations of a line stand, (count, 2): spread over the width."""
    x = np.linspace(LEFT, RIGHT if count > 3 else 0.7, count)
    return np.stack([x * WIDTH - 0.1, np.full(count, -row * ROW - 0.7)], axis=1)


def _draw_line(axes: Axes, name: str, line: Sequence[Station], places: np.ndarray, color: str, marker: str) -> None:
    axes.plot(*places.T, color=color, linewidth=9, solid_capstyle="round", linestyle="-", zorder=2)
    axes.text(places[0, 0] - 0.35, places[0, 1] + 0.4, name, color="black", fontweight="bold", fontsize=12, va="bottom")
    room = min(np.diff(places[:, 0]).min(), MOST_ROOM) if len(places) > 1 else MOST_ROOM
    for stop, (x, y) in zip(line, places, strict=True):
        look: Any = {"color": tint(color, 0.85), "markeredgecolor": color, "markeredgewidth": 3}
        axes.plot(x, y, marker=marker, markersize=25, zorder=3, **look)
        axes.text(x, y, stop.sign, ha="center", va="center_baseline", fontsize=11, fontweight="bold", zorder=4)
        axes.text(x, y - 0.28, stop.name, ha="center", va="top", fontsize=11, fontweight="bold", zorder=4)
        axes.text(x, y - 0.48, wrapped(stop.idea, room - 0.1, 9.5), ha="center", va="top", fontsize=9.5, zorder=4)


def _change(axes: Axes, start: np.ndarray, end: np.ndarray) -> None:
    """The track from the last station of a line to the first of the next."""
    middle = end[1] + 0.77  # between the ideas above and the line's name
    points = [start, (start[0] + 1.1, start[1]), (start[0] + 1.1, middle), (start[0] - 0.2, middle)]
    points += [(end[0] + 0.4, middle), (end[0] - 0.75, middle), (end[0] - 0.75, end[1]), end]
    codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3]
    track = PathPatch(Path(np.array(points), codes), facecolor="none", edgecolor="0.8", linewidth=4, zorder=1)
    axes.add_patch(track)
