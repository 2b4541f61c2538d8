"""VOC trees: what is read, letterboxed, divided, put right, and left out, each with a word for it."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from voc_trees import add, annotation, drawn, thing, write_lists

from ccv import data
from ccv.data import facts

BCCD = Path(os.environ.get("CCV_DATA", "/nowhere")) / "bccd"


def only(root, **options):
    """The image, the real rows of the truth, and the dataset of a tree of one image."""
    dataset = data.voc(root, "all", cache=False, **options)
    image, truth = next(dataset.as_numpy_iterator())
    return image, truth[truth[:, 4] >= 0], dataset


def done(dataset):
    return [one.done for one in dataset.repaired]


def white(image):
    """The box of the white pixels, as parts of the sides."""
    rows, columns = np.nonzero(image[..., 0] > 150)
    height, width = image.shape[:2]
    return np.array(
        [columns.min() / width, rows.min() / height, (columns.max() + 1) / width, (rows.max() + 1) / height]
    )


def test_vocs_pixels_count_from_one(tmp_path):
    add(tmp_path, "a")
    image, truth, dataset = only(tmp_path, size=(48, 64))
    assert dataset.class_names == ["cat", "dog"]
    np.testing.assert_allclose(truth[:, :4] * [64, 48, 64, 48], [[10, 4, 30, 24], [40, 20, 60, 44]], atol=1e-5)
    assert truth[:, 4].tolist() == [0, 1] and truth.dtype == np.float32
    for x_min, y_min, x_max, y_max in ((10, 4, 30, 24), (40, 20, 60, 44)):
        assert (image[y_min:y_max, x_min:x_max] == 255).all()
    assert (image == 255).sum() == 3 * (20 * 20 + 20 * 24)
    assert dataset.repaired == dataset.skipped == []
    assert dataset.annotations[0].boxes.tolist() == [[10, 4, 30, 24], [40, 20, 60, 44]]
    assert dataset.annotations[0].areas.tolist() == [400, 480]


@pytest.mark.parametrize("size", [32, (24, 96), (100, 40), (7, 64)])
@pytest.mark.parametrize("shape", [(48, 64), (60, 30)], ids=str)
def test_the_letterbox_keeps_the_shape_and_the_boxes_fit_the_pixels(tmp_path, size, shape):
    height, width = shape
    box = (width // 4, height // 3, width // 4 * 3, height // 3 * 2)
    add(tmp_path, "a", annotation(thing("cat", box[0] + 1, box[1] + 1, *box[2:]), size=shape),
        drawn(box, height=height, width=width))  # fmt: skip
    image, truth, _ = only(tmp_path, size=size)
    high, wide = (size, size) if isinstance(size, int) else size
    assert image.shape == (high, wide, 3)
    inner = image != 128
    rows, columns = (np.flatnonzero(inner.any(axis)) for axis in ((1, 2), (0, 2)))
    scale = min(high / height, wide / width)
    assert len(rows) == round(height * scale) and len(columns) == round(width * scale)
    assert rows[0] == (high - len(rows)) // 2 and columns[0] == (wide - len(columns)) // 2
    assert np.abs((white(image) - truth[0, :4]) * [wide, high, wide, high]).max() <= 1


def test_the_letterbox_is_the_detectors(tmp_path):
    from ccv.detection.letterbox import letterbox

    photo = Image.fromarray(np.random.default_rng(0).integers(0, 256, (45, 31, 3), dtype=np.uint8))
    add(tmp_path, "a", annotation(thing("cat", 2, 3, 9, 14), size=(45, 31)), photo)
    image, _, _ = only(tmp_path, size=(20, 50))
    detected = np.asarray(letterbox(np.asarray(photo), (20, 50)))
    assert np.abs(image.astype(int) - detected).max() <= 1


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("told", ["upright", "stored"])
def test_exif_turns_image_and_boxes(tmp_path, orientation, told):
    """The annotation's size tells whether its boxes are of the picture as stored, where turning changes the sides."""
    turned = orientation > 4
    exif = Image.Exif()
    exif[facts.ORIENTATION] = orientation
    stored = drawn((6, 8, 20, 40), height=60, width=40)
    path = tmp_path / "stored.png"
    stored.save(path, exif=exif)
    from PIL import ImageOps

    upright = np.asarray(ImageOps.exif_transpose(Image.open(path)))
    height, width = upright.shape[:2]
    true = white(upright)
    if told == "stored" and turned:
        box, size = (7, 9, 20, 40), (60, 40)
    else:
        edges = np.rint(true * [width, height, width, height]).astype(int)
        box, size = (edges[0] + 1, edges[1] + 1, edges[2], edges[3]), (height, width)
    add(tmp_path / "tree", "a", annotation(thing("cat", *box), size=size), stored, exif=exif)
    image, truth, dataset = only(tmp_path / "tree", size=(height, width))
    np.testing.assert_allclose(truth[0, :4], true, atol=1e-6)
    np.testing.assert_array_equal(image, upright)
    assert done(dataset) == (["the boxes are of the image as stored, 40 x 60: turned with it by EXIF"] if
                             told == "stored" and turned else [])  # fmt: skip


