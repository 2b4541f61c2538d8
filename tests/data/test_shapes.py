"""Drawn scenes: the boxes are those of the pixels, objects are seen, and every form says the same."""

import time

import numpy as np
import pytest

from ccv import data
from ccv.data import shapes
from ccv.data.drawn import scenes as _scenes


def boxes_of(masks):
    """The box around the pixels of a mask, as parts of its sides; written out anew."""
    rows, columns = np.nonzero(masks)
    height, width = masks.shape
    return [columns.min() / width, rows.min() / height, (columns.max() + 1) / width, (rows.max() + 1) / height]


@pytest.mark.parametrize("size", [64, (48, 80), (96, 40)])
def test_boxes_are_tight_around_the_pixels_that_show(size):
    made = shapes.scenes(count=40, size=size, seed=2)
    there = made.truth[..., 4] >= 0
    assert (made.truth[~there] == -1).all() and (made.landmarks[~there] == -1).all()
    np.testing.assert_array_equal(made.masks.any((2, 3)), there)
    expected = [boxes_of(mask) for mask in made.masks[there]]
    np.testing.assert_allclose(made.truth[there][:, :4], expected, atol=1e-6)
    assert made.masks.sum(1).max() == 1  # a pixel is one object's
    assert made.truth.dtype == np.float32


def test_nearly_all_of_every_object_shows():
    """Measured on the whole outlines, which are drawn again here one by one."""
    rng = np.random.default_rng(0)
    placed = _scenes.place(60, (64, 64), rng, (5, 5), (0.2, 0.5))
    y, x = np.mgrid[:64, :64] + 0.5
    shares = []
    for image, slot in np.argwhere(placed.label >= 0):
        left, top, width, height = placed.box[image, slot]
        u, v = (x - left) / width * 2 - 1, ((y - top) / height * 2 - 1) * placed.up[image, slot]
        whole = list(_scenes.SHAPES.values())[placed.label[image, slot]](u, v, placed.apex[image, slot])
        shares.append((placed.owner[image] == slot).sum() / whole.sum())
    assert min(shares) >= _scenes.VISIBLE and np.mean(np.array(shares) < 1) > 0.03  # some are covered in part
    assert (placed.label[:, 0] >= 0).all()


def test_sizes_classes_and_counts():
    _, truth = shapes.arrays(count=600)
    there = truth[..., 4] >= 0
    sides = (truth[..., 2:4] - truth[..., :2])[there] * 64
    assert sides.max() == 24 and 9 <= np.percentile(sides, 2) <= 11
    assert (np.bincount(truth[..., 4][there].astype(int)) / there.sum() > 0.3).all()
    counts = np.bincount(there.sum(1), minlength=6)
    assert counts[0] == 0 and (counts[1:] > 80).all()
    assert (np.diff(there.astype(int), axis=1) <= 0).all()  # padding last


def test_objects_are_light_on_a_dark_ground():
    made = shapes.scenes(count=30, noise=0)
    ground = ~made.masks.any(1)
    assert made.images[ground].max() <= 0.4 * 255 < 0.5 * 255 - 1 <= made.images[~ground].min()
    noisy = shapes.arrays(count=30, noise=0.1)[0].astype(float)[~ground] - made.images[~ground]
    assert 15 < np.median(np.abs(noisy)) / 0.6745 < 30  # a tenth of 255, a little less where white cuts it


def test_seeds_splits_and_speed():
    began = time.process_time()
    images, truth = data.arrays("shapes")
    assert time.process_time() - began < 3
    assert images.shape == (2000, 64, 64, 3) and images.dtype == np.uint8 and truth.shape == (2000, 5, 5)
    again, _ = data.arrays("shapes", count=300)
    np.testing.assert_array_equal(again[:256], images[:256])
    parts = [data.arrays("shapes", split, count=20)[0] for split in ("train", "test", "all")]
    np.testing.assert_array_equal(np.concatenate(parts[:2]), parts[2])
    assert not np.array_equal(parts[0], parts[1])
    assert not np.array_equal(data.arrays("shapes", count=20, seed=1)[0], parts[0])


