"""Who learns what: the cell, box or anchor that is responsible for each object of a padded truth.

A truth is `(batch, objects, 5)`, x_min, y_min, x_max, y_max as parts of the image, class; rows of -1 are padding. An
object counts if it has an area and its centre is in the image, edges included; one on the right or lower edge belongs
to the last cell. Of two objects that want one place, version 1 keeps the first, versions 2 and 3 the last, as darknet.
"""

from typing import Any, NamedTuple

import numpy as np
from keras import ops

from ccv.detection.heads import Slots


class Truth(NamedTuple):
    """A truth, taken apart: `counts` `(batch, objects)` is 1 for an object, 0 for padding and what does not count.

    `boxes` `(batch, objects, 4)` are corners, `center` and `size` `(batch, objects, 2)`; those that do not count have
    a size of 1/2 in the middle, so that no logarithm fails. `labels` `(batch, objects)`.
    """

    counts: Any
    boxes: Any
    center: Any
    size: Any
    labels: Any


class Assigned(NamedTuple):
    """`slot` `(batch, objects)`: the place of each object among the predictions; `wins`: 1 where it alone trains it.

    `same` `(batch, objects, objects)`: 1 for two that count and have one place.
    """

    slot: Any
    wins: Any
    same: Any


def read_truth(truth: Any, dtype: str = "float32") -> Truth:
    """Take a truth `(batch, objects, 5)` apart."""
    truth = ops.cast(truth, dtype)
    low, high, labels = truth[..., 0:2], truth[..., 2:4], truth[..., 4]
    center, size = (low + high) / 2, high - low
    inside = ops.all(ops.logical_and(center >= 0, center <= 1), axis=-1)
    counts = ops.logical_and(ops.logical_and(inside, ops.all(size > 0, axis=-1)), labels >= 0)
    center, size = (ops.where(counts[..., None], part, ops.full_like(part, 0.5)) for part in (center, size))
    boxes = ops.concatenate([center - size / 2, center + size / 2], axis=-1)
    return Truth(ops.cast(counts, dtype), boxes, center, size, ops.cast(ops.maximum(labels, 0), "int32"))


def responsible_cell(center: Any, rows: Any, columns: Any) -> tuple[Any, Any]:
    """Return the cell `(..., 2)`, column and row, in which a center `(..., 2)` lies, and where in it, from 0 to 1.

    Source: the course's slides (C-099).

    >>> cell, offset = responsible_cell(np.array([0.53, 0.22]), 7, 7)
    >>> np.array(cell).tolist(), np.array(offset).round(2).tolist()
    ([3.0, 1.0], [0.71, 0.54])
    """
    sides = ops.cast(ops.stack([columns, rows], axis=-1), center.dtype)
    place = center * sides
    cell = ops.clip(ops.floor(place), 0, sides - 1)
    return cell, place - cell


def assign_to_cells(objects: Truth, rows: int, columns: int) -> Assigned:
    """Give each object the cell of its centre, number row x columns + column; the first in a cell has it (YOLO v1)."""
    cell, _ = responsible_cell(objects.center, rows, columns)
    slot = ops.cast(cell[..., 1] * columns + cell[..., 0], "int32")
    return _decide(slot, objects.counts, last=False)


def assign_to_anchors(objects: Truth, slots: Slots) -> Assigned:
    """Give each object the anchor whose shape fits it best, of all heads, in the cell of its centre (YOLOv2, v3)."""
    # Each anchor's head: its sides, how many anchors it has, where it begins; and the anchor's number within.
    table = [(c, r, k, first, n) for r, c, k, first in slots.heads for n in range(k)]
    anchors = np.concatenate([slots.anchor[first : first + k] for _, _, k, first in slots.heads])
    best = ops.argmax(shape_iou(objects.size, anchors), axis=-1)
    columns, rows, k, first, within = ops.unstack(ops.take(np.array(table, "int32"), best, axis=0), 5, axis=-1)
    cell, _ = responsible_cell(objects.center, rows, columns)
    column, row = ops.unstack(ops.cast(cell, "int32"), 2, axis=-1)
    return _decide(first + (row * columns + column) * k + within, objects.counts, last=True)


def shape_iou(sizes: Any, anchors: Any) -> Any:
    """Return the IoU `(..., anchors)` of sizes `(..., 2)` with anchors `(anchors, 2)`, all with one centre."""
    anchors = ops.cast(anchors, sizes.dtype)
    inner = ops.prod(ops.minimum(sizes[..., None, :], anchors), axis=-1)
    return inner / (ops.prod(sizes, axis=-1)[..., None] + ops.prod(anchors, axis=-1) - inner)


def grid_target(truth: Any, rows: int, columns: int, classes: int) -> np.ndarray:
    """Return the target `(rows, columns, 5 + classes)` of one image's truth `(objects, 5)`, to look at.

    Of a cell with an object: its centre in the cell (x, y), its width and height as parts of the image, 1, and the
    class one-hot; zeros elsewhere. Source: Redmon et al. 2015, section 2; catalogue C-099 and E-68.

    >>> target = grid_target([[0.43, 0.12, 0.63, 0.32, 1]], 7, 7, 3)
    >>> [round(float(number), 2) for number in target[1, 3]]
    [0.71, 0.54, 0.2, 0.2, 1.0, 0.0, 1.0, 0.0]
    """
    objects = read_truth(np.asarray(truth, "float32")[None])
    cell, offset = responsible_cell(objects.center, rows, columns)
    wins = np.array(assign_to_cells(objects, rows, columns).wins[0])
    target = np.zeros((rows, columns, 5 + classes), "float32")
    for index in np.flatnonzero(wins):
        column, row = np.array(cell[0, index], int)
        target[row, column, :5] = *np.array(offset[0, index]), *np.array(objects.size[0, index]), 1
        target[row, column, 5 + int(objects.labels[0, index])] = 1
    return target


def _decide(slot: Any, counts: Any, last: bool) -> Assigned:
    """Say which of several objects with one slot trains it: the first, or the last."""
    both = counts[:, :, None] * counts[:, None, :]
    same = both * ops.cast(slot[:, :, None] == slot[:, None, :], counts.dtype)
    number = counts.shape[1]
    others = np.triu(np.ones((number, number)), 1) if last else np.tril(np.ones((number, number)), -1)
    beaten = ops.any(same * ops.cast(others, counts.dtype) > 0, axis=-1)
    return Assigned(slot, ops.where(beaten, ops.zeros_like(counts), counts), same)
