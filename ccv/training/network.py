"""A network by name, made for a data set: its size, its classes, and its preprocessing inside."""

from typing import Any

import keras
from keras.layers import InputLayer

from ccv.models import build, card
from ccv.models.cards import Card


def input_shape(name: str, image: tuple[int | None, ...], size: int | tuple[int, int] | None) -> tuple[int, int, int]:
    """Choose what the builder shall take: `size`, else the data's own, else the builder's default.

    `image` is (height, width, channels) of the data, None for a side that they do not fix. Raises ValueError for a
    `size` that the builder refuses.
    """
    about = card(name)
    channels = 3 if _needs_colour(about) else int(image[2] or 3)
    if size is not None:
        height, width = size if isinstance(size, tuple) else (size, size)
        _try(name, (height, width, channels))
        return height, width, channels
    if image[0] and image[1]:
        try:
            _try(name, (image[0], image[1], channels))
        except ValueError:  # too small, or the network is for one size only
            return (*about.input_shape[:2], channels)
        return image[0], image[1], channels
    return (*about.input_shape[:2], channels)


def network(name: str, shape: tuple[int, int, int], classes: int, **options: Any) -> keras.Model:
    """Build a network that takes uint8 pixels `(batch, height, width, channels)`: its preprocessing is inside.

    The graph is flat: every layer of the network is a layer of what is returned. `options` go to the builder. Raises
    ValueError where the network does not put out one score a class.
    """
    if options.get("weights") in ("imagenet", "ccv"):
        return _transferred(name, shape, classes, options)
    check_classifier(name, shape, classes, options)
    net = build(name, input_shape=shape, classes=classes, **options)
    return _preceded(net, card(name).preprocessing)


def _transferred(name: str, shape: tuple[int, int, int], classes: int, options: dict[str, Any]) -> keras.Model:
    """Weights that were trained for other classes: keep the backbone, and put a new head on it."""
    from ccv.transfer import backbone, with_head

    return with_head(backbone(name, input_shape=shape, **options), classes)


def _preceded(net: keras.Model, preprocessing: keras.layers.Layer) -> keras.Model:
    """Copy a network so that each layer that reads the input reads it through `preprocessing`."""
    before: list[Any] = []

    def through(given: Any) -> Any:
        if not isinstance(given, keras.KerasTensor) or not isinstance(given._keras_history.operation, InputLayer):
            return given
        if not before:
            before.append(preprocessing(given))
        return before[0]

    def call(layer: Any, *args: Any, **kwargs: Any) -> Any:
        args, kwargs = keras.tree.map_structure(through, (args, kwargs))
        return layer(*args, **kwargs)

    return keras.models.clone_model(net, call_function=call, clone_function=_same)


def _same(layer: Any) -> Any:
    """Keep the layer itself, and so its weights."""
    return layer


def check_classifier(name: str, shape: tuple[int, int, int], classes: int, options: dict[str, Any]) -> None:
    """Raise ValueError unless the network gives one score a class; its weights are not filled, which costs no time."""
    with keras.StatelessScope(initialize_variables=False):
        net = build(name, **{**options, "input_shape": shape, "classes": classes, "weights": None})
    if len(net.inputs) != 1 or [tuple(one.shape) for one in net.outputs] != [(None, classes)]:
        found = " and ".join(str(tuple(one.shape)) for one in net.outputs)
        raise ValueError(f"{name} is no classifier: it puts out {found}, and training here needs (batch, {classes})")


def _try(name: str, shape: tuple[int, int, int]) -> None:
    with keras.StatelessScope(initialize_variables=False):
        build(name, input_shape=shape)


def _needs_colour(about: Card) -> bool:
    rescale = about.rescale
    return rescale.bgr or isinstance(rescale.scale, tuple) or isinstance(rescale.offset, tuple)
