"""One set in every layout that people have: the same images, boxes and parts, and the same training, bit for bit."""

import os
from pathlib import Path

import keras
import layouts
import numpy as np
import pytest
from voc_trees import drawn

from ccv import data

BCCD = Path(os.environ.get("CCV_DATA", "/nowhere")) / "bccd" / "BCCD"
NAMES = ("cat", "dog")


@pytest.fixture
def examples(tmp_path):
    """Twelve images of odd sizes, six, three and three of them to train, validate and test on; one has no object."""
    (tmp_path / "all").mkdir()
    made = []
    for number in range(12):
        height, width = 41 + number, 67 - number
        boxes = [] if number == 4 else [(3 + number, 5, 23 + number, 31), (30, 11 + number, 47, 29 + number)]
        path = tmp_path / "all" / f"img {number}.png"
        drawn(*boxes, height=height, width=width).save(path)
        objects = [(NAMES[(number + which) % 2], box) for which, box in enumerate(boxes)]
        made.append(
            layouts.Example(path, (height, width), ("train", "train", "validation", "test")[number % 4], objects)
        )
    return made


def parts_of(path, **options):
    return data.splits(path, validation=0.2, cache=False, **options)


def same(parts, first):
    """Whether images, truth and order are equal in every part."""
    assert parts.class_names == first.class_names and parts.kind == "detection"
    for one, other in ((parts.train, first.train), (parts.validation, first.validation), (parts.test, first.test)):
        assert [Path(note.path).name for note in one.annotations] == [
            Path(note.path).name for note in other.annotations
        ]
        np.testing.assert_array_equal(one.truth, other.truth)
        for (image, _), (its, _) in zip(one.as_numpy_iterator(), other.as_numpy_iterator(), strict=True):
            np.testing.assert_array_equal(image, its)


@pytest.mark.parametrize("layout", layouts.LAYOUTS)
def test_every_layout_gives_the_same(layout, examples, tmp_path):
    first = parts_of(layouts.write("voc_with_lists", tmp_path / "first", examples), size=64)
    parts = parts_of(layouts.write(layout, tmp_path / layout, examples), size=64)
    assert (len(first.train), len(first.validation), len(first.test)) == (6, 3, 3)
    same(parts, first)
    assert parts.repaired == parts.skipped == []
    assert parts.layout.split(":")[0] in ("Pascal VOC", "YOLO", "COCO")


@pytest.mark.parametrize(
    ("layout", "below"),
    [("voc_of_roboflow", ""), ("yolo_of_roboflow", "train"), ("coco_of_roboflow", "train/_annotations.coco.json")],
)
def test_what_no_layout_has_is_told_alike(layout, below, examples, tmp_path):
    """A mistyped option names the nearest, and a test part that there is none how to get one."""
    open_ones = [example._replace(part="train") for example in examples]
    layouts.write(layout, tmp_path / layout, open_ones)
    path = tmp_path / layout / below
    with pytest.raises(TypeError, match=r"no option of .* called 'clas_names': did you mean 'class_names'?"):
        data.splits(path, clas_names=["cat"])
    read = getattr(data, layout.split("_")[0])
    with pytest.raises(ValueError, match=r"has no test part: give test=0\.2, say"):
        read(path, split="test", size=32, cache=False)
    assert 0 < len(read(path, split="test", size=32, cache=False, test=0.5)) < len(examples)


@pytest.mark.parametrize("layout", [name for name in layouts.LAYOUTS if name != "voc_with_lists"])
def test_folders_that_are_parts_stay_so_without_a_word(layout, examples, tmp_path):
    parts = data.splits(layouts.write(layout, tmp_path / layout, examples), size=32, cache=False)
    assert (len(parts.train), len(parts.validation), len(parts.test)) == (6, 3, 3)


