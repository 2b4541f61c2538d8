import json
from pathlib import Path

import pytest

SOURCE = """
# %%
def double(n):
    ### BEGIN SOLUTION
    return 2 * n
    ### END SOLUTION
# %%
### BEGIN SOLUTION
word = "honest"
### END SOLUTION
# %%
### BEGIN SOLUTION
size = 3
### END SOLUTION
"""

# The checks of `word` are faulty on purpose: some answers end the grader itself, or keep it busy for ever.
CHECKS = """
import os
import time

import pytest


@pytest.mark.exercise("double", points=2, timeout=1.5)
def test_double(answer, rng):
    for n in rng.integers(0, 99, 3):
        assert answer(int(n)) == 2 * n, "twice the number"


@pytest.mark.exercise("word", timeout=0.5)
def test_word(answer):
    if answer == "die":
        os._exit(1)
    if answer == "raise":
        raise SystemExit(7)
    while answer == "loop":
        time.sleep(0.05)
    assert answer == "honest", "the word"


@pytest.mark.exercise("size")
def test_size(answer):
    assert answer == 3, "the size"
"""


@pytest.fixture(scope="session")
def small_lab(tmp_path_factory) -> Path:
    """A lab of three exercises that is graded in milliseconds, with a check that a submission can break."""
    folder = tmp_path_factory.mktemp("labs") / "00_small"
    folder.mkdir()
    (folder / "00_small.py").write_text(SOURCE)
    (folder / "test_00_small.py").write_text(CHECKS)
    cell = {"cell_type": "code", "source": "def double(n):\n    raise NotImplementedError"}
    (folder / "00_small.ipynb").write_text(json.dumps({"cells": [cell]}))
    return folder


@pytest.fixture
def classroom(tmp_path):
    """Write a folder of submissions, one file a student, and return it."""

    def write(**files: str) -> Path:
        folder = tmp_path / "class"
        folder.mkdir(exist_ok=True)
        for name, text in files.items():
            (folder / f"{name}.py").write_text(text)
        return folder

    return write
