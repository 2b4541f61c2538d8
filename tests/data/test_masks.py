"""Photographs with mask files: indices, palettes and colours; what does not fit is told file by file."""

import json

import numpy as np
import pytest
from PIL import Image

from ccv.data import masks, shapes, splits
from ccv.data.boxes.layout import recognise
from ccv.data.groups import set_apart

RED, GREEN = (255, 0, 0), (0, 128, 0)


def folder(root, made, classes=("background", "cell", "plate"), mode="L"):
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
    assert read.class_names == ("background", "cell", "plate")
    assert [path.stem for path in read.paths] == ["p2", "p10"]  # in natural order
    assert not read.skipped
    for image, mask, (given, wanted) in zip(read.images, read.masks, pairs.values(), strict=True):
        assert np.array_equal(image, given)
        assert np.array_equal(mask, wanted)
        assert mask.dtype == np.uint8


@pytest.mark.parametrize("said", [{"background": "#000000", "cell": "#ff0000", "?": [0, 128, 0]}])
def test_colours_by_name_and_pixels_that_nobody_knows(tmp_path, pairs, said):
    colors = np.array([(0, 0, 0), RED, GREEN], np.uint8)
    painted = {name: (image, colors[mask]) for name, (image, mask) in pairs.items()}
    read = masks.read(folder(tmp_path / "set", painted, said))
    assert read.class_names == ("background", "cell")
    for mask, (_, wanted) in zip(read.masks, pairs.values(), strict=True):
        assert np.array_equal(mask, np.where(wanted == 2, 255, wanted))


def test_values_of_ones_own(tmp_path, pairs):
    scaled = {name: (image, mask * 100) for name, (image, mask) in pairs.items()}
    with pytest.raises(ValueError, match="number the classes 0, 1, 2"):
        masks.read(folder(tmp_path / "set", scaled, {"background": 0, "cell": 100, "plate": 200}))
    known = {name: (image, np.where(mask == 2, 255, mask).astype(np.uint8)) for name, (image, mask) in pairs.items()}
    read = masks.read(folder(tmp_path / "other", known, {"cell": 1, "background": 0}))
    assert read.class_names == ("background", "cell")
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
        "blurred": (image, None),
    }
    root = folder(tmp_path / "set", made)
    Image.fromarray(mask * 2).save(root / "masks" / "blurred.jpg", quality=30)
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
    assert told["blurred.jpg"].endswith("JPEG mixes neighbours: write masks as PNG")


def test_of_two_files_of_one_name_one_is_told(tmp_path, pairs):
    root = folder(tmp_path / "set", pairs)
    Image.fromarray(pairs["p2"][0]).save(root / "images" / "p2.bmp")
    read = masks.read(root)
    assert len(read.paths) == 2
    assert [(one.path, one.reason) for one in read.skipped] == [
        (str(root / "images" / "p2.png"), "another file beside it has its name")
    ]


def test_an_unknown_colour_is_named(tmp_path, pairs):
    image, _ = pairs["p2"]
    blue = np.zeros((9, 12, 3), np.uint8)
    blue[4, 5] = (0, 0, 255)
    with pytest.raises(ValueError, match="#0000ff at row 4, column 5"):
        masks.read(folder(tmp_path / "set", {"a": (image, blue)}, {"background": "#000000", "cell": "#ff0000"}))


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
    with pytest.raises(FileNotFoundError, match="has no folder images/ with pictures in it"):
        masks.read(folder(tmp_path / "void", {}))
    with pytest.raises(FileNotFoundError, match="has no folder masks/ with pictures in it"):
        masks.read(folder(tmp_path / "half", {"a": (pairs["p2"][0], None)}))


def test_masks_of_the_scenes_are_the_objects_that_show():
    drawn = shapes.scenes("train", count=20, seed=3)
    images, labels = shapes.masks("train", count=20, seed=3)
    assert np.array_equal(images, drawn.images)
    for mask, truth, own in zip(labels, drawn.truth, drawn.masks, strict=True):
        for row, pixels in zip(truth, own, strict=True):
            assert (mask[pixels] == row[4] + 1).all()
        assert not mask[~own.any(0)].any()


def scenes(count=12, size=32, seed=0):
    images, drawn = shapes.masks("train", count=count, size=size, seed=seed)
    return {f"s{n}": (image, mask) for n, (image, mask) in enumerate(zip(images, drawn, strict=True))}


