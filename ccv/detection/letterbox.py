"""Letterboxing: any image into one size with its shape kept, grey around it; and boxes there and back."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from keras import ops

from ccv.detection.boxes import clip
from ccv.detection.records import Detections

GREY = 0.5  # darknet's letterbox_image fills with it; 128 for uint8


class Frame(NamedTuple):
    """Where the image lies in its letterbox, in whole pixels of that."""

    top: int
    left: int
    height: int
    width: int


def frame(image_size: tuple[int, int], size: int | tuple[int, int]) -> Frame:
    """Return where an image of `image_size` (height, width) lies in a letterbox of `size`: as large as fits, centred.

    The shorter side is rounded to whole pixels, and never to none. Source: darknet's image.c, letterbox_image.

    >>> frame((480, 640), 416)
    Frame(top=52, left=0, height=312, width=416)
    """
    (height, width), (rows, columns) = _sides("image_size", image_size), _sides("size", size)
    scale = min(rows / height, columns / width)
    inner_height, inner_width = max(round(height * scale), 1), max(round(width * scale), 1)
    return Frame((rows - inner_height) // 2, (columns - inner_width) // 2, inner_height, inner_width)


def letterbox(images: Any, size: int | tuple[int, int], fill: float = GREY) -> Any:
    """Bring images `(batch, height, width, channels)`, or one without the first axis, to `size`, and keep their dtype.

    They are resized by a triangle filter that widens when it shrinks (no aliasing), then framed with `fill`: the value
    itself for floats, the part of 255 for uint8. `size` is (height, width), or the side of a square.

    Raises TypeError for other numbers than uint8 and floats, ValueError for other axes or a `size` below one pixel.

    >>> import numpy as np
    >>> letterbox(np.zeros((1, 2, 4, 1), "uint8"), 4)[0, :, 0, 0].__array__().tolist()
    [128, 0, 0, 128]
    """
    images = ops.convert_to_tensor(images)
    if len(images.shape) not in (3, 4) or 0 in images.shape[-3:]:
        raise ValueError(f"images must be (batch, height, width, channels), got the shape {tuple(images.shape)}")
    kind = str(images.dtype)
    whole = "uint8" in kind
    if not whole and "float" not in kind:
        raise TypeError(f"images must be uint8 or floats, got {kind}: convert them, as in .astype('uint8')")
    rows, columns = _sides("size", size)
    top, left, height, width = frame((images.shape[-3], images.shape[-2]), size)
    resized = ops.image.resize(
        ops.cast(images, "float32") if whole else images, (height, width), antialias=True, data_format="channels_last"
    )
    if whole:
        resized, fill = ops.cast(ops.round(resized), "uint8"), round(fill * 255)
    edges = ((top, rows - height - top), (left, columns - width - left), (0, 0))
    return ops.pad(resized, edges if len(images.shape) == 3 else ((0, 0), *edges), constant_values=fill)


def into_letterbox(boxes: Any, image_size: tuple[int, int], size: int | tuple[int, int]) -> Any:
    """Move boxes `(..., 4)` from parts of the image to parts of its letterbox; both sizes are (height, width).

    >>> into_letterbox([[0.0, 0.0, 1.0, 1.0]], (2, 4), 4).__array__().tolist()
    [[0.0, 0.25, 1.0, 0.75]]
    """
    corner, sides = _edges(image_size, size)
    boxes = ops.convert_to_tensor(boxes)
    return boxes * ops.cast(sides, boxes.dtype) + ops.cast(corner, boxes.dtype)


def out_of_letterbox(boxes: Any, image_size: tuple[int, int], size: int | tuple[int, int]) -> Any:
    """Move boxes `(..., 4)` from parts of a letterbox to parts of the image in it: `into_letterbox`, undone.

    Boxes may reach into the frame: `ccv.detection.boxes.clip` cuts them at the image.

    >>> out_of_letterbox([[0.0, 0.25, 1.0, 0.75]], (2, 4), 4).__array__().tolist()
    [[0.0, 0.0, 1.0, 1.0]]
    """
    corner, sides = _edges(image_size, size)
    boxes = ops.convert_to_tensor(boxes)
    return (boxes - ops.cast(corner, boxes.dtype)) / ops.cast(sides, boxes.dtype)


def letterboxed(images: Sequence[np.ndarray], size: tuple[int, int]) -> np.ndarray:
    """Bring images of any sizes `(height, width, channels)` to one, in one step where they have it already."""
    if all(image.shape[:2] == size for image in images):
        return np.stack(images)
    grey = [GREY if image.dtype == np.uint8 else 255 * GREY for image in images]
    return np.stack([np.array(letterbox(image, size, fill)) for image, fill in zip(images, grey, strict=True)])


def in_pixels(found: Detections, image_size: tuple[int, int], size: tuple[int, int]) -> Detections:
    """Bring boxes from parts of a letterbox of `size` to pixels of the image in it, cut at its edges."""
    height, width = image_size
    boxes = clip(out_of_letterbox(found.boxes, image_size, size))
    return found._replace(boxes=np.array(boxes) * (width, height, width, height))


def _edges(image_size: tuple[int, int], size: int | tuple[int, int]) -> tuple[list[float], list[float]]:
    """Return the frame's corner and sides as parts of the letterbox, each for x and y, twice."""
    rows, columns = _sides("size", size)
    top, left, height, width = frame(image_size, size)
    return [left / columns, top / rows] * 2, [width / columns, height / rows] * 2


def _sides(name: str, size: Any) -> tuple[int, int]:
    """Return (height, width)."""
    sides = tuple(size) if isinstance(size, tuple | list) else (size, size)
    if len(sides) != 2 or any(isinstance(side, bool) or int(side) != side or side < 1 for side in sides):
        raise ValueError(f"{name}={size!r} must be a number of pixels, such as 416, or (height, width)")
    return int(sides[0]), int(sides[1])
