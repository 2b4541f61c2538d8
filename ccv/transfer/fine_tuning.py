"""Fine-tuning in stages: the head first, then more and more of the backbone, with lower rates further below."""

import contextlib
import math
import numbers
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import keras

from ccv.checks import check_number, check_whole
from ccv.devices.machine import describe
from ccv.devices.normalizing import fused_batch_norm
from ccv.feeding.labels import label_problem
from ccv.graph import layers_within
from ccv.losses import class_count, loss_for
from ccv.optimizers import LayerwiseAdam
from ccv.transfer import batches
from ccv.transfer.extraction import extractor, features, train_head
from ccv.transfer.freezing import assert_frozen, freeze, layers_below, unfreeze
from ccv.transfer.graph import HEAD, all_layers, check_classifier
from ccv.transfer.layerwise import layerwise_rates, stage_of_layer
from ccv.transfer.scaling import forget_noise, has_head, measured, scale_layer, scaled_head

HEAD_RATE, RATE = 1e-2, 1e-3  # of a head on scaled features, and of the network


@dataclass(frozen=True)
class Stage:
    """One stage as it went: from where on the network trained, with what rates, and what stood still."""

    since: str
    epochs: int
    rates: dict[str, float]
    trained: int
    frozen: int
    seconds: float
    history: dict[str, list[float]]

    def __str__(self) -> str:
        rates = ", ".join(f"{group} {rate:.2g}" for group, rate in reversed(self.rates.items()))
        last = ", ".join(f"{name} {values[-1]:.3f}" for name, values in self.history.items() if values)
        return (
            f"since {self.since}: {self.epochs} epochs, {self.seconds:.1f} s, {self.trained:,} parameters at {rates}; "
            f"{self.frozen:,} stood still; {last}"
        )


@dataclass(frozen=True)
class FineTuned:
    """What `fine_tune` did, stage by stage; prints as a line each."""

    stages: list[Stage] = field(default_factory=list)

    @property
    def history(self) -> dict[str, list[float]]:
        """Every metric over all epochs, as `ccv.plots.learning_curves` takes it."""
        names = list(dict.fromkeys(name for stage in self.stages for name in stage.history))
        whole = [name for name in names if all(name in stage.history for stage in self.stages)]
        return {name: [value for stage in self.stages for value in stage.history[name]] for name in whole}

    def __str__(self) -> str:
        return "\n".join(map(str, self.stages))


