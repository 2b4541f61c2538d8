"""The bytes of files in folders and zips, read in memory under limits; no link is ever followed."""

from __future__ import annotations

import io
import os
import stat
import zipfile
from dataclasses import dataclass

from ccv.grading.reading.submission import MAX_FILE_BYTES, UnreadableSubmission

MAX_MEMBERS = 20_000
MAX_ZIP_BYTES = 256 * 2**20  # of a zip within a zip, which is held in memory
MAX_NESTED_BYTES = 2 * 2**30  # of all zips within one zip
MAX_RATIO = 300  # text shrinks to a tenth, repeated text to a hundredth, a bomb to a thousandth
_RATIO_MATTERS = 2**20


@dataclass(frozen=True)
class Location:
    """Where the bytes of a file are: a path, and in zips the number of the member, zip by zip."""

    path: str
    members: tuple[int, ...] = ()


def read(location: Location) -> bytes:
    """Return the bytes of a file, in a folder or in a zip.

    Raises:
        UnreadableSubmission: it is a link, no regular file, a bomb, damaged, or larger than a submission may be.
    """
    if not location.members:
        return _read_file(location.path, MAX_FILE_BYTES)
    with opened(Location(location.path, location.members[:-1])) as archive:
        return _read_member(archive, location.members[-1], MAX_FILE_BYTES)


def opened(location: Location) -> zipfile.ZipFile:
    """Open a zip, or a zip in a zip. Raises UnreadableSubmission where it is damaged, or holds too much."""
    try:
        if not location.members:
            archive = zipfile.ZipFile(_regular(location.path))
        else:
            with opened(Location(location.path, location.members[:-1])) as outer:
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
