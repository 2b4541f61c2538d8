"""What Keras writes of a model, read for what another process could not rebuild from it."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterator
from typing import Any

from ccv.grading.networks.recording import is_graph

_OWN = re.compile(r"keras(\.(?!src\.ops|src\.activations|src\.legacy)[\w.]+)?|ccv\.layers(\.\w+)*")
_STRANGE = {"function", "__lambda__", "Lambda"}


def is_portable(model: Any) -> bool:
    """Whether a model is one flat graph of layers and functions of Keras's or ccv's."""
    if not is_graph(model):
        return False
    description = _description(model)
    parts = [description["config"], description.get("compile_config")] if description else []
    strange = _has_strange_activation(model) or any(is_foreign(node) for part in parts for node in nodes(part))
    return bool(parts) and not strange


def is_strange(model: Any) -> bool:
    """Whether Keras could not rebuild a graph, nested as it is."""
    description = _description(model)
    if description is None or _has_strange_activation(model):
        return True
    return any(is_foreign(node, ops=True) for node in nodes(description["config"]))


def _has_strange_activation(model: Any) -> bool:
    """A function of the student's that is called `relu` is written as Keras's, so that the functions are looked at."""
    from ccv.graph import layers_within

    functions = (getattr(layer, "activation", None) for layer in layers_within(model))
    return any(callable(function) and not is_kerass(function) for function in functions)


def _description(model: Any) -> dict[str, Any] | None:
    """What Keras writes of a model; None where there are functions that it cannot describe."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a lambda is not safe to load
        try:
            return json.loads(model.to_json())
        except Exception:
            return None


def nodes(item: Any) -> Iterator[dict]:
    """Yield every part of a description that is an object, from the outside in."""
    if isinstance(item, dict):
        yield item
        item = list(item.values())
    if isinstance(item, list):
        for value in item:
            yield from nodes(value)


def is_foreign(node: dict, ops: bool = False) -> bool:
    """Whether a part of a model's description is a model inside it, a function, or of a class that is not Keras's."""
    name, module = node.get("class_name"), node.get("module")
    if name is None or (module is None and str(name).startswith("__") and name not in _STRANGE):
        return False
    from ccv.graph import home

    if ops and home(str(module)) == "ops":
        return False
    nested = isinstance(node.get("config"), dict) and "layers" in node["config"]
    return name in _STRANGE or not _OWN.fullmatch(str(module)) or (nested and not ops)


def is_kerass(function: Any) -> bool:
    """Whether an activation is one of Keras's own functions or layers."""
    import keras

    from ccv.graph import home

    if isinstance(function, keras.layers.Layer):
        return home(type(function)) == "layers"
    return home(function) == "activations"
