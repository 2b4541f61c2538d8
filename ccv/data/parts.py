"""Which files are in which part of a data set: taken, put together, and written down so that a run knows them again."""

import os
from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np

from ccv.data.files import dataset
from ccv.data.splits import Splits, splits

PARTS = ("train", "validation", "test")
ALIKE = ("class_names", "skipped", "repaired")  # what a dataset of files has once,
EACH = ("truth", "difficult", "crowd")  # and what it has for each image, besides the annotations


def present(parts: Splits) -> dict[str, Any]:
    """Return the parts that there are and that are not empty, by name."""
    found = {name: getattr(parts, name) for name in PARTS}
    return {name: data for name, data in found.items() if data is not None and len(data)}


def listing(data: Any) -> Any:
    """Return the `files.Listing` of which a dataset is made, or None where it is made of none, as a drawn one."""
    return getattr(data, "listing", None)


def together(datasets: Sequence[Any]) -> Any:
    """Return the images of several datasets, one after the other; of files they can be told apart as before."""
    if not all(map(listing, datasets)):
        joined = reduce(lambda first, second: first.concatenate(second), datasets)
        joined.class_names = list(datasets[0].class_names)
        return joined
    return _joined(datasets, [range(len(one)) for one in datasets])


def take(data: Any, rows: Sequence[int]) -> Any:
    """Return the images of a dataset of files that have these numbers, with all that belongs to them."""
    return _joined([data], [rows])


def with_images_of(parts: Splits, name: str, source: str | os.PathLike[str], **how: Any) -> Splits:
    """Return the parts with all images of another folder or file as "validation" or "test"; `how` as in `splits`.

    Of a drawn or stored set it is the part of that name. Raises ValueError where the images are of other classes.
    """
    height, width, channels = parts.image
    names: dict[str, Any] = {} if parts.kind == "classification" else {"class_names": parts.class_names}
    others = splits(source, size=(height, width), channels=channels, **how, **names)
    if others.kind != parts.kind:
        raise ValueError(f"{source} holds labels of another kind than {parts.name}")
    others = relabelled(others, parts.class_names)
    found = present(others)
    files = all(map(listing, found.values()))
    if not files and name not in found:
        raise ValueError(f"{source} has no part for {name}")
    images = together(list(found.values())) if files else found[name]
    return replace(parts, **{name: images}, origins={**parts.origins, name: others.origins[name]})


def relabelled(parts: Splits, names: Sequence[str]) -> Splits:
    """Return parts whose labels are numbers of `names`, of which a folder need not show every one.

    Raises ValueError for a class that is none of them.
    """
    if parts.class_names == list(names):
        return parts
    given = parts.class_names
    if set(given) - set(names):
        unlike = min(set(names) ^ set(given))
        where = "the network" if unlike in names else parts.name
        raise ValueError(
            f"{parts.name} has other classes than the network was trained on: {unlike!r} is known to {where} alone; "
            "give images of the same classes"
        )
    numbers = np.array([list(names).index(name) for name in given])
    changed = {part: _relabelled(data, numbers, names) for part, data in present(parts).items()}
    return replace(parts, class_names=list(names), **changed)


def record(parts: Splits) -> dict[str, Any]:
    """Return, as JSON can hold it, how each part is made again, how many images it has, and its files by their hash.

    >>> from ccv.data import splits
    >>> record(splits("digits", size=8))["test"]
    {'data': 'digits', 'seed': 0, 'images': 355}
    """
    return {name: _recorded(data, parts.origins.get(name, {})) for name, data in present(parts).items()}


def _recorded(data: Any, origin: dict[str, Any]) -> dict[str, Any]:
    found = {**origin, "images": len(data)}
    files = listing(data)
    if files is None:
        return found
    names = map(_printable, seen_from(origin, files.paths))
    return {**found, "files": dict(zip(names, files.digests, strict=True))}


def seen_from(origin: dict[str, Any], paths: Sequence[str]) -> list[str]:
    """Return the paths of files as seen from the data's folder: the same wherever it lies."""
    place = Path(origin.get("data", ""))
    root = place.parent if place.is_file() else place  # a .json or a data.yaml
    return [Path(os.path.relpath(path, root)).as_posix() for path in paths]


def _relabelled(data: Any, numbers: np.ndarray, names: Sequence[str]) -> Any:
    files = data.listing
    made = dataset(files.paths, numbers[files.labels], files.plans, files.size, files.channels)
    made.class_names = list(names)
    return made


def _joined(datasets: Sequence[Any], rows: Sequence[Sequence[int]]) -> Any:
    """Make one dataset of the chosen rows of several."""
    chosen = [np.asarray(numbers, int) for numbers in rows]

    def every(arrays: Sequence[Any]) -> Any:
        return np.concatenate([array[numbers] for array, numbers in zip(arrays, chosen, strict=True)])

    def all_of(lists: Sequence[Sequence[Any]]) -> list[Any]:
        return [items[number] for items, numbers in zip(lists, chosen, strict=True) for number in numbers]

    files = [one.listing for one in datasets]
    made = dataset(
        all_of([one.paths for one in files]),
        every([one.labels for one in files]),
        all_of([one.plans for one in files]),
        files[0].size,
        files[0].channels,
    )
    for name in ALIKE:
        if hasattr(datasets[0], name):
            setattr(made, name, list(getattr(datasets[0], name)))
    if hasattr(datasets[0], "annotations"):
        made.annotations = all_of([one.annotations for one in datasets])
        for name in EACH:
            setattr(made, name, every([getattr(one, name) for one in datasets]))
    return made


def _printable(path: str) -> str:
    """Write a path that is no UTF-8 so that JSON can hold it."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
