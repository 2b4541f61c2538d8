"""Formats of boxes, and IoU, GIoU and CIoU: worked numbers, properties, a formula written out, gradients."""

import math

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccv.detection.boxes import FORMATS, area, ciou, clip, convert, giou, iou, pairwise

quick = settings(max_examples=40, deadline=None, derandomize=True)
box = st.tuples(*[st.integers(0, 12)] * 4)
boxes = st.lists(box, min_size=1, max_size=6).map(lambda rows: np.array(rows, "float32"))

# Where a measure may divide by nothing: equal, apart, inside, empty in one direction or two, the wrong way round.
HARD = np.array(
    [
        [[0.2, 0.2, 0.6, 0.6], [0.2, 0.2, 0.6, 0.6]],
        [[0.1, 0.1, 0.2, 0.2], [0.7, 0.6, 0.9, 0.9]],
        [[0.1, 0.1, 0.9, 0.9], [0.4, 0.4, 0.5, 0.5]],
        [[0.5, 0.5, 0.5, 0.5], [0.1, 0.1, 0.9, 0.9]],
        [[0.5, 0.5, 0.5, 0.5], [0.5, 0.5, 0.5, 0.5]],
        [[0.5, 0.5, 0.5, 0.5], [0.7, 0.5, 0.7, 0.5]],
        [[0.5, 0.1, 0.5, 0.9], [0.5, 0.1, 0.5, 0.9]],
        [[0.1, 0.5, 0.9, 0.5], [0.5, 0.1, 0.5, 0.9]],
        [[0.6, 0.6, 0.2, 0.2], [0.2, 0.2, 0.6, 0.6]],
        [[0.0, 0.0, 1e-9, 1e-9], [0.0, 0.0, 1e-9, 1e-9]],
        [[0.3, 0.3, 0.3000001, 0.3000001], [0.3, 0.3, 0.3000001, 0.3000001]],
    ],
    "float32",
)


def numbers(tensor):
    return np.asarray(keras.ops.convert_to_numpy(tensor))


def flipped(boxes, axis):
    """Mirror boxes on a canvas of 12 pixels: along x (0) or y (1)."""
    mirrored = boxes.copy()
    mirrored[:, axis], mirrored[:, axis + 2] = 12 - boxes[:, axis + 2], 12 - boxes[:, axis]
    return mirrored


def turned(boxes):
    return boxes[:, [1, 0, 3, 2]]


def by_hand(a, b):
    """IoU, GIoU and CIoU of two boxes with area, as the papers have them, in Python's floats."""
    (ax, ay, au, av), (bx, by, bu, bv) = (map(float, each) for each in (a, b))
    inside = max(min(au, bu) - max(ax, bx), 0) * max(min(av, bv) - max(ay, by), 0)
    union = (au - ax) * (av - ay) + (bu - bx) * (bv - by) - inside
    wide, high = max(au, bu) - min(ax, bx), max(av, bv) - min(ay, by)
    overlap = inside / union
    distance = ((ax + au - bx - bu) ** 2 + (ay + av - by - bv) ** 2) / 4
    v = 4 / math.pi**2 * (math.atan((bu - bx) / (bv - by)) - math.atan((au - ax) / (av - ay))) ** 2
    alpha = v / (1 - overlap + v) if v else 0
    return (
        overlap,
        overlap - (wide * high - union) / (wide * high),
        overlap - distance / (wide**2 + high**2) - alpha * v,
    )


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ((1, 1, 3, 3), (2, 2, 4, 4), 1 / 7),
        ((0, 0, 10, 10), (2, 2, 8, 8), 0.36),
        ((0, 0, 1, 1), (2, 2, 3, 3), 0),
        ((0, 0, 1, 1), (1, 0, 2, 1), 0),
        ((5, 6, 7, 8), (5, 6, 7, 8), 1),
    ],
)
def test_the_slides_numbers(a, b, expected):  # C-102, E-65
    assert float(iou(a, b)) == pytest.approx(expected, abs=1e-7)
    assert float(iou(np.array(a) / 1000, np.array(b) / 1000)) == pytest.approx(expected, abs=1e-6)


