"""Images before and after augmentation: boxes where they are, their names readable."""

from itertools import combinations

import numpy as np

from ccv import plots

IMAGES, VARIANTS = np.zeros((1, 48, 64, 3)), np.zeros((1, 1, 48, 64, 3))
NEAR = [[4, 4, 20, 20, 0], [6, 4, 22, 20, 1], [50, 2, 64, 16, 8], [-1, -1, -1, -1, -1]]


def test_names_lie_inside_their_picture_and_apart():
    figure = plots.before_and_after(
        IMAGES, VARIANTS, boxes=[NEAR], boxes_after=[[[]]], class_names=["ellipse", "rectangle"]
    )
    figure.draw_without_rendering()
    before, after = figure.axes
    assert [text.get_text() for text in before.texts] == ["ellipse", "rectangle", "8"]
    assert (len(before.patches), len(after.patches), len(after.texts)) == (3, 0, 0)
    room = before.get_window_extent().padded(2)
    labels = [text.get_bbox_patch().get_window_extent() for text in before.texts]
    assert all(room.x0 <= label.x0 and label.x1 <= room.x1 for label in labels)
    assert not any(one.padded(-1).overlaps(other.padded(-1)) for one, other in combinations(labels, 2))


def test_without_names_nothing_is_written():
    before = plots.before_and_after(IMAGES, VARIANTS, boxes=[NEAR], boxes_after=[[NEAR]]).axes[0]
    assert (len(before.patches), len(before.texts)) == (3, 0)
    np.testing.assert_allclose(before.patches[0].get_bbox().extents, np.array(NEAR[0][:4]) - 0.5)
