"""Find the tree of Pascal VOC below a folder: its annotations, its images, and its lists."""

import os
from collections import defaultdict
from pathlib import Path
from xml.etree.ElementTree import Element

from ccv.data._records import Sheet
from ccv.data._tree import SUFFIXES, Skipped
from ccv.data._voc_xml import Unusable, parse, said_size, things
from ccv.names import natural_key

LISTS = ("train", "val", "trainval", "test")


def trees(path: str | os.PathLike[str]) -> list[Path]:
    """Return the trees in a folder: itself, else those right in it, else those in its VOCdevkit."""
    root = Path(path).expanduser()
    if not root.is_dir():
        return []
    if _is_tree(root):
        return [root]
    inner = sorted(entry for entry in root.iterdir() if entry.is_dir() and not entry.name.startswith("."))
    found = [entry for entry in inner if _is_tree(entry)]
    if found:
        return found
    deeper = [entry for folder in inner if folder.name.upper().startswith("VOC") for entry in sorted(folder.iterdir())]
    return [entry for entry in deeper if entry.is_dir() and _is_tree(entry)]


def the_tree(path: str | os.PathLike[str]) -> Path:
    """Return the one tree in a folder; raises where there is none, or more than one."""
    found = trees(path)
    if len(found) == 1:
        return found[0]
    if found:
        raise ValueError(f"{path} holds {len(found)} VOC trees: give one of {', '.join(map(str, found))}")
    if not Path(path).expanduser().exists():
        raise FileNotFoundError(f"there is no folder {path}: give the path of a Pascal VOC tree")
    raise ValueError(f"{path} is no Pascal VOC tree: it must hold a folder Annotations with .xml files, and JPEGImages")


def lists(root: Path) -> dict[str, list[str]]:
    """Return the names of the images in each list of ImageSets/Main that is there."""
    found = {}
    for name in LISTS:
        place = root / "ImageSets" / "Main" / f"{name}.txt"
        if place.is_file():
            lines = place.read_text(encoding="utf-8-sig", errors="replace").splitlines()
            found[name] = list(dict.fromkeys(_stem(root, line.strip()) for line in lines if line.strip()))
    return found


def annotated(root: Path) -> list[str]:
    """Return the names of all annotations, in natural order."""
    names = [entry.stem for entry in (root / "Annotations").glob("*.xml") if not entry.name.startswith(".")]
    return sorted(names, key=lambda name: (natural_key(name), name))


def sheets(root: Path, names: list[str], skipped: list[Skipped]) -> dict[str, Sheet]:
    """Read the annotations; those that cannot be used are added to `skipped`."""
    images = _images(root)
    found = {}
    for name in names:
        path = root / "Annotations" / f"{name}.xml"
        try:
            if not path.is_file():
                raise Unusable("there is no annotation")
            found[name] = _sheet(path, parse(path), images)
        except Unusable as problem:
            skipped.append(Skipped(str(path), str(problem)))
    return found


def _sheet(path: Path, root: Element, images: dict[str, list[Path]]) -> Sheet:
    """The image is the one of the annotation's own name, else the one that it names."""
    said = (root.findtext("filename") or "").strip().replace("\\", "/").rsplit("/", 1)[-1]
    choice = images.get(path.stem) or images.get(said) or images.get(Path(said).stem)
    if not choice:
        raise Unusable(f"its image is not in JPEGImages: neither {path.stem} nor {said or 'a file name'}")
    image = next((one for one in choice if one.name == said), choice[0])
    sheet = Sheet(str(path), str(image), said_size(root))
    if image.name != said:
        given = f"there is no image {said!r} of it" if said else "no file name is given"
        sheet.repairs.append(f"{given}: {image.name} taken")
    sheet.things += things(root, sheet.repairs)
    return sheet


def _images(root: Path) -> dict[str, list[Path]]:
    """Return the images by their name without its suffix."""
    found = defaultdict(list)
    folder = root / "JPEGImages"
    if not folder.is_dir():
        raise ValueError(f"{root} has no folder JPEGImages: put the images of its Annotations there")
    for entry in sorted(folder.iterdir()):
        if entry.name.lower().endswith(SUFFIXES) and not entry.name.startswith("."):
            found[entry.stem].append(entry)
    return found


def _stem(root: Path, line: str) -> str:
    """Return the name in a line: some lists have a number behind it, or a suffix to it, and names may have spaces."""
    bare = Path(line).stem if line.lower().endswith((*SUFFIXES, ".xml")) else line
    names = (bare, bare.rsplit(maxsplit=1)[0])
    return next((name for name in names if (root / "Annotations" / f"{name}.xml").is_file()), bare)


def _is_tree(folder: Path) -> bool:
    annotations = folder / "Annotations"
    return annotations.is_dir() and any(annotations.glob("*.xml"))
