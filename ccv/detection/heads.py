"""What stands between a YOLO network's maps and its boxes: the last layer, its cells and anchors, and the prior.

`Predictions` joins the heads of a network and carries all that a saved detector must know: the version of YOLO, the
names of the classes, the anchors. `Slots` says of each prediction which cell and anchor it belongs to.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import ops

# Anchors in grid cells of 32 pixels (width, height). Source: darknet's yolov2-voc.cfg, yolov2.cfg (80 classes of
# COCO) and yolov2-tiny-voc.cfg.
V2_VOC = ((1.3221, 1.73145), (3.19275, 4.00944), (5.05587, 8.09892), (9.47112, 4.84053), (11.2364, 10.0071))
V2_COCO = ((0.57273, 0.677385), (1.87446, 2.06253), (3.33843, 5.47434), (7.88282, 3.52778), (9.77052, 9.16828))
V2_TINY = ((1.08, 1.19), (3.42, 4.41), (6.63, 11.38), (9.42, 5.11), (16.62, 10.52))
# Anchors in pixels, small to large. Source: "YOLOv3", section 2.3 and yolov3.cfg; yolov3-tiny.cfg.
V3 = ((10, 13), (16, 30), (33, 23), (30, 61), (62, 45), (59, 119), (116, 90), (156, 198), (373, 326))
V3_TINY = ((10, 14), (23, 27), (37, 58), (81, 82), (135, 169), (344, 319))
CELL = 32  # pixels of a cell of YOLOv2's grid
PRIOR = 0.01  # the share of predictions that begin as objects. Source: Lin et al. 2017, "Focal loss", section 3.3


class Slots(NamedTuple):
    """Where each of the N predictions of an image stands, coarse heads first, then rows, columns, anchors.

    `grid` (N, 4): column, row, and how many columns and rows its head has. `anchor` (N, 2): its width and height as
    parts of the image. `heads` (heads, 4): rows, columns, anchors a cell, number of the first prediction.
    """

    grid: np.ndarray
    anchor: np.ndarray
    heads: np.ndarray


def make_slots(grids: Sequence[Sequence[int]], anchors: Any) -> Slots:
    """Lay out grids `(heads, 2)` of rows and columns with the anchors `(heads, k, 2)` of each.

    >>> slots = make_slots([(1, 2), (2, 4)], np.ones((2, 3, 2)))
    >>> slots.grid.shape, slots.grid[3].tolist(), slots.heads[:, 3].tolist()
    ((30, 4), [1.0, 0.0, 2.0, 1.0], [0, 6])
    """
    grid, anchor, heads, first = [], [], [], 0
    for (rows, columns), shapes in zip(grids, np.asarray(anchors, float), strict=True):
        k = len(shapes)
        row, column, _ = np.meshgrid(range(rows), range(columns), range(k), indexing="ij")
        sides = (np.full(row.size, columns), np.full(row.size, rows))
        grid.append(np.stack([column.ravel(), row.ravel(), *sides], axis=-1))
        anchor.append(np.tile(shapes, (rows * columns, 1)))
        heads.append((rows, columns, k, first))
        first += row.size
    return Slots(np.concatenate(grid).astype(float), np.concatenate(anchor), np.array(heads))


def by_head(anchors: Any, heads: int) -> np.ndarray:
    """Share anchors `(heads k, 2)` out to the heads, coarse first: `(heads, k, 2)`, the largest to the coarsest.

    Within a head they keep their order. Raises ValueError where they cannot be shared out, or one has no area.

    >>> by_head([(1, 1), (4, 4), (2, 2), (3, 3)], 2).tolist()
    [[[4.0, 4.0], [3.0, 3.0]], [[1.0, 1.0], [2.0, 2.0]]]
    """
    sizes = np.asarray(anchors, "float32").reshape(-1, np.shape(anchors)[-1] if np.ndim(anchors) else 1)
    if sizes.shape[1] != 2 or not np.isfinite(sizes).all() or (sizes <= 0).any() or len(sizes) % heads:
        raise ValueError(
            f"anchors of shape {np.shape(anchors)} must be ({heads} x k, 2), widths and heights above 0: "
            f"as many for each of the {heads} heads"
        )
    rank = np.argsort(np.argsort(sizes.prod(axis=1), kind="stable"), kind="stable")
    k = len(sizes) // heads
    return np.stack([sizes[rank // k == heads - 1 - head] for head in range(heads)])


def published_anchors(name: str, classes: int, height: int, width: int) -> np.ndarray:
    """Return the anchors `(k, 2)` that darknet's network has, as parts of an image of height x width pixels.

    >>> published_anchors("yolo_v3", 20, 416, 416)[0].round(4).tolist()
    [0.024, 0.0312]
    """
    coco = classes == 80
    cells = {"yolo_v2": V2_COCO if coco else V2_VOC, "yolo_v2_tiny": V2_COCO if coco else V2_TINY}
    pixels = {"yolo_v3": V3, "yolo_v3_tiny": V3_TINY}
    found = np.multiply(cells[name], CELL) if name in cells else np.array(pixels[name])
    return found / (width, height)


@keras.saving.register_keras_serializable("ccv")
class Predictions(keras.layers.Layer):
    """Join the heads of a YOLO network to `(batch, N, 5 + classes)`: x, y, w, h, objectness, classes, all raw.

    One map, or a list, coarse to fine, of `(batch, rows, columns, k (5 + classes))`; N runs over heads, rows, columns,
    anchors. The one map of version 1, `(batch, rows, columns, 5 boxes + classes)`, passes unchanged. `anchors`
    `(heads, k, 2)` are parts of the image, or None as long as they are not known; they change no number here, but
    travel with the model, as the `version` (1, 2, 3) and the `class_names` do.
    """

    def __init__(self, version: int, class_names: Sequence[str], anchors: Any = None, **kwargs: Any) -> None:
        kwargs.setdefault("dtype", "float32")  # boxes need it under mixed precision, too
        super().__init__(**kwargs)
        self.version = version
        self.class_names = tuple(class_names)
        self.anchors = None if anchors is None else np.asarray(anchors, "float32")

    def call(self, heads: Any) -> Any:
        """Return the joined heads."""
        if self.version == 1:
            return heads
        numbers = 5 + len(self.class_names)
        maps = [self._flat(head, numbers) for head in _listed(heads)]
        return ops.concatenate(maps, axis=1) if len(maps) > 1 else maps[0]

    def _flat(self, head: Any, numbers: int) -> Any:
        _, rows, columns, channels = head.shape
        size = -1 if rows is None or columns is None else rows * columns * (channels // numbers)
        return ops.reshape(head, (ops.shape(head)[0], size, numbers))

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        """Count the predictions."""
        if self.version == 1:
            return tuple(input_shape)
        shapes = input_shape if isinstance(input_shape[0], list | tuple) else [input_shape]
        numbers = 5 + len(self.class_names)
        sizes = [None if None in shape[1:] else math.prod(shape[1:]) // numbers for shape in shapes]
        return (shapes[0][0], None if None in sizes else sum(sizes), numbers)  # type: ignore[arg-type]

    def get_config(self) -> dict[str, Any]:
        """Return what rebuilds the layer, and a detector from a file."""
        anchors = None if self.anchors is None else self.anchors.tolist()
        own = {"version": self.version, "class_names": list(self.class_names), "anchors": anchors}
        return super().get_config() | own


def set_prior(head: keras.layers.Conv2D, classes: int, prior: float = PRIOR) -> None:
    """Have a head `(..., k (5 + classes))` begin with an objectness of `prior` everywhere, by its bias.

    Few predictions are objects; a head that begins at one half spends its first steps unlearning that, and the many
    cells of a fine grid drown the rest. Source: Lin et al. 2017, section 3.3.
    """
    bias = np.array(head.bias)
    bias.reshape(-1, 5 + classes)[:, 4] = -math.log((1 - prior) / prior)
    head.bias.assign(bias)


def is_detector(model: keras.Model) -> bool:
    """Say whether a model is a detector's: whether its last layer is `Predictions`."""
    return bool(model.layers) and isinstance(model.layers[-1], Predictions)


def output_layer(model: keras.Model) -> Predictions:
    """Return a detector's last layer; raise ValueError for a model that is no detector."""
    if not is_detector(model):
        raise ValueError(f"{model.name} is no detector: ccv.detection.detector makes one")
    return model.layers[-1]


def head_shapes(network: keras.Model) -> list[tuple[int, int, int]]:
    """Return rows, columns and channels of each head of a network, coarse first."""
    return [tuple(head.shape[1:]) for head in network.outputs]


def _listed(heads: Any) -> list[Any]:
    return list(heads) if isinstance(heads, list | tuple) else [heads]
