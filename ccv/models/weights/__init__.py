"""Reads weights into a built model: Keras's files, PyTorch's, safetensors, darknet's, and the published ones.

| file | of |
|---|---|
| `.weights.h5`, `.keras`, `.h5` | Keras 3, Keras 3 with the architecture, Keras 1 and 2 |
| `.pth`, `.pt`, `.safetensors` | torchvision's state dict of the same network, or our own names |
| `.weights`, `.conv.74` | darknet, for the YOLO family; the first layers of a network alone |

A file is read whole and compared with the model before anything is assigned, so nothing is ever half loaded. The model
remembers what pixels the weights expect, where the file tells: by its kind, or by the name that it was published under.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras

from ccv.models.cards import Rescale
from ccv.models.origin import origin_of, remember_pixels
from ccv.models.weights import darknet_files, imagenet, keras_files, torch_files

__all__ = ["check_weights", "load_weights"]

# Each reads a file into a model and returns the pixels that weights of its kind expect, None where that is open.
READERS: dict[str, Callable[[keras.Model, Path], Rescale | None]] = {
    ".weights.h5": keras_files.read,
    ".keras": keras_files.read,
    ".h5": keras_files.read,
    ".pth": torch_files.read,
    ".pt": torch_files.read,
    ".safetensors": torch_files.read,
    ".weights": darknet_files.read,
}


def check_weights(builder: str, weights: Any) -> None:
    """Raise TypeError, ValueError or FileNotFoundError, before anything is built, for unusable `weights`."""
    if weights is None:
        return
    if not isinstance(weights, (str, os.PathLike)):
        raise TypeError(f"weights={weights!r} must be None, 'imagenet' or the path of a {_suffixes()} file")
    if imagenet.is_published(weights):
        imagenet.check(builder, os.fspath(weights))
        return
    if _kind(Path(weights).name) is None:
        raise ValueError(f"weights={str(weights)!r} must end with {_suffixes()}")
    if not Path(weights).is_file():
        raise FileNotFoundError(f"weights={str(weights)!r}: there is no such file")


def load_weights(model: keras.Model, path: str | os.PathLike[str]) -> keras.Model:
    """Read the weights of a file into `model`, and return it; the table above says which files.

    Raises ValueError where the file is damaged or belongs to another network, naming the layer, its shape and the
    file's; the model keeps its weights then. Raises FileNotFoundError where there is no file.
    """
    check_weights(model.name, path)
    path = Path(path)
    kind = _kind(path.name)
    assert kind is not None  # check_weights has seen to it
    origin = origin_of(model)
    try:
        published = imagenet.published_as(path.name, origin.builder, origin.form) if origin else None
        pixels = READERS[kind](model, path)
    except ValueError as problem:
        raise ValueError(f"weights={os.fspath(path)!r} do not fit {model.name}: {problem}") from None
    remember_pixels(model, published.pixels if published else pixels)
    return model


def _kind(name: str) -> str | None:
    """Return the suffix in READERS of a file's kind; that of darknet's `darknet53.conv.74` is the one of `.weights`."""
    if darknet_files.is_partial(name):
        return ".weights"
    return next((suffix for suffix in READERS if name.endswith(suffix)), None)


def _suffixes() -> str:
    *most, last = READERS
    return f"{', '.join(most)} or {last}"
