"""Keras models from the student's process, rebuilt on the trusted side in safe mode.

The description is the student's word and may ask for terabytes, or for hours, in one line, so it is read three times:
as JSON, for what no exercise needs; by Keras without memory, for the shapes of weights and of all that flows through
the model; and only then for real.
"""

from __future__ import annotations

import copy
import functools
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from ccv.grading.border.frames import WireError
from ccv.grading.networks.costs import check_allowed, cost_of

_MODULES = re.compile(
    r"keras(\.(layers|models|initializers|regularizers|constraints|losses|metrics|activations|random|dtype_policies"
    r"|optimizers(\.schedules)?))?"
    r"|keras\.src\.(layers|models|ops|initializers|random|dtype_policies)(\.\w+)*"
    r"|ccv\.layers(\.\w+)*"
)
_PLAIN = {"__keras_tensor__", "__tensor__", "__numpy__", "__bytes__", "__slice__", "__ellipsis__", "__tuple__"}
_PARTS = re.compile(r"keras\.(layers|models)|keras\.src\.(layers|models|ops)(\.\w+)*|ccv\.layers(\.\w+)*")
# These run code of their own, read files or decompose matrices; no exercise needs them.
_FORBIDDEN = {"__lambda__", "function", "OrthogonalRegularizer", "STFT", "STFTInitializer"}
_LARGEST_NUMBER = 10**7  # no classic network has a layer of more units; a larger one would only eat our memory
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
    description = _without_training(json.loads(config))
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
        return times * (once + _is_layer(item) * _steps(item)), built
    if isinstance(item, list):
        inner = [_calls(value) for value in item]
        return sum(once for once, _ in inner), sum(built for _, built in inner)
    return 0, 0


def _steps(layer: dict[str, Any]) -> int:
    """How many operations a call of a layer takes, where its settings say so: normalisation takes its neighbours."""
    config = layer.get("config")
    size = config.get("size") if isinstance(config, dict) and "Response" in str(layer.get("class_name")) else 1
    return max(1, size) if isinstance(size, int) else 1


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
    from ccv.graph import without_weights

    with without_weights():
        model = _deserialize(copy.deepcopy(description))  # Keras changes what it reads
        if [tuple(w.shape) for w in model.weights] != [w.shape for w in weights]:
            raise _unfit()
        _follow(model, allowance)


def _without_training(description: Any) -> Any:
    """A copy without optimizers, losses and metrics, which may ask for memory of their own; no check looks at them."""
    if isinstance(description, list):
        return [_without_training(item) for item in description]
    if not isinstance(description, dict):
        return description
    return {k: _without_training(v) for k, v in description.items() if k != "compile_config"}


def _follow(model: Any, allowance: Allowance) -> None:
    """Count what flows through a model, nested models anew for each call: their inputs may be larger there."""
    import keras

    from ccv.graph import can_run_through, run_through

    if not getattr(model, "inputs", None):
        return  # it was never called; nobody knows for what size it is

    def called(operation: Any) -> Callable:
        return functools.partial(_call, operation)

    def _call(operation: Any, *args: Any, **kwargs: Any) -> Any:
        if can_run_through(operation):
            return run_through(operation, args[0], called)
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
    made, given = ([[n or 1 for n in t.shape] for t in tensors if hasattr(t, "shape")] for tensors in (made, given))
    multiplications = cost_of(operation, given, made)
    return {"activations": max(map(prod, made), default=0), "multiplications": multiplications}


def _nodes(item: Any) -> Iterator[Any]:
    stack = [item]
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, dict):
            stack.extend(value for key, value in node.items() if key != "seed")  # any number is as good as another
        elif isinstance(node, list):
            stack.extend(node)


def _refuse_foreign_code(node: Any) -> None:
    if isinstance(node, int) and abs(node) > _LARGEST_NUMBER:
        raise WireError(f"the model asks for a size of {node:,}, which no exercise needs")
    if not isinstance(node, dict) or "class_name" not in node:
        return
    name, module = str(node["class_name"]), node.get("module")
    registered = str(node.get("registered_name") or name)
    known = name in _PLAIN if module is None else _MODULES.fullmatch(str(module))
    if not known or registered not in {name, f"ccv>{name}"} or name in _FORBIDDEN:
        raise WireError(f"the model contains {name[:80]!r}, which cannot be rebuilt safely: use Keras's own layers")
    if _PARTS.fullmatch(str(module)):
        check_allowed(name)


def _unfit() -> WireError:
    return WireError("the weights do not fit the model that came with them; return the model as Keras built it")


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