@quick
@given(boxes, boxes)
def test_measures_are_symmetric_and_bounded(a, b):
    for measure, least in ((iou, 0), (giou, -1), (ciou, -2)):
        table = numbers(pairwise(a, b, measure))
        assert table.shape == (len(a), len(b))
        np.testing.assert_allclose(table, numbers(pairwise(b, a, measure)).T, atol=1e-6)
        assert (table >= least).all() and (table <= 1).all()


@quick
@given(boxes, boxes)
def test_measures_do_not_care_about_flips_and_units(a, b):
    a, b = (np.concatenate([np.minimum(x[:, :2], x[:, 2:]), np.maximum(x[:, :2], x[:, 2:])], 1) for x in (a, b))
    for measure in (iou, giou, ciou):
        table = numbers(pairwise(a, b, measure))
        for change in (lambda x: flipped(x, 0), lambda x: flipped(x, 1), lambda x: x / 16 + 3, turned):
            np.testing.assert_allclose(numbers(pairwise(change(a), change(b), measure)), table, atol=1e-5)


def test_measures_equal_the_papers_formulas():
    rng = np.random.default_rng(0)
    corners = rng.uniform(0, 1, (2, 300, 2))
    a, b = np.concatenate([corners, corners + rng.uniform(0.01, 0.5, (2, 300, 2))], axis=-1)
    expected = np.array([by_hand(*pair) for pair in zip(a, b, strict=True)]).T
    for measure, values in zip((iou, giou, ciou), expected, strict=True):
        np.testing.assert_allclose(numbers(measure(a, b)), values, atol=1e-9)  # float64 stays float64
        np.testing.assert_allclose(numbers(measure(a.astype("float32"), b.astype("float32"))), values, atol=2e-5)
    ours = keras.utils.bounding_boxes.compute_iou(a[:9] * 100, b[:9] * 100, "xyxy")
    np.testing.assert_allclose(numbers(pairwise(a[:9], b[:9])), ours, atol=1e-6)


def test_boxes_without_area():
    a, b = HARD[:, 0], HARD[:, 1]
    expected = [1, 0, 0.1**2 / 0.8**2, 0, 0, 0, 0, 0, 0, 0, 0]
    np.testing.assert_allclose(numbers(iou(a, b))[:-1], expected[:-1], atol=1e-6)
    for measure in (giou, ciou):
        values = numbers(measure(a, b))
        assert np.isfinite(values).all()
        assert values[0] == 1
        assert values[4] == 0  # the same point: no overlap, and no distance
    assert float(ciou(*HARD[5])) == -1  # two points: as far apart as their hull is long


@pytest.mark.parametrize("measure", [iou, giou, ciou])
def test_gradients_are_finite(measure):
    import tensorflow as tf

    a, b = tf.Variable(HARD[:, 0]), tf.Variable(HARD[:, 1])
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(measure(a, b))
    for gradient in tape.gradient(total, [a, b]):
        assert np.isfinite(gradient.numpy()).all()


def test_gradients_pull_together_where_the_papers_say():
    import tensorflow as tf

    a, b = (tf.Variable([HARD[1, i]]) for i in (0, 1))  # apart, a at the left of b and above

    def slope(measure):
        with tf.GradientTape() as tape:
            value = measure(a, b)
        return tape.gradient(value, a).numpy()[0]

    assert (slope(iou) == 0).all()
    assert (slope(giou)[2:] > 0).all()
    assert (slope(ciou)[:2] + slope(ciou)[2:] > 0).all()


