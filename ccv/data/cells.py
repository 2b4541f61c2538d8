"""1,203 photographs of blood cells, 48x48, that ccv carries: red cells, white cells and platelets; no network.

Source: the BCCD dataset (github.com/Shenggan/BCCD_Dataset, MIT licence), cut by `python -m ccv.data.cut_cells`.
"""

import numpy as np

from ccv.data import carried
from ccv.data.files import to_channels
from ccv.data.photos.options import check_channels

CLASS_NAMES = ("red cell", "white cell", "platelet")
SPLITS = ("train", "val", "trainval", "test", "all")
PARTS = {
    "train": ("train",), "val": ("val",), "trainval": ("train", "val"), "test": ("test",),
    "all": ("train", "val", "test"),
}  # fmt: skip
SIZES: tuple[int, ...] = ()  # they have one size; others are made by resizing
SIDE = 48


def found() -> str | None:
    """Say whether the sheet of cells is there."""
    return carried.found("cells")


def arrays(split: str = "train", *, channels: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Return uint8 images `(count, 48, 48, channels)` and int64 labels `(count,)`: 693 to train, 280 val, 230 test.

    The parts go by the photographs that the cells were cut from, as BCCD's lists divide them: no photograph gave cells
    to two parts. `channels=1` makes them grey, by luminance. In colour three mean values tell most of them apart; in
    grey the shape must be seen. Raises ValueError for other channels.

    >>> images, labels = arrays("test", channels=1)
    >>> images.shape, np.bincount(labels).tolist()
    ((230, 48, 48, 1), [90, 71, 69])
    """
    chosen = [index for index, row in enumerate(carried.table("cells")) if row["part"] in PARTS[split]]
    images = carried.tiles("cells", (SIDE, SIDE))[chosen]
    labels = [CLASS_NAMES.index(carried.table("cells")[index]["label"]) for index in chosen]
    return to_channels(images, check_channels(channels) or 3), np.array(labels, np.int64)
