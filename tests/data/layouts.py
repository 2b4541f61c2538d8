"""One set of photographs with boxes, written down in the layouts that people have: `write(layout, root, examples)`."""

import json
import os
from pathlib import Path
from typing import NamedTuple

from voc_trees import annotation, thing

WORDS = {"train": "train", "validation": "valid", "test": "test"}
VOCS = {"train": "train", "validation": "val", "test": "test"}


class Example(NamedTuple):
    """A file, its (height, width), its part, and its objects: class and edges in pixels from 0."""

    path: Path
    size: tuple[int, int]
    part: str
    objects: list[tuple[str, tuple[int, int, int, int]]]


def write(layout, root, examples):
    """Write a set; returns the path that a user would give."""
    names = sorted({name for example in examples for name, _ in example.objects})
    return LAYOUTS[layout](root, examples, names) or root


def voc_with_lists(root, examples, names):
    for example in examples:
        link(example, root / "JPEGImages")
        put(root / "Annotations" / f"{example.path.stem}.xml", xml(example))
    for part, word in VOCS.items():
        stems = [example.path.stem for example in examples if example.part == part]
        put(root / "ImageSets" / "Main" / f"{word}.txt", "".join(f"{stem}\n" for stem in stems))


def voc_of_other_names(root, examples, names):
    """As the authors of raccoons have it, with a folder for each part below."""
    for example in examples:
        link(example, root / "images" / WORDS[example.part])
        put(root / "annotations" / WORDS[example.part] / f"{example.path.stem}.xml", xml(example))


def voc_of_roboflow(root, examples, names):
    for example in examples:
        link(example, root / WORDS[example.part])
        put(root / WORDS[example.part] / f"{example.path.stem}.xml", xml(example))
    put(root / "README.roboflow.txt", "exported")


def yolo_with_yaml(root, examples, names):
    for example in examples:
        link(example, root / "images" / VOCS[example.part])
        put(root / "labels" / VOCS[example.part] / f"{example.path.stem}.txt", txt(example, names))
    listed = "".join(f"  {number}: {name}\n" for number, name in enumerate(names))
    put(root / "data.yaml", f"path: .\ntrain: images/train\nval: images/val\ntest: images/test\nnames:\n{listed}")
    return root / "data.yaml"


def yolo_of_roboflow(root, examples, names):
    """Whose data.yaml names folders that lie elsewhere."""
    for example in examples:
        link(example, root / WORDS[example.part] / "images")
        put(root / WORDS[example.part] / "labels" / f"{example.path.stem}.txt", txt(example, names))
    places = "".join(f"{VOCS[part]}: ../{word}/images\n" for part, word in WORDS.items())
    put(root / "data.yaml", f"{places}nc: {len(names)}\nnames: {names}\n")


def yolo_side_by_side(root, examples, names):
    for example in examples:
        link(example, root / WORDS[example.part])
        put(root / WORDS[example.part] / f"{example.path.stem}.txt", txt(example, names))
    put(root / "classes.txt", "\n".join(names))


def coco_of_parts(root, examples, names):
    for part, word in VOCS.items():
        own = [example for example in examples if example.part == part]
        for example in own:
            link(example, root / f"{word}2017")
        put(root / "annotations" / f"instances_{word}2017.json", coco(own, names, [], 1))


def coco_of_roboflow(root, examples, names):
    """With the project as a category of its own, the root of the others."""
    for part, word in WORDS.items():
        own = [example for example in examples if example.part == part]
        for example in own:
            link(example, root / word)
        put(root / word / "_annotations.coco.json", coco(own, names, ["things"], 0))


LAYOUTS = {
    make.__name__: make
    for make in (
        *(voc_with_lists, voc_of_other_names, voc_of_roboflow),
        *(yolo_with_yaml, yolo_of_roboflow, yolo_side_by_side),
        *(coco_of_parts, coco_of_roboflow),
    )
}


def link(example, folder):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / example.path.name).symlink_to(example.path)


def put(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def xml(example):
    things = (thing(name, box[0] + 1, box[1] + 1, *box[2:]) for name, box in example.objects)
    return annotation(*things, size=example.size, filename=example.path.name)


def txt(example, names):
    """Six decimals, as most tools write them."""
    height, width = example.size
    lines = []
    for name, (left, top, right, bottom) in example.objects:
        numbers = ((left + right) / 2 / width, (top + bottom) / 2 / height, (right - left) / width)
        lines.append(" ".join([str(names.index(name)), *(f"{n:.6f}" for n in (*numbers, (bottom - top) / height))]))
    return "\n".join(lines)


def coco(examples, names, roots, first):
    """Categories are numbered from `first`, those of `roots` before the others."""
    categories = [*roots, *names]
    parent = roots[0] if roots else "none"
    rows = [
        {"id": first + number, "name": name, "supercategory": "none" if name in roots else parent}
        for number, name in enumerate(categories)
    ]
    images, annotations = [], []
    for number, example in enumerate(examples):
        height, width = example.size
        images.append({"id": number, "file_name": example.path.name, "height": height, "width": width})
        for name, (left, top, right, bottom) in example.objects:
            box = [left, top, right - left, bottom - top]
            own = {"id": len(annotations), "image_id": number, "category_id": first + categories.index(name)}
            annotations.append({**own, "bbox": box, "area": box[2] * box[3], "iscrowd": 0})
    return json.dumps({"images": images, "annotations": annotations, "categories": rows})


def of_voc(root):
    """The examples of a VOC tree that `ccv.data` reads, with its own parts, every box put right."""
    from ccv import data

    parts = {"train": "train", "val": "validation", "test": "test"}
    read = {part: data.voc(root, split, size=32) for split, part in parts.items()}
    return [
        Example(
            Path(os.path.realpath(note.path)),
            (note.height, note.width),
            part,
            [
                (dataset.class_names[label], tuple(map(int, box)))
                for label, box in zip(note.labels, note.boxes, strict=True)
            ],
        )
        for part, dataset in read.items()
        for note in dataset.annotations
    ]
