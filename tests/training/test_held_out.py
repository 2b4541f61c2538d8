"""What a run may be judged by, of annotated images: their boxes go with them."""

import json

import numpy as np
import pytest
from PIL import Image

from ccv.data import splits
from ccv.data.parts import listing, record, together
from ccv.training.held_out import own_part, unseen


@pytest.fixture(scope="module")
def coco(tmp_path_factory):
    """A file of COCO with ten photographs, of which number n has one object that is n pixels wide."""
    root, random = tmp_path_factory.mktemp("coco"), np.random.default_rng(0)
    images, objects = [], []
    for number in range(1, 11):
        Image.fromarray(random.integers(0, 256, (64, 64, 3), dtype=np.uint8)).save(root / f"{number}.png")
        images.append({"id": number, "file_name": f"{number}.png", "width": 64, "height": 64})
        objects.append({"id": number, "image_id": number, "category_id": 1, "bbox": [0, 0, number, 9], "iscrowd": 0})
    about = {"images": images, "annotations": objects, "categories": [{"id": 1, "name": "cell"}]}
    (root / "cells.json").write_text(json.dumps(about))
    return str(root / "cells.json")


def read(origin):
    how = {key: value for key, value in origin.items() if key not in ("data", "images", "files")}
    return splits(origin["data"], size=64, cache=False, **how)


@pytest.fixture(scope="module")
def trained(coco):
    return splits(coco, size=64, validation=0.3, seed=1, cache=False)


def test_a_detectors_own_part_is_the_images_it_held_out_each_with_its_boxes(trained):
    chosen = own_part(record(trained), read)
    assert sorted(listing(chosen.data).paths) == sorted(listing(trained.validation).paths)
    assert len(chosen.data.annotations) == len(chosen.data.truth) == len(chosen.data) == 3
    for note, (_, truth) in zip(chosen.data.annotations, chosen.data, strict=True):
        width = float(note.path.rsplit("/", 1)[1].removesuffix(".png"))
        assert note.boxes[0, 2] == width and float(truth[0][2]) * 64 == pytest.approx(width)


def test_read_with_another_seed_or_none_the_same_images_are_left_out(coco, trained):
    chosen = unseen(splits(coco, size=64, cache=False), record(trained))
    assert sorted(listing(chosen.data).paths) == sorted(listing(trained.validation).paths)
    assert "3 of the 10 images" in chosen.note and "on the other 7 the run was trained" in chosen.note


def test_an_image_that_is_in_two_parts_counts_as_trained_on_and_one_that_is_gone_is_told(trained):
    split = record(trained)
    twice = next(iter(split["train"]["files"].values()))
    split["validation"]["files"] |= {"copy.png": twice, "gone.png": "0" * 32}
    chosen = own_part(split, read)
    assert len(chosen.data) == 3
    assert "1 was trained on as well and left out" in chosen.note and "1 was not found any more" in chosen.note


def test_parts_put_together_read_as_before(trained):
    both = together([trained.validation, trained.train])
    assert len(both) == 10 and both.class_names == ["cell"]
    for (image, truth), (same, as_before) in zip(both.take(3), trained.validation, strict=True):
        assert np.array_equal(image, same) and np.array_equal(truth, as_before)
