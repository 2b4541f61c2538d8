"""The losses of YOLO, versions 1, 2 and 3, from a padded truth and a network's raw numbers.

Each finds out who is responsible for what (`ccv.detection.targets`), and returns a sum over the image's predictions,
`(batch,)`, of which Keras takes the mean. The factors are the papers' and darknet's, named below.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from ccv.detection.boxes import ciou, iou, pairwise
from ccv.detection.decode import corners, decode_anchors
from ccv.detection.heads import make_slots
from ccv.detection.targets import Assigned, Truth, assign_to_anchors, assign_to_cells, read_truth, responsible_cell
from ccv.names import check_name

# YOLO v1: Redmon et al. 2015, section 2.2, lambda_coord and lambda_noobj.
V1_COORDINATES = 5.0
V1_NO_OBJECT = 0.5
# YOLOv2: darknet's yolov2-voc.cfg (coord_scale, object_scale, noobject_scale, class_scale, thresh), and
# region_layer.c: coordinates weigh (2 - width x height) as much, and pull to the anchors for 12,800 images.
V2_COORDINATES = 1.0
V2_OBJECT = 5.0
V2_NO_OBJECT = 1.0
V2_CLASS = 1.0
V2_IGNORE = 0.6
V2_PULL = 0.01
V2_PULLED_IMAGES = 12_800
# YOLOv3: "YOLOv3", section 2.1, and yolov3-voc.cfg; yolov3.cfg has 0.7.
V3_IGNORE = 0.5
V3_COCO_IGNORE = 0.7
SMALL = (
    2.0  # boxes weigh 2 - width x height in YOLOv2 and YOLOv3: small ones more. Source: region_layer.c, yolo_layer.c
)
CIOU = 5.0  # of 1 - CIoU in place of the squared errors; chosen here, as much as V1_COORDINATES
BOX_LOSSES = ("paper", "ciou")

register = keras.saving.register_keras_serializable("ccv")


class YoloLoss(keras.losses.Loss):
    """What the three have in common: `box_loss` is "paper" (squared errors) or "ciou", one minus complete IoU."""

    def __init__(self, classes: int, box_loss: str = "paper", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.classes = classes
        self.box_loss = check_name("box loss", box_loss, BOX_LOSSES)

    def get_config(self) -> dict[str, Any]:
        """Return what rebuilds the loss."""
        return super().get_config() | {"classes": self.classes, "box_loss": self.box_loss}


@register
class YoloV1Loss(YoloLoss):
    """The loss of YOLO v1: truth `(batch, objects, 5)`, predictions `(batch, rows, columns, 5 boxes + classes)`.

    Squared errors all: 5 x those of x, y, sqrt(w), sqrt(h) of the responsible box, which is the one of its cell with
    the highest IoU (the lowest squared distance where no box meets the object); its confidence is to be that IoU; 0.5 x
    the confidence squared of every other box; the classes of cells with an object. Source: Redmon et al. 2015, equation
    3, and darknet's detection_layer.c.
    """

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return the loss `(batch,)`."""
        _, rows, columns, channels = y_pred.shape
        boxes, kind = (channels - self.classes) // 5, y_pred.dtype
        truth = read_truth(y_true, kind)
        assigned = assign_to_cells(truth, rows, columns)
        cell, offset = responsible_cell(truth.center, rows, columns)
        flat = ops.reshape(y_pred, (-1, rows * columns, channels))
        confidence = ops.reshape(flat[..., : 5 * boxes], (-1, rows * columns * boxes, 5))[..., 4]
        mine = ops.take_along_axis(flat, assigned.slot[..., None], axis=1)
        numbers = ops.reshape(mine[..., : 5 * boxes], (-1, mine.shape[1], boxes, 5))
        center = (numbers[..., 0:2] + cell[:, :, None]) / ops.cast([columns, rows], kind)
        size = ops.square(numbers[..., 2:4])
        found, wanted = corners(center, size), truth.boxes[:, :, None]
        overlap = ops.stop_gradient(iou(found, wanted))
        away, other = center - truth.center[:, :, None], size - truth.size[:, :, None]
        far = ops.sum(ops.square(away) + ops.square(other), axis=-1)
        meets = ops.any(overlap > 0, axis=-1, keepdims=True)
        near = ops.where(meets, overlap, -ops.stop_gradient(far))
        chosen = ops.one_hot(ops.argmax(near, axis=-1), boxes, dtype=kind) * assigned.wins[..., None]
        if self.box_loss == "paper":
            ideal = ops.concatenate([offset, ops.sqrt(truth.size)], axis=-1)[:, :, None]
            error = V1_COORDINATES * ops.sum(ops.square(numbers[..., 0:4] - ideal), axis=-1)
        else:
            error = CIOU * (1 - ciou(found, wanted))
        objectness = ops.square(numbers[..., 4] - overlap) - V1_NO_OBJECT * ops.square(numbers[..., 4])
        names = ops.one_hot(truth.labels, self.classes, dtype=kind) - mine[..., 5 * boxes :]
        classes = assigned.wins * ops.sum(ops.square(names), axis=-1)
        others = V1_NO_OBJECT * ops.sum(ops.square(confidence), axis=-1)
        return ops.sum(chosen * (error + objectness), axis=(1, 2)) + ops.sum(classes, axis=1) + others


