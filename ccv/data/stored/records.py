"""What annotations say of images, read and put right: the boxes that VOC's XML and COCO's JSON have in common."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ccv.data.facts import Facts

SLACK = 1.0  # pixels past the border that are cut without a word: tools count from 0 or from 1

Box = tuple[float, float, float, float]  # x_min, y_min, x_max, y_max: the edges, in pixels from 0


@dataclass(frozen=True)
class Repaired:
    """An annotation that was put right, and what was done."""

    path: str
    done: str


@dataclass(frozen=True)
class Thing:
    """An object as an annotation names it."""

    name: str
    box: Box
    difficult: bool = False
    crowd: bool = False
    area: float | None = None


@dataclass
class Sheet:
    """What was read of one image: `path` is the annotation's, `size` the height and width that it names.

    Where `relative`, boxes are parts of the width and height, as YOLO has them, and no size need be named.
    """

    path: str
    image: str
    size: tuple[int, int] | None
    relative: bool = field(default=False, kw_only=True)
    things: list[Thing] = field(default_factory=list)
    repairs: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Annotation:
    """The objects of one image, in pixels of the upright image as it is in the file, before any resizing.

    `boxes` float32 `(n, 4)`: x_min, y_min, x_max, y_max; `labels` int64 `(n,)`; `difficult` (VOC) and `crowd` (COCO)
    bool `(n,)`; `areas` float64 `(n,)`: the box's, or in COCO the mask's.
    """

    path: str
    height: int
    width: int
    boxes: np.ndarray
    labels: np.ndarray
    difficult: np.ndarray
    crowd: np.ndarray
    areas: np.ndarray


def straight(box: Sequence[float], name: str, repairs: list[str]) -> Box | None:
    """Return the edges in their order, or None for numbers that span nothing; say so in `repairs`."""
    written = f"the box of {name!r} {tuple(round(edge, 1) for edge in box)}"
    if not all(map(math.isfinite, box)):
        repairs.append(f"{written} has an edge that is no number: dropped")
        return None
    x_min, x_max = sorted((box[0], box[2]))
    y_min, y_max = sorted((box[1], box[3]))
    if x_min == x_max or y_min == y_max:
        repairs.append(f"{written} has no area: dropped")
        return None
    if (x_min, y_min) != tuple(box[:2]):
        repairs.append(f"{written} has its least and greatest edge swapped: put in order")
    return x_min, y_min, x_max, y_max


def settle(sheet: Sheet, facts: Facts, class_names: Sequence[str], repaired: list[Repaired]) -> Annotation:
    """Hold an annotation against its image: turn, cut and drop boxes, and add to `repaired` what was done."""
    repairs = list(sheet.repairs)
    turned = facts.orientation > 4
    height, width = facts.upright
    if sheet.size is None and not sheet.relative:
        repairs.append(f"no size is given: {width} x {height} read from the image")
    lying = turned and sheet.size == (facts.height, facts.width) != (height, width)
    if lying:
        repairs.append(f"the boxes are of the image as stored, {facts.width} x {facts.height}: turned with it by EXIF")
    elif sheet.size is not None and sheet.size != (height, width):
        said = f"{sheet.size[1]} x {sheet.size[0]}"
        repairs.append(f"the size is given as {said}, the image has {width} x {height}: the image's taken")
    kept: dict[tuple[str, Box], Thing] = {}
    for thing in sheet.things:
        if thing.name not in class_names:
            repairs.append(f"{thing.name!r} is none of the classes: dropped")
            continue
        box: Box | None = turn(thing.box, facts) if lying else thing.box
        if sheet.relative:
            box = straight(_in_pixels(thing.box, height, width), thing.name, repairs)
        cut = _cut(box, height, width, thing.name, repairs) if box else None
        if cut is None:
            continue
        if (thing.name, cut) in kept:
            repairs.append(f"the box of {thing.name!r} {_rounded(cut)} is there twice: one dropped")
            continue
        kept[thing.name, cut] = thing
    repaired += [Repaired(sheet.path, done) for done in repairs]
    boxes = np.array([box for _, box in kept], np.float32).reshape(-1, 4)
    sides = np.maximum(boxes[:, 2:] - boxes[:, :2], 0).astype(np.float64)
    given = [thing.area for thing in kept.values()]
    areas = [side.prod() if area is None else area for side, area in zip(sides, given, strict=True)]
    index = {name: label for label, name in enumerate(class_names)}
    return Annotation(
        sheet.image,
        height,
        width,
        boxes,
        np.array([index[name] for name, _ in kept], np.int64),
        np.array([thing.difficult for thing in kept.values()], bool),
        np.array([thing.crowd for thing in kept.values()], bool),
        np.array(areas, np.float64),
    )


def turn(box: Box, facts: Facts) -> Box:
    """Move a box of the image as stored, of orientation 5 to 8, to the upright one: transposed, then flipped.

    >>> turn((1, 0, 3, 2), Facts(height=10, width=20, decoder="jpeg", orientation=6))
    (8, 1, 10, 3)
    """
    y_min, x_min, y_max, x_max = box  # transposed, x is what y was
    width, height = facts.height, facts.width
    if facts.orientation in (6, 7):  # the columns are reversed
        x_min, x_max = width - x_max, width - x_min
    if facts.orientation in (7, 8):  # the rows
        y_min, y_max = height - y_max, height - y_min
    return x_min, y_min, x_max, y_max


def _in_pixels(box: Box, height: int, width: int) -> Box:
    """Bring parts to pixels, to a hundredth: six decimals, as labels have them, say no more of 5,000 pixels."""
    x_min, y_min, x_max, y_max = (round(edge * side, 2) for edge, side in zip(box, (width, height) * 2, strict=True))
    return x_min, y_min, x_max, y_max


def _cut(box: Box, height: int, width: int, name: str, repairs: list[str]) -> Box | None:
    x_min, x_max = (min(max(x, 0), width) for x in (box[0], box[2]))
    y_min, y_max = (min(max(y, 0), height) for y in (box[1], box[3]))
    cut = (x_min, y_min, x_max, y_max)
    if x_min >= x_max or y_min >= y_max:
        repairs.append(f"the box of {name!r} {_rounded(box)} lies outside of the image: dropped")
        return None
    if max(abs(new - old) for new, old in zip(cut, box, strict=True)) > SLACK:
        repairs.append(f"the box of {name!r} {_rounded(box)} reaches past the image, {width} x {height}: cut")
    return cut


def _rounded(box: Box) -> tuple[float, ...]:
    return tuple(round(edge, 1) for edge in box)
