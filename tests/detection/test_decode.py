"""From raw numbers to boxes: worked numbers, and the way back from the targets (S-081)."""

import warnings

import numpy as np
import pytest

from ccv.detection.decode import decode, decode_anchors, decode_grid, detections
from ccv.detection.heads import make_slots
from ccv.detection.records import unpadded

SLOTS = make_slots([(2, 3), (4, 6)], [[[0.5, 0.6], [0.7, 0.4]], [[0.1, 0.2], [0.2, 0.15]]])


def test_zero_is_the_anchor_in_the_middle_of_its_cell():
    boxes = np.array(decode_anchors(np.zeros((1, 60, 8), "float32"), SLOTS))[0]
    np.testing.assert_allclose(boxes[3], [0.5 - 0.35, 0.25 - 0.2, 0.5 + 0.35, 0.25 + 0.2], atol=1e-6)
    last = 12 + (3 * 6 + 5) * 2
    np.testing.assert_allclose(boxes[last], [5.5 / 6 - 0.05, 3.5 / 4 - 0.1, 5.5 / 6 + 0.05, 3.5 / 4 + 0.1], atol=1e-6)


def test_raw_numbers_of_an_anchor():
    """bx = (sigmoid(tx) + column) / columns, bw = anchor e^tw."""
    raw = np.zeros((1, 60, 8), "float32")
    raw[0, 3, :4] = np.log(3), -np.log(3), np.log(0.5), np.log(1.5)
    x, y, w, h = (0.75 + 1) / 3, 0.25 / 2, 0.35, 0.6
    np.testing.assert_allclose(
        np.array(decode_anchors(raw, SLOTS))[0, 3], [x - w / 2, y - h / 2, x + w / 2, y + h / 2], atol=1e-6
    )


def test_a_huge_number_is_no_infinite_box():
    raw = np.full((1, 60, 8), 1e4, "float32")
    assert np.isfinite(np.array(decode_anchors(raw, SLOTS))).all()


def test_a_cell_of_version_1():
    raw = np.zeros((1, 3, 4, 13), "float32")
    raw[0, 1, 2] = [0.5, 0.25, 0.6, 0.5, 0.9, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.2, 0.1]
    boxes, confidence, classes = decode_grid(raw, 2)
    cell = 1 * 4 + 2
    x, y, w, h = 2.5 / 4, 1.25 / 3, 0.36, 0.25
    np.testing.assert_allclose(np.array(boxes)[0, cell, 0], [x - w / 2, y - h / 2, x + w / 2, y + h / 2], atol=1e-6)
    np.testing.assert_allclose(np.array(confidence)[0, cell], [0.9, 0.5])
    np.testing.assert_allclose(np.array(classes)[0, cell], [0.7, 0.2, 0.1])
    flat, scores = decode(raw, 1, classes=3)
    np.testing.assert_allclose(np.array(scores)[0, 2 * cell : 2 * cell + 2], np.outer([0.9, 0.5], [0.7, 0.2, 0.1]))
    np.testing.assert_array_equal(np.array(flat)[0, 2 * cell], np.array(boxes)[0, cell, 0])


def test_scores_share_a_softmax_in_version_2_and_not_in_version_3():
    raw = np.zeros((1, 60, 8), "float32")
    raw[..., 4], raw[..., 5:] = np.log(4), [0.0, np.log(2), np.log(3)]
    two, three = (np.array(decode(raw, version, SLOTS)[1])[0, 0] for version in (2, 3))
    np.testing.assert_allclose(two, 0.8 * np.array([1, 2, 3]) / 6, rtol=1e-6)
    np.testing.assert_allclose(three, 0.8 * np.array([1 / 2, 2 / 3, 3 / 4]), rtol=1e-6)


def test_a_box_may_have_two_classes_and_nms_goes_by_class():
    boxes = np.array([[[0, 0, 0.5, 0.5], [0, 0, 0.5, 0.45], [0.6, 0.6, 0.9, 0.9]]], "float32")
    scores = np.array([[[0.9, 0.6], [0.8, 0.1], [0.0, 0.3]]], "float32")
    (found,) = unpadded(detections(boxes, scores, score=0.2))
    assert found.labels.tolist() == [0, 1, 1]
    np.testing.assert_allclose(found.scores, [0.9, 0.6, 0.3])
    np.testing.assert_array_equal(found.boxes, boxes[0, [0, 0, 2]])
    (across,) = unpadded(detections(boxes, scores, score=0.2, by_class=False))
    assert across.labels.tolist() == [0, 1]
    (none,) = unpadded(detections(boxes, scores, score=0.95))
    assert none.boxes.shape == (0, 4)


@pytest.mark.parametrize("version", [2, 3])
def test_one_class_gets_no_warning(version):
    """Keras warns of a softmax over one number, which is 1."""
    raw = np.random.default_rng(0).normal(size=(1, 4, 6)).astype("float32")
    slots = make_slots([(2, 2)], [[[0.5, 0.5]]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        _, scores = decode(raw, version, slots)
    objectness = 1 / (1 + np.exp(-raw[..., 4:5]))
    expected = objectness if version == 2 else objectness / (1 + np.exp(-raw[..., 5:]))
    np.testing.assert_allclose(np.asarray(scores), expected, rtol=1e-5)
