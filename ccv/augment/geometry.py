"""Affine maps of images, boxes and masks alike: one matrix for each image, in the coordinates of the boxes.

A pixel covers the square from its index to the next, so a box from 0 to the width holds the whole image. A matrix
`(batch, 6)` holds `a, b, c, d, e, f` of `x' = a x + b y + c`, `y' = d x + e y + f`, from the old place to the new.
"""

import math
from dataclasses import replace
from functools import reduce
from typing import Any

from ccv.augment.batch import Batch, clipped


def scaling(ops: Any, scale: Any, x: Any, y: Any, mirrored: Any = None, width: Any = None) -> Any:
    """Return the matrices that scale about the corner, then move by `x` and `y`, then mirror; each `(batch,)`."""
    zero, across = ops.numpy.zeros_like(scale), scale
    if mirrored is not None:
        across = ops.numpy.where(mirrored, -scale, scale)
        x = ops.numpy.where(mirrored, ops.cast(width, "float32") - x, x)
    return ops.numpy.stack([across, zero, x, zero, scale, y], axis=-1)


def about_center(ops: Any, parts: tuple[Any, Any, Any, Any], x: Any, y: Any, height: Any, width: Any) -> Any:
    """Return the matrices of the linear `parts` `a, b, d, e` about an image's centre, then a move by `x` and `y`."""
    a, b, d, e = parts
    center_x, center_y = (ops.cast(side, "float32") / 2 for side in (width, height))
    c = center_x + x - a * center_x - b * center_y
    f = center_y + y - d * center_x - e * center_y
    return ops.numpy.stack([a, b, c, d, e, f], axis=-1)


def warp(ops: Any, batch: Batch, matrix: Any, fill: float | None = 0.0) -> Batch:
    """Move images and boxes by the matrices; what comes from outside is `fill`, or the nearest pixel for None."""
    images = ops.image.affine_transform(
        batch.images,
        _sampling(ops, matrix),
        interpolation="bilinear",
        fill_mode="nearest" if fill is None else "constant",
        fill_value=fill or 0.0,
        data_format="channels_last",
    )
    return with_targets(ops, replace(batch, images=images), matrix, fill)


def with_targets(ops: Any, batch: Batch, matrix: Any, fill: float | None = 0.0) -> Batch:
    """Move the boxes and masks alone by the matrices."""
    batch = batch if batch.boxes is None else with_boxes(ops, batch, matrix)
    return batch if batch.masks is None else with_masks(ops, batch, matrix, fill)


def with_masks(ops: Any, batch: Batch, matrix: Any, fill: float | None) -> Batch:
    """Move the masks alone: the nearest pixel's class, since the mean of two classes is none.

    What comes from outside is class 0, the ground, or the nearest pixel's where the image has that, too.
    """
    moved_masks = ops.image.affine_transform(
        ops.cast(batch.masks, "float32")[..., None],
        _sampling(ops, matrix),
        interpolation="nearest",
        fill_mode="nearest" if fill is None else "constant",
        fill_value=0.0,
        data_format="channels_last",
    )
    return replace(batch, masks=ops.cast(moved_masks[..., 0], batch.masks.dtype))


def with_boxes(ops: Any, batch: Batch, matrix: Any) -> Batch:
    """Move the boxes alone by the matrices, and cut them at the edges."""
    height, width = ops.shape(batch.images)[1:3]
    boxes, classes = clipped(ops, moved(ops, batch.boxes, matrix), batch.classes, height, width)
    return replace(batch, boxes=boxes, classes=classes)


def of_layer(ops: Any, layer: Any, chosen: dict[str, Any], images: Any) -> Any:
    """Return the matrices of what a layer of Keras has drawn, None where it moves no pixels.

    Keras moves boxes too, but cuts them without a word on how much is left, and RandomZoom asks for images of one size.
    """
    count, height, width = ops.shape(images)[:3]
    one, zero = ops.numpy.ones((count,), "float32"), ops.numpy.zeros((count,), "float32")
    a, b, d, e, x, y = one, zero, zero, one, zero, zero
    match type(layer).__name__:
        case "RandomFlip":  # left to right, which is all that the recipes ask for
            a = ops.numpy.where(ops.numpy.reshape(chosen["flips"], (-1,)), -1.0, 1.0)
        case "RandomRotation":
            angle = chosen["angle"] * (math.pi / 180)  # against the clock, as one sees it
            a, b = ops.numpy.cos(angle), ops.numpy.sin(angle)
            d, e = -b, a
        case "RandomTranslation":
            x, y = (chosen["translations"][:, i] for i in range(2))
        case "RandomZoom":
            a, e = (1.0 / ops.numpy.reshape(chosen[side], (-1,)) for side in ("width_zoom", "height_zoom"))
        case _:
            return None
    return about_center(ops, (a, b, d, e), x, y, height, width)


def moved(ops: Any, boxes: Any, matrix: Any) -> Any:
    """Return the upright boxes around the moved corners of boxes `(batch, n, 4)`."""
    x1, y1, x2, y2 = (boxes[..., i] for i in range(4))
    # No matrix[:, i, None]: TensorFlow's optimizer of graphs loses the new axis where it knows the batch's size.
    a, b, c, d, e, f = (matrix[:, i : i + 1] for i in range(6))
    corners = ((x1, y1), (x2, y1), (x2, y2), (x1, y2))
    xs, ys = [a * x + b * y + c for x, y in corners], [d * x + e * y + f for x, y in corners]
    # One by one: Keras's min along an axis refuses a batch without boxes.
    edges = [reduce(pick, values) for pick in (ops.numpy.minimum, ops.numpy.maximum) for values in (xs, ys)]
    return ops.numpy.stack(edges, axis=-1)


def _sampling(ops: Any, matrix: Any) -> Any:
    """Return `(batch, 8)` as Keras takes them: from a new pixel's index to the old one's, centres being at halves."""
    a, b, c, d, e, f = (matrix[:, i] for i in range(6))
    determinant = a * e - b * d
    a, b, d, e = e / determinant, -b / determinant, -d / determinant, a / determinant
    c, f = -(a * c + b * f), -(d * c + e * f)
    zero = ops.numpy.zeros_like(a)
    rows = [a, b, c + (a + b - 1) / 2, d, e, f + (d + e - 1) / 2, zero, zero]
    return ops.numpy.stack(rows, axis=-1)