class AnchorLoss(YoloLoss, ABC):
    """What versions 2 and 3 have in common: predictions `(batch, N, 5 + classes)` over `grids` and their `anchors`.

    `grids` `(heads, 2)` are rows and columns, `anchors` `(heads, k, 2)` parts of the image. A prediction that overlaps
    some object by more than `ignore` and is responsible for none is not told that it is wrong.
    """

    def __init__(
        self, classes: int, grids: Sequence[Any], anchors: Any, box_loss: str = "paper", *, ignore: float, **kwargs: Any
    ) -> None:
        super().__init__(classes, box_loss, **kwargs)
        self.slots = make_slots(grids, anchors)
        self.ignore = ignore
        self.layout = {"grids": np.array(grids).tolist(), "anchors": np.array(anchors, float).tolist()}

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return the loss `(batch,)`."""
        slots, kind = self.slots, y_pred.dtype
        truth = read_truth(y_true, kind)
        assigned = assign_to_anchors(truth, slots)
        boxes = decode_anchors(y_pred, slots)
        mine, found = (ops.take_along_axis(part, assigned.slot[..., None], axis=1) for part in (y_pred, boxes))
        taken = ops.sum(ops.one_hot(assigned.slot, y_pred.shape[1], dtype=kind) * assigned.wins[..., None], axis=1)
        overlaps = ops.stop_gradient(pairwise(boxes, truth.boxes)) * truth.counts[:, None]
        near = ops.any(overlaps > self.ignore, axis=-1)
        free = ops.where(near, ops.zeros_like(taken), 1 - taken)
        weight = assigned.wins * (SMALL - ops.prod(truth.size, axis=-1))
        if self.box_loss == "paper":
            of_boxes = self._squares(mine, truth, assigned)
        else:
            of_boxes = CIOU * (1 - ciou(found, truth.boxes))
        overlap = ops.stop_gradient(iou(found, truth.boxes))
        of_objects = self.objects(mine[..., 4], overlap) + self.names(mine[..., 5:], truth, assigned)
        per_object = weight * of_boxes + assigned.wins * of_objects
        per_place = free * self.no_object(y_pred[..., 4]) + (1 - taken) * self.elsewhere(y_pred)
        return ops.sum(per_object, axis=1) + ops.sum(per_place, axis=1)

    def _squares(self, mine: Any, truth: Truth, assigned: Assigned) -> Any:
        """The error of the box, centre and size, of each object's prediction, `(batch, objects)`."""
        grid, anchor = (ops.take(ops.cast(part, mine.dtype), assigned.slot, axis=0) for part in self.slots[:2])
        offset = truth.center * grid[..., 2:4] - grid[..., 0:2]
        scale = ops.log(truth.size / anchor)
        error = self.place(mine[..., 0:2], offset) + ops.square(mine[..., 2:4] - scale) / 2
        return ops.sum(error, axis=-1)

    @abstractmethod
    def place(self, raw: Any, offset: Any) -> Any:
        """The error of x and y, raw, that should lie at `offset` in their cell."""

    @abstractmethod
    def objects(self, raw: Any, overlap: Any) -> Any:
        """The error of the objectness of predictions that have an object, which they overlap by so much."""

    @abstractmethod
    def no_object(self, raw: Any) -> Any:
        """The error of the objectness of predictions that have none."""

    @abstractmethod
    def names(self, raw: Any, truth: Truth, assigned: Assigned) -> Any:
        """The error of the class of each object's prediction, `(batch, objects)`."""

    def elsewhere(self, raw: Any) -> Any:
        """The error of the boxes of predictions that have no object: none."""
        return 0.0

    def get_config(self) -> dict[str, Any]:
        """Return what rebuilds the loss."""
        return super().get_config() | self.layout | {"ignore": self.ignore}


