"""A layer that a student wrote from its weights up, as the layer of Keras's that computes the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ccv.grading.networks.recognition import Unexplained, explained, values_of

_MOST_INPUTS = 12  # that are tried, the newest first


def handmade(weights: Sequence[Any], known: Sequence[Any], wanted: np.ndarray, activation: str) -> tuple[Any, int, Any]:
    """Return the dense layer or convolution with these weights, the place of its input, and what it gives.

    Args:
        weights: the variables that no other layer has: one kernel, and a bias or none.
        known: the tensors that there were.
        wanted: what came out of the student's layer, behind an activation or as it is.
        activation: which one it is by its name, if it has one.

    Raises:
        Unexplained: no such layer gives this.
    """
    kernels = [w for w in weights if len(w.shape) in (2, 4)]
    biases = [w for w in weights if len(w.shape) == 1]
    if len(kernels) != 1 or len(biases) > 1 or len(weights) != 1 + len(biases):
        raise Unexplained
    values = [values_of(w) for w in (*kernels, *biases)]
    for place in [*reversed(range(len(known)))][:_MOST_INPUTS]:
        for layer in _candidates(values[0].shape, bool(biases)):
            made = _computed(layer, known[place], values)
            if made is not None and _leads_to(values_of(made), wanted, activation):
                return layer, place, made
    raise Unexplained


def _candidates(kernel: tuple[int, ...], use_bias: bool) -> Iterator[Any]:
    from keras import layers

    if len(kernel) == 2:
        yield layers.Dense(kernel[-1], use_bias=use_bias)
        return
    for stride in (1, 2):
        for padding in ("valid", "same"):
            yield layers.Conv2D(kernel[-1], kernel[:2], stride, padding, use_bias=use_bias)


def _computed(layer: Any, tensor: Any, values: list[np.ndarray]) -> Any:
    """What a layer with these weights gives; None where the tensor or the weights do not fit."""
    try:
        layer.build(tuple(tensor.shape))
        layer.set_weights(values)
        return layer(tensor)
    except Exception:  # whatever Keras says of shapes
        return None


def _leads_to(made: np.ndarray, wanted: np.ndarray, activation: str) -> bool:
    if made.shape != wanted.shape:
        return False
    try:
        return bool(explained(wanted, [made], activation, most=1))
    except Unexplained:
        return False
