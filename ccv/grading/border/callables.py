"""Which functions and classes of a module are forbidden by their dotted names, and whose call of them is no matter."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType, FunctionType, ModuleType
from typing import Any


def forbidden_in(module: ModuleType, names: Sequence[str]) -> Iterator[tuple[str, Any]]:
    """What is forbidden of a module: the full name of each function and class, and itself.

    A package may fetch a function from a module below only when it is asked for: so it is looked for there too.
    """
    here, members = module.__name__, vars(module)
    for name in names:
        package, _, last = name.rpartition(".")
        if _lies_below(here, name):
            exported = _exported(module)
            for key, value in list(members.items()):
                if _can_be_called(value) and (_lies_below(_module_of(value), name) or key in exported):
                    yield f"{here}.{key}", value
        elif _lies_below(here, package) and _can_be_called(members.get(last)):
            yield name, members[last]


def _exported(module: ModuleType) -> set[str]:
    """What a package gives out although it is written elsewhere: all that it holds, where it has nothing of its own."""
    members = vars(module)
    if "__all__" in members:
        return set(members["__all__"])
    if not hasattr(module, "__path__"):
        return set()
    root = module.__name__.partition(".")[0]
    callables = {k: _module_of(v) for k, v in members.items() if not k.startswith("_") and _can_be_called(v)}
    ours = {key for key, home in callables.items() if home.partition(".")[0] == root}
    return set() if module.__name__ in callables.values() else ours


def as_imported(called: str) -> str:
    """The shortest name that something of a module has: as its package gives it out, if it does."""
    parts = called.split(".")
    for length in range(1, len(parts) - 1):
        package = sys.modules.get(".".join(parts[:length]))
        if parts[-1] in getattr(package, "__all__", ()):
            return ".".join([*parts[:length], parts[-1]])
    return called


def _lies_below(module: str, package: str) -> bool:
    return module == package or module.startswith(package + ".")


def _can_be_called(value: Any) -> bool:
    return isinstance(value, FunctionType | type) or hasattr(value, "cache_clear")


def _module_of(value: Any) -> str:
    return str(getattr(value, "__module__", ""))


def is_own_call(function: Any, caller: FrameType) -> bool:
    """Whether the caller is the package itself. A function that it does not name was handed to it by the student."""
    package = _module_of(function).partition(".")[0]
    spaces, code = caller.f_globals, caller.f_code
    if str(spaces.get("__name__", "")).partition(".")[0] != package or not _lies_in(code.co_filename, package):
        return False
    if isinstance(function, type):
        return True
    names = [*code.co_names, *code.co_freevars]
    return function.__name__ in names or any(spaces.get(name) is function for name in names)


def _lies_in(filename: str, package: str) -> bool:
    places = getattr(sys.modules.get(package), "__path__", [])
    return any(Path(filename).is_relative_to(place) for place in places)
