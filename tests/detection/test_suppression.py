"""Non-maximum suppression: the slides' example, a reference written out, and properties."""

import math

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccv.detection.records import unpadded
from ccv.detection.suppression import nms

SLIDES = np.array([[100, 100, 210, 210], [105, 105, 215, 215], [150, 150, 260, 260], [300, 300, 380, 380]], "float32")
scenes = st.lists(
    st.tuples(*[st.integers(0, 10)] * 2, *[st.integers(1, 6)] * 2, st.integers(0, 1)), min_size=1, max_size=9
)


def overlap(a, b):
    wide, high = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    inside = max(wide, 0) * max(high, 0)
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - inside
    return inside / union if union else 0.0


def reference(boxes, scores, labels, limit, most, *, score=0.0, by_class=True, kind="hard", sigma=0.5):
    """Bodla's pseudocode, figure 3, one box after another: indices and scores of what is kept."""
    boxes, scores = boxes.astype(float), scores.astype(float)
    left = {i: scores[i] for i in range(len(boxes)) if labels[i] >= 0 and scores[i] > score}
    kept = []
    while left and len(kept) < most:
        best = min(left, key=lambda i: (-left[i], i))
        kept.append((best, left.pop(best)))
        for i in list(left):
            if by_class and labels[i] != labels[best]:
                continue
            value = overlap(boxes[best], boxes[i])
            if kind == "gaussian":
                left[i] *= math.exp(-(value**2) / sigma)
            elif value > limit:
                left[i] *= 0 if kind == "hard" else 1 - value
            if left[i] <= score:
                del left[i]
    return kept


def random_scene(rng, batch, count):
    """Boxes on a grid, some of them the same, scores that are often equal, some padding."""
    corners = rng.integers(0, 20, (batch, count, 2))
    boxes = np.concatenate([corners, corners + rng.integers(0, 12, (batch, count, 2))], axis=-1).astype("float32")
    boxes[:, 1::5] = boxes[:, :1]
    scores = rng.integers(0, 9, (batch, count)).astype("float32") / 8
    return boxes, scores, rng.integers(-1, 3, (batch, count))


def check(found, boxes, scores, labels, *args, **options):
    for image, one in enumerate(unpadded(found)):
        expected = reference(boxes[image], scores[image], labels[image], *args, **options)
        index = [i for i, _ in expected]
        np.testing.assert_allclose(one.scores, [value for _, value in expected], rtol=1e-5)
        np.testing.assert_array_equal(one.boxes, boxes[image][index])
        np.testing.assert_array_equal(one.labels, labels[image][index])


def test_the_slides_example():  # C-103, E-66
    found = nms(SLIDES, [0.9, 0.8, 0.7, 0.6], iou=0.5)
    assert np.asarray(found.boxes)[:3].tolist() == SLIDES[[0, 2, 3]].tolist()
    np.testing.assert_allclose(np.asarray(found.scores)[:4], [0.9, 0.7, 0.6, 0], atol=1e-7)
    assert np.asarray(found.labels)[:4].tolist() == [0, 0, 0, -1]
    assert found.boxes.shape == (100, 4)
    every = nms(SLIDES, [0.9, 0.8, 0.7, 0.6], iou=0.84)  # IoU of the first two is .837
    assert (np.asarray(every.labels) == 0).sum() == 4
    few = nms(SLIDES, [0.9, 0.8, 0.7, 0.6], iou=0.17)  # and of the first and third .175
    assert np.asarray(few.boxes)[:2].tolist() == SLIDES[[0, 3]].tolist()


@pytest.mark.parametrize("kind", ["hard", "linear", "gaussian"])
@pytest.mark.parametrize("by_class", [True, False])
def test_equals_the_reference(kind, by_class):
    rng = np.random.default_rng(7)
    for count, limit, most, score in (
        (1, 0.5, 3, 0.0),
        (40, 0.45, 10, 0.125),
        (40, 0.0, 60, 0.25),
        (25, 1.0, 5, 0.001),
    ):
        scene = random_scene(rng, 6, count)
        if kind != "hard":  # rounding decides between scores that are equal only on paper
            scene = scene[0], rng.uniform(0, 1, scene[1].shape).astype("float32"), scene[2]
        found = nms(*scene, limit, most, score=score, by_class=by_class, kind=kind)
        assert found.boxes.shape == (6, most, 4)
        check(found, *scene, limit, most, score=score, by_class=by_class, kind=kind)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(scenes, st.randoms(use_true_random=False))
def test_the_order_does_not_matter(rows, random):
    rows = np.array(rows, "float32")
    boxes, labels = np.concatenate([rows[:, :2], rows[:, :2] + rows[:, 2:4]], 1), rows[:, 4]
    scores = np.linspace(0.9, 0.1, len(rows)).astype("float32")
    order = random.sample(range(len(rows)), len(rows))
    for one, other in zip(nms(boxes, scores, labels), nms(boxes[order], scores[order], labels[order]), strict=True):
        np.testing.assert_array_equal(one, other)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(scenes, st.sampled_from([0, 1]))
def test_it_flips_with_the_image(rows, axis):
    rows = np.array(rows, "float32")
    boxes, labels = np.concatenate([rows[:, :2], rows[:, :2] + rows[:, 2:4]], 1), rows[:, 4]
    scores = np.linspace(0.9, 0.1, len(rows)).astype("float32")

    def flipped(boxes):
        mirrored = np.array(boxes)
        mirrored[:, axis], mirrored[:, axis + 2] = 16 - boxes[:, axis + 2], 16 - boxes[:, axis]
        return mirrored

    found = unpadded(nms(boxes[None], scores[None], labels[None]))[0]
    mirrored = unpadded(nms(flipped(boxes)[None], scores[None], labels[None]))[0]
    np.testing.assert_array_equal(mirrored.boxes, flipped(found.boxes))
    np.testing.assert_array_equal(mirrored.scores, found.scores)


