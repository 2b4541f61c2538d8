"""`evaluate`: what a trained classifier gets right, what it mistakes, and whether its confidence can be trusted."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import keras
import numpy as np

from ccv.feeding.examples import Examples
from ccv.feeding.labels import check_vectors, label_error
from ccv.feeding.reading import examples_of
from ccv.losses import answers_each, check_vectors_for, class_count, output_kind, probabilities
from ccv.training.arguments import check_images
from ccv.training.balance import class_numbers
from ccv.training.label_report import LabelMistake, LabelReport, label_report
from ccv.training.report import Calibration, ClassRow, Mistake, Report
from ccv.training.thresholds import numbers_of

BINS = 15  # as in Guo et al. 2017
TOP = 5
MISTAKES = 16


def evaluate(
    model: keras.Model,
    data: Any,
    *,
    class_names: Sequence[str] | None = None,
    thresholds: Mapping[str, float] | None = None,
    batch_size: int = 32,
) -> Report | LabelReport:
    """Let `model` classify `data`, and return a report that prints, shows in a notebook, and saves.

    Args:
        model: one output `(batch, classes)` that ends in a softmax, a sigmoid or logits. One that ends in several
            sigmoids says yes or no to each label, and has a `LabelReport`.
        data: single `(image, label)` pairs, as `fit` takes them; of what `ccv.data.splits` returns, its test part, or
            its validation part where it has none.
        class_names: of each label; None takes the data's, else numbers.
        thresholds: where several labels are there together, from which score on each is said, by name: a `Run` has
            those that were chosen on its validation images. None is 0.5 for each.
        batch_size: images at once.

    Raises:
        ValueError: the images or labels do not fit the model.
    """
    kind, classes = output_kind(model), class_count(model)
    if batch_size < 1:
        raise ValueError(f"batch_size={batch_size!r} must be an integer of at least 1")
    examples, names = _examples(data, class_names, classes)
    check_images(model, examples.image)
    examples.check_labels(classes)
    if answers_each(model):
        return _of_labels(model, examples, names, thresholds, batch_size)
    labels, scores, kept = _classify(model, examples, kind, classes, batch_size)
    if labels.min() < 0 or labels.max() >= classes:
        outside = labels[(labels < 0) | (labels >= classes)][0]
        raise ValueError(label_error(int(outside), classes))
    return report(labels, scores, names, kept)


def report(labels: np.ndarray, scores: np.ndarray, names: Sequence[str], mistakes: list[Mistake]) -> Report:
    """Make the report of labels `(samples,)` and probabilities `(samples, classes)`.

    >>> scores = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])
    >>> made = report(np.array([0, 1, 1]), scores, ["cat", "dog"], [])
    >>> round(made.accuracy, 3), made.confusion.tolist(), made.top5
    (0.667, [[1, 0], [1, 1]], None)
    """
    predicted, classes = scores.argmax(axis=1), scores.shape[1]
    confusion = np.zeros((classes, classes), dtype=int)
    np.add.at(confusion, (labels, predicted), 1)
    return Report(
        class_names=list(names),
        count=len(labels),
        accuracy=float((predicted == labels).mean()),
        top5=_top(labels, scores) if classes > TOP else None,
        classes=_rows(confusion, names),
        confusion=confusion,
        calibration=_calibration(scores.max(axis=1), predicted == labels),
        mistakes=mistakes,
    )


def _examples(data: Any, names: Sequence[str] | None, classes: int) -> tuple[Examples, list[str]]:
    names = names or getattr(data, "class_names", None)
    if hasattr(data, "train") and hasattr(data, "validation"):
        data = data.validation if data.test is None else data.test
    names = [str(name) for name in (names or range(classes))]
    if len(names) != classes:
        raise ValueError(f"there are {len(names)} class names, and the model has {classes} classes")
    return examples_of(data, "data"), names


def _classify(
    model: keras.Model, examples: Examples, kind: str, classes: int, batch_size: int
) -> tuple[np.ndarray, np.ndarray, list[Mistake]]:
    """Go through the data once; of the images, keep only those of the most confident mistakes."""
    labels, scores, worst = [], [], []
    for images, given, made in _predicted(model, examples, batch_size):
        truth, probability = class_numbers(given, classes), probabilities(made, kind)
        predicted = probability.argmax(axis=1)
        for i in np.flatnonzero(predicted != truth):
            worst.append(Mistake(images[i], int(truth[i]), int(predicted[i]), float(probability[i, predicted[i]])))
        worst = sorted(worst, key=lambda one: -one.probability)[:MISTAKES]
        labels.append(truth)
        scores.append(probability)
    return np.concatenate(labels), np.concatenate(scores), worst


def _predicted(
    model: keras.Model, examples: Examples, batch_size: int
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Give images, labels and what the model puts out, batch by batch."""
    for images, labels in examples.in_order(batch_size).as_numpy_iterator():
        yield images, labels, keras.ops.convert_to_numpy(model.predict_on_batch(images))


