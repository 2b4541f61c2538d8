"""Images in one folder per class, as a `tf.data.Dataset`: whatever can go wrong with a file is found beforehand."""

import logging
import os
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ccv.data.boxes.assign import assign, digest
from ccv.data.facts import Facts
from ccv.data.photos.options import Options, Size
from ccv.data.photos.scan import scan
from ccv.data.photos.tree import Item, Skipped, Tree, choose, walk
from ccv.data.plans import Plan, plan
from ccv.names import check_name

if TYPE_CHECKING:
    import tensorflow as tf

PARTS = ("train", "validation", "test")

log = logging.getLogger("ccv.data")


@dataclass
class Files:
    """The usable files of a folder, divided."""

    class_names: list[str]
    size: tuple[int, int]
    channels: int
    skipped: list[Skipped]
    kind: str = "classification"  # or "multilabel", with a 0 or 1 for each class, or "segmentation", with a mask
    layout: str = ""
    parts: dict[str, list[tuple[str, Any, Plan]]] = field(default_factory=dict)  # path, label, how to decode it

    def dataset(self, *parts: str) -> "tf.data.Dataset":
        """Return the images of one or more parts, one after the other."""
        from ccv.data.files import dataset

        rows = [row for part in parts for row in self.parts.get(part, [])]
        paths, labels, plans = zip(*rows, strict=True) if rows else ((), (), ())
        shape, dtype = {
            "classification": ((), np.int64),
            "multilabel": ((len(self.class_names),), np.float32),
            "segmentation": (self.size, np.uint8),
        }[self.kind]
        truth = np.array(labels, dtype).reshape(len(rows), *shape)
        made = dataset(paths, truth, plans, self.size, self.channels)
        made.class_names = list(self.class_names)
        return made


def folder(
    path: str | os.PathLike[str],
    split: str = "train",
    *,
    size: Size = None,
    channels: int = 3,
    validation: float = 0.2,
    test: float | None = None,
    seed: int = 0,
    class_names: Sequence[str] | None = None,
    cache: str | os.PathLike[str] | bool | None = None,
) -> "tf.data.Dataset":
    """Return the images of a class-per-folder tree: single pairs, uint8 `(height, width, channels)` and int64.

    `path` holds one folder per class, which may hold others, or the folders train, val and test with the
    classes in each; classes are labelled in natural order, or as `class_names` lists them. `split` is "train",
    "validation", "test" or "all". What the folders do not divide is divided by a hash of each file's path
    below `path` and the `seed`, each class alike: `validation` and `test` are the parts held out.

    An image is cropped in the middle to the proportions of `size` (a number, or height and width) and resized
    to it without aliasing; None takes the size that all have. JPEG files of more than twice the size are
    decoded reduced by libjpeg. Images are turned upright by EXIF, alpha is laid over white, of an animation
    the first frame is taken, 16 bits become 8, `channels` is 3 or 1. The order is fixed: by hash in
    training, so that classes are mixed, else by name.

    Every file is decoded once beforehand; what cannot be is left out and listed in the dataset's `.skipped`
    (path and reason), also what has over 64 million pixels after reduction, so that no error is left for the
    training. The findings are kept in `cache` (a folder; None is `$CCV_CACHE` or the user's; False keeps
    nothing) until a file changes. The log warns of files left out and of the same file in two parts.

    Raises FileNotFoundError or NotADirectoryError for a path that is none, and ValueError for a folder
    without two classes of images, sizes that differ where `size` is None, or an option out of range.
    """
    check_name("split", split, (*PARTS, "all"))
    files = read(
        path,
        size=size,
        channels=channels,
        validation=validation,
        test=test,
        seed=seed,
        class_names=class_names,
        cache=cache,
    )
    if split == "test" and "test" not in files.parts:
        raise ValueError(f"{path} has no folder for the test: give test=0.2, say, to hold out a part")
    made = files.dataset(*(PARTS if split == "all" else (split,)))
    made.skipped = list(files.skipped)
    return made


def read(path: str | os.PathLike[str], *, class_names: Sequence[str] | None = None, **options: Any) -> Files:
    """Find, check and divide the files of a folder; options and errors as in `folder`."""
    asked = Options(**options)
    tree = walk(path)
    names = choose(tree, class_names)
    items = [item for item in tree.items if item.class_name in names]
    usable, side, skipped = planned(tree, items, asked.size, asked.cache)
    names = _classes(tree, names, [item for item, _, _ in usable], fixed=class_names is not None)
    result = Files(names, side, asked.channels, skipped)
    divided = _divide([item for item, _, _ in usable], asked.seed, asked.validation, asked.test)
    for part in ("train", "validation", *(("test",) if "test" in divided or asked.test else ())):
        rows = [(*row, which) for row, which in zip(usable, divided, strict=True) if which == part]
        if part == "train":
            rows.sort(key=lambda row: digest(row[0].name, asked.seed))
        result.parts[part] = _rows(rows, names, skipped)
    report(tree, skipped)
    tell_of_twins(tree, [(item, facts) for item, facts, _ in usable], divided)
    return result


