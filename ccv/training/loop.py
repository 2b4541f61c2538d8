"""The loop over the epochs: train, look, write, and stop where it goes wrong.

Each epoch is one call of Keras's own `fit`, so that a `train_step` of your own and every backend work as they do
there; what this adds is where an epoch begins, what is written when, and when to stop.
"""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import keras

from ccv.feeding.examples import Batches
from ccv.training import checkpoint
from ccv.training.bar import Bar
from ccv.training.checkpoint import Progress, Snapshot
from ccv.training.recipes import Recipe
from ccv.training.run import Folder

COST = 20  # a checkpoint is written at most every so many times as long as the last one took


class Diverged(RuntimeError):
    """The loss or a weight is no number any more; the model has the last good weights back."""


@dataclass(frozen=True)
class Plan:
    """What a run is to do. `recipe` is None where the model keeps the optimizer that it was compiled with."""

    epochs: int
    recipe: Recipe | None
    learning_rate: float
    monitor: str
    patience: int | None
    checkpoint_every: float
    fingerprint: dict[str, Any]

    @property
    def bigger_is_better(self) -> bool:
        """Whether the best epoch has the largest value of the monitored metric."""
        return not any(word in self.monitor for word in ("loss", "error", "mse", "mae", "crossentropy"))

    def monitored(self, history: list[dict[str, float]]) -> list[float]:
        """The monitored metric of each epoch."""
        return [row[self.monitor] for row in history]

    def best_epoch(self, history: list[dict[str, float]]) -> int:
        """The best epoch, from 1; of equally good ones the first."""
        numbers = self.monitored(history)
        return numbers.index(max(numbers) if self.bigger_is_better else min(numbers)) + 1

    def reason_to_stop(self, history: list[dict[str, float]]) -> str | None:
        """Say why training should end early, or None."""
        if self.patience is None or not history:
            return None
        waited = len(history) - self.best_epoch(history)
        return f"no better {self.monitor} for {waited} epochs" if waited >= self.patience else None


class Watch(keras.callbacks.Callback):
    """Restores a run's state at its first epoch, looks at every step, and writes checkpoints."""

    def __init__(self, plan: Plan, progress: Progress, resumed: Snapshot | None, folder: Folder | None) -> None:
        super().__init__()
        self.plan, self.progress, self.folder = plan, progress, folder
        self.resumed = resumed
        self.good: Snapshot | None = None
        self.steps, self.skip, self.bar = 0, 0, Bar()
        self.written, self.cost = time.monotonic(), 0.0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Put the state of a resumed run back: Keras has built all variables and reset the metrics by now."""
        if self.resumed is not None:
            within = self.resumed.progress.step > 0
            checkpoint.put(self.model, self.resumed, ("model", "optimizer", *(["metrics"] if within else [])))
            self.resumed = None
        if self.good is None:
            self.good = checkpoint.take(self.model, self.progress, self.plan.fingerprint)

    def on_train_batch_end(self, batch: int, logs: Mapping[str, float] | None = None) -> None:
        """Stop at a loss that is no number; show the step; write a checkpoint where it is time."""
        step = self.skip + batch + 1
        if not math.isfinite((logs or {}).get("loss", 0.0)):
            _sync(self.model)
            raise self.diverged(f"the loss is {(logs or {})['loss']} at step {step} of epoch {self.progress.epoch + 1}")
        self.progress.step = step
        self.bar.step(step, logs or {})
        if self.folder is None or step >= self.steps:
            return
        if time.monotonic() - self.written >= max(self.plan.checkpoint_every, COST * self.cost):
            _sync(self.model)
            self.keep()

    def keep(self) -> None:
        """Take the state, look whether it is sound, and write it."""
        began = time.monotonic()
        self.write(self.sound())
        self.cost = time.monotonic() - began

    def sound(self) -> Snapshot:
        """Take the state; nothing that is kept is ever replaced by weights that are no numbers."""
        snapshot = checkpoint.take(self.model, self.progress, self.plan.fingerprint)
        if not checkpoint.is_finite(snapshot):
            where = f"step {self.progress.step} of epoch {self.progress.epoch + 1}"
            raise self.diverged(f"a weight is no number after {where}")
        self.good = snapshot
        return snapshot

    def write(self, snapshot: Snapshot) -> None:
        """Write the checkpoint, where the run has a folder."""
        if self.folder is not None:
            checkpoint.write(self.folder.path, snapshot)
        self.written = time.monotonic()

    def diverged(self, what: str) -> Diverged:
        """Give the model its last good weights back, and say what happened and what to try."""
        if self.good is not None:
            checkpoint.put(self.model, self.good, ("model",))
        kept = f"the last good weights are back in the model{self._where()}"
        rate = float(self.plan.learning_rate)
        return Diverged(
            f"{what}: {kept}; try a learning rate of {rate / 10:g} instead of {rate:g}, clip the gradient "
            "(clipnorm=1.0 of the optimizer), or look for images that are not scaled or not finite"
        )

    def _where(self) -> str:
        return f" and in {self.folder.path / checkpoint.NAME}" if self.folder is not None else ""


def train(
    model: keras.Model,
    epoch_batches: Callable[[int, int], Batches],
    steps: int,
    validation: Batches | None,
    plan: Plan,
    resumed: Snapshot | None,
    folder: Folder | None,
    bar: Bar,
) -> Progress:
    """Train from where `resumed` was, or from the start. `epoch_batches(epoch, skip)` gives an epoch's batches."""
    progress = resumed.progress if resumed else Progress()
    progress.stopped = plan.reason_to_stop(progress.history)
    watch = Watch(plan, progress, resumed, folder)
    watch.bar, watch.steps = bar, steps
    if resumed and (progress.stopped or progress.epoch >= plan.epochs):
        checkpoint.put(model, resumed, ("model",))
    earlier, began = progress.seconds, time.monotonic()
    while progress.epoch < plan.epochs and not progress.stopped:
        epoch, watch.skip = progress.epoch, progress.step
        bar.start(epoch, progress.step)
        _set_rate(model, plan, progress)
        row = _one_epoch(model, epoch_batches(epoch, progress.step), epoch, validation, watch)
        progress.seconds = earlier + time.monotonic() - began
        _finish(model, row, plan, progress, watch)
        bar.end(epoch, row)
    return progress


