"""Watches a network being trained by whatever loop: `fit`, `train_on_batch`, or gradients and an optimizer by hand.

For drivers, which run beside the student's code; what it says is that process's word and no proof (see `measured`)::

    with watched_training(network, steps_per_epoch=20) as seen:
        trained = train(network, images, labels, epochs)
    return {"steps": seen.steps, "epochs": seen.snapshots}
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

MOST_SNAPSHOTS = 50


@dataclass
class Training:
    """What was seen of a network's training."""

    network: Any
    steps_per_epoch: int
    snapshots: list[list[np.ndarray]] = field(default_factory=list)  # its weights after each epoch
    losses: list[Any] = field(default_factory=list)  # Keras's loss objects that were called
    _optimizers: list[Any] = field(default_factory=list)

    @property
    def steps(self) -> int:
        """How often optimizers have moved weights."""
        return sum(int(optimizer.iterations) for optimizer in self._optimizers)

    @property
    def from_logits(self) -> bool | None:
        """Whether the last loss takes logits; None where no loss of Keras's says so."""
        said = [loss.from_logits for loss in self.losses if hasattr(loss, "from_logits")]
        return bool(said[-1]) if said else None

    def note_epoch(self) -> None:
        """Keep the weights as they are now."""
        if len(self.snapshots) < MOST_SNAPSHOTS:
            self.snapshots.append(self.network.get_weights())


@contextmanager
def watched_training(network: Any, steps_per_epoch: int) -> Iterator[Training]:
    """Watch what is done to a network until the block ends.

    Args:
        network: a Keras model.
        steps_per_epoch: after so many steps of a loop of one's own, an epoch is over.
    """
    from keras.losses import Loss
    from keras.optimizers import Optimizer

    seen = Training(network, steps_per_epoch)
    originals = [
        (Optimizer, "build", _noting_optimizer(Optimizer.build, seen)),
        (Optimizer, "apply", _noting_steps(Optimizer.apply, seen)),
        (Loss, "__call__", _noting_loss(Loss.__call__, seen)),
    ]
    kept = [(owner, name, owner.__dict__.get(name)) for owner, name, _ in originals]
    for owner, name, stand_in in originals:
        setattr(owner, name, stand_in)
    network.fit, network.train_on_batch = _fit(network.fit, seen), _train_on_batch(network.train_on_batch, seen)
    try:
        yield seen
    finally:
        del network.fit, network.train_on_batch
        for owner, name, original in kept:
            if original is None:
                delattr(owner, name)
            else:
                setattr(owner, name, original)


def _noting_optimizer(build: Callable, seen: Training) -> Callable:
    @functools.wraps(build)
    def noting(optimizer: Any, variables: Any) -> Any:
        if all(optimizer is not known for known in seen._optimizers):
            seen._optimizers.append(optimizer)
        return build(optimizer, variables)

    return noting


def _noting_steps(apply: Callable, seen: Training) -> Callable:
    """Note the end of each epoch of a loop that applies gradients itself, where it is plain Python."""

    @functools.wraps(apply)
    def noting(optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        result = apply(optimizer, *args, **kwargs)
        try:
            steps = int(optimizer.iterations)
        except Exception:  # while a function is compiled, variables have no values
            return result
        if steps == seen.steps_per_epoch * (len(seen.snapshots) + 1):
            seen.note_epoch()
        return result

    return noting


def _noting_loss(call: Callable, seen: Training) -> Callable:
    @functools.wraps(call)
    def noting(loss: Any, *args: Any, **kwargs: Any) -> Any:
        if all(loss is not known for known in seen.losses[-8:]):
            seen.losses.append(loss)
        return call(loss, *args, **kwargs)

    return noting


def _fit(fit: Callable, seen: Training) -> Callable:
    def noting(*args: Any, callbacks: Any = None, **options: Any) -> Any:
        import keras

        note = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.note_epoch())
        given = list(callbacks) if isinstance(callbacks, list | tuple) else [callbacks] if callbacks else []
        return fit(*args, callbacks=[*given, note], **options)

    return noting


def _train_on_batch(train_on_batch: Callable, seen: Training) -> Callable:
    calls = 0

    def noting(*args: Any, **options: Any) -> Any:
        nonlocal calls
        result = train_on_batch(*args, **options)
        calls += 1
        if calls == seen.steps_per_epoch * (len(seen.snapshots) + 1):
            seen.note_epoch()
        return result

    return noting
