"""Batch normalisation folded into the convolution before it, which then does both at once."""

from collections import Counter
from typing import Any

import keras
import numpy as np
from keras import layers

from ccv.graph import calls, check_graph, is_graph, layers_within

# Which of a layer's arrays makes the channels that come out, and on which of its axes they are: a depthwise kernel has
# two, the channel that goes in and the multiplier.
CHANNELS: dict[type, tuple[int, tuple[int, ...]]] = {
    layers.Conv2D: (0, (3,)),
    layers.Conv2DTranspose: (0, (2,)),
    layers.DepthwiseConv2D: (0, (2, 3)),
    layers.SeparableConv2D: (1, (3,)),
    layers.Dense: (0, (1,)),
}


def fold_batch_norm(model: keras.Model) -> keras.Model:
    """Return a model that predicts the same with fewer layers: each normalisation is folded into what it normalises.

    gamma (w x + b - mean) / sqrt(variance + epsilon) + beta is a convolution with other numbers: w is scaled by
    gamma / sqrt(variance + epsilon), and the rest is a bias. It is done where a convolution or a dense layer without an
    activation goes nowhere but into the normalisation; all else is copied. The result is for inference: it shares no
    weight with `model`, and has no statistics left to train.

    Raises TypeError for what is no model, ValueError for a subclassed one.

    >>> image = keras.Input((8, 8, 3))
    >>> model = keras.Model(image, layers.BatchNormalization()(layers.Conv2D(4, 3, use_bias=False)(image)))
    >>> [type(layer).__name__ for layer in fold_batch_norm(model).layers]
    ['InputLayer', 'Conv2D']
    """
    check_graph(model)
    norms = {id(conv): norm for part in layers_within(model) if is_graph(part) for conv, norm in _pairs(part)}
    gone = {id(norm) for norm in norms.values()}
    made: list[tuple[Any, Any]] = []

    def clone(graph: Any) -> keras.Model:
        # As a functional model: of a Sequential one Keras calls every layer, those that are gone as well.
        functional = keras.Model(
            graph.inputs, keras.tree.pack_sequence_as(graph.output, graph.outputs), name=graph.name
        )
        made = keras.models.clone_model(functional, clone_function=copy, call_function=call)
        return keras.Model(_alone(made.inputs), _alone(made.outputs), name=graph.name)

    def copy(layer: Any) -> Any:
        if is_graph(layer):
            return clone(layer)
        if id(layer) in gone or not layer.weights:
            return layer
        bias = {"use_bias": True} if id(layer) in norms else {}
        made.append((layer, type(layer).from_config(layer.get_config() | bias)))
        return made[-1][1]

    def call(layer: Any, *args: Any, **kwargs: Any) -> Any:
        return args[0] if id(layer) in gone else layer(*args, **kwargs)

    folded = clone(model)
    for old, new in made:
        norm = norms.get(id(old))
        new.set_weights(_folded(old, norm) if norm else old.get_weights())
    return folded


def _alone(tensors: list[Any]) -> Any:
    """One tensor itself, several in their list: Keras's copy has a list of one, and warns at each call."""
    return tensors[0] if len(tensors) == 1 else tensors


def _pairs(model: Any) -> list[tuple[Any, Any]]:
    """Each layer of a model with the normalisation that may go into it."""
    nodes = calls(model)
    times = Counter(id(node.operation) for node in nodes)
    read = Counter(id(tensor) for node in nodes for tensor in node.input_tensors)
    read.update(id(tensor) for tensor in model.outputs)
    by_output = {id(tensor): node.operation for node in nodes for tensor in node.outputs}
    found = []
    for node in nodes:
        conv = by_output.get(id(node.input_tensors[0])) if node.input_tensors else None
        alone = (
            conv is not None and read[id(node.input_tensors[0])] == times[id(conv)] == times[id(node.operation)] == 1
        )
        if alone and _fits(conv, node.operation):
            found.append((conv, node.operation))
    return found


def _fits(conv: Any, norm: Any) -> bool:
    """Whether a layer gives channels at the end of its output, and a normalisation is over these."""
    if type(conv) not in CHANNELS or type(norm) is not layers.BatchNormalization:
        return False
    rank = len(conv.output.shape)
    last = norm.axis in (-1, rank - 1) and getattr(conv, "data_format", "channels_last") == "channels_last"
    return last and conv.activation is keras.activations.linear


def _folded(conv: Any, norm: Any) -> list[np.ndarray]:
    """The arrays of a layer that does what it did, and its normalisation."""
    mean, variance = (np.array(one, "float64") for one in (norm.moving_mean, norm.moving_variance))
    gamma = np.array(norm.gamma, "float64") if norm.scale else 1.0
    beta = np.array(norm.beta, "float64") if norm.center else 0.0
    factor = gamma / np.sqrt(variance + norm.epsilon)
    arrays = conv.get_weights()
    bias = arrays.pop() if conv.use_bias else 0.0
    which, axes = CHANNELS[type(conv)]
    sides = [arrays[which].shape[axis] if axis in axes else 1 for axis in range(arrays[which].ndim)]
    arrays[which] = arrays[which] * factor.reshape(sides)
    return [*arrays, beta + (bias - mean) * factor]
