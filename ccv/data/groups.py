"""Images that belong together, as a patient's or the augmented copies of one original: kept in one part, or told."""

import logging
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ccv.data.boxes.assign import assign, rarest
from ccv.data.parts import listing, present, seen_from, take, together, with_images_of
from ccv.data.photos.look import copies
from ccv.data.splits import Splits
from ccv.data.stored.table import rows_of

ROBOFLOW = r"([^/]*)\.rf\.[0-9a-f]+"  # its augmented copies of one original have one name before this

MEMORY = "what they measure is memory; --group {} keeps copies together"
LEAKS = (  # what is held out, where it must have no copy, and what a copy means
    ("validation", "train", MEMORY),
    ("test", "train", MEMORY),
    ("test", "validation", "they chose the best epoch, and are no test of it"),
)

log = logging.getLogger("ccv.data")


def set_apart(
    parts: Splits, validation: str | None = None, test: str | None = None, group: str | None = None, seed: int = 0
) -> Splits:
    """Return the parts with the images of other folders or files for validation or test, and with groups undivided."""
    for name, source in (("validation", validation), ("test", test)):
        if source is not None:
            parts = with_images_of(parts, name, source)
    if group is None:
        return parts
    return regrouped(parts, group, seed, fixed=("test",) if validation is None else ("validation", "test"))


def regrouped(parts: Splits, group: str, seed: int = 0, fixed: Sequence[str] = ("test",)) -> Splits:
    """Divide training and validation anew, so that no group has images in two parts; what is fixed stays as it is.

    `group` is a regular expression that is found in the path of a file below the data's folder (its first bracket names
    the group, else the whole of what is found), or a column of a CSV file beside the images. Images in whose path
    nothing is found are each a group of their own. The groups that have images in a fixed part are left out of the
    others.

    Raises ValueError where the data are no files, or the pattern is none or found nowhere.
    """
    found = present(parts)
    if not all(map(listing, found.values())):
        raise ValueError(f"{parts.name} has no files to group: --group needs a folder, a VOC tree or a COCO .json")
    groups = {name: _groups_of(parts, name, data, group) for name, data in found.items()}
    kept = {one for name in fixed for one in groups.get(name, [])}
    open_parts = [name for name in found if name not in fixed]
    pool = together([found[name] for name in open_parts])
    names = [one for name in open_parts for one in groups[name]]
    rows = [row for row, name in enumerate(names) if name not in kept]
    if not rows:
        raise ValueError(
            f"--group {group}: every group of {parts.name} has images held out, and none is left to train on"
        )
    if len(rows) < len(names):
        log.warning(
            "%s: %d images to train on belong to groups that are held out, and are left out",
            *(parts.name, len(names) - len(rows)),
        )
    share = len(found["validation"]) / len(pool) if "validation" in open_parts else 0
    # An image alone is divided by its path in the data, not by where these lie.
    paths = [path for name in open_parts for path in seen_from(parts.origins[name], listing(found[name]).paths)]
    keys = [names[row] if names[row] != listing(pool).paths[row] else paths[row] for row in rows]
    chosen = _divided(keys, _classes(pool)[rows], seed, share)
    made = {
        part: take(pool, [row for row, one in zip(rows, chosen, strict=True) if one == part]) for part in open_parts
    }
    return replace(parts, **made)


def _groups_of(parts: Splits, name: str, data: Any, group: str) -> list[str]:
    return group_names(listing(data).paths, parts.origins[name], group)


def group_names(paths: Sequence[str], origin: dict[str, Any], group: str) -> list[str]:
    """Return the group of each file, from a column of a CSV file beside the images or a pattern in its path.

    A file without a group has its path for one. `origin` is what `Splits.origins` says of the data.

    >>> group_names(["p1_a.png", "p1_b.png", "p2_a.png", "other.png"], {"data": "nowhere"}, r"(p\\d+)_")
    ['p1', 'p1', 'p2', 'other.png']
    """
    root = Path(origin["data"])
    column = _column(root if root.is_dir() else root.parent, group)
    if column:
        return [column.get(Path(path).name, path) for path in paths]
    try:
        pattern = re.compile(group)
    except re.error as problem:
        raise ValueError(f"--group {group} is no regular expression ({problem}), and no column of a CSV file") from None
    found = [pattern.search(path) for path in seen_from(origin, paths)]
    if not any(found):
        raise ValueError(f"--group {group} is found in no path, such as {paths[0]}, and is no column of a CSV file")
    return [path if one is None else one[pattern.groups and 1] for path, one in zip(paths, found, strict=True)]


def tell_of_copies(parts: Splits) -> None:
    """Warn where an image that is held out has a copy in a part that decides over the network."""
    files = {name: listing(data) for name, data in present(parts).items() if listing(data)}
    for name, other, so in LEAKS:
        if name not in files or other not in files:
            continue
        nearest = dict(copies(*([plan.look for plan in files[part].plans] for part in (name, other))))
        originals = _originals(files[other].paths)
        named = [path for path, one in _originals(files[name].paths).items() if one in originals.values()]
        paths = {files[name].paths[number]: files[other].paths[found] for number, found in nearest.items()}
        leaks = {**dict.fromkeys(named, ""), **paths}
        if not leaks:
            continue
        example, copy = next(iter(paths.items()), (next(iter(leaks)), ""))
        pattern = f"'{ROBOFLOW}'" if named else "with a pattern or column that names them"
        log.warning(
            "%s: %d of the %d images for %s %s a copy among those for %s, such as %s: %s",
            *(parts.name, len(leaks), len(files[name].paths), name, "has" if len(leaks) == 1 else "have", other),
            *(f"{example} and {copy}" if copy else example, so.format(pattern)),
        )


def _originals(paths: Sequence[str]) -> dict[str, str]:
    """Return the original of each file that Roboflow's name says is a copy."""
    found = {path: re.search(ROBOFLOW, Path(path).name) for path in paths}
    return {path: one[1] for path, one in found.items() if one}


def _divided(names: Sequence[str], classes: np.ndarray, seed: int, share: float) -> list[str]:
    """Return the part of each image: that of its group, which is drawn in the class of its first image."""
    first = {name: row for row, name in reversed(list(enumerate(names)))}
    parts = assign(list(first), classes[list(first.values())].tolist(), seed, share, 0.0)
    of_group = dict(zip(first, parts, strict=True))
    return [of_group[name] for name in names]


def _classes(data: Any) -> np.ndarray:
    """The class of each image, or its rarest label; of annotated images none."""
    labels = listing(data).labels
    if labels.ndim == 2:
        return rarest(labels)
    return labels if labels.ndim == 1 else np.zeros(len(labels), int)


def _column(folder: Path, name: str) -> dict[str, str] | None:
    """Return by file name what a column of a CSV file in the folder says, or None where no file has such a column."""
    for path in sorted(folder.glob("*.csv")):
        rows = rows_of(path)
        if rows and name in rows[0]:
            file_column = next(iter(rows[0]))
            return {Path(row[file_column].replace("\\", "/")).name: row[name] for row in rows}
    return None
