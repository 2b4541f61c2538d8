"""Photographs with mask files: indices, palettes and colours; what does not fit is told file by file."""

import json

import numpy as np
import pytest
from PIL import Image

from ccv.data import masks, shapes

RED, GREEN = (255, 0, 0), (0, 128, 0)


def folder(root, made, classes=("ground", "cell", "plate"), mode="L"):
    """Write images and masks (name: (image, mask)) as a tool would, masks as grey, with a palette or in colours."""
    (root / "images").mkdir(parents=True)
    (root / "masks").mkdir()
    if classes is not None:
        (root / "classes.json").write_text(json.dumps(classes))
    for name, (image, mask) in made.items():
        if image is not None:
            Image.fromarray(image).save(root / "images" / f"{name}.png")
        if mask is None:
            continue
        picture = Image.fromarray(mask)
        if mode == "P":
            picture = Image.fromarray(mask, mode="P")
            picture.putpalette([0, 0, 0, *RED, *GREEN])
        picture.save(root / "masks" / f"{name}.png")
    return root


@pytest.fixture
def pairs():
    rng = np.random.default_rng(0)
    return {
        f"p{n}": (rng.integers(0, 256, (9, 12, 3), np.uint8), rng.integers(0, 3, (9, 12), np.uint8)) for n in (2, 10)
    }


@pytest.mark.parametrize("mode", ["L", "P"])
def test_numbers_and_indices_of_a_palette(tmp_path, pairs, mode):
    read = masks.read(folder(tmp_path / "set", pairs, mode=mode))
    assert read.class_names == ("ground", "cell", "plate")
    assert [path.stem for path in read.paths] == ["p2", "p10"]  # in natural order
    assert not read.skipped
    for image, mask, (given, wanted) in zip(read.images, read.masks, pairs.values(), strict=True):
        assert np.array_equal(image, given)
        assert np.array_equal(mask, wanted)
        assert mask.dtype == np.uint8


@pytest.mark.parametrize("said", [{"ground": "#000000", "cell": "#ff0000", "?": [0, 128, 0]}])
def test_colours_by_name_and_pixels_that_nobody_knows(tmp_path, pairs, said):
    colors = np.array([(0, 0, 0), RED, GREEN], np.uint8)
    painted = {name: (image, colors[mask]) for name, (image, mask) in pairs.items()}
    read = masks.read(folder(tmp_path / "set", painted, said))
    assert read.class_names == ("ground", "cell")
    for mask, (_, wanted) in zip(read.masks, pairs.values(), strict=True):
        assert np.array_equal(mask, np.where(wanted == 2, 255, wanted))


def test_values_of_ones_own(tmp_path, pairs):
    scaled = {name: (image, mask * 100) for name, (image, mask) in pairs.items()}
    with pytest.raises(ValueError, match="number the classes 0, 1, 2"):
        masks.read(folder(tmp_path / "set", scaled, {"ground": 0, "cell": 100, "plate": 200}))
    known = {name: (image, np.where(mask == 2, 255, mask).astype(np.uint8)) for name, (image, mask) in pairs.items()}
    read = masks.read(folder(tmp_path / "other", known, {"cell": 1, "ground": 0}))
    assert read.class_names == ("ground", "cell")
    assert {int(v) for v in np.unique(read.masks)} == {0, 1, 255}


def test_one_size_moves_masks_by_the_nearest_pixel(tmp_path):
    images, drawn = shapes.masks("test", count=3, size=(48, 64))
    made = {f"s{n}": (image, mask) for n, (image, mask) in enumerate(zip(images, drawn, strict=True))}
    read = masks.read(folder(tmp_path / "set", made, shapes.MASK_NAMES), size=(24, 32))
    assert read.images.shape == (3, 24, 32, 3)
    assert read.masks.shape == (3, 24, 32)
    assert set(np.unique(read.masks)) <= set(np.unique(drawn))
    assert (read.masks == drawn[:, 1::2, 1::2]).mean() > 0.99


def test_each_that_does_not_fit_is_told(tmp_path, pairs):
    image, mask = pairs["p2"]
    made = {
        **pairs,
        "alone": (image, None),
        "lost": (None, mask),
        "small": (image, mask[:5]),
        "strange": (image, np.full((9, 12), 7, np.uint8)),
        "coloured": (image, image),
    }
    root = folder(tmp_path / "set", made)
    (root / "masks" / "p10.png").write_bytes(b"no picture")
    read = masks.read(root)
    assert [path.stem for path in read.paths] == ["p2"]
    told = {one.path.split("/")[-1]: one.reason for one in read.skipped}
    assert told["alone.png"] == "it has no mask masks/alone.png"
    assert told["lost.png"] == "there is no image lost in images/"
    assert told["small.png"] == "it is 12x5 pixels, and small.png 12x9"
    assert told["strange.png"] == "it holds 7 at row 0, column 0, which is no class of classes.json"
    assert "it is in colours (RGB)" in told["coloured.png"]
    assert "cannot be read" in told["p10.png"]


def test_an_unknown_colour_is_named(tmp_path, pairs):
    image, _ = pairs["p2"]
    blue = np.zeros((9, 12, 3), np.uint8)
    blue[4, 5] = (0, 0, 255)
    with pytest.raises(ValueError, match="#0000ff at row 4, column 5"):
        masks.read(folder(tmp_path / "set", {"a": (image, blue)}, {"ground": "#000000", "cell": "#ff0000"}))


BAD = {
    "twice": (["a", "a"], "once each"),
    "one": (["a"], "two classes or more"),
    "a word": ({"a": 0, "b": "reddish"}, "must be a number from 0 to 255 or a colour"),
    "too large": ({"a": 0, "b": 300}, "must be a number from 0 to 255 or a colour"),
    "both kinds": ({"a": 0, "b": "#ff0000"}, "a number of its own, or each a colour"),
    "same": ({"a": 0, "b": 0}, "a number of its own"),
    "gaps": ({"a": 0, "b": 2}, "number the classes 0, 1, 2"),
}


@pytest.mark.parametrize("case", BAD)
def test_names_that_make_no_sense(tmp_path, pairs, case):
    said, says = BAD[case]
    with pytest.raises(ValueError, match=says):
        masks.read(folder(tmp_path / "set", pairs, said))


def test_what_is_missing_is_said(tmp_path, pairs):
    with pytest.raises(FileNotFoundError, match="no folder"):
        masks.read(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match="has no folder images/"):
        masks.read(tmp_path / "empty")
    with pytest.raises(FileNotFoundError, match=r"classes\.json is missing"):
        masks.read(folder(tmp_path / "unnamed", pairs, None))
    with pytest.raises(ValueError, match="both folders are empty"):
        masks.read(folder(tmp_path / "void", {}))


def test_masks_of_the_scenes_are_the_objects_that_show():
    drawn = shapes.scenes("train", count=20, seed=3)
    images, labels = shapes.masks("train", count=20, seed=3)
    assert np.array_equal(images, drawn.images)
    for mask, truth, own in zip(labels, drawn.truth, drawn.masks, strict=True):
        for row, pixels in zip(truth, own, strict=True):
            assert (mask[pixels] == row[4] + 1).all()
        assert not mask[~own.any(0)].any()
