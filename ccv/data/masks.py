"""A folder of photographs with a mask for each: a class for every pixel, as PNG files beside the pictures.

    photos/
      images/a.jpg  images/b.png ...
      masks/a.png   masks/b.png  ...      the same names, or a_mask.png; also called labels or annotations
      classes.json                     ["background", "cell"], {"background": 0, ...} or {"background": "#000000", ...}

Both may lie in train, valid and test, or hold these: train/images and train/masks, or images/train and masks/train; or
a.jpg and a_mask.png side by side, with classes.json or Roboflow's `_classes.csv` beside them. A mask's pixels are class
numbers (grey, or indices of a palette, as Pascal VOC has them), or colours that the JSON file names; 255 and colours of
the class "?" are pixels that nobody knows.
"""

import logging
import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ccv.data.boxes.pairing import listing
from ccv.data.facts import Facts, patient_pillow
from ccv.data.files import read as read_image
from ccv.data.folders import PARTS, Files, report, tell_of_twins
from ccv.data.photos.mask_tree import Pair, Pairs, find
from ccv.data.photos.mask_values import NAMES, UNKNOWN, Unfit, class_values, known, numbered
from ccv.data.photos.options import Options, Size, check_size
from ccv.data.photos.scan import scan
from ccv.data.photos.sizes import LONG_SIDE, natural
from ccv.data.photos.tree import Item, Skipped, Tree
from ccv.data.plans import frame, letterboxed
from ccv.data.tables import divide

MOST = 512  # pixels of the longest side of images that are kept as they are
STEP = 16  # what the sides of these divide by: U-Net's four halvings

log = logging.getLogger("ccv.data")


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


@dataclass(frozen=True)
class _Usable:
    """A pair whose files fit each other; the mask has the size that was asked for."""

    pair: Pair
    item: Item
    facts: Facts
    mask: np.ndarray


def read(folder: str | os.PathLike[str], *, size: Size = None) -> Masked:
    """Read a folder as above; `size` letterboxes all to one (height, width), as `ccv.data.splits` does.

    Images are resized without aliasing, masks by the nearest pixel, and the frame is 255 in the mask. What does not
    fit is left out, and `skipped` says of each file why: an image without a mask, a mask without an image, sides that
    differ, a value or colour that is no class.

    Raises FileNotFoundError where a folder or the JSON file is missing, ValueError where that makes no sense or not a
    single pair is left.
    """
    wanted, found = check_size(size), _found(folder)
    values = class_values(found.names)
    opened, skipped = _opened(found, cache=False)
    usable = _fitting(found, opened, values, known(values), wanted, skipped)
    images = [_image(one, wanted or one.facts.upright) for one in usable]
    masks = [one.mask for one in usable]
    pictured, classes = (images, masks) if wanted is None else map(np.stack, (images, masks))
    paths = tuple(one.pair.image for one in usable)
    return Masked(pictured, classes, tuple(known(values)), paths, tuple(skipped))


def files(path: str | os.PathLike[str], *, class_names: Sequence[str] | None = None, **options: Any) -> Files:
    """Find, check and divide a folder as above, for `ccv.data.splits`; options as in `folder`.

    `class_names` numbers the classes in another order than the folder does. A size of None is the images' own where
    all have one of at most 512 pixels that divides by 16, else about 256 pixels with their usual proportions. The masks
    are kept in memory: a byte for each pixel. What no folder divides is divided by hash, rare classes as common ones.

    Raises as `read` does, and ValueError for other classes than `class_names`, or masks that show one class alone.
    """
    asked, found = Options(**options), _found(path)
    values = class_values(found.names)
    names = _named(found, known(values), class_names)
    opened, skipped = _opened(found, asked.cache)
    side = asked.size or _side([facts for *_, facts in opened])
    usable = _fitting(found, opened, values, names, side, skipped)
    shown = np.array([np.isin(range(len(names)), one.mask) for one in usable], np.float32)
    parts = divide(
        [one.item.name for one in usable], [one.pair.part for one in usable], shown, asked.seed, asked.validation,
        asked.test,
    )  # fmt: skip
    trained = shown[np.array(parts) == "train"].any(axis=0)
    if class_names is None:
        _check_shown(found, [name for name, there in zip(names, trained, strict=True) if there], names, usable)
    where = " and ".join(f"{place}/" for place in dict.fromkeys(found.places))
    told = f"images with masks: {len(usable)} pairs in {where}, classes by {found.names.name}"
    made = Files(list(names), side, asked.channels, skipped, "segmentation", told)
    for part in PARTS:
        rows = [
            (one.item.path, one.mask, letterboxed(one.facts, side))
            for one, which in zip(usable, parts, strict=True)
            if which == part
        ]
        if rows or part != "test":
            made.parts[part] = rows  # type: ignore[assignment]  # what is too large was left out
    tree = Tree(found.root)
    report(tree, skipped)
    tell_of_twins(tree, [(one.item, one.facts) for one in usable], parts)
    return made


def _found(path: str | os.PathLike[str]) -> Pairs:
    root = Path(path).expanduser()
    if not root.is_dir():
        raise FileNotFoundError(f"there is no folder {root}")
    return find(listing(root))


