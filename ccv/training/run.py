"""What a training run leaves behind: `Run`, and its folder."""

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras

from ccv import devices
from ccv.training.files import write_figure, write_json, write_text, write_whole
from ccv.training.precision import full_precision
from ccv.versions import installed, tensorflow_there

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PACKAGES = ("ccv", "keras", "tensorflow", "jax", "numpy")


@dataclass
class Run:
    """A training run: `history` maps each metric to one number an epoch, as `model.fit(...).history` does.

    `best_epoch` counts from 1; `stopped` says why the run ended before its last epoch, or is None; `folder` is where
    its files are, if it was given one; `note` says what the figures hide, if anything was seen. `thresholds` are for a
    network that says yes or no to each label: by label the least score that says yes, chosen on the images held out for
    validation; None where there were none.
    """

    model: keras.Model
    history: dict[str, list[float]]
    monitor: str
    best_epoch: int
    seconds: float
    stopped: str | None
    folder: Path | None
    note: str | None = None
    thresholds: dict[str, float] | None = None

    @property
    def epochs(self) -> int:
        """How many epochs were trained, resumed ones included."""
        return len(next(iter(self.history.values()), []))

    @property
    def best(self) -> dict[str, float]:
        """The metrics of the best epoch."""
        return {name: numbers[self.best_epoch - 1] for name, numbers in self.history.items()}

    def best_model(self) -> keras.Model:
        """Load the model of the best epoch; ValueError where the run had no folder."""
        if self.folder is None:
            raise ValueError("the run kept no files: pass out= to fit, and the best epoch's model is in best.keras")
        return keras.saving.load_model(self.folder / "best.keras")

    def curves(self) -> "Figure":
        """Draw the learning curves."""
        from ccv.plots import learning_curves

        return learning_curves(self.history)

    def __str__(self) -> str:
        numbers = ", ".join(f"{name} {value:.4g}" for name, value in self.best.items() if name != "learning_rate")
        ended = f"; stopped early: {self.stopped}" if self.stopped else ""
        place = f"; files in {self.folder}" if self.folder else ""
        note = f"; {self.note}" if self.note else ""
        return (
            f"{self.epochs} epochs in {self.seconds:.1f} s, best epoch {self.best_epoch}: {numbers}{ended}{place}{note}"
        )

    __repr__ = __str__


class Folder:
    """The folder of a run: run.json, log.csv, curves.png, best.keras, last.keras, TensorBoard's events."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._events = _event_writer(path)

    def describe(self, facts: Mapping[str, Any], **more: Any) -> None:
        """Write run.json: what was asked for, with which versions, and how it went."""
        write_json(self.path / "run.json", {**facts, "versions": installed(PACKAGES), **more})

    def after_epoch(self, model: keras.Model, history: list[dict[str, float]], is_best: bool) -> None:
        """Write what an epoch changes; each file is whole at every moment."""
        write_text(self.path / "log.csv", log_lines(history))
        if is_best:
            save_model(model, self.path / "best.keras")
        save_model(model, self.path / "last.keras")
        self._draw(history)
        if self._events:
            self._events(len(history), history[-1])

    def best(self) -> keras.Model:
        """Load the model of the best epoch so far."""
        return keras.saving.load_model(self.path / "best.keras", compile=False)

    def _draw(self, history: list[dict[str, float]]) -> None:
        from ccv.plots import learning_curves

        figure = learning_curves(columns(history))
        write_figure(self.path / "curves.png", figure)


def save_model(model: keras.Model, path: Path) -> None:
    """Save a model with its optimizer, whole or not at all."""

    def save(new: Path) -> None:
        try:
            with devices.alone(), full_precision(model):
                keras.saving.save_model(model, new)
        except (RuntimeError, ValueError) as problem:  # what HDF5 says of a full disk
            raise OSError(str(problem)) from problem

    write_whole(path, save)


def columns(history: list[dict[str, float]]) -> dict[str, list[float]]:
    """Turn rows, one an epoch, into one list a metric."""
    return {name: [row[name] for row in history] for name in (history[0] if history else {})}


def log_lines(history: list[dict[str, float]]) -> str:
    """Return log.csv: a header, then a line an epoch; no seconds are in it, so that runs can be compared."""
    text = io.StringIO()
    writer = csv.DictWriter(text, ["epoch", *history[0]], lineterminator="\n")
    writer.writeheader()
    writer.writerows({"epoch": number, **row} for number, row in enumerate(history, 1))
    return text.getvalue()


def read_facts(folder: Path) -> dict[str, Any]:
    """Return what run.json says, or nothing where there is none or it cannot be read."""
    try:
        facts = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return facts if isinstance(facts, dict) else {}


def _event_writer(path: Path) -> Any:
    """Return `(epoch, row) -> None` that writes TensorBoard's events, or None where it or TensorFlow is not there."""
    if find_spec("tensorboard") is None or not tensorflow_there():
        return None
    from ccv.devices.events import writer

    return writer(path / "tensorboard")
