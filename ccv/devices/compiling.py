"""Functions of tensors, compiled by whichever backend Keras runs."""

from collections.abc import Callable
from typing import Any

import keras


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of tensors that is compiled at its first call, and again for other shapes.

    `tf.function` or `jax.jit` does it; on PyTorch and NumPy it is the function itself.
    """
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        return tf.function(function, autograph=False)  # there is no Python that it should rewrite
    if backend == "jax":
        import jax

        return jax.jit(function)
    return function
