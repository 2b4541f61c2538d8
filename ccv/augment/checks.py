"""What a pipeline refuses, each with one sentence that says what to do instead."""

from typing import Any

import keras


def checked_range(value_range: Any) -> tuple[float, float] | None:
    """Return two floats, or None; raise ValueError where they are not the ends of a range."""
    if value_range is None:
        return None
    try:
        low, high = (float(end) for end in value_range)
    except (TypeError, ValueError):
        low = high = 0.0
    if not 0 < high - low < float("inf"):
        raise ValueError(f"value_range={value_range!r} must be the darkest and the brightest number, such as (0, 1)")
    return low, high


def checked_images(ops: Any, images: Any, value_range: tuple[float, float] | None) -> Any:
    """Return the images as a tensor; raise ValueError where their shape or their numbers cannot be augmented."""
    if hasattr(images, "element_spec"):
        raise ValueError("a pipeline takes images, not a data set: write pipe.over(dataset) or dataset.map(pipe)")
    if hasattr(images, "row_splits"):
        raise ValueError("ragged images cannot be augmented together: map the pipeline over them before .batch()")
    images = ops.convert_to_tensor(images)
    if getattr(images.shape, "rank", 0) is None:
        raise ValueError("the images' shape is unknown: set expand_animations=False in tf.io.decode_image")
    if len(images.shape) not in (3, 4):
        raise ValueError(f"images must be (batch, height, width, channels) or one image, not {images.shape}")
    if images.shape[-1] is None:
        raise ValueError("the images' channels are unknown: say them, as in tf.io.decode_jpeg(data, channels=3)")
    if images.shape[-1] not in (1, 3):
        raise ValueError(f"images must have 1 or 3 channels, the last axis, not {images.shape[-1]}")
    if 0 in tuple(images.shape):
        raise ValueError(f"images {tuple(images.shape)} hold no pixels: pass at least one image")
    kind = keras.backend.standardize_dtype(images.dtype)
    if value_range is None and kind in ("int8", "int16", "uint16"):
        raise ValueError(f"the range of {kind} images is unknown: say it, such as value_range=(0, 65535)")
    return images


def check_labels(labels: Any) -> None:
    """Raise ValueError where labels are several arrays, of which it is unknown what they say."""
    if isinstance(labels, dict):
        raise ValueError('labels must be one array, or boxes {"boxes": (batch, n, 4), "labels": (batch, n)}')


def check_counts(images: Any, labels: Any, what: str) -> None:
    """Raise ValueError where there are not as many labels as images, as far as both are known."""
    counts = images.shape[0], (*labels.shape, None)[0]
    if None not in counts and counts[0] != counts[1]:
        raise ValueError(f"{counts[0]} images have {counts[1]} {what}: pass as many of both")
