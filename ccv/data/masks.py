"""A folder of photographs with a mask for each: a class for every pixel, as PNG files beside the pictures.

    photos/
      images/a.jpg  images/b.png ...
      masks/a.png   masks/b.png  ...      the same names; also called labels, annotations or segmentation
      classes.json                        ["ground", "cell"], {"ground": 0, "cell": 1} or {"ground": "#000000", ...}

A mask's pixels are class numbers (grey, or indices of a palette, as Pascal VOC has them), or colours that the JSON file
names; 255 and colours of the class "?" are pixels that nobody knows.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ccv.data._options import Size, check_size
from ccv.data._suffixes import is_image
from ccv.data._tree import Skipped
from ccv.data.facts import decode
from ccv.data.files import resized
from ccv.names import natural_key

UNKNOWN = 255
NAMES = "classes.json"
HOLDERS = ("masks", "mask", "labels", "annotations", "segmentation", "segmentations", "SegmentationClass")
PICTURES = ("images", "image", "photos", "JPEGImages")


@dataclass(frozen=True)
class Masked:
    """Images uint8 `(height, width, 3)`, masks uint8 `(height, width)` of class numbers, and what was left out, why.

    With a `size` both are arrays with an axis `count` before; else lists, since sizes differ.
    """

    images: Any
    masks: Any
    class_names: tuple[str, ...]
    paths: tuple[Path, ...]
    skipped: tuple[Skipped, ...]


class Unfit(Exception):
    """Why a pair of files is left out."""


def read(folder: str | Path, *, size: Size = None) -> Masked:
    """Read a folder as above; `size` brings all to one (height, width): images bilinear, masks by the nearest pixel.

    What does not fit is left out, and `skipped` says of each file why: an image without a mask, a mask without an
    image, sides that differ, a value or colour that is no class.

    Raises FileNotFoundError where a folder or the JSON file is missing, ValueError where that makes no sense or not a
    single pair is left.
    """
    root, wanted = Path(folder), check_size(size)
    pictures, holder = _place(root, PICTURES, "images"), _place(root, HOLDERS, "masks")
    values = class_values(root / NAMES)
    images, masks = ({p.stem: p for p in _files(place)} for place in (pictures, holder))
    lone = [Skipped(str(images[s]), f"it has no mask {holder.name}/{s}.png") for s in images if s not in masks]
    lone += [Skipped(str(masks[s]), f"there is no image {s} in {pictures.name}/") for s in masks if s not in images]
    made, paths, skipped = [], [], lone
    for stem in [stem for stem in images if stem in masks]:
        try:
            made.append(_pair(images[stem], masks[stem], values, wanted))
            paths.append(images[stem])
        except Unfit as reason:
            skipped.append(Skipped(str(masks[stem]), str(reason)))
    if not made:
        raise ValueError(f"{root} holds no image with a mask that fits; the first: {_first(skipped)}")
    columns = [list(column) for column in zip(*made, strict=True)]
    pictured, classes = columns if wanted is None else map(np.stack, columns)
    return Masked(pictured, classes, tuple(name for name in values if name != "?"), tuple(paths), tuple(skipped))


def class_values(path: Path) -> dict[str, Any]:
    """Return what stands for each class: 0, 1, 2 ... or a colour (red, green, blue); "?" are unknown pixels."""
    if not path.is_file():
        raise FileNotFoundError(f'{path} is missing: write the names of the classes, such as ["ground", "cell"]')
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is no JSON: {error}") from error
    if isinstance(said, list):
        said = {name: number for number, name in enumerate(said)} if len(set(map(str, said))) == len(said) else {}
    if not isinstance(said, Mapping) or len(said) < 2:
        raise ValueError(f'{path} must name two classes or more, once each: ["ground", "cell"] or {{"ground": 0, ...}}')
    values = {str(name): _value(path, name, value) for name, value in said.items()}
    if len({type(value) for value in values.values()}) > 1 or len(set(values.values())) < len(values):
        raise ValueError(f"{path} must give each class a number of its own, or each a colour of its own")
    numbers = [value for name, value in values.items() if isinstance(value, int) and name != "?"]
    if numbers and sorted(numbers) != list(range(len(numbers))):
        raise ValueError(f"{path} must number the classes 0, 1, 2 and so on, not {sorted(numbers)}")
    return dict(sorted(values.items(), key=lambda item: item[1])) if numbers else values


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


def _pair(picture: Path, file: Path, values: Mapping[str, Any], size: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return an image and its mask, checked against each other."""
    from PIL import Image

    try:
        image = decode(picture.read_bytes(), 3)
        with Image.open(file) as opened:
            mask = numbered(opened, values)
    except OSError as error:
        raise Unfit(f"it or its image cannot be read: {error}") from error
    if image.shape[:2] != mask.shape:
        height, width = image.shape[:2]
        raise Unfit(f"it is {mask.shape[1]}x{mask.shape[0]} pixels, and {picture.name} {width}x{height}")
    if size is None:
        return image, mask
    smaller = Image.fromarray(mask).resize(size[::-1], Image.Resampling.NEAREST)
    return resized(image, (0, 0, *mask.shape), size), np.asarray(smaller)


def numbered(picture: Any, values: Mapping[str, Any]) -> np.ndarray:
    """Return class numbers uint8 `(height, width)` of a Pillow image: by its numbers or indices, or by its colours."""
    known = [name for name in values if name != "?"]
    by_color = isinstance(next(iter(values.values())), tuple)
    if not by_color and picture.mode not in ("1", "L", "P", "I", "I;16"):
        raise Unfit(
            f'it is in colours ({picture.mode}): give those of the classes in {NAMES}, as {{"cell": "#ff0000"}}'
        )
    array = np.asarray(picture.convert("RGB") if by_color else picture).astype(int)
    mask = np.full(array.shape[:2], -1)
    for name, value in values.items():
        here = (array == np.array(value)).all(-1) if by_color else array == value
        mask[here] = UNKNOWN if name == "?" else known.index(name)
    if not by_color:
        mask[array == UNKNOWN] = UNKNOWN
    if (mask < 0).any():
        row, column = np.argwhere(mask < 0)[0].tolist()
        strange = array[row, column].tolist()
        what = "#" + bytes(strange).hex() if by_color else str(strange)
        raise Unfit(f"it holds {what} at row {row}, column {column}, which is no class of {NAMES}")
    return mask.astype(np.uint8)


def _place(root: Path, names: tuple[str, ...], kind: str) -> Path:
    if not root.is_dir():
        raise FileNotFoundError(f"there is no folder {root}")
    found = [root / name for name in names if (root / name).is_dir()]
    if not found:
        raise FileNotFoundError(f"{root} has no folder {kind}/: it needs images/, masks/ and {NAMES}")
    return found[0]


def _files(place: Path) -> list[Path]:
    return sorted((p for p in place.iterdir() if is_image(p.name)), key=lambda p: natural_key(p.name))


def _first(skipped: list[Skipped]) -> str:
    return f"{skipped[0].path}: {skipped[0].reason}" if skipped else "both folders are empty"
