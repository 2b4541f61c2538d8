"""Keras's own files of weights: `.weights.h5` and `.keras`, and the `.h5` of before Keras 3."""

import os
import re
import warnings
from pathlib import Path

import keras


def read(model: keras.Model, path: Path) -> None:
    """Read a file into `model`; what pixels its weights expect, it does not say.

    Raises ValueError where it is damaged or belongs to another network; the model then keeps what it had.
    """
    before = model.get_weights()
    try:
        with warnings.catch_warnings():  # what Keras would warn of is an error here
            warnings.simplefilter("ignore")
            model.load_weights(os.fspath(path))
    except Exception as problem:  # h5py, zipfile and Keras each raise their own
        model.set_weights(before)
        finalize(model)
        raise ValueError(_reason(problem)) from None


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
