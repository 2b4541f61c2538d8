"""Darknet's `.weights` files: a header, then float32 in the order of the `.cfg`.

A convolution with batch normalisation is stored as beta, gamma, mean, variance, then its kernel (out, in, h, w); one
without as bias, then kernel; a connected layer as bias, then kernel (out, in), the inputs channel by channel.
Source: darknet's `parser.c`, `load_convolutional_weights` and `load_connected_weights`.
"""

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import keras
import numpy as np

from ccv.models.cards import Rescale
from ccv.models.weights._dense import to_keras

BATCH_NORM_ORDER = ("beta", "gamma", "moving_mean", "moving_variance")


def read(model: keras.Model, path: Path) -> Rescale:
    """Read a `.weights` file into `model` and return darknet's pixels, 0 to 1.

    A file that darknet cut off, such as `darknet53.conv.74`, has the first layers; those above keep what they have.
    Raises ValueError where its size is not what the model needs, saying by how many bytes and at which layer it ends.
    """
    data = path.read_bytes()
    start = header_bytes(data)
    order = _cfg_order({layer.name for layer in model.layers})
    targets = list(_targets(model, order))
    if is_partial(path.name):
        targets = _first(targets, len(data) - start)
        if len(data) == start + _size(targets) + _beyond(model, order[-1]):
            data = data[: start + _size(targets)]
    needed = start + _size(targets)
    if len(data) != needed:
        raise ValueError(_wrong_size(len(data), needed, start, targets))
    values = np.frombuffer(data, "<f4", offset=start)
    position = 0
    for name, weight in targets:
        size = int(np.prod(weight.shape))
        weight.assign(_as_keras(model.get_layer(name), values[position : position + size], tuple(weight.shape)))
        position += size
    return Rescale()


def header_bytes(data: bytes) -> int:
    """The length of the header: major, minor, revision, and `seen`, of 8 bytes from version 0.2 on.

    >>> header_bytes(np.array([0, 2, 0, 0, 0], "<i4").tobytes()), header_bytes(np.array([0, 1, 0, 0], "<i4").tobytes())
    (20, 16)
    """
    if len(data) < 16:
        raise ValueError(f"the file has {len(data)} bytes, which is less than a header")
    major, minor, _ = np.frombuffer(data, "<i4", 3)
    return 20 if major * 10 + minor >= 2 and major < 1000 and minor < 1000 else 16


def _as_keras(layer: keras.layers.Layer, values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    if len(shape) == 1:
        return values
    if len(shape) == 2:
        return to_keras(layer, values.reshape(shape[::-1]))
    height, width, channels, filters = shape
    return values.reshape(filters, channels, height, width).transpose(2, 3, 1, 0)


def is_partial(name: str) -> bool:
    """Whether a file has the first layers of a network alone, as darknet's `partial` names it: 74 of them.

    >>> is_partial("darknet53.conv.74"), is_partial("darknet53.weights")
    (True, False)
    """
    return re.search(r"\.conv\.\d+(\.weights)?$", name) is not None


def _first(targets: list[tuple[str, Any]], size: int) -> list[tuple[str, Any]]:
    """Return the weights of the first layers, which fill so many bytes; all where a layer is cut in two."""
    ends = [end for end in range(1, len(targets)) if _layer(targets[end]) != _layer(targets[end - 1])]
    return next((targets[:end] for end in ends if _size(targets[:end]) == size), targets)


def _layer(target: tuple[str, Any]) -> str:
    return target[0].removesuffix("_bn")


def _beyond(model: keras.Model, last: str) -> int:
    """Return how many bytes darknet's file has beyond the last layer of a network without its top."""
    beyond = import_module("ccv.models.darknet_order").BEYOND_THE_TRUNK.get(last, ())
    size, channels = 0, model.get_layer(last).filters if beyond else 0
    for share, kernel_size in beyond:
        filters = round(share * model.get_layer(last).filters)
        size += 4 * filters * (kernel_size**2 * channels + len(BATCH_NORM_ORDER))
        channels = filters
    return size


def _size(targets: list[tuple[str, Any]]) -> int:
    return 4 * sum(int(np.prod(weight.shape)) for _, weight in targets)


def _targets(model: keras.Model, order: list[str]) -> Iterator[tuple[str, Any]]:
    """Yield each weight with its layer's name, in the order of the file."""
    layers = {layer.name: layer for layer in model.layers}
    for name in order:
        convolution, norm = layers[name], layers.get(f"{name}_bn")
        if norm is not None:
            by_name = {w.name: w for w in norm.weights}
            yield from ((norm.name, by_name[part]) for part in BATCH_NORM_ORDER)
        yield from ((name, w) for w in reversed(convolution.weights))  # the bias comes before the kernel


def _cfg_order(names: set[str]) -> list[str]:
    """The convolutions in the order of the `.cfg`, for the darknet network whose layers the model has."""
    orders = import_module("ccv.models.darknet_order").CFG_ORDER
    for order in orders.values():
        if set(order) <= names and not any(n.endswith("_conv") and n not in order for n in names):
            return list(order)
    raise ValueError("darknet has no network with these layers")


def _wrong_size(size: int, needed: int, start: int, targets: list[tuple[str, Any]]) -> str:
    if size > needed:
        return f"the file is {size - needed:,} bytes too long: {size:,} where {needed:,} are needed"
    end = start
    for name, weight in targets:
        end += 4 * int(np.prod(weight.shape))
        if end > size:
            short = f"the file is {needed - size:,} bytes too short"
            return f"{short}: it ends in layer {name}, at byte {size:,} of {needed:,}"
    raise AssertionError("unreachable: a short file ends in some layer")
