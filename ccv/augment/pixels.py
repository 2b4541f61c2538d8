"""From any image's numbers to float32 between 0 and 255, and back to the same range and dtype."""

from typing import Any


def read_images(ops: Any, images: Any, value_range: tuple[float, float] | None) -> tuple[Any, Any]:
    """Return float32 images from 0 to 255 and their `(low, high)` before, None where that changed nothing.

    Floats of no given range are judged as the plots do: over 2 means 0 to 255, negative ones lie about zero.
    """
    kind = str(images.dtype)
    images = ops.cast(images, "float32")
    if value_range is None and "bool" in kind:
        value_range = (0.0, 1.0)
    if value_range == (0, 255) or (value_range is None and "float" not in kind):
        return images, None
    low, high = value_range = value_range or _judged(ops, images)
    return (images - low) * (255.0 / (high - low)), value_range


def write_images(ops: Any, images: Any, value_range: Any, dtype: Any) -> Any:
    """Undo `read_images`; integers are rounded."""
    if value_range is not None:
        low, high = value_range
        images = images * ((high - low) / 255.0) + low
    if "uint8" in str(dtype):
        return ops.cast(images + 0.5, dtype)  # every step keeps within 0 and 255, and this is cheaper than to round
    return ops.cast(images if "float" in str(dtype) else ops.numpy.round(images), dtype)


def _judged(ops: Any, images: Any) -> tuple[Any, Any]:
    low, high = ops.numpy.min(images), ops.numpy.max(images)
    signed = low < -0.1  # resizing overshoots 0 and 1 by less
    extent = ops.numpy.maximum(ops.numpy.maximum(-low, high), 1.0)
    top = ops.numpy.where(signed, extent, ops.numpy.where(high > 2.0, 255.0, 1.0))
    return ops.numpy.where(signed, -extent, 0.0), top
