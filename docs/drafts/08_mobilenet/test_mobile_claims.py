"""What lab 08 says of integers of eight bits holds for other first weights than its own: the size and the accuracy.

How fast the files are is measured in the lab, on the student's computer, and never here.
"""

import ast
import dataclasses

import pytest

from ccv.course.catalog import find_lab
from ccv.grading.extract import Definitions
from ccv.grading.submission import read_cells

tf = pytest.importorskip("tensorflow")
DATA = {"digits": (4, {"size": 16}), "cells": (6, {"shrink": 2, "channels": 1})}  # some epochs less than in the lab


@pytest.fixture(scope="module")
def lab():
    """The lab's own network, training and export, without running the rest of it."""
    definitions = Definitions(read_cells(find_lab("08_mobilenet").source))
    namespace: dict = {"__name__": "lab"}
    exec("\n".join(ast.unparse(statement.node) for statement in definitions.needed("for_telephones")), namespace)
    return namespace


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(tf, "lite"), reason="this TensorFlow has no converter to LiteRT")
@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("name", DATA)
def test_eight_bits_cost_a_point_at_most_and_save_more_than_half(lab, name, seed):
    lab["lab"] = dataclasses.replace(lab["lab"], seed=seed)
    epochs, options = DATA[name]
    (file, right, _), (small, right_too, _) = lab["for_telephones"](name, epochs, **options).values()
    assert right > 0.85, "the network has learnt something"
    assert right_too > right - 0.01
    assert len(file) > 2.5 * len(small)
