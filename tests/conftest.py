"""What all tests share: none leaves its networks behind, which would fill the memory of a long run."""

import gc
import sys

import pytest


@pytest.fixture(autouse=True, scope="module")
def nothing_left_behind():
    """After each module, let go of what Keras remembers of its models."""
    yield
    if "keras" in sys.modules:
        sys.modules["keras"].backend.clear_session()
        gc.collect()
