"""Read files of COCO: which of a folder's .json are such, of which part; their categories, images and boxes."""

import contextlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ccv.data.photos.parts import part_of, part_of_path
from ccv.data.stored.records import Thing, straight

LISTS = ("images", "annotations", "categories")


@dataclass
class Instances:
    """A file of COCO: its three lists, and the part that its folder or its own name says."""

    path: Path
    content: Mapping[str, Any]
    part: str | None = None

    @property
    def categories(self) -> dict[Any, str]:
        """Names by number, in the order of the numbers."""
        rows = [row for row in self.content["categories"] if isinstance(row.get("id"), int) and row.get("name")]
        return {row["id"]: str(row["name"]) for row in sorted(rows, key=lambda row: row["id"])}


def read_instances(path: Path) -> Instances:
    """Read one file. Raises FileNotFoundError, and ValueError for a file that is not COCO's."""
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}: give the path of a COCO file of instances")
    try:
        content = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as problem:
        raise ValueError(f"{path} is no JSON: {problem}") from None
    for name in LISTS:
        rows = content.get(name) if isinstance(content, dict) else None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise ValueError(f'{path} is no COCO file of instances: it has no list "{name}"')
    return Instances(path, content)


def holds_instances(files: Sequence[Path]) -> bool:
    """Say whether one of a folder's .json is COCO's."""
    return next(_readable(files), None) is not None


def instances_among(files: Sequence[Path], root: Path) -> list[Instances]:
    """Read those of a folder's .json that are COCO's; where some are called instances, those alone."""
    called = [path for path in files if path.name.lower().startswith("instances")]
    found = list(_readable(called)) or list(_readable(files))
    for one in found:
        one.part = part_of_path(one.path.relative_to(root)) or _part_of_stem(one.path.stem)
    return found


def class_names(files: Sequence[Instances]) -> list[str]:
    """Return the classes of all files, in the order of their numbers.

    A category without objects that is only the root of others, as Roboflow writes one of the project's name, is none.
    """
    names: dict[str, None] = {}
    roots, shown = set(), set()
    for one in files:
        categories = one.categories
        names |= dict.fromkeys(categories.values())
        roots |= {
            row.get("supercategory") for row in one.content["categories"] if row["name"] != row.get("supercategory")
        }
        shown |= {categories.get(row.get("category_id")) for row in one.content["annotations"]}
    return [name for name in names if name in shown or name not in roots]


def thing_of(row: Mapping[str, Any], categories: Mapping[Any, str], repairs: list[str]) -> Thing | None:
    """Return the object of a row of "annotations", or None, with a word in `repairs`."""
    label, box, area = row.get("category_id"), row.get("bbox"), row.get("area")
    if not isinstance(label, int) or label not in categories:
        repairs.append(f"annotation {row.get('id')!r} has the category {label!r}, which is not in the file: dropped")
        return None
    name = categories[label]
    if not isinstance(box, list) or len(box) != 4 or not all(_is_number(one) for one in box):
        repairs.append(f"annotation {row.get('id')!r} of {name!r} has no box of four numbers: dropped")
        return None
    x, y, width, height = box
    edges = straight((x, y, x + width, y + height), name, repairs)
    own = float(area) if _is_number(area) and area > 0 else None  # type: ignore[arg-type, operator]
    return Thing(name, edges, crowd=bool(row.get("iscrowd")), area=own) if edges else None


def _readable(files: Sequence[Path]) -> Iterator[Instances]:
    for path in filter(_may_be, files):
        with contextlib.suppress(OSError, ValueError):
            yield read_instances(path)


def _may_be(path: Path) -> bool:
    """Say whether the three lists are named in a file, which is quicker than to read a folder of other JSON."""
    try:
        data = path.read_bytes()
    except OSError:
        return False
    return all(f'"{name}"'.encode() in data for name in LISTS)


def _part_of_stem(stem: str) -> str | None:
    """Return the part that a word of a file's name says.

    >>> _part_of_stem("instances_val2017")
    'validation'
    """
    return next((part for word in re.split(r"[\W_]+", stem) if (part := part_of(word))), None)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
