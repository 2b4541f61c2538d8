"""Images with several labels each, which a CSV file tells: found, checked, divided, and made into datasets."""

import logging
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ccv.data.boxes.assign import assign, rarest
from ccv.data.boxes.pairing import Listing, listing
from ccv.data.folders import PARTS, Files, planned, report, tell_of_twins
from ccv.data.photos.options import Options
from ccv.data.photos.parts import part_of, part_of_path
from ccv.data.photos.tree import Item, Skipped, Tree
from ccv.data.stored.table import NO, YES, Images, Table, table_at, tables_in
from ccv.names import natural_key, unknown

log = logging.getLogger("ccv.data")


def read(path: str | os.PathLike[str], *, class_names: Sequence[str] | None = None, **options: Any) -> Files:
    """Find, check and divide the images that tables give labels; options as in `folder`.

    `path` is a table, which names images below its folder, or a folder that holds tables. A table is a CSV file that
    names an image in each row, with a column of 0 and 1 for each label (as Roboflow's `_classes.csv`), or with all
    labels of an image in one column. An image belongs to the part that its row says, else the name of its table, else
    its folder; what nothing divides is divided by hash, rare labels as common ones. Labels are in the order of the
    columns, or of their names, or as `class_names` lists them; one that no image to train on shows is left out and
    told, unless `class_names` asks for it.

    Raises FileNotFoundError where there is no such path, and ValueError in one sentence where a cell is neither 0 nor
    1, tables or rows contradict each other, none of the images is there, or fewer than two labels are left.
    """
    asked = Options(**options)
    place = Path(path).expanduser()
    if not place.exists():
        raise FileNotFoundError(f"there is no {place}: give the path of a table of labels, or of its folder")
    files = listing(place if place.is_dir() else place.parent)
    tables = tables_in(files) if place.is_dir() else [table_at(place, files)]
    names = _names(files, tables, class_names)
    shown, tree = _rows(files, tables, names)
    usable, side, skipped = planned(tree, tree.items, asked.size, asked.cache)
    items = [item for item, _, _ in usable]
    labels = np.array([[name in shown[item.path] for name in names] for item in items], np.float32)
    divided = divide(
        [item.name for item in items], [item.split for item in items], labels, asked.seed, asked.validation, asked.test
    )
    kept = _kept(files.root, names, labels[np.array(divided) == "train"], fixed=class_names is not None)
    made = Files([names[number] for number in kept], side, asked.channels, skipped, "multilabel", _told(tables, labels))
    for part in PARTS:
        rows = [
            (item.path, tuple(row[kept].tolist()), how)
            for (item, _, how), row, which in zip(usable, labels, divided, strict=True)
            if which == part
        ]
        if rows or part != "test":
            made.parts[part] = rows
    report(tree, skipped)
    tell_of_twins(tree, [(item, facts) for item, facts, _ in usable], divided)
    return made


def divide(
    names: Sequence[str], given: Sequence[str | None], labels: np.ndarray, seed: int, validation: float, test: float
) -> list[str]:
    """Keep the parts that are given; of the others, and of training, hold out by hash what none is."""
    shares = (0 if "validation" in given else validation, 0 if "test" in given else test)
    open_ones = [number for number, part in enumerate(given) if part in (None, "train")]
    groups = rarest(labels)[open_ones].tolist()
    chosen = assign([names[number] for number in open_ones], groups, seed, *shares)
    parts = [part or "train" for part in given]
    for number, part in zip(open_ones, chosen, strict=True):
        parts[number] = part
    return parts


def _names(files: Listing, tables: list[Table], asked: Sequence[str] | None) -> list[str]:
    """Return the labels: those of the tables, whose columns must agree, or those asked for."""
    first = tables[0]
    for table in tables:
        odd = set(table.columns) ^ set(first.columns)
        if odd:
            raise ValueError(
                f"{table.path} and {first.path} must have the same columns of 0 and 1, and only one of them has "
                f"{min(odd)!r}"
            )
    tags = {tag for table in tables if table.tags for row in table.rows for tag in table.tags_of(row)}
    names = list(first.columns) or sorted(tags, key=lambda name: (natural_key(name), name))
    for name in asked or ():
        if first.columns and name not in names:
            raise ValueError(f"{first.path}: {unknown('column', str(name), names)}")
    return list(asked or names)


