"""Exercises that pytest grades: marks and fixtures (`plugin`), mutants, comparisons, and the worker process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ccv.grading.architecture import assert_same_network, network_difference
    from ccv.grading.arrays import as_array, as_items, as_letters, as_word, the_one
    from ccv.grading.check import check_live, grade
    from ccv.grading.compare import assert_count, assert_same
    from ccv.grading.mutants import mutant
    from ccv.grading.tables import assert_column

__all__ = ["as_array", "as_items", "as_letters", "as_word", "assert_column", "assert_count", "assert_same"]
__all__ += ["assert_same_network", "check_live", "grade", "mutant", "network_difference", "the_one"]

_HOMES = {
    "as_array": "arrays",
    "as_items": "arrays",
    "as_letters": "arrays",
    "as_word": "arrays",
    "assert_column": "tables",
    "assert_count": "compare",
    "assert_same": "compare",
    "assert_same_network": "architecture",
    "check_live": "check",
    "grade": "check",
    "mutant": "mutants",
    "network_difference": "architecture",
    "the_one": "arrays",
}


def __getattr__(name: str) -> Any:
    # The pytest plugin imports this package in every pytest run, so it must cost nothing.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
