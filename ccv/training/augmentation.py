"""The augmentation of a run: a recipe's name, a pipeline, or a function of one's own."""

import inspect
from typing import Any

from ccv.devices import feed


def augmentation(augment: Any, seed: int, classes: int | None) -> feed.Augment | None:
    """Return `(images, labels, index=) -> (images, labels)` for batches, whose draws the index decides.

    Raises ValueError for an unknown name, TypeError for what cannot augment.
    """
    if augment is None:
        return None
    if isinstance(augment, str):
        augment = _by_name(augment, seed, classes)
    if not callable(augment):
        raise TypeError(f"augment={augment!r} must be a name of ccv.augment.list_recipes(), or (images, labels, index)")
    function = augment.call if hasattr(augment, "get_config") else augment
    if "index" not in inspect.signature(function).parameters:
        raise TypeError(f"augment={_named(augment)} must take (images, labels, index), and draw by the index alone")
    return feed.traced(augment)


def _by_name(name: str, seed: int, classes: int | None) -> Any:
    from ccv.augment import list_recipes, pipeline
    from ccv.names import check_name

    check_name("augmentation", name, list_recipes())
    if name in ("mixup", "cutmix"):  # what they return are soft labels
        return pipeline(name, seed=seed, classes=classes)
    return pipeline(name, seed=seed)


def _named(augment: Any) -> str:
    return getattr(augment, "__name__", type(augment).__name__)
