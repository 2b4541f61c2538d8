"""Training, validation and test part of a data set or a folder, ready to be shuffled, batched and trained on."""

import inspect
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ccv.data import _sources, folders
from ccv.data._assign import assign
from ccv.data._options import Size, check_channels, check_fractions, check_size
from ccv.data._tree import Skipped
from ccv.names import check_options, unknown

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["Skipped", "Splits", "splits"]


@dataclass(frozen=True)
class Splits:
    """Datasets of single pairs: uint8 `(height, width, channels)` and int64; in a fixed order, their length known."""

    train: "tf.data.Dataset"
    validation: "tf.data.Dataset"
    test: "tf.data.Dataset | None"
    class_names: list[str]
    name: str
    skipped: list[Skipped] = field(default_factory=list)


def splits(
    name_or_folder: str | os.PathLike[str],
    *,
    size: Size = None,
    channels: int | None = None,
    validation: float = 0.2,
    test: float | None = None,
    seed: int = 0,
    cache: str | os.PathLike[str] | bool | None = None,
    **options: Any,
) -> Splits:
    """Return the parts of a data set of `list_datasets()`, or of a class-per-folder tree (see `folder`).

    A name goes before a folder of that name, which "./name" reaches. `validation` is the part held out of
    each class by a hash with `seed`. The test part is the data set's own, or a folder's test folder; without
    one, `test` is the part held out for it, and None means none. `size` is a number or (height, width): drawn
    sets are drawn so large, others cropped in the middle and resized; None leaves the images as they are.
    `channels` 3 or 1 makes RGB or grey; None leaves a data set's own and makes RGB of a folder. The other
    options are those of `arrays` or `folder`: `splits("glyphs", count=80)`.

    Raises ValueError for what is neither name nor folder, else as `load` and `folder` do.

    >>> parts = splits("glyphs", count=160, validation=0.1)
    >>> len(parts.train), len(parts.validation), len(parts.test), parts.class_names[:2]
    (144, 16, 160, ['alpha', 'beta'])
    """
    if not isinstance(name_or_folder, (str, os.PathLike)):
        raise TypeError(f"give the name of a data set or the path of a folder, not {name_or_folder!r}")
    shape, channels = check_size(size), check_channels(channels)
    check_fractions(validation, test, seed)
    name = os.fspath(name_or_folder)
    if name not in _sources.DATASETS:
        return _of_folder(name, {"size": shape, "channels": channels, "cache": cache}, validation, test, seed, options)
    source = _sources.source(name)
    check_options(name, source.arrays, options)
    if hasattr(source, "parts"):  # photographs, which are read as they are needed
        train, held_out, own_test, skipped = source.parts(shape, channels, validation, test, seed, **options)
        return Splits(train, held_out, own_test, list(source.CLASS_NAMES), name, skipped)
    return _of_arrays(name, source, shape, channels, validation, seed, options)


def _of_folder(path: str, common: Any, validation: float, test: float | None, seed: int, options: Any) -> Splits:
    if not Path(path).expanduser().exists() and Path(path).name == path:
        raise ValueError(unknown("data set or folder", path, _sources.DATASETS))
    check_options("a folder", folders.folder, options)
    files = folders.read(path, **common, validation=validation, test=test, seed=seed, **options)
    has_test = "test" in files.parts
    train, held_out = files.dataset("train"), files.dataset("validation")
    kept_for_test = files.dataset("test") if has_test else None
    return Splits(train, held_out, kept_for_test, files.class_names, str(path), files.skipped)


def _of_arrays(
    name: str, source: Any, shape: Any, channels: int | None, validation: float, seed: int, options: Any
) -> Splits:
    """Divide the training part; a size that the source cannot draw or store itself is left to `tf.data`."""
    taken = inspect.signature(source.arrays).parameters
    own_sizes = getattr(source, "SIZES", None)
    if shape and shape[0] == shape[1] and (own_sizes is None or shape[0] in own_sizes):
        options = {**options, "size": shape[0]}
    if channels and "channels" in taken:
        options = {**options, "channels": channels}
    images, labels = source.arrays("train", **options)
    held_out = assign([str(index) for index in range(len(labels))], labels.tolist(), seed, validation, 0.0)
    parts = [(images[chosen], labels[chosen]) for chosen in _masks(held_out)]
    parts.append(source.arrays("test", **options))
    names = list(source.CLASS_NAMES)
    train, rest, test = (_dataset(_to_uint8(x), y, names, shape, channels) for x, y in parts)
    return Splits(train, rest, test, names, name)


def _masks(parts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    train = np.array([part == "train" for part in parts], bool)
    return train, ~train


def _to_uint8(images: np.ndarray) -> np.ndarray:
    """Bring xo's -1 ... 1 to 0 ... 255."""
    return images if images.dtype == np.uint8 else np.rint((images + 1) * 127.5).astype(np.uint8)


def _dataset(images: np.ndarray, labels: np.ndarray, names: list[str], shape: Any, channels: int | None) -> Any:
    import tensorflow as tf

    from ccv.data._decode import fit, to_channels

    made = tf.data.Dataset.from_tensor_slices((images, labels))
    if shape and images.shape[1:3] != shape:
        made = made.map(lambda x, y: (fit(x, shape), y), tf.data.AUTOTUNE, deterministic=True)
    if channels and images.shape[3] != channels:
        made = made.map(lambda x, y: (to_channels(x, channels), y), tf.data.AUTOTUNE, deterministic=True)
    made.class_names = names
    return made
