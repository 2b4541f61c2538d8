"""Curves of detection: precision against recall, and how well so many anchors fit."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from ccv.plots.detection_boxes import COLORS
from ccv.plots.style import BLUE, ORANGE, checked, described, new_figure, styled, tidy, wrapped
from ccv.plots.words import clauses, counted, listed

STYLES, MARKERS = ("-", "--", ":", "-."), "os^Dv"  # together as many as are named, so that grey tells them apart too
MOST_NAMED = len(STYLES) * len(MARKERS)


@styled
def precision_recall(
    curves: Mapping[str, Any],
    average_precision: Mapping[str, float] | None = None,
    *,
    title: str | None = None,
) -> Figure:
    """Draw precision against recall, a curve for each class.

    Args:
        curves: by class: recall (points,), rising, and precision (points,). A class without detections may have none.
        average_precision: by class; written beside the names, best first.
        title: above the figure.

    Raises:
        TypeError: the numbers are no real numbers.
        ValueError: there is no class, recall and precision differ in length, or lie outside 0 to 1.

    >>> figure = precision_recall({"cat": ([0.5, 1.0], [1.0, 0.8])}, {"cat": 0.9})
    >>> [text.get_text() for text in figure.legends[0].get_texts()]
    ['cat 0.900']
    """
    if not curves:
        raise ValueError("curves is empty: give recall and precision of at least one class")
    scores = average_precision or {}
    names = sorted(curves, key=lambda name: -np.nan_to_num(scores.get(name, 0.0), nan=-1.0))
    figure = new_figure(8.5, 5, title)
    axes = tidy(figure.add_subplot(), xlabel="recall", ylabel="precision", xlim=(0, 1.01), ylim=(0, 1.03))
    for index, name in enumerate(names):
        recall, precision = _curve(curves[name], name)
        look: Any = {"color": COLORS[index % len(COLORS)], "linestyle": STYLES[index % len(STYLES)]}
        look |= {"marker": MARKERS[index % len(MARKERS)], "markevery": (0.03 * (index % len(MARKERS)), 0.25)}
        text = wrapped(f"{name} {scores[name]:.3f}" if name in scores else name, 2.5)
        label = text if index < MOST_NAMED else "_"
        # From recall 0 on; between two points the precision is that of the next detection.
        start = [0.0] * min(len(recall), 1)
        axes.step([*start, *recall], [*precision[:1], *precision], where="pre", label=label, **look)
    left_out = len(names) - MOST_NAMED
    heading = "average precision" if scores else None
    figure.legend(loc="outside right upper", title=heading)
    if left_out > 0:
        axes.set_title(f"{MOST_NAMED} of {len(names)} classes are named", fontsize=10)
    told = clauses((_in_words(name, *_curve(curves[name], name), scores.get(name)) for name in names), MOST_NAMED)
    classes = counted(len(names), "class", "classes")
    return described(figure, f"Precision against recall, a curve for each of {classes}: {told}.")


@styled
def average_iou(curve: Mapping[int, float], chosen: int | None = None, *, title: str | None = None) -> Figure:
    """Draw the average IoU of boxes with their best anchor against the number of anchors.

    Args:
        curve: average IoU by number of anchors, as `ccv.detection.anchors.average_iou_by_k` gives it.
        chosen: the number to mark.
        title: above the figure.

    Raises:
        TypeError: the numbers are no real numbers.
        ValueError: the curve is empty, or has no point for `chosen`.

    Source: "YOLO9000" (2017), figure 2.

    >>> average_iou({1: 0.4, 2: 0.55, 3: 0.6}, chosen=2).axes[0].texts[0].get_text()
    '2 anchors: 0.550'
    """
    counts = checked(list(curve), "curve", "numbers of anchors", (1,))
    values = checked(list(curve.values()), "curve", "average IoUs", (1,))
    if chosen is not None and chosen not in curve:
        raise ValueError(f"chosen={chosen!r} is no point of the curve: choose from {', '.join(map(str, curve))}")
    figure = new_figure(7, 4, title)
    axes = tidy(figure.add_subplot(), xlabel="anchors", ylabel="average IoU with the best anchor")
    axes.plot(counts, values, "-o", color=BLUE, ms=5)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.margins(0.05, 0.12)
    if chosen is not None:
        point = (chosen, curve[chosen])
        axes.plot(*point, "o", color=ORANGE, ms=10)
        late = chosen > np.mean(axes.get_xlim())
        place: Any = {"xytext": (-8 if late else 8, -16), "ha": "right" if late else "left"}
        axes.annotate(f"{chosen} anchors: {curve[chosen]:.3f}", point, textcoords="offset points", **place)
    told = listed((f"{count}: {value:.3f}" for count, value in zip(counts, values, strict=True)), 20)
    choice = f" {counted(chosen, 'anchor')} are chosen." if chosen is not None else ""
    return described(figure, f"Average IoU of boxes with their best anchor by the number of anchors: {told}.{choice}")


def _in_words(name: str, recall: np.ndarray, precision: np.ndarray, score: float | None) -> str:
    """Say of a class how far its recall goes and with what precision it ends."""
    average = "" if score is None else f" average precision {score:.3f},"
    if not len(recall):
        return f"{name}:{average} nothing found"
    return f"{name}:{average} recall up to {recall[-1]:.2f} with precision {precision[-1]:.2f}"


def _curve(pair: Any, name: str) -> tuple[np.ndarray, np.ndarray]:
    recall, precision = (np.asarray(values, dtype=float) for values in pair)
    if recall.shape != precision.shape or recall.ndim != 1:
        raise ValueError(
            f"{name}: recall and precision must be two rows of one length, got {recall.shape} and {precision.shape}"
        )
    both = np.concatenate([recall, precision])
    if both.size and not (both.min() >= 0 and both.max() <= 1):
        raise ValueError(f"{name}: recall and precision must lie between 0 and 1, got {both.min():g} to {both.max():g}")
    return recall, precision
