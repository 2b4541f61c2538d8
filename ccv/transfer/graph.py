"""A network's graph, from outside: its layers up to a stage, its values at a tensor, and a flat copy of it."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import keras

from ccv.graph import calls, check_graph, is_graph, layers_within
from ccv.models.layout import check_channels_last
from ccv.models.stages import stage_outputs
from ccv.names import check_name

HEAD = "head"  # what the layers of `with_head` are called, or begin with


def check_image_model(model: Any) -> keras.Model:
    """Return a model whose graph is known and that takes one image, or raise TypeError or ValueError."""
    check_graph(model)
    check_channels_last(model)
    shapes = [tuple(tensor.shape[1:]) for tensor in model.inputs]
    if len(shapes) != 1 or len(shapes[0]) != 3:
        raise ValueError(f"{model.name} must have one input, an image (height, width, channels), not {shapes}")
    return model


def image_shape(model: keras.Model) -> tuple[Any, ...]:
    """Return the (height, width, channels) of the image that a model takes."""
    return tuple(model.inputs[0].shape[1:])


def takes(model: keras.Model, shape: Sequence[Any]) -> bool:
    """Say whether an image of a shape (height, width, channels) goes into a model; a None is any number."""
    wanted = image_shape(model)
    return len(shape) == 3 and all(None in (n, m) or n == m for n, m in zip(wanted, shape, strict=True))


def check_classifier(model: Any) -> keras.Model:
    """Return a model with one image in and one output (batch, classes), or raise TypeError or ValueError."""
    check_image_model(model)
    if len(model.outputs) != 1 or len(model.outputs[0].shape) != 2:
        raise ValueError(
            f"{model.name} must be a classifier with one output (batch, classes): make one by with_head(backbone, 10)"
        )
    return model


def tensor_at(model: keras.Model, name: str) -> Any:
    """Return the tensor at the end of a stage (`stage3`), or that a layer gives.

    Raises ValueError for a name that is neither, with the nearest, or where the layer lies in a model inside the model.
    """
    stages = stage_outputs(model)
    made = {node.operation.name: node.outputs[0] for node in calls(model)}
    if not isinstance(name, str):
        check_name("stage or layer", name, [*stages, *made])
    if name in stages:
        return stages[name]
    owners = dict(_hidden(model)) if name not in made else {}
    if name in owners:
        raise ValueError(
            f"{name!r} lies inside {owners[name]!r}, a model inside {model.name}: with_head(backbone(model), classes) "
            "opens it, and every layer has its name"
        )
    return made[check_name("stage or layer", name, [*stages, *made])]


def features_of(model: keras.Model) -> Any:
    """Return the tensor that the head reads: before `with_head`'s layers, else the last map before the classifier."""
    for node in calls(model):
        if node.operation.name.startswith(f"{HEAD}_pool"):
            return node.input_tensors[0]
    stages = stage_outputs(model)
    if not stages:
        raise ValueError(
            f"{model.name} has no map (height, width, channels) that a head could read: build it without its top, by "
            "include_top=False"
        )
    return list(stages.values())[-1]


def layers_to(model: keras.Model, tensor: Any) -> list[Any]:
    """Return the layers that a tensor needs, in the order of their calls."""
    return list({id(node.operation): node.operation for node in calls(model, [tensor])}.values())


def all_layers(model: keras.Model) -> list[Any]:
    """Return the layers of the graph that have a name in it, in the order of their calls."""
    layers = {id(n.operation): n.operation for n in calls(model) if isinstance(n.operation, keras.layers.Layer)}
    return list(layers.values())


def flat_calls(model: keras.Model) -> Iterator[Any]:
    """Yield the operations in the order of their calls, those of models inside the model among them."""
    for node in calls(model):
        if is_graph(node.operation):
            yield from flat_calls(node.operation)
        else:
            yield node.operation


