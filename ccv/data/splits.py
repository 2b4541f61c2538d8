"""Training, validation and test part of a data set, a folder or annotated images, ready to be trained on."""

import inspect
import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ccv.data import folders
from ccv.data.boxes import annotated
from ccv.data.boxes.assign import assign
from ccv.data.boxes.layout import LOOKED_FOR, OF_MASKS, Layout, recognise
from ccv.data.pairs import Pairs, image_shape
from ccv.data.photos.options import Size, check_channels, check_fractions, check_size
from ccv.data.photos.tree import Skipped
from ccv.data.stored import sources
from ccv.data.stored.records import Repaired
from ccv.data.stored.table import FORM
from ccv.names import check_name, check_options, unknown
from ccv.versions import tensorflow_there

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["Repaired", "Skipped", "Splits", "splits"]


VALIDATION = 0.2  # the part held out where nothing else is asked for
WANTED = {  # by kind: what is missing where it is not there, what to give, and what is drawn
    "detection": ("boxes", LOOKED_FOR, "shapes, which are drawn"),
    "multilabel": ("table of labels", FORM, "shapes, which are drawn"),
    "segmentation": ("masks", OF_MASKS, "shapes, which are drawn"),
}


@dataclass(frozen=True)
class Splits:
    """Datasets of single `(image, label)` pairs in a fixed order, their length known.

    An image is uint8 `(height, width, channels)`. By `kind`, a label is an int64 ("classification"), or float32
    `(classes,)` with a 1 for each that the image shows ("multilabel"), or float32 `(boxes, 5)` ("detection"): x_min,
    y_min, x_max, y_max as parts of the width and height, class; -1 is padding; or uint8 `(height, width)`, a class for
    every pixel, 255 where nobody knows it ("segmentation").
    Where TensorFlow is not installed, each part is a `Pairs` instead. `origins` has for each part the arguments of
    `splits` that give it again, its `name_or_folder` as "data" and `images` of COCO as "image_folder".
    `layout` says how annotated or labelled images were read, and by what that was known.
    """

    train: "tf.data.Dataset"
    validation: "tf.data.Dataset | None"
    test: "tf.data.Dataset | None"
    class_names: list[str]
    name: str
    skipped: list[Skipped] = field(default_factory=list)
    kind: str = "classification"
    repaired: list[Repaired] = field(default_factory=list)
    origins: dict[str, dict[str, Any]] = field(default_factory=dict)
    layout: str = ""

    @property
    def image(self) -> tuple[int, int, int]:
        """The shape of an image to train on: (height, width, channels)."""
        return image_shape(self.train)


def splits(
    name_or_folder: str | os.PathLike[str],
    *,
    size: Size = None,
    channels: int | None = None,
    validation: float | None = None,
    test: float | None = None,
    seed: int = 0,
    cache: str | os.PathLike[str] | bool | None = None,
    kind: str | None = None,
    **options: Any,
) -> Splits:
    """Return the parts of a data set of `list_datasets()`, of a class-per-folder tree, or of annotated images.

    A name goes before a folder of that name, which "./name" reaches. `validation` is the part held out of each class by
    a hash with `seed`; None is the data set's own validation part, else a fifth. The test part is the data set's own,
    or a folder's test folder; without one, `test` is the part held out for it, and None means none. `size` is a number
    or (height, width): drawn sets are drawn so large, others cropped in the middle and resized; None leaves the images
    as they are.
    `channels` 3 or 1 makes RGB or grey; None leaves a data set's own and makes RGB of a folder. The other
    options are those of `arrays`, `folder`, `voc` or `coco`: `splits("glyphs", count=80)`.

    Boxes are read as they lie: a Pascal VOC tree (see `voc`), a file of COCO or a folder of them (see `coco`), YOLO's
    labels (see `yolo`); `.layout` says which was seen, and why. Their `kind` is "detection", and their images are
    letterboxed to `size`. Folders that are train, valid and test, or lists of such, are the parts. Of VOC's lists
    training is trainval, and of images that nothing divides it is all: there is no validation part then, unless
    `validation` asks for it. `kind="detection"` refuses what has no boxes in place of looking for classes.

    Images with several labels are those of a table (see `ccv.data.tables`), of the `kind` "multilabel"; with that
    `kind` the scenes of `shapes` are labelled with the shapes in them. Images with masks beside them are of the `kind`
    "segmentation" (see `ccv.data.masks`), and letterboxed; with it the scenes of `shapes` have masks, and of a tree
    with boxes the masks are read. `kind="classification"` goes by folders, whatever lies beside them.

    Raises ValueError for what is neither name nor folder, else as `load`, `folder`, `voc` and `coco` do.

    >>> parts = splits("glyphs", count=160, validation=0.1)
    >>> len(parts.train), len(parts.validation), len(parts.test), parts.class_names[:2]
    (144, 16, 160, ['alpha', 'beta'])
    """
    if not isinstance(name_or_folder, (str, os.PathLike)):
        raise TypeError(f"give the name of a data set or the path of a folder, not {name_or_folder!r}")
    made = _read(
        os.fspath(name_or_folder), check_size(size), check_channels(channels), validation, test, seed, cache, kind,
        options,
    )  # fmt: skip
    asked = {"validation": validation, "test": test, "seed": seed, "kind": kind, **options}
    if asked.get("images") is not None:  # in run.json "images" is how many there are
        asked["image_folder"] = _place(asked.pop("images"))
    origin = {"data": _place(name_or_folder), **{key: value for key, value in asked.items() if value is not None}}
    return replace(made, origins=dict.fromkeys(("train", "validation", "test"), origin))


