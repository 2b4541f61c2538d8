"""Class labels on their way to a network: checked as they are read, and as vectors."""

import re
from typing import Any

import tensorflow as tf

OUT_OF_RANGE = "ccv-label-out-of-range"


def checked(labels: Any, classes: int) -> Any:
    """Return labels as they are; one that is no class stops the reading: `bad_label` reads the error."""
    numbers = tf.cast(labels, "float64")  # which compares with any count of classes, as a byte would not
    outside = tf.boolean_mask(numbers, no_class(numbers, classes))
    check = tf.debugging.Assert(tf.equal(tf.size(outside), 0), [OUT_OF_RANGE, outside[:1]])
    with tf.control_dependencies([check] if check is not None else []):
        return tf.identity(labels)


def no_class(labels: Any, classes: int) -> Any:
    """Say of each label, of NumPy or TensorFlow, whether it is no class: outside of them, no number, or between two.

    Of two classes a label may lie between, since one sigmoid learns a share.
    """
    inside = (labels >= 0) & (labels <= classes - 1)
    return ~(inside & (labels % 1 == 0)) if classes > 2 else ~inside


def one_hot(dataset: Any, classes: int) -> Any:
    """Return batches whose integer labels are vectors `(batch, classes)`."""
    return dataset.map(lambda x, y: (x, tf.one_hot(tf.reshape(y, [-1]), classes)))


def label_error(label: float, classes: int) -> str:
    """Say which label is outside and how many classes there are."""
    return f"label {label:.7g} is out of range: the model has {classes} classes, numbered 0 to {classes - 1}"


def bad_label(problem: BaseException) -> float | None:
    """Return the label that stopped the reading, or None where something else did."""
    found = re.search(rf"\[{OUT_OF_RANGE}\]\s*\[([-+.\w]+)", str(problem))
    return float(found[1]) if found else None
