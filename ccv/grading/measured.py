"""What a check measures of a student's model itself, on this side of the border, where nobody can forge it.

A model's own word is worth nothing: its class may override `trainable_weights`, `predict` or `train_on_batch`. So a
driver returns the model, which comes back as its description and its weights and is rebuilt here from Keras's own
layers; the check then asks the rebuilt one::

    model = rebuilt(answer.drive(drive_head, base, 4)["model"], "`add_head`")
    assert [w.shape for w in model.trainable_weights] == [(10, 4), (4,)], "only the head should train"
    assert not any(moved_by_a_step(model, images, labels)[: len(base.weights)]), "one step of training moved the base"

What a training did (how many steps, on which pictures) cannot be proved from its end. Judge what it reached, with
pictures that are drawn here and never enter the student's process: `fresh`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ccv.grading.border import wire


def rebuilt(model: Any, what: str = "your answer") -> Any:
    """Return a copy of a Keras model that is made of its description and its weights alone, in either mode.

    Args:
        model: what came back from the student; in an open notebook it may be the student's own object.
        what: how the message calls it.

    Raises:
        AssertionError: it is no Keras model, or cannot be rebuilt; the message says why.
    """
    assert wire.is_keras_model(model), f"{what} gives {_kind(model)}: return a keras.Model"
    try:
        return wire.decode(wire.encode(model))
    except wire.WireError as error:
        raise AssertionError(f"{what} gives a model that cannot be used: {error}") from None


def moved_by_a_step(
    model: Any,
    images: np.ndarray,
    targets: np.ndarray,
    *,
    loss: Any = "sparse_categorical_crossentropy",
    learning_rate: float = 0.1,
) -> list[bool]:
    """Train a rebuilt copy of the model for one step of plain gradient descent and return which weights changed.

    Args:
        model: a model as it came back; it stays as it is.
        images: one batch `(batch, height, width, channels)`.
        targets: what the loss compares with, as labels `(batch,)`.
        loss: as `compile` takes it.
        learning_rate: of the step; large enough that a weight which may move does.

    Returns:
        One truth value for each array of `model.weights`, in their order. Statistics of batch normalisation count.
    """
    import keras

    copy = rebuilt(model)
    if not copy.trainable_weights:
        return [False] * len(copy.weights)
    before = [np.array(w) for w in copy.weights]
    copy.compile(keras.optimizers.SGD(learning_rate), loss, run_eagerly=True)
    copy.train_on_batch(images, targets)
    return [bool((a != np.asarray(b)).any()) for a, b in zip(before, copy.weights, strict=True)]


def accuracy(model: Any, images: np.ndarray, labels: np.ndarray, batch: int = 256) -> float:
    """The share of images `(count, height, width, channels)` whose largest output is their label `(count,)`.

    >>> import keras
    >>> model = keras.Sequential([keras.Input((1, 1, 2)), keras.layers.Flatten()])
    >>> accuracy(model, np.array([[[[0.9, 0.1]]], [[[0.2, 0.8]]]]), np.array([0, 0]))
    0.5
    """
    rows = [np.asarray(model(images[i : i + batch], training=False)) for i in range(0, len(images), batch)]
    return float((np.concatenate(rows).argmax(axis=-1) == labels).mean())


def fresh(images: np.ndarray, rng: np.random.Generator, *, shift: int = 1, contrast: float = 0.1) -> np.ndarray:
    """Return pictures that nobody has seen: each moved by up to `shift` pixels, with its own contrast.

    Stored test pictures can be found by whoever looks for them; these cannot, since they are drawn when they are used.

    Args:
        images: `(count, height, width, channels)`; what moves in from outside is the picture's edge.
        rng: the check's own.
        shift: most pixels in either direction.
        contrast: the values are multiplied by up to this much more or less.

    Returns:
        As many pictures of the same shape, float32.
    """
    padded = np.pad(images, ((0, 0), (shift, shift), (shift, shift), (0, 0)), mode="edge").astype("float32")
    height, width = images.shape[1:3]
    moves = rng.integers(0, 2 * shift + 1, (len(images), 2))
    moved = [p[i : i + height, j : j + width] for p, (i, j) in zip(padded, moves, strict=True)]
    factors = rng.uniform(1 - contrast, 1 + contrast, (len(images), 1, 1, 1)).astype("float32")
    return np.stack(moved) * factors if len(images) else padded[:, :height, :width]


def _kind(value: Any) -> str:
    return "nothing" if value is None else type(value).__name__
