"""The X/O images: the slides' drawings (catalogue 1.4) and the generator."""

import numpy as np
import pytest

from ccv import data
from ccv.data import xo

PLAIN = {"shift": 0, "scale": 0, "rotation": 0, "thickness": 1, "noise": 0, "deform": 0}
# Rows as the slides print them.
SLIDE_X = """
-1 -1 -1 -1 -1 -1 -1 -1 -1
-1  1 -1 -1 -1 -1 -1  1 -1
-1 -1  1 -1 -1 -1  1 -1 -1
-1 -1 -1  1 -1  1 -1 -1 -1
-1 -1 -1 -1  1 -1 -1 -1 -1
-1 -1 -1  1 -1  1 -1 -1 -1
-1 -1  1 -1 -1 -1  1 -1 -1
-1  1 -1 -1 -1 -1 -1  1 -1
-1 -1 -1 -1 -1 -1 -1 -1 -1
"""
SLIDE_TRICKY = """
-1 -1 -1 -1 -1 -1 -1 -1 -1
-1 -1 -1 -1 -1 -1  1 -1 -1
-1  1 -1 -1 -1  1 -1 -1 -1
-1 -1  1  1 -1  1 -1 -1 -1
-1 -1 -1 -1  1 -1 -1 -1 -1
-1 -1 -1  1 -1  1  1 -1 -1
-1 -1 -1  1 -1 -1 -1  1 -1
-1 -1  1 -1 -1 -1 -1 -1 -1
-1 -1 -1 -1 -1 -1 -1 -1 -1
"""
O_CELLS = [(1, 3), (1, 4), (1, 5), (2, 2), (2, 6), (3, 1), (4, 1), (5, 1), (3, 7), (4, 7), (5, 7), (6, 2), (6, 6)]
O_CELLS += [(7, 3), (7, 4), (7, 5)]


def printed(text):
    return np.array([row.split() for row in text.strip().split("\n")], dtype=float)


def test_the_drawings_of_the_slides():
    np.testing.assert_array_equal(xo.X, printed(SLIDE_X))
    np.testing.assert_array_equal(xo.TRICKY_X, printed(SLIDE_TRICKY))
    ring = -np.ones((9, 9))
    ring[tuple(zip(*O_CELLS, strict=True))] = 1
    np.testing.assert_array_equal(xo.O, ring)
    assert [(drawing == 1).sum() for drawing in (xo.X, xo.O, xo.TRICKY_X)] == [13, 16, 13]


def test_pixel_by_pixel_the_tricky_x_is_another_image():
    """X/O-11: 65 of 81 pixels agree, correlation .605, 5 of 13 strokes shared."""
    assert (xo.X == xo.TRICKY_X).sum() == 65
    assert ((xo.X == 1) & (xo.TRICKY_X == 1)).sum() == 5
    assert round(float((xo.X * xo.TRICKY_X).mean()), 3) == 0.605


def test_the_split_of_the_slides():
    images, labels = data.arrays("xo", "slides", n=5, seed=9)
    np.testing.assert_array_equal(images[..., 0], np.stack([xo.X, xo.O, xo.TRICKY_X]))
    assert labels.tolist() == [0, 1, 0]
    assert images.dtype == np.float32
    images[:] = 0  # a copy
    assert xo.X.max() == 1
    with pytest.raises(ValueError, match="read-only"):
        xo.X[0, 0] = 1


def test_the_plain_generator_draws_the_slides_exactly():
    images, labels = data.arrays("xo", n=20, **PLAIN)
    for image, label in zip(images[..., 0], labels, strict=True):
        np.testing.assert_array_equal(image, (xo.X, xo.O)[label])


@pytest.mark.parametrize("size", [3, 9, 24, 32, 33, 101])
def test_any_size(size):
    images, labels = data.arrays("xo", n=6, size=size)
    assert images.shape == (6, size, size, 1)
    assert images.dtype == np.float32
    assert images.min() >= -1
    assert images.max() <= 1
    assert sorted(labels.tolist()) == [0, 0, 0, 1, 1, 1]


def test_without_noise_every_pixel_is_ink_or_ground():
    images, _ = data.arrays("xo", n=50, size=24, noise=0)
    assert set(np.unique(images)) == {-1, 1}
    assert all((image == 1).any() for image in images)


def test_the_same_seed_gives_the_same_bytes_and_another_gives_others():
    first, again, other = (data.arrays("xo", n=30, seed=seed)[0] for seed in (1, 1, 2))
    assert first.tobytes() == again.tobytes()
    assert first.tobytes() != other.tobytes()


