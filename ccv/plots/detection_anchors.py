"""Anchors: the shapes of boxes that a detector starts from."""

from typing import Any

import numpy as np
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from ccv.plots.detection_boxes import COLORS
from ccv.plots.style import SMALL, checked, described, ink, new_figure, styled
from ccv.plots.words import clauses, counted


@styled
def anchors(anchors: Any, sizes: Any = None, *, title: str | None = None) -> Figure:
    """Draw anchors as boxes from one corner, over the sizes of the boxes that they stand for.

    Args:
        anchors: (k, 2), width and height, as parts of the image or in pixels.
        sizes: (boxes, 2), of the training set, in the same unit; each is a dot at the corner of its box.
        title: above the figure.

    Raises:
        TypeError: they are no real numbers.
        ValueError: they have another shape.

    Source: "YOLO9000" (2017), figure 2.

    >>> len(anchors([[0.1, 0.2], [0.5, 0.4]], [[0.1, 0.3], [0.6, 0.4]]).axes[0].patches)
    2
    """
    shapes = _sizes(anchors, "anchors")
    figure = new_figure(6.5, 5.6, title)
    axes = figure.add_subplot()
    if sizes is not None:
        axes.plot(*_sizes(sizes, "sizes").T, ".", color="0.45", ms=4, alpha=0.4, zorder=1, label="boxes")
    order = np.argsort(-shapes.prod(axis=1), kind="stable")  # the large ones first, so that they hide none
    for number in order:
        width, height = shapes[number]
        color = COLORS[number % len(COLORS)]
        axes.add_patch(Rectangle((0, 0), width, height, fill=False, edgecolor=color, linewidth=2.5, zorder=2))
        axes.plot(width, height, "s", color=color, ms=14, markeredgecolor="black", zorder=3)
        axes.annotate(str(number), (width, height), ha="center", va="center", fontsize=SMALL, color=ink(to_rgba(color)))
    axes.set(xlabel="width", ylabel="height", xlim=(0, None), ylim=(0, None))
    axes.autoscale_view()
    low = [axes.get_xlim()[1], axes.get_ylim()[1]]
    axes.set(xlim=(0, max(low[0], shapes[:, 0].max() * 1.05)), ylim=(0, max(low[1], shapes[:, 1].max() * 1.05)))
    axes.set_aspect("equal")
    labels = [f"{number}: {width:.3g} x {height:.3g}" for number, (width, height) in enumerate(shapes)]
    handles = [Rectangle((0, 0), 1, 1, color=COLORS[number % len(COLORS)]) for number in range(len(shapes))]
    # In the middle: at the upper corner a title as wide as the figure would run into it.
    figure.legend(handles, labels, loc="outside right center", title="anchors")
    over = "" if sizes is None else f", over the sizes of {counted(len(sizes), 'box', 'boxes')}"
    return described(figure, f"{counted(len(shapes), 'anchor')} as boxes from one corner{over}: {clauses(labels, 12)}.")


def _sizes(values: Any, name: str) -> np.ndarray:
    array = checked(values, name, "(boxes, 2), width and height", (2,)).astype(float)
    if array.shape[1] != 2:
        raise ValueError(f"{name} must be (boxes, 2), width and height, got the shape {array.shape}")
    return array