def read_splits(root, **options):
    return splits(root, cache=False, **options)


def arrays(part):
    images, labels = zip(*part.as_numpy_iterator(), strict=True)
    return np.stack(images), np.stack(labels)


def test_splits_sees_masks_by_itself_and_divides_by_hash(tmp_path):
    made = scenes()
    parts = read_splits(folder(tmp_path / "set", made, shapes.MASK_NAMES), validation=0.25)
    assert (parts.kind, parts.class_names, parts.image) == ("segmentation", list(shapes.MASK_NAMES), (32, 32, 3))
    assert "12 pairs in images/ and masks/" in parts.layout
    assert len(parts.train) + len(parts.validation) == 12 and len(parts.validation) >= 2 and parts.test is None
    for part in (parts.train, parts.validation):
        for image, mask in part.as_numpy_iterator():
            assert mask.dtype == np.uint8
            assert any(np.array_equal(image, one) and np.array_equal(mask, other) for one, other in made.values())
    again = read_splits(tmp_path / "set", validation=0.25)
    assert again.train.listing.paths == parts.train.listing.paths


def test_a_size_letterboxes_and_nobody_knows_the_frame(tmp_path, pairs):
    parts = read_splits(folder(tmp_path / "set", pairs), size=16, validation=0.0)
    images, labels = arrays(parts.train)
    assert labels.shape == (2, 16, 16)
    assert (labels[:, :2] == 255).all() and (labels[:, 14:] == 255).all() and (labels[:, 2:14] < 3).all()
    assert (images[:, :2] == 128).all()
    read = masks.read(tmp_path / "set", size=16)
    assert {one.tobytes() for one in read.masks} == {one.tobytes() for one in labels}


@pytest.mark.parametrize(
    ("images", "labels", "name"),
    [("{}/images", "{}/masks", "{}.png"), ("images/{}", "masks/{}", "{}.png"), ("{}", "{}_masks", "{}_mask.png")],
)
def test_parts_as_people_lay_them(tmp_path, images, labels, name):
    made = scenes(9)
    for part, rows in (("train", (0, 1, 2, 3)), ("valid", (4, 5)), ("test", (6, 7, 8))):
        for place, what in ((images, 0), (labels, 1)):
            (tmp_path / place.format(part)).mkdir(parents=True, exist_ok=True)
            for number in rows:
                file = name.format(number) if what else f"{number}.png"
                Image.fromarray(made[f"s{number}"][what]).save(tmp_path / place.format(part) / file)
    (tmp_path / "classes.json").write_text(json.dumps(shapes.MASK_NAMES))
    parts = read_splits(tmp_path)
    assert parts.kind == "segmentation"
    assert [len(part) for part in (parts.train, parts.validation, parts.test)] == [4, 2, 3]
    wanted = {made[f"s{n}"][1].tobytes() for n in (6, 7, 8)}
    assert {mask.tobytes() for _, mask in parts.test.as_numpy_iterator()} == wanted
    if images == "{}/images":  # a part alone finds the names beside it
        assert len(masks.read(tmp_path / "valid").masks) == 2


def test_masks_side_by_side_as_roboflow_exports_them(tmp_path):
    made = scenes(6)
    for part, rows in (("train", (0, 1, 2, 3)), ("valid", (4, 5))):
        (tmp_path / part).mkdir()
        for number in rows:
            image, mask = made[f"s{number}"]
            Image.fromarray(image).save(tmp_path / part / f"{number}.jpg")
            Image.fromarray(mask).save(tmp_path / part / f"{number}_mask.png")
        lines = [f"{number}, {name}" for number, name in enumerate(shapes.MASK_NAMES)]
        (tmp_path / part / "_classes.csv").write_text("\n".join(["Pixel Value, Class", *lines]))
    parts = read_splits(tmp_path)
    assert (parts.kind, parts.class_names) == ("segmentation", list(shapes.MASK_NAMES))
    assert [len(part) for part in (parts.train, parts.validation)] == [4, 2] and not parts.skipped
    for table in tmp_path.glob("*/_classes.csv"):
        table.unlink()
    with pytest.raises(ValueError, match="has no masks"):
        read_splits(tmp_path, kind="segmentation")


