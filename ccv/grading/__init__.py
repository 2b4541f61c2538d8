"""Exercises that pytest grades: marks and fixtures (`plugin`), mutants, comparisons, and the worker process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccv.lazy import lazy_names

if TYPE_CHECKING:
    from ccv.grading.check import check_live, grade
    from ccv.grading.comparing.arrays import as_array, as_items, as_letters, as_word, the_one
    from ccv.grading.comparing.compare import assert_count, assert_same
    from ccv.grading.comparing.tables import assert_column
    from ccv.grading.mutants import mutant
    from ccv.grading.networks.architecture import assert_same_network, network_difference

__all__ = ["as_array", "as_items", "as_letters", "as_word", "assert_column", "assert_count", "assert_same"]
__all__ += ["assert_same_network", "check_live", "grade", "mutant", "network_difference", "the_one"]

# The pytest plugin imports this package in every pytest run, so it must cost nothing.
__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "networks.architecture": ["assert_same_network", "network_difference"],
        "comparing.arrays": ["as_array", "as_items", "as_letters", "as_word", "the_one"],
        "check": ["check_live", "grade"],
        "comparing.compare": ["assert_count", "assert_same"],
        "mutants": ["mutant"],
        "comparing.tables": ["assert_column"],
    },
)
