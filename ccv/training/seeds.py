"""Randomness of a run: seeded inside, and put back as it was outside."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

import keras
import numpy as np


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed Python, NumPy and the backend inside; Python's and NumPy's generators go on afterwards as if untouched."""
    before, before_numpy = random.getstate(), np.random.get_state()
    keras.utils.set_random_seed(seed)
    try:
        yield
    finally:
        random.setstate(before)
        np.random.set_state(before_numpy)


def seed_layers(model: keras.Model, seed: int) -> None:
    """Give every seed generator in the model (dropout, augmentation) its own state, from the seed and its place."""
    states = [variable for variable in model.variables if variable.name == "seed_generator_state"]
    for place, state in enumerate(states):
        mixed = int(np.random.SeedSequence([seed, place]).generate_state(1)[0] >> 1)
        state.assign(np.array([mixed, 0]))