def fine_tune(
    model: keras.Model,
    data: Any,
    *,
    stages: Sequence[str] = (HEAD, "all"),
    epochs: int | Sequence[int] = 10,
    learning_rate: float | Sequence[float] | None = None,
    warmup: float = 0.1,
    layerwise_decay: float = 0.5,
    batch_norm: bool = False,
    batch_size: int = 32,
    validation: Any = None,
    seed: int = 0,
    verbose: int = 0,
) -> FineTuned:
    """Train a classifier stage by stage: `stages=("head", "stage3", "all")` opens a little more each time.

    A stage names where training begins, as `unfreeze(since=...)` takes it, or "all". Each has its own new optimizer
    and compile, since Keras's old ones know only the old variables. The rate rises over `warmup` of a stage's steps,
    then falls along a cosine; a stage of the network learns at `layerwise_decay` times the rate of the one above it.
    BatchNormalization stays in inference mode unless `batch_norm=True`. At the end of each stage what was frozen is
    proved to have stood still. A head of `with_head` trains on whitened features, and
    begins at zero where it is worse than guessing. Where nothing random lies below it, "head" trains on features
    computed once.

    Args:
        model: of `with_head`, or another flat classifier.
        data: splits (whose validation is used), a `tf.data.Dataset` of single pairs, a `PyDataset` of batches, or
            `(images, labels)`. Vectors as labels, such as mixing images makes, are understood; a model that ends in a
            sigmoid for each class takes those that name several classes, or none.
        epochs, learning_rate: one number, or one for each stage. A rate of None is 0.01 for "head", whose features
            are whitened, and 0.001 for the network.
        batch_norm: True lets statistics, gamma and beta move as well; a network of random weights, trained from scratch
            with `stages="all"`, needs it.
        validation: measured after each epoch; it changes nothing.
        seed: of the order of the images. Dropout follows `keras.utils.set_random_seed`.
        verbose: as in Keras's `fit`.

    Raises ValueError or TypeError, in one sentence and before anything is changed, for arguments that do not fit.
    Source: Howard, Ruder 2018, sections 3.2 and 3.3 (discriminative rates, gradual unfreezing).
    """
    check_classifier(model)
    train = batches.checked(batches.part(data, "train"), model)
    if validation is None and hasattr(data, "train"):
        validation = data.validation
    held_out = None if validation is None else batches.checked(validation, model)
    for part in (train, held_out):
        if part is not None:
            batches.check_labels(part, model)
    check_whole("batch_size", batch_size)
    check_whole("seed", seed, 0)
    plan = _plan(model, stages, epochs, learning_rate)
    check_number("warmup", warmup, lambda share: 0 <= share <= 0.9, "from 0 to 0.9")
    check_number("layerwise_decay", layerwise_decay, lambda factor: 1e-6 <= factor <= 1, "from 1e-6 to 1")
    steps = batches.steps(train, batch_size)
    if not steps:
        raise ValueError("the dataset is empty: there is nothing to train on")
    done = FineTuned()
    for number, (since, count, rate) in enumerate(plan):
        began = time.monotonic()
        unfreeze(freeze(model), _since(since), batch_norm=batch_norm)
        schedule = warm_cosine(rate, steps * count, warmup)
        rates = layerwise_rates(model, layerwise_decay)
        loss, metrics = loss_for(model, batches.width(train))
        model.compile(LayerwiseAdam(schedule, rates), loss, metrics=metrics, jit_compile=describe().jit)
        with assert_frozen(model) if _is_frozen(model) else contextlib.nullcontext():
            if since == HEAD and held_out is None and _can_cache(model, train):
                history = _fit_head(model, train, count, schedule, batch_size, seed + number)
            elif since == HEAD and has_head(model):
                history = _fit_scaled(model, train, held_out, count, batch_size, seed + number, verbose)
            else:
                history = _fit(model, train, held_out, count, batch_size, seed + number, verbose)
        done.stages.append(_stage(model, since, count, rate, rates, began, history))
    return done


def warm_cosine(rate: float, steps: int, warmup: float) -> keras.optimizers.schedules.LearningRateSchedule:
    """Return a schedule that rises to `rate` over a share of the steps and falls to nothing along a cosine."""
    rising = round(warmup * steps)
    if not rising:
        return keras.optimizers.schedules.CosineDecay(rate, max(1, steps))
    return keras.optimizers.schedules.CosineDecay(
        rate / (rising + 1), max(1, steps - rising), warmup_target=rate, warmup_steps=rising
    )


def _plan(model: keras.Model, stages: Any, epochs: Any, learning_rate: Any) -> list[tuple[str, int, float]]:
    """Return (stage, epochs, rate) of each; an unknown name is refused here, before anything is changed."""
    names = (stages,) if isinstance(stages, str) else tuple(stages) if isinstance(stages, Sequence) else ()
    if not names or not all(isinstance(name, str) for name in names):
        raise TypeError(f"stages={stages!r} must name where training begins, as in ('head', 'stage3', 'all')")
    below_head = layers_below(model, HEAD)
    for name in names:
        below = {id(layer) for layer in layers_below(model, _since(name))}
        if name != HEAD and not any(getattr(layer, "weights", ()) for layer in below_head if id(layer) not in below):
            warnings.warn(
                f"{name!r} opens nothing of {model.name} but its head: no layer from there on has weights, as where a "
                "network ends in a pooling; name a stage further below",
                stacklevel=3,
            )
    if learning_rate is None:
        learning_rate = [HEAD_RATE if name == HEAD and has_head(model) else RATE for name in names]
    return list(zip(names, _each("epochs", epochs, names), _each("learning_rate", learning_rate, names), strict=True))


