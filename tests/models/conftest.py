"""What the tests of the models share."""

import keras
import pytest


@pytest.fixture(autouse=True)
def seeded():
    """Give every test the same random weights."""
    keras.utils.set_random_seed(0)
