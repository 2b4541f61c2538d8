"""Names that people type: what to say to one that is not known, and how to sort them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """One sentence for a name that is not known, with the nearest that is.

    >>> unknown("model", "lenet", ["lenet5", "vgg16"])
    "there is no model called 'lenet': did you mean 'lenet5'?"
    >>> unknown("lab", "zebra", ["01_xo", "03_lenet"])
    "there is no lab called 'zebra': choose from 01_xo, 03_lenet"
    """
    known = list(known)
    by_lower = {k.lower(): k for k in known}
    close = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=0.5)
    hint = f"did you mean {by_lower[close[0]]!r}?" if close else f"choose from {', '.join(known)}"
    return f"there is no {kind} called {name!r}: {hint}"


def natural_key(name: str) -> list[tuple[int, int, str]]:
    """Sort key that reads numbers as numbers.

    >>> sorted(["resnet101", "resnet18", "alexnet"], key=natural_key)
    ['alexnet', 'resnet18', 'resnet101']
    """
    return [(0, int(p), "") if p.isdigit() else (1, 0, p) for p in re.split(r"(\d+)", name.lower()) if p]
