"""A piece of a network, a function from Keras tensor to Keras tensor, compared with the right one by what it computes.

A driver beside the student's code puts the piece behind an input and returns the model; here it is rebuilt, gets the
weights of the right one, layer by layer as a lab says which correspond, and has to answer alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from ccv.grading.measured import rebuilt
from ccv.grading.networks.architecture import network_difference

_LARGE_EPSILON = 0.01

Parts = dict[str, Any]  # layers with weights by the part that they play


def piece_of(result: dict[str, Any], what: str) -> Any:
    """Return the rebuilt model of a driver's result: `{"model": ...}`, or `{"returned": ...}`, a type's name.

    Raises:
        AssertionError: it is none.
    """
    assert "model" in result, f"{what} gives something of type {result['returned']}: return a Keras tensor"
    return rebuilt(result["model"], what)


def is_depthwise(layer: Any) -> bool:
    """Whether a layer is a depthwise convolution, or a convolution that is one: in as many groups as channels."""
    kind = type(layer).__name__
    grouped = kind == "Conv2D" and 1 < layer.groups == layer.filters and layer.kernel.shape[-2] == 1
    return kind == "DepthwiseConv2D" or grouped


def _turned(layer: Any, weights: Iterable[np.ndarray]) -> list[np.ndarray]:
    """The weights of a layer, or for it: the kernel `(h, w, 1, n)` of a grouped depthwise one as `(h, w, n, 1)`."""
    arrays = [*weights]
    if type(layer).__name__ == "Conv2D" and is_depthwise(layer):
        arrays[0] = arrays[0].swapaxes(-1, -2)
    return arrays


def with_normalisations(model: Any, convolutions: Iterable[tuple[str, Any]]) -> Parts:
    """Return convolutions by their part, and as `PART, normalised` the batch normalisation behind each of them."""
    from ccv.graph import calls, maker

    behind = {
        id(maker(tensor)): call.operation
        for call in calls(model)
        if type(call.operation).__name__ == "BatchNormalization"
        for tensor in call.input_tensors
    }
    found = {}
    for part, layer in convolutions:
        found[part] = layer
        if id(layer) in behind:
            found[f"{part}, normalised"] = behind[id(layer)]
    return found


def assert_piece(
    result: dict[str, Any],
    wanted: Any,
    parts: Callable[[Any], Parts],
    rng: np.random.Generator,
    what: str,
    *,
    hint: str,
    sizes: Sequence[float] = (1,),
) -> None:
    """Assert the shape, the layers that learn, and with equal weights equal outputs.

    Args:
        result: what the driver returned.
        wanted: the right model.
        parts: gives the layers of a model by the part that they play.
        rng: the check's own.
        what: how the message calls the piece.
        hint: what to look at where the layers are right and the outputs are not.
        sizes: how large the pixels of the images are, of each batch.
    """
    model = piece_of(result, what)
    got = tuple(model.output_shape[1:])
    assert got == tuple(wanted.output_shape[1:]), f"{what} gives maps of {got}, which is not what was asked for"
    mine, right = parts(model), parts(wanted)
    learnt = [[w for layer in net.layers for w in _turned(layer, layer.get_weights())] for net in (model, wanted)]
    shapes = [sorted(w.shape for w in weights) for weights in learnt]
    if mine.keys() != right.keys() or shapes[0] != shapes[1]:
        raise AssertionError(network_difference(model, wanted, what) or f"{what} has other layers than it should have")
    for part, layer in right.items():
        values = [rng.uniform(0.3, 1, w.shape) * rng.choice([-1, 1], w.shape) for w in layer.get_weights()]
        if part.endswith("normalised"):
            values[3] = np.abs(values[3])  # variances
        layer.set_weights(values)
        values = _turned(mine[part], values)
        assert [w.shape for w in mine[part].get_weights()] == [v.shape for v in values], f"{what}: look at its {part}"
        mine[part].set_weights(values)
        if 0 < getattr(mine[part], "epsilon", 0) < _LARGE_EPSILON:
            mine[part].epsilon = layer.epsilon  # no exercise asks for one
    for size in sizes:
        images = (size * rng.normal(size=(3, *wanted.input_shape[1:]))).astype("float32")
        made, right_ones = (np.asarray(net(images, training=False)) for net in (model, wanted))
        assert np.allclose(made, right_ones, atol=1e-3 * np.abs(right_ones).max()), (
            f"{what} has the right layers with weights but does not compute what it should: {hint}"
        )
