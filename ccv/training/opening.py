"""The folder of a run, opened: what an earlier run left there is gone on with, replaced, or left alone."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras

from ccv.training import checkpoint
from ccv.training.checkpoint import Snapshot
from ccv.training.files import writable_folder
from ccv.training.run import Folder

FILES = (checkpoint.NAME, "best.keras", "last.keras", "log.csv", "curves.png")


def open_folder(
    out: str | Path | None,
    model: keras.Model,
    fingerprint: dict[str, Any],
    resume: bool,
    overwrite: bool,
    writes: bool,
) -> tuple[Folder | None, Snapshot | None]:
    """Return the folder to write to, and the checkpoint to go on from; of several processes one alone `writes`.

    Raises ValueError where the folder holds a run that this one does not go on with, and OSError where it cannot be
    written.
    """
    if out is None:
        return None, None
    path = Path(out).expanduser()
    if not writes:
        return None, _resumable(path, model, fingerprint) if resume else None
    writable_folder(path)
    if resume:
        return Folder(path), _resumable(path, model, fingerprint)
    if any((path / name).exists() for name in FILES):
        if not overwrite:
            raise ValueError(
                f"{path} holds a run already: pass resume=True to go on with it, overwrite=True to replace it, or "
                "another out="
            )
        for name in FILES:
            (path / name).unlink(missing_ok=True)
    return Folder(path), None


@contextlib.contextmanager
def alone_in(out: str | Path | None, writes: bool) -> Iterator[None]:
    """Keep other runs out of the folder inside, which would replace each other's files; ValueError where one is there.

    The lock is on the folder itself and ends with the process, so that a killed run leaves none. Windows locks no
    folders, nor do some network drives: there nothing keeps two runs apart.
    """
    if out is None or not writes or os.name != "posix":
        yield
        return
    import fcntl

    path = Path(out).expanduser()
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):  # what cannot be written is told by `open_folder`
            path.mkdir(parents=True, exist_ok=True)
            number = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
            stack.callback(os.close, number)
            try:
                fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ValueError(
                    f"another run is writing to {path}: wait until it ends, or choose another out="
                ) from None
        yield


def _resumable(path: Path, model: keras.Model, fingerprint: dict[str, Any]) -> Snapshot | None:
    found = checkpoint.read(path)
    if found is None:
        return None
    checkpoint.check_fits(found, model, path)
    for what, value in fingerprint.items():
        before = found.fingerprint.get(what, value)  # runs of earlier versions kept less
        if before != value:
            raise ValueError(
                f"the run in {path} was made with {what}={before!r}, not {value!r}: pass the same, or another out="
            )
    return found
