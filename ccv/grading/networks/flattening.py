"""Copies a model step by step into one flat graph of Keras's own layers, as it was seen at work (see `recording`)."""

from __future__ import annotations

import contextlib
import inspect
import warnings
from types import SimpleNamespace
from typing import Any

import numpy as np

from ccv.grading.border.frames import WireError
from ccv.grading.networks.descriptions import is_foreign, is_kerass, nodes
from ccv.grading.networks.handmade import handmade
from ccv.grading.networks.recognition import Unexplained, explained, recognized, values_of
from ccv.grading.networks.recording import Step

BATCH = 2  # images that are watched


class FlatCopy:
    """A functional model that grows step by step; each tensor that was seen has its counterpart in it."""

    def __init__(self, shapes: list[tuple[tuple, str]], images: list[Any]):
        import keras

        self._inputs = [keras.Input(shape, dtype=dtype) for shape, dtype in shapes]
        self._seen: list[Any] = []  # tensors, which are kept so that their ids stay theirs
        self._counterparts: list[Any] = []
        self._place: dict[int, int] = {}
        self._read: dict[int, np.ndarray] = {}
        self._layers: dict[int, tuple[Any, Any]] = {}
        self._names: set[str] = set()
        self._last = "the input"
        for image, symbol in zip(images, self._inputs, strict=True):
            self._note(image, symbol)

    def of(self, steps: list[Step], outputs: Any, name: str) -> Any:
        """Return the copy after these steps, with the outputs of the original and its weights.

        Raises:
            WireError: something between the steps is done by no layer of Keras's.
        """
        import keras

        for step in steps:
            self._repeat(step)
        ends = keras.tree.map_structure(self._counterpart, outputs)
        inputs = self._inputs[0] if len(self._inputs) == 1 else self._inputs
        model = keras.Model(inputs, ends, name=name)
        for layer, original in self._layers.values():
            layer.set_weights(original.get_weights())
        return model

    def _repeat(self, step: Step) -> None:
        import keras

        if step.kind is None:  # a place to pass by: what came out of it, where that can be told
            self._note_handmade(step)
            for tensor in filter(_is_of_images, keras.tree.flatten(step.outputs)):
                with contextlib.suppress(WireError):
                    self._counterpart(tensor, step.activation, most=1)
            return
        # What a layer was called on, before what it is called with: the copy is called on the same.
        args, kwargs = keras.tree.map_structure(self._argument, (step.args, _taken(step)))
        layer, activation = self._copied(step)
        made = layer(*args, **kwargs)
        made = activation(made) if activation is not None else made
        self._last = f"the layer {step.layer.name!r}"
        for tensor, symbol in zip(keras.tree.flatten(step.outputs), keras.tree.flatten(made), strict=True):
            self._note(tensor, symbol)

    def _note_handmade(self, step: Step) -> None:
        """Note what a layer of the student's own makes of weights that it has itself."""
        import keras

        owner = step.args[0] if step.args else None
        tensors = [*filter(_is_of_images, keras.tree.flatten(step.outputs))]
        if not isinstance(owner, keras.layers.Layer) or len(tensors) != 1 or id(owner) in self._layers:
            return
        known = {id(weight) for _, original in self._layers.values() for weight in original.weights}
        own = [weight for weight in owner.weights if id(weight) not in known]
        with contextlib.suppress(Unexplained):
            layer, place, made = handmade(own, self._seen, values_of(tensors[0]), step.activation)
            layer.name, layer.trainable = self._unique(owner.name), owner.trainable
            self._layers[id(owner)] = layer, SimpleNamespace(weights=own, get_weights=layer.get_weights)
            self._note(made, layer(self._counterparts[place]))

    def _copied(self, step: Step) -> tuple[Any, Any]:
        """A layer of Keras's own like that of the step, one for all of its calls, and an activation beside it."""
        if id(step.layer) in self._layers:
            return self._layers[id(step.layer)][0], None
        config, activation = _config(step)
        config["name"] = self._unique(step.layer.name)
        layer = step.kind.from_config(config)
        self._layers[id(step.layer)] = layer, step.layer
        return layer, activation

    def _unique(self, name: str) -> str:
        while name in self._names:
            name += "_"
        self._names.add(name)
        return name

    def _note(self, tensor: Any, symbol: Any) -> None:
        self._place[id(tensor)] = len(self._seen)
        self._seen.append(tensor)
        self._counterparts.append(symbol)

    def _values(self, place: int) -> np.ndarray:
        if place not in self._read:
            self._read[place] = values_of(self._seen[place])
        return self._read[place]

    def _argument(self, value: Any) -> Any:
        return self._counterpart(value) if _is_of_images(value) else value

    def _counterpart(self, tensor: Any, activation: str = "", most: int = 2) -> Any:
        """The symbolic tensor for one that was seen, or that at most so many layers without weights give from those."""
        if id(tensor) in self._place:
            return self._counterparts[self._place[id(tensor)]]
        known = [self._values(place) for place in range(len(self._seen))]
        try:
            found = explained(values_of(tensor), known, activation, most)
        except Unexplained:
            raise WireError(
                f"what your model computes after {self._last} is done by no layer of Keras's: use Keras's own layers"
            ) from None
        symbols = [*self._counterparts]
        for layer, places in found:
            given = [symbols[place] for place in places]
            symbols.append(layer(given if len(given) > 1 else given[0]) if layer is not None else given[0])
        self._note(tensor, symbols[-1])
        return symbols[-1]


def _taken(step: Step) -> dict[str, Any]:
    """What the layer's own `call` takes by name: models hand on `training` to layers that do not know it, too."""
    parameters = inspect.signature(step.kind.call).parameters
    return {name: value for name, value in step.kwargs.items() if name in parameters}


def _is_of_images(value: Any) -> bool:
    """Whether a value is a tensor with an axis for the images that are watched."""
    shape = tuple(getattr(value, "shape", ()))
    return hasattr(value, "dtype") and len(shape) > 1 and shape[0] == BATCH


def _config(step: Step) -> tuple[dict[str, Any], Any]:
    """The settings of a layer with functions of Keras's alone, and a layer for an activation that needs one."""
    import keras

    layer, beside = step.layer, None
    function = getattr(layer, "activation", None)
    if callable(function) and not is_kerass(function):
        known = recognized(function)
        if known is None:
            raise WireError(
                f"the activation of the layer {layer.name!r} is a function that is none of Keras's activations"
            )
        layer.activation = keras.activations.get(known if isinstance(known, str) else "linear")
        beside = None if isinstance(known, str) else known
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that a lambda is not safe to load
            config = step.kind.get_config(layer)
    finally:
        if function is not None:
            layer.activation = function
    return {key: value for key, value in config.items() if not _is_strangers(key, value)}, beside


def _is_strangers(key: str, value: Any) -> bool:
    """Where weights begin, and what holds them in, is of no matter once they are there."""
    ends = key.endswith(("_initializer", "_constraint", "_regularizer"))
    return ends and any(is_foreign(node) for node in nodes(value))