@register
class YoloV2Loss(AnchorLoss):
    """The loss of YOLOv2, whose gradients are darknet's: half of squared errors, through the sigmoids.

    Objectness is to be the IoU (5 x; 1 x to be 0 where there is no object), the classes share a softmax. `pull` draws
    the boxes of predictions without an object to their anchors: darknet does it with `V2_PULL` for the first
    `V2_PULLED_IMAGES` images; the 0 here suits sets that are smaller than that. Source: darknet's region_layer.c.
    """

    def __init__(self, *args: Any, ignore: float = V2_IGNORE, pull: float = 0.0, **kwargs: Any) -> None:
        super().__init__(*args, ignore=ignore, **kwargs)
        self.pull = pull

    def place(self, raw: Any, offset: Any) -> Any:
        """Half the squared error of the sigmoid."""
        return V2_COORDINATES * ops.square(ops.sigmoid(raw) - offset) / 2

    def objects(self, raw: Any, overlap: Any) -> Any:
        """Half the squared distance to the IoU."""
        return V2_OBJECT * ops.square(ops.sigmoid(raw) - overlap) / 2

    def no_object(self, raw: Any) -> Any:
        """Half the squared objectness."""
        return V2_NO_OBJECT * ops.square(ops.sigmoid(raw)) / 2

    def names(self, raw: Any, truth: Truth, assigned: Assigned) -> Any:
        """The cross-entropy of the softmax."""
        wanted = ops.one_hot(truth.labels, self.classes, dtype=raw.dtype)
        return -V2_CLASS * ops.sum(wanted * ops.log_softmax(raw), axis=-1)

    def elsewhere(self, raw: Any) -> Any:
        """Half the squared distance to the anchor in the middle of the cell, times `pull`."""
        if not self.pull:
            return 0.0
        away = ops.square(ops.sigmoid(raw[..., 0:2]) - 0.5) + ops.square(raw[..., 2:4])
        return self.pull * ops.sum(away, axis=-1) / 2

    def get_config(self) -> dict[str, Any]:
        """Return what rebuilds the loss."""
        return super().get_config() | {"pull": self.pull}


@register
class YoloV3Loss(AnchorLoss):
    """The loss of YOLOv3: logistic on x, y, objectness and every class by itself, half the squared error of tw and th.

    An object that another has beaten to its prediction still adds its class there. Source: "YOLOv3", sections 2.1 and
    2.2, and darknet's yolo_layer.c.
    """

    def __init__(self, *args: Any, ignore: float = V3_IGNORE, **kwargs: Any) -> None:
        super().__init__(*args, ignore=ignore, **kwargs)

    def place(self, raw: Any, offset: Any) -> Any:
        """The cross-entropy of the sigmoid."""
        return cross_entropy(raw, offset)

    def objects(self, raw: Any, overlap: Any) -> Any:
        """Objectness is to be 1, however good the box."""
        return cross_entropy(raw, 1.0)

    def no_object(self, raw: Any) -> Any:
        """Objectness is to be 0."""
        return cross_entropy(raw, 0.0)

    def names(self, raw: Any, truth: Truth, assigned: Assigned) -> Any:
        """The cross-entropies of the sigmoids, 1 for the class of every object in the same place."""
        one_hot = ops.one_hot(truth.labels, self.classes, dtype=raw.dtype)
        wanted = ops.minimum(ops.matmul(assigned.same, one_hot), 1)
        return ops.sum(cross_entropy(raw, wanted), axis=-1)


def cross_entropy(raw: Any, wanted: Any) -> Any:
    """Return the logistic loss of raw numbers (logits) whose sigmoid should be `wanted`.

    >>> round(float(cross_entropy(ops.array(0.0), 1.0)), 4)
    0.6931
    """
    return ops.softplus(raw) - wanted * raw


LOSSES: dict[int, type[YoloLoss]] = {1: YoloV1Loss, 2: YoloV2Loss, 3: YoloV3Loss}
