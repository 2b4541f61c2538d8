"""COCO's JSON: numbers with gaps, crowds, missing files, and what is wrong in it."""

import json

import numpy as np
import pytest
from voc_trees import drawn

from ccv import data


def write(root, name="instances_tiny.json", folder="tiny", **changes):
    """A file of three images, one of which is not there, and its folder beside the annotations' own."""
    (root / folder).mkdir(parents=True, exist_ok=True)
    (root / "annotations").mkdir(exist_ok=True)
    drawn((10, 4, 30, 24), (40, 20, 60, 44)).save(root / folder / "one.png")
    drawn(height=30, width=40).save(root / folder / "two.jpg")
    content = {
        "images": [
            {"id": 7, "file_name": "one.png", "height": 48, "width": 64},
            {"id": 9, "file_name": "two.jpg", "height": 30, "width": 40},
            {"id": 11, "file_name": "three.jpg", "height": 30, "width": 40},
        ],
        "categories": [{"id": 90, "name": "toothbrush"}, {"id": 1, "name": "person"}, {"id": 18, "name": "dog"}],
        "annotations": [
            {"id": 1, "image_id": 7, "category_id": 90, "bbox": [10, 4, 20, 20], "area": 123.5, "iscrowd": 0},
            {"id": 2, "image_id": 7, "category_id": 1, "bbox": [40.0, 20.0, 20.0, 24.0], "iscrowd": 1},
        ],
    }
    path = root / "annotations" / name
    path.write_text(json.dumps({**content, **changes}))
    return path


def test_it_gives_what_voc_gives(tmp_path):
    dataset = data.coco(write(tmp_path), size=(48, 64), crowd=True, cache=False)
    assert dataset.class_names == ["person", "dog", "toothbrush"]  # by number, which has gaps
    (image, truth), (_, empty) = dataset.as_numpy_iterator()
    np.testing.assert_allclose(truth[:, :4] * [64, 48, 64, 48], [[10, 4, 30, 24], [40, 20, 60, 44]], atol=1e-5)
    assert truth[:, 4].tolist() == [2, 0] and (empty == -1).all()
    assert (image[4:24, 10:30] == 255).all()
    first = dataset.annotations[0]
    assert (first.areas.tolist(), first.crowd.tolist()) == ([123.5, 480], [False, True])
    assert dataset.crowd.tolist() == [[False, True], [False, False]] and dataset.repaired == []
    (missing,) = dataset.skipped
    assert "three.jpg cannot be read: No such file" in missing.reason


def test_a_crowd_is_not_trained_on(tmp_path):
    path = write(tmp_path)
    assert data.coco(path, size=32, cache=False).truth[0, :, 4].tolist() == [2, -1]
    parts = data.splits(path, size=32, cache=False)
    assert (parts.kind, len(parts.train), parts.validation, parts.test) == ("detection", 2, None, None)
    assert parts.train.annotations[0].crowd.tolist() == [False, True]
    parts = data.splits(path, size=32, cache=False, validation=0.5, images=tmp_path / "tiny")
    assert (len(parts.train), len(parts.validation)) == (1, 1)


def test_classes_that_are_asked_for(tmp_path):
    path = write(tmp_path)
    dataset = data.coco(path, size=32, class_names=["toothbrush"], cache=False)
    assert dataset.truth[0, 0, 4] == 0 and "'person' is none of the classes" in dataset.repaired[0].done
    with pytest.raises(ValueError, match="no category called 'persn': did you mean 'person'"):
        data.coco(path, class_names=["persn"], cache=False)


