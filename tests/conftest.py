"""What all tests share: none leaves its networks behind, which would fill the memory of a long run."""

import gc
import sys

import pytest

# A network is made of thousands of objects, and looking for garbage among all that a long run has made took a third of
# its time: it is looked for less often, and never again among what has outlived its module (`gc.freeze`).
gc.set_threshold(100_000, 20, 50)


@pytest.fixture(autouse=True, scope="module")
def nothing_left_behind():
    """After each module, let go of what Keras remembers of its models."""
    yield
    if "keras" in sys.modules:
        sys.modules["keras"].backend.clear_session()
        gc.collect()
        gc.freeze()
