"""What `fit` was asked for, checked; and its data made uniform."""

import numbers
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from ccv.checks import check_number, check_whole
from ccv.data.groups import tell_of_copies
from ccv.data.parts import record
from ccv.feeding.examples import Examples, known_empty
from ccv.feeding.reading import examples_of
from ccv.models import layout
from ccv.training.recipes import Recipe


@dataclass(frozen=True)
class Options:
    """Everything that `fit` was asked for, as it goes into run.json."""

    epochs: int
    recipe: str | Recipe | None
    batch_size: int | None
    learning_rate: float | None
    augment: Any
    seed: int
    patience: int | None
    monitor: str | None
    checkpoint_every: float
    mixed_precision: bool | None
    jit_compile: bool | None
    deterministic: bool
    class_weight: Any
    sample: str | None


def items(options: Options) -> Iterator[tuple[str, Any]]:
    """Give the options' names and values."""
    return ((key, getattr(options, key)) for key in options.__dataclass_fields__)


def uniform(data: Any, validation: Any) -> tuple[Examples, Examples | None, dict[str, Any]]:
    """Make training and validation uniform, and say what the data are called."""
    called = getattr(data, "class_names", None)
    names: dict[str, Any] = {
        "data": type(data).__name__,
        "kind": getattr(data, "kind", None),
        "class_names": None if called is None else [str(name) for name in called],
    }
    if hasattr(data, "train") and hasattr(data, "validation"):
        names["data"] = data.name
        if getattr(data, "origins", None):
            tell_of_copies(data)
            names["split"] = record(data if validation is None else replace(data, validation=None))
        if validation is None and data.validation is not None and not known_empty(data.validation):
            validation = data.validation
        data = data.train
    training = examples_of(data, "training data")
    if validation is None:
        return training, None, names
    held_out = examples_of(validation, "validation data")
    if held_out.image != training.image:
        raise ValueError(
            f"validation images are {held_out.image}, those for training {training.image}: make them equal"
        )
    return training, held_out, names


def check_images(model: Any, image: tuple[int | None, ...]) -> None:
    """Raise ValueError where a model of one input takes images of another (height, width, channels)."""
    wanted = model.input_shape
    if not isinstance(wanted, tuple) or len(wanted) != 4:
        return
    for side, got in zip(wanted[1:], image, strict=True):
        if side not in (None, got):
            layout.check_images(image)
            raise ValueError(
                f"the images are {image} (height, width, channels), {model.name} takes {wanted[1:]}: build it for "
                f"them, or resize them, as by ccv.data.splits(..., size={wanted[1]})"
            )


def name_of(value: Any) -> Any:
    """What stands for an object in JSON: a recipe's or function's name."""
    if value is None or isinstance(value, (str, int, float)):
        return value
    return getattr(value, "name", None) or getattr(value, "__name__", type(value).__name__)


def check(options: Options) -> None:
    """Raise ValueError for a number that makes no sense."""
    for what, least in (("epochs", 1), ("batch_size", 1), ("patience", 1), ("seed", 0)):
        value = getattr(options, what)
        if value is None and what in ("batch_size", "patience"):
            continue
        check_whole(what, value, least)
    if options.sample not in (None, "balanced"):
        raise ValueError(f"sample={options.sample!r} must be 'balanced', or None for each image once")
    if options.sample and options.class_weight is not None:
        raise ValueError("class_weight and sample both balance the classes: choose one of them")
    if options.learning_rate is not None:
        check_number("learning_rate", options.learning_rate, lambda rate: rate > 0, "above 0, such as 0.001")
    if not isinstance(options.checkpoint_every, numbers.Real) or not options.checkpoint_every >= 0:
        raise ValueError(f"checkpoint_every={options.checkpoint_every!r} must be seconds, 0 or more")
