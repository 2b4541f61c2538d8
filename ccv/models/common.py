"""What every network shares: the checks of its arguments, the width multiplier, the end without a top."""

import numbers
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

import keras
from keras import layers

from ccv.checks import check_number
from ccv.models.layout import check_order
from ccv.names import check_name

Choice = TypeVar("Choice")
Shape = tuple[int | None, int | None, int]


class Needs(NamedTuple):
    """The least image that a network takes: its height and width in pixels, and what needs them.

    `any_size` allows a height and width of None under the top as well; without a top they are always allowed.
    `multiple` asks for sides that are multiples of `pixels` under the top.
    """

    pixels: int
    because: str
    any_size: bool = False
    multiple: bool = False


class Top(NamedTuple):
    """What ends a network that classifies: how many classes, and the activation of their layer."""

    classes: int
    activation: Any


def pool_features(x: Any, pooling: str | None) -> Any:
    """End a network without a top: the feature maps, or their global average or maximum."""
    if pooling is None:
        return x
    layer = layers.GlobalAveragePooling2D if pooling == "avg" else layers.GlobalMaxPooling2D
    return layer(name=f"{pooling}_pool")(x)


def ceil_max_pooling(name: str) -> Callable[[Any], Any]:
    """Return x -> 3x3 max pooling with stride 2 that rounds the size up, as Caffe does: 110 -> 55, 13 -> 6.

    `(batch, h, w, c)` -> `(batch, ceil((h - 3) / 2) + 1, ceil((w - 3) / 2) + 1, c)`. One row and column of
    zeros at the end make an even size odd; at an odd size no window reaches them. For x after ReLU only,
    since a zero must not win over a value. ('same' gives the other answer at odd sizes: 13 -> 7.)
    """
    pad = layers.ZeroPadding2D(((0, 1), (0, 1)), name=f"{name}_pad")
    pool = layers.MaxPooling2D(3, 2, name=name)
    return lambda x: pool(pad(x))


def drop(rate: float, name: str) -> layers.Layer:
    """Return the Dropout layer of a builder's `dropout`; raise ValueError for what is no share between 0 and 1."""
    where = "from 0 up to, not including, 1: the share that is dropped"
    check_number("dropout", rate, lambda share: 0 <= share < 1, where)
    return layers.Dropout(rate, name=name)


def scaled(filters: int, width: float) -> int:
    """Return `filters` times `width`, rounded, and at least 1.

    >>> scaled(64, 1 / 8), scaled(6, 1 / 16), scaled(6, 1.0)
    (8, 1, 6)
    """
    return max(1, round(filters * width))


def choose(what: str, choice: str, table: Mapping[str, Choice]) -> Choice:
    """Look up what an option such as `variant` selects; an unknown one raises ValueError with the nearest."""
    return table[check_name(what, choice, table)]


def check_shape(builder: str, needs: Needs, input_shape: Any, any_size: bool = False) -> Shape:
    """Return `input_shape` as (height, width, channels) of plain integers, or raise ValueError."""
    try:
        shape = tuple(input_shape)
    except TypeError:
        shape = ()
    if len(shape) != 3:
        raise ValueError(f"input_shape={input_shape!r} must be (height, width, channels), without the batch")
    check_order(shape)
    height, width, channels = shape
    sides = [side for side in (height, width) if not (any_size and side is None)]
    if not all(_is_count(side) for side in (*sides, channels)):
        free = " (height and width may be None)" if any_size else ""
        raise ValueError(f"input_shape={shape!r} must hold integers above 0: (height, width, channels){free}")
    if any(side < needs.pixels for side in sides):
        why = f"{needs.because} need at least {needs.pixels} pixels"
        raise ValueError(f"input_shape={shape!r} is too small for {builder}: {why}")
    return (None if height is None else int(height), None if width is None else int(width), int(channels))


def check_multiple(builder: str, needs: Needs, sides: tuple[int | None, ...]) -> None:
    """Raise ValueError for sides that halve to a fraction: maps would not meet, or cells not fill the image."""
    if any(side is not None and side % needs.pixels for side in sides):
        height, width = sides
        example = -(-416 // needs.pixels) * needs.pixels
        raise ValueError(
            f"{builder} takes multiples of {needs.pixels} pixels, such as {example}, not {height}x{width}: "
            f"{needs.because}"
        )


def check_width(width: Any) -> None:
    """Raise ValueError unless `width` is a finite number above 0."""
    check_number("width", width, lambda factor: factor > 0, "above 0, such as 1/8: it multiplies every channel count")


def check_activation(activation: Any) -> None:
    """Raise ValueError unless Keras knows the activation, or can call it."""
    try:
        keras.activations.get(activation)
    except (ValueError, TypeError):
        known = "'softmax', 'sigmoid' or None (logits)"
        raise ValueError(f"classifier_activation={activation!r} is none that Keras knows; use {known}") from None


def _is_count(value: Any) -> bool:
    return isinstance(value, numbers.Integral) and not isinstance(value, bool) and int(value) > 0
