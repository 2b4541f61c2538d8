"""Watches one image go through a model and notes which of Keras's own layers were called on what.

It sees through models in models, subclassed models and layers that only wrap others. It runs beside the student's
code, on the student's own objects.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FunctionType
from typing import Any

from ccv.grading.networks.recognition import ACTIVATIONS

_FUNCTIONS = (
    *("keras.ops", "keras.activations", "tensorflow", "tensorflow.nn", "tensorflow.math", "tensorflow.image"),
    *("jax.nn", "jax.numpy", "torch.nn.functional"),
)
_LIBRARIES = {path.partition(".")[0] for path in _FUNCTIONS}
_MAY_END = {"relu", "clip", "clipbyvalue", "minimum"}
_NO_LEAF = {"Layer", "Lambda", "Wrapper"}


@dataclass
class Step:
    """One call of a layer: `kind` is the class of Keras's that does the work.

    Where `kind` is None, only what came out is of interest: of a model, of a layer that calls others, of a function;
    `activation` is which of Keras's activations the function is by its name, if it is any.
    """

    layer: Any
    kind: Any
    args: tuple
    kwargs: dict[str, Any]
    outputs: Any
    activation: str = ""


def record(model: Any, inputs: list[Any]) -> tuple[list[Step], Any]:
    """Call a model on tensors, as in inference, and return the steps in order and what came out."""
    if not is_graph(model):
        model(*inputs)  # the first call makes weights, on tensors without values
    with _eagerly(), _watching() as steps:
        outputs = model(*inputs)
    return steps, outputs


def is_graph(model: Any) -> bool:
    """Whether a model is one of Keras's own classes, Sequential or functional, and no class of the student's."""
    from ccv.graph import home

    return home(type(model)) == "models"


def own_class(layer: Any) -> Any:
    """The nearest class of Keras or ccv that a layer is an instance of; None for models and for none at all."""
    from ccv.graph import home

    for kind in type(layer).__mro__:
        if kind.__name__ in _NO_LEAF or home(kind) == "models":
            return None
        if home(kind) == "layers" or f"{kind.__module__}.".startswith("ccv.layers."):
            return kind
    return None


class _Watch:
    """Stands in for the calls of layers and functions while a model runs."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self._inside = False  # one of Keras's own layers, whose work is its own

    def layer(self, original: Callable) -> Callable:
        """Stand in for `Layer.__call__`."""

        @functools.wraps(original)
        def called(layer: Any, *args: Any, **kwargs: Any) -> Any:
            kind = own_class(layer)
            if self._inside or kind is None:
                return self._passed(original, layer, *args, **kwargs)
            if type(layer).call is not kind.call:
                return self._overridden(original, layer, kind, args, kwargs)
            self._inside = True
            try:
                outputs = original(layer, *args, **kwargs)
            finally:
                self._inside = False
            self.steps.append(Step(layer, kind, args, kwargs, outputs))
            return outputs

        return called

    def function(self, original: Callable) -> Callable:
        """Stand in for a function on tensors."""
        return functools.wraps(original)(functools.partial(self._passed, original))

    def operation(self, original: Callable) -> Callable:
        """Stand in for `Operation.__call__`: a function that was applied when a functional model was built."""

        @functools.wraps(original)
        def called(operation: Any, *args: Any, **kwargs: Any) -> Any:
            return self._passed(original, operation, *args, **kwargs)

        return called

    def _passed(self, original: Callable, *args: Any, **kwargs: Any) -> Any:
        outputs = original(*args, **kwargs)
        if not self._inside:
            # A function calls others: the outermost one that is an activation is what was meant.
            activation = _activation(original, *args, *kwargs.values())
            while self.steps and self.steps[-1].kind is None and self.steps[-1].outputs is outputs:
                inner = self.steps.pop()
                activation = activation or inner.activation
            self.steps.append(Step(None, None, args, kwargs, outputs, activation))
        return outputs

    def _overridden(self, original: Callable, layer: Any, kind: Any, args: tuple, kwargs: dict[str, Any]) -> Any:
        """A layer of the student's own that inherits from one of Keras's: that one's part is what `super()` gives."""
        from keras import ops, tree

        noted = len(self.steps)
        outputs = original(layer, *args, **kwargs)
        if not any(step.kind for step in self.steps[noted:]):
            tensors = tree.map_structure(ops.convert_to_tensor, args)
            own = kind.call(layer, *tensors)
            self.steps.insert(noted, Step(layer, kind, args, kwargs, own))
        return outputs


@contextmanager
def _watching() -> Iterator[list[Step]]:
    from keras import Operation
    from keras.layers import Layer

    watch = _Watch()
    originals = [
        (Layer, "__call__", Layer.__call__, watch.layer(Layer.__call__)),
        (Operation, "__call__", Operation.__call__, watch.operation(Operation.__call__)),
    ]
    for module in filter(None, map(_loaded, _FUNCTIONS)):
        functions = [(name, value) for name, value in vars(module).items() if _is_function(name, value)]
        originals += [(module, name, value, watch.function(value)) for name, value in functions]
    for owner, name, _, stand_in in originals:
        setattr(owner, name, stand_in)
    try:
        yield watch.steps
    finally:
        for owner, name, original, _ in originals:
            setattr(owner, name, original)


def _activation(called: Any, *given: Any) -> str:
    """Which activation a call is by the name of its function, or of the operation or the Lambda's function it is of.

    One that ends at 6 is `relu6`, of whatever it is made. What a student has written is none by its name.
    """
    if called.__name__ == "__call__":
        layer, *given_to_it = given
        called = getattr(layer, "function", type(layer))
        given = *given_to_it, *(vars(layer).values() if called is type(layer) else ())
        if called.__module__.partition(".")[0] not in _LIBRARIES:
            return ""
    name = called.__name__.lower().replace("_", "")
    if name in _MAY_END and any(type(number) in (int, float) and number == 6 for number in given):
        return "relu6"
    return next((known for known in ACTIVATIONS if known.replace("_", "") == name), "")


def _loaded(path: str) -> Any:
    """A module by its public name, if its package is loaded."""
    package, *names = path.split(".")
    return functools.reduce(lambda module, name: getattr(module, name, None), names, sys.modules.get(package))


def _is_function(name: str, value: Any) -> bool:
    return not name.startswith("_") and isinstance(value, FunctionType)


@contextmanager
def _eagerly() -> Iterator[None]:
    """Let functions that TensorFlow compiles run as plain Python, where their tensors have values."""
    tensorflow = sys.modules.get("tensorflow")
    if tensorflow is None:
        yield
        return
    before = tensorflow.config.functions_run_eagerly()
    tensorflow.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        tensorflow.config.run_functions_eagerly(before)