GOOD = {"id": 1, "image_id": 7, "category_id": 1, "bbox": [10, 4, 20, 20]}
CASES = {
    "no category": ({**GOOD, "category_id": 5}, "has the category 5, which is not in the file: dropped"),
    "three numbers": ({**GOOD, "bbox": [1, 2, 3]}, "has no box of four numbers: dropped"),
    "no numbers": ({**GOOD, "bbox": [1, 2, "3", None]}, "has no box of four numbers: dropped"),
    "not a number": ({**GOOD, "bbox": [1, 2, float("nan"), 4]}, "has an edge that is no number: dropped"),
    "no width": ({**GOOD, "bbox": [10, 4, 0, 20]}, "has no area: dropped"),
    "backwards": ({**GOOD, "bbox": [30, 24, -20, -20]}, "swapped: put in order"),
    "past the border": ({**GOOD, "bbox": [10, 4, 90, 20]}, "reaches past the image, 64 x 48: cut"),
    "twice": (GOOD, "is there twice: one dropped"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_wrong_is_put_right_and_told(tmp_path, case):
    row, told = CASES[case]
    dataset = data.coco(write(tmp_path, annotations=[GOOD, row]), size=32, cache=False)
    assert [told in one.done for one in dataset.repaired].count(True) == 1
    assert dataset.repaired[0].path.endswith("instances_tiny.json: image 7")
    assert (dataset.truth[0, :, 4] >= 0).sum() == (2 if case == "past the border" else 1)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"annotations": [GOOD, {**GOOD, "image_id": 99}]}, "its image is not in the file"),
        ({"images": [{"id": 7, "file_name": "one.png"}, {"id": 8}]}, "it has no id or no file_name"),
        ({"images": [{"id": 7, "file_name": "one.png"}, {"id": 7, "file_name": "two.jpg"}]}, "its id is there twice"),
        ({"images": [{"id": 7, "file_name": "one.png"}, {"id": 8, "file_name": "../../x.png"}]}, "leads out of the"),
    ],
)
def test_what_cannot_be_used_is_left_out(tmp_path, changes, reason):
    path = write(tmp_path, **{"annotations": [GOOD], **changes})
    assert any(reason in one.reason for one in data.coco(path, size=32, cache=False).skipped)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is no JSON"),
        ("[]", 'is no COCO file of instances: it has no list "images"'),
        ('{"images": [], "annotations": [], "categories": 3}', 'it has no list "categories"'),
        ('{"images": [1], "annotations": [], "categories": []}', 'it has no list "images"'),
    ],
)
def test_files_that_are_not_cocos(tmp_path, content, message):
    path = tmp_path / "file.json"
    path.write_text(content)
    with pytest.raises(ValueError, match=message):
        data.coco(path, cache=False)


def test_files_and_folders_that_are_not_there(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no file"):
        data.splits(tmp_path / "none.json")
    path = write(tmp_path, folder="elsewhere")
    with pytest.raises(FileNotFoundError, match="give their folder, as images="):
        data.coco(path, cache=False)
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        data.coco(path, tmp_path / "none", cache=False)
    assert len(data.coco(path, tmp_path / "elsewhere", size=32, cache=False)) == 2


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        (r"tiny\one.png", "has backslashes, as on Windows"),
        (r"C:\data\photos\one.png", "is an absolute path, of the machine that wrote it"),
        ("/home/somebody/one.png", "is an absolute path, of the machine that wrote it"),
        ("../tiny/one.png", "leads out of the folder of the images"),
        ("photos/one.png", "is not where it says"),
    ],
)
def test_a_name_of_another_machine_is_looked_for_by_its_last_word(tmp_path, name, cause):
    images = [{"id": 7, "file_name": name, "height": 48, "width": 64}]
    path = write(tmp_path, images=images, annotations=[GOOD])
    dataset = data.coco(path, size=32, cache=False)
    assert len(dataset) == 1
    (one,) = dataset.repaired
    assert one.done.startswith(f"its file_name {name!r} {cause}: ") and one.done.endswith("one.png taken")
    write(tmp_path, images=[*images, {"id": 9, "file_name": "two.jpg"}], annotations=[GOOD, {**GOOD, "image_id": 9}])
    (tmp_path / "tiny" / "one.png").unlink()
    (one,) = data.coco(path, size=32, cache=False).skipped
    assert f"its file_name {name!r} {cause}, and no one.png lies in" in one.reason


def test_a_root_without_objects_is_no_class(tmp_path):
    rows = [("cells", "none"), ("red", "cells"), ("white", "cells"), ("other", "none")]
    categories = [{"id": n, "name": name, "supercategory": above} for n, (name, above) in enumerate(rows)]
    path = write(tmp_path, categories=categories)
    assert data.coco(path, size=32, cache=False).class_names == ["red", "white", "other"]
    path = write(tmp_path, categories=categories, annotations=[{**GOOD, "category_id": 0}])
    assert data.coco(path, size=32, cache=False).class_names == ["cells", "red", "white", "other"]


def test_files_that_are_not_one_a_part_are_refused(tmp_path):
    write(tmp_path, "instances_train2017.json")
    write(tmp_path, "instances_train.json")
    with pytest.raises(ValueError, match="holds 2 files of COCO that are not one for each part"):
        data.splits(tmp_path)
