"""What lab 08 says of separable convolutions and of eight bits holds for other first weights than its own.

How fast the files are is measured in the lab, on the student's computer, and never here.
"""

import dataclasses

import keras
import pytest

tf = pytest.importorskip("tensorflow")
SEEDS = (1, 2, 3)
DATA = {"digits": (4, {"size": 16}), "cells": (6, {"shrink": 2, "channels": 1})}  # some epochs less than in the lab


@pytest.fixture(scope="module")
def lab(solved):
    """The lab's own network, training and export, without running the rest of it."""
    return solved("08_mobilenet", "for_telephones", "separable", "accuracy", "x_test")


@pytest.mark.slow
def test_half_as_wide_is_better_than_separable_for_as_much_work(lab):
    def mean(kind, width):
        shares = []
        for seed in SEEDS:
            keras.utils.set_random_seed(seed)
            model = lab["train"](lab["network"](lab[kind], width), lab["x_train"], lab["labels"], lab["epochs"])
            shares.append(lab["accuracy"](model, lab["x_test"], lab["test_labels"]))
        return sum(shares) / len(shares)

    assert mean("standard", 0.5) > mean("separable", 1.5) + 0.003


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(tf, "lite"), reason="this TensorFlow has no converter to LiteRT")
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", DATA)
def test_eight_bits_cost_a_point_at_most_and_save_more_than_half(lab, name, seed):
    lab["lab"] = dataclasses.replace(lab["lab"], seed=seed)
    epochs, options = DATA[name]
    (file, right, _), (small, right_too, _) = lab["for_telephones"](name, epochs, **options).values()
    assert right > 0.85, "the network has learnt something"
    assert right_too > right - 0.01
    assert len(file) > 2.5 * len(small)