def _fit(
    model: keras.Model, train: Any, held_out: Any, epochs: int, batch_size: int, seed: int, verbose: int
) -> dict[str, list[float]]:
    given = batches.batches(train, batch_size, seed, model)
    validation = None if held_out is None else batches.batches(held_out, batch_size, model=model)
    # Keras would shuffle the batches once more, by a seed of its own.
    how = {"epochs": epochs, "validation_data": validation, "verbose": verbose, "shuffle": False}
    with fused_batch_norm(model):
        return _told_label(model, lambda: model.fit(given, **how).history)


def _told_label(model: keras.Model, run: Callable[[], Any]) -> Any:
    """Run, and say a label out of range in a sentence."""
    try:
        return run()
    except Exception as problem:
        wrong = label_problem(problem, class_count(model))
        if wrong is None:
            raise
        raise ValueError(wrong) from None


def _fit_scaled(
    model: keras.Model, train: Any, held_out: Any, epochs: int, batch_size: int, seed: int, verbose: int
) -> dict[str, list[float]]:
    """Train the head on images, its features scaled: by a model that shares every layer with the given one."""
    below = extractor(model)
    mean, matrix = measured(below, train, batch_size)
    with scaled_head(model, mean, matrix) as head:
        scaled = scale_layer(mean, matrix)(below.outputs[0])
        twin = keras.Model(model.inputs, head(scaled), name=model.name)
        loss, metrics = loss_for(model, batches.width(train))
        twin.compile(model.optimizer, loss, metrics=metrics, jit_compile=describe().jit)
        given = batches.batches(train, batch_size, model=model)
        forget_noise(model, _told_label(model, lambda: twin.evaluate(given, verbose=0)[0]))
        return _fit(twin, train, held_out, epochs, batch_size, seed, verbose)


def _fit_head(
    model: keras.Model, train: Any, epochs: int, schedule: Any, batch_size: int, seed: int
) -> dict[str, list[float]]:
    made, labels = features(model, train)
    return train_head(model, made, labels, epochs=epochs, learning_rate=schedule, batch_size=batch_size, seed=seed)


def _stage(
    model: keras.Model, since: str, epochs: int, rate: float, multipliers: dict[str, float], began: float, history: Any
) -> Stage:
    groups = stage_of_layer(model)
    moving = [(layer, w) for layer in all_layers(model) for w in layer.trainable_weights]
    rates = {groups[layer.name]: rate * multipliers[weight.path] for layer, weight in moving}
    trained = sum(math.prod(weight.shape) for _, weight in moving)
    return Stage(since, epochs, rates, trained, model.count_params() - trained, time.monotonic() - began, dict(history))


def _since(stage: str) -> str | None:
    return None if stage == "all" else stage


def _is_frozen(model: keras.Model) -> bool:
    return any(layer.weights and not layer.trainable for layer in layers_within(model, include_self=False))


def _can_cache(model: keras.Model, train: Any) -> bool:
    """Whether each image has the same features in every epoch: plain arrays, and nothing random below the head."""
    named = any(layer.name == f"{HEAD}_pool" for layer in model.layers)
    below = layers_below(model, HEAD)
    return named and isinstance(train, tuple) and not any(map(_is_random, below))


def _is_random(layer: Any) -> bool:
    """Whether a layer draws: beside its weights it then has the state of a generator, as Dropout and RandomFlip do."""
    return len(getattr(layer, "variables", ())) > len(getattr(layer, "weights", ()))


def _each(name: str, value: Any, stages: Sequence[str]) -> list[Any]:
    values = list(value) if isinstance(value, Sequence) else [value] * len(stages)
    if len(values) != len(stages) or not stages:
        raise ValueError(f"{name}={value!r} must be one number, or one for each of the {len(stages)} stages {stages}")
    whole = name == "epochs"
    for number in values:
        good = isinstance(number, numbers.Integral if whole else numbers.Real) and not isinstance(number, bool)
        if not good or not 0 < number < math.inf:
            raise ValueError(f"{name}={value!r} must hold {'whole numbers' if whole else 'numbers'} above 0")
    return values
