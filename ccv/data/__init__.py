"""Labelled images by name: `load("digits")` is a `tf.data.Dataset`, `arrays("digits")` plain NumPy.

| name | images | where from |
|---|---|---|
| `xo` | drawn X's and O's, float32, ground -1 and ink +1 as on the slides | made here, seeded; no network |
| `digits` | 1,797 real handwritten digits, uint8 0 to 255 | scikit-learn's; no network |
| `mnist` | 70,000 real handwritten digits, uint8 0 to 255 | `$CCV_DATA/mnist.npz`, else Keras's or TFDS's |

An image is `(height, width, channels)`, a label an integer that indexes `class_names(name)`. Scans are
uint8, so one layer, `card(model).preprocessing`, turns them into what a network expects. Importing this
loads neither TensorFlow nor scikit-learn.

>>> list_datasets()
['digits', 'mnist', 'xo']
"""

import importlib
from typing import TYPE_CHECKING, Any

from ccv.names import check_name, check_options

if TYPE_CHECKING:
    import numpy as np
    import tensorflow as tf

__all__ = ["arrays", "class_names", "found", "list_datasets", "load"]

# Each name is a file here with CLASS_NAMES, SPLITS, arrays(split, **options) and found().
DATASETS = ("digits", "mnist", "xo")


def list_datasets() -> list[str]:
    """Return the names that `load` takes."""
    return list(DATASETS)


def class_names(name: str) -> list[str]:
    """Return the names of the classes, in the order of the labels.

    >>> class_names("xo")
    ['X', 'O']
    """
    return list(_source(name).CLASS_NAMES)


def load(name: str, split: str = "train", **options: Any) -> "tf.data.Dataset":
    """Return a `tf.data.Dataset` of single `(image, label)` pairs: `(height, width, channels)` and an int64.

    `split` is "train", "test" or "all" (for `xo` also "slides"); the options are those of `arrays` in the
    file of the data set, such as `load("digits", size=28)`. Like Keras's own loaders, the dataset carries
    `.class_names` (besides `.element_spec`); `map`, `batch` and the like return datasets without it, so
    read it first, or ask `class_names(name)`.

    Raises ValueError for an unknown name, split or value, TypeError for an unknown option (each naming the
    nearest), and FileNotFoundError where the data are not on this machine and cannot be fetched.
    """
    images, labels = arrays(name, split, **options)
    import tensorflow as tf

    dataset = tf.data.Dataset.from_tensor_slices((images, labels))
    dataset.class_names = class_names(name)
    return dataset


def arrays(name: str, split: str = "train", **options: Any) -> "tuple[np.ndarray, np.ndarray]":
    """Return the same pairs as NumPy: images `(count, height, width, channels)` and int64 labels `(count,)`.

    Loads no TensorFlow, unless MNIST has to be fetched. Raises as `load` does.

    >>> images, labels = arrays("xo", "slides")
    >>> images.shape, labels.tolist()
    ((3, 9, 9, 1), [0, 1, 0])
    """
    source = _source(name)
    check_name("split", split, source.SPLITS)
    check_options(name, source.arrays, options)
    return source.arrays(split, **options)


def found() -> dict[str, str | None]:
    """Return where each data set lies on this machine, and None for one that would have to be fetched.

    >>> found()["xo"]
    'made by ccv'
    """
    return {name: _source(name).found() for name in DATASETS}


def _source(name: str) -> Any:
    return importlib.import_module(f"{__name__}.{check_name('data set', name, DATASETS)}")
