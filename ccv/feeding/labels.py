"""Class labels on their way to a network: which are none, and how that is said."""

import re
from typing import Any

import numpy as np

OUT_OF_RANGE = "ccv-label-out-of-range"
NO_VECTOR = {True: "ccv-label-of-one-class", False: "ccv-label-of-yes-and-no"}  # by whether classes exclude each other
VECTORS = {
    True: "a label names several classes, or none, and the network answers with one: end it with a sigmoid for each, "
    "as classifier_activation='sigmoid' does",
    False: "a label has a number below 0 or above 1, where 1 says that the image shows a class and 0 that it does not",
}
SAID = r"label \S+ is out of range: the model has \d+ classes, numbered 0 to \d+"
NEAR = 1e-3  # of a sum of shares to 1


def no_class(labels: Any, classes: int) -> Any:
    """Say of each label, of NumPy or TensorFlow, whether it is no class: outside of them, no number, or between two.

    Of two classes a label may lie between, since one sigmoid learns a share.
    """
    inside = (labels >= 0) & (labels <= classes - 1)
    return ~(inside & (labels % 1 == 0)) if classes > 2 else ~inside


def check_classes(labels: np.ndarray, classes: int, where: str = "") -> None:
    """Raise ValueError for the first label that is no class; `where` is what follows, such as "it is image {}"."""
    flat = np.asarray(labels).reshape(-1)
    wrong = np.flatnonzero(no_class(flat, classes))
    if len(wrong):
        raise ValueError(label_error(flat[wrong[0]], classes) + where.format(wrong[0]))


def label_error(label: float, classes: int) -> str:
    """Say which label is outside and how many classes there are."""
    return f"label {label:.7g} is out of range: the model has {classes} classes, numbered 0 to {classes - 1}"


def check_vectors(labels: np.ndarray, exclusive: bool, where: str = "") -> None:
    """Raise ValueError for the first of labels `(count, classes)` that is none; `where` as in `check_classes`.

    Of classes that exclude each other the shares sum to 1, whatever batch they lie in; else each is from 0 to 1.
    """
    inside = ((labels >= 0) & (labels <= 1)).all(axis=1)
    if exclusive:
        inside &= np.abs(labels.sum(axis=1, dtype=np.float64) - 1) < NEAR
    if not inside.all():
        raise ValueError(VECTORS[exclusive] + where.format(int(np.argmin(inside))))


def label_problem(problem: BaseException, classes: int) -> str | None:
    """Return a sentence on the label that stopped the reading, or None where something else did."""
    text = str(problem)
    said = re.search(rf"{SAID}|{'|'.join(map(re.escape, VECTORS.values()))}", text)
    if said:  # by NumPy's batches, inside an error of TensorFlow's
        return said[0]
    found = re.search(rf"\[{OUT_OF_RANGE}\]\s*\[([-+.\w]+)", text)
    if found:
        return label_error(float(found[1]), classes)
    return next((VECTORS[exclusive] for exclusive, mark in NO_VECTOR.items() if mark in text), None)
