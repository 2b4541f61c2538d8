"""Whatever labelled images come as, the examples that training knows."""

from typing import Any

import keras

from ccv.data.pairs import Pairs
from ccv.feeding.arrays import ArrayExamples
from ccv.feeding.examples import Examples


def examples_of(data: Any, what: str = "data") -> Examples:
    """Take arrays, a `tf.data.Dataset` of single pairs, a `PyDataset` of batches, or what `ccv.data` gives.

    Raises TypeError or ValueError, in one sentence, for anything else, and for data that are empty.
    """
    found = _kind(data, what)
    if not found.count:
        raise ValueError(f"the {what} are empty: there is no image to train on")
    return found


def held_out(data: Any) -> Any:
    """Return of what `ccv.data.splits` gives the test part, else the validation part, else all; other data as are."""
    if not (hasattr(data, "train") and hasattr(data, "validation")):
        return data
    return next(part for part in (data.test, data.validation, data.train) if part is not None)


def _kind(data: Any, what: str) -> Examples:
    if isinstance(data, keras.utils.PyDataset):
        from ccv.feeding.pydatasets import PyDatasetExamples

        return PyDatasetExamples(data, what)
    if hasattr(data, "element_spec"):
        from ccv.feeding.tensors import DatasetExamples  # loads TensorFlow, as the dataset has already

        return DatasetExamples(data, what)
    return ArrayExamples(data.images, data.labels, what) if isinstance(data, Pairs) else ArrayExamples.read(data, what)
