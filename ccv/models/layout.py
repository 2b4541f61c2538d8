"""Images are (height, width, channels) here; what is channels first is told in one sentence at every door."""

from collections.abc import Sequence
from typing import Any

import keras

from ccv.graph import layers_within

MOST_CHANNELS = 4  # of an image: grey, two, RGB, RGB with transparency


def check_channels_last(model: keras.Model | None = None) -> None:
    """Raise ValueError where Keras is set to channels first, or a layer of `model` is."""
    if keras.config.image_data_format() == "channels_first":
        raise ValueError(
            "Keras is set to channels first, ccv takes images as (height, width, channels): call "
            "keras.config.set_image_data_format('channels_last'), or write it into ~/.keras/keras.json"
        )
    if model is None:
        return
    for layer in layers_within(model):  # those inside models and wrappers as well
        if getattr(layer, "data_format", None) == "channels_first":
            raise ValueError(
                f"{model.name} is channels first, in its layer {layer.name}, and ccv takes images as (height, width, "
                "channels): build it anew with data_format='channels_last'"
            )


def is_channels_first(shape: Sequence[Any]) -> bool:
    """Say whether a shape without the batch is (channels, height, width), by its few channels and its larger sides.

    >>> is_channels_first((3, 64, 64)), is_channels_first((64, 64, 3)), is_channels_first((3, None, None))
    (True, False, True)
    """
    if len(shape) != 3 or shape[0] not in range(1, MOST_CHANNELS + 1):
        return False
    return all(side is None or (isinstance(side, int) and side > MOST_CHANNELS) for side in shape[1:])


def check_order(shape: Sequence[Any]) -> None:
    """Raise ValueError for an `input_shape` that is channels first."""
    if is_channels_first(shape):
        channels, height, width = shape
        raise ValueError(
            f"input_shape={tuple(shape)} has the channels first: give {(height, width, channels)}, that is "
            "(height, width, channels)"
        )


def check_images(shape: Sequence[Any]) -> None:
    """Raise ValueError for images whose shape, without the batch, is channels first."""
    if is_channels_first(shape):
        raise ValueError(
            f"images of {tuple(shape)} have the channels first: turn them to (height, width, channels) by "
            "np.moveaxis(images, -3, -1)"
        )