def test_the_chunks_leave_no_seam(monkeypatch):
    whole = data.arrays("xo", n=25, seed=3)[0]
    monkeypatch.setattr(xo, "CHUNK", 7)
    np.testing.assert_array_equal(data.arrays("xo", n=25, seed=3)[0], whole)


def centre(images):
    """Return the mean (row, column) of the ink of each image."""
    ink = images[..., 0] > 0
    places = np.indices(ink.shape[1:])
    return np.stack([(ink * place).sum((1, 2)) / ink.sum((1, 2)) for place in places], axis=1)


def test_each_option_does_what_it_says():
    size, n = 45, 200
    plain = {**PLAIN, "n": n, "size": size}
    still, _ = data.arrays("xo", **plain)
    np.testing.assert_allclose(centre(still), 22, atol=0.2)
    moved = centre(data.arrays("xo", **plain | {"shift": 0.1})[0]) - 22
    assert 3.5 < np.abs(moved).max() <= 5.2
    assert (moved.min(0) < -3).all()
    assert (moved.max(0) > 3).all()
    ink = (still > 0).sum((1, 2, 3))
    thick = (data.arrays("xo", **plain | {"thickness": 2})[0] > 0).sum((1, 2, 3))
    assert (thick > 1.7 * ink).all()
    ranged = (data.arrays("xo", **plain | {"thickness": (1, 2)})[0] > 0).sum((1, 2, 3))
    assert ranged.std() > 2 * ink.std() or ranged.std() > 20
    assert ranged.max() <= thick.max()
    scaled = (data.arrays("xo", **plain | {"scale": 0.4})[0] > 0).sum((1, 2, 3))
    assert scaled.min() < 0.75 * ink.min()
    assert scaled.max() > 1.25 * ink.max()
    noisy = data.arrays("xo", **plain | {"noise": 0.2})[0]
    assert abs((noisy - still)[(still < 0)].mean() - 0.2 * 0.3989) < 0.01  # half of it is clipped
    for option, value in (("rotation", 20), ("deform", 0.2)):
        changed, labels = data.arrays("xo", **plain | {option: value})
        assert (changed != still).any((1, 2, 3))[labels == 0].mean() > 0.9


def test_a_ring_does_not_turn():
    plain = {**PLAIN, "n": 40, "size": 45}
    turned, labels = data.arrays("xo", **plain | {"rotation": 45})
    still, _ = data.arrays("xo", **plain)
    rings = labels == 1
    assert (turned != still)[rings].mean() < 0.01
    assert (turned != still)[~rings].mean() > 0.05


def test_strokes_of_one_cell_have_no_gaps():
    """Every row between the ends of a turned X is crossed."""
    images, labels = data.arrays("xo", n=300, size=18, noise=0, thickness=1, shift=0, scale=0.2, rotation=30)
    crosses = images[labels == 0, ..., 0] > 0
    rows = crosses.any(2)
    first, last = rows.argmax(1), 17 - rows[:, ::-1].argmax(1)
    assert (rows.sum(1) == last - first + 1).all()


BAD = [
    ({"n": 0}, "n=0 must be an integer of at least 1"),
    ({"n": 2.5}, "n=2.5 must be an integer"),
    ({"n": True}, "n=True must be an integer"),
    ({"size": 2}, "size=2 must be an integer of at least 3"),
    ({"size": "9"}, "size='9' must be an integer"),
    ({"seed": -1}, "seed=-1 must be an integer of at least 0"),
    ({"seed": None}, "seed=None must be an integer"),
    ({"shift": -0.1}, "shift=-0.1 must be a number of at least 0"),
    ({"shift": float("nan")}, "shift=nan must be a number"),
    ({"scale": 1}, "scale=1 must be a number of at least 0 and below 1"),
    ({"deform": 1.5}, "deform=1.5 must be a number of at least 0 and below 1"),
    ({"rotation": "15"}, "rotation='15' must be a number of at least 0"),
    ({"noise": float("inf")}, "noise=inf must be a number of at least 0"),
    ({"thickness": 0}, "thickness=0 must be a number above 0, or a range (low, high)"),
    ({"thickness": (2, 1)}, "thickness=(2, 1) must be a number above 0, or a range"),
    ({"thickness": (1, 2, 3)}, "thickness=(1, 2, 3) must be a number above 0, or a range"),
    ({"thickness": None}, "thickness=None must be a number above 0, or a range"),
]


@pytest.mark.parametrize(("options", "message"), BAD, ids=[str(options) for options, _ in BAD])
def test_bad_values(options, message):
    with pytest.raises(ValueError) as raised:
        data.arrays("xo", **options)
    assert message in str(raised.value)
