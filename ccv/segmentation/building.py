"""`segmenter`: a network that gives a class to every pixel, by name or over any backbone."""

from collections.abc import Mapping, Sequence
from typing import Any

import keras
from keras import layers

from ccv import models
from ccv.checks import check_whole
from ccv.models.unet import FORMS
from ccv.names import check_name
from ccv.segmentation.decoder import UPS, decode
from ccv.transfer import backbone as backbone_of
from ccv.transfer import preprocessing_for
from ccv.transfer.graph import Copier, image_shape

OPEN = (None, None, 3)


def segmenter(
    backbone: str | keras.Model,
    classes: int,
    *,
    input_shape: Sequence[int | None] | None = None,
    width: float = 1.0,
    weights: Any = None,
    padding: str = "same",
    dropout: float = 0.0,
    batch_norm: bool = True,
    filters: int = 32,
    skips: bool = True,
    up: str = "transposed",
) -> keras.Model:
    """Return a network from pixels of 0 to 255 `(batch, height, width, channels)` to `(batch, height, width, classes)`.

    The last axis holds probabilities that sum to 1. The graph is flat and its own: a backbone's layers are copied.

    Args:
        backbone: "unet" is the network of Ronneberger et al.; another name is any builder of `ccv.models`, or it is a
            model of yours: its stages are read by a decoder that doubles the size step by step.
        classes: how many, the background among them; at least two.
        input_shape: height, width, channels. None leaves the sides open, so that one network takes images of any size:
            multiples of its coarsest stride (`predict` pads others). A model given has its own.
        width: of the builder by name.
        weights: for the backbone: None, "ccv", "imagenet" or a file; "unet" has none.
        padding, dropout, batch_norm: of "unet": "same" gives maps of the image's size, "valid" is the paper's, which
            are smaller; the paper's has no batch normalisation, and learns the slower for it.
        filters: of the decoder over a backbone, at its finest level; twice as many a level below, up to eight times.
        skips, up: of that decoder: whether it also reads the finer stages, and "transposed" or "upsample".

    Raises:
        ValueError, TypeError: an argument does not fit, in one sentence.

    >>> segmenter("unet", 4, width=1 / 16, input_shape=(64, 64, 3)).output_shape
    (None, 64, 64, 4)
    """
    check_whole("classes", classes, 2, why=": the background counts as one")
    check_name("padding", padding, FORMS)
    check_name("way up", up, UPS)
    check_whole("filters", filters)
    if backbone == "unet":
        if weights is not None or not skips or up != "transposed":
            raise ValueError("weights, skips and up are of a decoder over a backbone, such as segmenter('resnet20', 4)")
        options = {"width": width, "padding": padding, "dropout": dropout, "batch_norm": batch_norm}
        return _unet(classes, _shape(input_shape), options)
    if padding != "same" or dropout or not batch_norm:
        raise ValueError("padding, dropout and batch_norm are of 'unet' alone: leave them out for a decoder")
    if isinstance(backbone, str):
        base = backbone_of(backbone, weights, input_shape=_shape(input_shape), width=width)
    else:
        if input_shape is not None or width != 1.0:
            raise TypeError(f"{backbone.name} is built already: leave input_shape and width out")
        base = backbone_of(backbone, weights)
    return _over(base, classes, filters, skips, up)


def _shape(shape: Sequence[int | None] | None) -> tuple[int | None, ...]:
    given = OPEN if shape is None else tuple(shape)
    if len(given) != 3 or given[2] is None:
        raise ValueError(f"input_shape={shape!r} must be (height, width, channels), None for a side that stays open")
    return given


def _unet(classes: int, shape: tuple[int | None, ...], options: dict[str, Any]) -> keras.Model:
    network = models.build("unet", input_shape=shape, classes=classes, **options)
    inputs, copier = keras.Input(shape, name="pixels"), Copier(taken=("pixels", "rescaling"))
    outputs = copier(network, [layers.Rescaling(1 / 255, name="rescaling")(inputs)])
    model = keras.Model(inputs, outputs[0], name="unet_segmenter")
    copier.finish()
    return model


def _over(base: keras.Model, classes: int, filters: int, skips: bool, up: str) -> keras.Model:
    """Copy the backbone behind its preprocessing, and decode its stages."""
    stages = models.stage_outputs(base)
    copier = Copier(taken=("pixels",))
    inputs = keras.Input(image_shape(base), name="pixels")
    scaled = preprocessing_for(base)
    x = inputs if scaled is None else copier.copy(scaled, base.name)(inputs)
    maps = copier(base, [x], list(stages.values()))
    by_level = {int(name.removeprefix("stage")): made for name, made in zip(stages, maps, strict=True)}
    fits = _halves(base, stages)
    if not fits and None in image_shape(base):
        raise ValueError(f"the maps of {base.name} are no halves of each other: give input_shape=(height, width, 3)")
    decoded = decode(inputs, by_level, classes, filters, skips, up, fits)
    model = keras.Model(inputs, decoded, name=f"{base.name}_segmenter")
    copier.finish()
    return model


def _halves(base: keras.Model, stages: Mapping[str, Any]) -> bool:
    """Whether each stage has the image's sides over its stride, exactly: then nothing needs to be brought to fit."""
    strides = [2 ** int(name.removeprefix("stage")) for name in stages]
    sides = [4 * max(strides) if side is None else side for side in image_shape(base)[:2]]
    shapes = keras.Model(base.inputs, list(stages.values())).compute_output_shape((1, *sides, image_shape(base)[2]))
    return all(
        [side * stride for side in shape[1:3]] == sides for stride, shape in zip(strides, _listed(shapes), strict=True)
    )


def _listed(shapes: Any) -> list[Any]:
    """Keras gives the shape of a single output alone."""
    return [shapes] if isinstance(shapes[0], int | None) else list(shapes)
