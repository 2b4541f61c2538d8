"""Keras models from the student's process, rebuilt on the trusted side in safe mode.

The description is the student's word and may ask for terabytes, or for hours, in one line, so it is read three times:
as JSON, for what no exercise needs; by Keras without memory, for the shapes of weights and of all that flows through
the model; and only then for real.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from ccv.grading.wire import WireError

_MODULES = re.compile(
    r"keras(\.(layers|models|initializers|regularizers|constraints|losses|metrics|activations|random|dtype_policies"
    r"|optimizers(\.schedules)?))?"
    r"|keras\.src\.(layers|models|ops|initializers|random|dtype_policies)(\.\w+)*"
    r"|ccv\.layers(\.\w+)*"
)
_PLAIN = {"__keras_tensor__", "__tensor__", "__numpy__", "__bytes__", "__slice__", "__ellipsis__", "__tuple__"}
_FORBIDDEN = {
    *("Lambda", "__lambda__", "function", "TorchModuleWrapper", "TFSMLayer", "JaxLayer", "FlaxLayer"),
    # These read files or make tables while they are built; no exercise needs them.
    *("StringLookup", "IntegerLookup", "IndexLookup", "TextVectorization", "FeatureSpace"),
    *("MelSpectrogram", "STFTSpectrogram"),
}
_LARGEST_NUMBER = 10**7  # no classic network has a layer of more units; a larger one would only eat our memory
_MOST_ACTIVATIONS = 2**28  # of one layer and one image
_UNKNOWN_SIDE = 224  # of an image whose size a model leaves open
_MOST_CHARACTERS = 8 * 2**20


@dataclass
class Allowance:
    """What all models of one message may ask for together; counted for one image."""

    models: int = 8
    layers: int = 3000
    calls: int = 10_000
    activations: int = 2**30
    multiplications: int = 10**11  # several times those of the largest classic networks

    def spend(self, **amounts: int) -> None:
        """Take from it, or raise `WireError` where too little is left."""
        for what, amount in amounts.items():
            left = getattr(self, what) - amount
            if left < 0:
                raise WireError(f"it takes more than {getattr(Allowance, what):,} {what}, too many for any exercise")
            setattr(self, what, left)


def rebuild_model(config: str, weights: list[np.ndarray], allowance: Allowance | None = None) -> Any:
    """Build the model that `config` (JSON) describes and give it `weights`.

    Raises:
        WireError: the model has layers that are not Keras's or ccv's, runs code of its own, is too large, or its
            weights do not fit.
    """
    allowance = allowance or Allowance()
    allowance.spend(models=1)
    if type(config) is not str or len(config) > _MOST_CHARACTERS:
        raise WireError("the model's description is too long")
    description = json.loads(config)
    for node in _nodes(description):
        _refuse_foreign_code(node)
        allowance.spend(layers=_is_layer(node))
    allowance.spend(calls=sum(_calls(description)))
    import ccv.layers  # noqa: F401  registers ccv's own layers for deserialisation

    _check_sizes(description, weights, allowance)
    model = _deserialize(description)
    if [tuple(w.shape) for w in model.weights] != [w.shape for w in weights]:
        raise _unfit()
    model.set_weights(weights)
    return model


def _is_layer(node: Any) -> bool:
    return isinstance(node, dict) and ("inbound_nodes" in node or "layers" in str(node.get("module")))


def _calls(item: Any) -> tuple[int, int]:
    """How often layers are called when this part of a description is called once, and before, while it is built."""
    if isinstance(item, dict):
        inner = [_calls(value) for value in item.values()]
        once, built = (sum(counts) for counts in zip(*inner, strict=True)) if inner else (0, 0)
        nodes, layers = item.get("inbound_nodes"), item.get("layers")
        if isinstance(layers, list):  # Keras builds a Sequential anew for each layer that is added
            built += once if "output_layers" in item else once * len(layers) // 2
        times = max(1, len(nodes)) if isinstance(nodes, list) else 1
        return times * (once + _is_layer(item)), built
    if isinstance(item, list):
        inner = [_calls(value) for value in item]
        return sum(once for once, _ in inner), sum(built for _, built in inner)
    return 0, 0


def _deserialize(description: Any) -> Any:
    import keras

    try:
        model = keras.saving.deserialize_keras_object(description, safe_mode=True)
    except Exception as error:
        raise WireError(f"Keras cannot rebuild your model: {_first_line(error)}") from None
    if not isinstance(model, keras.Model):
        raise WireError("the answer is no Keras model")
    return model


def _check_sizes(description: Any, weights: list[np.ndarray], allowance: Allowance) -> None:
    """Build the model without any weight in memory, and follow the shapes of one image through it."""
    import keras
    from keras.src.backend.common import global_state

    key = "uninitialized_variables"  # Keras would initialise them all when another scope ends
    before = [*global_state.get_global_attribute(key, [])]
    try:
        with keras.StatelessScope(initialize_variables=False):
            model = _deserialize(_without_training(description))
            if [tuple(w.shape) for w in model.weights] != [w.shape for w in weights]:
                raise _unfit()
            _follow(model, allowance)
    finally:
        global_state.set_global_attribute(key, before)


def _without_training(description: Any) -> Any:
    """A copy without optimizers, whose slots are made from weights that are not there yet."""
    if isinstance(description, list):
        return [_without_training(item) for item in description]
    if not isinstance(description, dict):
        return description
    return {k: _without_training(v) for k, v in description.items() if k != "compile_config"}


def _follow(model: Any, allowance: Allowance) -> None:
    """Count what flows through a model, nested models anew for each call: their inputs may be larger there."""
    import keras

    if not getattr(model, "inputs", None):
        return  # it was never called; nobody knows for what size it is

    def called(operation: Any) -> Callable:
        return functools.partial(_call, operation)

    def _call(operation: Any, *args: Any, **kwargs: Any) -> Any:
        graph = getattr(operation, "_functional", None) or operation
        if hasattr(graph, "_run_through_graph"):
            return graph._run_through_graph(args[0], operation_fn=called)
        if isinstance(getattr(operation, "layer", None), keras.Model):
            raise WireError(f"the model {operation.layer.name!r} inside {operation.name!r} cannot be followed")
        outputs = operation.compute_output_spec(*args, **kwargs)
        allowance.spend(**_costs(operation, keras.tree.flatten((args, kwargs)), keras.tree.flatten(outputs)))
        return outputs

    image = [keras.KerasTensor(_known(t.shape), dtype=t.dtype) for t in model.inputs]
    try:
        _call(model, keras.tree.pack_sequence_as(model.inputs, image))
    except WireError:
        raise
    except Exception as error:
        raise WireError(f"Keras cannot follow an image through your model: {_first_line(error)}") from None


def _known(shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
    return (shape[0], *(side or _UNKNOWN_SIDE for side in shape[1:]))


def _costs(operation: Any, given: list[Any], made: list[Any]) -> dict[str, int]:
    """Numbers that a call makes, and its multiplications: each weight at each place, each square of a pooling."""
    made, given = ([[n or 1 for n in t.shape] for t in tensors if hasattr(t, "shape")] for tensors in (made, given))
    activations = max(map(prod, made), default=0)
    if activations > _MOST_ACTIVATIONS:
        raise WireError(f"the output of {operation.name!r} has {activations:,} values, too many for any exercise")
    places = max((prod(shape[:-1]) for shape in made + given), default=0)
    squares = getattr(operation, "pool_size", 1)
    squares = prod(squares) if isinstance(squares, tuple | list) else int(squares)
    per_place = sum(prod(w.shape) for w in getattr(operation, "weights", []))
    return {"activations": activations, "multiplications": places * per_place + activations * squares}


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
    if not isinstance(node, dict) or "class_name" not in node:
        return
    name, module = str(node["class_name"]), node.get("module")
    registered = str(node.get("registered_name") or "")
    known = name in _PLAIN if module is None else _MODULES.fullmatch(str(module))
    stranger = ">" in registered and not registered.startswith("ccv>")
    if type(name) is not str or not known or stranger or name in _FORBIDDEN:
        raise WireError(
            f"the model contains {str(name)[:80]!r}, which cannot be rebuilt safely: use Keras's own layers"
        )


def _unfit() -> WireError:
    return WireError("the weights do not fit the model that came with them; return the model as Keras built it")


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
