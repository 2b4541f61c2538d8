"""Folders that are parts: train, validation and test, as people name them, and where they lie."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

NAMES = re.compile(
    r"(?:(?P<train>train(?:ing)?)|(?P<validation>val(?:id(?:ation)?)?)|(?P<test>test(?:ing)?))"
    r"(?:[ _-]?(?:set|data|images?|split|\d{4}))?",
    re.IGNORECASE,
)
DEPTH, FEW = 3, 8  # folders around the parts, and beside them, that are looked into: not a thousand classes


def part_of(name: str) -> str | None:
    """Return "train", "validation" or "test" for the name of a folder, or None.

    >>> part_of("valid"), part_of("Test_Set"), part_of("val2017"), part_of("testimonials")
    ('validation', 'test', 'validation', None)
    """
    found = NAMES.fullmatch(name)
    return found.lastgroup if found else None


def part_of_path(path: str | os.PathLike[str]) -> str | None:
    """Return the part that the folders of a path below a root name, the outermost first; None where none does."""
    return next((part for name in Path(path).parts[:-1] if (part := part_of(name))), None)


def hidden(name: str) -> bool:
    """Say whether a file or folder is passed over: the system's own, or what macOS adds to an archive."""
    return name.startswith(".") or name == "__MACOSX"


def folders_in(place: Path) -> list[str]:
    """Return the names of the folders in a folder, but for hidden ones."""
    try:
        with os.scandir(place) as entries:
            return sorted(entry.name for entry in entries if not hidden(entry.name) and is_folder(entry))
    except OSError:
        return []


def find_parts(root: Path, depth: int = DEPTH) -> tuple[Path, dict[str, str]]:
    """Return the folder that holds the parts and what each is, by name; `root` and nothing where there are none.

    The parts may lie in a folder around them, beside others. One folder called train among others that holds no
    folders is a class, of a railway; two parts beside one another never are.
    """
    inner = folders_in(root)
    parts = {name: part for name in inner if (part := part_of(name))}
    if len(set(parts.values())) > 1 or any(folders_in(root / name) for name in parts):
        return root, parts
    if depth and len(inner) <= FEW:
        deeper = [found for name in inner if "train" in (found := find_parts(root / name, depth - 1))[1].values()]
        if len(deeper) == 1:
            return deeper[0]
    return root, {}


def parts_in_classes(root: Path, classes: Sequence[str]) -> set[str]:
    """Return the parts that lie in the folders of the classes, as cat/train and cat/test beside dog/train and dog/test.

    It is empty where they are none: where only one class has a folder called train, or no class has another part.
    """
    found = [{part for name in folders_in(root / one) if (part := part_of(name))} for one in classes]
    divided = [parts for parts in found if "train" in parts]
    every = set().union(*divided)
    return every if len(divided) > 1 and len(every) > 1 else set()


def unwrapped(place: Path) -> Path:
    """Return the folder of the classes of a part, which archives wrap in another of the part's name: train/train."""
    inner = folders_in(place)
    return unwrapped(place / inner[0]) if len(inner) == 1 and part_of(inner[0]) else place


def is_folder(entry: os.DirEntry[str]) -> bool:
    """Say whether an entry is a folder, or a link to one."""
    try:
        return entry.is_dir()
    except OSError:  # a symbolic link to itself
        return False
