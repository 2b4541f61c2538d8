"""Boxes: their formats, and how well two of them agree (IoU, GIoU, CIoU).

Boxes are `(..., 4)`: `x_min, y_min, x_max, y_max`, in pixels or as parts of the image. A box holds what lies between
its edges, so that its width is `x_max - x_min`. The measures go box by box and broadcast; `pairwise` compares all with
all.
"""

import math
from collections.abc import Callable
from typing import Any

from keras import ops
from keras.utils import bounding_boxes

from ccv.names import check_name

FORMATS = (
    "xyxy",
    "yxyx",
    "xywh",
    "center_xywh",
    "center_yxhw",
    "rel_xyxy",
    "rel_yxyx",
    "rel_xywh",
    "rel_center_xywh",
)
# An area that float32 cannot tell from none, and by whose square it can still divide: below it a box is empty.
EMPTY = 1e-14


def convert(boxes: Any, source: str, target: str, height: float | None = None, width: float | None = None) -> Any:
    """Convert boxes `(..., 4)` between the formats of `keras.utils.bounding_boxes`, and keep their float type.

    `height` and `width` of the image are needed between pixels and parts (`rel_`) of it.

    Raises ValueError for an unknown format, other than four numbers a box, or where the image's size is missing.

    >>> convert([[0.25, 0.5, 0.75, 1.0]], "rel_xyxy", "center_xywh", height=100, width=200).__array__().tolist()
    [[100.0, 75.0, 100.0, 50.0]]
    """
    for name in (source, target):
        check_name("box format", name, FORMATS)
    both = source.startswith("rel_") == target.startswith("rel_")
    if not both and (height is None or width is None):
        raise ValueError(f"{source} to {target} needs the image's size: give height= and width= in pixels")
    boxes = _four(boxes)
    # Scaled here, since Keras 3.12 confuses height and width of rel_center_xywh. Between two relative formats the size
    # plays no part.
    size = (1, 1) if both else (height, width)
    boxes = boxes * _sides(source, size, boxes.dtype)
    here, there = source.removeprefix("rel_"), target.removeprefix("rel_")
    boxes = bounding_boxes.convert_format(boxes, source=here, target=there, dtype=boxes.dtype)
    return boxes / _sides(target, size, boxes.dtype)


def _sides(form: str, size: tuple[Any, Any], dtype: Any) -> Any:
    """Return the pixels of the unit of each of the four numbers."""
    height, width = size if form.startswith("rel_") else (1, 1)
    return ops.convert_to_tensor([height, width] * 2 if form == "rel_yxyx" else [width, height] * 2, dtype)


def clip(boxes: Any, height: float = 1.0, width: float = 1.0) -> Any:
    """Cut boxes `(..., 4)` at the image's edges: parts of it by default, pixels where its size is given.

    A box outside becomes one without area on the edge.

    >>> clip([[-0.5, 0.25, 0.5, 1.25]]).__array__().tolist()
    [[0.0, 0.25, 0.5, 1.0]]
    """
    boxes = _four(boxes)
    return ops.minimum(ops.maximum(boxes, 0), ops.cast([width, height, width, height], boxes.dtype))


def area(boxes: Any) -> Any:
    """Return the areas `(...)` of boxes `(..., 4)`; 0 where an edge lies beyond its opposite.

    >>> area([[1, 1, 3, 4], [3, 1, 1, 4]]).__array__().tolist()
    [6.0, 0.0]
    """
    x_min, y_min, x_max, y_max = _edges(boxes)
    return (x_max - x_min) * (y_max - y_min)


def iou(a: Any, b: Any) -> Any:
    """Return intersection over union, from 0 to 1, of boxes `(..., 4)` one by one; 0 where both have no area.

    Keras's `compute_iou` adds 1e-7 to the union: two equal boxes of 1 % of the image's sides would agree by 0.999 only.
    Source: the course's slides 003 (C-102).

    >>> round(float(iou([1, 1, 3, 3], [2, 2, 4, 4])), 4)
    0.1429
    """
    inside, union = _shared(_edges(a), _edges(b))
    return _ratio(inside, union)


