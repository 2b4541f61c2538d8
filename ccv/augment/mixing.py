"""Steps that make one image of several of a batch: MixUp, CutMix, mosaic."""

from dataclasses import dataclass, replace
from typing import Any

from ccv.augment.batch import Batch, clipped
from ccv.augment.randomness import Stream
from ccv.augment.steps import KerasStep, Step


class Mix(KerasStep):
    """Keras's MixUp or CutMix on images and labels; with MixUp both images' boxes, which Keras gets wrong."""

    mixes = True
    moves_masks = False

    def __init__(self, layer: Any, *, classes: int | None = None, probability: float = 1.0, soft: bool = True) -> None:
        super().__init__(layer)
        self.classes = classes
        self.probability = probability
        self.needs_labels = soft
        self.takes_labels = soft

    @property
    def moves_boxes(self) -> bool:  # type: ignore[override]
        """CutMix hides parts of objects: what is left of a box is not known."""
        return type(self.layer).__name__ == "MixUp"

    def __call__(self, batch: Batch, stream: Stream) -> Batch:
        """Return each image mixed with another of the batch."""
        ops, layer = stream.ops, self.layer
        layer.backend.set_backend(ops.name)
        # One channel makes a mask of one, which serves all.
        chosen = layer.get_random_transformation({"images": batch.images[..., :1]}, training=True, seed=stream)
        if "batch_masks" in chosen:  # Keras counts parts of pixels, which on small images is a per cent or more off
            pasted = ops.cast(chosen["batch_masks"], "float32")
            chosen["mix_weight"] = 1.0 - ops.numpy.mean(pasted, axis=(1, 2, 3))
        if self.probability < 1:
            lottery = stream.uniform(ops.shape(chosen["mix_weight"]))
            chosen["mix_weight"] = ops.numpy.where(lottery < self.probability, chosen["mix_weight"], 1.0)
        images = layer.transform_images(batch.images, chosen, training=True)
        batch = replace(self.at_rest(batch, ops), images=images)
        if batch.labels is not None:
            batch = replace(batch, labels=layer.transform_labels(batch.labels, chosen, training=True))
        return batch if batch.boxes is None else self._with_boxes(batch, chosen, ops)

    def at_rest(self, batch: Batch, ops: Any) -> Batch:
        """Return the batch with its labels as shares of classes, as in training."""
        if batch.labels is None:
            return batch
        return replace(batch, labels=soft_labels(ops, batch.labels, self.classes))

    @staticmethod
    def _with_boxes(batch: Batch, chosen: dict[str, Any], ops: Any) -> Batch:
        boxes, classes = (ops.numpy.take(x, chosen["permutation_order"], axis=0) for x in (batch.boxes, batch.classes))
        shows = ops.numpy.reshape(chosen["mix_weight"], (-1, 1)) < 1.0
        classes = ops.numpy.where(shows, classes, ops.cast(-1, classes.dtype))
        boxes = ops.numpy.concatenate([batch.boxes, boxes], axis=1)
        return replace(batch, boxes=boxes, classes=ops.numpy.concatenate([batch.classes, classes], axis=1))


def soft_labels(ops: Any, labels: Any, classes: int | None) -> Any:
    """Return float32 labels `(batch, classes)` for integers `(batch,)` or `(batch, 1)`, or for labels that are soft."""
    is_index = "float" not in str(labels.dtype) and labels.shape[1:] in ((), (1,))
    if len(labels.shape) == 2 and not is_index:
        columns = labels.shape[1]
        if None not in (classes, columns) and (columns, classes) not in ((classes, columns), (1, 2)):
            raise ValueError(f"labels of {columns} columns and classes={classes} do not fit: leave classes out")
        return ops.cast(labels, "float32")
    if classes is None:
        raise ValueError(
            "mixing makes soft labels: say how many classes there are, as in pipeline('mixup', classes=10)"
        )
    labels = ops.numpy.reshape(labels, (-1,))
    numbers = ops.cast(labels, "int32")
    is_class = (numbers >= 0) & (ops.cast(numbers, labels.dtype) == labels)
    # A row taken, not one_hot, which makes a label of zeros out of a class that does not exist.
    return ops.numpy.take(ops.numpy.eye(classes, dtype="float32"), ops.numpy.where(is_class, numbers, classes), axis=0)


