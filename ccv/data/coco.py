"""Annotations as COCO has them, one JSON file for many images, as a `tf.data.Dataset` of `(image, truth)`."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from ccv.data import _annotated
from ccv.data._annotated import Annotated
from ccv.data._options import Size, check_channels, check_fractions, check_size
from ccv.data._records import Sheet, Thing, straight
from ccv.data._tree import Skipped
from ccv.data.voc import SPLITS
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
    `images`, and in folders of the last word of its name, as train2017 for annotations/instances_train2017.json.
    Classes are the file's categories, which need not be numbered without gaps, in the order of their numbers, or as
    `class_names` lists them. `split` is "all", or a part by hash as in `voc`: "train", "val", "trainval", "test".

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
    if split == "test" and not made.parts["test"]:
        raise ValueError(f"{path} is not divided: give test=0.2, say, to hold out a part")
    return made.dataset(*SPLITS[split], hard=split in ("val", "test") if crowd is None else bool(crowd))


def read(
    path: str | os.PathLike[str],
    *,
    images: str | os.PathLike[str] | None = None,
    size: Size = None,
    class_names: Sequence[str] | None = None,
    channels: int | None = 3,
    validation: float = 0.2,
    test: float | None = None,
    seed: int = 0,
    cache: str | os.PathLike[str] | bool | None = None,
) -> Annotated:
    """Find, check and divide the images of a file; options and errors as in `coco`."""
    wanted, channels = check_size(size), check_channels(channels) or 3
    check_fractions(validation, test, seed)
    file = Path(path).expanduser()
    content = _content(file)
    root = _folder(file, content, images)
    skipped: list[Skipped] = []
    sheets = _sheets(file, root, content, skipped)
    known = list(dict.fromkeys(_categories(content).values()))
    for name in class_names or ():
        check_name("category", name, known)
    made, rows = _annotated.gather(root, sheets, class_names or known, wanted, channels, skipped, cache)
    parts = _annotated.divide(list(rows), {}, validation, test or 0, seed)
    made.parts = {part: [rows[name] for name in chosen] for part, chosen in parts.items()}
    return made


def _content(file: Path) -> dict[str, Any]:
    if not file.is_file():
        raise FileNotFoundError(f"there is no file {file}: give the path of a COCO file of instances")
    try:
        content = json.loads(file.read_bytes())
    except (ValueError, RecursionError) as problem:
        raise ValueError(f"{file} is no JSON: {problem}") from None
    for key in ("images", "annotations", "categories"):
        rows = content.get(key) if isinstance(content, dict) else None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise ValueError(f'{file} is no COCO file of instances: it has no list "{key}"')
    return content


def _categories(content: Mapping[str, Any]) -> dict[Any, str]:
    rows = [row for row in content["categories"] if isinstance(row.get("id"), int) and row.get("name")]
    return {row["id"]: str(row["name"]) for row in sorted(rows, key=lambda row: row["id"])}


def _folder(file: Path, content: Mapping[str, Any], images: Any) -> Path:
    """Return the folder that is given, or the first one near the file that has one of the first images."""
    if images is not None:
        root = Path(images).expanduser()
        if not root.is_dir():
            raise FileNotFoundError(f"there is no folder {root} of images")
        return root
    word = file.stem.rsplit("_", 1)[-1]
    near = [file.parent / name for name in ("", "images", word)] + [
        file.parent.parent / name for name in ("", "images", word, f"images/{word}")
    ]
    names = [str(row.get("file_name")) for row in content["images"][:10]]
    found = next((folder for folder in near if any((folder / name).is_file() for name in names)), None)
    if found is None:
        raise FileNotFoundError(f"the images of {file} do not lie near it: give their folder, as images=...")
    return found


def _sheets(file: Path, root: Path, content: Mapping[str, Any], skipped: list[Skipped]) -> dict[str, Sheet]:
    """Return what the file says of each image, by its number and name."""
    found: dict[Any, Sheet] = {}
    for row in content["images"]:
        name, said = row.get("file_name"), [row.get("height"), row.get("width")]
        where = f"{file}: image {row.get('id')!r}"
        if not isinstance(row.get("id"), (int, str)) or not isinstance(name, str) or not name:
            skipped.append(Skipped(where, "it has no id or no file_name"))
        elif PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
            skipped.append(Skipped(where, f"its file_name {name!r} leads out of the folder of the images"))
        elif row["id"] in found:
            skipped.append(Skipped(where, "its id is there twice"))
        else:
            whole = all(isinstance(side, int) and side > 0 for side in said)
            found[row["id"]] = Sheet(where, str(root / name), (said[0], said[1]) if whole else None)
    categories = _categories(content)
    for row in content["annotations"]:
        sheet = found.get(row.get("image_id")) if isinstance(row.get("image_id"), (int, str)) else None
        if sheet is None:
            skipped.append(Skipped(f"{file}: annotation {row.get('id')!r}", "its image is not in the file"))
            continue
        thing = _thing(row, categories, sheet.repairs)
        if thing:
            sheet.things.append(thing)
    return {f"{number}": sheet for number, sheet in found.items()}


def _thing(row: Mapping[str, Any], categories: Mapping[Any, str], repairs: list[str]) -> Thing | None:
    label, box, area = row.get("category_id"), row.get("bbox"), row.get("area")
    if not isinstance(label, int) or label not in categories:
        repairs.append(f"annotation {row.get('id')!r} has the category {label!r}, which is not in the file: dropped")
        return None
    name = categories[label]
    if not isinstance(box, list) or len(box) != 4 or not all(_is_number(one) for one in box):
        repairs.append(f"annotation {row.get('id')!r} of {name!r} has no box of four numbers: dropped")
        return None
    x, y, width, height = box
    edges = straight((x, y, x + width, y + height), name, repairs)
    own = float(area) if _is_number(area) and area > 0 else None  # type: ignore[arg-type, operator]
    return Thing(name, edges, crowd=bool(row.get("iscrowd")), area=own) if edges else None


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