def giou(a: Any, b: Any) -> Any:
    """Return generalised IoU, from -1 to 1: IoU less the part of the hull around both that neither fills.

    It grows as two boxes that do not meet draw near. Source: Rezatofighi et al. 2019, algorithm 1.

    >>> round(float(giou([0, 0, 1, 1], [2, 0, 3, 1])), 4)
    -0.3333
    """
    a, b = _edges(a), _edges(b)
    inside, union = _shared(a, b)
    width, height = _hull(a, b)
    return _ratio(inside, union) - _ratio(width * height - union, width * height)


def ciou(a: Any, b: Any) -> Any:
    """Return complete IoU: IoU less the distance of the centres and the difference of the shapes.

    The distance is squared and divided by the hull's diagonal squared. The weight of the shapes is held constant in the
    gradient. Source: Zheng et al. 2020, equations 7 to 11.

    >>> round(float(ciou([0, 0, 1, 1], [2, 0, 3, 1])), 4)
    -0.4
    """
    a, b = _edges(a), _edges(b)
    overlap = _ratio(*_shared(a, b))
    width, height = _hull(a, b)
    x, y = ((a[i] + a[i + 2] - b[i] - b[i + 2]) / 2 for i in (0, 1))
    shape = 4 / math.pi**2 * ops.square(_angle(a) - _angle(b))
    weight = ops.stop_gradient(_ratio(shape, 1 - overlap + shape))
    return overlap - _ratio(x * x + y * y, width * width + height * height) - weight * shape


def pairwise(a: Any, b: Any, measure: Callable[[Any, Any], Any] = iou) -> Any:
    """Compare every box of `a` `(..., n, 4)` with every one of `b` `(..., m, 4)`: `(..., n, m)`.

    >>> pairwise([[0, 0, 2, 2], [0, 0, 1, 1]], [[0, 0, 2, 2]]).__array__().tolist()
    [[1.0], [0.25]]
    """
    return measure(ops.expand_dims(_four(a), -2), ops.expand_dims(_four(b), -3))


def _four(boxes: Any) -> Any:
    """Return boxes as a tensor of floats."""
    boxes = ops.convert_to_tensor(boxes)
    if not boxes.shape or boxes.shape[-1] != 4:
        raise ValueError(f"boxes must be (..., 4), x_min, y_min, x_max, y_max, got the shape {tuple(boxes.shape)}")
    return boxes if "float" in str(boxes.dtype) else ops.cast(boxes, "float32")


def _edges(boxes: Any) -> tuple[Any, ...]:
    """Return the four edges; a box that ends before it begins is an empty one where it begins."""
    x_min, y_min, x_max, y_max = ops.unstack(_four(boxes), 4, axis=-1)
    return x_min, y_min, ops.maximum(x_min, x_max), ops.maximum(y_min, y_max)


def _shared(a: tuple[Any, ...], b: tuple[Any, ...]) -> tuple[Any, Any]:
    """Return the areas of the intersection and of the union."""
    width = ops.relu(ops.minimum(a[2], b[2]) - ops.maximum(a[0], b[0]))
    height = ops.relu(ops.minimum(a[3], b[3]) - ops.maximum(a[1], b[1]))
    areas = ((x_max - x_min) * (y_max - y_min) for x_min, y_min, x_max, y_max in (a, b))
    return width * height, sum(areas) - width * height


def _hull(a: tuple[Any, ...], b: tuple[Any, ...]) -> tuple[Any, Any]:
    """Return the width and height of the smallest box around both."""
    return (
        ops.maximum(a[2], b[2]) - ops.minimum(a[0], b[0]),
        ops.maximum(a[3], b[3]) - ops.minimum(a[1], b[1]),
    )


def _angle(edges: tuple[Any, ...]) -> Any:
    """Return the angle of the diagonal, from 0 (tall) to pi/2 (wide); pi/4 for a point."""
    width, height = edges[2] - edges[0], edges[3] - edges[1]
    point = width * width + height * height <= EMPTY
    return ops.arctan2(ops.where(point, 1.0, width), ops.where(point, 1.0, height))


def _ratio(part: Any, whole: Any) -> Any:
    """Divide; 0 where there is nothing to divide by, and in the gradient too."""
    something = whole > EMPTY
    return ops.where(something, part / ops.where(something, whole, 1.0), 0.0)
