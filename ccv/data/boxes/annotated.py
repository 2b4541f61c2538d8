"""Annotated images, divided and made into datasets of `(image, truth)`: what VOC and COCO have in common."""

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ccv.data.boxes.assign import assign
from ccv.data.facts import Facts
from ccv.data.photos.found import Found
from ccv.data.photos.options import Options
from ccv.data.photos.scan import scan
from ccv.data.photos.sizes import natural
from ccv.data.photos.tree import Item, Skipped
from ccv.data.plans import Plan, frame, letterboxed
from ccv.data.stored.records import Annotation, Repaired, Sheet, settle
from ccv.names import natural_key

if TYPE_CHECKING:
    import tensorflow as tf

PARTS = ("train", "validation", "test")
SPLITS = {  # the names of VOC
    "train": ("train",), "val": ("validation",), "trainval": ("train", "validation"), "test": ("test",), "all": PARTS,
}  # fmt: skip

log = logging.getLogger("ccv.data")


@dataclass
class Annotated:
    """The usable images of a source, divided, each with its objects and how to decode it."""

    root: Path
    class_names: list[str]
    size: tuple[int, int]
    channels: int
    skipped: list[Skipped]
    repaired: list[Repaired]
    layout: str = ""
    trainval: bool = False
    parts: dict[str, list[tuple[Annotation, Plan]]] = field(default_factory=dict)

    def split(self, name: str, hard: bool | None = None) -> "tf.data.Dataset":
        """Return the images of one of `SPLITS`; `hard` of None keeps hard objects in what is judged by, as VOC does."""
        if name == "test" and not self.parts["test"]:
            raise ValueError(f"{self.root} has no test part: give test=0.2, say, to hold one out")
        return self.dataset(*SPLITS[name], hard=name in ("val", "test") if hard is None else bool(hard))

    def dataset(self, *parts: str, hard: bool) -> "tf.data.Dataset":
        """Return the images of one or more parts; `hard` keeps objects that are difficult or a crowd in the truth.

        They are in the natural order of their names, whatever the layout. The truth has as many rows in every part.
        """
        from ccv.data.files import dataset

        rows = sorted((row for part in parts for row in self.parts.get(part, [])), key=lambda row: _order(row[0].path))
        notes = [note for note, _ in rows]
        most = max((len(note.labels) for part in self.parts.values() for note, _ in part), default=0)
        truth = np.full((len(rows), max(1, most), 5), -1, np.float32)
        difficult, crowd = np.zeros((2, *truth.shape[:2]), bool)
        for index, note in enumerate(notes):
            kept = np.full(len(note.labels), True) if hard else ~(note.difficult | note.crowd)
            count = int(kept.sum())
            truth[index, :count, :4] = framed(note, self.size)[kept]
            truth[index, :count, 4] = note.labels[kept]
            difficult[index, :count], crowd[index, :count] = note.difficult[kept], note.crowd[kept]
        plans = [how for _, how in rows]
        made = dataset([note.path for note in notes], truth, plans, self.size, self.channels)
        made.class_names, made.annotations = list(self.class_names), notes
        made.truth, made.difficult, made.crowd = truth, difficult, crowd
        made.skipped, made.repaired = list(self.skipped), list(self.repaired)
        return made


def framed(note: Annotation, size: tuple[int, int]) -> np.ndarray:
    """Return the boxes `(n, 4)` of an image as parts of the letterbox that it lies in."""
    inner, corner = frame((note.height, note.width), size)
    scale = np.array([inner[1] / note.width, inner[0] / note.height] * 2)
    return (note.boxes * scale + np.array([corner[1], corner[0]] * 2)) / np.array([size[1], size[0]] * 2)


def read(found: Found, *, class_names: Sequence[str] | None = None, **options: Any) -> Annotated:
    """Look at every image, settle its annotation, plan how it is decoded, and divide; options as in `voc`."""
    asked = Options(**options)
    names = classes(found.root, found.sheets, class_names or found.names)
    made = Annotated(
        found.root, names, asked.size or (0, 0), asked.channels, list(found.skipped), [], found.why, found.trainval
    )
    settled = _settled(found, made, asked.cache)
    made.size = asked.size or natural(
        [facts for _, facts in settled.values()], notes=[note for note, _ in settled.values()]
    )
    rows = {}
    for name, (note, facts) in settled.items():
        how = letterboxed(facts, made.size)
        if isinstance(how, str):
            made.skipped.append(Skipped(note.path, how))
        else:
            rows[name] = (note, how)
    if not rows:
        first = f": {made.skipped[0].path}: {made.skipped[0].reason}" if made.skipped else ""
        raise ValueError(f"no annotated image of {found.root} can be used{first}")
    report(found.root, made)
    stems = {name: Path(note.path).stem for name, (note, _) in rows.items()}
    parts = divide(stems, found.given, asked.validation, asked.test, asked.seed)
    made.parts = {part: [rows[name] for name in chosen] for part, chosen in parts.items()}
    return made