def test_of_equal_scores_the_first_comes_first():
    boxes = np.array([[50, 0, 60, 10], [0, 0, 10, 10], [0, 0, 10, 9], [0, 0, 10, 10], [20, 0, 30, 10]], "float32")
    found = unpadded(nms(boxes[None], np.full((1, 5), 0.5, "float32")))[0]
    assert found.boxes.tolist() == boxes[[0, 1, 4]].tolist()


def test_classes_are_kept_apart_or_not():
    boxes, scores, labels = np.tile([[0, 0, 9, 9]], (3, 1)), [0.3, 0.9, 0.6], [1, 0, 1]
    assert np.asarray(nms(boxes, scores, labels, max_detections=4).labels).tolist() == [0, 1, -1, -1]
    assert np.asarray(nms(boxes, scores, labels, max_detections=4, by_class=False).labels).tolist() == [0, -1, -1, -1]


def test_soft_scores_by_hand():
    boxes, scores = np.array([[0, 0, 2, 2], [0, 0, 2, 1], [0, 0, 1, 1]]), [0.8, 0.6, 0.5]  # IoU .5, .25; .5 of the two
    soft = {"kind": "linear", "iou": 0.3, "max_detections": 3}
    np.testing.assert_allclose(nms(boxes, scores, **soft).scores, [0.8, 0.5, 0.6 * 0.5 * 0.5], rtol=1e-6)
    gaussian = nms(boxes, scores, kind="gaussian", sigma=0.5, max_detections=3).scores
    second, third = 0.6 * math.exp(-0.5), 0.5 * math.exp(-0.125)
    np.testing.assert_allclose(gaussian, [0.8, third, second * math.exp(-0.5)], rtol=1e-6)


def test_nothing_to_find():
    for count in (0, 3):
        found = nms(np.zeros((2, count, 4)), np.zeros((2, count)), -np.ones((2, count)), max_detections=5)
        assert found.boxes.shape == (2, 5, 4)
        assert (np.asarray(found.labels) == -1).all()
        assert not np.asarray(found.scores).any()
    assert [len(one.scores) for one in unpadded(found)] == [0, 0]


def test_not_a_number_is_not_found():
    found = unpadded(nms(SLIDES[None], np.array([[np.nan, 0.8, 0.7, 0.6]], "float32")))[0]
    np.testing.assert_allclose(found.scores, [0.8, 0.7, 0.6])


def test_as_many_candidates_as_a_network_gives():
    rng = np.random.default_rng(5)
    corners = rng.uniform(0, 0.8, (3, 512, 2))
    boxes = np.concatenate([corners, corners + rng.uniform(0.02, 0.3, corners.shape)], axis=-1).astype("float32")
    scene = boxes, rng.uniform(0, 1, (3, 512)).astype("float32"), rng.integers(-1, 3, (3, 512))
    check(nms(*scene, 0.45, 100, score=0.005), *scene, 0.45, 100, score=0.005)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_box_that_is_no_number_harms_no_other(bad):
    scores = np.array([0.9, 0.8, 0.7, 0.6, 0.95], "float32")
    spoilt = np.concatenate([SLIDES, np.full((1, 4), bad, "float32")])
    found = unpadded(nms(spoilt[None], scores[None], iou=0.5))[0]
    np.testing.assert_array_equal(found.boxes, spoilt[[4, 0, 2, 3]])


def test_inside_a_model_and_a_graph():
    import tensorflow as tf

    class Suppress(keras.layers.Layer):
        def call(self, rows):
            return nms(rows[..., :4], rows[..., 4], max_detections=7)._asdict()

    scene = random_scene(np.random.default_rng(3), 5, 30)
    expected = nms(scene[0], scene[1], max_detections=7)
    rows = np.concatenate([scene[0], scene[1][..., None]], axis=-1)
    inputs = keras.Input((30, 5))
    model = keras.Model(inputs, Suppress()(inputs))
    predicted = model.predict(rows, batch_size=2, verbose=0)
    for name, value in expected._asdict().items():
        np.testing.assert_array_equal(predicted[name], value)
    graph = tf.function(nms, input_signature=[tf.TensorSpec((None, None, 4)), tf.TensorSpec((None, None))])
    np.testing.assert_array_equal(graph(scene[0], scene[1]).boxes[:, :7], expected.boxes)


def test_one_clear_sentence():
    with pytest.raises(ValueError, match=r"nms takes boxes .* got the shapes \(2, 3, 4\), \(2, 4\) and \(2, 4\)"):
        nms(np.zeros((2, 3, 4)), np.zeros((2, 4)))
    with pytest.raises(ValueError, match="no kind of suppression called 'gausian': did you mean 'gaussian'"):
        nms(SLIDES, [1, 1, 1, 1], kind="gausian")
    with pytest.raises(ValueError, match="iou=45 must be from 0 to 1"):
        nms(SLIDES, [1, 1, 1, 1], iou=45)
    with pytest.raises(ValueError, match="max_detections=0 must be at least 1"):
        nms(SLIDES, [1, 1, 1, 1], max_detections=0)
