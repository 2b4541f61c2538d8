"""Images of any size: tiled equals whole, every pixel is put once, and what cannot be is said."""

import keras
import numpy as np
import pytest

from ccv.segmentation import predict, segmenter
from ccv.segmentation.tiles import Network, plan


@pytest.fixture(scope="module")
def small():
    """A decoder over a shallow backbone: its receptive field fits into small tiles."""
    keras.utils.set_random_seed(0)
    return segmenter("resnet20", 3, width=1 / 4, filters=4)


def whole(model, image):
    return keras.ops.convert_to_numpy(model(image[None], training=False))[0]


def picture(height, width, channels=3, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, channels), np.uint8)


@pytest.mark.parametrize("sides", [(192, 256), (160, 164), (96, 300)])
def test_tiled_equals_whole_within_rounding(small, sides):
    image = picture(*sides)
    np.testing.assert_allclose(predict(small, image, tile=128, margin=52), whole(small, image), atol=1e-4)


def test_a_margin_that_is_too_narrow_shows():
    keras.utils.set_random_seed(0)
    model = segmenter("resnet20", 3, width=1 / 4, filters=4)
    image = picture(128, 192)
    assert np.abs(predict(model, image, tile=64, margin=0) - whole(model, image)).max() > 1e-3


def test_unet_of_the_lab_in_tiles(tmp_path):
    keras.utils.set_random_seed(1)
    model = segmenter("unet", 2, width=1 / 32)
    image = picture(320, 640)
    np.testing.assert_allclose(predict(model, image, tile=304 // 16 * 16), whole(model, image), atol=0.05)
    np.testing.assert_allclose(predict(model, image), whole(model, image), atol=1e-4)


@pytest.mark.parametrize("sides", [(1, 1), (7, 130), (129, 64), (64, 64), (96, 107)])
def test_any_size_comes_back_at_its_own(small, sides):
    said = predict(small, picture(*sides))
    assert said.shape == (*sides, 3)
    np.testing.assert_allclose(said.sum(-1), 1, atol=1e-5)


def test_a_list_a_batch_and_a_single_one(small):
    images = [picture(20, 30), picture(33, 17, seed=1)]
    said = predict(small, images)
    np.testing.assert_allclose(said[1], predict(small, images[1]), atol=1e-5)
    assert predict(small, np.stack([images[0]] * 2)).shape == (2, 20, 30, 3)


def test_a_network_without_padding_gets_the_image_mirrored():
    model = segmenter("unet", 2, width=1 / 32, padding="valid", input_shape=(188, 188, 1))
    image = picture(13, 9, 1)
    said = predict(model, image)
    assert said.shape == (13, 9, 2)
    mirrored = np.pad(image, ((92, 92 + 188), (92, 92 + 188), (0, 0)), mode="symmetric")
    np.testing.assert_allclose(said[4:8, 4:8], whole(model, mirrored[4:192, 4:192])[:, :][0:4, 0:4], atol=1e-4)


@pytest.mark.parametrize("side", [1, 16, 47, 64, 65, 200, 333])
@pytest.mark.parametrize(("lost", "margin"), [(0, 0), (0, 16), (20, 0)])
def test_every_pixel_is_put(side, lost, margin):
    made = plan(side, 0, Network((64, 64), True, 16, lost, margin))
    covered = np.zeros(made.spans[-1].put.stop, int)
    for span in made.spans:
        assert span.keep.stop - span.keep.start == span.put.stop - span.put.start
        assert span.start + made.tile <= side + sum(made.pads)
        covered[span.put] += 1
    assert covered.min() >= 1
    assert len(covered) >= side


def test_what_cannot_be_is_said(small):
    with pytest.raises(ValueError, match="at least a pixel"):
        predict(small, np.zeros((0, 4, 3)))
    with pytest.raises(ValueError, match=r"must be \(height, width, 3\)"):
        predict(small, np.zeros((4, 4, 1)))
    with pytest.raises(ValueError, match="images is empty"):
        predict(small, [])
    with pytest.raises(ValueError, match="multiple of 4"):
        predict(small, picture(8, 8), tile=30)
    with pytest.raises(ValueError, match="leaves nothing"):
        predict(small, picture(8, 8), tile=32, margin=16)
    fixed = segmenter("unet", 2, width=1 / 32, input_shape=(32, 32, 3))
    with pytest.raises(ValueError, match="takes 32x32 pixels"):
        predict(fixed, picture(40, 40), tile=64)
    valid = segmenter("unet", 2, width=1 / 32, padding="valid", input_shape=(None, None, 3))
    with pytest.raises(ValueError, match="give one of them as tile="):
        predict(valid, picture(40, 40))


@pytest.mark.parametrize("side", [1, 20, 200, 224, 230])
def test_an_image_smaller_than_two_margins_is_one_tile(side):
    made = plan(side, 0, Network((512, 512), False, 16, 0, 112))
    assert [(span.start, span.keep) for span in made.spans] == [(0, slice(0, made.tile))]
    assert made.tile == -(-side // 16) * 16
