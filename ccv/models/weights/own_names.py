"""Our own names of weights in a file: `block1_conv1.kernel`, and `backbone/block1_conv1.kernel` in a nested model."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import keras

from ccv.graph import is_graph


def named_layers(model: keras.Model, path: str = "") -> Iterator[tuple[str, keras.layers.Layer]]:
    """Each layer of a model with its name; one of a model inside the model has that model's name before its own."""
    for layer in model.layers:
        if is_graph(layer):
            yield from named_layers(layer, f"{path}{layer.name}/")
        else:
            yield path + layer.name, layer


def named_weights(model: keras.Model) -> Iterator[tuple[str, Any]]:
    """Each weight of a model with its name in a file, no name twice.

    >>> inner = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, name="dense")], name="inner")
    >>> outer = keras.Sequential([keras.Input((2,)), inner, keras.layers.Dense(3, name="dense")])
    >>> [name for name, _ in named_weights(outer)]
    ['inner/dense.kernel', 'inner/dense.bias', 'dense.kernel', 'dense.bias']
    """
    for name, _, weight in owned_weights(model):
        yield name, weight


def owned_weights(model: keras.Model) -> Iterator[tuple[str, keras.layers.Layer, Any]]:
    """Each weight of a model with its name in a file and the layer of the graph that owns it."""
    for name, layer in named_layers(model):
        times = Counter(weight.name for weight in layer.weights)
        for weight in layer.weights:
            yield f"{name}.{weight.name if times[weight.name] == 1 else inside(layer, weight)}", layer, weight


def inside(layer: keras.layers.Layer, weight: Any) -> str:
    """The name of a weight with those of the layers that hold it, as in attention: `query.kernel`, `value.kernel`."""
    return weight.path.rpartition(f"{layer.name}/")[2].replace("/", ".")
