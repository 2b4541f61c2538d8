"""The augmentation of a run: a recipe's name, a pipeline, or a function of one's own."""

import inspect
from typing import Any

from ccv.devices import feed

MOSAIC = 4  # images, whose boxes a truth must have room for


def augmentation(augment: Any, seed: int, classes: int | None, label: tuple[int, ...]) -> feed.Augment | None:
    """Return `(images, labels, index=) -> (images, labels)` for batches, whose draws the index decides.

    `label` is the shape of one label: `(boxes, 5)` is the truth of a detector, whose boxes are moved too.

    Raises ValueError for an unknown name, TypeError for what cannot augment.
    """
    if augment is None:
        return None
    if isinstance(augment, str):
        augment = _by_name(augment, seed, classes, label)
    if not callable(augment):
        raise TypeError(f"augment={augment!r} must be a name of ccv.augment.list_recipes(), or (images, labels, index)")
    function = augment.call if hasattr(augment, "get_config") else augment
    if "index" not in inspect.signature(function).parameters:
        raise TypeError(f"augment={_named(augment)} must take (images, labels, index), and draw by the index alone")
    return feed.traced(augment)


def _by_name(name: str, seed: int, classes: int | None, label: tuple[int, ...]) -> Any:
    from ccv.augment import list_recipes, pipeline
    from ccv.names import check_name

    check_name("augmentation", name, list_recipes())
    if len(label) == 2 and label[1] == 5:
        if name == "mixup":
            raise ValueError("'mixup' mixes the labels of whole images: take 'detection', which mixes boxes")
        options: dict[str, Any] = {"max_boxes": MOSAIC * label[0]} if name == "detection" else {}
        return pipeline(name, seed=seed, boxes="rel_xyxy", **options)
    if name in ("mixup", "cutmix"):  # what they return are soft labels
        return pipeline(name, seed=seed, classes=classes)
    return pipeline(name, seed=seed)


def _named(augment: Any) -> str:
    return getattr(augment, "__name__", type(augment).__name__)
