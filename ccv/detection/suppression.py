"""Non-maximum suppression: of boxes that say the same, keep the surest. Greedy or soft, by class or across them.

One round takes the surest box of every image of the batch and lowers the scores of those that overlap it; what is left
of a score is all that the three kinds differ in. A round is some forty small operations: where many images are
searched, call `nms` inside a model, whose `predict` compiles them.
"""

from collections.abc import Callable
from typing import Any

from keras import ops

from ccv.detection.boxes import iou as overlaps
from ccv.detection.records import Detections
from ccv.names import check_name

# What is left of a score, by the overlap with a surer box; `limit` is the IoU up to which nothing happens.
# Source of the soft ones: Bodla et al. 2017, section 3, and its code, where "beyond" means more than the limit.
LEFT: dict[str, Callable[[Any, float, float], Any]] = {
    "hard": lambda overlap, limit, sigma: ops.where(overlap > limit, 0.0, 1.0),
    "linear": lambda overlap, limit, sigma: ops.where(overlap > limit, 1.0 - overlap, 1.0),
    "gaussian": lambda overlap, limit, sigma: ops.exp(-ops.square(overlap) / sigma),
}
TAKEN = -1.0  # in place of the score of a box that is out: below every `score`


def nms(
    boxes: Any,
    scores: Any,
    labels: Any = None,
    iou: float = 0.45,
    max_detections: int = 100,
    *,
    score: float = 0.0,
    by_class: bool = True,
    kind: str = "hard",
    sigma: float = 0.5,
) -> Detections:
    """Return the surest boxes that do not say the same, `(batch, max_detections, ...)`, padded with the label -1.

    `boxes` `(batch, n, 4)`: x_min, y_min, x_max, y_max in any unit; `scores` `(batch, n)` from 0 to 1; `labels`
    `(batch, n)`, -1 for padding, or None where there is one class. Without the first axis: one image, one answer.
    A box goes whose IoU with a surer one (of its class, if `by_class`) is more than `iou`, and whose score is not above
    `score`. Equal scores: the first comes first. `kind` "linear" and "gaussian" lower scores instead, so that `score`
    should be above 0 there. Source: the course's slides 003 (C-103); Bodla et al. 2017 for the soft kinds.

    Raises ValueError for other axes, an unknown `kind`, or a number out of its range.

    >>> corners = [[100, 100, 210, 210], [105, 105, 215, 215], [150, 150, 260, 260], [300, 300, 380, 380]]
    >>> found = nms(corners, [0.9, 0.8, 0.7, 0.6], iou=0.5, max_detections=4)
    >>> found.labels.__array__().tolist(), found.boxes[1].__array__().tolist()
    ([0, 0, 0, -1], [150.0, 150.0, 260.0, 260.0])
    """
    left_of = LEFT[check_name("kind of suppression", kind, LEFT)]
    _check_numbers(iou, max_detections, score, sigma)
    boxes, scores, labels = _checked(boxes, scores, labels)
    one = len(boxes.shape) == 2
    if one:
        boxes, scores, labels = (ops.expand_dims(each, 0) for each in (boxes, scores, labels))
    # One more candidate, which is padding: there may be no other.
    boxes, scores = ops.pad(boxes, ((0, 0), (0, 1), (0, 0))), ops.pad(scores, ((0, 0), (0, 1)))
    labels = ops.pad(labels, ((0, 0), (0, 1)), constant_values=-1)

    def lowered(scores: Any, surest: Any) -> Any:
        """Return the scores once the boxes that `surest` `(batch, n)` marks, one an image, are taken."""
        left = scores * left_of(overlaps(_marked(boxes, surest[..., None]), boxes), iou, sigma)
        return ops.where(labels == _marked(labels, surest), left, scores) if by_class else left

    alive = ops.where(ops.logical_and(labels >= 0, scores > score), scores, TAKEN)
    index, left = _one_by_one(alive, lowered, score, max_detections)
    found, index = index >= 0, ops.maximum(index, 0)
    chosen = ops.where(found[..., None], ops.take_along_axis(boxes, index[..., None], axis=1), 0.0)
    detections = Detections(chosen, left, ops.where(found, ops.take_along_axis(labels, index, axis=1), -1))
    return Detections(*(each[0] for each in detections)) if one else detections


def _one_by_one(alive: Any, lowered: Callable[[Any, Any], Any], score: float, count: int) -> tuple[Any, Any]:
    """Take the surest of `alive` `(batch, n)` until `count` are taken or none is above `score`.

    Returns indices `(batch, count)`, -1 where none was left, and the scores that they had when they were taken, or 0.
    """
    places = ops.arange(count)[None]
    candidates = ops.arange(ops.shape(alive)[1])[None]

    def going_on(place: Any, alive: Any, index: Any, left: Any) -> Any:
        return ops.logical_and(place < count, ops.any(alive > score))

    def take(place: Any, alive: Any, index: Any, left: Any) -> tuple[Any, ...]:
        # The first of equal ones. Keras's argmax looks into the bits of the numbers, which few other engines can.
        best = ops.max(alive, axis=-1, keepdims=True)
        number = ops.min(ops.where(alive == best, candidates, ops.shape(alive)[1]), axis=-1, keepdims=True)
        surest = candidates == number
        now = ops.logical_and(places == place, best > score)
        alive = ops.where(surest, TAKEN, lowered(alive, surest))
        return place + 1, alive, ops.where(now, number, index), ops.where(now, best, left)

    left = ops.repeat(ops.zeros_like(alive[:, :1]), count, axis=1)
    _, _, index, left = ops.while_loop(going_on, take, (0, alive, ops.cast(left, "int32") - 1, left))
    return index, left


def _marked(values: Any, mark: Any) -> Any:
    """Return the one of `values` `(batch, n, ...)` that is marked in each image, `(batch, 1, ...)`.

    A sum, since Keras's `take_along_axis` takes ten times as long where nothing is compiled.
    """
    return ops.sum(ops.where(mark, values, ops.zeros_like(values)), axis=1, keepdims=True)


def _checked(boxes: Any, scores: Any, labels: Any) -> tuple[Any, Any, Any]:
    """Return tensors of floats, floats and int32 whose shapes agree."""
    boxes, scores = ops.convert_to_tensor(boxes, "float32"), ops.convert_to_tensor(scores, "float32")
    labels = ops.zeros_like(scores, dtype="int32") if labels is None else ops.convert_to_tensor(labels)
    shape = tuple(scores.shape)
    if len(shape) not in (1, 2) or tuple(boxes.shape) != (*shape, 4) or tuple(labels.shape) != shape:
        raise ValueError(
            "nms takes boxes (batch, n, 4), scores (batch, n) and labels (batch, n), got the shapes "
            f"{tuple(boxes.shape)}, {shape} and {tuple(labels.shape)}"
        )
    return boxes, scores, ops.cast(labels, "int32")


def _check_numbers(iou: float, max_detections: int, score: float, sigma: float) -> None:
    for name, value in (("iou", iou), ("score", score)):
        if not 0 <= value <= 1:
            raise ValueError(f"{name}={value!r} must be from 0 to 1")
    if max_detections < 1 or sigma <= 0:
        raise ValueError(f"max_detections={max_detections!r} must be at least 1 and sigma={sigma!r} above 0")
