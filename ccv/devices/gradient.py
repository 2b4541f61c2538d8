"""The gradient of a function of one tensor, on whichever backend Keras runs."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np


def gradient(function: Callable[[Any], Any], at: Any) -> np.ndarray:
    """Return the gradient of the sum of `function(tensor)` with respect to the tensor, in its shape.

    Raises RuntimeError on a backend that has none, such as NumPy.
    """
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        with tf.GradientTape() as tape:
            tape.watch(at)
            total = keras.ops.sum(function(at))
        return np.asarray(tape.gradient(total, at, unconnected_gradients="zero"))
    if backend == "jax":
        import jax

        return np.asarray(jax.grad(lambda tensor: keras.ops.sum(function(tensor)))(at))
    if backend == "torch":
        import torch

        leaf = at.detach().requires_grad_()
        [found] = torch.autograd.grad(keras.ops.sum(function(leaf)), leaf, allow_unused=True)
        return np.zeros(leaf.shape, np.float32) if found is None else found.cpu().numpy()
    raise RuntimeError(f"the backend {backend} has no gradients: set KERAS_BACKEND to tensorflow, jax or torch")