CAT = thing("cat", 11, 5, 30, 24)
CASES = {
    "swapped": (annotation(thing("cat", 30, 24, 11, 5)), "swapped: put in order"),
    "past the border": (annotation(thing("cat", 11, 5, 90, 70)), "reaches past the image, 64 x 48: cut"),
    "outside": (annotation(CAT, thing("cat", 70, 5, 90, 20)), "lies outside of the image: dropped"),
    "no area": (annotation(CAT, thing("cat", 11, 5, 11, 24)), "has no area: dropped"),
    "no size": (annotation(CAT, size=""), "no size is given: 64 x 48 read from the image"),
    "wrong size": (annotation(CAT, size=(30, 20)), "the size is given as 20 x 30, the image has 64 x 48"),
    "no difficult": (annotation(thing("cat", 11, 5, 30, 24, difficult="")), "is not told to be difficult or not"),
    "odd difficult": (
        annotation(thing("cat", 11, 5, 30, 24, difficult="<difficult>Unspecified</difficult>")),
        "has difficult='Unspecified': taken as 0",
    ),
    "no suffix": (annotation(CAT, filename="a"), "there is no image 'a' of it: a.png taken"),
    "wrong suffix": (annotation(CAT, filename="a.jpg"), "there is no image 'a.jpg' of it: a.png taken"),
    "no file name": (annotation(CAT, filename=""), "no file name is given: a.png taken"),
    "twice": (annotation(CAT, CAT), "is there twice: one dropped"),
    "no box": (annotation(CAT, "<object><name>cat</name></object>"), "has no number as xmin, ymin, xmax, ymax"),
    "not a number": (annotation(CAT, thing("cat", 1, "nan", 30, "many")), "has no number as ymin, ymax: dropped"),
    "no name": (annotation(CAT, thing("", 1, 1, 9, 9)), "object 2 has no name: dropped"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_wrong_is_put_right_and_told(tmp_path, case):
    xml, told = CASES[case]
    add(tmp_path, "a", xml)
    _, truth, dataset = only(tmp_path, size=(48, 64))
    expected = [10, 4, 64, 48] if case == "past the border" else [10, 4, 30, 24]
    np.testing.assert_allclose(truth[:, :4] * [64, 48, 64, 48], [expected], atol=1e-5)
    (one,) = dataset.repaired
    assert told in one.done and one.path.endswith("a.xml")
    assert dataset.skipped == []


def test_what_needs_no_word_gets_none(tmp_path):
    extra = "<path>C:\\odd\\a.png</path><owner><name>x</name></owner><segmented>7</segmented>"
    part = "<part><name>head</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox></part>"
    with_part = thing("cat", "11.0", "5", " 30 ", "24.0").replace("</object>", f"{part}</object>")
    add(tmp_path, "a", annotation(extra, with_part, thing("cat", 0, 1, 65, 48), filename=r"C:\odd\a.png"))
    _, truth, dataset = only(tmp_path, size=(48, 64))
    np.testing.assert_allclose(truth[:, :4] * [64, 48, 64, 48], [[10, 4, 30, 24], [0, 0, 64, 48]], atol=1e-5)
    assert dataset.repaired == []


BILLION = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><annotation>&b;</annotation>'
REFUSED = {
    "broken": ("<annotation><object>", "it is no XML: no element found"),
    "empty": ("", "it is no XML"),
    "another": ("<html></html>", "it begins with <html>, not with <annotation>"),
    "entities": (BILLION, "it declares a document type"),
    "image missing": (annotation(CAT, filename="x.png"), "its image is not in JPEGImages: neither b nor x.png"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_used_is_left_out_and_told(tmp_path, case):
    xml, told = REFUSED[case]
    add(tmp_path, "a")
    add(tmp_path, "b", xml)
    if case == "image missing":
        (tmp_path / "JPEGImages" / "b.png").unlink()
    _, _, dataset = only(tmp_path, size=32)
    assert len(dataset) == 1
    (one,) = dataset.skipped
    assert told in one.reason and one.path.endswith("b.xml")


def test_utf16_hides_no_document_type(tmp_path):
    add(tmp_path, "a")
    add(tmp_path, "b")
    (tmp_path / "Annotations" / "b.xml").write_bytes(
        ("<?xml version='1.0' encoding='utf-16'?>" + BILLION).encode("utf-16")
    )
    (one,) = data.voc(tmp_path, "all", size=32, cache=False).skipped
    assert "document type" in one.reason


def test_a_damaged_image_is_left_out(tmp_path):
    add(tmp_path, "a")
    add(tmp_path, "b")
    path = tmp_path / "JPEGImages" / "b.png"
    path.write_bytes(path.read_bytes()[:60])
    dataset = data.voc(tmp_path, "all", size=32, cache=False)
    assert len(dataset) == 1 and dataset.skipped[0].path == str(path)


def test_classes_that_are_asked_for(tmp_path):
    add(tmp_path, "a")
    _, truth, dataset = only(tmp_path, size=32, class_names=["bird", "dog"])
    assert truth[:, 4].tolist() == [1] and dataset.class_names == ["bird", "dog"]
    assert done(dataset) == ["'cat' is none of the classes: dropped"]
    with pytest.raises(ValueError, match="has no object of bird: its classes are cat, dog"):
        data.voc(tmp_path, class_names=["bird"], cache=False)
    with pytest.raises(ValueError, match="names a class twice"):
        data.voc(tmp_path, class_names=["dog", "dog"], cache=False)


def test_difficult_objects(tmp_path):
    hard = thing("dog", 41, 21, 60, 44, difficult="<difficult>1</difficult>")
    add(tmp_path, "a", annotation(hard, CAT))
    write_lists(tmp_path, trainval=["a"])
    training = data.voc(tmp_path, "trainval", size=32, cache=False)
    assert training.truth[0, :, 4].tolist() == [0, -1] and not training.difficult.any()
    assert training.annotations[0].difficult.tolist() == [True, False]
    kept = data.voc(tmp_path, "trainval", size=32, cache=False, difficult=True)
    assert kept.truth[0, :, 4].tolist() == [1, 0] and kept.difficult.tolist() == [[True, False]]
    np.testing.assert_array_equal(next(kept.as_numpy_iterator())[1], kept.truth[0])
    write_lists(tmp_path, trainval=[], test=["a"])
    assert data.voc(tmp_path, "test", size=32, cache=False).difficult.tolist() == [[True, False]]


def names(dataset):
    return [Path(one.path).stem for one in dataset.annotations]


def test_lists_divide(tmp_path):
    stems = [f"img {n}" for n in range(6)]
    for stem in stems:
        add(tmp_path, stem)
    write_lists(
        tmp_path,
        train=[f"{stems[0]}  1", stems[1], f"{stems[1]}.png"],
        val=[stems[2]],
        trainval=stems[:3],
        test=stems[3:5],
    )
    read = {
        split: names(data.voc(tmp_path, split, size=16, cache=False)) for split in ("train", "val", "trainval", "test")
    }
    assert (read["train"], read["val"], read["test"]) == (stems[:2], stems[2:3], stems[3:5])
    parts = data.splits(tmp_path, size=16, cache=False)
    assert (parts.kind, parts.validation, names(parts.test)) == ("detection", None, stems[3:5])
    assert sorted(names(parts.train)) == sorted(read["trainval"])
    parts = data.splits(tmp_path, size=16, cache=False, validation=0.2)
    assert (names(parts.train), names(parts.validation)) == (read["train"], read["val"])


def test_without_lists_a_hash_divides(tmp_path):
    for number in range(10):
        add(tmp_path / "VOCdevkit" / "VOC2007", f"{number}")
    parts = data.splits(tmp_path, size=16, validation=0.2, test=0.3, cache=False)
    assert (len(parts.train), len(parts.validation), len(parts.test)) == (5, 2, 3)
    everything = names(parts.train) + names(parts.validation) + names(parts.test)
    assert sorted(everything) == [str(number) for number in range(10)]
    assert names(data.voc(tmp_path, "val", size=16, test=0.3, cache=False)) == names(parts.validation)
    with pytest.raises(ValueError, match=r"has no test part: give test=0\.2"):
        data.voc(tmp_path, "test", size=16, cache=False)


def test_one_size_for_all(tmp_path):
    """The median proportions, and sides that the detector's stride divides."""
    for number, (height, width) in enumerate([(60, 80), (75, 100), (60, 81), (90, 30)]):
        box = annotation(thing("cat", 5, 5, 20, 20), size=(height, width))
        add(tmp_path, f"{number}", box, drawn(height=height, width=width))
    assert data.voc(tmp_path, "all", cache=False).element_spec[0].shape == (192, 256, 3)
    paths = sorted((tmp_path / "JPEGImages").iterdir())
    assert data.natural_size(paths) == (192, 256)
    assert data.natural_size(paths[3:], long_side=100, stride=16) == (96, 32)
    with pytest.raises(ValueError, match="needs the paths of images"):
        data.natural_size([tmp_path])


@pytest.mark.parametrize(
    ("make", "kind", "message"),
    [
        (lambda root: root / "none", FileNotFoundError, "there is no folder"),
        (lambda root: root, ValueError, "is no Pascal VOC tree"),
        (
            lambda root: [add(root / f"VOC{year}", "a") for year in (2007, 2012)] and root,
            ValueError,
            "holds 2 VOC trees",
        ),
        (lambda root: add(root, "a", annotation()) or root, ValueError, "has no object in any of its 1 annotations"),
    ],
)
def test_paths_that_are_no_tree(tmp_path, make, kind, message):
    with pytest.raises(kind, match=message):
        data.voc(make(tmp_path), cache=False)


def test_folders_of_classes_are_still_that(made):
    made.tree(made.root, ("Annotations", "dog"))
    assert data.splits(made.root, size=16).kind == "classification"


@pytest.mark.skipif(
    not BCCD.is_dir(), reason="set CCV_DATA to a folder that has bccd/BCCD: real photographs with boxes"
)
def test_real_photographs(tmp_path):
    """364 images of 480 x 640; two of the boxes in it have no area."""
    parts = data.splits(BCCD, size=64, cache=tmp_path)
    assert (len(parts.train), len(parts.test), parts.class_names) == (292, 72, ["Platelets", "RBC", "WBC"])
    assert [one.done[-20:] for one in parts.repaired] == ["has no area: dropped"] * 2 and parts.skipped == []
    truth = parts.train.truth
    there = truth[..., 4] >= 0
    assert there.sum() + (parts.test.truth[..., 4] >= 0).sum() == 4886
    sides = truth[there][:, 2:4] - truth[there][:, :2]
    assert (sides > 0).all() and truth[there][:, 1].min() >= 8 / 64 - 1e-6  # the frame is 8 of 64 above and below
    image, _ = next(parts.train.as_numpy_iterator())
    assert (image[:8] == 128).all() and (image[-8:] == 128).all() and image[8:-8].std() > 10
