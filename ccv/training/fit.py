"""`fit`: trains a network so that the run can be looked at, repeated, and gone on with."""

import contextlib
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras

from ccv import devices
from ccv.devices import feed
from ccv.devices.feed import Examples
from ccv.training import checkpoint
from ccv.training.arguments import Options, check, examples_of, items, name_of
from ccv.training.augmentation import augmentation
from ccv.training.bar import progress_bar
from ccv.training.loop import Diverged, Plan, train
from ccv.training.losses import class_count, loss_for
from ccv.training.opening import open_folder
from ccv.training.recipes import Recipe, find_recipe
from ccv.training.run import Folder, Run, columns
from ccv.training.seeds import seed_layers, seeded
from ccv.training.worker import shortened, spread

BATCH = 32
OURS: Any = weakref.WeakSet()  # optimizers that fit made: a model that has one was not compiled by its owner


def fit(
    model: keras.Model,
    data: Any,
    *,
    epochs: int,
    validation: Any = None,
    out: str | Path | None = None,
    recipe: str | Recipe | None = None,
    batch_size: int | None = None,
    learning_rate: float | None = None,
    augment: Any = None,
    seed: int = 0,
    resume: bool = False,
    overwrite: bool = False,
    patience: int | None = None,
    monitor: str | None = None,
    checkpoint_every: float = 60.0,
    mixed_precision: bool | None = None,
    jit_compile: bool | None = None,
    deterministic: bool = False,
    strategy: devices.Strategy | None = None,
    verbose: bool | None = None,
) -> Run:
    """Train `model` on `data`, in place, and return how it went.

    Args:
        model: one input of images, one output `(batch, classes)`. Its last activation and the labels decide the loss;
            a model that is compiled keeps its own loss and metrics, and its optimizer unless a `recipe` is named.
        data: what `ccv.data.splits` returns; or a `tf.data.Dataset` of single `(image, label)` pairs; or two arrays,
            images `(count, height, width, channels)` and labels `(count,)` or `(count, classes)`.
        epochs: how often all images are seen.
        validation: the same kinds; None takes the splits' own.
        out: a folder for `run.json`, `log.csv`, `curves.png`, `best.keras`, `last.keras` and `checkpoint.npz`, and
            TensorBoard's events where it is installed.
        recipe: a name of `list_recipes()`, or a `Recipe`; None is "adam", or the optimizer of a compiled model.
        batch_size: images a step, over all devices and processes; None is the recipe's.
        learning_rate: in place of the recipe's.
        augment: a name of `ccv.augment`, a pipeline of it, or `(images, labels, index) -> (images, labels)` for a
            batch in tf.data, whose draws depend on `index` alone: it counts the batches of the whole run.
        seed: of the order, the augmentation, the dropout, and the weights of a model that is not built yet.
        resume: go on where a run in `out` stopped, however it did; from the start where it has not begun.
        overwrite: replace a run that is in `out`.
        patience: stop after so many epochs without a better `monitor`; None never does.
        monitor: the metric that decides what is best; None is "val_loss", or "loss" without validation.
        checkpoint_every: seconds between checkpoints within an epoch; one is written at each epoch's end too.
        mixed_precision, jit_compile: None is where the device gains (`ccv.devices.describe()`).
        deterministic: the same sums in the same order on TensorFlow, so that two runs are equal bit for bit; slower.
        strategy: None is `ccv.devices.strategy()`: all GPUs, TPUs or processes.
        verbose: None shows a progress bar at a terminal and nothing elsewhere; True prints a line an epoch there.

    Raises:
        ValueError, TypeError: an argument, the data, a label or the folder does not fit; what is on the disk is kept.
        Diverged: the loss is no number any more; the model has its last good weights.
        OSError: `out` cannot be written, or the disk is full; the last checkpoint is whole.
    """
    options = Options(
        epochs, recipe, batch_size, learning_rate, augment, seed, patience, monitor, checkpoint_every, mixed_precision,
        jit_compile, deterministic,
    )  # fmt: skip
    check(options)
    training, held_out, names = examples_of(data, validation)
    if resume and out is None:
        raise ValueError("resume=True needs out=, the folder of the run to go on with")
    with seeded(seed), devices.deterministic(deterministic):
        return _Fit(model, training, held_out, names, options, strategy).run(out, resume, overwrite, verbose)