def _settled(found: Found, made: Annotated, cache: Any) -> dict[str, tuple[Annotation, Facts]]:
    """Open the images of the sheets; those that cannot be read, and what is put right, are noted in `made`."""
    items = {name: item for name, sheet in found.sheets.items() if (item := _item(found.root, sheet, made.skipped))}
    settled = {}
    for name, facts in zip(items, scan(found.root, list(items.values()), cache), strict=True):
        sheet = found.sheets[name]
        if isinstance(facts, str):
            made.skipped.append(Skipped(sheet.image, facts))
        else:
            settled[name] = (settle(sheet, facts, made.class_names, made.repaired), facts)
    return settled


def _order(path: str) -> Any:
    """Sort key of an image's path: by its name in natural order, whatever the folders of a layout."""
    stem = Path(path).stem
    return natural_key(stem), stem, path


def classes(root: Path, sheets: Mapping[str, Sheet], wanted: Sequence[str] | None) -> list[str]:
    """Return the classes in the order of their labels: those asked for, else all in natural order."""
    found = {thing.name for sheet in sheets.values() for thing in sheet.things}
    if not found:
        raise ValueError(f"{root} has no object in any of its {len(sheets)} annotations that can be read")
    names = sorted(found, key=lambda name: (natural_key(name), name)) if wanted is None else list(wanted)
    if len(set(names)) < len(names):
        raise ValueError(f"class_names={names!r} names a class twice")
    if not found & set(names):
        raise ValueError(f"{root} has no object of {', '.join(names)}: its classes are {', '.join(sorted(found))}")
    return names


def divide(
    stems: Mapping[str, str], given: Mapping[str, str | None], validation: float, test: float, seed: int
) -> dict[str, list[str]]:
    """Keep the parts that are given; of the others, and of training, hold out by a hash of the stem what none is."""
    open_ones = sorted((name for name in stems if given.get(name) in (None, "train")), key=stems.__getitem__)
    lists = set(given.values())
    shares = (0 if "validation" in lists else validation, 0 if "test" in lists else test)
    chosen = dict(
        zip(open_ones, assign([stems[name] for name in open_ones], [0] * len(open_ones), seed, *shares), strict=True)
    )
    parts: dict[str, list[str]] = {part: [] for part in PARTS}
    for name in stems:
        parts[chosen.get(name) or given[name] or "train"].append(name)
    return parts


def three(
    made: Annotated, validation: float | None
) -> tuple["tf.data.Dataset", "tf.data.Dataset | None", "tf.data.Dataset | None"]:
    """Return training, validation and test.

    Where no `validation` is asked for, VOC's lists give their trainval list, folders of parts their own three.
    """
    test = made.dataset("test", hard=True) if made.parts["test"] else None
    if not validation and (made.trainval or not made.parts["validation"]):
        return made.dataset("train", "validation", hard=False), None, test
    return made.dataset("train", hard=False), made.dataset("validation", hard=True), test


def report(root: Path, made: Annotated) -> None:
    """Tell the log what was left out and what was put right: the first of them, and how many."""
    for what, told in (
        ("left out", [f"{one.path}: {one.reason}" for one in made.skipped]),
        ("put right", [f"{one.path}: {one.done}" for one in made.repaired]),
    ):
        if told:
            more = "; ..." if len(told) > 3 else ""
            log.warning("%s: %d annotations %s: %s%s", root, len(told), what, "; ".join(told[:3]), more)


def _item(root: Path, sheet: Sheet, skipped: list[Skipped]) -> Item | None:
    try:
        facts = Path(sheet.image).stat()
    except OSError as problem:
        reason = f"its image {sheet.image} cannot be read: {problem.strerror or problem}"
        skipped.append(Skipped(sheet.path, "; ".join([reason, *sheet.repairs])))
        return None
    return Item(sheet.image, os.path.relpath(sheet.image, root), None, facts.st_size, facts.st_mtime_ns)
