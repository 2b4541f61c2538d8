"""Letterboxing: where the image lies, what its pixels become, and boxes there and back."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccv.data import plans
from ccv.detection.letterbox import Frame, frame, into_letterbox, letterbox, out_of_letterbox

sides = st.tuples(st.integers(1, 90), st.integers(1, 90))


def numbers(tensor):
    return np.asarray(keras.ops.convert_to_numpy(tensor))


@pytest.mark.parametrize(
    ("image", "size", "expected"),
    [
        ((480, 640), 416, Frame(52, 0, 312, 416)),
        ((640, 480), 416, Frame(0, 52, 416, 312)),
        ((333, 500), 416, Frame(69, 0, 277, 416)),
        ((50, 50), (32, 64), Frame(0, 16, 32, 32)),
        ((1, 1000), 32, Frame(15, 0, 1, 32)),
        ((7, 7), 7, Frame(0, 0, 7, 7)),
    ],
)
def test_where_the_image_lies(image, size, expected):
    assert frame(image, size) == expected


@settings(max_examples=200, deadline=None, derandomize=True)
@given(sides, sides)
def test_the_frame_is_tight_and_centred(image, size):
    top, left, height, width = frame(image, size)
    assert height == size[0] or width == size[1]
    assert 0 <= size[0] - height - 2 * top <= 1
    assert 0 <= size[1] - width - 2 * left <= 1
    scale = min(size[0] / image[0], size[1] / image[1])
    assert abs(height - image[0] * scale) <= max(0.5, 1 - image[0] * scale)
    assert abs(width - image[1] * scale) <= max(0.5, 1 - image[1] * scale)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(sides, sides, st.lists(st.tuples(*[st.integers(0, 64)] * 4), min_size=1, max_size=4))
def test_boxes_come_back(image, size, rows):
    boxes = np.array(rows) / 64
    there = into_letterbox(boxes, image, size)
    np.testing.assert_allclose(numbers(out_of_letterbox(there, image, size)), boxes, atol=1e-12)
    single = into_letterbox(boxes.astype("float32"), image, size)
    assert "float32" in str(single.dtype)


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
@pytest.mark.parametrize(("height", "width"), [(40, 80), (90, 30), (64, 64), (20, 13)])
def test_a_drawn_rectangle_lies_where_its_box_says(dtype, height, width):
    images = np.zeros((2, height, width, 3), dtype)
    box = np.array([width // 4, height // 4, width // 2, 3 * height // 4])
    images[:, box[1] : box[3], box[0] : box[2]] = 255
    if dtype == "float32":
        images /= 255
    boxed = numbers(letterbox(images, (64, 48)))
    assert boxed.shape == (2, 64, 48, 3)
    assert boxed.dtype == dtype
    bright = boxed[0, ..., 0] > (0.6 * 255 if dtype == "uint8" else 0.6)
    ys, xs = np.nonzero(bright)
    seen = np.array([xs.min(), ys.min(), xs.max() + 1, ys.max() + 1])
    moved = numbers(into_letterbox(box / [width, height, width, height], (height, width), (64, 48)))
    np.testing.assert_allclose(seen, moved * [48, 64, 48, 64], atol=1)
    np.testing.assert_array_equal(numbers(letterbox(images[0], (64, 48))), boxed[0])


def test_grey_around_and_nothing_else_changed():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (1, 4, 8, 3), dtype="uint8")
    boxed = numbers(letterbox(images, 8))
    np.testing.assert_array_equal(boxed[0, 2:6], images[0])  # as large as it was: its very pixels
    assert (boxed[0, :2] == 128).all() and (boxed[0, 6:] == 128).all()
    floats = numbers(letterbox(images / np.float32(255), 8))
    assert (floats[0, :2] == 0.5).all()
    assert (numbers(letterbox(images, 8, fill=0))[0, :2] == 0).all()
    assert (numbers(letterbox(images, 8, fill=1.0))[0, :2] == 255).all()


def test_shrinking_averages():
    stripes = np.zeros((1, 64, 64, 1), "float32")
    stripes[:, :, ::4] = stripes[:, :, 3::4] = 1
    inside = numbers(letterbox(stripes, 16))[0, 2:-2, 2:-2]
    np.testing.assert_allclose(inside, 0.5, atol=0.1)  # the two columns in the middle of each four are 0


def test_grey_levels_are_rounded():
    image = np.array([255, 255, 255, 254], "uint8").reshape(2, 2, 1)
    assert numbers(letterbox(image, 1)).item() == 255


@settings(max_examples=200, deadline=None, derandomize=True)
@given(sides, sides)
def test_data_sets_are_framed_the_same(image, size):
    (height, width), (top, left) = plans.frame(image, size)
    assert frame(image, size) == (top, left, height, width)


def test_one_clear_sentence():
    with pytest.raises(ValueError, match=r"images must be \(batch, height, width, channels\), got the shape \(4, 4\)"):
        letterbox(np.zeros((4, 4)), 8)
    with pytest.raises(TypeError, match="images must be uint8 or floats, got"):
        letterbox(np.zeros((1, 4, 4, 3), "int64"), 8)
    for size in (0, (8, 8, 8), True, 3.5):
        with pytest.raises(ValueError, match="must be a number of pixels, such as 416, or"):
            frame((4, 4), size)