def _of_labels(
    model: keras.Model,
    examples: Examples,
    names: Sequence[str],
    thresholds: Mapping[str, float] | None,
    batch_size: int,
) -> LabelReport:
    """Judge a network that says yes or no to each label; of the images, keep those of the most confident mistakes."""
    check_vectors_for(model, examples.label_width)
    truth, scores, worst = [], [], []
    given = np.array(numbers_of(thresholds, names))
    for images, labels, made in _predicted(model, examples, batch_size):
        check_vectors(labels, exclusive=False)
        shown, probability = labels > 0.5, made.astype(np.float64)
        rows, columns = np.nonzero((probability >= given) != shown)
        worst += [
            LabelMistake(images[i], int(j), bool(shown[i, j]), float(probability[i, j]))
            for i, j in zip(rows, columns, strict=True)
        ]
        worst = sorted(worst, key=lambda one: -abs(one.probability - given[one.label]))[:MISTAKES]
        truth.append(shown)
        scores.append(probability)
    return label_report(
        np.concatenate(truth), np.concatenate(scores), names, given, chosen=thresholds is not None, mistakes=worst
    )


def _top(labels: np.ndarray, scores: np.ndarray) -> float:
    best = np.argsort(-scores, axis=1, kind="stable")[:, :TOP]
    return float((best == labels[:, None]).any(axis=1).mean())


def _rows(confusion: np.ndarray, names: Sequence[str]) -> list[ClassRow]:
    right, true, said = np.diag(confusion), confusion.sum(axis=1), confusion.sum(axis=0)
    recall = np.divide(right, true, out=np.full(len(right), np.nan), where=true > 0)
    precision = np.divide(right, said, out=np.full(len(right), np.nan), where=said > 0)
    both = true + said
    f1 = np.divide(2 * right, both, out=np.full(len(right), np.nan), where=both > 0)
    columns = (names, true.tolist(), precision.tolist(), recall.tolist(), f1.tolist())
    return [ClassRow(*row) for row in zip(*columns, strict=True)]


def _calibration(confidence: np.ndarray, right: np.ndarray) -> Calibration:
    """Group predictions by confidence; the expected calibration error is the mean gap (Guo et al. 2017, section 2)."""
    place = np.clip(np.ceil(confidence * BINS).astype(int) - 1, 0, BINS - 1)
    counts = np.bincount(place, minlength=BINS)
    filled = counts > 0
    sure, accuracy = (
        np.divide(np.bincount(place, values, BINS), counts, out=np.full(BINS, np.nan), where=filled)
        for values in (confidence, right.astype(float))
    )
    error = float((np.abs(sure - accuracy)[filled] * counts[filled]).sum() / len(confidence))
    return Calibration(counts.tolist(), sure.tolist(), accuracy.tolist(), error)
