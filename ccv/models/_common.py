"""What every builder shares: the checks of its arguments, the width multiplier, the end without a top.

A builder begins with `start`, which checks and returns the input, and ends with `finish`, which makes the
model.
"""

import math
import numbers
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

import keras
from keras import layers

from ccv.models.cards import CARDS
from ccv.models.weights import check_weights, imagenet, load_weights
from ccv.names import check_name

Choice = TypeVar("Choice")
Shape = tuple[int | None, int | None, int]


class Needs(NamedTuple):
    """The least image that a network takes: its name, the height and width in pixels, and what needs them.

    `any_size` allows a height and width of None under the top as well; without a top they are always allowed.
    """

    builder: str
    pixels: int
    because: str
    any_size: bool = False


def start(
    needs: Needs,
    include_top: bool,
    weights: Any,
    input_shape: Any,
    classes: int,
    pooling: str | None,
    classifier_activation: Any,
    name: str,
    width: float,
) -> Any:
    """Check the arguments that all builders have, in their order, and return the `keras.Input`.

    Raises ValueError or TypeError (FileNotFoundError for weights that are not there), in one sentence.
    """
    if not isinstance(include_top, bool):
        raise TypeError(f"include_top={include_top!r} must be True or False")
    check_weights(needs.builder, weights)
    shape = check_shape(needs, input_shape, needs.any_size or not include_top)
    check_positive_integer("classes", classes)
    if pooling is not None:
        check_name("pooling", pooling, ("avg", "max"))
    check_activation(classifier_activation)
    if not isinstance(name, str) or not name or "/" in name:
        raise ValueError(f"name={name!r} must be a string that is not empty and has no '/'")
    check_width(width)
    if weights == "imagenet":
        imagenet.check_fits(needs.builder, shape, CARDS[needs.builder].input_shape, include_top, classes, width)
    if keras.config.image_data_format() != "channels_last":
        raise ValueError("the builders are channels_last: call keras.config.set_image_data_format('channels_last')")
    return keras.Input(shape, name="input")


def finish(needs: Needs, include_top: bool, inputs: Any, outputs: Any, weights: Any, name: str) -> keras.Model:
    """Make the model from its two ends and read its weights, if any: a file's, or the published ones."""
    model = keras.Model(inputs, outputs, name=name)
    if weights is None:
        return model
    path = imagenet.fetch(needs.builder, include_top) if weights == "imagenet" else weights
    return load_weights(model, path)


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
    good = isinstance(rate, numbers.Real) and not isinstance(rate, bool) and 0 <= rate < 1
    if not good:
        raise ValueError(f"dropout={rate!r} must be a number from 0 up to, not including, 1: the share that is dropped")
    return layers.Dropout(rate, name=name)


def scaled(filters: int, width: float) -> int:
    """Return `filters` times `width`, rounded, and at least 1.

    >>> scaled(64, 1 / 8), scaled(6, 1 / 16), scaled(6, 1.0)
    (8, 1, 6)
    """
    return max(1, round(filters * width))


def variant_for(builder: str, variant: str | None, weights: Any, default: str) -> str:
    """Return the variant asked for, else `default`, or, said aloud, the one that `weights="imagenet"` fits."""
    if variant is not None:
        return variant
    if weights != "imagenet":
        return default
    fitting = imagenet.FILES[builder].variant or default
    print(f"{builder}: the published weights are for variant={fitting!r}, which is built")
    return fitting


def choose(what: str, choice: str, table: Mapping[str, Choice]) -> Choice:
    """Look up what an option such as `variant` selects; an unknown one raises ValueError with the nearest."""
    return table[check_name(what, choice, table)]


def check_shape(needs: Needs, input_shape: Any, any_size: bool = False) -> Shape:
    """Return `input_shape` as (height, width, channels) of plain integers, or raise ValueError."""
    try:
        shape = tuple(input_shape)
    except TypeError:
        shape = ()
    if len(shape) != 3:
        raise ValueError(f"input_shape={input_shape!r} must be (height, width, channels), without the batch")
    height, width, channels = shape
    sides = [side for side in (height, width) if not (any_size and side is None)]
    if not all(_is_count(side) for side in (*sides, channels)):
        free = " (height and width may be None)" if any_size else ""
        raise ValueError(f"input_shape={shape!r} must hold integers above 0: (height, width, channels){free}")
    if any(side < needs.pixels for side in sides):
        why = f"{needs.because} need at least {needs.pixels} pixels"
        raise ValueError(f"input_shape={shape!r} is too small for {needs.builder}: {why}")
    return (None if height is None else int(height), None if width is None else int(width), int(channels))


def check_positive_integer(what: str, value: Any) -> None:
    """Raise ValueError unless `value` is an integer above 0."""
    if not _is_count(value):
        raise ValueError(f"{what}={value!r} must be an integer above 0")


def check_width(width: Any) -> None:
    """Raise ValueError unless `width` is a finite number above 0."""
    good = isinstance(width, numbers.Real) and not isinstance(width, bool)
    if not good or not math.isfinite(width) or width <= 0:
        raise ValueError(f"width={width!r} must be a number above 0, such as 1/8: it multiplies every channel count")


def check_activation(activation: Any) -> None:
    """Raise ValueError unless Keras knows the activation, or can call it."""
    try:
        keras.activations.get(activation)
    except (ValueError, TypeError):
        known = "'softmax', 'sigmoid' or None (logits)"
        raise ValueError(f"classifier_activation={activation!r} is none that Keras knows; use {known}") from None


def _is_count(value: Any) -> bool:
    return isinstance(value, numbers.Integral) and not isinstance(value, bool) and int(value) > 0
