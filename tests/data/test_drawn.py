"""Textures and glyphs: drawn, seeded, balanced, and what their labels say."""

import numpy as np
import pytest

from ccv import data
from ccv.data import glyphs, letters, textures
from ccv.data.drawn import lettering

DRAWN = ["glyphs", "letters", "textures"]


@pytest.mark.parametrize("name", DRAWN)
@pytest.mark.parametrize("channels", [1, 3])
def test_shapes_types_and_balance(name, channels):
    classes = len(data.class_names(name))
    images, labels = data.arrays(name, count=2 * classes + 1, size=24, channels=channels)
    assert (images.shape, images.dtype, labels.dtype) == ((2 * classes + 1, 24, 24, channels), np.uint8, np.int64)
    assert np.bincount(labels).tolist() == [3] + [2] * (classes - 1)
    assert images.min() < 40
    assert images.max() > 215


@pytest.mark.parametrize("name", DRAWN)
def test_seeds_and_splits_differ_and_repeat(name):
    train, _ = data.arrays(name, count=32)
    np.testing.assert_array_equal(train, data.arrays(name, count=32)[0])
    assert not np.array_equal(train, data.arrays(name, count=32, seed=1)[0])
    test, _ = data.arrays(name, "test", count=32)
    assert not np.array_equal(train, test)
    both, _ = data.arrays(name, "all", count=32)
    np.testing.assert_array_equal(both, np.concatenate([train, test]))


@pytest.mark.parametrize("name", DRAWN)
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"count": 0}, "count=0 must be an integer of at least 1"),
        ({"size": 7}, "size=7 must be an integer of at least 8"),
        ({"seed": -1}, "seed=-1 must be an integer of at least 0"),
        ({"channels": 2}, "channels=2 must be 1 (grey) or 3 (RGB)"),
        ({"count": 2.5}, "count=2.5 must be an integer"),
    ],
)
def test_bad_options(name, options, message):
    with pytest.raises(ValueError, match=r"must be") as raised:
        data.arrays(name, **options)
    assert message in str(raised.value)


def test_a_texture_is_what_its_label_says():
    """Stripes, alone of all, are constant along one direction: the pattern without shape, pose and colour."""
    u, v = np.meshgrid(np.linspace(0, 3, 64, dtype=np.float32), np.linspace(0, 3, 64, dtype=np.float32))
    for name, texture in textures.TEXTURES.items():
        pattern = texture(u[None], v[None], np.random.default_rng(0))[0]
        assert pattern.shape == (64, 64)
        assert 0 <= pattern.min() < 0.2 < 0.8 < pattern.max() <= 1, name
        constant = np.ptp(pattern, axis=0).max() < 1e-3
        assert constant == (name == "stripes"), name


def test_a_shape_is_inside_where_its_distance_is_negative():
    line = np.linspace(-1.2, 1.2, 481, dtype=np.float32)
    u, v = np.meshgrid(line, line)
    areas = {}
    for name, shape in textures.SHAPES.items():
        distance = shape(u[None], v[None], np.random.default_rng(0))[0]
        areas[name] = (distance < 0).mean() * 2.4**2
        assert (distance[[0, -1]] > 0).all(), name
        assert (distance[:, [0, -1]] > 0).all(), name
    assert areas["disc"] == pytest.approx(np.pi * 0.85**2, rel=0.03)
    assert areas["square"] == pytest.approx(1.44**2, rel=0.03)
    assert areas["triangle"] == pytest.approx(3 * np.sqrt(3) * 0.48**2, rel=0.05)
    assert areas["star"] == pytest.approx(10 * 0.5 * 0.45 * np.sin(np.pi / 5), rel=0.03)


def test_class_names():
    assert len(textures.CLASS_NAMES) == 120
    assert textures.CLASS_NAMES[12 * 1 + 3] == "waves star"
    assert data.class_names("glyphs")[:3] == ["alpha", "beta", "gamma"]


def test_every_font_has_every_letter():
    templates = lettering.templates("".join(glyphs.LETTERS.values()), lettering.DEJAVU)
    assert len(templates) == 16 * 12
    ink = templates.mean(axis=(1, 2))
    assert (ink > 0.03).all()
    assert (ink < 0.5).all()
    assert len({template.tobytes() for template in templates}) > 180  # some fonts share a letter
    assert templates[:, [0, -1]].max() == templates[:, :, [0, -1]].max() == 0


def test_the_letters_can_be_told_apart():
    """The mean of many images of a letter is nearest to that letter's mean in another draw."""
    means = []
    for seed in (0, 1):
        images, labels = data.arrays("glyphs", count=640, channels=1, seed=seed)
        dark = images.mean(axis=(1, 2), keepdims=True) - images.astype(np.float32)
        means.append(np.stack([dark[labels == label].mean(axis=0).ravel() for label in range(16)]))
    distance = np.linalg.norm(means[0][:, None] - means[1][None], axis=-1)
    assert (distance.argmin(axis=1) == np.arange(16)).mean() > 0.8


def test_no_two_letters_look_alike():
    """A, Alpha and the Cyrillic A are one; c is a small C: by the drawings themselves, in the plainest font."""
    drawn = lettering.templates("".join(letters.CLASS_NAMES), ("DejaVuSans",)).reshape(len(letters.CLASS_NAMES), -1)
    likeness = np.corrcoef(drawn) - np.eye(len(drawn))
    assert likeness.max() < 0.92
    equal = lettering.templates("AΑАOΟО", ("DejaVuSans",)).reshape(2, 3, -1)
    assert min(np.corrcoef(each).min() for each in equal) > 0.99  # what was left out is found by the same measure


def test_letters_of_three_alphabets_once_each():
    names = letters.CLASS_NAMES
    assert len(names) == len(set(names)) == sum(map(len, letters.ALPHABETS.values()))
    blank = lettering.templates("\uffff", letters.FONTS[:1])[0]
    templates = lettering.templates("".join(names), letters.FONTS)
    assert not any(np.array_equal(template, blank) for template in templates)  # every font has every letter
    assert (templates.mean(axis=(1, 2)) > 0.02).all()