def _rows(files: Listing, tables: list[Table], names: Sequence[str]) -> tuple[dict[str, set[str]], Tree]:
    """Return by the path of an image which labels it shows, and the images with their parts."""
    images, tree = Images(files), Tree(files.root, skipped=list(files.strange))
    shown: dict[str, set[str]] = {}
    said: dict[str, str | None] = {}
    for table in tables:
        for line, row in enumerate(table.rows, 2):
            path = images.find(row[table.file], table.path.parent)
            if path is None:
                reason = f"line {line} of {table.path.name} names it, and it is not there, or several have its name"
                tree.skipped.append(Skipped(row[table.file], reason))
                continue
            found = _shown(table, line, row)
            if table.columns and found != shown.get(str(path), found):
                raise ValueError(f"{table.path}, line {line}: {path.name} has other labels here than in an earlier row")
            shown[str(path)] = shown.get(str(path), set()) | found
            said[str(path)] = part_of(row[table.part]) if table.part else table.own_part
    if not shown:
        raise ValueError(f"none of the images that {tables[0].path} names is in {files.root}, such as "
                         f"{tables[0].rows[0][tables[0].file]}")  # fmt: skip
    unnamed = [path for path in files.images if str(path) not in shown]
    tree.skipped += [Skipped(str(path), f"no row of {tables[0].path.name} names it") for path in unnamed]
    for path in files.images:
        if str(path) in shown:
            below, facts = path.relative_to(files.root), path.stat()
            part = said[str(path)] or part_of_path(below)
            tree.items.append(Item(str(path), below.as_posix(), part, facts.st_size, facts.st_mtime_ns))
    return shown, tree


def _shown(table: Table, line: int, row: dict[str, str]) -> set[str]:
    """Return the labels of a row; ValueError for a cell that is neither 0 nor 1."""
    for name in table.columns:
        if row[name].lower() not in YES | NO:
            raise ValueError(
                f"{table.path}, line {line}: {name!r} is {row[name]!r}, and must be 1 where the image shows it, else 0"
            )
    return {name for name in table.columns if row[name].lower() in YES} or set(table.tags and table.tags_of(row))


def _kept(root: Path, names: Sequence[str], labels: np.ndarray, fixed: bool) -> list[int]:
    """Return the numbers of the labels that images to train on show; all where they are fixed."""
    if fixed:
        return list(range(len(names)))
    kept = np.flatnonzero(labels.any(axis=0)).tolist()
    lost = [repr(name) for number, name in enumerate(names) if number not in kept]
    if lost:
        log.warning("%s: no image to train on shows %s: left out of the labels", root, ", ".join(lost))
    if len(kept) < 2:
        raise ValueError(
            f"{root} has images to train on of {len(kept)} label{'s' * (len(kept) != 1)}, and needs two: for one yes "
            "or no put the images into two folders, one for each"
        )
    return kept


def _told(tables: Sequence[Table], labels: np.ndarray) -> str:
    """Say what was seen, and by what that was known."""
    first = tables[0]
    how = f"a column of 0 and 1 for each of {len(first.columns)} labels" if first.columns else (
        f"the labels of an image in the column {first.tags!r}"
    )  # fmt: skip
    names = Counter(table.path.name for table in tables)
    which = ", ".join(f"{count} {name}" if count > 1 else name for name, count in names.items())
    told = f"images with several labels: {which} {'have' if len(tables) > 1 else 'has'} {how}"
    once = " (each image shows exactly one: a folder for each would make it one answer)"
    return told + once * bool((labels.sum(axis=1) == 1).all())
