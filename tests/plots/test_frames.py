"""Operations in frames: the numbers are those of the operation, and bad input is one sentence."""

# mypy: ignore-errors
# (every getter of matplotlib may return None)

import numpy as np
import pytest

from ccv import plots
from ccv.convolution import correlate2d

RNG = np.random.default_rng(0)
IMAGE, KERNEL = RNG.integers(-3, 9, (5, 6)), RNG.integers(-2, 3, (3, 2))


def sums(figure):
    """What stands below the frames as their result."""
    return [float(axes.get_xlabel().split("= ")[-1]) for axes in figure.axes if "= " in axes.get_xlabel()]


def numbers(panel):
    return [float(text.get_text()) for text in panel.texts if text.get_text()]


@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (2, 0), (2, 1), (3, 2)])
def test_sums_are_those_of_the_convolution(stride, padding):
    figure = plots.convolution_frames(IMAGE, KERNEL, stride=stride, padding=padding)
    expected = correlate2d(np.pad(IMAGE, padding), KERNEL)[::stride, ::stride]
    columns = expected.shape[1]
    shown = [expected.flat[at] for at in sorted({0, 1, columns, expected.size - 1})]
    np.testing.assert_allclose(sums(figure), shown)
    np.testing.assert_allclose(numbers(figure.axes[-1]), expected.ravel())  # the map, complete in the last frame
    np.testing.assert_allclose(numbers(figure.axes[0]), KERNEL.ravel())


def test_the_sum_is_written_out():
    label = plots.convolution_frames([[2, 3], [4, 5]], [[1, -1], [0, 2]]).axes[1].get_xlabel()
    assert label == "2·1 + 3·(-1) +\n4·0 + 5·2\n= 9"


def test_a_map_is_filled_frame_by_frame():
    figure = plots.pooling_frames(np.arange(16).reshape(4, 4))
    assert [len(numbers(panel)) for panel in figure.axes[4:]] == [1, 2, 3, 4]
    limits = {panel.collections[0].get_clim() for panel in figure.axes[4:]}
    assert len(limits) == 1  # a number keeps its colour


@pytest.mark.parametrize(("kind", "results"), [("max", [5, 7, 13, 15]), ("mean", [2.5, 4.5, 10.5, 12.5])])
def test_pooling_keeps_the_largest_number_or_the_mean(kind, results):
    assert sums(plots.pooling_frames(np.arange(16).reshape(4, 4), kind=kind)) == results
    assert len(sums(plots.pooling_frames(np.ones((3, 3)), 2, stride=1))) == 4
    assert sums(plots.pooling_frames([[3]], 1)) == [3]


def test_iou_of_boxes_that_move_apart():
    figure = plots.iou_frames([0, 0, 2, 2], [[0, 0, 2, 2], [1, 0, 3, 2], [2, 0, 4, 2], [1, 1, 1, 1]])
    assert [label.split("= ")[-1] for label in (a.get_xlabel() for a in figure.axes)] == [
        "1.000",
        "0.333",
        "0.000",
        "0.000",
    ]
    assert [len(panel.patches) for panel in figure.axes] == [3, 3, 2, 2]  # what is shared is a patch of its own


def test_boxes_without_area_share_nothing():
    assert plots.iou_frames([1, 1, 1, 1], [[1, 1, 1, 1]]).axes[0].get_xlabel().endswith("IoU = 0 / 0 = 0.000")


def test_suppression_goes_on_with_those_that_are_left():
    boxes = [[100, 100, 210, 210], [105, 105, 215, 215], [150, 150, 260, 260], [300, 300, 380, 380], [98, 98, 205, 205]]
    figure = plots.suppression_frames(boxes, [0.8, 0.9, 0.7, 0.6, 0.5])
    assert [axes.get_xlabel().split("\n")[0] for axes in figure.axes] == ["keep 0.90", "keep 0.70", "keep 0.60"]
    assert figure.axes[0].get_xlabel().split("\n")[1:] == ["drop 0.80 (IoU 0.84)", "drop 0.50 (IoU 0.74)"]
    assert [len(panel.texts) for panel in figure.axes] == [5, 3, 3]  # what is dropped is gone
    assert len(plots.suppression_frames(boxes, [0.8, 0.9, 0.7, 0.6, 0.5], 0.9).axes) == 5


def test_the_cell_with_the_midpoint_answers_also_at_the_left_edge():
    labels = [axes.get_xlabel() for axes in plots.cell_frames(np.zeros((40, 80)), [0, 0.7, 0.02, 0.8], 4).axes]
    assert labels[2:] == ["the cell that answers:\nrow 3, column 0", "in the cell:\nx 0.04, y 0.00"]


BAD = [
    (lambda: plots.convolution_frames(np.eye(3), np.eye(4)), "is larger than the image with its padding"),
    (lambda: plots.convolution_frames(np.eye(12), np.eye(3), padding=1), "too large to read: at most 12"),
    (lambda: plots.convolution_frames(np.eye(3), np.eye(2), stride=0), "stride=0 must be an integer"),
    (lambda: plots.pooling_frames(np.eye(4), kind="min"), "kind='min' must be 'max' or 'mean'"),
    (lambda: plots.iou_frames([0, 0, 1], [[0, 0, 1, 1]]), "box must be x_min, y_min, x_max, y_max"),
    (lambda: plots.iou_frames([0, 0, 1, 1], [[0, 0, 1, 1]] * 7), "7 frames are too many"),
    (lambda: plots.suppression_frames([[0, 0, 1, 1]], [0.5, 0.4]), "scores must be as many as the 1 boxes"),
    (
        lambda: plots.suppression_frames([[i, 0, i + 1, 1] for i in range(9)], [0.5] * 9),
        "9 boxes are kept",
    ),
    (lambda: plots.cell_frames(np.zeros((4, 4)), [0.9, 0.9, 1.3, 1.3], 7), "must lie inside the image"),
    (lambda: plots.cell_frames(np.zeros((4, 4)), [0.9, 0.9, 0.2], 7), "box must be x_min, y_min, x_max, y_max, got"),
    (lambda: plots.cell_frames(np.zeros((4, 4)), [0, 0, 1, 1], 0), "grid=0 must be an integer of at least 1"),
]


@pytest.mark.parametrize(("call", "sentence"), BAD)
def test_bad_input(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