def _one_epoch(
    model: keras.Model, batches: Batches, epoch: int, validation: Batches | None, watch: Watch
) -> dict[str, float]:
    done = model.fit(
        batches.for_keras(),
        initial_epoch=epoch,
        epochs=epoch + 1,
        validation_data=None if validation is None else validation.for_keras(),
        callbacks=[watch],
        shuffle=False,
        verbose=0,
    )
    return {name: float(numbers[-1]) for name, numbers in done.history.items()}


def _finish(model: keras.Model, row: dict[str, float], plan: Plan, progress: Progress, watch: Watch) -> None:
    """Write what the epoch brought: first what people look at, last the checkpoint, from which all can be redone."""
    bad = [name for name, value in row.items() if "loss" in name and not math.isfinite(value)]
    if bad:
        raise watch.diverged(f"{bad[0]} is {row[bad[0]]} after epoch {progress.epoch + 1}")
    row["learning_rate"] = float(keras.ops.convert_to_numpy(model.optimizer.learning_rate))
    progress.history.append(row)
    if plan.monitor not in row:
        raise ValueError(f"there is no metric {plan.monitor!r} to monitor: choose from {', '.join(row)}")
    progress.stopped = plan.reason_to_stop(progress.history)
    snapshot = watch.sound()
    progress.epoch, progress.step = progress.epoch + 1, 0
    if watch.folder is not None:
        watch.folder.after_epoch(model, progress.history, plan.best_epoch(progress.history) == len(progress.history))
    watch.write(snapshot)


def _set_rate(model: keras.Model, plan: Plan, progress: Progress) -> None:
    """Set the epoch's rate, which follows from the epochs before; a schedule of steps sets its own."""
    if plan.recipe is None or plan.recipe.cosine:
        return
    factor = plan.recipe.factor(plan.monitored(progress.history), plan.bigger_is_better)
    model.optimizer.learning_rate = plan.learning_rate * factor


def _sync(model: keras.Model) -> None:
    """JAX trains on copies of the variables: bring them up to date before they are read."""
    if keras.backend.backend() == "jax":
        model.jax_state_sync()
