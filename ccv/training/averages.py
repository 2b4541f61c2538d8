"""Batch normalisation's moving averages: they judge the images held out, and lag behind in a short run."""

import logging
import math
from collections.abc import Mapping, Sequence
from typing import Any

import keras

from ccv.graph import layers_within

STALE = 0.05  # of the averages that may still be their start at the end of a run
STEPS = 16  # batches of training images that are looked at again when a run ends
WORSE = 1.5  # times the loss with the averages may be that of the last epoch

log = logging.getLogger("ccv.training")


def lag(model: keras.Model, steps: int) -> float:
    """Return the share of the moving averages that is still their start after so many steps; 0 where none moves.

    Each step keeps `momentum` of what was there: .99 leaves 37 % after 100 steps and 5 % after 300.
    """
    return float(_slowest(model) ** steps)


def tell(model: keras.Model, steps: int) -> None:
    """Warn where a run is too short for the averages, and say how long is long enough."""
    share = lag(model, steps)
    if share <= STALE:
        return
    momentum = _slowest(model)
    log.warning(
        "batch normalisation averages with momentum %g, and after the %d steps of this run %.0f %% of what validation "
        "normalises with is still its start: validation lags behind training; give it %d steps or more (epochs, or a "
        "smaller batch size)",
        *(momentum, steps, 100 * share, math.ceil(math.log(STALE) / math.log(momentum))),
    )


def note(model: keras.Model, history: Sequence[Mapping[str, float]], batches: Any, steps: int) -> str | None:
    """Return a sentence where the averages hide what a run has learnt, or None.

    With them the images that were trained on are judged as those for validation: where of what the training loss fell
    less than half is left, it is no overfitting. `batches` are some of those images, not augmented.
    """
    losses = [row["loss"] for row in history if "loss" in row]
    if len(losses) < 2 or not lag(model, 1):
        return None
    seen = float(model.evaluate(batches, steps=min(steps, STEPS), return_dict=True, verbose=0)["loss"])
    first, last = losses[0], losses[-1]
    if not first > last or seen <= WORSE * last or seen - last <= (first - last) / 2:
        return None
    return (
        f"batch normalisation's averages lag behind: with them, as validation has it, images that were trained on have "
        f"a loss of {seen:.3g}, and {last:.3g} in training: validation says less than was learnt; give the averages "
        f"(momentum {_slowest(model):g}) more steps, or build the network with a smaller momentum"
    )


def _slowest(model: keras.Model) -> float:
    """The largest momentum of a batch normalisation that moves; 0 where there is none."""
    layers = layers_within(model, include_self=False)
    moving = (x.momentum for x in layers if isinstance(x, keras.layers.BatchNormalization) and x.trainable)
    return max((float(momentum) for momentum in moving if momentum < 1), default=0.0)
