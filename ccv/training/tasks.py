"""What a run has to learn, and all of `fit` that depends on it: one class an image, several labels, its own loss."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from ccv.feeding.examples import Batches, Examples
from ccv.losses import answers_each, check_vectors_for, loss_for
from ccv.training import balance, thresholds
from ccv.training.arguments import Options


class OneClass:
    """Each image is of one class."""

    name = "classification"
    exclusive: bool | None = True  # whether a vector of labels sums to 1; None where anything may be in it
    chooses = False  # whether something is chosen on the images held out

    def check(self, model: keras.Model, width: int | None) -> None:
        """Raise ValueError where labels of so many numbers do not fit the model."""

    def checked(self, batches: Batches, width: int | None, classes: int) -> Batches:
        """Have labels that are none stop the reading, before an augmentation mixes them."""
        if width in (None, 1):
            return batches.checked(classes)
        return batches if self.exclusive is None else batches.checked_vectors(self.exclusive)

    def balanced(self, options: Options, training: Examples, names: Sequence[str]) -> tuple[Any, Examples]:
        """Return what the classes weigh, and the training examples as they are drawn; else tell of a rare class."""
        asked, classes = options.class_weight or options.sample, len(names)
        if not asked:
            if training.labels is not None and training.label_width in (None, 1):
                balance.tell(training.labels, classes, names)
            return None, training
        weights = balance.class_weights(asked, training.read_labels(), classes, names)
        return weights, balance.drawn_alike(training, classes) if options.sample else training

    def weighed(self, batches: Batches, weights: np.ndarray | None) -> Batches:
        """Have each image count as its class does."""
        return batches if weights is None else batches.weighted(weights)

    def loss(self, model: keras.Model, width: int | None, weights: np.ndarray | None) -> tuple[Any, list[Any]]:
        """Return the loss, and what is measured besides."""
        return loss_for(model, width)

    def chosen(self, model: keras.Model, held_out: Examples, names: Sequence[str]) -> dict[str, Any]:
        """Return what is chosen on the images held out, and belongs to the run."""
        return {}


class OwnLoss(OneClass):
    """What a label is, is up to the loss with which the model was compiled."""

    name = "own loss"
    exclusive = None


class SeveralLabels(OneClass):
    """An image has any number of labels, and the network says yes or no to each."""

    name = "multilabel"
    exclusive = False
    chooses = True

    def check(self, model: keras.Model, width: int | None) -> None:
        """Raise ValueError where labels of so many numbers do not fit the model."""
        check_vectors_for(model, width)

    def balanced(self, options: Options, training: Examples, names: Sequence[str]) -> tuple[Any, Examples]:
        """Return what a no and a yes of each label weigh; else tell of a rare label."""
        if options.sample:
            raise ValueError(
                "sample='balanced' draws images by their one class, and these have several labels: take "
                "class_weight='balanced' (--class-weight balanced), by which the yes and the no of each count the same"
            )
        if options.class_weight is not None:
            return balance.label_weights(options.class_weight, training.read_labels(), names), training
        if training.labels is not None:
            balance.tell_of_labels(training.labels, names)
        return None, training

    def weighed(self, batches: Batches, weights: np.ndarray | None) -> Batches:
        """Leave the images alike: the loss weighs their labels."""
        return batches

    def loss(self, model: keras.Model, width: int | None, weights: np.ndarray | None) -> tuple[Any, list[Any]]:
        """Return the loss, and what is measured besides."""
        return loss_for(model, width, weights)

    def chosen(self, model: keras.Model, held_out: Examples, names: Sequence[str]) -> dict[str, Any]:
        """Return from where on a score says yes, by label."""
        found = thresholds.choose(model, held_out)
        return {"thresholds": dict(zip(names, found.tolist(), strict=True))}


def task_of(model: keras.Model, own_loss: bool) -> OneClass:
    """Return what a model with one output `(batch, classes)` has to learn."""
    if own_loss:
        return OwnLoss()
    return SeveralLabels() if answers_each(model) else OneClass()
