"""Keras's own files of weights: `.weights.h5` and `.keras`, and the `.h5` of before Keras 3."""

import os
import re
import warnings
from pathlib import Path

import keras
import numpy as np

from ccv.models.weights import _within
from ccv.models.weights.own_names import named_weights
from ccv.models.weights.partial import Report, check_some


def read(model: keras.Model, path: Path) -> None:
    """Read a file into `model`; what pixels its weights expect, it does not say.

    Raises ValueError where it is damaged or belongs to another network; the model then keeps what it had.
    """
    before = model.get_weights()
    try:
        with warnings.catch_warnings():  # what Keras would warn of is an error here
            warnings.simplefilter("ignore")
            if arrays := _within.arrays_of(model, path, _is_legacy(path)):
                _within.assign(model, arrays)
            else:
                model.load_weights(os.fspath(path))
    except Exception as problem:  # h5py, zipfile and Keras each raise their own
        model.set_weights(before)
        finalize(model)
        raise ValueError(_reason(problem)) from None


def read_partly(model: keras.Model, path: Path) -> tuple[Report, None]:
    """Read what fits of a file into `model`: Keras skips the rest without a word, so what it assigned is looked for.

    Raises ValueError where the file is damaged, or nothing of it fits; the model then keeps what it had.
    """
    before = model.get_weights()
    legacy = {"by_name": True} if _is_legacy(path) else {}
    try:
        model.set_weights([_nothing(array) for array in before])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if arrays := _within.arrays_of(model, path, _is_legacy(path)):
                _within.assign(model, arrays, partial=True)
            else:
                model.load_weights(os.fspath(path), skip_mismatch=True, **legacy)
        after = [keras.ops.convert_to_numpy(weight) for _, weight in named_weights(model)]
        read = [not np.array_equal(a, _nothing(a), equal_nan=a.dtype.kind == "f") for a in after]
        names = [name for name, _ in named_weights(model)]
        loaded = tuple(name for name, good in zip(names, read, strict=True) if good)
        kept = {name: "the file has none that fits" for name in names if name not in loaded}
        check_some(loaded, kept)
    except Exception as problem:
        model.set_weights(before)
        finalize(model)
        raise ValueError(_reason(problem)) from None
    ours = {id(weight): name for name, weight in named_weights(model)}
    for weight, array in zip(model.weights, before, strict=True):
        if ours[id(weight)] in kept:
            weight.assign(array)
    finalize(model)
    return Report(model.name, loaded, kept), None


def _nothing(array: np.ndarray) -> np.ndarray:
    """What no file holds, in the place of a weight."""
    return np.full_like(array, np.nan if array.dtype.kind == "f" else np.iinfo(array.dtype).min)


def _is_legacy(path: Path) -> bool:
    return path.name.endswith(".h5") and not path.name.endswith(".weights.h5")


def finalize(model: keras.Model) -> None:
    """Let layers that keep a copy of their weights, as Normalization does, take it from what was assigned."""
    for layer in model.layers:
        if hasattr(layer, "finalize_state"):
            layer.finalize_state()


def _reason(problem: Exception) -> str:
    """Take from Keras's paragraphs the first layer that does not fit, and why."""
    text = " ".join(str(problem).split())
    shapes = re.search(r"variable\.shape=(\(.*?\)), Received: value\.shape=(\(.*?\))", text)
    layer = re.search(r"error message for object <\w+ name=([^,>]+)", text)
    if shapes and layer:
        return f"layer {layer[1]} has weights of shape {shapes[1]}, the file has {shapes[2]}"
    text = re.sub(r"^.*error message for object <[^>]*>: | (List of objects|Target variable).*$", "", text)
    return text or type(problem).__name__
