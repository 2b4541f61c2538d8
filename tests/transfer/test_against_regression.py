"""The head as docs/engineers.md calls it against logistic regression on the same features, as the benchmark does."""

import runpy
import statistics
from pathlib import Path

import pytest

BENCHMARK = runpy.run_path(str(Path(__file__).parents[2] / "benchmarks" / "transfer.py"))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["digits", "glyphs"])
def test_the_head_alone_is_within_two_points_of_logistic_regression(name, tmp_path):
    """The median of three seeds, each with parts and a head of its own; 320 or more images judge."""
    pairs = [BENCHMARK["compare"](BENCHMARK["parts"](name, seed, tmp_path), seed) for seed in range(3)]
    assert min(reference for _, reference in pairs) > 0.5, "the features tell nothing, and neither does this test"
    assert statistics.median(head - reference for head, reference in pairs) >= -0.02
