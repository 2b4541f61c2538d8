"""How training went: learning curves."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ccv.plots.style import BLUE, GREEN, ORANGE, WIDTH, checked, described, new_figure, styled
from ccv.plots.words import counted, course, listed

SMALLER_IS_BETTER = ("loss", "error", "mse", "mae", "crossentropy")
SETTINGS = ("learning_rate", "lr")  # neither good nor bad


@styled
def learning_curves(history: Any, *, title: str | None = None) -> Figure:
    """Draw every metric over the epochs, training and validation together, and mark the best epoch.

    Args:
        history: what `model.fit` returns, or its `.history`: a mapping of metric to one number an epoch, where
            `val_` marks validation. The best epoch is validation's, or training's where there is none: the lowest
            loss or error, the highest of any other metric.
        title: above the whole figure.

    Raises:
        TypeError: the history is no mapping, or the metrics are no real numbers.
        ValueError: the history is empty, or validation's epochs do not fit training's.

    >>> figure = learning_curves({"loss": [2.0, 1.0], "val_loss": [2.1, 1.5], "accuracy": [0.3, 0.6]})
    >>> [axes.get_title() for axes in figure.axes]
    ['loss', 'accuracy']
    """
    curves = _curves(history)
    metrics = list(dict.fromkeys(name.removeprefix("val_") for name in curves))
    columns = min(len(metrics), 2)
    rows = -(-len(metrics) // columns)
    figure = new_figure(WIDTH / 2 * columns, 3.6 * rows + (0.4 if title else 0), title)
    for index, metric in enumerate(metrics):
        _draw_metric(figure.add_subplot(rows, columns, index + 1), metric, curves)
    told = "; ".join(_metric_in_words(metric, curves) for metric in metrics)
    return described(figure, f"Curves over {counted(_epochs(curves), 'epoch')}: {told}.")


def _curves(history: Any) -> dict[str, np.ndarray]:
    metrics = getattr(history, "history", history)
    if not isinstance(metrics, Mapping):
        raise TypeError(
            f"history must be what model.fit returns or a mapping of metric to numbers, got {type(history).__name__}"
        )
    if not metrics or any(np.size(numbers) == 0 for numbers in metrics.values()):
        raise ValueError("history is empty: train for at least one epoch")
    curves = {
        name: checked(numbers, f"history[{name!r}]", "one number an epoch", (1,)) for name, numbers in metrics.items()
    }
    epochs = _epochs(curves)
    for name, curve in curves.items():
        if epochs % len(curve):
            raise ValueError(f"history[{name!r}] has {len(curve)} numbers, which do not fit {epochs} epochs")
    return curves


def _epochs(curves: Mapping[str, np.ndarray]) -> int:
    return max(len(curve) for curve in curves.values())


def _lines(metric: str, curves: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the curves of a metric by what they were measured on; the best epoch is the last one's."""
    lines = {"training": curves.get(metric), "validation": curves.get(f"val_{metric}")}
    return {label: curve for label, curve in lines.items() if curve is not None}


def _metric_in_words(metric: str, curves: Mapping[str, np.ndarray]) -> str:
    lines = _lines(metric, curves)
    said = listed(f"{label} {course(curve)}" for label, curve in lines.items())
    last = list(lines.values())[-1]
    best = "" if metric in SETTINGS else _best(metric, last, _epochs(curves) // len(last))[1]
    return f"{metric}: {said}" + (f", {best}" if best else "")


def _draw_metric(axes: Axes, metric: str, curves: Mapping[str, np.ndarray]) -> None:
    epochs, drawn = _epochs(curves), _lines(metric, curves)
    for (label, curve), color, marker in zip(drawn.items(), (BLUE, ORANGE), "os", strict=False):
        every = epochs // len(curve)  # validation may run every few epochs only
        axes.plot(np.arange(1, len(curve) + 1) * every, curve, color=color, marker=marker, ms=4, label=label)
    if metric not in SETTINGS:
        _mark_best(axes, metric, curve, every)
        axes.legend()
    axes.set(title=metric, xlabel="epoch", ylabel=metric)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.tick_params(labelsize=11)  # ticks are made when the figure is drawn, after the style has gone
    axes.grid(color="0.9")
    axes.spines[["top", "right"]].set_visible(False)
    axes.margins(y=0.12)
    axes.set_xlim(0.5, epochs + 0.5)


def _best(metric: str, curve: np.ndarray, every: int) -> tuple[int, str]:
    """Return where a curve is best, and that in words; none where it has no numbers."""
    if np.isnan(curve).all():
        return 0, ""
    lower = any(word in metric.lower() for word in SMALLER_IS_BETTER)
    best = int(np.nanargmin(curve) if lower else np.nanargmax(curve))
    return best, f"best: {curve[best]:.4g} at epoch {(best + 1) * every}"


def _mark_best(axes: Axes, metric: str, curve: np.ndarray, every: int) -> None:
    best, label = _best(metric, curve, every)
    if not label:
        return
    epoch = (best + 1) * every
    axes.axvline(epoch, color=GREEN, linestyle=":", zorder=0)
    axes.plot(epoch, curve[best], "*", color=GREEN, ms=15, zorder=3, label=label)
