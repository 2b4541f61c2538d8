"""The photographs that ccv carries: cells, whole smears with boxes, and scikit-learn's two."""

import os
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ccv import data
from ccv.data import blood, carried, cut_cells

BCCD = Path(os.environ.get("CCV_DATA", "/nowhere")) / "bccd" / "BCCD"
MOST_BYTES = {"cells.jpg": 600_000, "cells.csv": 100_000, "blood.jpg": 1_200_000, "blood.csv": 100_000}


@pytest.mark.parametrize("name", MOST_BYTES)
def test_it_is_small(name):
    assert (carried.folder() / name).stat().st_size <= MOST_BYTES[name]


@pytest.mark.parametrize(
    ("split", "of_each"),
    [("train", [270, 214, 209]), ("val", [110, 87, 83]), ("test", [90, 71, 69]), ("all", [470, 372, 361])],
)
def test_cells_by_class(split, of_each):
    images, labels = data.arrays("cells", split)
    assert images.shape == (sum(of_each), 48, 48, 3)
    assert np.bincount(labels).tolist() == of_each


def test_a_cell_is_read_from_its_own_tile():
    """White cells have a dark violet nucleus; red cells and platelets mostly have not: the green is lowest in them."""
    images, labels = data.arrays("cells", "all")
    green = images[..., 1].mean(axis=(1, 2))
    assert green[labels == 1].mean() < min(green[labels == k].mean() for k in (0, 2)) - 10


def test_no_photograph_gave_cells_to_two_parts():
    parts = defaultdict(set)
    for row in carried.table("cells"):
        parts[row["picture"]].add(row["part"])
    assert set.union(*parts.values()) == {"train", "val", "test"}
    assert all(len(found) == 1 for found in parts.values())


def test_no_whole_photograph_is_one_to_train_on():
    trained = {row["picture"] for row in carried.table("cells") if row["part"] != "test"}
    assert not trained & {row["picture"] for row in carried.table("blood")}


def test_grey_cells_are_the_luminance():
    coloured, _ = data.arrays("cells", "test")
    grey, _ = data.arrays("cells", "test", channels=1)
    assert grey.shape == (230, 48, 48, 1)
    np.testing.assert_allclose(grey[..., 0], coloured @ [0.299, 0.587, 0.114], atol=1.05)  # cut, not rounded
    with pytest.raises(ValueError, match="channels=2 must be 3"):
        data.arrays("cells", channels=2)


def test_cells_keep_their_own_parts_in_splits():
    parts = data.splits("cells", size=32, channels=1)
    assert (len(parts.train), len(parts.validation), len(parts.test)) == (693, 280, 230)
    assert parts.image == (32, 32, 1)


def test_a_share_that_is_asked_for_comes_before_a_part_of_their_own():
    parts = data.splits("cells", validation=0.1)
    assert (len(parts.train), len(parts.validation), len(parts.test)) == (876, 97, 230)
    whole = data.splits("cells", validation=0)
    assert (len(whole.train), len(whole.validation)) == (693 + 280, 0)


def test_blood_has_boxes_of_every_class():
    images, truth = data.arrays("blood", "test")
    assert images.shape == (30, 240, 320, 3)
    labels = truth[..., 4]
    assert [(labels == k).sum() for k in range(3)] == [323, 32, 26]
    boxes = truth[labels >= 0, :4]
    assert (boxes >= 0).all() and (boxes <= 1).all() and (boxes[:, :2] < boxes[:, 2:]).all()
    assert (truth[labels < 0] == -1).all()


def test_the_boxes_of_white_cells_are_darker_than_their_photographs():
    images, truth = data.arrays("blood", "test")
    for image, boxes in zip(images, truth, strict=True):
        for left, top, right, bottom, _ in boxes[boxes[:, 4] == 1]:
            inside = image[int(top * 240) : int(bottom * 240), int(left * 320) : int(right * 320), 1]
            assert inside.mean() < image[..., 1].mean() - 5


def test_another_size_is_a_letterbox_with_its_boxes():
    images, truth = blood.arrays(size=(320, 320))
    plain_images, plain = blood.arrays()
    np.testing.assert_array_equal(images[:, 40:280], plain_images)
    assert (images[:, :40] == 128).all() and (images[:, 280:] == 128).all()
    there = plain[..., 4] >= 0
    np.testing.assert_allclose(truth[there][:, 1] * 320, plain[there][:, 1] * 240 + 40, atol=1e-3)
    np.testing.assert_allclose(truth[there][:, 0], plain[there][:, 0], atol=1e-6)


def test_blood_is_for_tests_alone():
    parts = data.splits("blood", size=64)
    assert (parts.kind, len(parts.train), len(parts.test)) == ("detection", 0, 30)
    with pytest.raises(ValueError, match="there is no split called 'train': choose from test, all"):
        data.load("blood")


def test_the_two_photographs():
    shapes = {data.photograph(name).shape for name in ("china", "flower")}
    assert shapes == {(427, 640, 3)}
    with pytest.raises(ValueError, match="did you mean 'flower'"):
        data.photograph("flowers")


@pytest.mark.skipif(
    not BCCD.is_dir(), reason="set CCV_DATA to a folder that has bccd/BCCD: what the cells are cut from"
)
def test_the_script_makes_what_is_carried(tmp_path, capsys):
    cut_cells.main(["--source", str(BCCD), "--out", str(tmp_path)])
    assert "1203 tiles" in capsys.readouterr().out
    for name in ("cells", "blood"):
        assert (tmp_path / f"{name}.csv").read_bytes() == (carried.folder() / f"{name}.csv").read_bytes()
        made, kept = (np.asarray(Image.open(folder / f"{name}.jpg")) for folder in (tmp_path, carried.folder()))
        assert np.abs(made.astype(int) - kept).mean() < 1  # another Pillow may round otherwise
