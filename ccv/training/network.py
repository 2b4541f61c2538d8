"""A network by name, made for a data set: its size, its classes, and its preprocessing inside."""

import contextlib
import logging
from typing import Any

import keras
from keras.layers import InputLayer

from ccv.graph import maker
from ccv.models import build, card
from ccv.models.cards import Card, Rescale
from ccv.models.origin import origin_of
from ccv.models.weights import imagenet
from ccv.training.seeds import seeded

log = logging.getLogger("ccv.training")


def network_for(
    name: str, image: tuple[int | None, ...], classes: int, *, size: Any = None, seed: int = 0, **options: Any
) -> keras.Model:
    """Build a `network` for images of `size`, else of the data's own, else of the builder's default.

    `image` is (height, width, channels) of the data, None for a side that they do not fix. Raises ValueError for a
    `size` that the builder refuses, or where the network does not put out one score a class.
    """
    about = card(name)
    channels = 3 if _needs_colour(about) else int(image[2] or 3)
    sides = [(size, size) if isinstance(size, int) else size] if size else [image[:2], about.input_shape[:2]]
    *own, last = [(*pair, channels) for pair in sides if all(pair)]
    for shape in own:  # too small, or the network is for one size only: the default then
        with contextlib.suppress(ValueError), seeded(seed):
            return network(name, shape, classes, **options)
    with seeded(seed):
        return network(name, last, classes, **options)


def network(name: str, shape: tuple[int, int, int], classes: int, **options: Any) -> keras.Model:
    """Build a network that takes uint8 pixels `(batch, height, width, channels)`: its preprocessing is inside.

    The graph is flat: every layer of the network is a layer of what is returned. `options` go to the builder. Raises
    ValueError where the network does not put out one score a class.
    """
    if options.get("weights") == "ccv" or imagenet.is_published(options.get("weights")):
        return _transferred(name, shape, classes, options)
    net = build(name, input_shape=shape, classes=classes, **options)
    if len(net.inputs) != 1 or [tuple(one.shape) for one in net.outputs] != [(None, classes)]:
        found = " and ".join(str(tuple(one.shape)) for one in net.outputs)
        raise ValueError(f"{name} is no classifier: it puts out {found}, and training here needs (batch, {classes})")
    return _preceded(net, _pixels(net, name, options.get("weights")).layer())


def _pixels(net: keras.Model, name: str, weights: Any) -> Rescale:
    """What the network's weights expect; where their file does not tell, what its form does, said aloud."""
    origin = origin_of(net)
    if origin is not None and origin.pixels is not None:
        return origin.pixels
    usual = card(name).pixels(origin.form if origin else {})
    log.warning("what pixels %s was trained on is not known: %s is taken, as %s has it", weights, usual, name)
    return usual


def _transferred(name: str, shape: tuple[int, int, int], classes: int, options: dict[str, Any]) -> keras.Model:
    """Weights that were trained for other classes: keep the backbone, and put a new head on it."""
    from ccv.transfer import backbone, with_head

    activation = options.get("classifier_activation", "softmax")
    own = {key: value for key, value in options.items() if key != "classifier_activation"}
    return with_head(backbone(name, input_shape=shape, **own), classes, classifier_activation=activation)


def _preceded(net: keras.Model, preprocessing: keras.layers.Layer) -> keras.Model:
    """Copy a network so that each layer that reads the input reads it through `preprocessing`."""
    before: list[Any] = []

    def through(given: Any) -> Any:
        if not isinstance(given, keras.KerasTensor) or not isinstance(maker(given), InputLayer):
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


def _needs_colour(about: Card) -> bool:
    rescale = about.rescale
    return rescale.bgr or isinstance(rescale.scale, tuple) or isinstance(rescale.offset, tuple)
