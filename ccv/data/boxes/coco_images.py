"""Find the image that a file of COCO means: names come from other machines, with their folders and backslashes."""

import re
from collections import defaultdict
from functools import cached_property
from pathlib import Path

from ccv.data.boxes.pairing import listing

ABSOLUTE = re.compile(r"(?:[A-Za-z]:)?[/\\]|[A-Za-z]:")


class Images:
    """The images of one file, below `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def find(self, name: str) -> tuple[Path, str]:
        """Return the image of a `file_name`, and what had to be done for it, or "".

        Where it lies nowhere, the path is the one it should have, and the rest says what is wrong with the name.
        """
        inside, cause = is_inside(name), _cause(name)
        plain = self.root / (name.replace("\\", "/") if inside else base_name(name))
        if inside and (self.root / name).is_file():
            return self.root / name, ""
        if plain.is_file():
            return plain, f"its file_name {name!r} {cause}: {plain.relative_to(self.root)} taken"
        below = self._by_name.get(base_name(name), [])
        if len(below) == 1:
            return below[0], f"its file_name {name!r} {cause}: {below[0].relative_to(self.root)} taken"
        if not below:
            return plain, f"its file_name {name!r} {cause}, and no {base_name(name)} lies in {self.root}"
        return plain, f"its file_name {name!r} {cause}, and {len(below)} files of {self.root} are called so"

    @cached_property
    def _by_name(self) -> dict[str, list[Path]]:
        found = defaultdict(list)
        for path in listing(self.root).images:
            found[path.name].append(path)
        return found


def nearest(file: Path, names: list[str]) -> Path | None:
    """Return the first folder near a file of annotations that has one of the images, by its name or base name."""
    word = file.stem.rsplit("_", 1)[-1]
    near = [file.parent / name for name in ("", "images", word)] + [
        file.parent.parent / name for name in ("", "images", word, f"images/{word}")
    ]
    for form in (lambda name: name if is_inside(name) else base_name(name), base_name):
        for folder in near:
            if any((folder / form(name).replace("\\", "/")).is_file() for name in names):
                return folder
    return None


def base_name(name: str) -> str:
    r"""Return the last word of a path of any system.

    >>> base_name("C:\\photos\\a.jpg"), base_name("/data/b.jpg")
    ('a.jpg', 'b.jpg')
    """
    return re.split(r"[/\\]", name)[-1]


def is_inside(name: str) -> bool:
    """Say whether a name stays in the folder that it is looked for in."""
    return not ABSOLUTE.match(name) and ".." not in re.split(r"[/\\]", name)


def _cause(name: str) -> str:
    if ABSOLUTE.match(name):
        return "is an absolute path, of the machine that wrote it"
    if not is_inside(name):
        return "leads out of the folder of the images"
    return "has backslashes, as on Windows" if "\\" in name else "is not where it says"
