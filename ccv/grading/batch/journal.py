"""The journal of a run: JSON lines, each on disk before the next submission counts as finished."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import IO, Any

from ccv.grading.batch.record import Header, Record, from_line, to_line

NAME = "journal.jsonl"
_LOCK = "journal.lock"


class Journal:
    """An open journal in a folder; one process at a time holds it.

    Raises:
        FileExistsError: there is a journal already, and `resume` is not asked for.
        BlockingIOError: another run holds it.
        ValueError: the journal is of another lab, seed or choice of exercises, or is damaged.
    """

    def __init__(self, folder: Path, header: Header, *, resume: bool = False, scratch: str = ""):
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / NAME
        self._lock, self.last_scratch = _locked(folder / _LOCK, scratch)
        self._file: IO[bytes] | None = None
        try:
            self.header, self.records = self._open(header, resume)
        except BaseException:
            self.close()
            raise

    def append(self, record: Record) -> None:
        """Write one record and wait until it is on disk."""
        self._write(to_line(record))
        self.records.append(record)

    def close(self) -> None:
        """Let go of the file and of the lock."""
        if self._file is not None:
            self._file.close()
        self._lock.close()

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _open(self, header: Header, resume: bool) -> tuple[Header, list[Record]]:
        old: tuple[Header, list[Record]] | None = None
        refuse_used(self.path.parent, resume)
        if self.path.exists():
            _cut_torn_line(self.path)
            old = read_journal(self.path) if self.path.stat().st_size else None
        if old is not None:
            check_same_class(header, old[0], self.path)
        self._file = self.path.open("ab")
        if old is None:
            self._write(to_line(header))
            _sync_folder(self.path.parent)
            return header, []
        return old

    def _write(self, line: str) -> None:
        assert self._file is not None
        self._file.write(line.encode("ascii"))
        self._file.flush()
        os.fsync(self._file.fileno())


def refuse_used(folder: Path, resume: bool) -> None:
    """Raise FileExistsError where a folder holds a journal and it is not to be resumed."""
    path = folder / NAME
    if not resume and path.exists() and path.stat().st_size:
        raise FileExistsError(f"{folder} holds a journal already: use --resume or another --out")


def read_journal(path: Path) -> tuple[Header, list[Record]]:
    """Return the header and the records of a journal; a torn last line is left out.

    Where a submission was graded again, as its file had changed, its last record counts.

    Raises:
        ValueError: the journal is damaged; the message names the line.
        OSError: there is none.
    """
    if not path.is_file():
        raise FileNotFoundError(f"there is no journal in {path.parent}: is it the --out of `ccv grade`?")
    lines = path.read_bytes().split(b"\n")[:-1]  # what follows the last end of line is torn
    if not lines:
        raise ValueError(f"{path} is empty: grade with another --out")
    header: Header | None = None
    records: dict[str, Record] = {}
    for number, line in enumerate(lines, start=1):
        try:
            if header is None:
                header = from_line(Header, line.decode("ascii"))
                continue
            record = from_line(Record, line.decode("ascii"))
        except ValueError:
            raise ValueError(f"line {number} of {path} is damaged: grade with another --out") from None
        records[record.student] = record
    assert header is not None
    return header, list(records.values())


def check_same_class(ours: Header, theirs: Header, path: Path) -> None:
    """Refuse a journal of another lab, seed, choice of exercises or shard, in one sentence."""
    word = theirs.differs_from(ours) or ("shard" if ours.shard != theirs.shard else "")
    if word:
        raise ValueError(f"the journal {path} was begun with another {word}: use another --out to grade afresh")


def _cut_torn_line(path: Path) -> None:
    """Drop what a killed run left behind the last end of line."""
    with path.open("r+b") as file:
        file.truncate(file.read().rfind(b"\n") + 1)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _locked(path: Path, scratch: str) -> tuple[IO[bytes], str]:
    """Take the lock, which the system lets go of when we end, however we end.

    Returns the open file and the scratch folder that the run before us named in it.
    """
    file = path.open("a+b")
    try:
        _lock(file)
    except OSError:
        file.close()
        raise BlockingIOError(f"another run grades into {path.parent}: wait for it, or use another --out") from None
    file.seek(0)
    try:
        last: Any = json.loads(file.read())["scratch"]
    except (ValueError, KeyError, TypeError):
        last = ""
    file.seek(0)
    file.truncate()
    file.write(json.dumps({"scratch": scratch}).encode())
    file.flush()
    return file, last if isinstance(last, str) else ""


def _lock(file: IO[bytes]) -> None:
    if os.name == "posix":
        import fcntl

        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        return
    import msvcrt  # pragma: no cover

    file.seek(1 << 30)  # beyond the text: Windows forbids others to read locked bytes
    msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
