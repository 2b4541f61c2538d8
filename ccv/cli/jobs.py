"""What `ccv train` trains, made for its data: a classifier, of one class or several labels, masks, or a detector."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras

    from ccv.data.splits import Splits


SEVERAL = (
    "an image may show several labels or none: the network ends with a sigmoid for each, learns by binary "
    "cross-entropy, and is judged by average precision"
)
PIXELS = (
    "a class for every pixel: the network learns by cross-entropy and Dice together, by which a rare class counts as a "
    "common one, and is judged by IoU"
)


@dataclass(frozen=True)
class Job:
    """A network, its data, how to train and to measure it, and what is done where nothing else is asked for."""

    network: keras.Model
    parts: Splits
    fit: Callable[..., Any]
    evaluate: Callable[..., Any]  # of the network, the parts, and the thresholds of the run, if it has any
    recipe: str = "adam"
    epochs: int | None = 10
    augment: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def summary(self) -> str:
        """The data and the network in two lines, how much was left out or put right, and what else one should know."""
        parts = self.parts
        counts = [f"{len(parts.train)} images to train on"]
        held_out = (("validate", parts.validation), ("test", parts.test))
        counts += [f"{len(part)} to {purpose}" for purpose, part in held_out if part is not None]
        noted = (("left out", parts.skipped), ("put right", parts.repaired))
        counts += [f"{len(notes)} {what}" for what, notes in noted if notes]
        shape = " x ".join(map(str, self.network.input_shape[1:]))
        size = f"{self.network.name}, {shape}, {self.network.count_params():,} parameters"
        names = f"{len(parts.class_names)} class{'es' * (len(parts.class_names) != 1)}"
        return "\n".join([f"{parts.name}: {names}, {', '.join(counts)}", size, *self.notes])


def prepare(
    model: str, data: str, size: Any, seed: int, options: dict[str, Any], of_detectors: dict[str, Any],
    apart: dict[str, str | None], kind: str | None = None,
) -> Job:  # fmt: skip
    """Read the data and build the network for them; `apart` is what `set_apart` takes. Raises ValueError.

    The network's name and the data say what is to be learnt; `kind`, as of `splits`, where the data hold several.
    """
    from ccv.detection import DETECTORS
    from ccv.segmentation import SEGMENTERS

    given = {name: value for name, value in of_detectors.items() if value is not None}
    try:
        own = "detection" if model in DETECTORS else "segmentation" if model in SEGMENTERS else kind
        if kind not in (None, own):
            raise ValueError(f"--kind {kind} does not fit {model}, which is for {own}: leave it out")
        if model in DETECTORS:
            return _detector(model, data, size, seed, {**options, **given}, apart)
        for name in given:
            raise ValueError(f"--{name.replace('_', '-')} is an option of detectors, and {model} is none")
        if own == "segmentation":
            return _segmenter(model, data, size, seed, options, apart)
        return _classifier(model, data, size, seed, options, apart, kind)
    except TypeError as problem:
        raise ValueError(str(problem)) from None


def _classifier(
    model: str, data: str, size: Any, seed: int, options: dict[str, Any], apart: dict[str, Any], kind: str | None
) -> Job:
    from ccv.data import splits
    from ccv.data.groups import set_apart
    from ccv.models import card
    from ccv.training import evaluate, fit
    from ccv.training.network import network_for

    about = card(model)
    share = None if apart["validation"] is None else 0.0
    parts = _splits(data, size, about.input_shape[0], seed, share, kind)
    if parts.kind == "segmentation":
        return _segmenter(model, data, size, seed, options, apart)
    if parts.kind == "detection":
        raise ValueError(
            f"{data} is a data set of boxes, for a detector such as yolo_v2_tiny, and {model} is none; where it has "
            "masks as well, --kind segmentation takes those"
        )
    several = parts.kind == "multilabel"
    if several:
        options = {**options, "classifier_activation": "sigmoid"}
    made = network_for(model, parts.image, len(parts.class_names), size=size, seed=seed, **options)
    shape = made.input_shape[1:]
    if parts.image != shape:
        parts = splits(data, size=shape[:2], channels=shape[2], seed=seed, validation=share, kind=kind)
    parts = _judged(set_apart(parts, **apart, seed=seed), "give each class two images or more")

    def train(data: Splits, **given: Any) -> Any:
        return fit(made, data, **given)

    told = [f"read as {parts.layout}"] if parts.layout else []
    return Job(made, parts, train, evaluate, notes=(*told, *[SEVERAL] * several))


def _segmenter(model: str, data: str, size: Any, seed: int, options: dict[str, Any], apart: dict[str, Any]) -> Job:
    from ccv.data import splits
    from ccv.data.groups import set_apart
    from ccv.segmentation import fit, measure, segmenter
    from ccv.training.seeds import seeded

    share = None if apart["validation"] is None else 0.0
    parts = splits(data, size=size, seed=seed, validation=share, kind="segmentation")
    parts = _judged(set_apart(parts, **apart, seed=seed), "give two or more")
    with seeded(seed):
        made = segmenter(model, len(parts.class_names), input_shape=parts.image, **options)

    def train(data: Splits, **given: Any) -> Any:
        return fit(made, data, **given)

    def evaluate(model: keras.Model, data: Splits, thresholds: None = None) -> Any:
        return measure(model, data)

    told = [f"read as {parts.layout}"] if parts.layout else []
    return Job(made, parts, train, evaluate, "segmentation", epochs=None, notes=(*told, PIXELS))


def _judged(parts: Splits, enough: str) -> Splits:
    """Leave out a validation part of no images, as of one image, which is trained on; something must judge, though."""
    if parts.validation is None or len(parts.validation):
        return parts
    if parts.test is None:
        raise ValueError(f"{parts.name} has no image to spare for the validation: {enough}")
    return replace(parts, validation=None)


def _splits(data: str, size: Any, default: int, seed: int, validation: float | None, kind: str | None) -> Splits:
    """Take the images as they are; where they differ in size, bring them to the network's own."""
    from ccv.data import splits

    try:
        return splits(data, size=size, seed=seed, validation=validation, kind=kind)
    except ValueError as problem:
        if size is not None or "different sizes" not in str(problem):
            raise
        return splits(data, size=default, seed=seed, validation=validation, kind=kind)


def _detector(model: str, data: str, size: Any, seed: int, options: dict[str, Any], apart: dict[str, Any]) -> Job:
    from ccv.cli import small
    from ccv.data.groups import set_apart
    from ccv.data.splits import VALIDATION, splits
    from ccv.detection import Detector, detector
    from ccv.training.seeds import seeded

    images = options.pop("images", None)
    reading = {"size": size, "seed": seed, "kind": "detection", **({"images": images} if images else {})}
    parts = splits(data, **reading)
    if not len(parts.train):
        raise ValueError(f"{data} is for tests alone: train on other images, and give it to ccv evaluate with --data")
    lists = (apart["validation"], parts.validation, parts.test)
    if not any(part is not None for part in lists):  # undivided: something must show how good it gets
        parts = splits(data, **reading, validation=VALIDATION)
    parts = set_apart(parts, **apart, seed=seed)
    with seeded(seed):
        made = detector(model, parts, **options)
    told = [f"read as {parts.layout}"] if parts.layout else []
    told += small.notes(model, made, parts, options)

    def evaluate(model: keras.Model, data: Splits, thresholds: None = None) -> Any:
        return Detector(model).evaluate(data)

    return Job(made.model, parts, made.fit, evaluate, "detection", epochs=None, augment="auto", notes=tuple(told))
