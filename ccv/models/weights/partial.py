"""What `load_weights(..., partial=True)` tells: which weights of a model a file had, which it had not, and why."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

SHOWN = 8  # of each list, when it is printed


@dataclass(frozen=True)
class Report:
    """Which weights were loaded, which the model kept and why, and which of the file were not used.

    >>> print(Report("tiny", ("conv.kernel",), {"dense.kernel": "(4, 2) here, (4, 10) in the file"}, ("extra.bias",)))
    tiny: 1 of 2 weights loaded
      kept dense.kernel: (4, 2) here, (4, 10) in the file
      not used of the file: extra.bias
    """

    model: str
    loaded: tuple[str, ...]
    kept: Mapping[str, str] = field(default_factory=dict)
    unused: tuple[str, ...] = ()  # empty for Keras's files, which Keras reads itself

    def __str__(self) -> str:
        lines = [f"{self.model}: {len(self.loaded)} of {len(self.loaded) + len(self.kept)} weights loaded"]
        lines += _some(f"kept {name}: {why}" for name, why in self.kept.items())
        lines += _some(f"not used of the file: {name}" for name in self.unused)
        return "\n  ".join(lines)


def _some(lines: Iterable[str]) -> list[str]:
    lines = list(lines)
    more = len(lines) - SHOWN
    return lines if more <= 0 else [*lines[:SHOWN], f"... and {more} more"]


def assign(model: str, found: Mapping[str, tuple[Any, np.ndarray | None]], unused: Iterable[str]) -> Report:
    """Assign to each weight, by our name, what was found for it, where it has its shape; None is nothing found.

    Raises ValueError where nothing fits.
    """
    good, kept = {}, {}
    for name, (weight, array) in found.items():
        if array is None:
            kept[name] = "the file has none"
        elif tuple(weight.shape) != array.shape:
            kept[name] = f"{tuple(weight.shape)} here, {array.shape} in the file"
        else:
            good[name] = (weight, array)
    check_some(good, kept)
    for weight, array in good.values():
        weight.assign(array)
    return Report(model, tuple(good), kept, tuple(sorted(unused)))


def check_some(loaded: Iterable[str], kept: Mapping[str, str]) -> None:
    """Raise ValueError where nothing was loaded, with the first reason."""
    if not list(loaded):
        first = next((f", for instance {name}: {why}" for name, why in kept.items()), "")
        raise ValueError(f"nothing of it fits{first}")