def planned(
    tree: Tree, items: list[Item], size: tuple[int, int] | None, cache: Any
) -> tuple[list[tuple[Item, Facts, Plan]], tuple[int, int], list[Skipped]]:
    """Open every image: return those that can be used and how they are decoded, the size, and what was left out.

    Where no `size` is asked for it is the one that all have; ValueError where they differ.
    """
    usable, skipped = _sift(tree, items, cache)
    side = size or _common_size(tree, [facts for _, facts in usable])
    made = []
    for item, facts in usable:
        how = plan(facts, side)
        if isinstance(how, str):
            skipped.append(Skipped(item.path, how))
        else:
            made.append((item, facts, how))
    return made, side, skipped


def _sift(tree: Tree, items: list[Item], cache: Any) -> tuple[list[tuple[Item, Facts]], list[Skipped]]:
    found = scan(tree.root, items, cache)
    usable = [(item, facts) for item, facts in zip(items, found, strict=True) if isinstance(facts, Facts)]
    bad = [Skipped(item.path, facts) for item, facts in zip(items, found, strict=True) if isinstance(facts, str)]
    if not usable:
        raise ValueError(f"no image of {tree.root} can be read: {bad[0].path}: {bad[0].reason}")
    return usable, tree.skipped + bad


def _common_size(tree: Tree, found: list[Facts]) -> tuple[int, int]:
    sizes = Counter((f.height, f.width) if f.orientation <= 4 else (f.width, f.height) for f in found)
    if len(sizes) > 1:
        (height, width), count = sizes.most_common(1)[0]
        raise ValueError(
            f"the images of {tree.root} have {len(sizes)} different sizes ({count} of {len(found)} are "
            f"{height} x {width}): give size=224, say, to bring them all to one"
        )
    return next(iter(sizes))


def _classes(tree: Tree, names: list[str], items: list[Item], fixed: bool) -> list[str]:
    """Leave out classes that have nothing to train on; fewer than two are an error."""
    trained = {item.class_name for item in items if item.split in (None, "train")}
    empty = [name for name in names if name not in trained]
    if empty and fixed:
        raise ValueError(f"class {empty[0]!r} of {tree.root} has no image to train on")
    if empty:
        log.warning("%s: no image to train on in %s: left out of the classes", tree.root, ", ".join(map(repr, empty)))
    kept = [name for name in names if name in trained]
    if len(kept) < 2:
        inner = tree.root / kept[0]
        deeper = any(entry.is_dir() for entry in inner.iterdir()) if inner.is_dir() else False
        hint = f"; if its folders are the classes, give {inner}" if deeper else ""
        raise ValueError(f"{tree.root} has images of one class only ({kept[0]!r}), and a classifier needs two{hint}")
    return kept


def _divide(items: list[Item], seed: int, validation: float, test: float) -> list[str]:
    """Keep the parts that folders give; divide the rest."""
    given = {item.split for item in items} - {None}
    open_ones = [index for index, item in enumerate(items) if item.split in (None, "train")]
    parts: list[str] = [item.split or "train" for item in items]
    if "validation" in given:
        validation = 0
    if "test" in given:
        test = 0
    chosen = assign(
        [items[i].name for i in open_ones], [items[i].class_name for i in open_ones], seed, validation, test
    )
    for index, part in zip(open_ones, chosen, strict=True):
        parts[index] = part
    return parts


def _rows(rows: list[Any], names: list[str], skipped: list[Skipped]) -> list[tuple[str, int, Plan]]:
    label = {name: index for index, name in enumerate(names)}
    kept = []
    for item, _, how, _ in rows:
        if item.class_name in label:
            kept.append((item.path, label[item.class_name], how))
        else:
            skipped.append(Skipped(item.path, f"its class {item.class_name!r} has no image to train on"))
    return kept


def report(tree: Tree, skipped: list[Skipped]) -> None:
    """Tell the log what was left out: the first of it, and how much."""
    if skipped:
        first = "; ".join(f"{one.path}: {one.reason}" for one in skipped[:3])
        log.warning("%s: %d images left out: %s%s", tree.root, len(skipped), first, "; ..." if len(skipped) > 3 else "")
    if tree.ignored:
        log.info("%s: %d other files passed over", tree.root, tree.ignored)


def tell_of_twins(tree: Tree, usable: list[tuple[Item, Facts]], parts: list[str]) -> None:
    """Warn of equal files in different parts, which make a network look better than it is."""
    seen = defaultdict(list)
    for (item, facts), part in zip(usable, parts, strict=True):
        seen[facts.digest].append((part, item.path))
    leaks = [copies for copies in seen.values() if len({part for part, _ in copies}) > 1]
    if leaks:
        (part, path), *others = leaks[0]
        other = next(pair for pair in others if pair[0] != part)
        log.warning(
            "%s: %d files lie in more than one part, such as %s (%s) and %s (%s): what they measure is memory",
            *(tree.root, len(leaks), path, part, other[1], other[0]),
        )
