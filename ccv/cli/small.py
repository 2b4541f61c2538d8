"""What a user should know before a detector trains: objects of few pixels, and a stride that makes another network."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ccv.data.splits import Splits
    from ccv.detection import Detector


def notes(name: str, made: Detector, parts: Splits, options: dict[str, Any]) -> list[str]:
    """Return a sentence for each."""
    return [*_of_objects(parts), *_of_stride(name, made, options)]


def _of_objects(parts: Splits) -> Iterator[str]:
    import numpy as np

    from ccv.data.voc import LEAST, LONG_SIDE
    from ccv.detection.anchors import box_sizes

    if not hasattr(parts.train, "annotations"):
        return
    height, width = parts.image[:2]
    pixels = float(np.median((box_sizes(parts.train) * (width, height)).min(axis=1)))
    where = f"in images of {width} x {height} the median object is {pixels:.0f} pixels across"
    if pixels < LEAST:
        yield f"{where}, which is hard to find: a larger --size shows more of it"
    elif max(height, width) > LONG_SIDE:
        yield f"{where}; a smaller --size trains faster and sees less"


def _of_stride(name: str, made: Detector, options: dict[str, Any]) -> Iterator[str]:
    import keras

    from ccv import models
    from ccv.anatomy import anatomy

    own = inspect.signature(getattr(models, name)).parameters.get("stride")
    stride = made.model.input_shape[1] // made.grids[0][0]
    if own is None or stride == own.default:
        return
    kept = {key: value for key, value in options.items() if key in ("width", "boxes")}
    *sides, channels = made.model.input_shape[1:]
    shape = (*(-(-side // own.default) * own.default for side in sides), channels)
    with keras.StatelessScope(initialize_variables=False):  # only to be counted
        published = models.build(name, input_shape=shape, classes=len(made.class_names), **kept)
    field, its = (anatomy(network).receptive_field or (0,) for network in (made.network, published))
    yield (
        f"stride {stride} makes another network of this name: {made.network.count_params():,} parameters, a field of "
        f"{field[0]} pixels; at its own stride of {own.default} it has {published.count_params():,} and {its[0]} pixels"
    )
