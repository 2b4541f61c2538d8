"""The arithmetic of layers that hold others, and of those for sequences: recurrence, attention, EinsumDense."""

import re
from math import prod
from typing import Any

import keras
from keras import layers

from ccv.anatomy.arithmetic import Cost, cost, x
from ccv.graph import fold, is_graph
from ccv.models.geometry import Shape, volume

__all__ = ["cost"]  # with the rules of both files

GATED = (layers.SimpleRNNCell, layers.LSTMCell, layers.GRUCell)


@cost.register(layers.TimeDistributed)
def _time_distributed(layer: Any, given: Shape, made: Shape) -> Cost:
    """The same layer at every step of the first axis."""
    inner = cost(layer.layer, given[1:], made[1:])
    if not inner.macs or given[0] is None:
        return inner
    return Cost(inner.parameters, inner.macs * given[0], f"{given[0]} x {_in_brackets(inner.product)}")


@cost.register(layers.SpectralNormalization)
def _spectral(layer: Any, given: Shape, made: Shape) -> Cost:
    """The layer inside, and the vector by which training finds the largest singular value of its kernel."""
    inner = cost(layer.layer, given, made)
    return inner._replace(parameters=f"{inner.parameters} + vector {x(*layer.vector_u.shape)}")


@cost.register(keras.Model)
def _model(model: Any, given: Shape, _: Shape) -> Cost:
    """A model that a wrapper holds: all its calls, each at the size that it was built for."""
    if not is_graph(model):
        return Cost(f"weights of {model.name}", None)
    macs: list[int | None] = []

    def visit(node: Any, shapes: list[Shape], _: tuple[str, ...]) -> list[Shape]:
        made = [tuple(tensor.shape[1:]) for tensor in node.outputs]
        macs.append(cost(node.operation, shapes[0], made[0]).macs)
        return made

    fold(model, [given], visit)
    counted = [n for n in macs if n is not None]
    total = sum(counted) if len(counted) == len(macs) else None
    return Cost(f"weights of {model.name}", total, f"{total:,}" if total else "")


@cost.register(layers.RNN)
def _recurrent(layer: Any, given: Shape, made: Shape) -> Cost:
    """Each step multiplies the input and the state by their kernels; the gates' products number by number are free."""
    listed = cost.dispatch(object)(layer, given, made)
    cells = layer.cell.cells if isinstance(layer.cell, layers.StackedRNNCells) else [layer.cell]
    if given[0] is None or not all(isinstance(cell, GATED) for cell in cells):
        return listed._replace(macs=None)
    kernels = [kernel for cell in cells for kernel in (cell.kernel, cell.recurrent_kernel)]
    terms = " + ".join(x(*kernel.shape) for kernel in kernels)
    return Cost(listed.parameters, given[0] * sum(prod(kernel.shape) for kernel in kernels), f"{given[0]} x ({terms})")


@cost.register(layers.Bidirectional)
def _bidirectional(layer: Any, given: Shape, made: Shape) -> Cost:
    ways = [cost(way, given, made) for way in (layer.forward_layer, layer.backward_layer)]
    text = " + ".join(way.parameters for way in ways)
    if any(way.macs is None for way in ways):
        return Cost(text, None)
    return Cost(text, sum(way.macs or 0 for way in ways), " + ".join(way.product for way in ways))


@cost.register(layers.EinsumDense)
def _einsum(layer: Any, given: Shape, _: Shape) -> Cost:
    """The kernel multiplies whatever lies along the axes of the input that are not its own."""
    listed = cost.dispatch(object)(layer, given, ())
    letters, kernel = layer.equation.replace(" ", "").split("->")[0].split(",")
    own = [letter for letter in letters.replace("...", "") if letter in kernel]
    sides = dict(zip(kernel, layer.kernel.shape, strict=True))
    shared = prod(sides[letter] for letter in own)
    if None in given:
        return listed._replace(macs=None)
    places = volume(given) // shared
    text = " x ".join(filter(None, (str(places) if places > 1 else "", x(*layer.kernel.shape))))
    return Cost(listed.parameters, places * prod(layer.kernel.shape), text)


@cost.register(layers.MultiHeadAttention)
def _multi_head(layer: Any, query: Shape, made: Shape, value: Shape | None = None, *_: Shape) -> Cost:
    """The four projections, and for each head a score for each pair of places and a sum weighted by it.

    A key has as many places as its value; what else there may be are masks.
    """
    listed = cost.dispatch(object)(layer, query, made)
    value = value or query
    shapes = {"query": query, "key": value, "value": value, "output": query}
    if any(None in shape for shape in shapes.values()) or not _attends_everywhere(layer, query):
        return listed._replace(macs=None)
    projected = [
        (volume(shape[:-1]), prod(getattr(layer, f"{name}_dense").kernel.shape)) for name, shape in shapes.items()
    ]
    pairs = volume(query[:-1]) * volume(value[:-1])
    each = layer.num_heads * (layer.key_dim + layer.value_dim)
    macs = sum(places * size for places, size in projected) + pairs * each
    terms = [x(*numbers) for numbers in projected] + [f"{x(volume(query[:-1]), volume(value[:-1]))}x{each}"]
    return Cost(listed.parameters, macs, " + ".join(terms))


def _attends_everywhere(layer: Any, query: Shape) -> bool:
    return layer.attention_axes in {None, tuple(range(1, len(query)))}


@cost.register(layers.Attention)
def _attention(layer: Any, query: Shape, made: Shape, value: Shape | None = None, *_: Shape) -> Cost:
    """A score for each pair of places, and a sum weighted by it."""
    listed = cost.dispatch(object)(layer, query, made)
    value = value or query
    if None in (*query, *value) or layer.score_mode != "dot":
        return listed._replace(macs=None)
    pairs = volume((query[0], value[0]))
    each = (query[-1] or 0) + (value[-1] or 0)
    return Cost(listed.parameters, pairs * each, f"{x(query[0], value[0])} x ({query[-1]} + {value[-1]})")


@cost.register(layers.AdditiveAttention)
def _additive(layer: Any, query: Shape, made: Shape, *_: Shape) -> Cost:
    """Its scores are sums of tanh, which no convention counts."""
    return cost.dispatch(object)(layer, query, made)._replace(macs=None)


def _in_brackets(product: str) -> str:
    return f"({product})" if " + " in re.sub(r"\(.*?\)", "", product) else product
