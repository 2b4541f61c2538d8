"""From a network's raw numbers to boxes and scores, and on to detections."""

from typing import Any

from keras import ops

from ccv.detection.heads import Slots
from ccv.detection.records import Detections
from ccv.detection.suppression import nms

# e to this is the largest factor of an anchor: 2,981. Darknet has no bound, and float32 would overflow at 89.
LARGEST = 8.0
CANDIDATES = 512  # pairs of box and class that NMS sees, the surest first


def decode_grid(raw: Any, boxes: int) -> tuple[Any, Any, Any]:
    """Read YOLO v1's numbers `(batch, rows, columns, 5 boxes + classes)`.

    Return corners `(batch, cells, boxes, 4)` as parts of the image, confidences `(batch, cells, boxes)` and the class
    scores `(batch, cells, classes)`. x and y are parts of the cell; w and h are square roots of parts of the image.
    Source: Redmon et al. 2015, section 2.
    """
    _, rows, columns, channels = raw.shape
    flat = ops.reshape(raw, (-1, rows * columns, channels))
    numbers = ops.reshape(flat[..., : 5 * boxes], (-1, rows * columns, boxes, 5))
    number = ops.arange(rows * columns)
    cell = ops.cast(ops.stack([number % columns, number // columns], axis=-1), raw.dtype)[:, None]
    center = (numbers[..., 0:2] + cell) / ops.cast([columns, rows], raw.dtype)
    return corners(center, ops.square(numbers[..., 2:4])), numbers[..., 4], flat[..., 5 * boxes :]


def decode_anchors(raw: Any, slots: Slots) -> Any:
    """Return the corners `(batch, N, 4)`, parts of the image, of raw predictions `(batch, N, 5 + classes)`.

    x = (sigmoid(tx) + column) / columns, w = anchor width x e^tw, and y, h alike. Source: "YOLO9000", section 2.
    """
    grid, anchor = (ops.cast(part, raw.dtype) for part in (slots.grid, slots.anchor))
    center = (ops.sigmoid(raw[..., 0:2]) + grid[:, 0:2]) / grid[:, 2:4]
    return corners(center, anchor * ops.exp(ops.minimum(raw[..., 2:4], LARGEST)))


def corners(center: Any, size: Any) -> Any:
    """Return x_min, y_min, x_max, y_max `(..., 4)` of centres and sizes `(..., 2)`."""
    return ops.concatenate([center - size / 2, center + size / 2], axis=-1)


def decode(raw: Any, version: int, slots: Slots | None = None, classes: int | None = None) -> tuple[Any, Any]:
    """Return corners `(batch, n, 4)` as parts of the image, and scores `(batch, n, classes)`: objectness x class.

    `raw` is what a network of that version gives. Version 1 needs the number of `classes`, versions 2 and 3 the
    `slots`. The classes of version 2 share a softmax; those of version 3 have a sigmoid each.
    """
    if version == 1:
        assert classes is not None
        count = (raw.shape[-1] - classes) // 5
        boxes, confidence, names = decode_grid(raw, count)
        scores = confidence[..., None] * names[..., None, :]
        cells = raw.shape[1] * raw.shape[2] * count
        return ops.reshape(boxes, (-1, cells, 4)), ops.reshape(scores, (-1, cells, classes))
    assert slots is not None
    activation = class_shares if version == 2 else ops.sigmoid
    return decode_anchors(raw, slots), ops.sigmoid(raw[..., 4:5]) * activation(raw[..., 5:])


def class_shares(raw: Any) -> Any:
    """Return the softmax over the classes `(..., classes)`; of one class, 1 without Keras's warning that it is."""
    return ops.softmax(raw) if raw.shape[-1] > 1 else ops.ones_like(raw)


def detections(
    boxes: Any, scores: Any, score: float = 0.5, iou: float = 0.45, max_detections: int = 100, **options: Any
) -> Detections:
    """Return the detections, padded with label -1, of boxes `(batch, n, 4)` and class scores `(batch, n, classes)`.

    Every class of a box whose score is above `score` is a candidate of its own; `nms` by class keeps the surest.
    `options` are those of `ccv.detection.suppression.nms`. Source: darknet's `get_network_boxes`, `do_nms_sort`.
    """
    classes = scores.shape[-1]
    flat = ops.clip(ops.reshape(scores, (-1, scores.shape[1] * classes)), 0, 1)
    best, index = ops.top_k(flat, min(CANDIDATES, flat.shape[-1]))
    index = ops.cast(index, "int32")
    chosen = ops.take_along_axis(boxes, (index // classes)[..., None], axis=1)
    return nms(chosen, best, index % classes, iou, max_detections, score=score, **options)
