"""Check all files of a tree by many threads, and remember what was found, so that the next run only looks at dates."""

import hashlib
import logging
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple
from pathlib import Path
from typing import Any

from ccv.data.facts import UNREADABLE, Facts, inspect, patient_pillow
from ccv.data.photos import cache as _cache
from ccv.data.photos.tree import Item

VERSION = 2  # of the cached facts: raise it when `inspect` changes
BATCH = 64  # files that a thread takes at a time

log = logging.getLogger("ccv.data")


def scan(root: Path, items: list[Item], cache: str | os.PathLike[str] | bool | None = None) -> list[Facts | str]:
    """Return for each item its facts or the reason to leave it out.

    `cache` is a folder, None for the user's own, or False for none. A file counts as unchanged while its
    size and time of change are.
    """
    place = _place(root, cache)
    known = _known(place)
    results: list[Facts | str | None] = [_recall(known.get(_key(root, item)), item) for item in items]
    unknown = [index for index, result in enumerate(results) if result is None]
    if unknown:
        log.info("checking %d images of %s", len(unknown), root)
        found = _in_threads(inspect, [items[index].path for index in unknown])
        for index, result in zip(unknown, found, strict=True):
            results[index] = result
    if place and (unknown or len(known) != len(items)):
        _cache.write(place, {"version": VERSION, "files": _as_json(root, items, results)})
    return results  # type: ignore[return-value]


def _in_threads(function: Callable[[str], Facts | str], paths: list[str]) -> list[Facts | str]:
    batches = [paths[first : first + BATCH] for first in range(0, len(paths), BATCH)]
    with patient_pillow(), ThreadPoolExecutor(min(16, 2 * (os.cpu_count() or 1))) as pool:
        return [
            result for batch in pool.map(lambda batch: [function(path) for path in batch], batches) for result in batch
        ]


def _place(root: Path, cache: str | os.PathLike[str] | bool | None) -> Path | None:
    if cache is False:
        return None
    folder = _cache.folder() if cache is None or cache is True else Path(cache).expanduser()
    key = hashlib.blake2b(os.fsencode(os.path.realpath(root)), digest_size=8).hexdigest()
    return folder / "scans" / f"{key}.json"


def _known(place: Path | None) -> dict[str, Any]:
    content = _cache.read(place) if place else None
    if not isinstance(content, dict) or content.get("version") != VERSION or not isinstance(content.get("files"), dict):
        return {}
    return content["files"]


def _recall(row: Any, item: Item) -> Facts | str | None:
    """Return what a row of the cache says, or None where it is of another file or no row at all."""
    try:
        size, changed, result = row
        if (size, changed) != (item.size, item.changed):
            return None
        return result if isinstance(result, str) else Facts(*result)
    except (TypeError, ValueError):
        return None


def _key(root: Path, item: Item) -> str:
    return item.path[len(str(root)) :]


def _as_json(root: Path, items: list[Item], results: list[Any]) -> dict[str, Any]:
    """Keep all but what may be mended without a change of the file, such as a missing right to read it."""
    rows = {}
    for item, result in zip(items, results, strict=True):
        if isinstance(result, str) and result.startswith(UNREADABLE):
            continue
        kept = result if isinstance(result, str) else astuple(result)
        rows[_key(root, item)] = (item.size, item.changed, kept)
    return rows