@pytest.mark.skipif(
    not BCCD.is_dir(), reason="set CCV_DATA to a folder that has bccd/BCCD: real photographs with boxes"
)
@pytest.mark.slow
def test_blood_cells_in_six_layouts_are_trained_on_alike(tmp_path, monkeypatch):
    from ccv.detection import detector

    monkeypatch.setenv("CCV_CACHE", str(tmp_path / "cache"))
    examples = layouts.of_voc(BCCD)
    first, weights = parts_of(BCCD, size=(96, 128)), {}
    six = [name for name in layouts.LAYOUTS if name not in ("yolo_side_by_side", "coco_of_roboflow")]
    for layout in six:
        parts = parts_of(layouts.write(layout, tmp_path / layout, examples), size=(96, 128))
        same(parts, first)
        keras.utils.set_random_seed(0)
        made = detector("yolo_v2_tiny", parts.class_names, input_shape=parts.image, stride=16, width=1 / 4, boxes=3)
        made.fit(parts, epochs=1, deterministic=True, verbose=False)
        weights[layout] = made.model.get_weights()
    for layout in six[1:]:
        for one, other in zip(weights[six[0]], weights[layout], strict=True):
            np.testing.assert_array_equal(one, other)


def test_what_lies_beside_the_parts_is_left_out_and_told(examples, tmp_path):
    """Predictions have labels too."""
    root = layouts.write("yolo_side_by_side", tmp_path / "set", examples)
    drawn().save(root / "IMG.heic", format="png")
    layouts.put(root / "predictions" / "p.txt", "0 0.5 0.5 0.1 0.1")
    drawn().save(root / "predictions" / "p.png")
    (root / "unlabeled").mkdir()
    drawn().save(root / "unlabeled" / "u.png")
    parts = data.splits(root, size=32, cache=False)
    assert len(parts.train) == 6
    told = sorted(f"{Path(one.path).name}: {one.reason}" for one in parts.skipped)
    assert [line.split(",")[0] for line in told] == [
        "IMG.heic: HEIC is not read: convert it to JPEG or PNG",
        "predictions: 1 of its images lie in no part: others lie in train",
        "unlabeled: none of its 1 images has a label file",
    ]


@pytest.mark.parametrize(
    "holders", [("Annotations", "Photos"), ("ANNOTATIONS", "JPEGIMAGES"), (".", "."), ("xml", "jpg")]
)
def test_voc_under_any_names(holders, examples, tmp_path):
    for example in examples:
        layouts.link(example, tmp_path / "set" / holders[1])
        layouts.put(tmp_path / "set" / holders[0] / f"{example.path.stem}.XML", layouts.xml(example))
    parts = data.splits(tmp_path / "set", size=32, cache=False)
    assert len(parts.train) == 12 and parts.layout.startswith("Pascal VOC: 12 .xml files in")
    assert parts.skipped == parts.repaired == []


@pytest.mark.parametrize("folders", [("images", "labels"), ("Images", "Labels"), (".", "."), ("data/img", "data/txt")])
def test_yolo_pairs_without_a_description(folders, examples, tmp_path):
    root = tmp_path / "set"
    for example in examples:
        layouts.link(example, root / folders[0])
        layouts.put(root / folders[1] / f"{example.path.stem}.txt", layouts.txt(example, NAMES))
    parts = data.splits(root, size=32, cache=False, validation=0.25)
    assert (parts.class_names, len(parts.train), len(parts.validation)) == (["0", "1"], 9, 3)
    layouts.put(root / "classes.txt", "cat\ndog\n")
    assert data.splits(root, size=32, cache=False).class_names == ["cat", "dog"]
    (root / folders[1] / "img 3.txt").unlink()
    (one,) = data.splits(root, size=32, cache=False).repaired
    assert one.path.endswith("img 3.png") and one.done == "there is no label file: taken as an image without objects"


