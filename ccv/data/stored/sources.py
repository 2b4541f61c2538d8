"""The data sets by name. Each is a file here with CLASS_NAMES, SPLITS, arrays(split, **options) and found().

One whose labels are boxes says so by KIND = "detection". The file of "voc/2007" is voc2007.py.
"""

import importlib
from typing import Any

from ccv.names import check_name

DATASETS = (
    *("blood", "cats_vs_dogs", "cells", "cifar10", "digits", "fashion_mnist"),
    *("glyphs", "letters", "mnist", "shapes", "textures", "tf_flowers", "voc/2007", "xo"),
)


def source(name: str) -> Any:
    """Return the module of a data set; ValueError for an unknown name."""
    return importlib.import_module(f"ccv.data.{check_name('data set', name, DATASETS).replace('/', '')}")
