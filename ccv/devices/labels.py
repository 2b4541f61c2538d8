"""Class labels on their way to a network: checked as they are read, and as vectors."""

import re
from typing import Any

import tensorflow as tf

OUT_OF_RANGE = "ccv-label-out-of-range"


def checked(labels: Any, classes: int) -> Any:
    """Return integer labels as they are; one outside of the classes stops the reading: `bad_label` reads the error."""
    outside = tf.boolean_mask(labels, (labels < 0) | (labels >= classes))
    check = tf.debugging.Assert(tf.equal(tf.size(outside), 0), [OUT_OF_RANGE, outside[:1]])
    with tf.control_dependencies([check] if check is not None else []):
        return tf.identity(labels)


def one_hot(dataset: Any, classes: int) -> Any:
    """Return batches whose integer labels are vectors `(batch, classes)`."""
    return dataset.map(lambda x, y: (x, tf.one_hot(tf.reshape(y, [-1]), classes)))


def label_error(label: int, classes: int) -> str:
    """Say which label is outside and how many classes there are."""
    return f"label {label} is out of range: the model has {classes} classes, numbered 0 to {classes - 1}"


def bad_label(problem: BaseException) -> int | None:
    """Return the label that stopped the reading, or None where something else did."""
    found = re.search(rf"\[{OUT_OF_RANGE}\]\s*\[(-?\d+)", str(problem))
    return int(found[1]) if found else None
