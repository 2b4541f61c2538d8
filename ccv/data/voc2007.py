"""9,963 photographs with 24,640 objects of 20 classes; from `$CCV_DATA` (a VOC tree or TFDS's folder), else TFDS.

Source: Everingham et al., "The PASCAL Visual Object Classes Challenge 2007"; photographs from Flickr, under its terms.
"""

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ccv.data.boxes import annotated, voc_tree
from ccv.data.pairs import as_arrays
from ccv.data.photos.options import Size, check_size
from ccv.data.photos.tree import Skipped
from ccv.data.stored.stored import data_folder, first_line, impatient, import_tfds, prepared_by_tfds, reach
from ccv.data.voc import read, voc

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["CLASS_NAMES", "KIND", "SPLITS", "arrays", "dataset", "found", "parts"]

KIND = "detection"
SPLITS = ("train", "val", "trainval", "test", "all")
CLASS_NAMES = (
    *("aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow", "diningtable", "dog"),
    *("horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor"),
)
TFDS = "voc/2007"
OF_TFDS = {"train": "train", "val": "validation", "trainval": "train+validation", "test": "test"}
SIZE = (192, 256)  # most photographs have 375 x 500 pixels
TREES = ("VOCdevkit/VOC2007", "VOC2007", "voc/2007", "voc2007")
URL = "http://host.robots.ox.ac.uk/pascal/VOC/voc2007/VOCtrainval_06-Nov-2007.tar"

log = logging.getLogger("ccv.data")


def found() -> str | None:
    """Return the folder that it would be read from, or None where it would have to be fetched."""
    place = _tree() or prepared_by_tfds(TFDS)
    return str(place) if place else None


def dataset(split: str = "train", *, size: Size = None, download: bool = True) -> "tf.data.Dataset":
    """Return `(image, truth)` pairs as `ccv.data.voc` does, VOC's difficult objects in "val" and "test" alone.

    None as `size` is 192 x 256. Of a VOC tree the dataset has the attributes that `voc` gives.
    """
    tree = _tree()
    if tree:
        return voc(tree, split, size=size or SIZE, class_names=CLASS_NAMES)
    builder = _builder(download)
    wanted = check_size(size) or SIZE
    names = [OF_TFDS[part] for part in (("trainval", "test") if split == "all" else (split,))]
    made = _of_tfds(builder, "+".join(names), wanted, hard=split in ("val", "test"))
    made.class_names = list(CLASS_NAMES)
    return made


def arrays(split: str = "train", *, size: Size = None, download: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Return uint8 images `(count, height, width, 3)` and float32 truth `(count, boxes, 5)`: 0.4 GB for "train".

    `download=False` takes only what is on this machine; a download (0.9 GB) is announced in the log. Raises
    FileNotFoundError where there are neither files nor network.
    """
    return as_arrays(dataset(split, size=size, download=download))


def parts(
    size: Any, channels: int | None, validation: float | None, test: float | None, seed: int, download: bool = True
) -> tuple["tf.data.Dataset", "tf.data.Dataset | None", "tf.data.Dataset | None", list[Skipped]]:
    """Return train, validation and test, and what was left out; without `validation`, train is VOC's trainval."""
    if channels not in (None, 3):
        raise ValueError("the photographs of voc/2007 are in colour: channels must be 3")
    tree = _tree()
    if tree:
        made = read(tree, size=size or SIZE, class_names=CLASS_NAMES)
        return (*annotated.three(made, validation), made.skipped)
    training, held_out, kept = (
        dataset(split, size=size, download=download) if split else None
        for split in ("train" if validation else "trainval", "val" if validation else None, "test")
    )
    return training, held_out, kept, []


def _tree() -> Path | None:
    ours = data_folder()
    places = [place for name in TREES if ours for place in voc_tree.trees(ours / name)]
    return places[0] if places else None


def _builder(download: bool) -> Any:
    place = prepared_by_tfds(TFDS)
    if place:
        return import_tfds().builder_from_directory(place)
    if not download:
        raise FileNotFoundError(_advice("download=False"))
    log.warning("downloading %s (870 MB) through tensorflow_datasets", TFDS)
    try:
        with impatient():
            reach(URL)  # TFDS's own downloader would wait for ever
            builder = import_tfds().builder(TFDS)
            builder.download_and_prepare()
            return builder
    except Exception as problem:  # TFDS and its downloader have many
        raise FileNotFoundError(_advice(f"it could not be fetched: {first_line(problem)}")) from None


def _of_tfds(builder: Any, split: str, size: tuple[int, int], hard: bool) -> "tf.data.Dataset":
    import tensorflow as tf

    from ccv.data.photos.decode import letterbox

    tfds = import_tfds()
    raw = builder.as_dataset(
        split=split,
        decoders={"image": tfds.decode.SkipDecoding()},
        read_config=tfds.ReadConfig(interleave_cycle_length=1),
    )
    counts = raw.map(lambda row: tf.shape(row["objects"]["label"])[0], tf.data.AUTOTUNE)
    most = max(1, int(counts.reduce(0, tf.maximum)))
    height, width = size

    def example(row: dict[str, Any]) -> tuple[Any, Any]:
        image = tf.io.decode_image(row["image"], channels=3, expand_animations=False)
        image.set_shape((None, None, 3))
        framed, corner, inner = letterbox(image, size)
        objects = row["objects"]
        boxes = objects["bbox"] * tf.cast(tf.tile(inner, [2]), tf.float32) + tf.cast(tf.tile(corner, [2]), tf.float32)
        boxes = tf.gather(boxes, [1, 0, 3, 2], axis=1) / tf.constant([width, height, width, height], tf.float32)
        truth = tf.concat([boxes, tf.cast(objects["label"], tf.float32)[:, None]], axis=1)
        if not hard:
            truth = tf.boolean_mask(truth, ~objects["is_difficult"])
        truth = tf.pad(truth, [[0, most - tf.shape(truth)[0]], [0, 0]], constant_values=-1)
        return framed, tf.ensure_shape(truth, (most, 5))

    return raw.map(example, tf.data.AUTOTUNE, deterministic=True)


def _advice(why: str) -> str:
    ours = data_folder()
    looked = f"CCV_DATA={ours} has no {TREES[0]}" if ours else "CCV_DATA is not set"
    return (
        f"{TFDS} is not on this machine ({looked}; {why}): unpack {URL} into a folder, which makes {TREES[0]} there, "
        "and set CCV_DATA to that folder"
    )
