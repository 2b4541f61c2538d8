"""The graph of a Keras model: who made a tensor, the calls in order, the layers inside layers.

All that Keras keeps to itself and ccv must know stands here, and nowhere else: Keras has no public way to ask which
call made a tensor, and `_keras_history` has been it since 2015.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import keras
from keras.src.utils.backend_utils import DynamicBackend, in_tf_graph

__all__ = [
    "DynamicBackend",  # Keras's numerics inside of `tf.data`, on whatever backend
    "built_shapes",
    "call_of",
    "calls",
    "can_run_through",
    "check_graph",
    "compiled_with",
    "fold",
    "home",
    "in_tf_graph",
    "is_graph",
    "layers_within",
    "maker",
    "run_through",
    "without_weights",
]

Value = TypeVar("Value")
Visit = Callable[[Any, list[Value], tuple[str, ...]], list[Value]]


def maker(tensor: Any) -> Any:
    """Return the layer or operation that gives a Keras tensor; None for a tensor of another kind."""
    history = getattr(tensor, "_keras_history", None)
    return history and history.operation


def call_of(tensor: Any) -> Any:
    """Return the call that gives a Keras tensor: its `operation`, `arguments`, `input_tensors` and `outputs`."""
    layer, index, _ = tensor._keras_history
    return layer._inbound_nodes[index]


def layers_within(layer: Any, include_self: bool = True) -> list[Any]:
    """Return a layer and all those inside of it, however deep, models and wrappers among them."""
    flatten = getattr(layer, "_flatten_layers", None)
    return list(flatten(include_self=include_self)) if flatten else []


def compiled_with(model: keras.Model) -> dict[str, Any]:
    """Return the arguments of the last `model.compile`."""
    return dict(model._compile_config.config)


def home(thing: Any) -> str:
    """Return the part of Keras that a class or function, or the name of a module, belongs to; "" for none.

    >>> home(keras.layers.Dense), home(keras.activations.relu), home(keras.Model), home(str)
    ('layers', 'activations', 'models', '')
    """
    module = thing if isinstance(thing, str) else str(getattr(thing, "__module__", ""))
    return module.split(".")[2] if module.startswith("keras.src.") else ""


def built_shapes(model: keras.Model) -> dict[str, Any] | None:
    """Return the shapes that a model was built for, by the name of its argument; None where it was not."""
    return getattr(model, "_build_shapes_dict", None)


def is_graph(layer: Any) -> bool:
    """Say whether a layer is itself a functional or Sequential model, whose calls are known."""
    return isinstance(layer, keras.Model) and bool(getattr(layer, "outputs", None))


def check_graph(model: Any) -> None:
    """Raise TypeError for what is no model, ValueError for one whose graph is not known before it runs."""
    if not isinstance(model, keras.Model):
        raise TypeError(f"a Keras model is needed, not {type(model).__name__}: {model!r:.60}")
    if is_graph(model):
        return
    if isinstance(model, keras.Sequential):
        raise ValueError(f"{model.name} has no input yet: begin it with keras.Input(shape), or pass input_shape=")
    raise ValueError(
        f"{model.name} is a subclassed model, whose layers are connected only while it runs: build it as a"
        " functional or Sequential model"
    )


def calls(model: keras.Model, outputs: Sequence[Any] | None = None) -> list[Any]:
    """Return the calls that a functional model's outputs need, each after its own needs, one branch after the other."""
    at_start = {id(tensor) for tensor in model.inputs}
    order: list[Any] = []
    done: set[int] = set()
    stack = [(tensor, False) for tensor in reversed(model.outputs if outputs is None else outputs)]
    while stack:
        tensor, ready = stack.pop()
        if id(tensor) in at_start:
            continue
        node = call_of(tensor)
        if id(node) in done:
            continue
        if ready:
            done.add(id(node))
            order.append(node)
        else:
            stack.append((tensor, True))
            stack += [(needed, False) for needed in reversed(node.input_tensors)]
    return order


def fold(model: keras.Model, values: Sequence[Value], visit: Visit[Value], path: tuple[str, ...] = ()) -> list[Value]:
    """Carry values through a model: `visit(node, given, path)` returns what a call makes of what it is given.

    `values` has one value for each input, the result one for each output. Models inside the model are entered
    at every call; `path` names them.
    """
    known = dict(zip(map(id, model.inputs), values, strict=True))
    for node in calls(model):
        layer, given = node.operation, [known[id(tensor)] for tensor in node.input_tensors]
        made = fold(layer, given, visit, (*path, layer.name)) if is_graph(layer) else visit(node, given, path)
        known.update(zip(map(id, node.outputs), made, strict=True))
    return [known[id(tensor)] for tensor in model.outputs]


def run_through(model: Any, inputs: Any, operation: Callable[[Any], Callable[..., Any]]) -> Any:
    """Run a model whose every layer is replaced by `operation(layer)`; AttributeError for what is no graph."""
    graph = getattr(model, "_functional", None) or model
    return graph._run_through_graph(inputs, operation_fn=operation)


def can_run_through(model: Any) -> bool:
    """Say whether `run_through` can run it."""
    return hasattr(getattr(model, "_functional", None) or model, "_run_through_graph")


@contextmanager
def without_weights() -> Iterator[None]:
    """Build models inside whose weights take no memory, and are never made."""
    from keras.src.backend.common import global_state

    key = "uninitialized_variables"  # Keras would initialise them all when another scope ends
    before = [*global_state.get_global_attribute(key, [])]
    try:
        with keras.StatelessScope(initialize_variables=False):
            yield
    finally:
        global_state.set_global_attribute(key, before)
