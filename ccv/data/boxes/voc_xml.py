"""Read one annotation of Pascal VOC: XML from strangers, so nothing in it is fetched or expanded."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.parsers import expat

from ccv.data.stored.records import Thing, straight

MAX_BYTES = 10_000_000
EDGES = ("xmin", "ymin", "xmax", "ymax")
FLAGS = {"0": False, "1": True, "0.0": False, "1.0": True, "false": False, "true": True}


class Unusable(ValueError):
    """Why an annotation cannot be used, in words that follow its path."""


def parse(path: Path) -> ET.Element:
    """Return the root of an annotation; Unusable for a file that is none, or that declares a document type.

    Python's own parser expands the entities of a document type, with which a small file fills the memory.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise Unusable(f"it has more than {MAX_BYTES // 1_000_000} MB")
        data = path.read_bytes()
    except OSError as problem:
        raise Unusable(f"it cannot be read: {problem.strerror or problem}") from None
    builder, parser = ET.TreeBuilder(), expat.ParserCreate()
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = _refuse
    parser.buffer_text = True
    try:
        parser.Parse(data, True)
        root = builder.close()
    except (expat.ExpatError, ValueError, LookupError) as problem:
        if isinstance(problem, Unusable):
            raise
        raise Unusable(f"it is no XML: {problem}") from None
    if root.tag != "annotation":
        raise Unusable(f"it begins with <{root.tag}>, not with <annotation>")
    return root


def said_size(root: ET.Element) -> tuple[int, int] | None:
    """Return height and width, or None where they are not given."""
    numbers = [number(root.find(f"size/{side}")) for side in ("height", "width")]
    if any(one is None or one != int(one) for one in numbers):
        return None
    return int(numbers[0]), int(numbers[1])  # type: ignore[arg-type]


def things(root: ET.Element, repairs: list[str]) -> Iterator[Thing]:
    """Give the objects, each put right or dropped with a word in `repairs`.

    VOC counts pixels from 1 and names the last one of a box: its pixels 1 to 10 are the edges 0 and 10.
    """
    for index, found in enumerate(root.findall("object"), 1):
        name = (found.findtext("name") or "").strip()
        if not name:
            repairs.append(f"object {index} has no name: dropped")
            continue
        edges = [number(found.find(f"bndbox/{edge}")) for edge in EDGES]
        lacking = [edge for edge, value in zip(EDGES, edges, strict=True) if value is None]
        if lacking:
            repairs.append(f"the box of {name!r} has no number as {', '.join(lacking)}: dropped")
            continue
        box = straight(edges, name, repairs)  # type: ignore[arg-type]
        if box:
            yield Thing(name, (box[0] - 1, box[1] - 1, box[2], box[3]), _flag(found, name, repairs))


def number(element: ET.Element | None) -> float | None:
    """Return the number that an element holds; None for none."""
    try:
        value = float((element.text or "").strip()) if element is not None else None
    except ValueError:
        return None
    return value if value is not None and abs(value) < 1e9 else None  # also NaN


def _flag(found: ET.Element, name: str, repairs: list[str]) -> bool:
    """Return whether an object is difficult; what is not told or not understood is not."""
    told = found.findtext("difficult")
    value = FLAGS.get((told or "").strip().lower())
    if value is None:
        what = "is not told to be difficult or not" if told is None else f"has difficult={told.strip()!r}"
        repairs.append(f"{name!r} {what}: taken as 0")
    return bool(value)


def _refuse(*_: Any) -> None:
    raise Unusable("it declares a document type, which an annotation does not need")
