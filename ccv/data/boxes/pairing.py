"""The files of an annotated folder, and which image an annotation belongs to, whatever the folders are called."""

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ccv.data.photos.parts import hidden
from ccv.data.photos.suffixes import is_image, why_unread
from ccv.data.photos.tree import Skipped
from ccv.names import natural_key

# Folders that say what lies in them, not which: images/train/a.jpg and labels/train/a.txt belong together.
HOLDERS = re.compile(r"(?:jpeg|jpg|png)?_?(?:images?|imgs?|photos?|pictures?)|labels?|annotations?|annots?|xmls?|txts?")
OTHERS = re.compile(r"segment|mask|trimap", re.IGNORECASE)  # images of their own, named as the photographs


@dataclass
class Listing:
    """The files below a folder, in natural order: images, and the rest by suffix; `strange` only look like images."""

    root: Path
    images: list[Path] = field(default_factory=list)
    others: dict[str, list[Path]] = field(default_factory=lambda: defaultdict(list))
    strange: list[Skipped] = field(default_factory=list)


def listing(root: Path) -> Listing:
    """List what lies below a folder; hidden files are passed over, links followed, but not in circles."""
    made = Listing(root)
    for place, folders, names in os.walk(root, followlinks=True):
        inner = [one for one in folders if not hidden(one) and not _in_a_circle(Path(place, one))]
        folders[:] = sorted(inner, key=natural_key)
        for name in sorted((one for one in names if not hidden(one)), key=natural_key):
            _sort_in(made, Path(place, name))
    return made


def _in_a_circle(folder: Path) -> bool:
    return folder.is_symlink() and folder.parent.resolve().is_relative_to(folder.resolve())


def _sort_in(made: Listing, path: Path) -> None:
    if is_image(path.name):
        made.images.append(path)
        return
    made.others[path.suffix.lower()].append(path)
    reason = why_unread(str(path)) if path.is_file() else None
    if reason:
        made.strange.append(Skipped(str(path), reason))


def key(path: Path, root: Path) -> tuple[str, ...]:
    """Return what an image and its annotation have in common: their folders and name, but for holders and suffix.

    >>> key(Path("set/images/train/a.jpg"), Path("set")) == key(Path("set/Labels/train/a.txt"), Path("set"))
    True
    """
    *folders, name = path.relative_to(root).parts
    return (*(one.lower() for one in folders if not HOLDERS.fullmatch(one.lower())), Path(name).stem)


class Pairing:
    """Images by their `key`, or by their name alone where that is enough."""

    def __init__(self, images: Iterable[Path], root: Path) -> None:
        self.root = root
        self.by_key: dict[tuple[str, ...], list[Path]] = defaultdict(list)
        self.by_stem: dict[str, list[Path]] = defaultdict(list)
        for image in images:
            self.by_key[key(image, root)].append(image)
            if not OTHERS.search(str(image.parent.relative_to(root))):
                self.by_stem[image.stem].append(image)

    def find(self, annotation: Path, said: str = "") -> Path | None:
        """Return the image of an annotation, by its own name, else the name that it says; None for none, or several."""
        near = annotation.with_name(said) if said else annotation
        choices: Sequence[Path] = (
            self.by_key.get(key(annotation, self.root))
            or self.by_stem.get(annotation.stem)
            or self.by_key.get(key(near, self.root))
            or self.by_stem.get(Path(said).stem)
            or self.by_stem.get(said)
            or ()
        )
        named = [image for image in choices if image.name == said] or choices
        folders = {image.parent for image in named}
        return named[0] if named and len(folders) == 1 else None
