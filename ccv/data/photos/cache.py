"""Small files that save work the next time, in `$CCV_CACHE` or the system's folder for caches; never needed."""

import contextlib
import json
import logging
import os
import tempfile
from pathlib import Path
from typing import Any

import platformdirs

log = logging.getLogger("ccv.data")

_warned: set[str] = set()  # folders that could not be written, of which one is told once


def folder() -> Path:
    """Return `$CCV_CACHE`, else `ccv` in the user's folder for caches."""
    if os.environ.get("CCV_CACHE"):
        return Path(os.environ["CCV_CACHE"]).expanduser()
    return platformdirs.user_cache_path("ccv", appauthor=False)


def read(path: Path) -> Any:
    """Return what a JSON file holds, or None where it is missing or damaged."""
    for place in (path, _before_0_2(path)):
        with contextlib.suppress(OSError, ValueError, RecursionError):
            return json.loads(place.read_bytes())
    return None


def _before_0_2(path: Path) -> Path:
    """Where earlier versions kept a file of `folder()`: on Windows one folder further up."""
    former = platformdirs.user_cache_path("ccv", appauthor=False, opinion=False)
    return former / path.relative_to(folder()) if path.is_relative_to(folder()) else path


def write(path: Path, content: Any) -> bool:
    """Write JSON beside `path`, then put it in place at once, so that another process reads the old or the new.

    Where that fails (disk full, no right to write) nothing is left behind, one warning says so, and False comes back.
    """
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            temporary = Path(file.name)
            json.dump(content, file, separators=(",", ":"))
        temporary.replace(path)
    except OSError as problem:
        if temporary:
            with contextlib.suppress(OSError):
                temporary.unlink()
        _warn(path.parent, problem)
        return False
    return True


def _warn(where: Path, problem: OSError) -> None:
    if str(where) in _warned:
        return
    _warned.add(str(where))
    log.warning(
        "going on without a cache, since %s cannot be written (%s): set CCV_CACHE to another folder to have one",
        where,
        problem.strerror or problem,
    )
