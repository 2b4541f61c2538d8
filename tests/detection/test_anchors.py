"""Anchors by k-means with 1 - IoU (catalogue C-104, S-080; YOLO9000, section 2)."""

import numpy as np
import pytest

from ccv.detection.anchors import average_iou, average_iou_by_k, box_sizes, from_truth, kmeans, shape_iou

# The paper's five anchors for VOC, in cells of a 13x13 grid.
VOC = np.array([[1.3221, 1.73145], [3.19275, 4.00944], [5.05587, 8.09892], [9.47112, 4.84053], [11.2364, 10.0071]]) / 13
PADDING = [-1, -1, -1, -1, -1]


def around(centres, each=60, spread=0.05, seed=0):
    """Boxes near some shapes: each side times a log-normal factor."""
    rng = np.random.default_rng(seed)
    return np.repeat(centres, each, axis=0) * np.exp(rng.normal(0, spread, (each * len(centres), 2)))


def truth_of(sizes):
    return np.column_stack([np.zeros_like(sizes), sizes, np.zeros(len(sizes))])


def test_planted_shapes_are_found():
    found = kmeans(around(VOC), 5)
    np.testing.assert_allclose(found, VOC[np.argsort(VOC.prod(axis=1))], rtol=0.03)


def test_every_anchor_is_the_mean_of_the_boxes_that_it_fits_best():
    sizes = np.random.default_rng(1).uniform(0.02, 1, (300, 2))
    anchors = kmeans(sizes, 4, seed=1)
    owner = shape_iou(sizes, anchors).argmax(axis=1)
    np.testing.assert_allclose([sizes[owner == i].mean(axis=0) for i in range(4)], anchors)
    assert (np.diff(anchors.prod(axis=1)) > 0).all()


def test_average_iou_rises_with_k():
    """Table 1 and figure 2 of the paper: 61.0 % at five anchors, 67.2 % at nine."""
    curve = average_iou_by_k(np.random.default_rng(0).uniform(0.02, 1, (400, 2)), most=9, restarts=5)
    assert list(curve) == list(range(1, 10))
    assert (np.diff(list(curve.values())) > 0).all()
    assert curve[9] < 1


def test_iou_as_the_distance_beats_the_euclidean():
    """Table 1: at five anchors 61.0 % with IoU, 58.7 % with the sum of squares."""
    from sklearn.cluster import KMeans

    sizes = np.exp(np.random.default_rng(0).normal(-1.5, 0.8, (500, 2))).clip(0.01, 1)
    euclidean = KMeans(5, n_init=10, random_state=0).fit(sizes).cluster_centers_
    assert average_iou(sizes, kmeans(sizes, 5)) > average_iou(sizes, euclidean) + 0.02


def test_more_starts_are_no_worse_and_seeds_repeat():
    sizes = np.random.default_rng(2).uniform(0.02, 1, (200, 2))
    gains = [
        np.subtract(*(average_iou(sizes, kmeans(sizes, 7, seed, starts)) for starts in (8, 1))) for seed in range(4)
    ]
    assert min(gains) >= 0
    assert max(gains) > 0
    np.testing.assert_array_equal(kmeans(sizes, 7), kmeans(sizes, 7))
    assert not np.array_equal(kmeans(sizes, 7, restarts=1), kmeans(sizes, 7, seed=1, restarts=1))


def test_the_unit_does_not_matter():
    sizes = np.random.default_rng(3).uniform(0.02, 1, (100, 2))
    np.testing.assert_allclose(kmeans(sizes, 3) * 416, kmeans(sizes * 416, 3))


def test_as_many_anchors_as_shapes_fit_perfectly():
    sizes = [[0.1, 0.2], [0.3, 0.3], [0.1, 0.2], [0.9, 0.5]]
    np.testing.assert_array_equal(kmeans(sizes, 3), [[0.1, 0.2], [0.3, 0.3], [0.9, 0.5]])


def test_iou_of_shapes():
    np.testing.assert_allclose(shape_iou([[2, 2]], [[2, 2], [6, 6], [1, 4]]), [[1, 4 / 36, 2 / 6]])
    assert average_iou([[1, 1], [2, 2]], [[1, 1]]) == (1 + 1 / 4) / 2


def test_sizes_come_from_arrays_lists_and_data_sets():
    rows = np.array([[[0.1, 0.2, 0.4, 0.4, 0], PADDING], [[0, 0, 1, 0.5, 2], [0.5, 0.5, 0.6, 0.9, 1]]])
    expected = [[0.3, 0.2], [1, 0.5], [0.1, 0.4]]
    image = np.zeros((4, 4, 3))
    pairs = [(image, table) for table in rows]
    for truth in (rows, list(rows), rows.reshape(-1, 5).tolist(), pairs, iter(pairs)):
        np.testing.assert_allclose(box_sizes(truth), expected)


def test_sizes_come_from_tensorflows_data_sets():
    tf = pytest.importorskip("tensorflow")
    sizes = around(VOC, each=4)
    examples = tf.data.Dataset.from_tensor_slices((np.zeros((20, 2, 2, 3)), truth_of(sizes)[:, None]))
    for data in (examples, examples.batch(8)):
        np.testing.assert_allclose(box_sizes(data), sizes)
    np.testing.assert_allclose(from_truth(examples.batch(8), 5), kmeans(sizes, 5))


BAD = [
    ("too many", lambda: kmeans([[1, 1], [2, 2], [1, 1]], 3), ValueError, "at least 3 .* are 2: take fewer anchors"),
    ("none", lambda: kmeans([[1, 1]], 0), ValueError, "k must be at least 1, not 0"),
    ("half", lambda: kmeans([[1, 1]], 1.5), TypeError, "k must be a whole number, not 1.5"),
    ("no starts", lambda: kmeans([[1, 1]], 1, restarts=0), ValueError, "restarts must be at least 1"),
    ("no width", lambda: kmeans([[1, 1], [0, 2]], 1), ValueError, r"sizes\[1\] is 0 wide and 2 high: leave out"),
    ("negative", lambda: average_iou([[1, 1]], [[-1, 1]]), ValueError, r"anchors\[0\] is -1 wide"),
    ("not a number", lambda: kmeans([[np.nan, 1]], 1), ValueError, r"sizes\[0\] is nan wide"),
    ("boxes", lambda: kmeans([[0, 0, 1, 1]], 1), ValueError, r"sizes must be \(boxes, 2\).* not the shape \(1, 4\)"),
    ("nothing", lambda: kmeans(np.zeros((0, 2)), 1), ValueError, r"sizes must be \(boxes, 2\)"),
    ("padding", lambda: box_sizes([PADDING]), ValueError, "truth holds no box"),
    ("no rows", lambda: box_sizes([]), ValueError, "truth holds no box"),
    ("four", lambda: box_sizes(np.zeros((3, 4))), ValueError, r"rows of five numbers.* not the shape \(3, 4\)"),
    ("a flat box", lambda: from_truth([[0.1, 0.1, 0.1, 0.4, 0]], 1), ValueError, r"sizes\[0\] is 0 wide and 0.3 high"),
    ("most", lambda: average_iou_by_k([[1, 1]], most=0), ValueError, "most must be at least 1"),
]


@pytest.mark.parametrize(("call", "error", "sentence"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_bad_input(call, error, sentence):
    with pytest.raises(error, match=sentence):
        call()
