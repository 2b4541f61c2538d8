"""Values and gradients of a function of one tensor, on whichever backend Keras runs."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from ccv.devices.compiling import compiled

Step = Callable[..., tuple[Any, Any]]


def gradient(function: Callable[[Any], Any], at: Any) -> np.ndarray:
    """Return the gradient of the sum of `function(tensor)` with respect to the tensor, in its shape.

    Raises RuntimeError on a backend that has none, such as NumPy.
    """
    step = _of_backend(lambda tensor: keras.ops.sum(function(tensor)))
    return keras.ops.convert_to_numpy(step(at)[1])


def value_and_gradient(function: Callable[..., Any]) -> Callable[..., tuple[float, np.ndarray]]:
    """Return a function of arrays `(at, *others)` that gives what `function` does, a number, and its gradient by `at`.

    `others` are arrays, or lists and dicts of arrays. It is compiled at the first call, but by PyTorch, and again where
    shapes change. Raises RuntimeError on a backend without gradients.

    >>> square = value_and_gradient(lambda x, y: keras.ops.sum(x * x * y))
    >>> value, slope = square(np.array([1.0, 3.0]), np.array([2.0, 1.0]))
    >>> value, slope.tolist()
    (11.0, [4.0, 6.0])
    """
    run = compiled(_of_backend(function))

    def evaluate(at: Any, *others: Any) -> tuple[float, np.ndarray]:
        tensors = keras.tree.map_structure(keras.ops.convert_to_tensor, (at, *others))
        value, slope = run(*tensors)
        return float(value), keras.ops.convert_to_numpy(slope)

    return evaluate


def _of_backend(function: Callable[..., Any]) -> Step:
    """Return how a backend computes (value, gradient by the first tensor)."""
    backend = keras.backend.backend()
    if backend == "tensorflow":
        return _taped(function)
    if backend == "jax":
        import jax

        return jax.value_and_grad(function)
    if backend == "torch":
        return _autograd(function)
    raise RuntimeError(f"the backend {backend} has no gradients: set KERAS_BACKEND to tensorflow, jax or torch")


def _taped(function: Callable[..., Any]) -> Step:
    import tensorflow as tf

    def step(at: Any, *others: Any) -> tuple[Any, Any]:
        with tf.GradientTape() as tape:
            tape.watch(at)
            value = function(at, *others)
        return value, tape.gradient(value, at, unconnected_gradients="zero")

    return step


def _autograd(function: Callable[..., Any]) -> Step:
    import torch

    def step(at: Any, *others: Any) -> tuple[Any, Any]:
        leaf = at.detach().requires_grad_()
        value = function(leaf, *others)
        [slope] = torch.autograd.grad(value, leaf, allow_unused=True)
        return value.detach(), torch.zeros_like(leaf) if slope is None else slope

    return step