def _opened(found: Pairs, cache: Any) -> tuple[list[tuple[Pair, Item, Facts]], list[Skipped]]:
    """Open all photographs: return those that can be used, and what was left out; ValueError where none can."""
    opened, skipped = [], list(found.skipped)
    items = [_item(pair, found.root) for pair in found.pairs]
    for pair, item, facts in zip(found.pairs, items, scan(found.root, items, cache), strict=True):
        plan = facts if isinstance(facts, str) else letterboxed(facts, facts.upright)
        if isinstance(facts, str) or isinstance(plan, str):
            skipped.append(Skipped(item.path, str(plan)))
        else:
            opened.append((pair, item, facts))
    _check_any(found, opened, skipped)
    return opened, skipped


def _fitting(
    found: Pairs, opened: Sequence[tuple[Pair, Item, Facts]], values: Any, names: Sequence[str], size: Any,
    skipped: list[Skipped],
) -> list[_Usable]:  # fmt: skip
    """Open their masks, letterboxed to `size`: return those that fit, and note the others in `skipped`; as above."""
    usable = []
    with patient_pillow(), ThreadPoolExecutor(min(16, os.cpu_count() or 1)) as pool:
        made: Iterable[Any] = pool.map(lambda row: _mask(row[0], row[2], values, names, size), opened)
        for row, mask in zip(opened, made, strict=True):
            if isinstance(mask, str):
                skipped.append(Skipped(str(row[0].mask), mask))
            else:
                usable.append(_Usable(*row, mask))
    _check_any(found, usable, skipped)
    return usable


def _check_any(found: Pairs, left: Sequence[Any], skipped: Sequence[Skipped]) -> None:
    if not left:
        first = f"{skipped[0].path}: {skipped[0].reason}" if skipped else "no two files belong together"
        raise ValueError(f"{found.root} holds no image with a mask that fits; the first: {first}")


def _item(pair: Pair, root: Path) -> Item:
    about = pair.image.stat()
    name = pair.image.relative_to(root).as_posix()
    return Item(str(pair.image), name, pair.part, about.st_size, about.st_mtime_ns)


def _mask(pair: Pair, facts: Facts, values: Any, names: Sequence[str], size: tuple[int, int] | None) -> Any:
    """Return a mask, letterboxed, or the reason why it is left out."""
    from PIL import Image

    try:
        with Image.open(pair.mask) as opened:
            mask = numbered(opened, values, names)
    except Unfit as reason:
        return str(reason)
    except Exception as problem:  # Pillow's readers raise whatever they stumble over
        return f"it cannot be read: {problem}"
    if mask.shape != facts.upright:
        height, width = facts.upright
        return f"it is {mask.shape[1]}x{mask.shape[0]} pixels, and {pair.image.name} {width}x{height}"
    return mask if size is None else framed(mask, size)


def framed(mask: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Letterbox a mask uint8 `(height, width)` as its image is: by the nearest pixel, 255 around it."""
    from PIL import Image

    if mask.shape == size:
        return mask
    (height, width), (top, left) = frame((mask.shape[0], mask.shape[1]), size)
    made = np.full(size, UNKNOWN, np.uint8)
    small = Image.fromarray(mask).resize((width, height), Image.Resampling.NEAREST)
    made[top : top + height, left : left + width] = np.asarray(small)
    return made


def _image(one: _Usable, size: tuple[int, int]) -> np.ndarray:
    plan = letterboxed(one.facts, size)
    assert not isinstance(plan, str)
    return read_image(one.item.path, plan, size, 3)


def _side(facts: Sequence[Facts]) -> tuple[int, int]:
    """Return the images' own size where they are small and alike, else one of their proportions."""
    sizes = {one.upright for one in facts}
    height, width = next(iter(sizes))
    if len(sizes) == 1 and max(height, width) <= MOST and not (height % STEP or width % STEP):
        return height, width
    longest = int(np.median([max(one.upright) for one in facts]))
    return natural(facts, min(LONG_SIDE, longest))


def _named(found: Pairs, own: list[str], asked: Sequence[str] | None) -> list[str]:
    """Return the classes in the order of their numbers; ValueError where other ones are asked for."""
    if asked is None:
        return own
    if set(asked) != set(own):
        unlike = min(set(asked) ^ set(own))
        where = f"{found.names} alone" if unlike in own else f"to the network, and not to {found.names}"
        raise ValueError(f"{found.root} has other classes than {', '.join(asked)}: {unlike!r} is known {where}")
    return [str(name) for name in asked]


def _check_shown(found: Pairs, shown: list[str], names: Sequence[str], usable: Sequence[_Usable]) -> None:
    """Raise ValueError where masks teach nothing; tell of a class that none of them shows."""
    if len(shown) < 2:
        unknown = any(_holds_unknown(one) for one in usable)
        hint = f'; {UNKNOWN} is "not known": where it means a class, give colours in {NAMES}, as {{"a": "#ffffff"}}'
        raise ValueError(
            f"the masks of {found.root} to train on show {shown[0] if shown else 'no class'} alone, and two classes or "
            f"more are to be told apart{hint * unknown}"
        )
    lost = [repr(name) for name in names if name not in shown]
    if lost:
        log.warning("%s: no mask to train on shows %s", found.root, ", ".join(lost))


def _holds_unknown(one: _Usable) -> bool:
    """Whether a file has pixels that nobody knows, the frame aside."""
    inside = framed(np.zeros(one.facts.upright, np.uint8), (one.mask.shape[0], one.mask.shape[1])) == 0
    return bool((one.mask[inside] == UNKNOWN).any())
