"""Whether two networks that are written differently are the same function, which then no check tells apart."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from ccv.grading.measured import rebuilt
from ccv.grading.networks.network import read_network

MOST_WEIGHTS = 5_000_000
_SEEN_IN_TRAINING = ("Dropout", "Noise", "Random", "BatchNormalization", "ActivityRegularization")


def same_function(mine: Any, right: Any) -> bool:
    """Say whether two models compute the same with equal weights, and differ in nothing that only training would show.

    Both have their weights in the same order: `Flatten` after a pooling that kept its axes, zeros around an image
    before a 'valid' convolution, one pool over a whole map, and a convolution over all of it in place of a dense layer
    are the other way of writing. `mine` and `right` stay as they are.
    """
    sizes = [[prod(w.shape) for w in net.weights] for net in (mine, right)]
    if sizes[0] != sizes[1] or right.count_params() > MOST_WEIGHTS or _in_training(mine) != _in_training(right):
        return False
    ends = [(tuple(net.input_shape), tuple(net.output_shape)) for net in (mine, right)]
    if ends[0] != ends[1] or None in right.input_shape[1:]:
        return False
    rng = np.random.default_rng(0)
    values = [_likely(rng, weight) for weight in right.get_weights()]
    nets = [rebuilt(net) for net in (mine, right)]
    for net in nets:
        net.set_weights([value.reshape(w.shape) for value, w in zip(values, net.weights, strict=True)])
    images = rng.normal(size=(3, *right.input_shape[1:])).astype("float32")
    made, wanted = (np.asarray(net(images, training=False)) for net in nets)
    return bool(np.allclose(made, wanted, rtol=1e-4, atol=1e-5 * max(float(np.abs(wanted).max()), 1e-3)))


def _likely(rng: np.random.Generator, weight: np.ndarray) -> np.ndarray:
    """Numbers of a weight's shape that keep what they are multiplied with in range; above 0 where one is alone."""
    if weight.ndim < 2:
        return rng.uniform(0.3, 1, weight.shape)
    return rng.normal(0, np.sqrt(2 / np.prod(weight.shape[:-1])), weight.shape)


def _in_training(model: Any) -> list[str]:
    """What a network does in training alone, and where: what it drops, behind how many weights, of how many numbers."""
    told, weights = [], 0
    for block in read_network(model)[0]:
        weights += block.parameters
        kept = {k: v for k, v in block.settings.items() if k.endswith("_regularizer")}
        if any(part in block.kind for part in _SEEN_IN_TRAINING):
            kept = block.settings | {"numbers": prod(block.given), "behind": weights}
        told += [f"{block.kind} {sorted(kept.items())}"] if kept else []
    return sorted(told)
