"""The truth of a detector, boxes and classes in one array, taken apart for the steps and put together again."""

from typing import Any

from ccv.augment.batch import first_rows


def is_truth(images: Any, labels: Any) -> bool:
    """Whether labels are `(batch, n, 5)` beside a batch of images, or `(n, 5)` beside one image."""
    shape = getattr(labels, "shape", None)
    return shape is not None and len(shape) == len(images.shape) - 1 and shape[-1] == 5


def read_truth(ops: Any, truth: Any) -> dict[str, Any]:
    """Return boxes `(..., n, 4)` and int32 labels `(..., n)` of a truth `(..., n, 5)`."""
    truth = ops.convert_to_tensor(truth)
    return {"boxes": truth[..., :4], "labels": ops.cast(truth[..., 4], "int32")}


def write_truth(ops: Any, targets: dict[str, Any], dtype: Any, limit: int | None) -> Any:
    """Return the truth `(..., limit, 5)` of boxes and labels, padding last where rows had to be left out."""
    boxes, labels = targets["boxes"], targets["labels"]
    if limit is not None and boxes.shape[-2] > limit:
        single = len(boxes.shape) == 2
        boxes, labels = first_rows(ops, *((boxes[None], labels[None]) if single else (boxes, labels)), limit)
        boxes, labels = (boxes[0], labels[0]) if single else (boxes, labels)
    return ops.cast(ops.numpy.concatenate([boxes, ops.cast(labels, boxes.dtype)[..., None]], axis=-1), dtype)
