"""The names of the classes that a network is surest of."""

import hashlib
import json
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from ccv.checks import check_whole
from ccv.models.weights import imagenet

FILE = "imagenet_class_index.json"
URL = "https://storage.googleapis.com/download.tensorflow.org/data/imagenet_class_index.json"
MD5 = "c2c37ea517e94d9795004a39431a14cb"  # as Keras has it


def decode_predictions(
    predictions: Any, top: int = 5, class_names: Sequence[str] | None = None
) -> list[list[tuple[str, float]]]:
    """Return for each image its likeliest classes, `(name, score)`, the surest first.

    predictions: scores `(images, classes)`, as a model gives them; they are ranked as they are.
    class_names: of the classes in their order; None is ImageNet's thousand, which Keras keeps in its cache where it has
        ever decoded predictions here. Nothing is fetched.

    Raises ValueError where the scores are no `(images, classes)` or the names not as many, FileNotFoundError where
    ImageNet's names are not on this machine.

    >>> decode_predictions([[0.1, 0.7, 0.2]], top=2, class_names=["cat", "dog", "owl"])
    [[('dog', 0.7), ('owl', 0.2)]]
    """
    scores = np.asarray(predictions)
    if scores.ndim != 2:
        raise ValueError(f"predictions have the shape {scores.shape}, and must be (images, classes)")
    names = imagenet_names() if class_names is None else list(class_names)
    if len(names) != scores.shape[1]:
        whose = "ImageNet's, unless class_names says others" if class_names is None else "class_names"
        raise ValueError(f"predictions have {scores.shape[1]} classes, and there are {len(names)} names ({whose})")
    check_whole("top", top)
    best = np.argsort(-scores, axis=1, kind="stable")[:, : operator.index(top)]
    return [[(names[at], float(row[at])) for at in places] for row, places in zip(scores, best, strict=True)]


def imagenet_names() -> list[str]:
    """Return ImageNet's class names, from Keras's cache; raise FileNotFoundError where they are not there."""
    path = imagenet.cache() / FILE
    way_out = (
        f"pass class_names=, or fetch them once with keras.utils.get_file({FILE!r}, {URL!r}, cache_subdir='models')"
    )
    if not path.is_file():
        raise FileNotFoundError(f"ImageNet's class names are not on this machine ({path}): {way_out}")
    data = path.read_bytes()
    if hashlib.md5(data, usedforsecurity=False).hexdigest() != MD5:
        raise ValueError(f"{path} is not Keras's list of ImageNet's class names: remove it, and {way_out}")
    index = json.loads(data)
    return [index[str(number)][1] for number in range(len(index))]
