"""Functions of tensors, compiled by whichever backend Keras runs."""

from collections.abc import Callable
from functools import partial
from typing import Any

import keras


def compiler() -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return what makes of a function of tensors one that is compiled at its first call, and again for other shapes.

    It is `tf.function` or `jax.jit`; PyTorch and NumPy run a function as it is.
    """
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        return partial(tf.function, autograph=False)  # there is no Python that it should rewrite
    if backend == "jax":
        import jax

        return jax.jit
    return lambda function: function
