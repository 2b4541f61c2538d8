"""What is done with boxes, in frames: intersection over union, and suppression."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ccv.plots.frames import CAPTION, MOST_FRAMES, draw_box, frames
from ccv.plots.style import BLUE, ORANGE, SMALL, checked, described, styled, tint
from ccv.plots.words import clauses, counted, listed, number

KEPT: Any = {"edgecolor": BLUE, "linewidth": 3}
DROPPED: Any = {"edgecolor": ORANGE, "linewidth": 1.5, "linestyle": "--"}
WAITING: Any = {"edgecolor": "0.55", "linewidth": 1.5}


@styled
def iou_frames(box: Any, others: Any, *, title: str | None = None) -> Figure:
    """Draw a box and, frame by frame, another: what they share is hatched, and the quotient written below.

    Args:
        box: x_min, y_min, x_max, y_max, in any unit.
        others: (frames, 4), the same of the box that moves; at most 6.
        title: above the whole figure.

    Raises:
        TypeError: the boxes hold no real numbers.
        ValueError: another shape, or more frames than can be read.

    >>> iou_frames([0, 0, 2, 2], [[0, 0, 2, 2], [1, 0, 3, 2]]).axes[1].get_xlabel()
    'shared 2, covered 6\\nIoU = 2 / 6 = 0.333'
    """
    fixed = _boxes([box], "box")[0]
    moving = _boxes(others, "others")
    if len(moving) > MOST_FRAMES:
        raise ValueError(f"{len(moving)} frames are too many to read: pass at most {MOST_FRAMES}")
    figure, panels = _panels(len(moving), np.vstack([fixed, moving]), 2, title)
    told = []
    for panel, other in zip(panels, moving, strict=True):
        _draw(panel, fixed, edgecolor=BLUE, linewidth=2.5, facecolor=tint(BLUE, 0.8))
        _draw(panel, other, edgecolor=ORANGE, linewidth=2.5, linestyle="--")
        shared, covered = overlap(fixed, other)
        low, high = np.maximum(fixed[:2], other[:2]), np.minimum(fixed[2:], other[2:])
        if shared:
            _draw(panel, np.concatenate([low, high]), edgecolor="black", linewidth=0, hatch="///")
        sizes = number(shared), number(covered)
        iou = f"IoU = {sizes[0]} / {sizes[1]} = {quotient(shared, covered):.3f}"
        panel.set_xlabel(f"shared {sizes[0]}, covered {sizes[1]}\n{iou}", fontsize=CAPTION)
        told.append(iou)
    return described(figure, f"Two boxes in {counted(len(moving), 'frame')}, what they share hatched: {clauses(told)}.")


@styled
def suppression_frames(boxes: Any, scores: Any, threshold: float = 0.5, *, title: str | None = None) -> Figure:
    """Draw non-maximum suppression step by step: keep the surest box, drop what overlaps it too much, go on.

    Args:
        boxes: (n, 4), x_min, y_min, x_max, y_max, of one class.
        scores: (n,).
        threshold: boxes whose IoU with one that is kept is larger are dropped.
        title: above the whole figure.

    Raises:
        TypeError: boxes or scores hold no real numbers.
        ValueError: another shape, or more steps than can be read.

    >>> figure = suppression_frames([[1, 1, 5, 5], [1, 2, 5, 6], [6, 6, 8, 8]], [0.9, 0.8, 0.7])
    >>> [axes.get_xlabel() for axes in figure.axes]
    ['keep 0.90\\ndrop 0.80 (IoU 0.60)', 'keep 0.70\\ndrop nothing']
    """
    corners, sure = _boxes(boxes, "boxes"), checked(scores, "scores", "(n,)", (1,)).astype(float)
    if len(sure) != len(corners):
        raise ValueError(f"scores must be as many as the {len(corners)} boxes, got {len(sure)}")
    steps = list(_suppressed(corners, sure, threshold))
    if len(steps) > MOST_FRAMES:
        raise ValueError(f"{len(steps)} boxes are kept, more than {MOST_FRAMES} frames: pass fewer boxes")
    lines = 1 + max(1, *(len(dropped) for _, dropped in steps))
    figure, panels = _panels(len(steps), corners, lines, title)
    gone: set[int] = set()
    kept: set[int] = set()
    told = []
    for panel, (best, dropped) in zip(panels, steps, strict=True):
        for index in (set(range(len(corners))) - gone - kept - {best}) - set(dropped):
            _draw(panel, corners[index], sure[index], **WAITING)
        for index in [*kept, best]:
            _draw(panel, corners[index], sure[index], **KEPT)
        for index in dropped:
            _draw(panel, corners[index], sure[index], below=True, **DROPPED)
        _draw(panel, corners[best], facecolor=tint(BLUE, 0.8), zorder=0, **KEPT)
        without = [f"drop {sure[index]:.2f} (IoU {iou:.2f})" for index, iou in dropped.items()]
        said = [f"keep {sure[best]:.2f}", *(without or ["drop nothing"])]
        panel.set_xlabel("\n".join(said), fontsize=CAPTION)
        told.append(listed(said))
        kept.add(best)
        gone.update(dropped)
    return described(figure, f"Non-maximum suppression of {counted(len(corners), 'box', 'boxes')}: {clauses(told)}.")


def overlap(one: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    """Return the area that two boxes share, and the area that they cover together.

    >>> overlap(np.array([0, 0, 2, 2]), np.array([1, 0, 3, 2]))
    (2.0, 6.0)
    """
    shared = float(np.prod(np.clip(np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2]), 0, None)))
    areas = [float(np.prod(box[2:] - box[:2])) for box in (one, other)]
    return shared, sum(areas) - shared


def quotient(shared: float, covered: float) -> float:
    """Return the intersection over union; boxes without area have none in common."""
    return shared / covered if covered else 0.0


def _suppressed(boxes: np.ndarray, scores: np.ndarray, threshold: float) -> Any:
    """Yield for each box that is kept its number, and by number the IoU of those that it suppresses."""
    left = list(np.argsort(-scores, kind="stable"))
    while left:
        best = left.pop(0)
        quotients = {index: quotient(*overlap(boxes[best], boxes[index])) for index in left}
        dropped = {index: iou for index, iou in quotients.items() if iou > threshold}
        left = [index for index in left if index not in dropped]
        yield best, dropped


def _panels(count: int, boxes: np.ndarray, lines: int, title: str | None) -> tuple[Figure, Any]:
    """Return frames in which all boxes have room."""
    low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    space = 0.08 * (high - low).max() or 1
    width, height = high - low + 2 * space
    figure, panels = frames(count, (float(np.clip(height / width, 0.2, 2)),), lines, title)
    for panel in panels[0]:
        panel.set(xlim=(low[0] - space, high[0] + space), ylim=(high[1] + space, low[1] - space))
    return figure, panels[0]


def _draw(panel: Axes, box: np.ndarray, score: float | None = None, *, below: bool = False, **look: Any) -> None:
    """Draw a box, and its score in its upper left corner, or in the lower right one."""
    draw_box(panel, box, **look)
    if score is None:
        return
    place: Any = {"xytext": (-3, 3), "ha": "right", "va": "bottom"} if below else {"xytext": (3, -3), "va": "top"}
    panel.annotate(
        f"{score:.2f}",
        (box[2], box[3]) if below else (box[0], box[1]),
        textcoords="offset points",
        fontsize=SMALL,
        **place,
    )


def _boxes(values: Any, name: str) -> np.ndarray:
    boxes = checked(values, name, "boxes (n, 4): x_min, y_min, x_max, y_max", (2,)).astype(float)
    if boxes.shape[1] != 4:
        raise ValueError(f"{name} must be x_min, y_min, x_max, y_max, got the shape {boxes.shape}")
    return boxes