def evaluate(model: keras.Model, known: Mapping[Any, Any], wanted: Any) -> Any:
    """Compute one tensor of the graph, from the values of others: `{tensor: value}`, none computed twice.

    Runs layer by layer in inference mode, so any backend can differentiate it.
    """
    values = {id(tensor): value for tensor, value in known.items()}
    needed, order = {id(wanted)} - values.keys(), []
    for node in reversed(calls(model, [wanted])):
        if any(id(tensor) in needed for tensor in node.outputs):
            order.append(node)
            needed |= {id(tensor) for tensor in node.input_tensors} - values.keys()
    for node in reversed(order):
        values.update(_run(node, node.operation, values))
    return values[id(wanted)]


def _without_inputs(layer: Any) -> list[Any]:
    """A layer and those inside of it, less the inputs, which a Sequential model gets when it is first called."""
    return [one for one in layers_within(layer) if not isinstance(one, keras.layers.InputLayer)]


class Copier:
    """Applies copies of a model's layers, with their weights, to other tensors; models inside are opened."""

    def __init__(self, taken: Sequence[str] = ()) -> None:
        self.made: dict[int, tuple[Any, Any]] = {}
        self.names = set(taken)

    def __call__(self, model: keras.Model, given: Sequence[Any], wanted: Sequence[Any] | None = None) -> list[Any]:
        """Return the tensors that stand for `wanted` (the model's outputs) where its inputs are `given`."""
        values = dict(zip(map(id, model.inputs), given, strict=True))
        wanted = model.outputs if wanted is None else wanted
        for node in calls(model, wanted):
            inner = node.operation
            if is_graph(inner):
                made = self(inner, [values[id(tensor)] for tensor in node.input_tensors])
                values.update(zip(map(id, node.outputs), made, strict=True))
            else:
                values.update(_run(node, self.copy(inner, model.name), values))
        return [values[id(tensor)] for tensor in wanted]

    def copy(self, layer: Any, owner: str) -> Any:
        """Return the copy of a layer, made at its first call: a shared layer stays shared."""
        if id(layer) not in self.made:
            name = self.free(layer.name, owner)
            try:
                copied = type(layer).from_config(layer.get_config() | {"name": name})
            except (TypeError, ValueError, NotImplementedError) as problem:
                if getattr(layer, "weights", None):
                    raise ValueError(
                        f"layer {layer.name} ({type(layer).__name__}) cannot be copied: its get_config() must return "
                        f"what makes another like it ({str(problem).splitlines()[0]:.100})"
                    ) from None
                copied = layer  # a Lambda: Keras makes none from a config, and it holds nothing
            self.names.add(name)
            self.made[id(layer)] = (layer, copied)
        return self.made[id(layer)][1]

    def free(self, name: str, owner: str) -> str:
        """Return the name, or where it is taken, the owner's and it, counted up where that is taken as well."""
        counted = (f"{owner}_{name}_{count}" for count in itertools.count(1))
        return next(free for free in itertools.chain([name, f"{owner}_{name}"], counted) if free not in self.names)

    def finish(self) -> None:
        """Give the copies the weights and the `trainable` flags, however deep, of what they were copied from."""
        for old, new in self.made.values():
            if not isinstance(old, keras.layers.Layer):
                continue
            new.set_weights(old.get_weights())
            for of, to in zip(_without_inputs(old), _without_inputs(new), strict=True):
                to.trainable = of.trainable
                if isinstance(to, keras.layers.Normalization):
                    to.finalize_state()  # it computes with values taken from its weights, which only this renews


def _run(node: Any, operation: Any, values: Mapping[int, Any]) -> dict[int, Any]:
    def value(argument: Any) -> Any:
        return values[id(argument)] if isinstance(argument, keras.KerasTensor) else argument

    args, kwargs = keras.tree.map_structure(value, (node.arguments.args, node.arguments.kwargs))
    made = keras.tree.flatten(operation(*args, **kwargs))
    return dict(zip(map(id, node.outputs), made, strict=True))


def _hidden(model: keras.Model) -> Iterator[tuple[str, str]]:
    """Yield each layer inside a model inside the model, with the name of that model."""
    for node in calls(model):
        if is_graph(node.operation):
            yield from (
                (layer.name, node.operation.name) for layer in layers_within(node.operation, include_self=False)
            )
