"""The arithmetic of one layer: its parameters spelled out, and its multiply-adds.

`cost` knows a layer by its class; teach it another with `@cost.register(MyLayer)`.
"""

from functools import singledispatch
from math import prod
from typing import Any, NamedTuple

import keras
from keras import layers

from ccv.layers import PositionEmbedding, Subsampling2D, TableConv2D
from ccv.models.geometry import Shape, extents, volume

# Layers and operations of Keras that multiply numbers, or run what is not known, and have no rule here.
MULTIPLY = ("Attention", "CDist", "Conv", "Corr", "Dot", "Einsum", "FFT", "Inner", "Kron", "Lambda", "MatMul", "Matmul",
            "Outer", "RNN", "Solve", "Tensordot", "Vdot")  # fmt: skip
OURS = ("keras.", "ccv.layers")  # whose layers without weights are known to multiply nothing else


class Cost(NamedTuple):
    """What a layer costs: the sum of its parameters as text, its multiply-adds (None: no rule) and their product."""

    parameters: str
    macs: int | None = 0
    product: str = ""


def x(*numbers: Any) -> str:
    """Write a product.

    >>> x(5, 5, 48)
    '5x5x48'
    """
    return "x".join(map(str, numbers))


def per_filter(weights: str, filters: Any, bias: bool) -> str:
    """Write the parameters of filters with one bias each.

    >>> per_filter("5x5x48", 256, True), per_filter("3x3x3", 64, False)
    ('(5x5x48 + 1) x 256', '3x3x3 x 64')
    """
    return f"({weights} + 1) x {filters}" if bias else f"{weights} x {filters}"


@singledispatch
def cost(layer: Any, given: Shape, made: Shape, *others: Shape) -> Cost:
    """Return what a call of a layer costs; `given` and `made` are its shapes in and out, without the batch.

    Attention has the shapes of its further inputs as `others`.

    A layer that is not known has its weights listed, and multiply-adds of None where it has a matrix of weights,
    multiplies matrices, or is neither Keras's nor ours: they are then not counted, and the report says so. By
    convention normalisation, activation, pooling and everything else element by element count 0.
    """
    weights = list(getattr(layer, "weights", ()))
    terms = [f"{weight.name} {x(*weight.shape) or 1}" for weight in weights]
    matrix = any(sum(n > 1 for n in weight.shape) > 1 for weight in weights)
    counts = not _is_known(layer) or (matrix and _may_multiply(layer))
    return Cost(" + ".join(terms), None if counts else 0)


def _is_known(layer: Any) -> bool:
    """Say whether a layer is, or derives from, one of Keras's or ours of which it is known what it multiplies."""
    bases = (keras.layers.Layer, keras.Operation)
    kinds = [kind for kind in type(layer).__mro__ if kind not in bases and kind.__module__.startswith(OURS)]
    own = [kind for kind in kinds if issubclass(kind, keras.Operation) and not issubclass(keras.layers.Layer, kind)]
    return bool(own) and not any(word in own[0].__name__ for word in MULTIPLY)


def _may_multiply(layer: Any) -> bool:
    """Say whether weights in a matrix are there to multiply: not a look-up, nor one weight for each number."""
    if isinstance(layer, layers.Embedding | layers.PReLU | PositionEmbedding):
        return False
    return not type(layer).__name__.endswith("Normalization")


@cost.register(layers.Conv1D)
@cost.register(layers.Conv2D)
@cost.register(layers.Conv3D)
def _convolution(layer: Any, _: Shape, made: Shape) -> Cost:
    *window, filters = layer.kernel.shape
    places = extents(layer, made)
    text = per_filter(x(*window), filters, layer.use_bias)
    return Cost(text, prod(layer.kernel.shape) * volume(places), f"{x(*window)} x {x(*places, filters)}")


@cost.register(layers.Conv1DTranspose)
@cost.register(layers.Conv2DTranspose)
@cost.register(layers.Conv3DTranspose)
def _transposed(layer: Any, given: Shape, _: Shape) -> Cost:
    """Every number of the input is multiplied by a whole kernel, so that its places count, not the output's."""
    *sides, filters, channels = layer.kernel.shape
    places = extents(layer, given)
    text = per_filter(x(*sides, channels), filters, layer.use_bias)
    product = f"{x(*sides, filters)} x {x(*places, channels)} of the input"
    return Cost(text, prod(layer.kernel.shape) * volume(places), product)


@cost.register(layers.DepthwiseConv1D)
@cost.register(layers.DepthwiseConv2D)
def _depthwise(layer: Any, _: Shape, made: Shape) -> Cost:
    *sides, channels, multiplier = layer.kernel.shape
    filters = _filters(channels, multiplier)
    places = extents(layer, made)
    text = per_filter(x(*sides), filters, layer.use_bias)
    return Cost(text, prod(layer.kernel.shape) * volume(places), f"{x(*sides)} x {x(*places, channels * multiplier)}")


@cost.register(layers.SeparableConv1D)
@cost.register(layers.SeparableConv2D)
def _separable(layer: Any, _: Shape, made: Shape) -> Cost:
    *sides, channels, multiplier = layer.depthwise_kernel.shape
    *_, between, filters = layer.pointwise_kernel.shape
    places = extents(layer, made)
    text = f"{x(*sides)} x {_filters(channels, multiplier)} + {per_filter(str(between), filters, layer.use_bias)}"
    each = prod(layer.depthwise_kernel.shape) + between * filters
    return Cost(text, each * volume(places), f"({x(*sides, between)} + {x(between, filters)}) x {x(*places)}")


def _filters(channels: int, multiplier: int) -> str:
    return str(channels) if multiplier == 1 else x(channels, multiplier)


@cost.register(layers.Dense)
def _dense(layer: Any, given: Shape, _: Shape) -> Cost:
    features, units = layer.kernel.shape
    places = given[:-1]
    text = per_filter(str(features), units, layer.use_bias)
    return Cost(text, features * units * volume(places), " x ".join(filter(None, (x(*places), x(features, units)))))


@cost.register(layers.BatchNormalization)
def _batch_normalization(layer: Any, *_: Shape) -> Cost:
    channels = int(layer.moving_mean.shape[0])
    trained = layer.scale + layer.center
    parts = [x(*([2] if trained == 2 else []), channels)] if trained else []
    return Cost(" + ".join([*parts, f"2x{channels} statistics"]))


@cost.register(Subsampling2D)
def _subsampling(layer: Any, *_: Shape) -> Cost:
    return Cost(f"(1 + 1) x {layer.bias.shape[0]}")


@cost.register(TableConv2D)
def _table(layer: Any, _: Shape, made: Shape) -> Cost:
    """A convolution of which only the connected kernels exist."""
    *sides, pairs = layer.kernel.shape
    places = extents(layer, made)
    text = f"{x(*sides)} x {pairs} connections + {layer.bias.shape[0]}"
    return Cost(text, prod(layer.kernel.shape) * volume(places), f"{x(*sides)} x {pairs} x {x(*places)}")
