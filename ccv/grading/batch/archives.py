"""Files as they are found in folders and zips; no zip is ever extracted, no link ever followed."""

from __future__ import annotations

import os
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from ccv.grading.batch.names import clean
from ccv.grading.batch.reading import Location, opened
from ccv.grading.reading.submission import UnreadableSubmission

_DEPTH = 2  # a class's zip with each student's zip in it
_IGNORED_FILES = {"conftest.py", "setup.py", "sitecustomize.py", "usercustomize.py", "__init__.py"}
_IGNORED_FOLDERS = {"__MACOSX", "__pycache__"}
_DEEPEST = 8  # folders in which a student's name is looked for
_NOTHING = "there is nothing in the folder that can be graded: hand in the notebook"

Times = tuple[float | None, ...]


@dataclass(frozen=True)
class Found:
    """A file that may be a submission: folders and name, how it is shown, and why it cannot be read.

    Of a folder with nothing to grade in it the name is empty. `times` says when the file was saved, in seconds, behind
    the times of the zips in which it lies; None where a zip does not say.
    """

    parts: tuple[str, ...]
    label: str
    location: Location
    problem: str = ""
    times: Times = ()


def walk(root: Path) -> Iterator[Found]:
    """Yield every file below a folder, or in a zip, or the file itself, without following a link below it."""
    if root.is_dir():
        yield from _folder(root, ())
    elif root.suffix.lower() == ".zip":
        for found in _zip(Location(str(root)), (root.stem,), (root.name,), ()):
            yield Found(found.parts[1:] or found.parts, found.label, found.location, found.problem, found.times)
    else:
        times = (root.stat().st_mtime,) if root.exists() else ()
        yield Found((root.name,), clean(root.name), Location(str(root)), times=times)


def ignored(name: str, *, folder: bool = False) -> bool:
    """Whether a file or folder is nobody's submission: hidden, or made by a system or a tool."""
    if name.startswith(".") or not name:
        return True
    if folder:
        return name in _IGNORED_FOLDERS
    return name in _IGNORED_FILES or (name.startswith("test_") and name.endswith(".py"))


def _folder(folder: Path, above: tuple[str, ...]) -> Iterator[Found]:
    try:
        entries = sorted(os.scandir(folder), key=lambda e: os.fsencode(e.name))
    except OSError as error:
        yield _found(above or (folder.name,), Location(str(folder)), f"it cannot be opened: {error.strerror}")
        return
    empty = True
    for entry in entries:
        for found in _entry(entry, above):
            empty = False
            yield found
    if empty and above:
        yield _found((*above, ""), Location(str(folder)), _NOTHING)


def _entry(entry: os.DirEntry[str], above: tuple[str, ...]) -> Iterator[Found]:
    parts, location = (*above, entry.name), Location(entry.path)
    if entry.is_symlink():
        if not ignored(entry.name):
            yield _found(parts, location, "it is a symbolic link, and links are not followed: hand in the file")
    elif entry.is_dir(follow_symlinks=False):
        if not ignored(entry.name, folder=True):
            yield from _folder(Path(entry.path), parts)
    elif not ignored(entry.name):
        times = (entry.stat(follow_symlinks=False).st_mtime,)
        if entry.name.lower().endswith(".zip"):
            yield from _zip(location, (*above, Path(entry.name).stem), parts, times)
        else:
            yield _found(parts, location, times=times)


def _zip(location: Location, parts: tuple[str, ...], shown: tuple[str, ...], times: Times) -> Iterator[Found]:
    folders: dict[tuple[str, ...], Location] = {}
    filled: set[tuple[str, ...]] = {()}
    try:
        with opened(location) as archive:
            for number, member in enumerate(archive.infolist()):
                at = Location(location.path, (*location.members, number))
                names = tuple(n for n in member.filename.replace("\\", "/").split("/") if n not in {"", ".", ".."})
                above = _folders(names if member.is_dir() else names[:-1])
                folders |= {folder: at for folder in above if folder not in folders}
                if member.is_dir():
                    continue
                for found in _member(member, at, names, parts, shown, (*times, _time(member))):
                    filled.update(above)
                    yield found
    except UnreadableSubmission as error:
        yield _found(parts, location, str(error), shown)
    for names, at in folders.items():  # where nothing was found: their students are not forgotten
        if names not in filled and names[:-1] in filled and not _hidden(names):
            yield _found((*parts, *names, ""), at, _NOTHING, (*shown, *names, ""))


def _folders(names: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The outermost folders of a path: names of students lie no deeper."""
    return [names[:depth] for depth in range(1, min(len(names), _DEEPEST) + 1)]


def _hidden(folders: tuple[str, ...]) -> bool:
    return any(ignored(name, folder=True) for name in folders)


def _member(
    member: zipfile.ZipInfo,
    location: Location,
    names: tuple[str, ...],
    parts: tuple[str, ...],
    shown: tuple[str, ...],
    times: Times,
) -> Iterator[Found]:
    written = member.filename.replace("\\", "/").split("/")
    if not names or _hidden(names[:-1]) or ignored(names[-1]):
        return
    outside = "" in written or ".." in written or written[0][1:2] == ":"
    inside, labels = (*parts, *names), (*shown, *names)
    if outside:
        yield _found(inside, location, "its name in the zip leads outside: pack the zip again", labels)
    elif stat.S_ISLNK(member.external_attr >> 16):
        yield _found(inside, location, "it is a symbolic link, and links are not followed: hand in the file", labels)
    elif names[-1].lower().endswith(".zip"):
        yield from _nested(location, (*inside[:-1], Path(names[-1]).stem), labels, times)
    else:
        yield _found(inside, location, "", labels, times)


def _nested(location: Location, parts: tuple[str, ...], shown: tuple[str, ...], times: Times) -> Iterator[Found]:
    if len(location.members) >= _DEPTH:
        yield _found(parts, location, "it is a zip in a zip in a zip: hand in the notebook itself", shown)
        return
    yield from _zip(location, parts, shown, times)


def _time(member: zipfile.ZipInfo) -> float | None:
    """Seconds of a zip's entry, which knows no time zone; 1980, where zips' time begins, is none."""
    try:
        return datetime(*member.date_time, tzinfo=timezone.utc).timestamp() if member.date_time[0] > 1980 else None
    except ValueError:
        return None


def _found(
    parts: tuple[str, ...],
    location: Location,
    problem: str = "",
    shown: tuple[str, ...] = (),
    times: Times = (),
) -> Found:
    label = "/".join(clean(p) or "_" for p in (shown or parts) if p) + ("" if parts[-1] else "/")
    return Found(parts, label, location, problem, times)
