"""Masks on pictures: one colour, outline and number a class; what does not fit is said."""

import numpy as np
import pytest

from ccv import plots
from ccv.plots.masks import color_of, mask_palette

NAMES = ["ground", "cell", "plate"]


def scene():
    mask = np.zeros((20, 30), int)
    mask[2:10, 2:10], mask[12:19, 15:29] = 1, 2
    return np.zeros((20, 30, 3), np.uint8), mask


def test_each_thing_has_the_number_of_its_class():
    image, mask = scene()
    mask[2:10, 15:25] = 1
    figure = plots.masks([image], [mask], NAMES)
    assert sorted(text.get_text() for text in figure.axes[0].texts) == ["1", "1", "2"]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["1 cell", "2 plate"]


def test_it_says_what_it_shows():
    image, mask = scene()
    figure = plots.masks([image, image], [mask, np.zeros_like(mask)], NAMES, titles=["one", "two"], title="Two")
    assert "one: cell on 11% and plate on 16%; two: background alone" in figure.alt


def test_the_number_lies_inside_of_its_thing():
    image, mask = scene()
    mask[:] = 0
    mask[3:17, 5:25] = 1
    mask[6:14, 8:22] = 0  # a ring, whose midpoint is empty
    (text,) = plots.masks([image], [mask], NAMES).axes[0].texts
    x, y = map(round, text.get_position())
    assert mask[y, x] == 1


def test_unknown_pixels_and_things_at_the_edge_are_drawn():
    image, mask = scene()
    mask[:, 0], mask[0] = 255, 1
    assert plots.masks([image], [mask], NAMES).axes[0].get_xlim() == (-0.5, 29.5)


def test_what_does_not_fit_is_said():
    image, mask = scene()
    with pytest.raises(ValueError, match="1 images and 2 masks"):
        plots.masks([image], [mask, mask], NAMES)
    with pytest.raises(ValueError, match="give equal sides"):
        plots.masks([image], [mask[:5]], NAMES)
    with pytest.raises(ValueError, match=r"must be \(height, width\)"):
        plots.masks([image], [mask[..., None]], NAMES)


def test_a_palette_has_the_colours_of_the_drawing():
    from matplotlib.colors import to_rgb

    palette = np.array(mask_palette()).reshape(256, 3)
    assert palette[0].tolist() == [0, 0, 0] and palette[255].tolist() == [255, 255, 255]
    for label in (1, 2, 7, 254):
        np.testing.assert_allclose(palette[label] / 255, to_rgb(color_of(label)), atol=1 / 255)
