"""Shapes of a model without the batch: what its inputs are given, and what each call makes of it."""

from collections.abc import Iterator
from typing import Any

import keras
from keras import layers

from ccv.graph import maker
from ccv.models.geometry import Shape


def input_shapes(model: keras.Model, input_shape: Any) -> list[Shape]:
    """Return the shapes of the inputs without the batch; `input_shape` fills in, or replaces, the model's own."""
    own = [tuple(tensor.shape[1:]) for tensor in model.inputs]
    asked = list(_asked(model, input_shape, own))
    for shape, mine in zip(asked, own, strict=True):
        _check_shape(model, shape, mine)
    return asked


def _asked(model: keras.Model, input_shape: Any, own: list[Shape]) -> Iterator[Shape]:
    if input_shape is None:
        yield from own
        return
    names = [maker(tensor).name for tensor in model.inputs]
    if isinstance(input_shape, dict):
        strange = set(input_shape) - set(names)
        if strange:
            raise ValueError(f"{model.name} has no input {min(strange)!r}: its inputs are {', '.join(names)}")
        yield from (tuple(input_shape.get(name, mine)) for name, mine in zip(names, own, strict=True))
        return
    shapes = [input_shape] if all(not isinstance(n, tuple | list) for n in input_shape) else list(input_shape)
    if len(shapes) != len(own):
        raise ValueError(f"{model.name} has {len(own)} inputs ({', '.join(names)}): give a shape for each, by name")
    yield from (tuple(shape) for shape in shapes)


def _check_shape(model: keras.Model, shape: Shape, own: Shape) -> None:
    if any(n is None for n in shape):
        example = tuple(224 if n is None else n for n in shape)
        raise ValueError(f"the size of {model.name}'s input is open, {shape}: pass input_shape={example} or another")
    if any(not isinstance(n, int) or isinstance(n, bool) or n < 1 for n in shape):
        raise ValueError(f"input_shape={shape} must hold integers above 0, without the batch")
    last = 0 if keras.config.image_data_format() == "channels_first" else -1
    if len(shape) != len(own) or (own and own[last] not in {None, shape[last]}):
        raise ValueError(f"input_shape={shape} does not fit {model.name}, whose input is {own}, without the batch")


def output_shapes(node: Any, given: list[Shape]) -> list[Shape]:
    """Return the shapes that a call makes, without the batch, for inputs that may differ from the recorded ones."""
    recorded = [tensor.shape[1:] for tensor in node.outputs]
    same = all(shape == tensor.shape[1:] for shape, tensor in zip(given, node.input_tensors, strict=True))
    if same and all(n is not None for shape in recorded for n in shape):
        return recorded
    layer = node.operation
    check_fits(layer, given)
    tensors = {
        id(tensor): keras.KerasTensor((1, *shape), dtype=tensor.dtype)
        for tensor, shape in zip(node.input_tensors, given, strict=True)
    }
    args, kwargs = node.arguments.fill_in(tensors)
    made = layer.compute_output_spec(*args, **kwargs)
    return [tuple(tensor.shape[1:]) for tensor in keras.tree.flatten(made)]


def check_fits(layer: Any, given: list[Shape]) -> None:
    """Raise ValueError where a layer's weights are for another number of features than it is given."""
    kernel = getattr(layer, "kernel", None)
    if isinstance(layer, layers.Dense) and kernel is not None and given[0][-1] != kernel.shape[0]:
        raise ValueError(
            f"{layer.name} has weights for {kernel.shape[0]:,} numbers and gets {given[0][-1]:,} at this size: pass"
            " the input_shape that the model was built for, or build it anew"
        )
