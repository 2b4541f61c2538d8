"""`fit`: trains a network so that the run can be looked at, repeated, and gone on with."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras

from ccv import devices
from ccv.training.arguments import Options, check, uniform
from ccv.training.fitting import Fitting
from ccv.training.recipes import Recipe
from ccv.training.run import Run
from ccv.training.seeds import seeded


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
    class_weight: Any = None,
    sample: str | None = None,
    strategy: devices.Strategy | None = None,
    about: Mapping[str, Any] | None = None,
    verbose: bool | None = None,
) -> Run:
    """Train `model` on `data`, in place, and return how it went.

    Args:
        model: one input of images, one output `(batch, classes)`. Its last activation and the labels decide the loss;
            a model that is compiled keeps its own loss and metrics, and its optimizer unless a `recipe` is named. With
            a loss of its own it may put out anything.
        data: what `ccv.data.splits` returns; or a `tf.data.Dataset` of single `(image, label)` pairs; or two arrays,
            images `(count, height, width, channels)` and labels `(count,)` or `(count, classes)`; or, for a loss of
            your own, labels of any one shape, such as the truth of detectors, `(boxes, 5)`; or a
            `keras.utils.PyDataset`, whose batches are shuffled as wholes, and must each depend on its number alone.
        epochs: how often all images are seen.
        validation: the same kinds; None takes the splits' own.
        out: a folder for `run.json`, `log.csv`, `curves.png`, `best.keras`, `last.keras` and `checkpoint.npz`, and
            TensorBoard's events where it is installed.
        recipe: a name of `list_recipes()`, or a `Recipe`; None is "adam", or the optimizer of a compiled model.
        batch_size: images a step, over all devices and processes; None is the recipe's.
        learning_rate: in place of the recipe's.
        augment: a name of `ccv.augment` and its options, as "detection mosaic=0"; a pipeline of it; or
            `(images, labels, index) -> (images, labels)` for a batch in tf.data (of a `PyDataset`, or without
            TensorFlow, of NumPy arrays), whose draws depend on `index` alone: it counts the batches of the whole run.
            A name moves the boxes of a truth, and masks, with the images; a mosaic of four has up to four times as
            many rows.
        seed: of the order, the augmentation, the dropout, and the weights of a model that is not built yet.
        resume: go on where a run in `out` stopped, however it did; from the start where it has not begun.
        overwrite: replace a run that is in `out`.
        patience: stop after so many epochs without a better `monitor`; None never does.
        monitor: the metric that decides what is best; None is "val_loss", or "loss" without validation.
        checkpoint_every: seconds between checkpoints within an epoch; one is written at each epoch's end too.
        mixed_precision, jit_compile: None is where the device gains (`ccv.devices.describe()`).
        deterministic: the same sums in the same order on TensorFlow, so that two runs are equal bit for bit; slower.
        class_weight: how much an image of each class counts in the loss: a mapping from names or numbers, or
            "balanced", by which all classes count the same. None counts every image the same. Where a model ends in
            several sigmoids, so that an image may have several labels, it is how much the yes to each counts, and
            "balanced" has the yes and the no of each count the same.
        sample: "balanced" draws the images of an epoch so that each class is seen equally often. With it or a
            `class_weight` the loss for validation, which chooses the best epoch, counts the classes so too.
        strategy: None is `ccv.devices.strategy()`: all GPUs, TPUs or processes.
        about: what run.json shall say besides, such as how the network was made.
        verbose: None shows a progress bar at a terminal and nothing elsewhere; True prints a line an epoch there.

    Raises:
        ValueError, TypeError: an argument, the data, a label or the folder does not fit; what is on the disk is kept.
        Diverged: the loss is no number any more; the model has its last good weights.
        OSError: `out` cannot be written, or the disk is full; the last checkpoint is whole.
    """
    options = Options(
        epochs, recipe, batch_size, learning_rate, augment, seed, patience, monitor, checkpoint_every, mixed_precision,
        jit_compile, deterministic, class_weight, sample,
    )  # fmt: skip
    check(options)
    training, held_out, names = uniform(data, validation)
    if resume and out is None:
        raise ValueError("resume=True needs out=, the folder of the run to go on with")
    with seeded(seed), devices.deterministic(deterministic):
        return Fitting(model, training, held_out, {**names, **(about or {})}, options, strategy).run(
            out, resume, overwrite, verbose
        )
