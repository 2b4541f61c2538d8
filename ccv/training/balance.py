"""Classes of which one has many more images than another: told, weighed against each other, or drawn equally often."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ccv.data.pairs import as_arrays
from ccv.feeding.examples import Examples
from ccv.feeding.labels import VECTORS, check_vectors
from ccv.feeding.reading import examples_of

log = logging.getLogger("ccv.training")

BALANCED = "balanced"
NAMED = 5  # rare labels in a sentence
LOPSIDED = 10  # so many times more images, and accuracy hides the rare class


def told(counts: np.ndarray, names: Sequence[str]) -> str | None:
    """Say which class is rare beside which, or return None where none is.

    >>> told(np.array([800, 8]), ["well", "ill"])
    "'ill' has 8 images and 'well' 800, 1:100: without a word of 'ill' the accuracy would still be high"
    """
    found = sorted((int(count), name) for count, name in zip(counts, names, strict=True) if count)
    if not found or found[-1][0] <= LOPSIDED * found[0][0]:
        return None
    (few, rare), (many, common) = found[0], found[-1]
    return (
        f"{rare!r} has {few} image{'s' * (few != 1)} and {common!r} {many}, 1:{many / few:.0f}: without a word of "
        f"{rare!r} the accuracy would still be high"
    )


def tell(labels: np.ndarray, classes: int, names: Sequence[str]) -> None:
    """Warn where a class is rare, and say what helps."""
    found = told(np.bincount(class_numbers(labels, classes), minlength=classes), names)
    if found:
        log.warning("%s; class_weight (--class-weight balanced) or sample (--sample balanced) helps it", found)


def told_of_labels(counts: np.ndarray, images: int, names: Sequence[str]) -> str | None:
    """Say which labels are rare among so many images, or return None where none is.

    >>> told_of_labels(np.array([500, 8]), 800, ["tree", "bird"])
    "of 800 images 8 show 'bird': a network that never says so would be right of most"
    """
    rare = sorted((int(count), name) for count, name in zip(counts, names, strict=True) if count * LOPSIDED < images)
    if not rare:
        return None
    few = ", ".join(f"{count} show{'s' * (count == 1)} {name!r}" for count, name in rare[:NAMED])
    more = f" and {len(rare) - NAMED} more labels are as rare" if len(rare) > NAMED else ""
    return f"of {images} images {few}{more}: a network that never says so would be right of most"


def tell_of_labels(labels: np.ndarray, names: Sequence[str]) -> None:
    """Warn where a label `(images, labels)` is rare, and say what helps."""
    found = told_of_labels(labels.sum(axis=0), len(labels), names)
    if found:
        log.warning("%s; class_weight (--class-weight balanced) helps it", found)


def class_numbers(labels: np.ndarray, classes: int) -> np.ndarray:
    """Return the class `(images,)` of labels `(images,)`, `(images, 1)` or `(images, classes)`.

    Raises ValueError where a label names no class or several.
    """
    rows = labels.reshape(len(labels), -1)
    if rows.shape[1] == 1:
        return np.rint(rows[:, 0]).astype(int)
    if rows.shape[1] != classes:
        raise ValueError(VECTORS[True])
    check_vectors(rows, exclusive=True)
    if not (rows.max(axis=1) > 0.5).all():  # shares such as a half and a half sum to 1 and name no class either
        raise ValueError(VECTORS[True])
    return rows.argmax(axis=1)


def class_weights(asked: Any, labels: np.ndarray, classes: int, names: Sequence[str]) -> np.ndarray:
    """Return how much an image of each class counts, `(classes,)` float32.

    "balanced" makes all classes count the same: images / (classes x images of the class), as in scikit-learn. Else
    `asked` maps a class, by its name or number, to its weight; those that are not there count 1.

    >>> class_weights("balanced", np.array([0, 0, 0, 1]), 2, ["well", "ill"])
    array([0.6666667, 2.       ], dtype=float32)
    """
    counts = np.bincount(class_numbers(labels, classes), minlength=classes)
    if asked == BALANCED:
        return (counts.sum() / np.maximum(counts, 1) / np.count_nonzero(counts)).astype(np.float32)
    return _asked_weights(asked, names)


def _asked_weights(asked: Any, names: Sequence[str]) -> np.ndarray:
    """Return the weight of each class by a mapping from names or numbers."""
    if not isinstance(asked, Mapping):
        raise ValueError(
            f"class_weight={asked!r} must be 'balanced', or weights by class such as {{{names[0]!r}: 2.0}}"
        )
    weights, numbers = np.ones(len(names), np.float32), range(len(names))
    # A key of a JSON file is text, also where it is a number; a class of that name goes before.
    known: dict[Any, int] = {**dict(enumerate(numbers)), **_by_name([str(one) for one in numbers]), **_by_name(names)}
    for key, weight in asked.items():
        number = known.get(key, known.get(str(key)))
        if number is None:
            raise ValueError(f"class_weight names {key!r}, and the classes are {', '.join(names)}")
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 <= weight < np.inf:
            raise ValueError(f"class_weight of {key!r} is {weight!r}: it must be a number, 0 or above")
        weights[number] = weight
    return weights


def label_weights(asked: Any, labels: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """Return how much a no and a yes of each label count, `(labels, 2)` float32; `labels` is `(images, labels)`.

    "balanced" makes both count the same in sum: images / (2 x images with that answer), as in scikit-learn. Else
    `asked` is as in `class_weights`, and weighs the yes.

    >>> label_weights("balanced", np.array([[0], [0], [0], [1]]), ["ill"])
    array([[0.6666667, 2.       ]], dtype=float32)
    """
    if asked == BALANCED:
        yes = labels.sum(axis=0, dtype=np.float64)
        counts = np.stack([len(labels) - yes, yes], axis=1)
        return (len(labels) / 2 / np.maximum(counts, 1)).astype(np.float32)
    weights = _asked_weights(asked, names)
    return np.stack([np.ones_like(weights), weights], axis=1)


def drawn_alike(examples: Examples, classes: int) -> Examples:
    """Have the epochs of training examples show each class equally often; a dataset that is no list is read first.

    Raises ValueError for a `PyDataset`, whose batches are its own.
    """
    if examples.batch_size:
        raise ValueError("the batches of a PyDataset are its own: sample='balanced' needs arrays, files or a dataset")
    dataset = getattr(examples, "dataset", None)
    if dataset is not None and not hasattr(dataset, "listing"):
        examples = examples_of(as_arrays(dataset), examples.what)
    examples.drawn_alike = class_numbers(examples.read_labels(), classes)
    return examples


def _by_name(names: Sequence[str]) -> dict[Any, int]:
    return {str(name): number for number, name in enumerate(names)}