@dataclass(frozen=True)
class Mosaic(Step):
    """Four images of the batch meet at a point: Bochkovskiy et al. 2020 (YOLOv4), section 3.3.

    An image keeps its size, and a corner of it shows. Pixels are copied; KerasCV's Mosaic interpolates them, draws
    numbers that no seed repeats in `tf.data`, and does not run in a model on JAX.
    """

    probability: float = 1.0
    margin: float = 0.25  # the point's least distance from the edge, as a part of the side

    mixes = True
    moves_masks = False
    takes_labels = False

    def __call__(self, batch: Batch, stream: Stream) -> Batch:
        """Return a mosaic in the place of each image, of that image and three others drawn from the batch."""
        ops = stream.ops
        count, height, width, channels = ops.shape(batch.images)
        x, y = (self._seam(ops, stream, count, side) for side in (width, height))
        whole = stream.uniform((count,)) >= self.probability  # these stay as they are: the seam lies at their end
        x, y = ops.numpy.where(whole, width, x), ops.numpy.where(whole, height, y)
        others = ops.cast(ops.random.randint((count, 3), 0, count, dtype="int32", seed=stream), "int32")
        members = ops.numpy.concatenate([ops.numpy.arange(count, dtype="int32")[:, None], others], axis=1)

        # A quadrant shows its image from the opposite corner, so all four read at the same place: the new one less
        # the seam's, modulo the side.
        rows = ops.numpy.arange(height, dtype="int32")[None] - y[:, None]
        columns = ops.numpy.arange(width, dtype="int32")[None] - x[:, None]
        quadrant = 2 * ops.cast(rows >= 0, "int32")[:, :, None] + ops.cast(columns >= 0, "int32")[:, None, :]
        member = ops.numpy.take_along_axis(members, ops.numpy.reshape(quadrant, (count, -1)), axis=1)
        member = ops.numpy.reshape(member, (count, height, width))
        place = (member * height + (rows % height)[:, :, None]) * width + (columns % width)[:, None, :]
        pixels = ops.numpy.reshape(batch.images, (-1, channels))
        images = ops.numpy.take(pixels, ops.numpy.reshape(place, (-1,)), axis=0)
        batch = replace(batch, images=ops.numpy.reshape(images, (count, height, width, channels)))
        return batch if batch.boxes is None else self._with_boxes(batch, members, x, y, ops)

    def _seam(self, ops: Any, stream: Stream, count: Any, side: Any) -> Any:
        drawn = stream.uniform((count,), self.margin, 1 - self.margin)
        return ops.cast(ops.numpy.round(drawn * ops.cast(side, "float32")), "int32")

    @staticmethod
    def _with_boxes(batch: Batch, members: Any, x: Any, y: Any, ops: Any) -> Batch:
        height, width = ops.shape(batch.images)[1:3]
        left, above = x - ops.cast(width, x.dtype), y - ops.cast(height, y.dtype)
        boxes, classes = [], []
        for quadrant in range(4):
            shift_x, shift_y = (x if quadrant % 2 else left), (y if quadrant >= 2 else above)
            shift = ops.cast(ops.numpy.stack([shift_x, shift_y, shift_x, shift_y], axis=-1), "float32")
            boxes.append(ops.numpy.take(batch.boxes, members[:, quadrant], axis=0) + shift[:, None])
            classes.append(ops.numpy.take(batch.classes, members[:, quadrant], axis=0))
        # An image ends at the seam, and so do its boxes: what is left to cut lies outside.
        boxes, classes = ops.numpy.concatenate(boxes, axis=1), ops.numpy.concatenate(classes, axis=1)
        boxes, classes = clipped(ops, boxes, classes, height, width)
        return replace(batch, boxes=boxes, classes=classes)
