"""Masks move with their images, pixel by pixel, and hold no class that was not there."""

import keras
import numpy as np
import pytest

from ccv.augment import pipeline

RECIPES = {"alexnet": {"color": 0.0}, "basic": {"color": 0.0}, "randaugment": {"strength": 0.5}}
LEVELS = np.array([0, 90, 240], np.uint8)  # grey of each class: blended, they would lie between


def scenes(count=12, height=40, width=56, seed=0):
    """Images whose grey says the class of each pixel, and the masks: rectangles, off the middle, off square."""
    rng = np.random.default_rng(seed)
    masks = np.zeros((count, height, width), np.uint8)
    for mask in masks:
        for label in (1, 2):
            top, left = rng.integers(2, height - 18), rng.integers(2, width - 20)
            mask[top : top + rng.integers(8, 16), left : left + rng.integers(8, 18)] = label
    return np.repeat(LEVELS[masks][..., None], 3, axis=-1), masks


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


@pytest.mark.parametrize("recipe", ["alexnet", "basic"])
def test_a_mask_goes_where_its_pixels_go(recipe):
    images, masks = scenes()
    made, moved = map(array, pipeline(recipe, seed=3, **RECIPES[recipe])(images, masks))
    assert moved.dtype == masks.dtype
    assert moved.shape == masks.shape
    assert set(np.unique(moved)) <= {0, 1, 2}
    assert (moved != masks).mean() > 0.05  # something moved at all
    seen = np.abs(made[..., 0].astype(int)[..., None] - LEVELS).argmin(-1)
    pure = np.abs(made[..., 0].astype(int)[..., None] - LEVELS).min(-1) <= 4  # not on an outline, which is blended
    assert pure.mean() > 0.75
    assert (seen == moved)[pure].mean() > 0.99, recipe


def test_a_flip_is_exact():
    images, masks = scenes()
    still = {"rotation": 0.0, "shift": 0.0, "zoom": 0.0, "color": 0.0}
    made, moved = map(array, pipeline("basic", seed=1, **still)(images, masks))
    flipped = np.array([not np.array_equal(a, b) for a, b in zip(made, images, strict=True)])
    assert 0 < flipped.sum() < len(images)
    assert np.array_equal(moved, np.where(flipped[:, None, None], masks[:, :, ::-1], masks))
    np.testing.assert_allclose(LEVELS[moved], made[..., 0], atol=1)


def test_alone_in_a_dict_and_in_tf_data_the_same():
    tf = pytest.importorskip("tensorflow")
    images, masks = scenes()
    pair = pipeline("basic", seed=5)(images, masks)
    named = pipeline("basic", seed=5)({"images": images, "segmentation_masks": masks})
    assert np.array_equal(array(pair[1]), array(named["segmentation_masks"]))
    mapped = next(iter(tf.data.Dataset.from_tensors((images, masks)).map(pipeline("basic", seed=5))))
    assert np.array_equal(array(pair[1]), mapped[1].numpy())
    one, mask = pipeline("basic", seed=5)(images[0], masks[0])
    assert array(one).shape == images.shape[1:]
    assert array(mask).shape == masks.shape[1:]


def test_randaugment_moves_masks_and_keeps_their_classes():
    images, masks = scenes()
    _, moved = map(array, pipeline("randaugment", seed=2, strength=0.5)(images, masks))
    assert set(np.unique(moved)) <= {0, 1, 2}
    assert not np.array_equal(moved, masks)


def test_the_middle_window_cuts_masks_too():
    images, masks = scenes()
    pipe = pipeline("alexnet", size=(32, 48))
    rested = pipe({"images": images, "segmentation_masks": masks}, training=False)
    assert np.array_equal(array(rested["segmentation_masks"]), masks[:, 4:36, 4:52])


@pytest.mark.parametrize("recipe", ["mixup", "cutmix", "gridmask"])
def test_what_mixes_or_covers_refuses_masks(recipe):
    images, masks = scenes()
    with pytest.raises(ValueError, match=r"cannot say what a mask is then: take 'basic'"):
        pipeline(recipe)(images, masks)


def test_masks_that_do_not_fit_are_refused():
    images, masks = scenes()
    pipe = pipeline("basic")
    with pytest.raises(ValueError, match="do not fit images"):
        pipe({"images": images, "segmentation_masks": masks[:, :-1]})
    with pytest.raises(ValueError, match="whole class numbers"):
        pipe({"images": images, "segmentation_masks": masks.astype("float32")})
