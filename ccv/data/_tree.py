"""Find the image files of a class-per-folder tree: which there are, of which class and split; nothing is opened."""

import logging
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ccv.names import natural_key, unknown

SUFFIXES = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff")
SPLIT_FOLDERS = {
    "train": "train", "training": "train",
    "val": "validation", "valid": "validation", "validation": "validation",
    "test": "test", "testing": "test",
}  # fmt: skip

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
    ignored: int = 0  # files that are no images by their suffix
    loose: int = 0  # images outside of any class folder
    classes: list[str] = field(default_factory=list)  # in natural order, empty ones too


def walk(path: str | os.PathLike[str]) -> Tree:
    """List a tree in natural order.

    The folders train, val(id[ation]) and test are splits where there is a train that holds folders, and no
    other folder beside them. Hidden files are passed over; symbolic links are followed, but not in circles.
    Raises FileNotFoundError, NotADirectoryError, and ValueError for a folder without classes or images.
    """
    tree = Tree(_checked(path))
    folders = _folders(tree.root)
    given = {name: SPLIT_FOLDERS.get(name.lower()) for name in folders}
    split_by_folder = "train" in given.values() and None not in given.values()
    if split_by_folder:
        split_by_folder = any(_folders(tree.root / name) for name in folders if given[name] == "train")
    if split_by_folder:
        for name in folders:
            _add(tree, tree.root / name, given[name])
    else:
        _add(tree, tree.root, None)
    _check_content(tree, folders)
    return tree


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
        if not _is_folder(entry):
            image = entry.name.lower().endswith(SUFFIXES)
            tree.loose += image
            tree.ignored += not image
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
        if _is_folder(entry):
            yield from _files(tree, entry.path, below, split, above | {real})
        elif not entry.name.lower().endswith(SUFFIXES):
            tree.ignored += 1
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


def _entries(tree: Tree, folder: str | Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(os.fspath(folder)) as entries:
            seen = [entry for entry in entries if not _hidden(entry.name)]
    except OSError as problem:
        tree.skipped.append(Skipped(str(folder), problem.strerror or str(problem)))
        return []
    return sorted(seen, key=lambda entry: (natural_key(entry.name), entry.name))


def _folders(folder: Path) -> list[str]:
    return [entry.name for entry in _entries(Tree(folder), folder) if _is_folder(entry)]


def _check_text(entry: os.DirEntry[str]) -> None:
    """Raise ValueError for a class that no file, table or picture could name."""
    try:
        entry.name.encode()
    except UnicodeEncodeError:
        raise ValueError(f"the name of the folder {os.fsencode(entry.path)!r} is no UTF-8: rename it") from None


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a symbolic link to itself
        return False


def _hidden(name: str) -> bool:
    return name.startswith(".") or name == "__MACOSX"


def _check_content(tree: Tree, folders: list[str]) -> None:
    if tree.items:
        if tree.loose:
            log.warning("%s: %d images lie outside of the class folders and are left out", tree.root, tree.loose)
        return
    if tree.loose:
        raise ValueError(f"{tree.root} holds {tree.loose} images but no class folders: put each class into its own")
    if tree.skipped:
        raise ValueError(f"no image of {tree.root} can be read: {tree.skipped[0].path}: {tree.skipped[0].reason}")
    if folders or tree.ignored:
        raise ValueError(
            f"there is no image in {tree.root} ({tree.ignored} other files): it must hold one folder per class "
            f"with files of the suffixes {', '.join(SUFFIXES)}"
        )
    raise ValueError(f"{tree.root} is empty: it must hold one folder of images per class")
