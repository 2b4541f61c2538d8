"""Reads weights into a built model: Keras's files, PyTorch's, safetensors, darknet's, and the published ones.

| file | of |
|---|---|
| `.weights.h5`, `.keras`, `.h5` | Keras 3, Keras 3 with the architecture, Keras 1 and 2 |
| `.pth`, `.pt`, `.safetensors` | torchvision's state dict of the same network, or our own names |
| `.weights`, `.conv.74` | darknet, for the YOLO family; the first layers of a network alone |

A file is read whole and compared with the model before anything is assigned, so nothing is ever half loaded unless
`partial=True` asks for what fits. The model remembers what pixels the weights expect, where the file tells: by its
kind, or by the name that it was published under.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, overload

import keras

from ccv.models.cards import Rescale
from ccv.models.origin import origin_of, remember_pixels
from ccv.models.weights import darknet_files, imagenet, keras_files, torch_files
from ccv.models.weights.partial import Report
from ccv.models.weights.saving import save_weights

__all__ = ["Report", "check_weights", "load_weights", "save_weights"]

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
# Each reads of a file what fits, and returns what that was, with the pixels.
PARTIAL: dict[str, Callable[[keras.Model, Path], tuple[Report, Rescale | None]]] = {
    ".weights.h5": keras_files.read_partly,
    ".keras": keras_files.read_partly,
    ".h5": keras_files.read_partly,
    ".pth": torch_files.read_partly,
    ".pt": torch_files.read_partly,
    ".safetensors": torch_files.read_partly,
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


@overload
def load_weights(model: keras.Model, path: str | os.PathLike[str], partial: Literal[False] = False) -> keras.Model: ...
@overload
def load_weights(model: keras.Model, path: str | os.PathLike[str], partial: Literal[True]) -> Report: ...


def load_weights(model: keras.Model, path: str | os.PathLike[str], partial: bool = False) -> keras.Model | Report:
    """Read the weights of a file into `model`, and return it; the table above says which files.

    With `partial=True` whatever fits by name and shape is read, the rest of the model stays as it is, and a `Report`
    says what was loaded, what was not and why: `print(load_weights(model, "other.safetensors", partial=True))`.

    Raises ValueError where the file is damaged or belongs to another network, naming the layer, its shape and the
    file's, and where nothing of it fits; the model keeps its weights then. Raises FileNotFoundError where there is no
    file.
    """
    check_weights(model.name, path)
    path = Path(path)
    kind = _kind(path.name)
    assert kind is not None  # check_weights has seen to it
    if partial and kind not in PARTIAL:
        raise ValueError(f"partial=True does not fit {path.name}: darknet's files have no names to go by")
    origin, report = origin_of(model), None
    try:
        published = imagenet.published_as(path.name, origin.builder, origin.form) if origin else None
        if partial:
            report, pixels = PARTIAL[kind](model, path)
        else:
            pixels = READERS[kind](model, path)
    except ValueError as problem:
        raise ValueError(f"weights={os.fspath(path)!r} do not fit {model.name}: {problem}") from None
    remember_pixels(model, published.pixels if published else pixels)
    return model if report is None else report


def _kind(name: str) -> str | None:
    """Return the suffix in READERS of a file's kind; that of darknet's `darknet53.conv.74` is the one of `.weights`."""
    if darknet_files.is_partial(name):
        return ".weights"
    return next((suffix for suffix in READERS if name.endswith(suffix)), None)


def _suffixes() -> str:
    *most, last = READERS
    return f"{', '.join(most)} or {last}"
