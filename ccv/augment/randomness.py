"""Random numbers that depend on a seed and an index alone, in `tf.data` and in models, on every backend."""

from typing import Any

import keras
import numpy as np

STRIDE = 1_000_003  # between the keys of two draws of one call; a prime, so that seeds do not meet


class Stream(keras.random.SeedGenerator):
    """The draws of one call: the n-th has the key `[seed + n * STRIDE, index]`.

    Keras's random functions take it wherever they take a SeedGenerator, but it keeps no variable: the numbers depend
    on nothing that ran before, so calls may run in parallel, and a run may resume at any index.
    """

    def __init__(self, ops: Any, key: Any) -> None:
        self.ops = ops  # Keras's functions for the backend at hand: keras.ops does not know TensorFlow's on JAX
        self.key = key
        self.draws = 0

    def next(self, ordered: bool = True) -> Any:
        """Return the key of the next draw."""
        self.draws += 1
        return self.key + self.ops.convert_to_tensor(np.array([self.draws * STRIDE, 0]), dtype=self.key.dtype)

    def uniform(self, shape: Any, low: float = 0.0, high: float = 1.0) -> Any:
        """Return float32 numbers from `low` to `high`."""
        return self.ops.random.uniform(shape, low, high, dtype="float32", seed=self)


def scrambled(seed: int) -> int:
    """Return 31 bits for a seed, so that near seeds have keys that are far apart."""
    return int(np.random.SeedSequence(seed).generate_state(1)[0]) & 0x7FFFFFFF
