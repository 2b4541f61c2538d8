"""The older road to detection: cut out every window of an image and ask a classifier about each.

Simple, and slow: the windows overlap, and what they share is computed again for each. `ccv.detection.convolutional`
gets the same scores in one pass. Source: catalogue C-095; A. Ng's course, week 3.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import ops

from ccv.models.layout import check_images

Size = int | tuple[int, int]  # a side, or (height, width)


class Windows(NamedTuple):
    """The windows of an image and what a classifier says of each.

    `boxes` is (windows, 4), x_min, y_min, x_max, y_max in pixels; `scores` is (windows, classes), or whatever the
    classifier gives for one window. Sizes come in the order that was given, in each the rows from the top and in each
    row the columns from the left.
    """

    boxes: np.ndarray
    scores: np.ndarray


def sliding_window(
    classifier: Callable[[Any], Any],
    image: Any,
    sizes: Size | Sequence[Size],
    stride: Size,
    *,
    input_size: Size | None = None,
    batch_size: int = 64,
) -> Windows:
    """Cut every window out of an image and let a classifier score each.

    Args:
        classifier: a Keras model of one image, or any function of a batch of crops (crops, height, width, channels)
            that returns an array with a row for each.
        image: (height, width, channels).
        sizes: sides of the windows in pixels: one, or a list of sides or pairs (height, width).
        stride: pixels from one window to the next, or a pair (down, right).
        input_size: what every crop is resized to (bilinear, in float32), where it is not of that size; None takes
            the model's own size, and leaves crops as they are for a function, or a model of open size.
        batch_size: how many crops the classifier is given at once.

    Raises:
        TypeError: the classifier cannot be called, or a size is no whole number.
        ValueError: the image has other axes, a window does not fit into it, or scores are not one row a crop.

    Source: catalogue C-095.

    >>> image = np.arange(16.0).reshape(4, 4, 1)
    >>> found = sliding_window(lambda crops: crops.max(axis=(1, 2)), image, sizes=2, stride=2)
    >>> found.boxes.tolist()
    [[0, 0, 2, 2], [2, 0, 4, 2], [0, 2, 2, 4], [2, 2, 4, 4]]
    >>> found.scores[:, 0].tolist()
    [5.0, 7.0, 13.0, 15.0]
    """
    if not callable(classifier):
        raise TypeError(f"classifier must be a Keras model or a function of a batch of crops, not {classifier!r}")
    pixels = checked_image(image)
    batch_size = _side(batch_size, "batch_size")
    wanted = _own_size(classifier) if input_size is None else _pair(input_size, "input_size")
    score = classifier.predict_on_batch if isinstance(classifier, keras.Model) else classifier
    boxes, scores = [], []
    for size in _sizes(sizes):
        found = windows(pixels.shape, size, stride)
        boxes.append(found)
        for crops in _batches(pixels, found, batch_size):
            rows = np.asarray(ops.convert_to_numpy(score(_resized(crops, wanted))))
            if rows.shape[:1] != (len(crops),):
                raise ValueError(f"the classifier must give a row for each of {len(crops)} crops, not {rows.shape}")
            scores.append(rows)
    return Windows(np.concatenate(boxes), np.concatenate(scores))


def windows(image_shape: Sequence[int], sizes: Size | Sequence[Size], stride: Size) -> np.ndarray:
    """Return the windows (n, 4), x_min, y_min, x_max, y_max in pixels, that lie wholly in an image.

    Arguments are those of `sliding_window`; `image_shape` is (height, width) or (height, width, channels).

    >>> windows((3, 4), 3, 1).tolist()
    [[0, 0, 3, 3], [1, 0, 4, 3]]
    """
    down, right = _pair(stride, "stride")
    found = []
    for height, width in _sizes(sizes):
        rows, columns = _places(image_shape, (height, width), (down, right))
        y, x = (axis.ravel() for axis in np.mgrid[:rows, :columns])
        left, top = x * right, y * down
        found.append(np.stack([left, top, left + width, top + height], axis=1))
    return np.concatenate(found)


def count_windows(image_shape: Sequence[int], sizes: Size | Sequence[Size], stride: Size) -> int:
    """Return how many windows there are: floor((H - h) / s + 1) floor((W - w) / s + 1) for each size, in all.

    Arguments are those of `windows`. Source: catalogue C-095.

    >>> count_windows((28, 28), 14, 2), count_windows((480, 640), [64, 128], 8)
    (64, 6794)
    """
    pair = _pair(stride, "stride")
    return sum(rows * columns for rows, columns in (_places(image_shape, size, pair) for size in _sizes(sizes)))


def checked_image(image: Any) -> np.ndarray:
    """Return an image as an array (height, width, channels), or raise ValueError."""
    array = np.asarray(image)
    if array.ndim != 3:
        raise ValueError(f"image must be one image (height, width, channels), not the shape {array.shape}")
    check_images(array.shape)
    return array


def _places(image_shape: Sequence[int], size: tuple[int, int], stride: tuple[int, int]) -> tuple[int, int]:
    height, width = (int(side) for side in tuple(image_shape)[:2])
    if size[0] > height or size[1] > width:
        raise ValueError(f"a window of {size[0]}x{size[1]} does not fit into an image of {height}x{width}")
    return (height - size[0]) // stride[0] + 1, (width - size[1]) // stride[1] + 1


def _batches(image: np.ndarray, boxes: np.ndarray, batch_size: int) -> Iterator[np.ndarray]:
    for start in range(0, len(boxes), batch_size):
        yield np.stack(
            [image[top:bottom, left:right] for left, top, right, bottom in boxes[start : start + batch_size]]
        )


def _resized(crops: np.ndarray, size: tuple[int, int] | None) -> Any:
    if size is None or crops.shape[1:3] == size:
        return crops
    return ops.convert_to_numpy(ops.image.resize(crops.astype("float32"), size, antialias=True))


def _own_size(classifier: Any) -> tuple[int, int] | None:
    shape = getattr(classifier, "input_shape", None) if isinstance(classifier, keras.Model) else None
    if not isinstance(shape, tuple) or len(shape) != 4 or None in shape[1:3]:
        return None
    return shape[1], shape[2]


def _sizes(sizes: Any) -> list[tuple[int, int]]:
    """Return pairs (height, width). A tuple is one pair, a list holds several sizes."""
    many = sizes if isinstance(sizes, list) else [sizes]
    if not many:
        raise ValueError("sizes is empty: give at least one side of a window")
    return [_pair(size, "sizes") for size in many]


def _pair(size: Any, name: str) -> tuple[int, int]:
    if isinstance(size, tuple) and len(size) == 2:
        return _side(size[0], name), _side(size[1], name)
    return (_side(size, name),) * 2


def _side(side: Any, name: str) -> int:
    if not isinstance(side, int | np.integer) or isinstance(side, bool):
        raise TypeError(f"{name} must be whole numbers or pairs (height, width) of them, not {side!r}")
    if side < 1:
        raise ValueError(f"{name} must be at least 1, not {side}")
    return int(side)
