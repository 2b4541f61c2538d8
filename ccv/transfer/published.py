"""The weights that ccv carries itself, in `data/weights`: found in a checkout and in a wheel, and checked."""

import hashlib
import json
from pathlib import Path
from typing import Any

from ccv.data import carried
from ccv.names import unknown

AGAIN = "make it again with: python -m ccv.data.pretrain"


def folder() -> Path:
    """Return the folder of the weights: inside the installed package, else in the checkout beside it."""
    return carried.folder() / "weights"


def options(name: str) -> dict[str, Any]:
    """Return what a builder must be called with for the weights to fit: `{"width": 0.5}`."""
    return dict(_entry(name)["options"])


def file(name: str) -> Path:
    """Return the file of a builder's weights, its SHA-256 compared.

    Raises ValueError where there are none for the builder, OSError where the file is missing or damaged.
    """
    entry = _entry(name)
    return intact(folder() / entry["file"], entry["sha256"], AGAIN)


def intact(path: Path, sha256: str, again: str) -> Path:
    """Return the path of a file with this SHA-256; OSError, with how to make it `again`, for another and for none."""
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as problem:
        raise OSError(f"the weights {path} cannot be read ({problem.strerror or problem}): {again}") from None
    if digest != sha256:
        raise OSError(f"the weights {path} are damaged, their SHA-256 is not the one that was written down: {again}")
    return path


def _entry(name: str) -> dict[str, Any]:
    known = _index(folder() / "index.json")
    if name not in known:
        raise ValueError(f"ccv carries no weights of its own for this: {unknown('backbone', name, sorted(known))}")
    return known[name]


def _index(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise OSError(f"the list of weights {path} cannot be read ({problem}): {AGAIN}") from None
