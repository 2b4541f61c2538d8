import json
import textwrap
from pathlib import Path

import pytest

SOURCE = '''
# %% [markdown]
# # A demonstration
# %%
import numpy as np
import keras
# %%
def output_size(n, kernel, stride=1):
    """The size of the output."""
    ### BEGIN SOLUTION
    return (n - kernel) // stride + 1
    ### END SOLUTION
# %%
### BEGIN SOLUTION
weights = 28
### END SOLUTION
# %%
def blur(image):
    ### BEGIN SOLUTION
    return np.asarray(image) / 9
    ### END SOLUTION
# %%
def tiny():
    ### BEGIN SOLUTION
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), keras.layers.Dense(2)])
    ### END SOLUTION
# %%
def counter():
    ### BEGIN SOLUTION
    yield from range(3)
    ### END SOLUTION
'''

CHECKS = """
import numpy as np
import pytest

from ccv.grading import assert_same


@pytest.mark.exercise("output_size", points=2)
def test_slides(answer):
    assert answer(227, 11, stride=4) == 55, "227 pixels, an 11x11 kernel, stride 4"


@pytest.mark.exercise("output_size", points=1, timeout=3)
def test_everywhere(answer, reference, rng):
    for n in rng.integers(20, 99, 20):
        assert answer(int(n), 3, 2) == reference(int(n), 3, 2)


@pytest.mark.exercise("weights")
def test_weights(answer):
    assert answer == 28


@pytest.mark.exercise("blur")
def test_blur(answer, solution, rng):
    image = rng.normal(size=(4, 4))
    assert_same(answer(image), solution.blur(image), "the blurred image")


@pytest.mark.exercise("tiny", points=2)
def test_tiny(answer):
    assert answer().count_params() == 23, "Dense(3) then Dense(2) on four inputs"


@pytest.mark.exercise("counter")
def test_counter(answer):
    def drive(answer):
        return list(answer())

    assert answer.drive(drive) == [0, 1, 2], "count from zero"
"""

MUTANTS = """
import math

from ccv.grading import mutant


def half(x):
    return x / 2


@mutant("output_size", "the last, partial step is counted: round down")
def rounds_up(n, kernel, stride=1):
    return math.ceil(2 * half(n - kernel) / stride) + 1


forgets_bias = mutant("weights", "the bias is missing", value=9 * 3)
"""

BLANK = '''
# %%
def output_size(n, kernel, stride=1):
    """The size of the output."""
    raise NotImplementedError("your answer")
# %%
weights = ...
# %%
def blur(image):
    raise NotImplementedError("your answer")
# %%
def tiny():
    raise NotImplementedError("your answer")
# %%
def counter():
    raise NotImplementedError("your answer")
'''


@pytest.fixture(scope="session")
def lab(tmp_path_factory) -> Path:
    """A small lab whose exercises are a function, a value, an array, a model and a generator."""
    folder = tmp_path_factory.mktemp("labs") / "00_demo"
    folder.mkdir()
    (folder / "00_demo.py").write_text(SOURCE)
    (folder / "test_00_demo.py").write_text(CHECKS)
    (folder / "mutants.py").write_text(MUTANTS)
    return folder


@pytest.fixture
def blank(tmp_path) -> Path:
    """The small lab as it is handed out."""
    path = tmp_path / "blank.py"
    path.write_text(BLANK)
    return path


@pytest.fixture
def hand_in(tmp_path):
    """Write cells as a notebook and return its path."""

    def write(*cells: str, **extra) -> Path:
        code = [{"cell_type": "code", "source": textwrap.dedent(c)} for c in cells]
        path = tmp_path / "handed_in.ipynb"
        path.write_text(json.dumps({"cells": code, **extra}))
        return path

    return write
