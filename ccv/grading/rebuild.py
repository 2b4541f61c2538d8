"""Keras models from the student's process, rebuilt on the trusted side in safe mode."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np

from ccv.grading.wire import WireError

_TRUSTED_MODULES = ("keras", "builtins", "ccv")
_FORBIDDEN_CLASSES = {
    "Lambda",
    "__lambda__",
    "function",
    "TorchModuleWrapper",
    "TFSMLayer",
    "JaxLayer",
    "FlaxLayer",
}
_LARGEST_NUMBER = 10**7  # no classic network has a layer of more units; a larger one would only eat our memory


def rebuild_model(config: str, weights: list[np.ndarray]) -> Any:
    """Build the model that `config` (JSON) describes and give it `weights`.

    Raises:
        WireError: the model has layers that are not Keras's or ccv's, runs code of its own, or its weights do not fit.
    """
    description = json.loads(config)
    for node in _nodes(description):
        _refuse_foreign_code(node)
    import keras

    import ccv.layers  # noqa: F401  registers ccv's own layers for deserialisation

    try:
        model = keras.saving.deserialize_keras_object(description, safe_mode=True)
    except Exception as error:
        raise WireError(f"Keras cannot rebuild your model: {_first_line(error)}") from None
    if not isinstance(model, keras.Model):
        raise WireError("the answer is no Keras model")
    expected = [tuple(w.shape) for w in model.weights]
    if expected != [w.shape for w in weights]:
        raise WireError("the weights do not fit the model that came with them; return the model as Keras built it")
    model.set_weights(weights)
    return model


def _nodes(item: Any) -> Iterator[Any]:
    stack = [item]
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, dict):
            stack.extend(node.values())
        elif isinstance(node, list):
            stack.extend(node)


def _refuse_foreign_code(node: Any) -> None:
    if isinstance(node, int) and abs(node) > _LARGEST_NUMBER:
        raise WireError(f"the model asks for a size of {node:,}, which no exercise needs")
    if not isinstance(node, dict):
        return
    name = node.get("class_name")
    package = str(node.get("module") or "keras").partition(".")[0]
    registered = str(node.get("registered_name") or "")
    own_layer = package not in _TRUSTED_MODULES or (">" in registered and not registered.startswith("ccv"))
    if name is not None and (own_layer or name in _FORBIDDEN_CLASSES):
        raise WireError(f"the model contains {name!r}, which cannot be rebuilt safely: use Keras's own layers")


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
