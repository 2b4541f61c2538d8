"""Thirty photographs of blood smears with a box around each cell, that ccv carries to test detectors on; no network.

Source: the test list of the BCCD dataset (github.com/Shenggan/BCCD_Dataset, MIT licence), reduced by
`python -m ccv.data.cut_cells`.
"""

from itertools import groupby

import numpy as np

from ccv.data import carried
from ccv.data.files import resized
from ccv.data.photos.options import Size, check_size
from ccv.data.plans import GREY, frame

KIND = "detection"
CLASS_NAMES = ("RBC", "WBC", "Platelets")  # as BCCD has them: red cells, white cells
SPLITS = ("test", "all")
SIZE = (240, 320)
EDGES = ("left", "top", "right", "bottom")


def found() -> str | None:
    """Say whether the photographs are there."""
    return carried.found("blood")


def arrays(split: str = "test", *, size: Size = None) -> tuple[np.ndarray, np.ndarray]:
    """Return uint8 images `(30, height, width, 3)` and float32 truth `(30, boxes, 5)`, for tests alone.

    A row of the truth is x_min, y_min, x_max, y_max as parts of the width and height, and the class; rows of -1 are
    padding. None as `size` is 240 x 320; to another one they are brought by letterbox, whole and in their shape in the
    middle of grey 128. Raises ValueError for what is no size.

    >>> images, truth = arrays()
    >>> images.shape, truth.shape[::2]
    ((30, 240, 320, 3), (30, 5))
    """
    wanted = check_size(size) or SIZE
    inner, corner = frame(SIZE, wanted)
    rows = [list(group) for _, group in groupby(carried.table("blood"), lambda row: row["picture"])]
    images = np.full((len(rows), *wanted, 3), GREY, np.uint8)
    truth = np.full((len(rows), max(map(len, rows)), 5), -1, np.float32)
    inside = images[:, corner[0] : corner[0] + inner[0], corner[1] : corner[1] + inner[1]]
    for index, tile in enumerate(carried.tiles("blood", SIZE)):
        inside[index] = resized(tile, (0, 0, *SIZE), inner)
        boxes = np.array([[row[edge] for edge in EDGES] for row in rows[index]], float)
        truth[index, : len(boxes), :4] = (boxes * (inner[::-1] * 2) + corner[::-1] * 2) / (wanted[::-1] * 2)
        truth[index, : len(boxes), 4] = [CLASS_NAMES.index(row["label"]) for row in rows[index]]
    return images, truth
