"""The one place that says how annotated images lie in a folder or file: which layout, and by what it was known."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ccv.data.boxes import voc_tree
from ccv.data.boxes.coco_json import holds_instances
from ccv.data.boxes.pairing import Listing, listing
from ccv.data.coco import read as read_coco
from ccv.data.masks import files as read_masks
from ccv.data.photos.mask_tree import holds_pairs
from ccv.data.stored.table import tables_in
from ccv.data.tables import read as read_table
from ccv.data.voc import read as read_voc
from ccv.data.yolo import description_in, holds_labels
from ccv.data.yolo import read as read_yolo


@dataclass(frozen=True)
class Layout:
    """A way to write down boxes, labels or masks: its name, how it is read, and how a folder shows that it is one."""

    name: str
    read: Callable[..., Any]  # of boxes an `Annotated`, else the `Files` of `folders`
    shows: Callable[[Listing], Any]
    kind: str = "detection"


# The first that shows itself counts: a data.yaml is the author's word; .xml says more than .json, and that than .txt.
LAYOUTS = (
    Layout("YOLO labels", read_yolo, description_in),
    Layout("a VOC tree", read_voc, voc_tree.holds_annotations),
    Layout("files of COCO", read_coco, lambda files: holds_instances(files.others[".json"])),
    Layout("YOLO labels", read_yolo, holds_labels),
    Layout("a table of labels", read_table, tables_in, "multilabel"),
    Layout("images with masks", read_masks, holds_pairs, "segmentation"),
)
BY_SUFFIX = {".json": LAYOUTS[2], ".yaml": LAYOUTS[0], ".yml": LAYOUTS[0], ".csv": LAYOUTS[4]}
LOOKED_FOR = "Pascal VOC's .xml, COCO's .json, or a YOLO .txt for each image"
OF_MASKS = "images/, masks/ that have the images' names, and classes.json"


def recognise(path: str | os.PathLike[str], kind: str | None = None) -> Layout | None:
    """Return the layout of a file or folder, or None where nothing there says more than folders do.

    With a `kind` it is the first of that: photographs with boxes may have masks as well.
    """
    place = Path(path).expanduser()
    if not place.is_dir():
        return BY_SUFFIX.get(place.suffix.lower())
    if kind in (None, "detection") and voc_tree.trees(place):
        return LAYOUTS[1]
    files = listing(place)
    return next((layout for layout in LAYOUTS if kind in (None, layout.kind) and layout.shows(files)), None)
