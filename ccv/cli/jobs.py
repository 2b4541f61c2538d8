"""What `ccv train` trains: a classifier or a detector, made for its data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import keras

    from ccv.data.splits import Splits

STRIDES = (8, 16, 32)  # pixels of a cell that the small detectors offer
# What a detector of photographs needs where nothing else is asked for, found on 292 photographs of blood cells.
SEEN, MOST_EPOCHS = 18_000, 100  # photographs in all epochs
PHOTOGRAPHS = "detection mosaic=0 mixup=0"
BATCH = 8  # that of the measured run; one run with 16 came out a little lower, which may be chance


@dataclass(frozen=True)
class Job:
    """A network, its data, how to train and to measure it, and what is done where nothing else is asked for."""

    network: keras.Model
    parts: Splits
    fit: Callable[..., Any]
    evaluate: Callable[[Any, Splits], Any]
    recipe: str = "adam"
    epochs: int = 10
    augment: str | None = None
    batch_size: int | None = None  # the recipe's

    @property
    def summary(self) -> str:
        """The data and the network in two lines, and each image or annotation that was left out or put right."""
        parts = self.parts
        counts = [f"{len(parts.train)} images to train on"]
        held_out = (("validate", parts.validation), ("test", parts.test))
        counts += [f"{len(part)} to {purpose}" for purpose, part in held_out if part is not None]
        noted = (("left out", parts.skipped), ("put right", parts.repaired))
        counts += [f"{len(notes)} {what}" for what, notes in noted if notes]
        shape = " x ".join(map(str, self.network.input_shape[1:]))
        size = f"{self.network.name}, {shape}, {self.network.count_params():,} parameters"
        return f"{parts.name}: {len(parts.class_names)} classes, {', '.join(counts)}\n{size}"


def prepare(model: str, data: str, size: Any, seed: int, options: dict[str, Any], of_detectors: dict[str, Any]) -> Job:
    """Read the data and build the network for them. Raises ValueError in one sentence."""
    from ccv.detection import DETECTORS

    given = {name: value for name, value in of_detectors.items() if value is not None}
    try:
        if model in DETECTORS:
            return _detector(model, data, size, seed, {**options, **given})
        for name in given:
            raise ValueError(f"--{name.replace('_', '-')} is an option of detectors, and {model} is none")
        return _classifier(model, data, size, seed, options)
    except TypeError as problem:
        raise ValueError(str(problem)) from None


def _classifier(model: str, data: str, size: Any, seed: int, options: dict[str, Any]) -> Job:
    from ccv.data import splits
    from ccv.models import card
    from ccv.training import evaluate, fit
    from ccv.training.network import check_classifier, input_shape, network
    from ccv.training.seeds import seeded

    about = card(model)
    parts = _splits(data, size, about.input_shape[0], seed)
    if parts.kind == "detection":
        raise ValueError(f"{data} is a data set of boxes, for a detector such as yolo_v2_tiny, and {model} is none")
    shape = input_shape(model, tuple(parts.train.element_spec[0].shape), size)
    check_classifier(model, shape, len(parts.class_names), options)
    if tuple(parts.train.element_spec[0].shape) != shape:
        parts = splits(data, size=shape[:2], channels=shape[2], seed=seed)
    if parts.validation is not None and not len(parts.validation):  # classes of one image each, which is trained on
        parts = replace(parts, validation=None)
        if parts.test is None:
            raise ValueError(f"{data} has no image to spare for the validation: give each class two images or more")
    with seeded(seed):
        made = network(model, shape, len(parts.class_names), **options)
    return Job(made, parts, lambda data, **given: fit(made, data, **given), evaluate)


def _splits(data: str, size: Any, default: int, seed: int) -> Splits:
    """Take the images as they are; where they differ in size, bring them to the network's own."""
    from ccv.data import splits

    try:
        return splits(data, size=size, seed=seed)
    except ValueError as problem:
        if size is not None or "different sizes" not in str(problem):
            raise
        return splits(data, size=default, seed=seed)


def _detector(model: str, data: str, size: Any, seed: int, options: dict[str, Any]) -> Job:
    from ccv.data.splits import VALIDATION, splits
    from ccv.detection import Detector, detector
    from ccv.training.seeds import seeded

    parts = splits(data, size=size, seed=seed)
    if parts.kind != "detection":
        raise ValueError(f"{model} is a detector and {data} has no boxes: give a VOC tree, a COCO .json or shapes")
    if parts.validation is None and parts.test is None:  # a tree without lists: something must show how good it gets
        parts = splits(data, size=size, seed=seed, validation=VALIDATION)
    shape = tuple(parts.train.element_spec[0].shape)
    if model.endswith("_tiny"):
        options = {"stride": stride_for(parts.train, shape[:2]), **options}
    with seeded(seed):
        made = detector(model, parts.class_names, input_shape=shape, **{"box_loss": "ciou", **options})
    job = Job(made.model, parts, made.fit, lambda model, data: Detector(model).evaluate(data), "detection")
    if not hasattr(parts.train, "annotations"):
        return job
    # A few hundred photographs are seen many times, and so never twice alike.
    epochs = max(job.epochs, min(MOST_EPOCHS, round(SEEN / len(parts.train))))
    return replace(job, epochs=epochs, augment=PHOTOGRAPHS, batch_size=BATCH)


def stride_for(truth: Any, size: tuple[int, int]) -> int:
    """Return the side of a cell, in pixels: half the typical object's shorter side, so that neighbours have their own.

    >>> stride_for(np.array([[[0.0, 0.0, 0.3, 0.4, 1], [-1] * 5]]), (128, 128))
    16
    """
    from ccv.detection.anchors import box_sizes

    shorter = np.median((box_sizes(truth) * size[::-1]).min(axis=1))
    return max((stride for stride in STRIDES if stride <= shorter / 2), default=STRIDES[0])
