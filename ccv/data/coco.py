"""Annotations as COCO has them, one JSON file for many images, as a `tf.data.Dataset` of `(image, truth)`."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ccv.data.boxes import annotated
from ccv.data.boxes.annotated import SPLITS, Annotated
from ccv.data.boxes.coco_images import Images, base_name, nearest
from ccv.data.boxes.coco_json import LISTS, Instances, instances_among, read_instances, thing_of
from ccv.data.boxes.coco_json import class_names as class_names_of
from ccv.data.boxes.pairing import listing
from ccv.data.photos.found import Found
from ccv.data.photos.options import Size
from ccv.data.photos.tree import Skipped
from ccv.data.stored.records import Sheet
from ccv.names import check_name

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["coco"]


def coco(
    path: str | os.PathLike[str],
    images: str | os.PathLike[str] | None = None,
    split: str = "all",
    *,
    size: Size = None,
    class_names: Sequence[str] | None = None,
    channels: int = 3,
    crowd: bool | None = None,
    validation: float = 0.2,
    test: float | None = None,
    seed: int = 0,
    cache: str | os.PathLike[str] | bool | None = None,
) -> "tf.data.Dataset":
    """Return the images of a COCO file of instances, in the form, the letterbox and with the reports of `voc`.

    `path` is the JSON file and `images` the folder of its files; None looks beside the JSON file: in its folder, in
    `images`, and in folders of the last word of its name, as train2017 for annotations/instances_train2017.json. Or it
    is a folder of such files, one a part, by their names or folders: instances_val2017.json, valid/_annotations.json.
    A file_name of another machine, absolute or with backslashes, is looked for by its last word. Classes are the
    categories, which need not be numbered without gaps, in the order of their numbers, or as `class_names` lists them;
    a root of others without objects is none. `split` is "all", or a part as in `voc`: "train", "val", "trainval",
    "test", by hash where the files are not one for each.

    A box is x, y, width and height in pixels from 0. `crowd` keeps boxes around many objects (iscrowd) in the truth;
    None keeps them in "val" and "test". `.annotations` has all of them, marked, and the areas of the masks.

    Raises FileNotFoundError for a file or folder that is not there, and ValueError for a file that is not COCO's.
    """
    check_name("split", split, SPLITS)
    made = read(
        path,
        images=images,
        size=size,
        class_names=class_names,
        channels=channels,
        validation=validation,
        test=test,
        seed=seed,
        cache=cache,
    )
    return made.split(split, crowd)


def read(
    path: str | os.PathLike[str],
    *,
    images: str | os.PathLike[str] | None = None,
    class_names: Sequence[str] | None = None,
    **options: Any,
) -> Annotated:
    """Find, check and divide the images of a file, or of a folder's files; options and errors as in `coco`."""
    found = find(path, images)
    for name in class_names or ():
        check_name("category", name, found.names or [])
    return annotated.read(found, class_names=class_names, **options)


def find(path: str | os.PathLike[str], images: str | os.PathLike[str] | None = None) -> Found:
    """Read a file of COCO, or those of a folder, one a part."""
    place = Path(path).expanduser()
    if not place.is_dir():
        files, strange, why = [read_instances(place)], [], "COCO: a .json of instances"
    else:
        below = listing(place)
        files, strange = instances_among(below.others[".json"], place), below.strange
        if not files:
            raise ValueError(f"{place} has no COCO file of instances, with lists of {', '.join(LISTS)}")
        why = f"COCO: {', '.join(str(one.path.relative_to(place)) for one in files)}"
    _check_parts(files, place)
    folders = [_folder(one, images) for one in files]
    root = folders[0] if len(folders) == 1 else place
    made = Found(root, {}, {}, why, names=class_names_of(files), skipped=list(strange))
    for one, folder in zip(files, folders, strict=True):
        _add(made, one, folder)
    return made


def _check_parts(files: list[Instances], place: Path) -> None:
    parts = [one.part for one in files]
    if len(files) > 1 and (None in parts or len(set(parts)) < len(parts)):
        names = ", ".join(f"{one.path.relative_to(place)} ({one.part or 'no part'})" for one in files)
        raise ValueError(f"{place} holds {len(files)} files of COCO that are not one for each part: {names}: give one")


def _folder(one: Instances, images: Any) -> Path:
    """Return the folder that is given, or the first one near the file that has one of the first images."""
    if images is not None:
        root = Path(images).expanduser()
        if not root.is_dir():
            raise FileNotFoundError(f"there is no folder {root} of images")
        return root
    names = [str(row.get("file_name")) for row in one.content["images"][:10]]
    found = nearest(one.path, names)
    if found is None:
        first = f" (neither {names[0]!r} nor {base_name(names[0])})" if names else ""
        raise FileNotFoundError(
            f"the images of {one.path} do not lie near it{first}: give their folder, as images=... (or --images DIR)"
        )
    return found


def _add(made: Found, one: Instances, folder: Path) -> None:
    """Add what a file says of each image, and of which part that is."""
    found: dict[Any, Sheet] = {}
    images = Images(folder)
    for row in one.content["images"]:
        name, said = row.get("file_name"), [row.get("height"), row.get("width")]
        where = f"{one.path}: image {row.get('id')!r}"
        if not isinstance(row.get("id"), (int, str)) or not isinstance(name, str) or not name:
            made.skipped.append(Skipped(where, "it has no id or no file_name"))
        elif row["id"] in found:
            made.skipped.append(Skipped(where, "its id is there twice"))
        else:
            whole = all(isinstance(side, int) and side > 0 for side in said)
            path, done = images.find(name)
            found[row["id"]] = Sheet(where, str(path), (said[0], said[1]) if whole else None)
            found[row["id"]].repairs += [done] if done else []
    categories = one.categories
    for row in one.content["annotations"]:
        sheet = found.get(row.get("image_id")) if isinstance(row.get("image_id"), (int, str)) else None
        if sheet is None:
            made.skipped.append(Skipped(f"{one.path}: annotation {row.get('id')!r}", "its image is not in the file"))
            continue
        thing = thing_of(row, categories, sheet.repairs)
        if thing:
            sheet.things.append(thing)
    made.sheets |= {sheet.path: sheet for sheet in found.values()}
    made.given |= {sheet.path: one.part for sheet in found.values()}