LINES = {
    "0 .5 .5 .25 .5": ([24, 12, 40, 36], None),
    "0.0 0.5 0.5 0.25 0.5 0.93": ([24, 12, 40, 36], None),
    "0 .375 .25 .625 .25 .625 .75 .375 .75": ([24, 12, 40, 36], None),
    "0 .5 .5 1.5 1.5": ([0, 0, 64, 48], "reaches past the image, 64 x 48: cut"),
    "0 .5 .5 0 .5": (None, "has no area: dropped"),
    "0 32 24 16 24": (None, "is no class and box in parts of the image: dropped"),
    "cat .5 .5 .25 .5": (None, "is no class and box in parts of the image: dropped"),
    "0 .5 .5": (None, "is no class and box in parts of the image: dropped"),
    "0 .5 .5 .25 nan": (None, "is no class and box in parts of the image: dropped"),
    "7 .5 .5 .25 .5": (None, "class 7 has no name, of 1: dropped"),
}


@pytest.mark.parametrize("line", LINES)
def test_a_line_of_yolo_is_read_or_told(line, tmp_path):
    drawn().save(tmp_path / "a.png")
    layouts.put(tmp_path / "a.txt", f"{line}\n\n")
    drawn().save(tmp_path / "b.png")
    layouts.put(tmp_path / "b.txt", "0 .25 .25 .25 .25")
    layouts.put(tmp_path / "obj.names", "cat\n")
    dataset = data.yolo(tmp_path, "all", cache=False)
    box, told = LINES[line]
    assert dataset.annotations[0].boxes.tolist() == ([] if box is None else [box])
    assert [one.done[-len(told) :] for one in dataset.repaired] == [told] if told else dataset.repaired == []


def test_a_list_and_a_folder_that_is_not_there(examples, tmp_path):
    root = layouts.write("yolo_side_by_side", tmp_path / "set", examples)
    first = [f"./train/{example.path.name}\n" for example in examples if example.part == "train"]
    layouts.put(root / "train.txt", "".join(first[:5]))
    layouts.put(root / "data.yaml", "train: train.txt\nval: [valid, nowhere]\nnames: [cat, dog]\n")
    parts = data.splits(root, size=32, cache=False)
    assert (len(parts.train), len(parts.validation), parts.test) == (5, 3, None)
    assert "it also names nowhere, which is not there" in parts.layout
    assert sorted(one.reason for one in parts.skipped) == [
        "1 of its images are in no part of data.yaml",
        "3 of its images are in no part of data.yaml",
    ]


def test_boxes_are_asked_for_where_there_are_none(examples, tmp_path):
    (tmp_path / "classes" / "cat").mkdir(parents=True)
    drawn().save(tmp_path / "classes" / "cat" / "a.png")
    (tmp_path / "empty").mkdir()
    for place in (tmp_path / "classes", tmp_path / "empty", "digits"):
        with pytest.raises(ValueError, match="has no boxes: give a folder with Pascal VOC") as raised:
            data.splits(place, kind="detection")
        assert "class" not in str(raised.value).split("has no boxes")[1]
    with pytest.raises(FileNotFoundError, match="give the path of images with boxes"):
        data.splits(tmp_path / "no" / "where", kind="detection")


@pytest.mark.parametrize(
    ("objects", "size"),
    [((60, 40), (192, 256)), ((30, 24), (256, 320)), ((24, 13), (448, 608)), ((9, 5), (480, 640))],
)
def test_images_are_not_shrunk_until_objects_vanish(objects, size, tmp_path):
    """Photographs of 640 x 480: the median object keeps 12 pixels across, where it has as many."""
    wide, high = objects
    for number in range(3):
        box = (50, 60, 50 + wide, 60 + high)
        path = tmp_path / f"{number}.png"
        drawn(box, height=480, width=640).save(path)
        example = layouts.Example(path, (480, 640), "train", [("cat", box)])
        layouts.put(path.with_suffix(".txt"), layouts.txt(example, NAMES))
    parts = data.splits(tmp_path, cache=False)
    assert parts.image == (*size, 3)
    assert min(objects) * min(size[0] / 480, size[1] / 640) >= min(12, *objects)
    assert data.splits(tmp_path, size=64, cache=False).image == (64, 64, 3)
