"""The truth of detectors through the pipeline: as the dict of boxes goes, row for row, and against the pixels."""

import numpy as np
import pytest
from rectangles import drawn, iou, seen

from ccv.augment import pipeline, preview

SIZES = [(96, 96), (96, 160), (160, 96)]


def with_truth(count, height, width, dtype="float32", **options):
    """Drawn rectangles and their truth `(count, 4, 5)` as parts of the sides; the last row is padding."""
    images, targets = drawn(count, height, width, **options)
    boxes = targets["boxes"] / np.array([width, height, width, height])
    truth = np.concatenate([boxes, targets["labels"][..., None]], axis=-1)
    truth[targets["labels"] < 0] = -1
    return images, truth.astype(dtype)


def agreement(images, truth):
    """IoU of each row with the pixels of its color, and how many of either are alone."""
    height, width = images.shape[1:3]
    found, alone = [], 0
    for image, rows in zip(np.asarray(images), np.asarray(truth), strict=True):
        for color in range(3):
            pixels, mine = seen(image, color), rows[rows[:, 4] == color, :4] * [width, height, width, height]
            big = pixels is not None and (pixels[2:] - pixels[:2]).min() >= 8
            alone += big != bool(len(mine)) and (big or (mine[0, 2:] - mine[0, :2]).min() >= 8)
            if big and len(mine):
                found.append(iou(pixels, mine[0]))
    return np.array(found), alone


RECIPES = {
    "flip": ("detection", {"mosaic": 0, "mixup": 0, "scale": (1, 1), "color": 0}),
    "scale and crop": ("detection", {"mosaic": 0, "mixup": 0, "flip": False, "color": 0.05}),
    "basic": ("basic", {"color": 0.05}),
    "crop": ("alexnet", {"color": 0, "flip": False}),
}


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("recipe", RECIPES)
def test_the_truth_moves_as_the_pixels_do(recipe, size):
    name, options = RECIPES[recipe]
    images, truth = with_truth(24, *size)
    after, moved = pipeline(name, boxes="rel_xyxy", seed=1, **options)(images, truth)
    assert np.asarray(moved).shape == truth.shape and np.asarray(moved).dtype == np.float32
    found, alone = agreement(after, moved)
    assert len(found) > 30 and found.mean() > 0.92 and alone <= 2
    moved = np.asarray(moved)
    assert (moved[moved[..., 4] < 0] == -1).all()
    assert recipe != "flip" or found.min() > 0.9999


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("options", [{"mosaic": 1, "mixup": 0}, {"mosaic": 0, "mixup": 1}], ids=["mosaic", "mixup"])
def test_mixed_images_bring_their_rows(options, size):
    """Every row lies on ink of its color; with room for all, no larger patch of ink is without a row."""
    images, truth = with_truth(12, *size)
    pipe = pipeline("detection", boxes="rel_xyxy", seed=2, flip=False, scale=(1, 1), color=0, max_boxes=16, **options)
    after, moved = (np.asarray(part) for part in pipe(images, truth))
    assert moved.shape == (12, 16 if options["mosaic"] else 8, 5)
    height, width = size
    largest = np.prod((truth[..., 2:4] - truth[..., :2]) * [width, height], axis=-1).max()
    for image, rows in zip(after, moved, strict=True):
        for color in range(3):
            covered = np.zeros(size, bool)
            for x1, y1, x2, y2 in np.rint(rows[rows[:, 4] == color, :4] * [width, height, width, height]).astype(int):
                covered[y1:y2, x1:x2] = True
            ink = image[..., color] > 0
            assert not (covered & ~ink).any() and (ink & ~covered).sum() < 0.4 * largest


def test_a_truth_keeps_its_rows_and_real_ones_come_first():
    images, truth = with_truth(8, 64, 64)
    _, all_rows = pipeline("detection", boxes="rel_xyxy", mosaic=1, seed=4, max_boxes=16)(images, truth)
    _, kept = pipeline("detection", boxes="rel_xyxy", mosaic=1, seed=4)(images, truth)
    kept, all_rows = np.asarray(kept), np.asarray(all_rows)
    assert kept.shape == truth.shape
    count = (all_rows[..., 4] >= 0).sum(1)
    assert count.max() > 4
    np.testing.assert_array_equal((kept[..., 4] >= 0).sum(1), np.minimum(count, 4))
    np.testing.assert_array_equal(kept, all_rows[:, :4])


def test_one_image_a_batch_and_a_dict_say_the_same():
    import tensorflow as tf

    images, truth = with_truth(6, 48, 80)
    pipe = pipeline("basic", boxes="rel_xyxy", seed=5)
    targets = {"boxes": truth[..., :4], "labels": truth[..., 4].astype(int)}
    expected_images, expected = pipe(images, targets, index=7)
    after, moved = pipe(images, truth, index=7)
    np.testing.assert_array_equal(after, expected_images)
    np.testing.assert_array_equal(np.asarray(moved)[..., :4], expected["boxes"])
    np.testing.assert_array_equal(np.asarray(moved)[..., 4], expected["labels"])
    one, rows = pipe(images[0], truth[0], index=3)
    assert np.asarray(one).shape == (48, 80, 3) and np.asarray(rows).shape == (4, 5)
    dataset = pipe.over(tf.data.Dataset.from_tensor_slices((images, truth)), first=3)
    assert dataset.element_spec[1].shape == (4, 5)
    np.testing.assert_allclose(next(dataset.as_numpy_iterator())[1], rows, atol=1e-6)
    rested_images, rested = pipe(images, truth, training=False)
    np.testing.assert_array_equal(rested, truth)
    np.testing.assert_array_equal(rested_images, images)


def test_class_vectors_of_five_are_no_truth():
    images, _ = with_truth(4, 32, 32)
    vectors = np.eye(5, dtype="float32")[:4]
    np.testing.assert_array_equal(pipeline("basic")(images, vectors)[1], vectors)


def test_a_preview_draws_the_truth():
    images, truth = with_truth(2, 48, 64)
    figure = preview((images, truth), "detection", boxes="rel_xyxy", images=2, variants=1)
    assert sum(len(axes.patches) for axes in figure.axes) >= 12 - 2
