"""What networks cost, layer by layer."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ccv.plots.style import BLUE, ORANGE, WIDTH, checked, described, new_figure, styled
from ccv.plots.words import counted, listed

MAX_NAMED = 40  # more layers than this are named every few bars


@styled
def network_costs(names: Sequence[str], memory: Any, parameters: Any, *, title: str | None = None) -> Figure:
    """Draw the memory and the parameters of each layer: memory is at the front, parameters are at the back.

    Args:
        names: of the layers, from the input on.
        memory: (layers,), bytes of activations.
        parameters: (layers,), how many.
        title: above the whole figure.

    Raises:
        TypeError: they are no numbers.
        ValueError: they are not as many as the names, or negative.

    Source: catalogue C-083 (the VGG-16 slide).

    >>> figure = network_costs(["conv", "fc"], [4_000_000, 4_000], [1_000, 2_000_000])
    >>> [axes.get_title() for axes in figure.axes]
    ['activations: 4.0 MB', 'parameters: 2.0 million']
    """
    costs = [_costs(values, what, len(names)) for values, what in ((memory, "memory"), (parameters, "parameters"))]
    figure = new_figure(WIDTH, 6.2, title)
    top = figure.add_subplot(2, 1, 1)
    bottom = figure.add_subplot(2, 1, 2, sharex=top)
    _draw(top, costs[0] / 1e6, BLUE, f"activations: {_short(costs[0].sum() / 1e6)} MB", "MB")
    _draw(bottom, costs[1] / 1e6, ORANGE, f"parameters: {_short(costs[1].sum() / 1e6)} million", "million")
    top.tick_params(labelbottom=False)
    every = -(-len(names) // MAX_NAMED)
    places = np.arange(0, len(names), every)
    bottom.set_xticks(places, [_shortened(names[int(place)]) for place in places], rotation=90, fontsize=9)
    told = "; ".join(_in_words(axes.get_title(), names, cost) for axes, cost in zip((top, bottom), costs, strict=True))
    return described(figure, f"Two bar charts of {counted(len(names), 'layer')}, {names[0]} to {names[-1]}: {told}.")


def _draw(axes: Axes, values: np.ndarray, color: str, title: str, unit: str) -> None:
    axes.bar(np.arange(len(values)), values, width=0.8, color=color)
    axes.set(title=title, ylabel=unit)
    axes.set_xlim(-0.6, len(values) - 0.4)
    axes.margins(y=0.15)
    axes.grid(axis="y", alpha=0.3)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    total = values.sum()
    for place in np.argsort(values)[::-1][:2]:  # the two that matter most say how much of the whole they are
        if total and values[place] / total >= 0.05:
            share = f"{values[place] / total:.0%}"
            axes.annotate(share, (place, values[place]), (0, 2), textcoords="offset points", ha="center", fontsize=9)


def _in_words(title: str, names: Sequence[str], cost: np.ndarray) -> str:
    """Name the layers that matter most, with their share of the whole."""
    largest = np.argsort(cost, kind="stable")[::-1][:3]
    return f"{title}, most in {listed(f'{names[at]} ({cost[at] / max(cost.sum(), 1):.0%})' for at in largest)}"


def _costs(values: Any, what: str, count: int) -> np.ndarray:
    costs = checked(values, what, "(layers,)", (1,)).astype(float)
    if len(costs) != count:
        raise ValueError(f"{what} must have a number for each of the {count} names, got {len(costs)}")
    if (costs < 0).any():
        raise ValueError(f"{what} must not be negative, got {costs.min():g}")
    return costs


def _short(number: float) -> str:
    return f"{number:,.1f}" if number >= 1 else f"{number:.3g}"


def _shortened(name: str, limit: int = 24) -> str:
    return name if len(name) <= limit else f"{name[: limit // 2 - 1]}…{name[-limit // 2 :]}"
