"""What the steps of a recipe pass on: images with their labels and boxes, always batched, and its way in and out."""

from dataclasses import dataclass
from typing import Any

import keras
from keras.utils import bounding_boxes

ABSOLUTE = ("xyxy", "yxyx", "xywh", "center_xywh", "center_yxhw")
FORMATS = (*ABSOLUTE, "rel_xyxy", "rel_yxyx", "rel_xywh", "rel_center_xywh")
MIN_SIDE = 0.99  # pixels: a box that is narrower is padding; of one pixel, rounding of relative numbers leaves less
MIN_VISIBLE = 0.1  # of a box's area


@dataclass(frozen=True)
class Batch:
    """Images float32 `(batch, height, width, channels)` from 0 to 255, boxes in pixels `xyxy`, padding of class -1."""

    images: Any
    labels: Any = None  # (batch,) or (batch, classes)
    boxes: Any = None  # (batch, n, 4): left, top, right, bottom
    classes: Any = None  # (batch, n)
    masks: Any = None  # (batch, height, width): a class number for every pixel


def read_boxes(ops: Any, targets: Any, form: str | None, size: tuple[Any, Any], single: bool) -> tuple[Any, Any]:
    """Return boxes `(batch, n, 4)` in pixels `xyxy` and classes `(batch, n)`; leave `targets` as they are."""
    if form is None:
        raise ValueError('these data have bounding boxes: say their format, as in pipeline(..., boxes="xyxy")')
    if not isinstance(targets, dict) or not {"boxes", "labels"} <= set(targets):
        raise ValueError('bounding boxes are a dict {"boxes": (batch, n, 4), "labels": (batch, n)}, -1 for padding')
    if any(hasattr(targets[key], "row_splits") for key in ("boxes", "labels")):
        raise ValueError("ragged boxes must be padded with -1: call .to_tensor(-1) on the boxes and on their labels")
    boxes, classes = (ops.convert_to_tensor(targets[key]) for key in ("boxes", "labels"))
    rank = 2 if single else 3
    if len(boxes.shape) != rank or len(classes.shape) != rank - 1 or boxes.shape[-1] not in (4, None):
        axes = "(n, 4) and (n,)" if single else "(batch, n, 4) and (batch, n)"
        raise ValueError(f"boxes and their labels must be {axes} here, not {boxes.shape} and {classes.shape}")
    if None not in (boxes.shape[-2], classes.shape[-1]) and boxes.shape[-2] != classes.shape[-1]:
        raise ValueError(f"{boxes.shape[-2]} boxes have {classes.shape[-1]} labels: pass one label for each box")
    kind = keras.backend.standardize_dtype(classes.dtype)
    if kind == "bool" or kind.startswith("uint"):
        raise ValueError(f"the boxes' labels are {kind}, which has no -1 for padding: cast them to int32")
    if single:
        boxes, classes = boxes[None], classes[None]
    return to_pixels(ops, boxes, form, size), classes


def write_boxes(
    ops: Any, batch: Batch, targets: dict[str, Any], form: str, limit: int | None, single: bool
) -> dict[str, Any]:
    """Return a new dict like `targets`, boxes in the format `form`, and padding rows of -1."""
    height, width = ops.shape(batch.images)[1:3]
    boxes, classes = clipped(ops, batch.boxes, batch.classes, height, width)
    boxes = bounding_boxes.convert_format(boxes, source="xyxy", target=form.removeprefix("rel_"))
    boxes = boxes / _unit(ops, form, (height, width))
    boxes = ops.numpy.where((classes >= 0)[..., None], boxes, -1.0)
    if limit is not None:
        boxes, classes = first_rows(ops, boxes, classes, limit)
    return {**targets, "boxes": boxes[0] if single else boxes, "labels": classes[0] if single else classes}


def first_rows(ops: Any, boxes: Any, classes: Any, limit: int) -> tuple[Any, Any]:
    """Return so many rows of boxes `(batch, n, 4)` and classes `(batch, n)`, padding last."""
    first = ops.numpy.argsort(ops.cast(classes < 0, "int32"), axis=1)[:, :limit]
    boxes = ops.numpy.take_along_axis(boxes, first[..., None], axis=1)
    return boxes, ops.numpy.take_along_axis(classes, first, axis=1)


def to_pixels(ops: Any, boxes: Any, form: str, size: tuple[Any, Any]) -> Any:
    """Return boxes of a format as `xyxy` in pixels of an image of `size` (height, width).

    The relative ones are scaled here: Keras 3.12 confuses height and width of `rel_center_xywh`.
    """
    boxes = ops.cast(boxes, "float32") * _unit(ops, form, size)
    return bounding_boxes.convert_format(boxes, source=form.removeprefix("rel_"), target="xyxy")


def _unit(ops: Any, form: str, size: tuple[Any, Any]) -> Any:
    """Return the pixels of the four numbers' units: 1, or the side that each is a part of."""
    if not form.startswith("rel_"):
        return 1.0
    height, width = size
    sides = [height, width] if form == "rel_yxyx" else [width, height]
    return ops.cast(ops.numpy.stack([*sides, *sides]), "float32")


def clipped(ops: Any, boxes: Any, classes: Any, height: Any, width: Any) -> tuple[Any, Any]:
    """Cut boxes at the image's edges, and make padding of those that hardly show."""
    x1, y1, x2, y2 = (boxes[..., i] for i in range(4))
    right, bottom = ops.cast(width, "float32"), ops.cast(height, "float32")
    seen_x1, seen_x2 = (ops.numpy.clip(x, 0.0, right) for x in (x1, x2))
    seen_y1, seen_y2 = (ops.numpy.clip(y, 0.0, bottom) for y in (y1, y2))
    w, h = seen_x2 - seen_x1, seen_y2 - seen_y1
    shows = (w >= MIN_SIDE) & (h >= MIN_SIDE) & (w * h >= MIN_VISIBLE * (x2 - x1) * (y2 - y1))
    seen = ops.numpy.stack([seen_x1, seen_y1, seen_x2, seen_y2], axis=-1)
    return seen, ops.numpy.where(shows, classes, ops.cast(-1, classes.dtype))
