"""Labels as YOLO has them, a text file for each image, as a `tf.data.Dataset` of `(image, truth)`."""

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ccv.data.boxes import annotated
from ccv.data.boxes.annotated import SPLITS, Annotated
from ccv.data.boxes.pairing import Listing, listing
from ccv.data.boxes.yolo_labels import boxes, finder
from ccv.data.boxes.yolo_yaml import Description, is_description, listed_images, names_beside, read_description
from ccv.data.photos.found import Found, leave_out_beside
from ccv.data.photos.options import Size
from ccv.data.photos.parts import part_of_path
from ccv.data.photos.tree import Skipped
from ccv.data.stored.records import Sheet, Thing
from ccv.names import check_name

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["yolo"]

LOOKED_AT = 200  # label files that must hold no box before a folder of .txt is taken for something else


def yolo(
    path: str | os.PathLike[str],
    split: str = "train",
    *,
    size: Size = None,
    class_names: Sequence[str] | None = None,
    channels: int = 3,
    validation: float = 0.2,
    test: float | None = None,
    seed: int = 0,
    cache: str | os.PathLike[str] | bool | None = None,
) -> "tf.data.Dataset":
    """Return the images of a YOLO set, in the form, the letterbox and with the reports of `voc`.

    `path` is a data.yaml or a folder. The parts are those of its data.yaml, else folders called train, valid and test.
    The label of images/a.jpg is labels/a.txt, or a.txt beside it: a line an object, the class's number, then centre and
    size as parts of the width and height; or a polygon, whose box is taken. An empty file, or none where other images
    of the folder have one, is an image without objects. Classes are those of data.yaml, classes.txt or obj.names, else
    the numbers. `split` and the other options are those of `voc`, and so are the errors.
    """
    check_name("split", split, SPLITS)
    made = read(
        path,
        size=size,
        class_names=class_names,
        channels=channels,
        validation=validation,
        test=test,
        seed=seed,
        cache=cache,
    )
    return made.split(split)


def read(path: str | os.PathLike[str], *, class_names: Sequence[str] | None = None, **options: Any) -> Annotated:
    """Find, check and divide the images of a set; options and errors as in `yolo`."""
    return annotated.read(find(path), class_names=class_names, **options)


def description_in(files: Listing) -> Path | None:
    """Return the data.yaml of a folder, the outermost one, or None."""
    paths = sorted(files.others[".yaml"] + files.others[".yml"], key=lambda path: len(path.parts))
    return next(filter(is_description, paths), None)


def holds_labels(files: Listing) -> bool:
    """Say whether one of the first label files of the images has a line of a class and a box."""
    if not files.others[".txt"]:
        return False
    labels = filter(None, map(finder(), files.images))
    return any(boxes(path, []) for path in islice(labels, LOOKED_AT))


def find(path: str | os.PathLike[str]) -> Found:
    """Read the labels of a set; raises FileNotFoundError and ValueError where there is none."""
    place = Path(path).expanduser()
    if not place.exists():
        raise FileNotFoundError(f"there is no {place}: give the path of a data.yaml, or of a folder of YOLO's labels")
    root = place.parent if place.is_file() else place
    files = listing(root)
    yaml = place if place.is_file() else description_in(files)
    about = read_description(yaml) if yaml else None
    names = about.names if about else names_beside((root, *dict.fromkeys(one.parent for one in files.others[".txt"])))
    made = Found(root, {}, {}, _why(root, about), names, skipped=list(files.strange))
    parts = _of_description(about, files, made) if about and about.parts else _of_folders(files)
    _add_sheets(made, parts, bool(about and about.keypoints))
    if not about or not about.parts:
        leave_out_beside(made)
    return made


def _why(root: Path, about: Description | None) -> str:
    if about is None:
        return "YOLO: a .txt file of class and box for each image"
    by = f", and the folders of {', '.join(about.parts)}" if about.parts else ""
    lost = f"; it also names {', '.join(about.lost)}, which is not there" if about.lost else ""
    names = f"{len(about.names)} classes" if about.names else "classes"
    return f"YOLO: {os.path.relpath(about.path, root)} names {names}{by}{lost}"


def _of_folders(files: Listing) -> dict[Path, str | None]:
    return {image: part_of_path(image.relative_to(files.root)) for image in files.images}


def _of_description(about: Description, files: Listing, made: Found) -> dict[Path, str | None]:
    """Return the images that the description names, of the part that it names first; the others are told."""
    parts: dict[Path, str | None] = {}
    for part, places in about.parts.items():
        for place in places:
            images = listing(place).images if place.is_dir() else listed_images(place)
            twice = sum(image in parts for image in images)
            if twice:
                made.skipped.append(Skipped(str(place), f"{twice} of its images are in another part already"))
            parts |= {image: part for image in images if image not in parts}
    left = Counter(image.parent for image in files.images if image not in parts)
    made.skipped += [
        Skipped(str(folder), f"{count} of its images are in no part of {about.path.name}")
        for folder, count in left.items()
    ]
    return parts


def _add_sheets(made: Found, parts: Mapping[Path, str | None], keypoints: bool) -> None:
    """Read the label of each image; classes are still numbers while it is not known how many there are."""
    label_of = finder()
    labels = {image: label_of(image) for image in parts}
    labelled = {image.parent for image, label in labels.items() if label}
    unlabelled = Counter(image.parent for image in parts if image.parent not in labelled)
    made.skipped += [
        Skipped(str(folder), f"none of its {count} images has a label file") for folder, count in unlabelled.items()
    ]
    for image, label in labels.items():
        if image.parent not in labelled:
            continue
        sheet = Sheet(str(label or image), str(image), None, relative=True)
        if label is None:
            sheet.repairs.append("there is no label file: taken as an image without objects")
        for number, box in boxes(label, sheet.repairs, keypoints) if label else ():
            if made.names is not None and number >= len(made.names):
                sheet.repairs.append(f"class {number} has no name, of {len(made.names)}: dropped")
            else:
                sheet.things.append(Thing(made.names[number] if made.names else str(number), box))
        made.sheets[str(image)], made.given[str(image)] = sheet, parts[image]
