"""Find the image files of a class-per-folder tree: which there are, of which class and split; nothing is opened."""

import logging
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ccv.data.photos.parts import find_parts, hidden, is_folder, part_of_path, parts_in_classes, unwrapped
from ccv.data.photos.suffixes import SUFFIXES, is_image, why_unread
from ccv.names import natural_key, unknown

log = logging.getLogger("ccv.data")


@dataclass(frozen=True)
class Skipped:
    """A file that was left out, and why."""

    path: str
    reason: str


@dataclass(frozen=True)
class Item:
    """An image file: `name` is its path below the folder of the classes, with "/"; it begins with the class."""

    path: str
    name: str
    split: str | None  # given by a train, val or test folder
    size: int  # bytes
    changed: int  # nanoseconds

    @property
    def class_name(self) -> str:
        """The first folder of the name."""
        return self.name.split("/", 1)[0]


@dataclass
class Tree:
    """What lies below a folder."""

    root: Path
    items: list[Item] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    parts: dict[str, str] = field(default_factory=dict)  # folders that are train, validation or test
    ignored: int = 0  # files that look like no image
    loose: int = 0  # images outside of any class folder
    classes: list[str] = field(default_factory=list)  # in natural order, empty ones too


def walk(path: str | os.PathLike[str]) -> Tree:
    """List a tree in natural order.

    The folders train, val(id[ation]) and test are parts (see `find_parts`), also where other folders lie beside them,
    which are left out, or one around them; so they are in
    the folder of each class. Hidden files are passed over; symbolic links are followed, but not in
    circles. Raises FileNotFoundError, NotADirectoryError, and ValueError for a folder without classes or images.
    """
    root = _checked(path)
    place, parts = find_parts(root)
    if parts and "train" not in parts.values():
        raise ValueError(f"{place} has the parts {_listed(parts)} and none to train on: call that one train")
    tree = Tree(root, parts=parts)
    for name, part in sorted(parts.items()):
        _add(tree, unwrapped(place / name), part)
    if parts:
        _tell_beside(tree, place)
    else:
        _add(tree, root, None)
        _divide_classes(tree)
    _check_content(tree)
    return tree


def _divide_classes(tree: Tree) -> None:
    """Give the images their parts where those lie in each class's folder; leave out and tell what lies in none."""
    parts = parts_in_classes(tree.root, tree.classes)
    if not parts:
        return
    placed = [replace(item, split=part_of_path(item.name.partition("/")[2])) for item in tree.items]
    reason = f"it lies in no part, and those of the classes are {', '.join(sorted(parts))}"
    tree.skipped += [Skipped(item.path, reason) for item in placed if item.split is None]
    tree.items = [item for item in placed if item.split]


def choose(tree: Tree, class_names: Sequence[str] | None) -> list[str]:
    """Return the classes in the order of their labels: those asked for, else all in natural order."""
    if class_names is None:
        return tree.classes
    for name in class_names:
        if name not in tree.classes:
            raise ValueError(f"{tree.root}: {unknown('class folder', str(name), tree.classes)}")
    if len(set(class_names)) < len(class_names):
        raise ValueError(f"class_names={list(class_names)!r} names a class twice")
    return list(class_names)


def _checked(path: str | os.PathLike[str]) -> Path:
    if not os.fspath(path):  # which would be the current folder
        raise ValueError("the path is empty: give that of a folder with one subfolder per class")
    root = Path(path).expanduser()
    if not root.exists():
        raise FileNotFoundError(f"there is no folder {root}: give the path of a folder with one subfolder per class")
    if not root.is_dir():
        raise NotADirectoryError(
            f"{root} is a file: give a folder with one subfolder per class (unpack an archive first)"
        )
    return root


def _add(tree: Tree, parent: Path, split: str | None) -> None:
    """Add the class folders of `parent`; images that lie beside them have no class."""
    for entry in _entries(tree, parent):
        if not is_folder(entry):
            if is_image(entry.name):
                tree.loose += 1
            else:
                _pass_over(tree, entry)
            continue
        _check_text(entry)
        if entry.name not in tree.classes:
            tree.classes.append(entry.name)
        tree.items += _files(tree, entry.path, entry.name, split, {os.path.realpath(parent)})
    tree.classes.sort(key=lambda name: (natural_key(name), name))


