"""Names of a room that are imported when they are asked for (PEP 562), so that importing the room itself costs nothing.

    __getattr__, __dir__ = lazy_names(__name__, {"building": ["segmenter"], "losses": ["dice_loss"]})

Editors and type checkers read `__all__` and the imports under TYPE_CHECKING beside it; a test holds all three together.
"""

import sys
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any


def lazy_names(
    package: str, places: Mapping[str, Iterable[str]]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return `__getattr__` and `__dir__` of a package; `places` has for each of its modules the names to take from it.

    >>> find, _ = lazy_names("ccv.segmentation", {"masks": ["UNKNOWN"]})
    >>> find("UNKNOWN"), find("KNOWN")
    Traceback (most recent call last):
    AttributeError: module 'ccv.segmentation' has no attribute 'KNOWN'
    """
    homes = {name: module for module, names in places.items() for name in names}

    def find(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(f"{package}.{homes[name]}"), name)

    def names() -> list[str]:
        return sorted({*vars(sys.modules[package]), *homes})

    return find, names
