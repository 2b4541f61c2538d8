"""Which file is the mask of which photograph, in whatever folders they lie: masks/ beside images/, or parts of such."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ccv.data.boxes.pairing import Listing
from ccv.data.photos.mask_values import NAMES, is_table
from ccv.data.photos.parts import part_of, part_of_path
from ccv.data.photos.tree import Skipped

# What a folder's name says of what lies in it, without which train/images and train/masks are the same place.
MASKS = r"[ _-]?(?:masks?|labels?|annotations?|annots?|ground_?truths?|segmentations?(?:_?class)?)"
PHOTOGRAPHS = r"[ _-]?(?:jpe?g|png)?_?(?:images?|imgs?|photos?|pictures?)"
HOLDS_MASKS = re.compile(rf"(?:.*[ _-])?{MASKS}", re.IGNORECASE)
SAYS_WHAT = re.compile(rf"(?:{MASKS}|{PHOTOGRAPHS})$", re.IGNORECASE)
OF_OBJECTS = re.compile(r"object|instance", re.IGNORECASE)  # SegmentationObject: things are numbered there, not classes
ENDING = re.compile(rf"[ _-]{MASKS.removeprefix('[ _-]?')}$", re.IGNORECASE)  # car_01_mask.png


Key = tuple[str, ...]


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
    images, masks, _ = _keyed(files)
    return any(key in images for key in masks)


def find(files: Listing) -> Pairs:
    """Pair the files; FileNotFoundError where there are no masks at all."""
    images, masks, twice = _keyed(files)
    if not images or not masks:
        what = "images/" if not images else "masks/"
        raise FileNotFoundError(
            f"{files.root} has no folder {what} with pictures in it: it needs images/, masks/ and {NAMES}"
        )
    of_images, of_masks = (next(iter(found.values())).parent.name for found in (images, masks))
    told = [(images[key], f"it has no mask {of_masks}/{images[key].stem}.png") for key in images if key not in masks]
    told += [(masks[key], f"there is no image {masks[key].stem} in {of_images}/") for key in masks if key not in images]
    told += [(path, "another file beside it has its name") for path in twice]
    pairs = [Pair(images[key], masks[key], part_of_path(_below(files, images[key]))) for key in images if key in masks]
    skipped = [*files.strange, *(Skipped(str(path), reason) for path, reason in told)]
    return Pairs(files.root, pairs, skipped, _names(files), (of_images, of_masks))


def _keyed(files: Listing) -> tuple[dict[Key, Path], dict[Key, Path], list[Path]]:
    """Return photographs and masks by what a pair has in common, part, folders and name; and files of a taken name."""
    images: dict[Key, Path] = {}
    masks: dict[Key, Path] = {}
    folders = {path: _below(files, path).parts[:-1] for path in files.images}
    plain = [path for path in files.images if not any(map(OF_OBJECTS.search, folders[path]))]
    of_masks = [path for path in plain if any(map(HOLDS_MASKS.fullmatch, folders[path]))]
    masked, twice = set(of_masks), []
    for path in plain:
        key = (*_plain(folders[path]), path.stem)
        if path not in masked and images.setdefault(key, path) != path:
            twice.append(path)
    for path in of_masks:
        *place, name = (*_plain(folders[path]), path.stem)
        key = (*place, name if (*place, name) in images else ENDING.sub("", name))
        if masks.setdefault(key, path) != path:
            twice.append(path)
    if _names(files).is_file():  # else a_mask.jpg may be a photograph of whatever
        beside = {(*place, name): (*place, ENDING.sub("", name)) for *place, name in images if ENDING.search(name)}
        masks |= {to: images.pop(key) for key, to in beside.items() if to in images and to not in masks}
    return images, masks, twice


def _below(files: Listing, path: Path) -> Path:
    return path.relative_to(files.root)


def _plain(folders: Iterable[str]) -> Iterator[str]:
    for name in folders:
        left = SAYS_WHAT.sub("", name).lower()
        if left:
            yield part_of(left) or left


def _names(files: Listing) -> Path:
    """Return the classes' file: of the folder, of one of its parts, or beside a part that is read alone."""
    root = files.root
    within = [path for path in files.others.get(".json", []) if path.name == NAMES]
    within += [path for path in files.others.get(".csv", []) if is_table(path)]
    beside = [root.parent / NAMES] if part_of(root.name) and (root.parent / NAMES).is_file() else []
    return next(iter([path for path in within if path.parent == root] or within or beside), root / NAMES)
