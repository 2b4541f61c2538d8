"""Keras's files of a network that has models within, read into one that has none.

Keras's ConvNeXt has models within, for its stem and where it halves: in its files their layers do not stand where they
stand in the network.
"""

import io
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

import h5py
import keras
import numpy as np

from ccv.graph import is_graph

Rows = list[list[np.ndarray]]  # the arrays of some layers, one after another


def arrays_of(model: keras.Model, path: Path, legacy: bool) -> list[np.ndarray | None]:
    """The arrays of a file for the weights of a model, where the file has models within and `model` has none.

    They are in the order of the layers, and of a layer those of its trained weights first; None where the file has
    none; behind them come those that no layer takes. For every other file, which Keras reads by itself, there are none.
    """
    if any(is_graph(layer) for layer in model.layers):
        return []
    with h5py.File(_opened(path)) as file:
        return _of_before_keras_3(model, file) if legacy else _of_keras_3(model, file.get("layers", {}))


def assign(model: keras.Model, arrays: list[np.ndarray | None], partial: bool = False) -> None:
    """Assign the arrays of `arrays_of`, all of them or, if `partial`, those that fit.

    Raises ValueError where not all is asked for that the file has, or the other way round, or a shape does not fit.
    """
    owned = [(layer, weight) for layer in model.layers for weight in _weights(layer)]
    if len(arrays) > len(owned) and not partial:
        raise ValueError(f"the file has {len(arrays)} arrays, and the network {len(owned)} weights")
    for (layer, weight), array in zip(owned, arrays, strict=False):
        shape = None if array is None else array.shape
        if shape == tuple(weight.shape):
            weight.assign(array)
        elif not partial:
            raise ValueError(f"layer {layer.name} has weights of shape {tuple(weight.shape)}, the file has {shape}")


def _weights(layer: keras.layers.Layer) -> list[keras.Variable]:
    """As Keras's files order them: those that are trained first."""
    return [*layer.trainable_weights, *layer.non_trainable_weights]


def _of_groups(layer: keras.layers.Layer, array: np.ndarray) -> np.ndarray:
    """An array as a layer has it: a depthwise kernel may be that of as many groups as channels, (h, w, 1, c)."""
    grouped = isinstance(layer, keras.layers.DepthwiseConv2D) and array.ndim == 4 and array.shape[2] == 1
    return np.moveaxis(array, 2, 3) if grouped else array


def _of_before_keras_3(model: keras.Model, file: h5py.File) -> list[np.ndarray | None]:
    """Such a file has its layers in order, a model within as one."""
    layers = file.get("model_weights", file)
    groups = [layers[name] for name in layers.attrs["layer_names"]]
    rows = [[group[name][()] for name in group.attrs["weight_names"]] for group in groups]
    arrays = [array for row in rows for array in row]
    own = [layer for layer in model.layers if layer.weights]
    if len(arrays) != len(model.weights) or sum(map(bool, rows)) == len(own):
        return []
    owners = [layer for layer in own for _ in layer.weights]
    return [_of_groups(layer, array) for layer, array in zip(owners, arrays, strict=True)]


def _of_keras_3(model: keras.Model, layers: Mapping[str, h5py.Group]) -> list[np.ndarray | None]:
    """Such a file numbers the layers of each class, and so the models within, and says nothing of the order of classes.

    So each layer takes what is next of a class and fits it; a model within is read to its end once it is begun.
    """
    outside = _classes(layers)
    within = [_classes(group["layers"]) for _, group in sorted(layers.items(), key=_number) if "layers" in group]
    if not within:
        return []
    inside: dict[str, Rows] = {}
    arrays: list[np.ndarray | None] = []
    for layer in model.layers:
        if not any(inside.values()) and within and layer.weights and not _next(layer, outside):
            inside = within.pop(0)
        classes = inside if any(inside.values()) else outside
        rows = _next(layer, classes) or _next(layer, classes, of_any_shape=True)
        arrays += [_of_groups(layer, a) for a in rows.pop(0)] if rows else [None for _ in layer.weights]
    unread = [rows for classes in (inside, outside, *within) for rows in classes.values()]
    return [*arrays, *(array for rows in unread for row in rows for array in row)]


def _next(layer: keras.layers.Layer, classes: dict[str, Rows], of_any_shape: bool = False) -> Rows:
    """The rows of the one class whose next has the shapes of a layer's weights, or only as many axes; else none."""
    shapes = [tuple(weight.shape) for weight in _weights(layer)]
    fitting = []
    for rows in filter(None, classes.values()):
        found = [_of_groups(layer, array).shape for array in rows[0]]
        if found == shapes or (of_any_shape and [len(s) for s in found] == [len(s) for s in shapes]):
            fitting.append(rows)
    return fitting[0] if len(fitting) == 1 else []


def _classes(layers: Mapping[str, h5py.Group]) -> dict[str, Rows]:
    """By class the arrays of its layers, in their order: `dense`, `dense_1`, ..., `dense_10`."""
    classes: dict[str, Rows] = {}
    for name, group in sorted(layers.items(), key=_number):
        variables = group.get("vars", {})
        if len(variables):
            row = [variables[str(n)][()] for n in range(len(variables))]
            classes.setdefault(re.sub(r"_\d+$", "", name), []).append(row)
    return classes


def _number(one: tuple[str, h5py.Group]) -> int:
    found = re.search(r"_(\d+)$", one[0])
    return int(found[1]) if found else 0


def _opened(path: Path) -> Path | io.BytesIO:
    """The weights of a file: a `.keras` is an archive that has them beside the architecture."""
    if not zipfile.is_zipfile(path):
        return path
    with zipfile.ZipFile(path) as archive:
        return io.BytesIO(archive.read("model.weights.h5"))