def test_landmarks_lie_where_they_are_said_to():
    made = shapes.scenes(count=120, noise=0, objects=(1, 1))
    points, truth, masks = made.landmarks[:, 0] * 64, made.truth[:, 0], made.masks[:, 0]
    corners = truth[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(-1, 4, 2) * 64
    assert min(np.bincount(truth[:, 4].astype(int))) > 20
    of = shapes.CLASS_NAMES.index
    square = truth[:, 4] == of("rectangle")
    assert np.abs(points[square, :4] - corners[square]).max() <= 0.5  # half a pixel: the pixels' centres decide
    centre = (points[:, 4]).astype(int)
    assert masks[np.arange(120), centre[:, 1], centre[:, 0]].all()
    round_ = truth[:, 4] == of("ellipse")
    middles = np.stack([(corners[:, i] + corners[:, (i + 1) % 4]) / 2 for i in range(4)], axis=1)
    assert np.abs(points[round_, :4] - middles[round_]).max() < 1.5
    pointed = truth[:, 4] == of("triangle")
    tip, right, middle, left = (points[pointed, i] for i in range(4))
    np.testing.assert_allclose(middle, (left + right) / 2, atol=1e-4)
    cross = (right - tip)[:, 0] * (left - tip)[:, 1] - (right - tip)[:, 1] * (left - tip)[:, 0]
    assert (cross > 0).all()  # clockwise, where y points down
    area = masks[pointed].sum((1, 2))
    np.testing.assert_allclose(cross / 2, area, rtol=0.2)


def test_load_and_splits_give_the_truth():
    loaded = data.load("shapes", count=12)
    assert loaded.class_names == ["ellipse", "rectangle", "triangle"]
    assert loaded.element_spec[0].shape == (64, 64, 3) and loaded.element_spec[1].shape == (5, 5)
    parts = data.splits("shapes", count=40, size=(32, 48), validation=0.25)
    assert (parts.kind, len(parts.train), len(parts.validation), len(parts.test)) == ("detection", 30, 10, 40)
    images, truth = data.arrays("shapes", "test", count=40, size=(32, 48))
    for index, (image, rows) in enumerate(parts.test.as_numpy_iterator()):
        assert np.array_equal(image, images[index]) and np.array_equal(rows, truth[index])
    assert data.splits("digits").kind == "classification"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"count": 0}, "count=0 must be an integer of at least 1"),
        ({"size": 8}, "size=8 must be a number of pixels of at least 16"),
        ({"seed": -1}, "seed=-1 must be"),
        ({"objects": (0, 3)}, "objects=(0, 3) must be two numbers from 1 to 20"),
        ({"objects": 4}, "objects=4 must be two numbers"),
        ({"extent": (0.4, 0.2)}, "the smaller one first"),
        ({"extent": (0.01, 0.2)}, "makes objects of less than 3 pixels"),
        ({"noise": 2}, "noise=2 must be a number from 0 to 1"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(ValueError, match=r"must be|makes") as raised:
        shapes.arrays(**options)
    assert message in str(raised.value)


def test_as_a_builder_of_tfds(tmp_path):
    builder = shapes.as_builder(tmp_path, count=3, size=32, seed=5)
    builder.download_and_prepare()
    rows = list(builder.as_dataset(split="test").as_numpy_iterator())
    images, truth = shapes.arrays("test", count=3, size=32, seed=5)
    assert len(rows) == 3 and builder.info.features["objects"]["label"].names == list(shapes.CLASS_NAMES)
    expected = {image.tobytes(): boxes[boxes[:, 4] >= 0] for image, boxes in zip(images, truth, strict=True)}
    for row in rows:  # TFDS shuffles
        boxes = expected.pop(row["image"].tobytes())
        np.testing.assert_allclose(row["objects"]["bbox"][:, [1, 0, 3, 2]], boxes[:, :4], atol=1e-6)
        assert row["objects"]["label"].tolist() == boxes[:, 4].tolist()
