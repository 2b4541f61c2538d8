"""The folder of a run, opened: what an earlier run left there is gone on with, replaced, or left alone."""

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
    if (path / checkpoint.NAME).exists():
        if not overwrite:
            raise ValueError(
                f"{path} holds a run already: pass resume=True to go on with it, overwrite=True to replace it, or "
                "another out="
            )
        for name in FILES:
            (path / name).unlink(missing_ok=True)
    return Folder(path), None


def _resumable(path: Path, model: keras.Model, fingerprint: dict[str, Any]) -> Snapshot | None:
    found = checkpoint.read(path)
    if found is None:
        return None
    checkpoint.check_fits(found, model, path)
    for what, value in fingerprint.items():
        before = found.fingerprint.get(what)
        if before != value:
            raise ValueError(
                f"the run in {path} was made with {what}={before!r}, not {value!r}: pass the same, or another out="
            )
    return found
