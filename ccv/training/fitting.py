"""One run of `fit`: what follows from its arguments, in the order in which it is needed."""

import weakref
from pathlib import Path
from typing import Any

import keras

from ccv import devices
from ccv.devices import feed
from ccv.devices.examples import Examples
from ccv.devices.labels import one_hot
from ccv.training import checkpoint
from ccv.training.arguments import Options, check_images, items, name_of, options_of
from ccv.training.augmentation import augmentation
from ccv.training.bar import progress_bar
from ccv.training.loop import Plan, train
from ccv.training.losses import class_count, loss_for
from ccv.training.opening import alone_in, open_folder
from ccv.training.recipes import find_recipe
from ccv.training.run import Run, columns
from ccv.training.seeds import seed_layers
from ccv.training.telling import told
from ccv.training.worker import shortened, spread

BATCH = 32
OURS: Any = weakref.WeakSet()  # optimizers that fit made: a model that has one keeps no optimizer of its owner's
CHOSEN: Any = weakref.WeakSet()  # and those of them that were compiled with a loss that fit chose as well


class Fitting:
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
        self.augment = augmentation(options.augment, options.seed, self.classes, training.label)
        if self.classes:
            for examples in filter(None, (training, held_out)):
                examples.check_labels(self.classes)
            if held_out is not None and held_out.label_width not in (None, 1) and not self._soft():
                raise ValueError(
                    f"the labels for validation are vectors {held_out.label}, those for training integers: make them "
                    "alike"
                )

    def run(self, out: str | Path | None, resume: bool, overwrite: bool, verbose: bool | None) -> Run:
        """Train, and keep the folder `out` up to date meanwhile."""
        self._compile(self.user_model)
        with alone_in(out, self.strategy.process == 0):
            return self._run(self._plan(), out, resume, overwrite, verbose)

    def _run(self, plan: Plan, out: str | Path | None, resume: bool, overwrite: bool, verbose: bool | None) -> Run:
        options, model = self.options, self.user_model
        folder, resumed = open_folder(out, model, plan.fingerprint, resume, overwrite, self.strategy.process == 0)
        if resumed is None:
            seed_layers(model, options.seed)
        with spread(model, self.strategy, options.seed) as worker, shortened(worker, self._policy()):
            if resumed:
                checkpoint.build_all(worker, *feed.shapes(self._batches(0, 0), self.batch_size))
            with told(folder, self._facts(plan), self.classes) as ended:
                with progress_bar(verbose, options.epochs, self.steps, self.batch_size) as bar:
                    progress = train(worker, self._batches, self.steps, self._validation(), plan, resumed, folder, bar)
                ended.update(status=progress.stopped or "done", seconds=round(progress.seconds, 2))
        best = plan.best_epoch(progress.history)
        place = None if out is None else Path(out).expanduser()
        history = columns(progress.history)
        return Run(model, history, plan.monitor, best, progress.seconds, progress.stopped, place)

    def _build(self) -> None:
        if not self.user_model.built:
            self.user_model.build((None, *self.training.image))
        check_images(self.user_model, self.training.image)

    def _class_count(self) -> int | None:
        """How many classes labels may name; None where a compiled model's own loss decides what a label is."""
        outputs = self.user_model.outputs
        if len(outputs) != 1 or len(outputs[0].shape) != 2 or len(self.training.label) > 1:
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
        if self.held_out.label_width not in (None, 1) or self.classes is None:
            return batches
        batches = feed.prepared(batches, 0, None, self.classes)
        return one_hot(batches, self.classes) if self._soft() else batches

    def _compile(self, model: keras.Model) -> None:
        if self.own_optimizer:
            return
        assert self.recipe is not None
        optimizer = self.recipe.new_optimizer(self.options.learning_rate, self.steps * self.options.epochs)
        jit = self.machine.jit if self.options.jit_compile is None else self.options.jit_compile
        how = {"optimizer": optimizer, "jit_compile": jit}
        OURS.add(optimizer)
        if model.compiled and model.optimizer not in CHOSEN:
            model.compile(**{**model._compile_config.config, **how})
            return
        if len(self.training.label) > 1:
            raise ValueError(
                f"a label of the training data is {self.training.label}, which is no class: compile {model.name} with "
                "a loss of its own before fit, as in model.compile(loss=...)"
            )
        CHOSEN.add(optimizer)
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
            "options of augment": options_of(self.options.augment),
            "class_names": self.names["class_names"],
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
