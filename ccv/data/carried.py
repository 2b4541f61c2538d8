"""The photographs that ccv carries, in `data/`: sheets of equal tiles as JPEG, each with a table of what is on them."""

import csv
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np

from ccv.names import check_name

PHOTOGRAPHS = {"china": "china.jpg", "flower": "flower.jpg"}  # scikit-learn's

Row = dict[str, str]


def folder() -> Path:
    """Return the folder of the small data: inside the installed package, else in the checkout beside it."""
    package = Path(str(files("ccv")))
    installed = package / "_share" / "data"
    return installed if installed.is_dir() else package.parent / "data"


def found(name: str) -> str | None:
    """Say whether a sheet is there with its table."""
    both = [folder() / f"{name}.jpg", folder() / f"{name}.csv"]
    return "inside ccv" if all(path.is_file() for path in both) else None


@cache
def table(name: str) -> tuple[Row, ...]:
    """Return the rows of a sheet's table."""
    with (folder() / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def tiles(name: str, shape: tuple[int, int]) -> np.ndarray:
    """Return the tiles of a sheet, row by row: uint8 `(count, height, width, 3)`.

    Another version of the JPEG library may round a pixel differently.
    """
    from PIL import Image

    with Image.open(folder() / f"{name}.jpg", formats=("JPEG",)) as image:
        sheet = np.asarray(image.convert("RGB"))
    height, width = shape
    rows, columns = sheet.shape[0] // height, sheet.shape[1] // width
    return sheet.reshape(rows, height, columns, width, 3).swapaxes(1, 2).reshape(-1, height, width, 3)


def photograph(name: str) -> np.ndarray:
    """Return one of scikit-learn's two photographs, "china" (a palace) or "flower": uint8 `(427, 640, 3)`, RGB.

    They come with scikit-learn, so that no network is needed. Raises ValueError for another name.

    >>> photograph("china").shape
    (427, 640, 3)
    """
    check_name("photograph", name, PHOTOGRAPHS)
    from sklearn.datasets import load_sample_image

    return np.array(load_sample_image(PHOTOGRAPHS[name]))
