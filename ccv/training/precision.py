"""Mixed precision for a network that is built already: variables stay float32, the arithmetic is shorter."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras

MIXED = ("mixed_bfloat16", "mixed_float16")


@contextmanager
def precision(model: keras.Model, policy: str) -> Iterator[None]:
    """Compute in `policy` inside, but for the last layer, whose softmax needs float32; put it back afterwards."""
    layers = [layer for layer in _flat(model) if layer.dtype_policy.name == "float32"]
    if policy != "float32":
        for layer in layers[:-1]:
            layer.dtype_policy = policy
    try:
        yield
    finally:
        for layer in layers:
            layer.dtype_policy = "float32"


@contextmanager
def full_precision(model: keras.Model) -> Iterator[None]:
    """Have the layers say float32 inside, so that what is saved runs anywhere."""
    before = [(layer, layer.dtype_policy) for layer in _flat(model) if layer.dtype_policy.name in MIXED]
    for layer, _ in before:
        layer.dtype_policy = "float32"
    try:
        yield
    finally:
        for layer, policy in before:
            layer.dtype_policy = policy


def _flat(model: Any) -> Iterator[Any]:
    """Every layer, those of nested models in their place."""
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from _flat(layer)
        elif not isinstance(layer, keras.layers.InputLayer):
            yield layer
