"""Detections on pictures: boxes with names and scores, non-maximum suppression, and how a detector gets better."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ccv.plots.detection_boxes import Box, as_boxes, as_truth, draw_boxes, draw_labels, enlarged
from ccv.plots.pictures import image_grid
from ccv.plots.style import checked, described, styled
from ccv.plots.words import clauses, counted, listed

MOST_COLUMNS = 3  # more, and a label is wider than its picture


@styled
def detections(
    images: Any,
    found: Sequence[Any] | None = None,
    *,
    truth: Sequence[Any] | None = None,
    class_names: Sequence[str] | None = None,
    titles: Sequence[Any] | None = None,
    columns: int | None = None,
    title: str | None = None,
) -> Figure:
    """Draw what a detector found in each image, with class and score, and what is there: dashed and white.

    Labels lie inside their picture and never over each other; where the boxes are too many, the least sure go without,
    and a note counts them.

    Args:
        images: a batch (n, height, width, channels), or a sequence of images of any sizes.
        found: for each image what `ccv.detection` gives: boxes (n, 4), x_min, y_min, x_max, y_max in pixels of that
            image, scores (n,) and labels (n,), -1 for padding.
        truth: for each image rows (boxes, 5): x_min, y_min, x_max, y_max as parts of its width and height, and the
            class, -1 for padding. Without `found` they are drawn with their names.
        class_names: by class; None writes numbers.
        titles: one for each image.
        columns: how many pictures to a row; None chooses.
        title: above the whole figure.

    Raises:
        TypeError: images, boxes or truth hold no real numbers.
        ValueError: something has another shape, or is not as many as the images.

    >>> found = [([[2, 2, 6, 7]], [0.9], [1])]
    >>> figure = detections(np.zeros((1, 8, 8, 3)), found, class_names=["cat", "dog"])
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['dog 0.90']
    """
    pictures = list(images)
    if found is None and truth is None:
        raise ValueError("there is nothing to draw: give found, truth or both")
    _check_each(found, len(pictures), "found")
    _check_each(truth, len(pictures), "truth")
    columns = min(len(pictures), MOST_COLUMNS) if columns is None else columns
    figure = enlarged(image_grid(images, titles, max(columns, 1), title=title), 0.5 * bool(title) + 0.3 * bool(titles))
    labelled, told = [], []
    for index, (panel, picture) in enumerate(zip(figure.axes, pictures, strict=True)):
        there = [] if truth is None else as_truth(truth[index], np.shape(picture), class_names, f"truth[{index}]")
        boxes = there if found is None else as_boxes(found[index], class_names, f"found[{index}]")
        if found is not None:
            draw_boxes(panel, [box._replace(color="white") for box in there], dashed=True)
        draw_boxes(panel, boxes)
        labelled.append(boxes)
        told.append(_in_words(titles[index] if titles else "", boxes, None if found is None else there))
    if found is not None and truth is not None:
        _explain_lines(figure)
    figure.draw_without_rendering()  # the labels' places depend on the final size of the panels
    for panel, boxes in zip(figure.axes, labelled, strict=True):
        draw_labels(panel, boxes)
    return described(figure, f"{counted(len(pictures), 'image')} with boxes: {clauses(told)}.")


@styled
def suppression(
    image: Any,
    boxes: Any,
    scores: Any,
    kept: Any,
    labels: Any = None,
    *,
    class_names: Sequence[str] | None = None,
    title: str | None = None,
) -> Figure:
    """Draw the boxes of an image before and after non-maximum suppression, side by side.

    Args:
        image: (height, width) or (height, width, channels).
        boxes: (n, 4), x_min, y_min, x_max, y_max in pixels; n may be 0.
        scores: (n,).
        kept: the indices of the boxes that are left, or a mask (n,).
        labels: (n,), classes; None: all of one class, and nothing is said of it.
        class_names: by class; None writes numbers.
        title: above the whole figure.

    Raises:
        TypeError: something holds no real numbers.
        ValueError: shapes do not fit, or an index is of no box.

    Source: catalogue C-103.

    >>> boxes = [[1, 1, 5, 5], [1, 2, 5, 6], [4, 4, 8, 8]]
    >>> [axes.get_title() for axes in suppression(np.zeros((8, 8)), boxes, [0.9, 0.8, 0.7], [0, 2]).axes]
    ['before: 3 boxes', 'after: 2 boxes']
    """
    nothing = not np.size(boxes) and not np.size(scores)  # an ordinary outcome of a detector
    all_boxes = np.zeros((0, 4)) if nothing else checked(boxes, "boxes", "(n, 4)", (2,))
    all_scores = np.zeros(0) if nothing else checked(scores, "scores", "(n,)", (1,))
    kinds = np.zeros(len(all_boxes), int) if labels is None else np.asarray(labels)
    class_names = [""] if labels is None else class_names  # scores alone
    try:
        left = np.arange(len(all_boxes))[np.asarray(kept, dtype=None if np.size(kept) else int)]
    except IndexError as error:
        raise ValueError(f"kept must be indices of the {len(all_boxes)} boxes, or a mask, got {kept!r}") from error
    found = [(all_boxes, all_scores, kinds), (all_boxes[left], all_scores[left], kinds[left])]
    titles = [f"before: {len(all_boxes)} boxes", f"after: {len(left)} boxes"]
    return detections([image, image], found, class_names=class_names, titles=titles, title=title)


@styled
def detection_progress(
    images: Any,
    found: Mapping[Any, Sequence[Any]],
    *,
    truth: Sequence[Any] | None = None,
    class_names: Sequence[str] | None = None,
    title: str | None = None,
) -> Figure:
    """Draw the same images again and again while a detector learns: a row for each image, a column for each time.

    Args:
        images: a batch (n, height, width, channels), or a sequence of images.
        found: by when, such as "epoch 5", what was found in each image; see `detections`.
        truth: for each image, what is there; see `detections`.
        class_names: by class; None writes numbers.
        title: above the whole figure.

    Raises:
        TypeError: as `detections`.
        ValueError: as `detections`, or there is no time at all.

    >>> nothing = ([], [], [])
    >>> steps = {"epoch 1": [nothing, nothing], "epoch 2": [([[1, 1, 4, 4]], [0.8], [0]), nothing]}
    >>> len(detection_progress(np.zeros((2, 8, 8)), steps).axes)
    4
    """
    if not found:
        raise ValueError("found is empty: give the detections of at least one time")
    pictures = list(images)
    for when, each in found.items():
        _check_each(each, len(pictures), f"found[{when!r}]")
    times = len(found)
    return detections(
        [picture for picture in pictures for _ in range(times)],
        [each[index] for index in range(len(pictures)) for each in found.values()],
        truth=None if truth is None else [rows for rows in truth for _ in range(times)],
        class_names=class_names,
        titles=[*map(str, found), *[""] * (times * (len(pictures) - 1))],
        columns=times,
        title=title,
    )


def _in_words(title: Any, boxes: list[Box], there: list[Box] | None) -> str:
    """Name the boxes of an image, the surest first; `there`, what is in truth, is None where it is what was drawn."""
    surest = sorted(boxes, key=lambda box: -box.rank)
    names = listed((f"{box.name} {'' if box.score is None else f'{box.score:.2f}'}".strip() for box in surest), 6)
    said = f"{title}: ".removeprefix(": ") + (names or "nothing")
    return f"{said}, where there is {listed((box.name for box in there), 6)}" if there else said


def _check_each(given: Any, count: int, name: str) -> None:
    if given is not None and len(given) != count:
        raise ValueError(f"{name} must have an entry for each of {count} images, got {len(given)}")


def _explain_lines(figure: Figure) -> None:
    white = Line2D([], [], color="white", linestyle=(0, (3, 2)))
    found = Line2D([], [], color="0.6")
    figure.set_figheight(figure.get_figheight() + 0.35)
    legend = figure.legend([white, found], ["what is there", "what was found"], loc="outside lower center", ncols=2)
    legend.set_frame_on(True)
    legend.get_frame().set(facecolor="0.3", edgecolor="none")
    for text in legend.get_texts():
        text.set_color("white")
