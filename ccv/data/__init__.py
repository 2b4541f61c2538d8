"""Labelled images by name or from a folder: `load("digits")` is a `tf.data.Dataset`, `arrays("digits")` plain NumPy.

| name | images | where from |
|---|---|---|
| `xo` | drawn X's and O's, float32, ground -1 and ink +1 as on the slides | made here, seeded; no network |
| `glyphs` | Greek letters in many fonts on stained paper, 16 classes | made here, seeded; no network |
| `letters` | Latin, Greek and Cyrillic letters, 83 that do not look alike | made here, seeded; no network |
| `textures` | ten textures in twelve shapes, 120 classes, to pre-train on | made here, seeded; no network |
| `shapes` | ellipses, rectangles and triangles in noise, with boxes, to detect | made here, seeded; no network |
| `cells` | 1,203 photographs of blood cells of 48x48, in colour or grey | inside ccv; no network |
| `blood` | thirty photographs of blood smears with boxes, to test on | inside ccv; no network |
| `digits` | 1,797 real handwritten digits | scikit-learn's; no network |
| `mnist` | 70,000 real handwritten digits | `$CCV_DATA`, else Keras's or TFDS's |
| `fashion_mnist` | 70,000 grey pictures of clothes | `$CCV_DATA`, else Keras's or TFDS's |
| `cifar10` | 60,000 colour photographs of 32x32 pixels | `$CCV_DATA`, else Keras's or TFDS's |
| `tf_flowers` | 3,670 photographs of five flowers | `$CCV_DATA`, else TFDS's |
| `cats_vs_dogs` | 23,262 photographs of cats and dogs | `$CCV_DATA`, else TFDS's |
| `voc/2007` | 9,963 photographs with boxes, 20 classes, to detect | `$CCV_DATA`, else TFDS's |

`ccv.data.masks.read(path)` reads images with mask files, `folder(path)` one folder of images per class, `voc(path)` a
tree of Pascal VOC, `coco(json)` a file of COCO, `yolo(path)` YOLO's labels, and `splits(name_or_path)` gives
training, validation and test part of any of them;
`photograph("china")` is one photograph without a label. An image is `(height, width, channels)`, uint8 from 0 to 255
(but for `xo`), a label an integer that indexes `class_names(name)`; one layer, `card(model).preprocessing`, turns
images into what a network expects. Where an image may show several classes, the label is float32 `(classes,)`, 1 for
each that it shows, from a table beside the images (`ccv.data.tables`). Where objects are to be detected, it is the
truth: float32 `(boxes, 5)`, each row x_min, y_min, x_max, y_max as parts of the width and height, then the class, and
rows of -1 for padding. Importing this loads neither TensorFlow nor scikit-learn.

>>> list_datasets()[:4]
['blood', 'cats_vs_dogs', 'cells', 'cifar10']
"""

from typing import TYPE_CHECKING, Any

from ccv.data.carried import photograph
from ccv.data.coco import coco
from ccv.data.folders import folder
from ccv.data.pairs import Pairs
from ccv.data.splits import Repaired, Skipped, Splits, splits
from ccv.data.stored.records import Annotation
from ccv.data.stored.sources import DATASETS, source
from ccv.data.voc import natural_size, voc
from ccv.data.yolo import yolo
from ccv.names import check_name, check_options
from ccv.versions import tensorflow_there

if TYPE_CHECKING:
    import numpy as np
    import tensorflow as tf

__all__ = [
    "DATASETS",
    "Annotation",
    "Pairs",
    "Repaired",
    "Skipped",
    "Splits",
    "arrays",
    "class_names",
    "coco",
    "folder",
    "found",
    "list_datasets",
    "load",
    "natural_size",
    "photograph",
    "splits",
    "voc",
    "yolo",
]


def list_datasets() -> list[str]:
    """Return the names that `load` takes."""
    return list(DATASETS)


def class_names(name: str) -> list[str]:
    """Return the names of the classes, in the order of the labels.

    >>> class_names("xo")
    ['X', 'O']
    """
    return list(source(name).CLASS_NAMES)


def load(name: str, split: str = "train", **options: Any) -> "tf.data.Dataset | Pairs":
    """Return a `tf.data.Dataset` of single `(image, label)` pairs: `(height, width, channels)` and a label.

    `split` is "train", "test" or "all" (for `xo` also "slides", for `cells` and `voc/2007` "val" and "trainval";
    `blood` has no "train"); the options are those of `arrays` in the file of the data set, such as
    `load("digits", size=28)`. Like Keras's own loaders, the dataset carries `.class_names` (besides `.element_spec`);
    `map`, `batch` and the like return datasets without it, so read it first, or ask `class_names(name)`. Where
    TensorFlow is not installed, as on Colab's TPU machines, it is a `Pairs` of the same pairs, which a loop, an index,
    and everything of `ccv` takes alike.

    Raises ValueError for an unknown name, split or value, TypeError for an unknown option (each naming the
    nearest), and FileNotFoundError where the data are not on this machine and cannot be fetched.
    """
    own = _checked(name, split, options)
    if hasattr(own, "dataset"):  # photographs, which are read as they are needed
        return own.dataset(split, **options)
    images, labels = own.arrays(split, **options)
    if not tensorflow_there():
        return Pairs(images, labels, class_names(name))
    import tensorflow as tf

    dataset = tf.data.Dataset.from_tensor_slices((images, labels))
    dataset.class_names = class_names(name)
    return dataset


def arrays(name: str, split: str = "train", **options: Any) -> "tuple[np.ndarray, np.ndarray]":
    """Return the same pairs as NumPy: images `(count, height, width, channels)` and labels `(count,)`.

    The labels are int64, or, where objects are to be detected, the truth `(count, boxes, 5)`. Loads no TensorFlow,
    unless the images have to be decoded or fetched. Raises as `load` does.

    >>> images, labels = arrays("xo", "slides")
    >>> images.shape, labels.tolist()
    ((3, 9, 9, 1), [0, 1, 0])
    """
    return _checked(name, split, options).arrays(split, **options)


def found() -> dict[str, str | None]:
    """Return where each data set lies on this machine, and None for one that would have to be fetched.

    >>> found()["xo"]
    'made by ccv'
    """
    return {name: source(name).found() for name in DATASETS}


def _checked(name: str, split: str, options: dict[str, Any]) -> Any:
    own = source(name)
    check_name("split", split, own.SPLITS)
    check_options(name, own.arrays, options)
    return own
