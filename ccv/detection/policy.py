"""What a detector is made and trained with where nothing else is asked for: `ccv train` and Python share it."""

from typing import Any

import numpy as np

from ccv.detection.anchors import box_sizes
from ccv.training.recipes import enough_epochs

STRIDES = (8, 16, 32)  # pixels of a cell that the small detectors offer
EPOCHS = 10
# What a detector of photographs needs, found on 292 photographs of blood cells. A few hundred are seen many times, and
# so never twice alike.
SEEN = 18_000  # photographs in all epochs
PHOTOGRAPHS: dict[str, Any] = {"mosaic": 0, "mixup": 0}  # options of the augmentation "detection"
BATCH = 8  # that of the measured run; one run with 16 came out a little lower, which may be chance


def stride_for(truth: Any, size: tuple[int, int]) -> int:
    """Return the side of a cell, in pixels: half the typical object's shorter side, so that neighbours have their own.

    >>> stride_for(np.array([[[0.0, 0.0, 0.3, 0.4, 1], [-1] * 5]]), (128, 128))
    16
    """
    shorter = np.median((box_sizes(truth) * size[::-1]).min(axis=1))
    return max((stride for stride in STRIDES if stride <= shorter / 2), default=STRIDES[0])


def training_for(data: Any, *, epochs: int | None, batch_size: int | None, augment: Any, seed: int) -> dict[str, Any]:
    """Return these arguments of `ccv.training.fit`, those that were left open chosen for the data.

    `augment="auto"` flips, scales, crops and colours photographs that `ccv.data` has read, and nothing else.
    """
    train = getattr(data, "train", data)
    photographs = hasattr(train, "annotations")
    if augment == "auto":
        augment = _augmentation(seed) if photographs else None
    if photographs:
        epochs = epochs or enough_epochs(len(train), SEEN)
        batch_size = batch_size or BATCH
    return {"epochs": epochs or EPOCHS, "batch_size": batch_size, "augment": augment, "seed": seed}


def _augmentation(seed: int) -> Any:
    from ccv.augment import pipeline

    return pipeline("detection", seed=seed, boxes="rel_xyxy", **PHOTOGRAPHS)
