"""The whole state of a training run in one file, so that it can go on as if nothing had happened.

`checkpoint.npz` holds the weights, the moving statistics, the states of all seed generators (dropout, augmentation
inside the model), the optimizer's variables, those of the metrics, and `progress`: epoch, step and the epochs' log.
"""

import json
import zipfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np

from ccv.training.files import write_whole

NAME = "checkpoint.npz"


@dataclass
class Progress:
    """How far a run is: `step` batches of epoch number `epoch` (from 0) are done; `history` has a row an epoch."""

    epoch: int = 0
    step: int = 0
    history: list[dict[str, float]] = field(default_factory=list)
    seconds: float = 0.0
    stopped: str | None = None


@dataclass
class Snapshot:
    """A run's state outside the model: arrays by role, and the progress."""

    progress: Progress
    fingerprint: dict[str, Any]
    arrays: dict[str, np.ndarray]


def variables(model: keras.Model) -> dict[str, Any]:
    """Return every variable of a compiled, built model by a name that is the same in every process."""
    groups = {"model": model.variables, "optimizer": [], "metrics": model.metrics_variables}
    if model.optimizer is not None:
        groups["optimizer"] = model.optimizer.variables
    return {f"{role}/{i:05d}": variable for role, group in groups.items() for i, variable in enumerate(group)}


def take(model: keras.Model, progress: Progress, fingerprint: dict[str, Any]) -> Snapshot:
    """Copy the state out of the model."""
    arrays = {name: np.array(variable) for name, variable in variables(model).items()}
    return Snapshot(progress, fingerprint, arrays)


def is_finite(snapshot: Snapshot) -> bool:
    """Whether every weight is a number: one that is not would spoil the checkpoint that is to save the run."""
    weights = (array for name, array in snapshot.arrays.items() if name.startswith("model/"))
    return all(np.isfinite(array).all() for array in weights if array.dtype.kind == "f")


def write(folder: Path, snapshot: Snapshot) -> None:
    """Put the snapshot into the folder; the one before stays until this one is whole."""
    about = json.dumps({"progress": asdict(snapshot.progress), "fingerprint": snapshot.fingerprint})
    packed: dict[str, Any] = {"about": np.frombuffer(about.encode(), np.uint8), **snapshot.arrays}

    def save(path: Path) -> None:
        with path.open("wb") as file:
            np.savez(file, **packed)

    write_whole(folder / NAME, save)


def read(folder: Path) -> Snapshot | None:
    """Return the folder's checkpoint, or None where there is none; ValueError for a damaged one."""
    path = folder / NAME
    if not path.exists():
        return None
    try:
        with np.load(path, allow_pickle=False) as packed:
            arrays = {name: packed[name] for name in packed.files}
        about = json.loads(arrays.pop("about").tobytes())
        return Snapshot(Progress(**about["progress"]), about["fingerprint"], arrays)
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as problem:
        raise ValueError(f"{path} is damaged ({problem}): remove it to begin anew") from None


def check_fits(snapshot: Snapshot, model: keras.Model, folder: Path) -> None:
    """Raise ValueError unless the checkpoint's weights have the shapes of the model's, in their order."""
    found = {name: array for name, array in snapshot.arrays.items() if name.startswith("model/")}
    wanted = {name: variable for name, variable in variables(model).items() if name.startswith("model/")}
    for name, variable in wanted.items():
        if name not in found or found[name].shape != tuple(variable.shape):
            there = f"is {found[name].shape} there" if name in found else "is missing there"
            raise ValueError(
                f"the checkpoint in {folder} is of another model: {variable.path} {tuple(variable.shape)} {there}; "
                "choose another out= or build the model as it was"
            )
    if len(found) != len(wanted):
        extra = f"it has {len(found)} arrays, this one {len(wanted)}"
        raise ValueError(f"the checkpoint in {folder} is of another model: {extra}; choose another out=")


def put(model: keras.Model, snapshot: Snapshot, roles: tuple[str, ...] = ("model", "optimizer", "metrics")) -> None:
    """Copy the state back into the model; ValueError where it has other variables than the run that was kept."""
    here = {name: variable for name, variable in variables(model).items() if name.partition("/")[0] in roles}
    there = {name: array for name, array in snapshot.arrays.items() if name.partition("/")[0] in roles}
    if [(n, tuple(v.shape)) for n, v in here.items()] != [(n, a.shape) for n, a in there.items()]:
        raise ValueError(
            "the checkpoint was made with another optimizer or other metrics: pass the same, or another out="
        )
    for name, variable in here.items():
        variable.assign(there[name])


def build_all(model: keras.Model, images: tuple[Any, str], labels: tuple[Any, str]) -> None:
    """Make the variables of optimizer and metrics, which Keras else makes at the first step: too late to fill them.

    `images` and `labels` are each the shape of a batch and its type.
    """
    model._symbolic_build(data_batch=tuple(keras.KerasTensor(shape, dtype) for shape, dtype in (images, labels)))
