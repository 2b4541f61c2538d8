"""Annotated images, divided and made into datasets of `(image, truth)`: what VOC and COCO have in common."""

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ccv.data._assign import assign
from ccv.data._inspect import Facts
from ccv.data._plan import Plan, frame, letterboxed
from ccv.data._records import Annotation, Repaired, Sheet, settle
from ccv.data._scan import scan
from ccv.data._tree import Item, Skipped
from ccv.names import natural_key

if TYPE_CHECKING:
    import tensorflow as tf

PARTS = ("train", "validation", "test")
LONG_SIDE = 256
STRIDE = 32

log = logging.getLogger("ccv.data")


@dataclass
class Annotated:
    """The usable images of a source, divided, each with its objects and how to decode it."""

    class_names: list[str]
    size: tuple[int, int]
    channels: int
    skipped: list[Skipped]
    repaired: list[Repaired]
    parts: dict[str, list[tuple[Annotation, Plan]]] = field(default_factory=dict)

    def dataset(self, *parts: str, hard: bool) -> "tf.data.Dataset":
        """Return the images of one or more parts; `hard` keeps objects that are difficult or a crowd in the truth.

        Whatever is kept, the truth has as many rows in every part.
        """
        from ccv.data._decode import dataset

        rows = [row for part in parts for row in self.parts.get(part, [])]
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


def gather(
    root: Path,
    sheets: Mapping[str, Sheet],
    class_names: Sequence[str] | None,
    size: tuple[int, int] | None,
    channels: int,
    skipped: list[Skipped],
    cache: Any,
) -> tuple[Annotated, dict[str, tuple[Annotation, Plan]]]:
    """Look at every image of the sheets, settle its annotation, and plan how it is decoded; nothing is divided yet."""
    names = classes(root, sheets, class_names)
    items = {name: item for name, sheet in sheets.items() if (item := _item(root, sheet, skipped))}
    facts: dict[str, Facts] = {}
    for name, found in zip(items, scan(root, list(items.values()), cache), strict=True):
        if isinstance(found, str):
            skipped.append(Skipped(sheets[name].image, found))
        else:
            facts[name] = found
    wanted = size or natural(list(facts.values()))
    made = Annotated(names, wanted, channels, skipped, [])
    rows = {}
    for name, found in facts.items():
        how = letterboxed(found, wanted)
        if isinstance(how, str):
            skipped.append(Skipped(sheets[name].image, how))
        else:
            rows[name] = (settle(sheets[name], found, names, made.repaired), how)
    if not rows:
        first = f": {skipped[0].path}: {skipped[0].reason}" if skipped else ""
        raise ValueError(f"no annotated image of {root} can be used{first}")
    report(root, made)
    return made, rows


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
    names: Sequence[str], given: Mapping[str, str | None], validation: float, test: float, seed: int
) -> dict[str, list[str]]:
    """Keep the parts that lists give; of the others, and of training, hold out by hash what no list holds out."""
    open_ones = [name for name in names if given.get(name) in (None, "train")]
    lists = set(given.values())
    shares = (0 if "validation" in lists else validation, 0 if "test" in lists else test)
    chosen = dict(zip(open_ones, assign(open_ones, [0] * len(open_ones), seed, *shares), strict=True))
    parts: dict[str, list[str]] = {part: [] for part in PARTS}
    for name in names:
        parts[chosen.get(name) or given[name] or "train"].append(name)
    return parts


def three(
    made: Annotated, validation: float | None
) -> tuple["tf.data.Dataset", "tf.data.Dataset | None", "tf.data.Dataset | None"]:
    """Return training, validation and test; where no `validation` is asked for, training is VOC's trainval."""
    test = made.dataset("test", hard=True) if made.parts["test"] else None
    if not validation:
        return made.dataset("train", "validation", hard=False), None, test
    return made.dataset("train", hard=False), made.dataset("validation", hard=True), test


def natural(found: Sequence[Facts], long_side: int = LONG_SIDE, stride: int = STRIDE) -> tuple[int, int]:
    """Return the size with the images' usual proportions, the median, and sides that divide by the stride."""
    shapes = [facts.upright for facts in found]
    ratio = float(np.exp(np.median([np.log(width / height) for height, width in shapes]))) if shapes else 1.0
    longer = max(1, round(long_side / stride)) * stride
    shorter = max(1, round(longer * min(ratio, 1 / ratio) / stride)) * stride
    return (shorter, longer) if ratio >= 1 else (longer, shorter)


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
        skipped.append(Skipped(sheet.path, f"its image {sheet.image} cannot be read: {problem.strerror or problem}"))
        return None
    return Item(sheet.image, os.path.relpath(sheet.image, root), None, facts.st_size, facts.st_mtime_ns)
