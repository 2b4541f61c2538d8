"""The augmentation of a run: a recipe's name, a pipeline, or a function of one's own."""

import inspect
from typing import Any

from ccv.feeding.examples import Augment
from ccv.training.arguments import name_of

OPTIONS = "options of augment"
MOSAIC = 4  # images, whose boxes a truth must have room for


def augmentation(augment: Any, seed: int, classes: int | None, label: tuple[int, ...]) -> Augment | None:
    """Return `(images, labels, index=) -> (images, labels)` for batches, whose draws the index decides.

    `label` is the shape of one label: `(boxes, 5)` is the truth of a detector, whose boxes are moved too.

    Raises ValueError for an unknown name, TypeError for what cannot augment.
    """
    if augment is None:
        return None
    if isinstance(augment, str) and (augment := _by_name(augment, seed, classes, label)) is None:
        return None
    if not callable(augment):
        raise TypeError(f"augment={augment!r} must be a name of ccv.augment.list_recipes(), or (images, labels, index)")
    function = augment.call if hasattr(augment, "get_config") else augment
    if "index" not in inspect.signature(function).parameters:
        raise TypeError(f"augment={_named(augment)} must take (images, labels, index), and draw by the index alone")
    return augment


def _by_name(text: str, seed: int, classes: int | None, label: tuple[int, ...]) -> Any:
    """Return the pipeline of a recipe and its options, as in "detection mosaic=0", fitted to the labels."""
    from ccv.augment import list_recipes, pipeline, takes
    from ccv.names import check_name, parse_option

    name, *given = text.split() or ["none"]
    if name == "none" and not given:
        return None
    check_name("augmentation", name, [*list_recipes(), "none"])
    fitting: dict[str, Any] = {"seed": seed}
    if boxes := len(label) == 2 and label[1] == 5:
        fitting |= {"boxes": "rel_xyxy", **({"max_boxes": MOSAIC * label[0]} if takes(name, "max_boxes") else {})}
    elif takes(name, "classes"):
        fitting["classes"] = classes
    try:
        made = pipeline(name, **{**fitting, **dict(map(parse_option, given))})
    except TypeError as problem:  # an option that the recipe does not have
        raise ValueError(str(problem)) from None
    if len(label) == 2 and not boxes and not all(step.moves_masks for step in made.steps):
        raise ValueError(f"{name!r} mixes or covers images and cannot say what a mask is then: take 'basic'")
    if boxes and any(step.mixes for step in made.steps) and not takes(name, "max_boxes"):
        raise ValueError(f"{name!r} mixes the labels of whole images: take 'detection', which mixes boxes")
    return made


def recorded(augment: Any) -> dict[str, str | None]:
    """Return the facts of run.json, which a run that goes on must share: the name, and the options that were given."""
    if isinstance(augment, str):
        name, *given = augment.split() or ["none"]
        return {"augment": None if name == "none" else name, OPTIONS: " ".join(sorted(given)) or None}
    options = getattr(augment, "options", None) or {}
    given = [f"{key}={value}" for key, value in sorted(options.items())]
    return {"augment": name_of(augment), OPTIONS: " ".join(given) or None}


def _named(augment: Any) -> str:
    return getattr(augment, "__name__", type(augment).__name__)
