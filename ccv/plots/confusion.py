"""What was taken for what: the confusion matrix."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ccv.plots.cells import write_cells
from ccv.plots.style import FONT, SEQUENTIAL, color_map, described, new_figure, styled, wrapped
from ccv.plots.words import counted, listed

MAX_ANNOTATED_CLASSES = 25


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
    return described(figure, _confusion_in_words(counts, names))


def _confusion_in_words(counts: np.ndarray, names: list[str]) -> str:
    """Say how many are right, and what is taken for what most often."""
    right, total = int(np.trace(counts)), int(counts.sum())
    wrong = counts - np.diag(np.diag(counts))
    pairs = [divmod(int(at), len(names)) for at in np.argsort(-wrong, axis=None, kind="stable")[:3]]
    worst = [f"{names[row]} for {names[column]} ({wrong[row, column]})" for row, column in pairs if wrong[row, column]]
    told = f"; most often taken {listed(worst)}" if worst else ""
    classes = counted(len(names), "class", "classes")
    return f"Confusion matrix of {classes}: {right:,} of {total:,} are right, {right / total:.1%}{told}."
