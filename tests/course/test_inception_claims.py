"""What lab 06 says of auxiliary heads holds for other first weights than its own."""

import numpy as np
import pytest

SEEDS = (1, 2, 3)
MARGIN = 0.015  # of 355 digits five, what runs of one kind differ by


@pytest.fixture(scope="module")
def lab(solved):
    """The lab's own network, training and error, without running the rest of it."""
    return solved("06_inception", "small_googlenet", "train", "error", "TRAIN")


@pytest.mark.slow
def test_the_heads_do_not_help_here(lab):
    """As found: neither a lower error than without, nor a lower loss of the main classifier."""
    width, epochs = lab["TRAIN"]["digits"]
    errors, losses = {}, {}
    for heads in (False, True):
        nets = [lab["small_googlenet"](heads, width, lab["x"].shape[1:], seed) for seed in SEEDS]
        losses[heads] = np.mean([lab["train"](net, seed, epochs)[-1] for net, seed in zip(nets, SEEDS, strict=True)])
        errors[heads] = np.mean([lab["error"](net) for net in nets])
    assert errors[True] > errors[False] - MARGIN
    assert losses[True] > losses[False]
    assert max(errors.values()) < 0.1, "they have learnt"
