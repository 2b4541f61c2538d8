"""Which file is the mask of which photograph, in whatever folders they lie: masks/ beside images/, or parts of such."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ccv.data._mask_values import NAMES, is_table
from ccv.data._pairing import Listing
from ccv.data._parts import part_of, part_of_path
from ccv.data._tree import Skipped

# What a folder's name says of what lies in it, without which train/images and train/masks are the same place.
MASKS = r"[ _-]?(?:masks?|labels?|annotations?|annots?|ground_?truths?|segmentations?(?:_?class)?)"
PHOTOGRAPHS = r"[ _-]?(?:jpe?g|png)?_?(?:images?|imgs?|photos?|pictures?)"
HOLDS_MASKS = re.compile(rf"(?:.*[ _-])?{MASKS}", re.IGNORECASE)
SAYS_WHAT = re.compile(rf"(?:{MASKS}|{PHOTOGRAPHS})$", re.IGNORECASE)
OF_OBJECTS = re.compile(r"object|instance", re.IGNORECASE)  # SegmentationObject: things are numbered there, not classes
ENDING = re.compile(rf"[ _-]{MASKS.removeprefix('[ _-]?')}$", re.IGNORECASE)  # car_01_mask.png


@dataclass(frozen=True)
class Pair:
    """A photograph and its mask, and the part that a folder gives them."""

    image: Path
    mask: Path
    part: str | None


@dataclass
class Pairs:
    """What was found below a folder; `names` is where the classes' file is, or should be."""

    root: Path
    pairs: list[Pair]
    skipped: list[Skipped]
    names: Path
    places: tuple[str, str]  # folders of photographs and of masks, as they are called


def holds_pairs(files: Listing) -> bool:
    """Say whether a folder holds a photograph with a mask."""
    images, masks = _keyed(files)
    return any(key in images for key in masks)


def find(files: Listing) -> Pairs:
    """Pair the files; FileNotFoundError where there are no masks at all."""
    images, masks = _keyed(files)
    if not images or not masks:
        what = "images/" if not images else "masks/"
        raise FileNotFoundError(
            f"{files.root} has no folder {what} with pictures in it: it needs images/, masks/ and {NAMES}"
        )
    places = tuple(next(iter(found.values())).parent.name for found in (images, masks))
    pairs = [Pair(images[key], masks[key], _part(images[key], files.root)) for key in images if key in masks]
    lone = [
        Skipped(str(path), f"it has no mask {places[1]}/{path.stem}.png")
        for key, path in images.items()
        if key not in masks
    ]
    lone += [
        Skipped(str(path), f"there is no image {path.stem} in {places[0]}/")
        for key, path in masks.items()
        if key not in images
    ]
    return Pairs(files.root, pairs, [*files.strange, *lone], _names(files), (places[0], places[1]))


def _keyed(files: Listing) -> tuple[dict[tuple[str, ...], Path], dict[tuple[str, ...], Path]]:
    """Return photographs and masks by what the two of a pair have in common: part, folders between, and name."""
    images: dict[tuple[str, ...], Path] = {}
    masks: dict[tuple[str, ...], Path] = {}
    for path in files.images:
        folders = path.relative_to(files.root).parts[:-1]
        if any(OF_OBJECTS.search(name) for name in folders):
            continue
        of_mask = any(HOLDS_MASKS.fullmatch(name) for name in folders)
        place = tuple(_plain(folders))
        if of_mask:
            masks[(*place, ENDING.sub("", path.stem))] = path
        else:
            images[(*place, path.stem)] = path
    if _names(files).is_file():  # else a_mask.jpg may be a photograph of whatever
        beside = {(*place, name): (*place, ENDING.sub("", name)) for *place, name in images if ENDING.search(name)}
        masks |= {to: images.pop(key) for key, to in beside.items() if to in images and to not in masks}
    return images, masks


def _plain(folders: Iterable[str]) -> Iterator[str]:
    for name in folders:
        left = SAYS_WHAT.sub("", name).lower()
        if left:
            yield part_of(left) or left


def _part(image: Path, root: Path) -> str | None:
    return part_of_path(image.relative_to(root))


def _names(files: Listing) -> Path:
    """Return the classes' file: of the folder, of one of its parts, or beside a part that is read alone."""
    root = files.root
    within = [path for path in files.others.get(".json", []) if path.name == NAMES]
    within += [path for path in files.others.get(".csv", []) if is_table(path)]
    beside = [root.parent / NAMES] if part_of(root.name) and (root.parent / NAMES).is_file() else []
    return next(iter([path for path in within if path.parent == root] or within or beside), root / NAMES)