def test_where_there_are_boxes_too_the_masks_are_asked_for(tmp_path, pairs):
    root = folder(tmp_path / "set", pairs)
    (root / "images" / "p2.txt").write_text("0 0.5 0.5 0.2 0.2")
    assert recognise(root).kind == "detection"
    assert read_splits(root, kind="segmentation").kind == "segmentation"
    (root / "masks").rename(root / "SegmentationClass")
    (root / "SegmentationObject").mkdir()  # as VOC has it, of things and not of classes
    Image.fromarray(pairs["p2"][1] * 0 + 9).save(root / "SegmentationObject" / "p2.png")
    assert not read_splits(root, kind="segmentation").skipped


def test_folders_that_only_sound_like_masks_are_classes(tmp_path):
    for name in ("mask", "no_mask", "face"):
        (tmp_path / name).mkdir()
        for number in range(3):
            Image.new("RGB", (8, 8), (number, 0, 0)).save(tmp_path / name / f"{number}.png")
    assert read_splits(tmp_path).class_names == ["face", "mask", "no_mask"]


def test_the_network_numbers_the_classes(tmp_path, pairs):
    root = folder(tmp_path / "set", pairs)
    parts = read_splits(root, class_names=["plate", "background", "cell"], validation=0.0, size=(9, 12))
    turned = np.array([1, 2, 0], np.uint8)
    own = {turned[mask].tobytes() for _, mask in pairs.values()}
    assert {mask.tobytes() for _, mask in parts.train.as_numpy_iterator()} == own
    with pytest.raises(ValueError, match=r"than background, cell, wing: 'plate' is known .*classes\.json alone"):
        read_splits(root, class_names=["background", "cell", "wing"])


def test_other_images_for_the_test_and_groups(tmp_path):
    made = {f"{'ab'[n % 2]}_{name}": pair for n, (name, pair) in enumerate(scenes(10).items())}
    root = folder(tmp_path / "set", made, shapes.MASK_NAMES)
    other = folder(tmp_path / "other", scenes(3, size=48, seed=5), shapes.MASK_NAMES)
    parts = set_apart(read_splits(root), test=str(other), group=r"/([abs])[^/]*$")
    assert arrays(parts.test)[1].shape == (3, 32, 32)
    held_out = [{one.rsplit("/")[-1][0] for one in part.listing.paths} for part in (parts.train, parts.validation)]
    assert not held_out[0] & held_out[1]
    for path, mask in zip(parts.train.listing.paths, arrays(parts.train)[1], strict=True):
        assert np.array_equal(mask, made[path.rsplit("/")[-1][:-4]][1])


def test_shapes_have_masks_by_name():
    parts = splits("shapes", kind="segmentation", count=10, size=32)
    images, labels = shapes.masks("test", count=10, size=32)
    assert parts.class_names == list(shapes.MASK_NAMES)
    found = arrays(parts.test)
    assert np.array_equal(found[0], images) and np.array_equal(found[1], labels)
    assert len(parts.validation) == 2


def only(pair, root, classes=("background", "cell")):
    return folder(root, {"a": pair, "b": pair}, classes)


def test_what_teaches_nothing_is_refused(tmp_path, pairs):
    image, mask = pairs["p2"]
    with pytest.raises(ValueError, match=r"show background alone, and two classes or more are to be told apart$"):
        read_splits(only((image, mask * 0), tmp_path / "empty"))
    with pytest.raises(ValueError, match=r'show background alone.*255 is "not known".*"#ffffff"'):
        read_splits(only((image, np.where(mask, 255, 0).astype(np.uint8)), tmp_path / "binary"))
    painted = only(
        (image, np.where(mask, 255, 0).astype(np.uint8)), tmp_path / "told", {"g": "#000000", "c": "#ffffff"}
    )
    assert set(np.unique(arrays(read_splits(painted, size=(9, 12)).train)[1])) == {0, 1}
    (tmp_path / "boxes").mkdir()
    Image.fromarray(image).save(tmp_path / "boxes" / "a.png")
    (tmp_path / "boxes" / "a.txt").write_text("0 0.5 0.5 0.2 0.2")
    with pytest.raises(ValueError, match="boxes has no masks: give a folder with images/, masks/ that have"):
        read_splits(tmp_path / "boxes", kind="segmentation")
    with pytest.raises(ValueError, match="digits has no masks"):
        splits("digits", kind="segmentation")
