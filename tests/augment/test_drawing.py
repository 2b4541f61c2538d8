"""The pictures before and after."""

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from rectangles import drawn

from ccv import augment
from ccv.augment import preview
from ccv.data import load
from ccv.plots import before_and_after


def test_a_row_for_each_image():
    figure = preview(load("xo"), "basic", images=3, variants=2)
    assert augment.preview is preview  # and no module of that name
    assert isinstance(figure, Figure)
    assert len(figure.axes) == 9
    assert figure.axes[0].get_title() in {"X", "O"}


def test_batches_arrays_and_shares():
    figure = preview(load("digits").batch(16), "mixup", classes=10, images=8, seed=3, alpha=1.0)
    assert len(figure.axes) == 32
    assert any("%" in panel.get_title() for panel in figure.axes)
    assert len(preview(np.zeros((2, 8, 8, 3), "uint8"), "alexnet", variants=1).axes) == 4


def test_boxes_are_drawn_where_they_are():
    images, targets = drawn(4, 48, 80)
    figure = preview((images, targets), "detection", boxes="xyxy", images=2, class_names=["r", "g", "b"])
    first = [patch for patch in figure.axes[0].patches if isinstance(patch, Rectangle)]
    assert len(first) == 3
    x1, y1, x2, y2 = targets["boxes"][0, 0]
    assert (first[0].get_x(), first[0].get_y()) == (x1 - 0.5, y1 - 0.5)
    assert (first[0].get_width(), first[0].get_height()) == (x2 - x1, y2 - y1)
    assert {text.get_text() for text in figure.axes[0].texts} == {"r", "g", "b"}


def test_what_cannot_be_drawn_is_said():
    with pytest.raises(ValueError, match="empty"):
        preview(load("xo").take(0), "basic")
    with pytest.raises(ValueError, match="did you mean 'basic'"):
        preview(load("xo"), "basics")
    with pytest.raises(ValueError, match="rows of boxes"):
        before_and_after(np.zeros((1, 8, 8)), np.zeros((1, 2, 8, 8)), boxes=[[]])
