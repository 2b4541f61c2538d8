"""What the tests of the models share."""

import keras
import pytest


@pytest.fixture(autouse=True)
def seeded():
    """Give every test the same random weights."""
    keras.utils.set_random_seed(0)


@pytest.fixture
def shapes_only():
    """Build networks without filling their weights, for tests of counts, shapes and names: 40 times as fast."""
    with keras.StatelessScope(initialize_variables=False):
        yield


@pytest.fixture
def no_random_weights(monkeypatch):
    """Start from zeros, which is quick: for tests that give the weights themselves."""

    def zeros(self, shape, dtype=None, **kwargs):
        return keras.ops.zeros(shape, dtype)

    monkeypatch.setattr(keras.initializers.VarianceScaling, "__call__", zeros)