def _files(tree: Tree, folder: str, name: str, split: str | None, above: set[str]) -> Iterator[Item]:
    real = os.path.realpath(folder)
    if real in above:
        tree.skipped.append(Skipped(folder, "a symbolic link that leads in a circle"))
        return
    for entry in _entries(tree, folder):
        below = f"{name}/{entry.name}"
        if is_folder(entry):
            yield from _files(tree, entry.path, below, split, above | {real})
        elif not is_image(entry.name):
            _pass_over(tree, entry)
        else:
            try:
                facts = entry.stat()
            except OSError as problem:
                reason = "a symbolic link that leads nowhere" if entry.is_symlink() else problem.strerror
                tree.skipped.append(Skipped(entry.path, reason or str(problem)))
                continue
            if stat.S_ISREG(facts.st_mode):
                yield Item(entry.path, below, split, facts.st_size, facts.st_mtime_ns)
            else:  # who opens a pipe waits for ever
                tree.skipped.append(Skipped(entry.path, "it is no file, but a pipe, a socket or a device"))


def _pass_over(tree: Tree, entry: os.DirEntry[str]) -> None:
    """Count a file that is no image; one that looks like an image is named."""
    reason = why_unread(entry.path) if Path(entry.path).is_file() else None
    if reason:
        tree.skipped.append(Skipped(entry.path, reason))
    else:
        tree.ignored += 1


def _tell_beside(tree: Tree, place: Path) -> None:
    """Name the folders that lie beside the parts, with how many images each holds, and count images that do."""
    inside = {place / name for name in tree.parts} | {place, *place.parents}
    for level in (place, *place.parents):
        for entry in _entries(tree, level):
            if not is_folder(entry):
                tree.loose += is_image(entry.name)
            elif Path(entry.path) not in inside:
                _tell_aside(tree, entry)
        if level == tree.root:
            return


def _tell_aside(tree: Tree, folder: os.DirEntry[str]) -> None:
    aside = Tree(tree.root)
    count = len(list(_files(aside, folder.path, folder.name, None, set()))) + len(aside.skipped)
    if count:
        what = f"{count} image{'s' * (count != 1)}"
        tree.skipped.append(Skipped(folder.path, f"its {what} lie in no part: the parts are {_listed(tree.parts)}"))


def _listed(parts: dict[str, str]) -> str:
    return ", ".join(sorted(parts))


def _entries(tree: Tree, folder: str | Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(os.fspath(folder)) as entries:
            seen = [entry for entry in entries if not hidden(entry.name)]
    except OSError as problem:
        tree.skipped.append(Skipped(str(folder), problem.strerror or str(problem)))
        return []
    return sorted(seen, key=lambda entry: (natural_key(entry.name), entry.name))


def _check_text(entry: os.DirEntry[str]) -> None:
    """Raise ValueError for a class that no file, table or picture could name."""
    try:
        entry.name.encode()
    except UnicodeEncodeError:
        raise ValueError(f"the name of the folder {os.fsencode(entry.path)!r} is no UTF-8: rename it") from None


def _check_content(tree: Tree) -> None:
    if tree.items:
        if tree.loose:
            log.warning("%s: %d images lie outside of the class folders and are left out", tree.root, tree.loose)
        return
    if tree.loose:
        where = f" in {_listed(tree.parts)}" if tree.parts else ""
        raise ValueError(
            f"{tree.root} holds {tree.loose} images{where} but no class folders: put each class into its own"
        )
    if tree.skipped:
        raise ValueError(f"no image of {tree.root} can be read: {tree.skipped[0].path}: {tree.skipped[0].reason}")
    if tree.classes or tree.ignored:
        raise ValueError(
            f"there is no image in {tree.root} ({tree.ignored} other files): it must hold one folder per class "
            f"with files of the suffixes {', '.join(SUFFIXES)}"
        )
    raise ValueError(f"{tree.root} is empty: it must hold one folder of images per class")