def _place(name_or_folder: str | os.PathLike[str]) -> str:
    """Return the name of a data set, or a path that holds from any folder."""
    name = os.fspath(name_or_folder)
    return name if name in sources.DATASETS else str(Path(name).expanduser().absolute())


def _read(
    name: str, shape: Any, channels: int | None, validation: float | None, test: float | None, seed: int, cache: Any,
    kind: str | None, options: dict[str, Any],
) -> Splits:  # fmt: skip
    share = VALIDATION if validation is None else validation
    check_fractions(share, test, seed)
    if name not in sources.DATASETS:
        common = {"size": shape, "channels": channels, "test": test, "seed": seed, "cache": cache}
        layout = recognise(name, kind) if name else None
        if layout and kind in (None, layout.kind):
            read = _of_boxes if layout.kind == "detection" else _of_labels
            return read(name, layout, common, validation, options)
        _check_there(name)
        _check_kind(name, "classification", kind)
        return _of_folder(name, {**common, "validation": share}, options)
    source = sources.source(name)
    drawn = hasattr(source, "scenes") and kind in ("multilabel", "segmentation")
    _check_kind(name, str(kind) if drawn else _kind(source), kind)
    check_options(name, source.arrays, options)
    if hasattr(source, "parts"):  # photographs, which are read as they are needed
        boxes = _kind(source) == "detection"  # whose own lists come before a share
        train, held_out, own_test, skipped = source.parts(
            shape, channels, validation if boxes else share, test, seed, **options
        )
        return Splits(train, held_out, own_test, list(source.CLASS_NAMES), name, skipped, _kind(source))
    return _of_arrays(name, source, shape, channels, validation, seed, options, str(kind) if drawn else _kind(source))


def _kind(source: Any) -> str:
    return getattr(source, "KIND", "classification")


def _check_there(path: str) -> None:
    """Raise ValueError for one word that is neither a data set nor a folder, with the nearest name."""
    if path and not Path(path).expanduser().exists() and Path(path).name == path:
        raise ValueError(unknown("data set or folder", path, sources.DATASETS))


def _check_kind(name: str, found: str, wanted: str | None) -> None:
    """Raise ValueError where labels of another kind are wanted, and FileNotFoundError where there is nothing at all."""
    if wanted is not None:
        check_name("kind", wanted, ("classification", *WANTED))
    if wanted not in WANTED or found == wanted:
        return
    what, looked_for, drawn = WANTED[str(wanted)]
    if name not in sources.DATASETS and not Path(name).expanduser().exists():
        raise FileNotFoundError(f"there is no file or folder {name}: give the path of images with {what}")
    raise ValueError(f"{name} has no {what}: give a folder with {looked_for}; or {drawn}")


def _of_boxes(
    path: str, layout: Layout, common: dict[str, Any], validation: float | None, options: dict[str, Any]
) -> Splits:
    check_options(layout.name, layout.read, options)
    made = layout.read(path, **common, validation=validation or 0, **options)
    train, held_out, test = annotated.three(made, validation)
    return Splits(
        train, held_out, test, made.class_names, str(path), made.skipped, "detection", made.repaired,
        layout=made.layout,
    )  # fmt: skip


