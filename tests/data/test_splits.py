"""Which image is in which part: by hash, each class alike, stable, and warned of where it leaks."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from ccv import data
from ccv.data.boxes.assign import assign

FOLDER = str(Path(__file__).parent)


def pixels(dataset):
    return {image.tobytes() for image, _ in dataset.as_numpy_iterator()}


def test_every_class_is_divided_alike():
    names = [f"{group}/{index}" for group in "ab" for index in range(50)]
    parts = np.array(assign(names, [name[0] for name in names], 0, 0.2, 0.1)).reshape(2, 50)
    for row in parts:
        assert [np.count_nonzero(row == part) for part in ("train", "validation", "test")] == [35, 10, 5]


def test_other_classes_order_and_seed():
    names = [f"a/{index}" for index in range(50)]
    before = dict(zip(names, assign(names, ["a"] * 50, 0, 0.2, 0.1), strict=True))
    more = [f"b/{index}" for index in range(7)] + names[::-1]
    after = dict(zip(more, assign(more, [name[0] for name in more], 0, 0.2, 0.1), strict=True))
    assert all(after[name] == part for name, part in before.items())
    assert assign(names, ["a"] * 50, 1, 0.2, 0.1) != list(before.values())
    test_before = {name for name, part in before.items() if part == "test"}
    other = assign(names, ["a"] * 50, 0, 0.5, 0.1)
    assert test_before == {name for name, part in zip(names, other, strict=True) if part == "test"}


def test_a_new_file_moves_at_most_one_other_across_each_border():
    names = [f"a/{index}" for index in range(50)]
    before = assign(names, ["a"] * 50, 0, 0.2, 0.1)
    after = assign([*names, "a/new"], ["a"] * 51, 0, 0.2, 0.1)
    assert sum(x != y for x, y in zip(before, after[:-1], strict=True)) <= 2


@pytest.mark.parametrize(
    ("count", "expected"), [(1, (1, 0, 0)), (2, (1, 0, 1)), (3, (1, 1, 1)), (4, (2, 1, 1)), (0, (0, 0, 0))]
)
def test_small_classes_keep_something_to_train_on(count, expected):
    parts = assign([str(index) for index in range(count)], [0] * count, 0, 0.2, 0.1)
    assert tuple(parts.count(part) for part in ("train", "validation", "test")) == expected


def test_accents_of_macos_are_those_of_everybody_else():
    names = ["a/caf\u00e9.jpg", "a/tea.jpg", "a/milk.jpg"]
    other = ["a/cafe\u0301.jpg", "a/tea.jpg", "a/milk.jpg"]
    for seed in range(5):
        assert assign(names, [0] * 3, seed, 0.4, 0) == assign(other, [0] * 3, seed, 0.4, 0)


def test_a_folder_in_another_place_is_divided_alike(made):
    root = made.tree(made.root, suffix=".png")
    moved = shutil.copytree(root, root.parent / "moved")
    one, two = data.splits(root, test=0.2), data.splits(moved, test=0.2)
    for part in ("train", "validation", "test"):
        first = [image.tobytes() for image, _ in getattr(one, part).as_numpy_iterator()]
        assert first == [image.tobytes() for image, _ in getattr(two, part).as_numpy_iterator()]
    assert (len(one.train), len(one.validation), len(one.test)) == (12, 4, 4)
    assert not pixels(one.train) & (pixels(one.validation) | pixels(one.test))
    assert one.class_names == ["cat", "dog"] == one.train.class_names
    assert (one.name, one.skipped) == (str(root), [])


def test_without_a_test_there_is_none(made):
    parts = data.splits(made.tree(made.root), size=8)
    assert parts.test is None
    assert (len(parts.train), len(parts.validation)) == (16, 4)
    assert len(data.splits(made.root, size=8, validation=0).validation) == 0


@pytest.mark.parametrize("names", [("train", "val", "test"), ("Training", "valid", "testing"), ("train", "test")])
def test_folders_that_are_splits(made, names):
    for index, name in enumerate(names):
        made.tree(made.root / name, count=10 - 3 * index, suffix=".png", height=8 + index)
    parts = data.splits(made.root, size=8, test=0.5)
    assert parts.class_names == ["cat", "dog"]
    expected = (20, 14, 8) if len(names) == 3 else (16, 4, 14)
    assert (len(parts.train), len(parts.validation), len(parts.test)) == expected


def test_one_class_called_train_is_a_class_two_parts_never_are(made):
    """The class as of a railway: without another level of folders below."""
    made.tree(made.root / "vehicles", ("train", "bus"), count=4)
    assert data.splits(made.root / "vehicles").class_names == ["bus", "train"]
    made.tree(made.root / "flat", ("train", "test"), count=4)
    with pytest.raises(ValueError, match="holds 8 images in test, train but no class folders"):
        data.splits(made.root / "flat")
    made.tree(made.root / "untrained" / "test", count=4)
    with pytest.raises(ValueError, match="has the parts test and none to train on"):
        data.splits(made.root / "untrained")


@pytest.mark.parametrize("beside", ["unlabeled", "pred", "__MACOSX", "docs"])
@pytest.mark.parametrize("around", ["", "archive/photos"])
def test_parts_are_parts_whatever_lies_beside_or_around_them(made, beside, around):
    for name in ("train", "valid", "Test"):
        made.tree(made.root / around / name, count=4)
    made.tree(made.root / beside, ("pages",), count=3)
    made.tree(made.root / around / beside, (".",), count=2)
    parts = data.splits(made.root, size=8, cache=False)
    assert parts.class_names == ["cat", "dog"]
    assert (len(parts.train), len(parts.validation), len(parts.test)) == (8, 8, 8)
    told = [one.reason for one in parts.skipped]
    images = sum(int(reason.split()[1]) for reason in told)
    assert images == (0 if beside == "__MACOSX" else 5) and all("lie in no part" in reason for reason in told)


def test_a_part_in_a_folder_of_its_own_name(made):
    made.tree(made.root / "training_set" / "training_set", count=4)
    made.tree(made.root / "test_set" / "test_set", count=2)
    parts = data.splits(made.root, size=8, validation=0.25, cache=False)
    assert (parts.class_names, len(parts.train), len(parts.test)) == (["cat", "dog"], 6, 4)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("IMG_1.HEIC", b"\0\0\0\x18ftypheic", "HEIC is not read: convert it to JPEG or PNG"),
        ("b.avif", b"", "AVIF is not read"),
        ("scan.jp2", b"", "JPEG 2000 is not read"),
        ("photo.jpg_large", b"\xff\xd8\xff\xe0....", "it holds JPEG, and its name ends in no suffix of images"),
        ("download", b"\x89PNG\r\n\x1a\n", "it holds PNG"),
        ("phone", b"\0\0\0\x18ftypheic", "it holds HEIC"),
    ],
)
def test_what_looks_like_an_image_and_is_not_read_is_named(made, caplog, name, content, why):
    made.tree(made.root, count=3)
    (made.root / "dog" / name).write_bytes(content)
    (made.root / "dog" / "notes.txt").write_text("II*")
    (one,) = data.splits(made.root, size=8, cache=False).skipped
    assert one.path.endswith(name) and why in one.reason
    assert "1 images left out" in caplog.text


def test_a_class_that_is_only_tested_is_left_out(made, caplog):
    made.tree(made.root / "train", count=4)
    made.tree(made.root / "test", ("cat", "dog", "fox"), count=2)
    parts = data.splits(made.root)
    assert parts.class_names == ["cat", "dog"]
    assert len(parts.test) == 4
    assert [one.reason for one in parts.skipped] == ["its class 'fox' has no image to train on"] * 2


def test_the_same_file_in_two_parts_is_warned_of(made, caplog):
    made.tree(made.root / "train", count=4)
    made.tree(made.root / "test", count=1, height=23)
    shutil.copy(made.root / "train" / "cat" / "001.jpg", made.root / "test" / "cat" / "again.jpg")
    data.splits(made.root, size=8, validation=0)
    assert "1 files lie in more than one part" in caplog.text
    assert "again.jpg (test)" in caplog.text


def test_unequal_files_are_not(made, caplog):
    data.splits(made.tree(made.root), size=8)
    assert caplog.text == ""


@pytest.mark.parametrize("name", ["xo", "digits", "glyphs", "textures"])
def test_names_are_divided_too(name):
    import tensorflow as tf

    options = {"xo": {"n": 100}, "digits": {}}.get(name, {"count": 120 if name == "textures" else 96})
    parts = data.splits(name, size=16, channels=3, validation=0.25, **options)
    images, labels = data.arrays(name, "train", **options)
    assert len(parts.train) + len(parts.validation) == len(images)
    assert len(parts.test) == len(data.arrays(name, "test", **options)[1])
    for part in (parts.train, parts.validation, parts.test):
        assert part.element_spec == (tf.TensorSpec((16, 16, 3), tf.uint8), tf.TensorSpec((), tf.int64))
    image = next(parts.train.as_numpy_iterator())[0]
    assert image.max() > 150
    assert parts.class_names == data.class_names(name)
    counts = np.bincount([label for _, label in parts.validation.as_numpy_iterator()], minlength=len(parts.class_names))
    assert np.abs(counts - 0.25 * np.bincount(labels)).max() <= 1


def test_a_named_set_is_resized_where_it_cannot_draw_the_size():
    parts = data.splits("xo", n=8, size=(9, 18), channels=1)
    assert parts.train.element_spec[0].shape == (9, 18, 1)
    grey = data.splits("textures", count=120, channels=1)
    assert grey.train.element_spec[0].shape == (32, 32, 1)


@pytest.mark.parametrize(
    ("name", "options", "error", "message"),
    [
        ("digts", {}, ValueError, "there is no data set or folder called 'digts': did you mean 'digits'?"),
        ("/nowhere/photos", {}, FileNotFoundError, "there is no folder /nowhere/photos"),
        (7, {}, TypeError, "give the name of a data set or the path of a folder, not 7"),
        ("digits", {"margn": 1}, TypeError, "did you mean 'margin'?"),
        (
            FOLDER,
            {"clas_names": 1},
            TypeError,
            "no option of a folder called 'clas_names': did you mean 'class_names'?",
        ),
        ("digits", {"size": -1}, ValueError, "size=-1 must be"),
        ("digits", {"channels": 2}, ValueError, "channels=2 must be"),
        ("digits", {"validation": 2}, ValueError, "validation=2 must be"),
        ("tf_flowers", {}, ValueError, "the photographs of tf_flowers have many sizes: give size=224"),
    ],
)
def test_mistakes_are_one_clear_sentence(name, options, error, message):
    with pytest.raises(error) as raised:
        data.splits(name, **options)
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)