class _Fit:
    """One call of `fit`: what follows from its arguments, in the order in which it is needed."""

    def __init__(
        self, model: Any, training: Examples, held_out: Examples | None, names: dict[str, Any], options: Options,
        strategy: devices.Strategy | None,
    ) -> None:  # fmt: skip
        self.user_model, self.training, self.held_out = model, training, held_out
        self.names, self.options = names, options
        self.own_optimizer = bool(model.compiled) and options.recipe is None and model.optimizer not in OURS
        if self.own_optimizer and (options.learning_rate is not None or options.mixed_precision):
            given = "mixed_precision" if options.mixed_precision else "learning_rate"
            raise ValueError(f"{model.name} is compiled and keeps its optimizer: name a recipe to set {given}")
        self.recipe = None if self.own_optimizer else find_recipe(options.recipe or "adam")
        self.batch_size = options.batch_size or (self.recipe.batch_size if self.recipe else BATCH)
        self.strategy = strategy or devices.strategy()
        if self.batch_size % self.strategy.replicas:
            raise ValueError(f"batch_size={self.batch_size} must divide by the {self.strategy.replicas} devices")
        self.machine = devices.describe()
        self.steps = training.steps(self.batch_size, self.strategy)
        self._build()
        self.classes = self._class_count()
        self.augment = augmentation(options.augment, options.seed, self.classes)
        if self.classes:
            for examples in filter(None, (training, held_out)):
                examples.check_labels(self.classes)

    def run(self, out: str | Path | None, resume: bool, overwrite: bool, verbose: bool | None) -> Run:
        options, model = self.options, self.user_model
        self._compile(model)
        plan = self._plan()
        folder, resumed = open_folder(out, model, plan.fingerprint, resume, overwrite, self.strategy.process == 0)
        if resumed is None:
            seed_layers(model, options.seed)
        with spread(model, self.strategy, options.seed) as worker, shortened(worker, self._policy()):
            if resumed:
                checkpoint.build_all(worker, *feed.shapes(self._batches(0, 0), self.batch_size))
            with self._told(folder, self._facts(plan)) as told:
                with progress_bar(verbose, options.epochs, self.steps, self.batch_size) as bar:
                    progress = train(worker, self._batches, self.steps, self._validation(), plan, resumed, folder, bar)
                told.update(status=progress.stopped or "done", seconds=round(progress.seconds, 2))
        best = plan.best_epoch(progress.history)
        place = None if out is None else Path(out).expanduser()
        history = columns(progress.history)
        return Run(model, history, plan.monitor, best, progress.seconds, progress.stopped, place)

    def _build(self) -> None:
        if not self.user_model.built:
            self.user_model.build((None, *self.training.image))
        wanted = self.user_model.input_shape
        if not isinstance(wanted, tuple) or len(wanted) != 4:
            return
        for side, got in zip(wanted[1:], self.training.image, strict=True):
            if side not in (None, got):
                raise ValueError(
                    f"the images are {self.training.image} (height, width, channels), {self.user_model.name} takes "
                    f"{wanted[1:]}: build it for them, or resize them, as by ccv.data.splits(..., size={wanted[1]})"
                )

    def _class_count(self) -> int | None:
        """How many classes labels may name; None where a compiled model's own loss decides what a label is."""
        outputs = self.user_model.outputs
        if len(outputs) != 1 or len(outputs[0].shape) != 2:
            return None
        return class_count(self.user_model)

    def _soft(self) -> bool:
        """Whether the labels that reach the model are vectors, given or made so by the augmentation."""
        if self.training.label_width not in (None, 1):
            return True
        if self.augment is None:
            return False
        return len(self._batches(0, 0).element_spec[1].shape) == 2 and self.training.label_width is None

    def _batches(self, epoch: int, skip: int) -> Any:
        raw = self.training.epoch(self.options.seed, epoch, self.batch_size, skip, self.strategy)
        classes = self.classes if self.training.label_width in (None, 1) else None
        return feed.prepared(raw, epoch * self.steps + skip, self.augment, classes)

    def _validation(self) -> Any:
        if self.held_out is None:
            return None
        batches = self.held_out.in_order(self.batch_size, self.strategy)
        if self.held_out.label_width is not None or self.classes is None:
            return batches
        batches = feed.prepared(batches, 0, None, self.classes)
        return feed.one_hot(batches, self.classes) if self._soft() else batches

    def _compile(self, model: keras.Model) -> None:
        if self.own_optimizer:
            return
        assert self.recipe is not None
        optimizer = self.recipe.new_optimizer(self.options.learning_rate, self.steps * self.options.epochs)
        jit = self.machine.jit_compile if self.options.jit_compile is None else self.options.jit_compile
        how = {"optimizer": optimizer, "jit_compile": "auto" if jit and self.options.jit_compile is None else jit}
        ours = model.compiled and model.optimizer in OURS
        OURS.add(optimizer)
        if model.compiled and not ours:
            model.compile(**{**model._compile_config.config, **how})
            return
        width = self.classes if self._soft() else self.training.label_width
        loss, metrics = loss_for(model, width)
        model.compile(loss=loss, metrics=metrics, **how)

    def _plan(self) -> Plan:
        options = self.options
        rate = float(keras.ops.convert_to_numpy(self.user_model.optimizer.learning_rate))
        if self.recipe is not None:
            rate = self.recipe.learning_rate if options.learning_rate is None else options.learning_rate
        monitor = options.monitor or ("val_loss" if self.held_out else "loss")
        every = options.checkpoint_every
        return Plan(
            options.epochs, self.recipe, rate, monitor, options.patience, every, self._fingerprint(monitor, rate)
        )

    def _fingerprint(self, monitor: str, rate: float) -> dict[str, Any]:
        """What must be the same for a run to go on as if nothing had happened."""
        optimizer = type(self.user_model.optimizer).__name__
        found = {
            "recipe": self.recipe.name if self.recipe else f"the model's own {optimizer}",
            "learning_rate": rate,
            "batch_size": self.batch_size,
            "seed": self.options.seed,
            "augment": name_of(self.options.augment),
            "monitor": monitor,
            "images": self.training.count,
            "image": list(self.training.image),
            "validation images": self.held_out.count if self.held_out else 0,
            "precision": self._policy(),
        }
        if self.recipe and self.recipe.cosine:  # its rate depends on how long the run is
            found["epochs"] = self.options.epochs
        return found

    def _policy(self) -> str:
        """The dtype policy: shorter numbers where the device gains; a compiled model keeps what it was built with."""
        if self.own_optimizer or self.options.mixed_precision is False:
            return "float32"
        gained = self.machine.precision
        return gained if gained != "float32" or not self.options.mixed_precision else "mixed_bfloat16"

    @contextlib.contextmanager
    def _told(self, folder: Folder | None, facts: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Keep run.json up to date, and say a label that is out of range in a sentence."""
        ended: dict[str, Any] = {"status": "running"}
        if folder:
            folder.describe(facts, **ended)
        try:
            yield ended
        except Diverged as problem:
            ended["status"] = str(problem)
            raise
        except Exception as problem:
            label = feed.bad_label(problem)
            ended["status"] = "failed"
            if label is None or self.classes is None:
                raise
            raise ValueError(feed.label_error(label, self.classes)) from None
        finally:
            if folder:
                with contextlib.suppress(OSError):  # what went wrong before is told, not this
                    folder.describe(facts, **ended)

    def _facts(self, plan: Plan) -> dict[str, Any]:
        asked = {key: name_of(value) if key in ("recipe", "augment") else value for key, value in items(self.options)}
        model = self.user_model
        return {
            "model": model.name,
            "parameters": model.count_params(),
            **self.names,
            "arguments": asked,
            "used": plan.fingerprint,
            "device": str(self.machine),
            "spread": f"{self.strategy.name}, {self.strategy.replicas} replicas, {self.strategy.processes} processes",
        }