def _of_labels(
    path: str, layout: Layout, common: dict[str, Any], validation: float | None, options: dict[str, Any]
) -> Splits:
    check_options(layout.name, layout.read, options)
    share = VALIDATION if validation is None else validation
    return _of_files(path, layout.read(path, **common, validation=share, **options))


def _of_folder(path: str, common: Any, options: Any) -> Splits:
    check_options("a folder", folders.folder, options)
    return _of_files(path, folders.read(path, **common, **options))


def _of_files(path: str, files: folders.Files) -> Splits:
    has_test = "test" in files.parts
    train, held_out = files.dataset("train"), files.dataset("validation")
    kept_for_test = files.dataset("test") if has_test else None
    return Splits(
        train, held_out, kept_for_test, files.class_names, str(path), files.skipped, files.kind, layout=files.layout
    )


def _of_arrays(
    name: str, source: Any, shape: Any, channels: int | None, validation: float | None, seed: int, options: Any,
    kind: str,
) -> Splits:  # fmt: skip
    """Divide the training part; a size that the source cannot draw or store itself is left to `tf.data`.

    Of scenes with boxes the `kind` "multilabel" makes a 0 or 1 for each class, and "segmentation" draws the masks.
    """
    taken = inspect.signature(source.arrays).parameters
    own_sizes, boxes = getattr(source, "SIZES", None), _kind(source) == "detection"
    masks = kind == "segmentation"
    if shape and boxes:  # drawn so: cropped images would need other boxes
        options = {**options, "size": shape}
    elif shape and shape[0] == shape[1] and (own_sizes is None or shape[0] in own_sizes):
        options = {**options, "size": shape[0]}
    if channels and "channels" in taken:
        options = {**options, "channels": channels}
    draw = source.masks if masks else source.arrays
    parts = _parts(source, draw, validation, seed, options, boxes)
    names = list(source.MASK_NAMES if masks else source.CLASS_NAMES)
    if kind == "multilabel":
        parts = [(images, _shown(truth, len(names))) for images, truth in parts]
    train, rest, test = (_dataset(_to_uint8(x), y, names, shape, channels) for x, y in parts)
    return Splits(train, rest, test, names, name, kind=kind)


def _parts(
    source: Any, draw: Any, validation: float | None, seed: int, options: dict[str, Any], boxes: bool
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return training, validation and test: the source's own, or a share for validation of what is there to train on.

    Of what is for tests alone nothing is left to train on.
    """
    test = draw("test", **options)
    if "train" not in source.SPLITS:
        nothing = test[0][:0], test[1][:0]
        return [nothing, nothing, test]
    if validation is None and "val" in source.SPLITS:
        return [draw("train", **options), draw("val", **options), test]
    images, labels = draw("trainval" if "trainval" in source.SPLITS else "train", **options)
    groups = [0] * len(labels) if boxes else labels.tolist()
    share = VALIDATION if validation is None else validation
    held_out = assign([str(index) for index in range(len(labels))], groups, seed, share, 0.0)
    return [*((images[chosen], labels[chosen]) for chosen in _masks(held_out)), test]


def _shown(truth: np.ndarray, classes: int) -> np.ndarray:
    """Return float32 `(images, classes)`: 1 for each class that the boxes `(images, boxes, 5)` of an image have."""
    return (truth[..., 4:] == np.arange(classes)).any(axis=1).astype(np.float32)


def _masks(parts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    train = np.array([part == "train" for part in parts], bool)
    return train, ~train


def _to_uint8(images: np.ndarray) -> np.ndarray:
    """Bring xo's -1 ... 1 to 0 ... 255."""
    return images if images.dtype == np.uint8 else np.rint((images + 1) * 127.5).astype(np.uint8)


def _dataset(images: np.ndarray, labels: np.ndarray, names: list[str], shape: Any, channels: int | None) -> Any:
    if not tensorflow_there():
        from ccv.data.files import fit, to_channels

        if shape and images.shape[1:3] != shape:
            images = np.stack([fit(image, shape) for image in images])
        return Pairs(to_channels(images, channels or images.shape[3]), labels, names)
    import tensorflow as tf

    from ccv.data.photos import decode

    made = tf.data.Dataset.from_tensor_slices((images, labels))
    if shape and images.shape[1:3] != shape:
        made = made.map(lambda x, y: (decode.fit(x, shape), y), tf.data.AUTOTUNE, deterministic=True)
    if channels and images.shape[3] != channels:
        made = made.map(lambda x, y: (decode.to_channels(x, channels), y), tf.data.AUTOTUNE, deterministic=True)
    made.class_names = names
    return made
