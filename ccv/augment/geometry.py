"""Affine maps of images and boxes alike: one matrix for each image, in the coordinates of the boxes.

A pixel covers the square from its index to the next, so a box from 0 to the width holds the whole image. A matrix
`(batch, 6)` holds `a, b, c, d, e, f` of `x' = a x + b y + c`, `y' = d x + e y + f`, from the old place to the new.
"""

from dataclasses import replace
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
    if batch.boxes is None:
        return replace(batch, images=images)
    height, width = ops.shape(batch.images)[1:3]
    boxes, classes = clipped(ops, moved(ops, batch.boxes, matrix), batch.classes, height, width)
    return replace(batch, images=images, boxes=boxes, classes=classes)


def moved(ops: Any, boxes: Any, matrix: Any) -> Any:
    """Return the upright boxes around the moved corners of boxes `(batch, n, 4)`."""
    x1, y1, x2, y2 = (boxes[..., i] for i in range(4))
    xs, ys = (ops.numpy.stack(corners, axis=-1) for corners in ((x1, x2, x2, x1), (y1, y1, y2, y2)))
    a, b, c, d, e, f = (matrix[:, None, i, None] for i in range(6))
    xs, ys = a * xs + b * ys + c, d * xs + e * ys + f
    edges = (ops.numpy.min(xs, -1), ops.numpy.min(ys, -1), ops.numpy.max(xs, -1), ops.numpy.max(ys, -1))
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
