"""Numbers by name: bars for counts, dots for runs that are repeated."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from ccv.plots.style import BLUE, GREEN, ORANGE, RED, WIDTH, checked, described, new_figure, styled, tidy, wrapped
from ccv.plots.words import clauses, counted, listed, number

COLORS = (BLUE, ORANGE, GREEN, RED)
HATCHES = ("", "", "..", "//")  # green and red are one grey
MOST_BARS = 12  # that a description reads one by one


@styled
def bars(
    heights: Mapping[str, Any],
    series: Sequence[str] = (),
    *,
    ylabel: str = "",
    labels: Sequence[Any] | None = None,
    log: bool = False,
    stacked: bool = False,
    title: str | None = None,
) -> Figure:
    """Draw a labelled bar for each name, or several, side by side or one on top of the other.

    Args:
        heights: by name a number, or a sequence with a number for each of `series`.
        series: the names of the bars of a group; empty where each name has one bar.
        ylabel: what the numbers are.
        labels: what to write above the bars: (names,), or (names, series) side by side; None writes the numbers, and
            for stacked bars their sums.
        log: whether a line of the axis is a factor of ten.
        stacked: whether the bars of a name lie on top of each other.
        title: above the figure.

    Raises:
        TypeError: the heights are no real numbers.
        ValueError: there are none, or they or the labels do not fit the series.

    >>> figure = bars({"conv": 156, "dense": 10_164}, ylabel="parameters")
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['156', '10,164']
    >>> figure = bars({"X": (0.9, 0.5), "O": (0.4, 0.8)}, ["votes for X", "votes for O"])
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['0.90', '0.40', '0.50', '0.80']
    """
    values = _table(heights, series)
    names, count = list(heights), values.shape[1]
    across = len(names) * (1 if stacked else count)
    figure = new_figure(float(np.clip(0.55 * across, 8, WIDTH)), 3.6, title)
    axes = tidy(figure.add_subplot(), ylabel=ylabel)
    places = np.arange(len(names))
    width = 0.8 if stacked else 0.8 / count
    written = _labels(values, labels, stacked)
    below = np.zeros(len(names))
    for index in range(count):
        offset = 0 if stacked else (index - (count - 1) / 2) * width
        options: Any = {"bottom": below} if stacked else {}
        label = series[index] if series else None
        look: Any = {"color": COLORS[index % len(COLORS)], "hatch": HATCHES[index % len(HATCHES)], "edgecolor": "white"}
        drawn = axes.bar(places + offset, values[:, index], width, log=log, label=label, **look, **options)
        below = below + values[:, index]
        if not stacked or index == count - 1:
            axes.bar_label(drawn, labels=written[0 if stacked else index], padding=2, fontsize=10)
    room = figure.get_figwidth() / len(names) * 0.85
    axes.set_xticks(places, [wrapped(name, room) for name in names], fontsize=10 if len(names) > 6 else None)
    axes.grid(visible=False, axis="x")
    if not log and values.max() >= 1000:
        axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.margins(y=0.15)
    if series:
        figure.legend(loc="outside lower center", ncols=min(count, 4))
    return described(figure, _bars_in_words(names, values, series, ylabel))


@styled
def dots(
    results: Mapping[str, Sequence[float]],
    xlabel: str = "",
    *,
    low: float | None = None,
    chance: float | None = None,
    title: str | None = None,
) -> Figure:
    """Draw a row for each name: a dot for each run, shares from 0 to 1, and a bar at their mean.

    Args:
        results: by name the results of its runs.
        xlabel: what the shares are of.
        low: where the axis begins, unless a dot lies below; None lets the dots decide.
        chance: where guessing lies: a dotted line.
        title: above the figure.

    Raises:
        TypeError: the results are no real numbers.
        ValueError: there are none.

    >>> figure = dots({"vgg11": [0.8, 0.9], "vgg16": [0.7, 0.95]}, "digits that are right")
    >>> [label.get_text() for label in figure.axes[0].get_yticklabels()]
    ['vgg11', 'vgg16']
    """
    if not results:
        raise ValueError("results is empty: give the runs of at least one name")
    rows = {name: checked(runs, f"results[{name!r}]", "(runs,)", (1,)) for name, runs in results.items()}
    figure = new_figure(9, 1.4 + 0.55 * len(rows), title)
    axes = tidy(figure.add_subplot(), xlabel=xlabel)
    for row, runs in enumerate(rows.values()):
        (dot,) = axes.plot(runs, [row] * len(runs), "o", color=BLUE, ms=9, alpha=0.6, clip_on=False)
        (bar,) = axes.plot([np.mean(runs)] * 2, [row - 0.3, row + 0.3], "-", color=ORANGE)
    key = {"one run": dot, "their mean": bar}
    if chance is not None:
        key["guessing"] = axes.axvline(chance, color="0.5", ls=":")
    figure.legend(key.values(), key.keys(), loc="outside lower center", ncols=3)
    axes.set_yticks(range(len(rows)), [wrapped(name, 3) for name in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    if low is not None:
        axes.set_xlim(min(low, *(runs.min() - 0.02 for runs in rows.values())), 1.005)
    axes.xaxis.set_major_formatter(PercentFormatter(1))
    told = clauses((_runs_in_words(name, runs) for name, runs in rows.items()), 12)
    guessing = f" Guessing reaches {chance:.0%}." if chance is not None else ""
    return described(figure, f"Dots for runs, {xlabel or 'shares'}: {told}.{guessing}")


def _bars_in_words(names: Sequence[Any], values: np.ndarray, series: Sequence[str], ylabel: str) -> str:
    """Read the bars series by series; of many bars, tell the highest and the lowest."""
    said = []
    for name, column in zip(series or [""], values.T, strict=True):
        tall, short = (names[int(at(column))] for at in (np.argmax, np.argmin))
        each = listed((f"{label}: {number(height)}" for label, height in zip(names, column, strict=True)), MOST_BARS)
        most = f"highest {tall} with {number(column.max())}, lowest {short} with {number(column.min())}"
        said.append(", ".join(filter(None, [name, each if len(names) <= MOST_BARS else most])))
    return f"Bar chart of {counted(len(names), 'name')}{f', {ylabel}' if ylabel else ''}: {clauses(said)}."


def _runs_in_words(name: str, runs: np.ndarray) -> str:
    if len(runs) == 1:
        return f"{name}: {runs[0]:.1%}"
    return f"{name}: mean {runs.mean():.1%} of {len(runs)} runs, from {runs.min():.1%} to {runs.max():.1%}"


def _table(heights: Mapping[str, Any], series: Sequence[str]) -> np.ndarray:
    """Return the heights (names, series)."""
    if not heights:
        raise ValueError("heights is empty: give a number for at least one name")
    values = checked(list(heights.values()), "heights", "a number, or a row of them, for each name", (1, 2))
    values = values[:, None] if values.ndim == 1 else values
    if values.shape[1] != max(len(series), 1):
        raise ValueError(
            f"heights must have {max(len(series), 1)} numbers for each name, one a series, got {values.shape[1]}"
        )
    return values


def _labels(values: np.ndarray, labels: Sequence[Any] | None, stacked: bool) -> list[list[str]]:
    """Return what stands above the bars, series by series."""
    shown = values.sum(axis=1, keepdims=True) if stacked else values
    if labels is None:
        form = ",d" if shown.dtype.kind in "iu" else ",.2f"
        return [[format(value, form) for value in column.tolist()] for column in shown.T]
    table = np.array(labels, dtype=object)
    table = table[:, None] if table.ndim == 1 else table
    if table.shape != shown.shape:
        raise ValueError(f"labels must be {shown.shape} as the bars are, not {table.shape}")
    return [[str(text) for text in column] for column in table.T]
