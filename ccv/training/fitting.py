"""One run of `fit`: what follows from its arguments, in the order in which it is needed."""

import contextlib
import weakref
from pathlib import Path
from typing import Any

import keras
import numpy as np

from ccv import devices
from ccv.feeding.examples import Batches, Examples
from ccv.graph import compiled_with
from ccv.losses import class_count
from ccv.training import averages, checkpoint
from ccv.training.arguments import Options, check_images, items, name_of
from ccv.training.augmentation import augmentation, recorded
from ccv.training.bar import progress_bar
from ccv.training.loop import Plan, train
from ccv.training.opening import alone_in, open_folder
from ccv.training.recipes import find_recipe
from ccv.training.run import Folder, Run, columns
from ccv.training.seeds import seed_layers
from ccv.training.status import status
from ccv.training.tasks import OneClass, task_of
from ccv.training.twin import shortened, spread

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
        self.batch_size = self._batch_size()
        self.strategy = strategy or devices.strategy()
        if self.batch_size % self.strategy.replicas:
            raise ValueError(f"batch_size={self.batch_size} must divide by the {self.strategy.replicas} devices")
        self.machine = devices.describe()
        self.steps = training.steps(self.batch_size, self.strategy)
        self._build()
        self.classes = self._class_count()
        self.task = self._task()
        augment = augmentation(options.augment, options.seed, self.classes, training.label)
        self.augment = None if augment is None else training.traced(augment)
        if self.classes:
            for examples in filter(None, (training, held_out)):
                examples.check_labels(self.classes, self.task.exclusive)
                self.task.check(model, examples.label_width)
            if held_out is not None and held_out.label_width not in (None, 1) and not self._soft():
                raise ValueError(
                    f"the labels for validation are vectors {held_out.label}, those for training integers: make them "
                    "alike"
                )
        self.weights = self._balance()

    def run(self, out: str | Path | None, resume: bool, overwrite: bool, verbose: bool | None) -> Run:
        """Train, and keep the folder `out` up to date meanwhile."""
        self._compile(self.user_model)
        with alone_in(out, self.strategy.process == 0):
            return self._run(self._plan(), out, resume, overwrite, verbose)

    def _run(self, plan: Plan, out: str | Path | None, resume: bool, overwrite: bool, verbose: bool | None) -> Run:
        options, model = self.options, self.user_model
        if self.held_out is not None:
            averages.tell(model, self.steps * options.epochs)
        folder, resumed = open_folder(out, model, plan.fingerprint, resume, overwrite, self.strategy.process == 0)
        if resumed is None:
            seed_layers(model, options.seed)
        with contextlib.ExitStack() as inside:
            worker = inside.enter_context(spread(model, self.strategy, options.seed))
            inside.enter_context(shortened(worker, self._policy()))
            inside.enter_context(devices.fused_batch_norm(worker))
            if resumed:
                checkpoint.build_all(worker, *self._batches(0, 0).shapes(self.batch_size))
            with status(folder, self._facts(plan), self.classes) as ended:
                with progress_bar(verbose, options.epochs, self.steps, self.batch_size) as bar:
                    progress = train(worker, self._weighted, self.steps, self._validation(), plan, resumed, folder, bar)
                note = self._note(worker, progress.history)
                ended.update(status=progress.stopped or "done", seconds=round(progress.seconds, 2), note=note)
                ended.update(chosen := self._chosen(folder, worker))
        best = plan.best_epoch(progress.history)
        place = None if out is None else Path(out).expanduser()
        history = columns(progress.history)
        return Run(model, history, plan.monitor, best, progress.seconds, progress.stopped, place, note, **chosen)

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

    def _task(self) -> OneClass:
        model = self.user_model
        return task_of(model, own_loss=self.classes is None or bool(model.compiled and model.optimizer not in CHOSEN))

    def _chosen(self, folder: Folder | None, worker: Any) -> dict[str, Any]:
        """Return what is chosen on the images held out, with the network of the best epoch where it was kept.

        Of several processes the one that writes chooses, alone: what the others do not do as well would wait for them.
        """
        if self.held_out is None or not self.task.chooses or (folder is None and self.strategy.processes > 1):
            return {}
        with devices.alone():
            return self.task.chosen(folder.best() if folder else worker, self.held_out, self._names())

    def _soft(self) -> bool:
        """Whether the labels that reach the model are vectors, given or made so by the augmentation."""
        if self.training.label_width not in (None, 1):
            return True
        if self.augment is None:
            return False
        (_, _), (label, _) = self._batches(0, 0).shapes(self.batch_size)
        return len(label) == 2 and self.training.label_width is None

    def _batches(self, epoch: int, skip: int) -> Batches:
        batches = self.training.epoch(self.options.seed, epoch, self.batch_size, skip, self.strategy)
        batches = self._checked(batches, self.training)
        return batches if self.augment is None else batches.augmented(self.augment, epoch * self.steps + skip)

    def _checked(self, batches: Batches, examples: Examples) -> Batches:
        return batches if self.classes is None else self.task.checked(batches, examples.label_width, self.classes)

    def _weighted(self, epoch: int, skip: int) -> Batches:
        batches = self._batches(epoch, skip)
        return batches if self.options.sample else self.task.weighed(batches, self.weights)

    def _validation(self) -> Batches | None:
        if self.held_out is None:
            return None
        batches = self._judged(self.held_out, self.held_out.in_order(self.batch_size, self.strategy))
        return self.task.weighed(batches, self.weights)

    def _judged(self, examples: Examples, batches: Batches) -> Batches:
        """Images as they are, with labels as the loss takes them."""
        batches = self._checked(batches, examples)
        if examples.label_width not in (None, 1) or self.classes is None or not self._soft():
            return batches
        return batches.one_hot(self.classes)

    def _note(self, worker: Any, history: list[dict[str, float]]) -> str | None:
        """Look at some images that were trained on as validation looks at its own, and tell what it hides."""
        if self.held_out is None:
            return None
        seen = self._judged(self.training, self.training.epoch(self.options.seed, 0, self.batch_size, 0, self.strategy))
        seen = seen if self.options.sample else self.task.weighed(seen, self.weights)
        note = averages.note(worker, history, seen.for_keras(), self.steps)
        if note:
            averages.log.warning(note)
        return note

    def _balance(self) -> np.ndarray | None:
        """Return how much the classes count where they are balanced; else tell of a rare one."""
        if self.classes is not None:
            weights, self.training = self.task.balanced(self.options, self.training, self._names())
            return weights
        if self.options.class_weight or self.options.sample:
            raise ValueError("class_weight and sample are for labels that are classes, and these are none")
        return None

    def _names(self) -> list[str]:
        return self.names["class_names"] or [str(number) for number in range(self.classes or 0)]

    def _batch_size(self) -> int:
        own, asked = self.training.batch_size, self.options.batch_size
        if own and asked not in (None, own):
            raise ValueError(f"batch_size={asked}, but the batches of a PyDataset are its own, of {own}: leave it out")
        return own or asked or (self.recipe.batch_size if self.recipe else BATCH)

    def _compile(self, model: keras.Model) -> None:
        if self.own_optimizer:
            return
        assert self.recipe is not None
        optimizer = self.recipe.new_optimizer(self.options.learning_rate, self.steps * self.options.epochs)
        jit = self.machine.jit if self.options.jit_compile is None else self.options.jit_compile
        how = {"optimizer": optimizer, "jit_compile": jit}
        OURS.add(optimizer)
        if model.compiled and model.optimizer not in CHOSEN:
            model.compile(**{**compiled_with(model), **how})
            return
        if len(self.training.label) > 1:
            masks = "; for masks take ccv.segmentation.fit" if self.training.label == self.training.image[:2] else ""
            raise ValueError(
                f"a label of the training data is {self.training.label}, which is no class: compile {model.name} with "
                f"a loss of its own before fit, as in model.compile(loss=...){masks}"
            )
        CHOSEN.add(optimizer)
        width = self.classes if self._soft() else self.training.label_width
        loss, metrics = self.task.loss(model, width, self.weights)
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
            **recorded(self.options.augment),
            "class_names": self.names["class_names"],
            "monitor": monitor,
            "images": self.training.count,
            "image": list(self.training.image),
            "class_weight": None if self.weights is None else self.weights.tolist(),
            "sample": self.options.sample,
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
            "task": (self.task.exclusive is None and self.names["kind"]) or self.task.name,
            **{name: value for name, value in self.names.items() if name != "kind"},
            "arguments": asked,
            "used": plan.fingerprint,
            "device": str(self.machine),
            "spread": f"{self.strategy.name}, {self.strategy.replicas} replicas, {self.strategy.processes} processes",
        }
