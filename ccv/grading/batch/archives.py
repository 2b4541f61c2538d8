"""Files as they are found in folders and zips, read in memory; no zip is ever extracted, no link ever followed."""

from __future__ import annotations

import io
import os
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ccv.grading.batch.names import clean
from ccv.grading.submission import MAX_FILE_BYTES, SUFFIXES, UnreadableSubmission

MAX_MEMBERS = 20_000
MAX_ZIP_BYTES = 256 * 2**20  # of a zip within a zip, which is held in memory
MAX_NESTED_BYTES = 2 * 2**30  # of all zips within one zip
MAX_RATIO = 300  # text shrinks to a tenth, repeated text to a hundredth, a bomb to a thousandth
_RATIO_MATTERS = 2**20
_DEPTH = 2  # a class's zip with each student's zip in it
_IGNORED_FILES = {"conftest.py", "setup.py", "sitecustomize.py", "usercustomize.py", "__init__.py"}
_IGNORED_FOLDERS = {"__MACOSX", "__pycache__"}


@dataclass(frozen=True)
class Location:
    """Where the bytes of a file are: a path, and in zips the number of the member, zip by zip."""

    path: str
    members: tuple[int, ...] = ()


@dataclass(frozen=True)
class Found:
    """A file that may be a submission: folders and name, how it is shown, and why it cannot be read."""

    parts: tuple[str, ...]
    label: str
    location: Location
    problem: str = ""


def walk(root: Path) -> Iterator[Found]:
    """Yield every file below a folder, or in a zip, or the file itself, without following a link below it."""
    if root.is_dir():
        yield from _folder(root, ())
    elif root.suffix.lower() == ".zip":
        for found in _zip(Location(str(root)), (root.stem,), (root.name,)):
            yield Found(found.parts[1:] or found.parts, found.label, found.location, found.problem)
    else:
        yield Found((root.name,), clean(root.name), Location(str(root)))


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
    for entry in entries:
        parts, location = (*above, entry.name), Location(entry.path)
        if entry.is_symlink():
            if not ignored(entry.name):
                yield _found(parts, location, "it is a symbolic link, and links are not followed: hand in the file")
        elif entry.is_dir(follow_symlinks=False):
            if not ignored(entry.name, folder=True):
                yield from _folder(Path(entry.path), parts)
        elif ignored(entry.name):
            continue
        elif entry.name.lower().endswith(".zip"):
            yield from _zip(location, (*above, Path(entry.name).stem), parts)
        else:
            yield _found(parts, location)


def _zip(location: Location, parts: tuple[str, ...], shown: tuple[str, ...]) -> Iterator[Found]:
    try:
        with _opened(location) as archive:
            for number, member in enumerate(archive.infolist()):
                if not member.is_dir():
                    at = Location(location.path, (*location.members, number))
                    yield from _member(member, at, parts, shown)
    except UnreadableSubmission as error:
        yield _found(parts, location, str(error), shown)


def _member(
    member: zipfile.ZipInfo, location: Location, parts: tuple[str, ...], shown: tuple[str, ...]
) -> Iterator[Found]:
    names = tuple(member.filename.replace("\\", "/").split("/"))
    if any(ignored(n, folder=True) for n in names[:-1] if n not in {"", ".", ".."}) or ignored(names[-1]):
        return
    outside = "" in names or ".." in names or ":" in names[0]
    names = tuple(n for n in names if n not in {"", ".", ".."})
    inside, labels = (*parts, *names), (*shown, *names)
    if outside:
        yield _found(inside, location, "its name in the zip leads outside: pack the zip again", labels)
    elif stat.S_ISLNK(member.external_attr >> 16):
        yield _found(inside, location, "it is a symbolic link, and links are not followed: hand in the file", labels)
    elif names[-1].lower().endswith(".zip"):
        yield from _nested(location, (*inside[:-1], Path(names[-1]).stem), labels)
    else:
        yield _found(inside, location, "", labels)


def _nested(location: Location, parts: tuple[str, ...], shown: tuple[str, ...]) -> Iterator[Found]:
    if len(location.members) >= _DEPTH:
        yield _found(parts, location, "it is a zip in a zip in a zip: hand in the notebook itself", shown)
        return
    yield from _zip(location, parts, shown)


def _found(parts: tuple[str, ...], location: Location, problem: str = "", shown: tuple[str, ...] = ()) -> Found:
    return Found(parts, "/".join(clean(p) or "_" for p in shown or parts), location, problem)


def read(location: Location) -> bytes:
    """Return the bytes of a file, in a folder or in a zip.

    Raises:
        UnreadableSubmission: it is a link, no regular file, a bomb, damaged, or larger than a submission may be.
    """
    if not location.members:
        return _read_file(location.path, MAX_FILE_BYTES)
    with _opened(Location(location.path, location.members[:-1])) as archive:
        return _read_member(archive, location.members[-1], MAX_FILE_BYTES)


def _opened(location: Location) -> zipfile.ZipFile:
    try:
        if not location.members:
            archive = zipfile.ZipFile(_regular(location.path))
        else:
            with _opened(Location(location.path, location.members[:-1])) as outer:
                archive = zipfile.ZipFile(io.BytesIO(_read_member(outer, location.members[-1], MAX_ZIP_BYTES)))
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, OverflowError) as error:
        if isinstance(error, UnreadableSubmission):
            raise
        raise UnreadableSubmission("it is no zip, or a damaged one: pack it again") from None
    members = archive.infolist()
    if len(members) > MAX_MEMBERS:
        archive.close()
        raise UnreadableSubmission(f"the zip holds {len(members)} files, and {MAX_MEMBERS} is the limit")
    if sum(m.file_size for m in members if m.filename.lower().endswith(".zip")) > MAX_NESTED_BYTES:
        archive.close()
        raise UnreadableSubmission(f"the zips in it are larger than {MAX_NESTED_BYTES // 2**30} GB together")
    return archive


def _read_member(archive: zipfile.ZipFile, number: int, limit: int) -> bytes:
    member = archive.infolist()[number]
    if member.flag_bits & 1:
        raise UnreadableSubmission("it lies in a zip with a password: pack it without one")
    if member.file_size > limit:
        raise UnreadableSubmission(
            f"it unpacks to {member.file_size / 2**20:.0f} MB, and {limit // 2**20} MB is the limit"
        )
    if member.file_size > max(_RATIO_MATTERS, MAX_RATIO * member.compress_size):
        raise UnreadableSubmission("it unpacks to hundreds of times its size, as zip bombs do: pack it again")
    try:
        with archive.open(member) as file:
            data = file.read(member.file_size + 1)  # the size is the zip's word, so no more than that is read
    except Exception as error:  # zlib.error, lzma.LZMAError, BadZipFile ...: they have no base of their own
        raise UnreadableSubmission(f"it is damaged in the zip ({type(error).__name__}): pack it again") from None
    return data


def _read_file(path: str, limit: int) -> bytes:
    with _regular(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > limit:
            raise UnreadableSubmission(f"it is {size / 2**20:.0f} MB, and {limit // 2**20} MB is the limit")
        return file.read(limit)


def _regular(path: str) -> io.BufferedReader:
    """Open a regular file; a link or a pipe that took its place meanwhile is refused, not waited for."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        raise UnreadableSubmission(f"it cannot be opened: {error.strerror}") from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise UnreadableSubmission("it is no ordinary file: hand in a notebook")
    return os.fdopen(descriptor, "rb")


def is_submission(name: str) -> bool:
    """Whether a file's name is that of a notebook or a script."""
    return name.lower().endswith(SUFFIXES)