def test_ciou_holds_the_weight_of_the_shapes_constant():
    import tensorflow as tf

    a, b = tf.Variable([[0.2, 0.2, 0.8, 0.4]], dtype="float64"), np.array([[0.2, 0.2, 0.4, 0.8]])
    with tf.GradientTape() as tape:
        value = ciou(a, b)
    overlap, _, complete = by_hand(a.numpy()[0], b[0])
    v = 4 / math.pi**2 * (math.atan(1 / 3) - math.atan(3)) ** 2
    alpha = v / (1 - overlap + v)

    def frozen(right):
        """CIoU of the box up to `right`, with alpha as it was."""
        wide = math.atan((right - 0.2) / 0.2)
        inside, own = 0.2 * 0.2, (right - 0.2) * 0.2
        far = ((0.2 + right - 0.6) ** 2 + (0.6 - 1.0) ** 2) / 4 / ((right - 0.2) ** 2 + 0.6**2)
        return inside / (own + 0.12 - inside) - far - alpha * 4 / math.pi**2 * (math.atan(1 / 3) - wide) ** 2

    assert frozen(0.8) == pytest.approx(complete)
    slope = (frozen(0.8 + 1e-6) - frozen(0.8 - 1e-6)) / 2e-6
    assert tape.gradient(value, a).numpy()[0, 2] == pytest.approx(slope, rel=1e-5)
    assert value.numpy()[0] == pytest.approx(complete)


@pytest.mark.parametrize("source", FORMATS)
@pytest.mark.parametrize("target", FORMATS)
def test_formats_there_and_back(source, target):
    pixels = np.array([[[10, 20, 40, 80], [0, 0, 160, 96]]], "float64")
    here = convert(pixels, "xyxy", source, 96, 160)
    there = convert(here, source, target, 96, 160)
    assert "float64" in str(there.dtype)
    np.testing.assert_allclose(numbers(convert(there, target, "xyxy", 96, 160)), pixels, atol=1e-9)


def test_formats_by_hand():
    pixels = [[10, 20, 40, 80]]
    for target, expected in (
        ("xywh", [10, 20, 30, 60]),
        ("center_xywh", [25, 50, 30, 60]),
        ("yxyx", [20, 10, 80, 40]),
        ("center_yxhw", [50, 25, 60, 30]),
    ):
        assert numbers(convert(pixels, "xyxy", target)).tolist() == [expected]
    relative = numbers(convert(pixels, "xyxy", "rel_center_xywh", height=100, width=200))
    np.testing.assert_allclose(relative, [[0.125, 0.5, 0.15, 0.6]], atol=1e-7)
    np.testing.assert_allclose(
        numbers(convert([[0.5, 0.5, 0.2, 0.4]], "rel_center_xywh", "rel_xyxy")), [[0.4, 0.3, 0.6, 0.7]]
    )


def test_clip_in_pixels_and_parts():
    outside = [[-5, 10, 300, 90], [250, 10, 300, 90], [1, 2, 3, 4]]
    assert numbers(clip(outside, height=80, width=200)).tolist() == [[0, 10, 200, 80], [200, 10, 200, 80], [1, 2, 3, 4]]
    assert numbers(area(clip(outside, height=80, width=200))).tolist() == [14000, 0, 4]
    assert numbers(clip([-0.5, 0.5, 2, 0.75])).tolist() == [0, 0.5, 1, 0.75]


def test_one_clear_sentence():
    with pytest.raises(
        ValueError, match=r"boxes must be \(\.\.\., 4\), x_min, y_min, x_max, y_max, got the shape \(2, 5\)"
    ):
        iou(np.zeros((2, 5)), np.zeros((2, 4)))
    with pytest.raises(ValueError, match="no box format called 'xyxz': did you mean"):
        convert([[0, 0, 1, 1]], "xyxz", "xyxy")
    with pytest.raises(ValueError, match="xyxy to rel_xyxy needs the image's size"):
        convert([[0, 0, 1, 1]], "xyxy", "rel_xyxy", height=4)
