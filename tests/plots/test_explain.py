import numpy as np
import pytest

from ccv.plots import heat_maps, nearest_images

IMAGES = np.random.default_rng(0).integers(0, 256, (10, 8, 8, 3), dtype=np.uint8)


def test_heat_lies_over_the_grey_image_about_zero():
    figure = heat_maps(IMAGES, np.linspace(-1, 3, 640).reshape(10, 8, 8), titles=range(10), title="maps")
    assert len(figure.axes) == 20  # two rows of eight, and two more
    heat = figure.axes[8].images[1]
    assert heat.norm.vmin == -heat.norm.vmax
    figure.savefig("/dev/null", format="png")


def test_what_speaks_against_a_class_is_told_apart_from_what_speaks_for_it_in_grey():
    heat = np.zeros((2, 8, 8))
    heat[0, :4, :4], heat[1, :4, :4] = 1, -1
    for_it, against_it = heat_maps(IMAGES[:2], heat).axes[2:]
    assert len(for_it.collections) == 0
    assert against_it.collections[0].hatches == ["///"]


def test_empty_heat_and_grey_images_are_drawn():
    figure = heat_maps(IMAGES[:2, :, :, :1] / 255, np.zeros((2, 8, 8)))
    assert len(figure.axes) == 4


def test_neighbours_are_framed_by_their_label():
    labels = np.arange(10) % 2
    figure = nearest_images(
        IMAGES[:2], IMAGES, [[0, 1], [1, 3]], [[0, 0.5], [0, 0.1]], query_labels=[0, 1], labels=labels
    )
    assert [axes.get_title() for axes in figure.axes[:3]] == ["query: 0", "0 0.000", "1 0.500"]
    green, red = (figure.axes[i].spines["top"].get_edgecolor() for i in (1, 2))
    assert green != red
    assert len(nearest_images(IMAGES[:2], IMAGES, [[0], [1]]).axes) == 4


def test_errors_say_what_to_do():
    with pytest.raises(ValueError, match=r"maps must be \(10, 8, 8\) as the images are"):
        heat_maps(IMAGES, np.zeros((10, 4, 4)))
    with pytest.raises(ValueError, match="titles must be as many as images, 10"):
        heat_maps(IMAGES, np.zeros((10, 8, 8)), titles="ab")
    with pytest.raises(ValueError, match="1 or 3 channels, not 2"):
        heat_maps(IMAGES[..., :2], np.zeros((10, 8, 8)))
    with pytest.raises(ValueError, match="indices must have a row for each of 2 queries"):
        nearest_images(IMAGES[:2], IMAGES, [[10], [0]])
    with pytest.raises(ValueError, match="distances must be"):
        nearest_images(IMAGES[:2], IMAGES, [[1], [0]], [0.5])
