"""What the pixels of a mask file mean: the file of the classes, and numbers from grey, indices or colours."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ccv.data.stored.table import rows_of

UNKNOWN = 255
NAMES, TABLE = "classes.json", "_classes.csv"
COLUMNS = {"Pixel Value", "Class"}
PLACES = (65_536, 256, 1)  # of red, green and blue in one number


class Unfit(Exception):
    """Why a mask is left out."""


def class_values(path: Path) -> dict[str, Any]:
    """Return what stands for each class: 0, 1, 2 ... or a colour (red, green, blue); "?" are unknown pixels."""
    if not path.is_file():
        raise FileNotFoundError(f'{path} is missing: write the names of the classes, such as ["background", "cell"]')
    said = _said(path)
    if isinstance(said, list):
        said = {name: number for number, name in enumerate(said)} if len(set(map(str, said))) == len(said) else {}
    if not isinstance(said, Mapping) or len(said) < 2:
        raise ValueError(
            f'{path} must name two classes or more, once each: ["background", "cell"] or {{"background": 0, ...}}'
        )
    values = {str(name): _value(path, name, value) for name, value in said.items()}
    if len({type(value) for value in values.values()}) > 1 or len(set(values.values())) < len(values):
        raise ValueError(f"{path} must give each class a number of its own, or each a colour of its own")
    numbers = [value for name, value in values.items() if isinstance(value, int) and name != "?"]
    if numbers and sorted(numbers) != list(range(len(numbers))):
        raise ValueError(f"{path} must number the classes 0, 1, 2 and so on, not {sorted(numbers)}")
    return dict(sorted(values.items(), key=lambda item: item[1])) if numbers else values


def is_table(path: Path) -> bool:
    """Say whether a file is Roboflow's table of what the pixels of its masks mean: "Pixel Value, Class"."""
    return path.name == TABLE and set(next(iter(rows_of(path)), {})) >= COLUMNS


def known(values: Mapping[str, Any]) -> list[str]:
    """Return the names of the classes, in the order of their numbers."""
    return [name for name in values if name != "?"]


def numbered(picture: Any, values: Mapping[str, Any], names: Sequence[str]) -> np.ndarray:
    """Return class numbers uint8 `(height, width)`, places in `names`, of a Pillow image; Unfit for a strange value."""
    by_color = not isinstance(next(iter(values.values())), int)
    if not by_color and picture.mode not in ("1", "L", "P", "I", "I;16"):
        raise Unfit(
            f'it is in colours ({picture.mode}): give those of the classes in {NAMES}, as {{"cell": "#ff0000"}}'
        )
    array = np.asarray(picture.convert("RGB") if by_color else picture).astype(np.int32)
    array = array @ np.array(PLACES, np.int32) if by_color else array
    mask = np.full(array.shape, -1, np.int16)
    if not by_color:
        mask[array == UNKNOWN] = UNKNOWN
    for name, value in values.items():
        mask[array == (np.dot(value, PLACES) if by_color else value)] = UNKNOWN if name == "?" else names.index(name)
    if (mask < 0).any():
        row, column = np.argwhere(mask < 0)[0].tolist()
        what = f"#{array[row, column]:06x}" if by_color else str(array[row, column])
        blurred = "; JPEG mixes neighbours: write masks as PNG" if picture.format == "JPEG" else ""
        raise Unfit(f"it holds {what} at row {row}, column {column}, which is no class of {NAMES}{blurred}")
    return mask.astype(np.uint8)


def _said(path: Path) -> Any:
    if path.name == TABLE:
        return {row["Class"]: int(row["Pixel Value"]) for row in rows_of(path) if row["Pixel Value"].isdecimal()}
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is no JSON: {error}") from error


def _value(path: Path, name: str, value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= UNKNOWN:
        return value
    try:
        color = tuple(bytes.fromhex(value.removeprefix("#")) if isinstance(value, str) else bytes(list(value)))
    except (ValueError, TypeError):
        color = ()
    if len(color) != 3:
        raise ValueError(
            f'{path}: {name} must be a number from 0 to 255 or a colour such as "#ff0000" or [255, 0, 0], not {value!r}'
        )
    return color
