"""Pascal VOC trees: photographs with boxes, as a `tf.data.Dataset` of `(image, truth)` for detectors."""

import logging
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ccv.data.boxes import annotated, voc_tree
from ccv.data.boxes.annotated import SPLITS, Annotated
from ccv.data.facts import Facts, inspect, patient_pillow
from ccv.data.photos.options import Size
from ccv.data.photos.sizes import LEAST, LONG_SIDE, STRIDE, natural
from ccv.data.stored.records import Sheet
from ccv.names import check_name

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["LEAST", "LONG_SIDE", "natural_size", "voc"]

log = logging.getLogger("ccv.data")


def voc(
    path: str | os.PathLike[str],
    split: str = "train",
    *,
    size: Size = None,
    class_names: Sequence[str] | None = None,
    channels: int = 3,
    difficult: bool | None = None,
    validation: float = 0.2,
    test: float | None = None,
    seed: int = 0,
    cache: str | os.PathLike[str] | bool | None = None,
) -> "tf.data.Dataset":
    """Return the images of a VOC tree: single pairs, uint8 `(height, width, channels)` and float32 `(boxes, 5)`.

    A row of the truth is x_min, y_min, x_max, y_max as parts of the width and height, then the class; rows of -1 are
    padding, as many in every part. Classes are those found, in natural order, or as `class_names` lists them.

    `path` holds Annotations, JPEGImages and, perhaps, ImageSets/Main, or is a folder around one such tree; the folders
    may have other names, .xml files may lie beside their images, and folders called train, valid and test are parts, as
    Roboflow exports them. `split` is "train", "val", "trainval", "test" or "all". What neither lists nor folders divide
    is divided by a hash of each name and the `seed`: `validation` and `test` are the parts held out.

    Images are brought to `size` (a number, or height and width) by letterbox, whole and in their shape in the middle
    of grey 128, as `ccv.detection` does when it detects; None is `natural_size` of them all, or larger where
    the median object would have fewer than 12 pixels across. They are decoded as they are read, upright by EXIF, as in
    `folder`.

    VOC's pixels count from 1: a box from 1 to 10 is ten pixels wide here, from 0 to 10. Boxes are put in order, cut at
    the border, or dropped where nothing is left; what is missing or wrong beside them is read from the image or taken
    as 0. Each such case is in `.repaired` (path and what was done), each image that cannot be used in `.skipped` (path
    and why), and the log sums them up.

    `difficult` keeps difficult objects in the truth; None keeps them in "val" and "test", and drops them from what is
    trained on. `.annotations` has for every image all objects in pixels of the file, with their `difficult`, and
    `.truth` and `.difficult` are the arrays `(count, boxes, 5)` and `(count, boxes)` of the whole dataset.

    Raises FileNotFoundError for a path that is none, and ValueError for one that is no VOC tree, or an option out of
    range.
    """
    check_name("split", split, SPLITS)
    made = read(
        path,
        size=size,
        class_names=class_names,
        channels=channels,
        validation=validation,
        test=test,
        seed=seed,
        cache=cache,
    )
    return made.split(split, difficult)


def read(path: str | os.PathLike[str], *, class_names: Sequence[str] | None = None, **options: Any) -> Annotated:
    """Find, check and divide the images of a tree; options and errors as in `voc`."""
    found = voc_tree.find(path)
    _tell_absent(found.root, class_names, found.sheets)
    return annotated.read(found, class_names=class_names, **options)


def _tell_absent(root: Path, class_names: Sequence[str] | None, sheets: Mapping[str, Sheet]) -> None:
    there = {thing.name for sheet in sheets.values() for thing in sheet.things}
    absent = [name for name in class_names or () if name not in there]
    if absent:
        log.warning("%s: there is no object of %s", root, ", ".join(absent))


def natural_size(
    paths: Iterable[str | os.PathLike[str]], *, long_side: int = LONG_SIDE, stride: int = STRIDE
) -> tuple[int, int]:
    """Return one (height, width) for images of many sizes: their usual proportions, sides that divide by `stride`.

    The longer side is about `long_side` pixels. Files that are no images are passed over; ValueError for none that is.
    """
    with patient_pillow():
        found = [inspect(os.fspath(Path(path).expanduser())) for path in paths]
    facts: list[Any] = [one for one in found if isinstance(one, Facts)]
    if not facts:
        raise ValueError("natural_size needs the paths of images, and none of these is one that can be read")
    return natural(facts, long_side, stride)
