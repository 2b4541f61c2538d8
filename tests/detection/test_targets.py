"""Who is responsible for which object (catalogue C-099, E-68), and what counts as one."""

import numpy as np

from ccv.detection.heads import make_slots
from ccv.detection.targets import (
    assign_to_anchors,
    assign_to_cells,
    grid_target,
    read_truth,
    responsible_cell,
    shape_iou,
)


def as_numpy(parts):
    return [np.array(part) for part in parts]


def around(x, y, w, h, label=0):
    return [x - w / 2, y - h / 2, x + w / 2, y + h / 2, label]


def test_the_cell_of_the_slides():
    """C-099: (0.53, 0.22) on a grid of 7x7 lies in column 3, row 1, at (0.71, 0.54)."""
    cell, offset = as_numpy(responsible_cell(np.array([0.53, 0.22]), 7, 7))
    assert cell.tolist() == [3, 1]
    np.testing.assert_allclose(offset, [0.71, 0.54])


def test_a_centre_on_an_edge():
    """Between two cells it belongs to the right and lower one; on the image's far edges to the last."""
    centers = np.array([[0.5, 0.25], [1.0, 1.0], [0.0, 0.0]])
    cell, offset = as_numpy(responsible_cell(centers, 4, 4))
    assert cell.tolist() == [[2, 1], [3, 3], [0, 0]]
    assert offset.tolist() == [[0, 0], [1, 1], [0, 0]]


def test_what_counts():
    truth = [[
        around(0.5, 0.5, 0.2, 0.2), around(1.0, 0.5, 0.2, 0.2), around(1.1, 0.5, 0.4, 0.2), around(0.5, 0.5, 0, 0.2),
        [0.6, 0.2, 0.4, 0.4, 1], [-1] * 5, around(0.5, 0.5, 0.2, 0.2, label=-1), around(0.5, 0.5, 3, 3, 2),
    ]]  # fmt: skip
    read = read_truth(np.array(truth))
    assert np.array(read.counts[0]).tolist() == [1, 1, 0, 0, 0, 0, 0, 1]
    assert np.array(read.labels[0]).tolist() == [0, 0, 0, 0, 1, 0, 0, 2]
    np.testing.assert_allclose(np.array(read.size[0])[2], 0.5)
    assert np.isfinite(np.array(read.boxes)).all()


def test_version_1_keeps_the_first_of_a_cell_and_the_others_the_last():
    truth = np.array([[around(0.3, 0.3, 0.2, 0.2), around(0.31, 0.3, 0.2, 0.2), [-1] * 5, around(0.32, 0.3, 0.2, 0.2)]])
    read = read_truth(truth)
    first = assign_to_cells(read, 3, 4)
    assert np.array(first.slot[0])[[0, 1, 3]].tolist() == [1, 1, 1]
    assert np.array(first.wins[0]).tolist() == [1, 0, 0, 0]
    last = assign_to_anchors(read, make_slots([(3, 4)], [[[0.2, 0.2], [0.5, 0.5]]]))
    assert np.array(last.slot[0])[[0, 1, 3]].tolist() == [2, 2, 2]
    assert np.array(last.wins[0]).tolist() == [0, 0, 0, 1]
    assert np.array(last.same[0]).sum() == 9


def test_one_anchor_of_all_heads():
    """YOLOv3: the shape decides the head, the centre the cell; N runs over heads, rows, columns, anchors."""
    slots = make_slots([(2, 3), (4, 6)], [[[0.5, 0.6], [0.7, 0.4]], [[0.1, 0.2], [0.2, 0.15]]])
    truth = np.array([[around(0.9, 0.6, 0.6, 0.38), around(0.5, 0.4, 0.2, 0.16), around(0.2, 0.8, 0.1, 0.3)]])
    assigned = assign_to_anchors(read_truth(truth), slots)
    rows_columns_anchors = [(1 * 3 + 2) * 2 + 1, 12 + (1 * 6 + 3) * 2 + 1, 12 + (3 * 6 + 1) * 2 + 0]
    assert np.array(assigned.slot[0]).tolist() == rows_columns_anchors
    for place, head in zip(rows_columns_anchors, (0, 1, 1), strict=True):
        assert slots.grid[place, 2:].tolist() == [[3, 2], [6, 4]][head]
    assert np.array(assigned.wins[0]).tolist() == [1, 1, 1]


def test_shapes_are_compared_on_one_centre():
    got = np.array(shape_iou(np.array([[0.2, 0.4]]), np.array([[0.2, 0.4], [0.4, 0.2], [0.1, 0.1]])))
    np.testing.assert_allclose(got, [[1, 0.04 / 0.12, 0.01 / 0.08]])


def test_the_target_of_a_grid_is_zero_without_an_object():
    target = grid_target([around(0.43, 0.12, 0.2, 0.1, 2), [-1] * 5], 3, 4, 3)
    assert target.shape == (3, 4, 8)
    np.testing.assert_allclose(target[0, 1], [0.72, 0.36, 0.2, 0.1, 1, 0, 0, 1], atol=1e-6)
    assert np.count_nonzero(target[..., 4]) == 1
