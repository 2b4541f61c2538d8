"""Small trees of Pascal VOC, whose images are grey with one bright rectangle for each object."""

import numpy as np
from PIL import Image

OBJECT = (
    "<object><name>{name}</name>{difficult}<bndbox><xmin>{0}</xmin><ymin>{1}</ymin><xmax>{2}</xmax><ymax>{3}</ymax>"
    "</bndbox></object>"
)


def thing(name, *box, difficult="<difficult>0</difficult>"):
    """One object; the box in VOC's pixels, from 1, the last one included."""
    return OBJECT.format(*box, name=name, difficult=difficult)


def annotation(*things, size=(48, 64), filename="{stem}.png"):
    """The XML of an annotation; `{stem}` is put in by `add`. `size` is (height, width), or text in its place."""
    if not isinstance(size, str):
        size = f"<size><width>{size[1]}</width><height>{size[0]}</height><depth>3</depth></size>"
    return f"<annotation><filename>{filename}</filename>{size}{''.join(things)}</annotation>"


def drawn(*boxes, height=48, width=64):
    """A dark image in which the boxes, in edges from 0, are white."""
    pixels = np.full((height, width, 3), 40, np.uint8)
    for x_min, y_min, x_max, y_max in boxes:
        pixels[y_min:y_max, x_min:x_max] = 255
    return Image.fromarray(pixels)


def add(root, stem, xml=None, image=None, suffix=".png", **options):
    """Put one image and its annotation into a tree; None as `xml` makes one cat and one dog."""
    for folder in ("Annotations", "JPEGImages"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    if xml is None:
        xml = annotation(thing("cat", 11, 5, 30, 24), thing("dog", 41, 21, 60, 44))
        image = image or drawn((10, 4, 30, 24), (40, 20, 60, 44))
    (root / "Annotations" / f"{stem}.xml").write_text(xml.replace("{stem}", stem), encoding="utf-8")
    (image or drawn()).save(root / "JPEGImages" / f"{stem}{suffix}", **options)


def write_lists(root, **lists):
    place = root / "ImageSets" / "Main"
    place.mkdir(parents=True, exist_ok=True)
    for name, stems in lists.items():
        (place / f"{name}.txt").write_text("".join(f"{stem}\n" for stem in stems))
