"""Files that are whole or not there: written beside, forced to the disk, then put in place."""

import errno
import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

FULL = (errno.ENOSPC, errno.EDQUOT)


def write_whole(path: Path, write: Callable[[Path], None]) -> None:
    """Have `write` fill a new file, then put it at `path` in one step: whoever looks sees the old or the new, whole.

    Raises OSError, in one sentence, where the disk is full or the folder cannot be written; the old file is kept and
    the new one removed.
    """
    try:
        number, name = tempfile.mkstemp(dir=path.parent, prefix=".writing-", suffix="".join(path.suffixes[-1:]))
        os.close(number)
    except OSError as problem:
        raise _explained(path, problem) from None
    new = Path(name)
    try:
        write(new)
        _force(new)
        new.chmod(0o666 & ~_umask())
        new.replace(path)
        _force(path.parent)
    except OSError as problem:
        raise _explained(path, problem) from None
    finally:
        new.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file whole."""

    def write(new: Path) -> None:
        new.write_text(text, encoding="utf-8")

    write_whole(path, write)


def write_json(path: Path, content: Any) -> None:
    """Write a JSON file whole."""
    write_text(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def write_figure(path: Path, figure: Any) -> None:
    """Write a figure as PNG, whole."""
    write_whole(path, lambda new: figure.savefig(new, format="png"))


def writable_folder(path: Path) -> Path:
    """Make the folder where it is missing, and sweep up what a killed run was writing; OSError where that fails."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        for left in path.glob(".writing-*"):
            left.unlink()
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as problem:
        raise type(problem)(f"cannot write to {path}: {problem.strerror or problem}; choose another out=") from None
    return path


def _explained(path: Path, problem: OSError) -> OSError:
    if problem.errno in FULL or _is_full(path.parent):
        return OSError(
            f"the disk is full: {path} could not be written (what it held before is kept); free some space, then go on "
            "with resume=True"
        )
    return OSError(f"{path} could not be written: {problem.strerror or problem}")


def _is_full(folder: Path) -> bool:
    """HDF5 tells of a full disk without the system's number for it."""
    try:
        free = os.statvfs(folder)
    except (OSError, AttributeError):
        return False
    return free.f_bavail * free.f_frsize < 65536


def _force(path: Path) -> None:
    """Have the disk keep what was written, so that a power cut after `replace` finds it."""
    try:
        number = os.open(path, os.O_RDONLY)
    except (PermissionError, IsADirectoryError):  # Windows opens no folders
        return
    try:
        os.fsync(number)
    except OSError as problem:
        if problem.errno in (*FULL, errno.EIO):
            raise
    finally:
        os.close(number)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
