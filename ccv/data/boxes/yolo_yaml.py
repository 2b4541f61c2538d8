"""Read the description that a YOLO set has beside it: data.yaml, or the lists of names of darknet and of labelImg."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from ccv.data.photos.suffixes import is_image

PARTS = {"train": "train", "val": "validation", "valid": "validation", "validation": "validation", "test": "test"}
NAME_LISTS = ("classes.txt", "obj.names", "labels.txt", "names.txt")
MAX_BYTES = 10_000_000


@dataclass
class Description:
    """What a set says of itself: its classes, and the places of its parts, folders of images or lists of them."""

    path: Path
    names: list[str] | None
    parts: dict[str, list[Path]] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)  # places that are not there, as they are written
    keypoints: bool = False


def is_description(path: Path) -> bool:
    """Say whether a .yaml describes a YOLO set: it names classes and a part."""
    content = _content(path)
    return "names" in content and any(part in content for part in PARTS)


def read_description(path: Path) -> Description:
    """Read a data.yaml; raises ValueError for a file that is none."""
    content = _content(path)
    if "names" not in content:
        raise ValueError(f"{path} is no description of a YOLO set: it has no names")
    made = Description(path, _names(content["names"]), keypoints="kpt_shape" in content)
    for key, part in PARTS.items():
        written = content.get(key)
        for place in written if isinstance(written, list) else [written]:
            if not isinstance(place, str) or not place:
                continue
            found = _place(path.parent, str(content.get("path") or ""), place)
            if found:
                made.parts.setdefault(part, []).append(found)
            else:
                made.lost.append(place)
    return made


def names_beside(folders: Iterable[Path]) -> list[str] | None:
    """Return the classes that classes.txt, obj.names or the like lists, in the first folder that has one; else None."""
    for folder in folders:
        for name in NAME_LISTS:
            if (folder / name).is_file():
                lines = (folder / name).read_text(encoding="utf-8-sig", errors="replace").splitlines()
                return [line.strip() for line in lines if line.strip()]
    return None


def listed_images(place: Path) -> list[Path]:
    """Return the images that a list of paths, one a line, names and that are there."""
    lines = (line.strip() for line in place.read_text(encoding="utf-8-sig", errors="replace").splitlines())
    found = (_beside(place.parent, line) for line in lines if is_image(line))
    return [image for image in found if image]


def _content(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > MAX_BYTES:
            return {}
        content = yaml.safe_load(path.read_bytes())
    except (OSError, ValueError, RecursionError, yaml.YAMLError):
        return {}
    return content if isinstance(content, dict) else {}


def _names(written: Any) -> list[str] | None:
    if isinstance(written, dict) and all(isinstance(number, int) for number in written):
        return [str(written.get(number, number)) for number in range(max(written, default=-1) + 1)]
    return [str(name) for name in written] if isinstance(written, list) else None


def _place(home: Path, root: str, place: str) -> Path | None:
    """Return the folder or list that is meant; Roboflow writes ../train/images for what lies beside its data.yaml."""
    inside = place.replace("\\", "/")
    while inside.startswith("../"):
        inside = inside[3:]
    tries = (home / root / place, home / place, home / root / inside, home / inside)
    return next((Path(os.path.abspath(one)) for one in tries if one.exists()), None)  # noqa: PTH100 - links stay


def _beside(home: Path, line: str) -> Path | None:
    """Return the image of a line: as it stands, from the list's folder, or by what of its path lies there."""
    words = Path(line.replace("\\", "/")).parts
    tries = [Path(line), *(home.joinpath(*words[first:]) for first in range(len(words)))]
    return next((one for one in tries if one.is_file()), None)
