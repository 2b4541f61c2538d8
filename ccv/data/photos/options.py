"""The options of `folder` and `splits`, checked: one sentence for what cannot be."""

import os
from dataclasses import dataclass
from typing import Any

Size = int | tuple[int, int] | None


@dataclass
class Options:
    """What every reader of photographs is asked for, checked: a size is (height, width) then, channels are 1 or 3.

    `size` None is the images' own; `validation` and `test` are the parts held out by `seed`; `cache` as in `folder`.
    """

    size: Any = None
    channels: Any = None
    validation: float = 0.2
    test: Any = None
    seed: int = 0
    cache: str | os.PathLike[str] | bool | None = None

    def __post_init__(self) -> None:
        self.size, self.channels = check_size(self.size), check_channels(self.channels) or 3
        check_fractions(self.validation, self.test, self.seed)
        self.test = self.test or 0


def check_size(size: Any) -> tuple[int, int] | None:
    """Return (height, width); ValueError for what is no size."""
    if size is None:
        return None
    sides = (size, size) if isinstance(size, int) else tuple(size) if isinstance(size, (tuple, list)) else ()
    if len(sides) != 2 or any(isinstance(side, bool) or not isinstance(side, int) or side < 1 for side in sides):
        raise ValueError(f"size={size!r} must be a number of pixels, such as 224, or (height, width)")
    return sides


def check_channels(channels: Any) -> int | None:
    """Return 1, 3 or None; ValueError for anything else."""
    if channels not in (None, 1, 3) or isinstance(channels, bool):
        raise ValueError(f"channels={channels!r} must be 3 (RGB) or 1 (grey)")
    return channels


def check_fractions(validation: Any, test: Any, seed: Any) -> None:
    """Raise ValueError unless both are parts of 1 that leave something to train on, and `seed` an integer."""
    for name, value in (("validation", validation), ("test", test or 0)):
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1:
            raise ValueError(f"{name}={value!r} must be the part of the images that is held out, from 0 to below 1")
    if validation + (test or 0) >= 1:
        raise ValueError(f"validation={validation} and test={test} leave nothing to train on")
    if isinstance(seed, bool) or not isinstance(seed, int):
        raise ValueError(f"seed={seed!r} must be an integer")
