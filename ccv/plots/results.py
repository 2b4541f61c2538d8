"""How training went: learning curves and the confusion matrix."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ccv.plots.numerals import write_cells
from ccv.plots.style import (
    BLUE,
    FONT,
    GREEN,
    ORANGE,
    SEQUENTIAL,
    WIDTH,
    checked,
    color_map,
    new_figure,
    styled,
    wrapped,
)

SMALLER_IS_BETTER = ("loss", "error", "mse", "mae", "crossentropy")
MAX_ANNOTATED_CLASSES = 25


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
    return figure


@styled
def confusion_matrix(
    y_true: Any, y_pred: Any, class_names: Sequence[str] | None = None, *, title: str | None = None
) -> Figure:
    """Count how often each true class (row) was taken for each class (column).

    The numbers are counts; the colour is the share of the row, so that rare classes show as well as common ones.

    Args:
        y_true: (samples,), class numbers from 0, or labels if there are no `class_names`.
        y_pred: (samples,), the same of the predictions; of scores, pass `scores.argmax(axis=-1)`.
        class_names: the name of each class number; None takes the labels as they are.
        title: above the figure.

    Raises:
        TypeError: the labels are neither whole numbers nor text.
        ValueError: the labels are not (samples,), differ in length, or point outside `class_names`.

    >>> figure = confusion_matrix([0, 0, 1], [0, 1, 1], ["cat", "dog"])
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['1', '1', '0', '1']
    """
    from sklearn.metrics import confusion_matrix as count_pairs

    true, predicted = _labels(y_true, "y_true"), _labels(y_pred, "y_pred")
    if len(true) != len(predicted):
        raise ValueError(f"y_true and y_pred must be equally long, got {len(true)} and {len(predicted)}")
    if (true.dtype.kind == "U") != (predicted.dtype.kind == "U"):
        raise TypeError("y_true and y_pred must both be numbers or both be text")
    labels = np.union1d(true, predicted)
    if class_names is not None:
        _check_class_numbers(labels, class_names)
        labels = np.arange(len(class_names))
    names = [str(name) for name in (labels if class_names is None else class_names)]
    return _draw_confusion(count_pairs(true, predicted, labels=labels), names, title)


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
    epochs = max(len(curve) for curve in curves.values())
    for name, curve in curves.items():
        if epochs % len(curve):
            raise ValueError(f"history[{name!r}] has {len(curve)} numbers, which do not fit {epochs} epochs")
    return curves


def _draw_metric(axes: Axes, metric: str, curves: Mapping[str, np.ndarray]) -> None:
    epochs = max(len(curve) for curve in curves.values())
    lines = {"training": curves.get(metric), "validation": curves.get(f"val_{metric}")}
    drawn = {label: curve for label, curve in lines.items() if curve is not None}
    for (label, curve), color, marker in zip(drawn.items(), (BLUE, ORANGE), "os", strict=False):
        every = epochs // len(curve)  # validation may run every few epochs only
        axes.plot(np.arange(1, len(curve) + 1) * every, curve, color=color, marker=marker, ms=4, label=label)
    if metric not in {"learning_rate", "lr"}:  # a setting, neither good nor bad
        _mark_best(axes, metric, curve, every)
        axes.legend()
    axes.set(title=metric, xlabel="epoch", ylabel=metric)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.tick_params(labelsize=11)  # ticks are made when the figure is drawn, after the style has gone
    axes.grid(color="0.9")
    axes.spines[["top", "right"]].set_visible(False)
    axes.margins(y=0.12)
    axes.set_xlim(0.5, epochs + 0.5)


def _mark_best(axes: Axes, metric: str, curve: np.ndarray, every: int) -> None:
    if np.isnan(curve).all():
        return
    lower = any(word in metric.lower() for word in SMALLER_IS_BETTER)
    best = int(np.nanargmin(curve) if lower else np.nanargmax(curve))
    epoch = (best + 1) * every
    axes.axvline(epoch, color=GREEN, linestyle=":", zorder=0)
    label = f"best: {curve[best]:.4g} at epoch {epoch}"
    axes.plot(epoch, curve[best], "*", color=GREEN, ms=15, zorder=3, label=label)


def _labels(values: Any, name: str) -> np.ndarray:
    array = np.asarray(values)
    if array.ndim != 1:
        raise ValueError(f"{name} must be (samples,), got {array.shape}: of scores pass scores.argmax(axis=-1)")
    if array.size == 0:
        raise ValueError(f"{name} is empty: pass at least one label")
    if array.dtype.kind not in "biuU":
        raise TypeError(f"{name} must hold class numbers or names, got {array.dtype}")
    return array.astype(int) if array.dtype.kind == "b" else array


def _check_class_numbers(labels: np.ndarray, class_names: Sequence[str]) -> None:
    if labels.dtype.kind == "U":
        raise TypeError("class_names name class numbers: leave them out where the labels are names already")
    outside = [int(label) for label in labels if not 0 <= label < len(class_names)]
    if outside:
        raise ValueError(f"labels {outside} are outside the {len(class_names)} class_names, numbered from 0")


def _draw_confusion(counts: np.ndarray, names: list[str], title: str | None) -> Figure:
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    size = len(names)
    cell = min(0.65, 9 / size)
    font = max(5.0, min(FONT, cell * 72 * 0.55, cell * 72 * 1.3 / len(str(counts.max()))))
    every = int(np.ceil(12 / (cell * 72)))  # where labels would overlap, leave some out
    names = [wrapped(name, 2) for name in names]
    longest = max(len(line) for name in names for line in name.split("\n"))
    label_room = 0.1 * longest
    side = max(cell * size, 2.2)
    figure = new_figure(side + label_room + 1.9, side + label_room + 1.0, title)
    axes = figure.add_subplot()
    picture = axes.imshow(shares, cmap=color_map(SEQUENTIAL), vmin=0, vmax=1)
    figure.colorbar(picture, ax=axes, label="share of the true class", shrink=0.8)
    turned: dict[str, Any] = (
        {} if longest * 7 < cell * 72 * every else {"rotation": 45, "ha": "right", "rotation_mode": "anchor"}
    )
    axes.set_xticks(range(0, size, every), names[::every], fontsize=10, **turned)
    axes.set_yticks(range(0, size, every), names[::every], fontsize=10)
    axes.set(xlabel="predicted class", ylabel="true class")
    if size <= MAX_ANNOTATED_CLASSES:
        write_cells(axes, counts.astype(str), picture.to_rgba(shares), font)
    return figure
