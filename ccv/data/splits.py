"""Training, validation and test part of a data set, a folder or annotated images, ready to be trained on."""

import inspect
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ccv.data import _annotated, _sources, _voc_tree, folders
from ccv.data._assign import assign
from ccv.data._options import Size, check_channels, check_fractions, check_size
from ccv.data._records import Repaired
from ccv.data._tree import Skipped
from ccv.data.coco import read as read_coco
from ccv.data.voc import read as read_voc
from ccv.names import check_options, unknown

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["Repaired", "Skipped", "Splits", "splits"]


VALIDATION = 0.2  # the part held out where nothing else is asked for


@dataclass(frozen=True)
class Splits:
    """Datasets of single `(image, label)` pairs in a fixed order, their length known.

    An image is uint8 `(height, width, channels)`. By `kind`, a label is an int64 ("classification"), or float32
    `(boxes, 5)` ("detection"): x_min, y_min, x_max, y_max as parts of the width and height, class; -1 is padding.
    """

    train: "tf.data.Dataset"
    validation: "tf.data.Dataset | None"
    test: "tf.data.Dataset | None"
    class_names: list[str]
    name: str
    skipped: list[Skipped] = field(default_factory=list)
    kind: str = "classification"
    repaired: list[Repaired] = field(default_factory=list)


def splits(
    name_or_folder: str | os.PathLike[str],
    *,
    size: Size = None,
    channels: int | None = None,
    validation: float | None = None,
    test: float | None = None,
    seed: int = 0,
    cache: str | os.PathLike[str] | bool | None = None,
    **options: Any,
) -> Splits:
    """Return the parts of a data set of `list_datasets()`, of a class-per-folder tree, or of annotated images.

    A name goes before a folder of that name, which "./name" reaches. `validation` is the part held out of
    each class by a hash with `seed`; None is a fifth. The test part is the data set's own, or a folder's test folder;
    without one, `test` is the part held out for it, and None means none. `size` is a number or (height, width): drawn
    sets are drawn so large, others cropped in the middle and resized; None leaves the images as they are.
    `channels` 3 or 1 makes RGB or grey; None leaves a data set's own and makes RGB of a folder. The other
    options are those of `arrays`, `folder`, `voc` or `coco`: `splits("glyphs", count=80)`.

    A Pascal VOC tree (see `voc`) is known by its folder Annotations, a file of COCO (see `coco`) by its suffix .json;
    their `kind` is "detection", and their images are letterboxed to `size`. Training is VOC's trainval list and there
    is no validation part, unless `validation` asks for it: then they are its train and val lists, or, without lists,
    parts by hash. The test part is the test list.

    Raises ValueError for what is neither name nor folder, else as `load`, `folder`, `voc` and `coco` do.

    >>> parts = splits("glyphs", count=160, validation=0.1)
    >>> len(parts.train), len(parts.validation), len(parts.test), parts.class_names[:2]
    (144, 16, 160, ['alpha', 'beta'])
    """
    if not isinstance(name_or_folder, (str, os.PathLike)):
        raise TypeError(f"give the name of a data set or the path of a folder, not {name_or_folder!r}")
    shape, channels = check_size(size), check_channels(channels)
    share = VALIDATION if validation is None else validation
    check_fractions(share, test, seed)
    name = os.fspath(name_or_folder)
    if name not in _sources.DATASETS:
        common = {"size": shape, "channels": channels, "test": test, "seed": seed, "cache": cache}
        reader = _reader_of_boxes(name)
        if reader:
            return _of_boxes(name, reader, common, validation, options)
        return _of_folder(name, {**common, "validation": share}, options)
    source = _sources.source(name)
    check_options(name, source.arrays, options)
    if hasattr(source, "parts"):  # photographs, which are read as they are needed
        boxes = _kind(source) == "detection"  # whose own lists come before a share
        train, held_out, own_test, skipped = source.parts(
            shape, channels, validation if boxes else share, test, seed, **options
        )
        return Splits(train, held_out, own_test, list(source.CLASS_NAMES), name, skipped, _kind(source))
    return _of_arrays(name, source, shape, channels, share, seed, options)


def _kind(source: Any) -> str:
    return getattr(source, "KIND", "classification")


def _reader_of_boxes(path: str) -> Any:
    """Return the function that reads a VOC tree or a file of COCO, or None for anything else."""
    if path.lower().endswith(".json"):
        return read_coco
    return read_voc if _voc_tree.trees(path) else None


def _of_boxes(path: str, read: Any, common: dict[str, Any], validation: float | None, options: Any) -> Splits:
    check_options("a file of COCO" if read is read_coco else "a VOC tree", read, options)
    made = read(path, **common, validation=validation or 0, **options)
    train, held_out, test = _annotated.three(made, validation)
    return Splits(train, held_out, test, made.class_names, str(path), made.skipped, "detection", made.repaired)


def _of_folder(path: str, common: Any, options: Any) -> Splits:
    if not Path(path).expanduser().exists() and Path(path).name == path:
        raise ValueError(unknown("data set or folder", path, _sources.DATASETS))
    check_options("a folder", folders.folder, options)
    files = folders.read(path, **common, **options)
    has_test = "test" in files.parts
    train, held_out = files.dataset("train"), files.dataset("validation")
    kept_for_test = files.dataset("test") if has_test else None
    return Splits(train, held_out, kept_for_test, files.class_names, str(path), files.skipped)


def _of_arrays(
    name: str, source: Any, shape: Any, channels: int | None, validation: float, seed: int, options: Any
) -> Splits:
    """Divide the training part; a size that the source cannot draw or store itself is left to `tf.data`."""
    taken = inspect.signature(source.arrays).parameters
    own_sizes, boxes = getattr(source, "SIZES", None), _kind(source) == "detection"
    if shape and boxes:  # drawn so: cropped images would need other boxes
        options = {**options, "size": shape}
    elif shape and shape[0] == shape[1] and (own_sizes is None or shape[0] in own_sizes):
        options = {**options, "size": shape[0]}
    if channels and "channels" in taken:
        options = {**options, "channels": channels}
    images, labels = source.arrays("train", **options)
    groups = [0] * len(labels) if boxes else labels.tolist()
    held_out = assign([str(index) for index in range(len(labels))], groups, seed, validation, 0.0)
    parts = [(images[chosen], labels[chosen]) for chosen in _masks(held_out)]
    parts.append(source.arrays("test", **options))
    names = list(source.CLASS_NAMES)
    train, rest, test = (_dataset(_to_uint8(x), y, names, shape, channels) for x, y in parts)
    return Splits(train, rest, test, names, name, kind=_kind(source))


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
