"""Find the annotations of Pascal VOC below a folder, their images, and their lists, whatever the folders are called."""

import os
from pathlib import Path

from ccv.data.boxes.pairing import Listing, Pairing, listing
from ccv.data.boxes.voc_xml import Unusable, parse, said_size, things
from ccv.data.photos.found import Found, leave_out_beside
from ccv.data.photos.parts import part_of, part_of_path
from ccv.data.photos.suffixes import SUFFIXES
from ccv.data.photos.tree import Skipped
from ccv.data.stored.records import Sheet

LISTS = {"train": "train", "val": "validation", "valid": "validation", "test": "test", "trainval": None}
LOOKED_AT = 20  # files that must not be annotations before a folder of .xml is taken for something else


def trees(path: str | os.PathLike[str]) -> list[Path]:
    """Return the trees in a folder: itself, else those right in it, else those in its VOCdevkit."""
    root = Path(path).expanduser()
    if not root.is_dir():
        return []
    if _is_tree(root):
        return [root]
    inner = sorted(entry for entry in root.iterdir() if entry.is_dir() and not entry.name.startswith("."))
    found = [entry for entry in inner if _is_tree(entry) and not part_of(entry.name)]
    if found:
        return found
    deeper = [entry for folder in inner if folder.name.upper().startswith("VOC") for entry in sorted(folder.iterdir())]
    return [entry for entry in deeper if entry.is_dir() and _is_tree(entry)]


def holds_annotations(files: Listing) -> bool:
    """Say whether one of the first .xml files is an annotation."""
    return any(_is_annotation(path) for path in files.others[".xml"][:LOOKED_AT])


def find(path: str | os.PathLike[str]) -> Found:
    """Read the annotations of the one tree in a folder; raises where there is none, or more than one."""
    found = trees(path)
    if len(found) > 1:
        raise ValueError(f"{path} holds {len(found)} VOC trees: give one of {', '.join(map(str, found))}")
    root = found[0] if found else Path(path).expanduser()
    if not root.exists():
        raise FileNotFoundError(f"there is no folder {path}: give the path of a Pascal VOC tree")
    files = listing(root)
    if not found and not holds_annotations(files):
        raise ValueError(
            f"{path} is no Pascal VOC tree: it must hold .xml files, in a folder Annotations or beside their images"
        )
    if not files.images:
        raise ValueError(f"{root} has annotations and no images: put theirs into its folder JPEGImages")
    return _read(root, files)


def _read(root: Path, files: Listing) -> Found:
    by_stem = {annotation.stem: annotation for annotation in files.others[".xml"]}
    lists = _lists(root, by_stem)
    parts: dict[str, str | None] = {}
    for name, part in LISTS.items():
        parts |= {stem: part for stem in lists.get(name, ()) if part or stem not in parts}
    listed = [by_stem.get(stem, root / "Annotations" / f"{stem}.xml") for stem in parts]
    annotations = listed or files.others[".xml"]
    made = Found(root, {}, {}, _why(root, annotations, lists), trainval=bool(parts), skipped=files.strange)
    images = Pairing(files.images, root)
    for path in annotations:
        try:
            sheet = _sheet(path, images)
        except Unusable as problem:
            made.skipped.append(Skipped(str(path), str(problem)))
            continue
        name = str(path)
        made.sheets[name] = sheet
        made.given[name] = parts[path.stem] if listed else part_of_path(path.relative_to(root))
    if not listed:
        leave_out_beside(made)
        made.skipped += _without_annotation(files.images, annotations, made)
    return made


def _sheet(path: Path, images: Pairing) -> Sheet:
    """The image is the one of the annotation's own name, else the one that it names."""
    if not path.is_file():
        raise Unusable("there is no annotation")
    root = parse(path)
    said = (root.findtext("filename") or "").strip().replace("\\", "/").rsplit("/", 1)[-1]
    image = images.find(path, said)
    if image is None:
        folder = images.root / "JPEGImages"
        where = folder.name if folder.is_dir() else images.root
        raise Unusable(f"its image is not in {where}: neither {path.stem} nor {said or 'a file name'}")
    sheet = Sheet(str(path), str(image), said_size(root))
    if image.name != said:
        given = f"there is no image {said!r} of it" if said else "no file name is given"
        sheet.repairs.append(f"{given}: {image.name} taken")
    sheet.things += things(root, sheet.repairs)
    return sheet


def _without_annotation(images: list[Path], annotations: list[Path], made: Found) -> list[Skipped]:
    """Return the images without an annotation of those folders where others have one."""
    used = {Path(sheet.image) for sheet in made.sheets.values()}
    folders, named = {image.parent for image in used}, {path.stem for path in annotations}
    alone = [one for one in images if one.parent in folders and one not in used and one.stem not in named]
    return [Skipped(str(image), "it has no annotation") for image in alone]


def _why(root: Path, annotations: list[Path], lists: dict[str, list[str]]) -> str:
    folders = sorted({str(path.parent.relative_to(root)) for path in annotations})
    where = ", ".join(folders[:3]) + (", ..." if len(folders) > 3 else "")
    by = f", divided by its lists {', '.join(lists)}" if lists else ""
    return f"Pascal VOC: {len(annotations)} .xml files in {where}{by}"


def _lists(root: Path, annotations: dict[str, Path]) -> dict[str, list[str]]:
    """Return the names of the images in each list of ImageSets/Main that is there."""
    found = {}
    for name in LISTS:
        place = root / "ImageSets" / "Main" / f"{name}.txt"
        if place.is_file():
            lines = place.read_text(encoding="utf-8-sig", errors="replace").splitlines()
            found[name] = list(dict.fromkeys(_stem(annotations, line.strip()) for line in lines if line.strip()))
    return found


def _stem(annotations: dict[str, Path], line: str) -> str:
    """Return the name in a line: some lists have a number behind it, or a suffix to it, and names may have spaces."""
    bare = Path(line).stem if line.lower().endswith((*SUFFIXES, ".xml")) else line
    names = (bare, bare.rsplit(maxsplit=1)[0])
    return next((name for name in names if name in annotations), bare)


def _is_annotation(path: Path) -> bool:
    try:
        return parse(path).tag == "annotation"
    except Unusable:
        return False


def _is_tree(folder: Path) -> bool:
    """Say whether a folder holds one called Annotations, in any case, with .xml files."""
    inner = [entry for entry in folder.iterdir() if entry.name.lower() == "annotations" and entry.is_dir()]
    return any(entry.suffix.lower() == ".xml" for place in inner for entry in place.iterdir())
