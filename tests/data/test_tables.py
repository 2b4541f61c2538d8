"""Tables of labels as people have them: what is read, what is left out and told, and what is refused in a sentence."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ccv import data

PETS = {"a": (1, 0), "b": (0, 1), "c": (1, 1), "d": (0, 0), "e": (1, 0), "f": (0, 1)}  # cat, dog
PARTS = {"train": "abcd", "valid": "ec", "test": "fc"}


def images(folder, names, suffix=".png"):
    folder.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(names):
        Image.new("RGB", (8, 6), (40 * number, 9, 200)).save(folder / f"{name}{suffix}")


def table(path, rows, header="filename,cat,dog"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path.parent


def rows(names="abcdef", suffix=".png"):
    return [f"{name}{suffix},{PETS[name][0]},{PETS[name][1]}" for name in names]


def read(path, **options):
    return data.splits(path, cache=False, **{"validation": 0.0, **options})


def labels(part):
    """The labels by the name of the image."""
    return {Path(path).stem: tuple(row) for path, row in zip(part.listing.paths, part.listing.labels, strict=True)}


def roboflow(root, **tables):
    for part, names in PARTS.items():
        images(root / part, names)
        table(root / part / "_classes.csv", rows(names), tables.get(part, "filename, cat, dog"))
    return root


def test_roboflows_export_of_several_labels_is_read(tmp_path):
    parts = read(roboflow(tmp_path), size=4)
    assert (parts.kind, parts.class_names) == ("multilabel", ["cat", "dog"])
    assert labels(parts.train) == {name: PETS[name] for name in "abcd"}
    assert labels(parts.validation) == {name: PETS[name] for name in "ec"}
    assert labels(parts.test) == {name: PETS[name] for name in "fc"}
    image, label = next(iter(parts.train.as_numpy_iterator()))
    assert image.shape == (4, 4, 3) and label.dtype == np.float32 and label.shape == (2,)
    assert parts.layout.startswith("images with several labels: 3 _classes.csv have a column of 0 and 1 for each of 2")
    assert parts.skipped == []


FORMS = {
    "columns at the root": ("labels.csv", "filename,cat,dog", lambda n, y: f"{n}.png,{y[0]},{y[1]}"),
    "of pandas, with true and false": (
        "pets.csv", ",image,cat,dog", lambda n, y: f"7,{n}.png,{bool(y[0])},{bool(y[1])}",
    ),
    "names without suffix, floats": ("train_pets.csv", "image_id,cat,dog", lambda n, y: f"{n},{y[0]:.1f},{y[1]:.1f}"),
    "paths, semicolons, a column of ages": (
        "l.csv", "path;age;cat;dog", lambda n, y: f"images\\{n}.png;{ord(n)};{y[0]};{y[1]}",
    ),
    "one column, upright bars": ("l.csv", "Image Index,Finding Labels", lambda n, y: f"{n}.png,{tags(y, '|')}"),
    "one column, semicolons": ("l.csv", "file,tags", lambda n, y: f"{n}.png,{tags(y, ';')}"),
    "one column, commas": ("l.csv", "file,labels", lambda n, y: f'{n}.png,"{tags(y, ", ")}"'),
    "one column, spaces": ("l.csv", "image_name,tags", lambda n, y: f"{n},{tags(y, ' ')}"),
    "one column, Python lists": ("l.csv", "file,labels", lambda n, y: f'{n}.png,"{tags(y, "|").split("|")}"'),
}  # fmt: skip


def tags(shown, between):
    return between.join(name for name, there in zip(("cat", "dog"), shown, strict=True) if there)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_table_says_the_same(form, tmp_path):
    name, header, row = FORMS[form]
    images(tmp_path / "images", PETS)
    table(tmp_path / name, [row(image, shown) for image, shown in PETS.items()], header)
    parts = read(tmp_path)
    assert (parts.kind, parts.class_names) == ("multilabel", ["cat", "dog"])
    assert labels(parts.train) == PETS and parts.skipped == []


def test_a_row_for_each_label_of_an_image_is_read_and_boxes_are_not(tmp_path):
    images(tmp_path, "abc")
    table(tmp_path / "labels.csv", ["a.png,cat", "b.png,dog", "c.png,cat", "c.png,dog"], "filename,label")
    assert labels(read(tmp_path).train) == {name: PETS[name] for name in "abc"}
    table(tmp_path / "labels.csv", ["c.png,cat,0", "c.png,dog,1"], "filename,class,xmin")
    with pytest.raises(ValueError, match="no class folders"):
        read(tmp_path)


def test_parts_are_those_of_the_rows_of_the_tables_or_of_the_folders(tmp_path):
    images(tmp_path / "rows" / "images", PETS)
    said = dict(zip("abcdef", ("train", "train", "val", "test", "train", "train"), strict=True))
    table(tmp_path / "rows" / "l.csv", [f"{row},{said[row[0]]}" for row in rows()], "file,cat,dog,split")
    parts = read(tmp_path / "rows")
    assert [sorted(labels(one)) for one in (parts.train, parts.validation, parts.test)] == [[*"abef"], ["c"], ["d"]]
    images(tmp_path / "tables" / "images", PETS)
    table(tmp_path / "tables" / "train.csv", rows("abcd"))
    table(tmp_path / "tables" / "val_labels.csv", rows("ef"))
    parts = read(tmp_path / "tables")
    assert (sorted(labels(parts.train)), sorted(labels(parts.validation)), parts.test) == ([*"abcd"], [*"ef"], None)


def test_what_is_held_out_shows_rare_labels_as_often_as_common_ones(tmp_path):
    shown = [(1, 0)] * 20 + [(1, 1)] * 10
    images(tmp_path, range(30))
    table(tmp_path / "labels.csv", [f"{number}.png,{cat},{dog}" for number, (cat, dog) in enumerate(shown)])
    first, again = (data.splits(tmp_path, cache=False, seed=3) for _ in range(2))
    assert labels(first.validation) == labels(again.validation)
    assert np.sum(list(labels(first.validation).values()), axis=0).tolist() == [6, 2]


def test_a_table_may_be_given_itself_and_then_it_alone_counts(tmp_path):
    images(tmp_path / "cat", "abc")
    images(tmp_path / "dog", "def")
    table(tmp_path / "pets.csv", rows())
    table(tmp_path / "labels.csv", rows("abc"))
    assert labels(read(tmp_path / "pets.csv").train) == PETS
    assert labels(read(tmp_path).train) == {name: PETS[name] for name in "abc"}
    table(tmp_path / "breeds.csv", ["a.png,cat", "b.png,dog"], "id,breed")
    with pytest.raises(ValueError, match=r"breeds.csv is no table of several labels: .* for one label an image, a "):
        read(tmp_path / "breeds.csv")
    with pytest.raises(FileNotFoundError, match=r"there is no .*gone.csv: give the path of a table of labels"):
        read(tmp_path / "gone.csv")


def test_what_is_missing_is_left_out_and_told(tmp_path, caplog):
    images(tmp_path, "abcd")
    table(tmp_path / "labels.csv", [*rows("abc"), "gone.png,1,0"])
    skipped = {Path(one.path).name: one.reason for one in read(tmp_path).skipped}
    assert skipped == {
        "gone.png": "line 5 of labels.csv names it, and it is not there, or several have its name",
        "d.png": "no row of labels.csv names it",
    }
    assert "2 images left out" in caplog.text


def test_a_label_that_no_image_shows_is_left_out_unless_it_is_asked_for(tmp_path, caplog):
    images(tmp_path, "abc")
    table(tmp_path / "labels.csv", [f"{row},0" for row in rows("abc")], "filename,cat,dog,emu")
    assert read(tmp_path).class_names == ["cat", "dog"]
    assert "no image to train on shows 'emu': left out of the labels" in caplog.text
    asked = read(tmp_path, class_names=["emu", "dog"])
    assert labels(asked.train) == {"a": (0, 0), "b": (0, 1), "c": (0, 1)}
    with pytest.raises(ValueError, match="there is no column called 'dgo': did you mean 'dog'"):
        read(tmp_path, class_names=["dgo", "cat"])


@pytest.mark.parametrize(
    ("header", "lines", "says"),
    [
        ("filename,cat,dog", ["a.png,1,0", "b.png,2,1"], r"labels.csv, line 3: 'cat' is '2', and must be 1 where"),
        ("filename,cat,dog", ["a.png,1,0", "b.png,0,1", "c.png,,1"], r"line 4: 'cat' is '', and must be 1"),
        ("filename,cat,dog", ["a.png,1,0", "a.png,0,1"], r"line 3: a.png has other labels here than in an earlier row"),
        ("filename,cat,dog", ["x.png,1,0", "y.png,0,1"], r"none of the images that .*labels.csv names is in .*as x"),
        ("filename,cat,dog", ["a.png,1,0", "b.png,1,0"], r"images to train on of 1 label, and needs two"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_one_sentence(header, lines, says, tmp_path):
    images(tmp_path, "abc")
    with pytest.raises(ValueError, match=says):
        read(table(tmp_path / "labels.csv", lines, header))


def test_parts_whose_columns_differ_are_refused(tmp_path):
    with pytest.raises(ValueError, match="must have the same columns of 0 and 1, and only one of them has 'cat'"):
        read(roboflow(tmp_path, test="filename,lynx,dog"))
    table(tmp_path / "one" / "_classes.csv", ["a.png,1", "b.png,0"], "filename,cat")
    images(tmp_path / "one", "ab")
    with pytest.raises(
        ValueError, match="of 1 label, and needs two: for one yes or no put the images into two folders"
    ):
        read(tmp_path / "one")


def test_folders_stay_classes_where_a_table_says_something_else(tmp_path):
    images(tmp_path / "cat", "ab")
    images(tmp_path / "dog", "cd")
    table(tmp_path / "patients.csv", ["a.png,1,0", "c.png,0,1", "d.png,1,1"], "filename,smoker,male")
    assert read(tmp_path).kind == "classification"
    table(tmp_path / "labels.csv", rows("abcd"))
    assert read(tmp_path).kind == "multilabel"
    (tmp_path / "labels.csv").unlink()
    table(tmp_path / "Data_Entry.csv", ["a.png,cat|dog", "c.png,dog", "d.png,cat"], "Image Index,Finding Labels")
    assert read(tmp_path).layout.endswith("Data_Entry.csv has the labels of an image in the column 'Finding Labels'")
    assert read(tmp_path, kind="classification").class_names == ["cat", "dog"]


def test_another_kind_is_refused_by_name(tmp_path):
    images(tmp_path / "cat", "ab")
    images(tmp_path / "dog", "cd")
    with pytest.raises(ValueError, match="has no table of labels: give a folder with a CSV file that names"):
        read(tmp_path, kind="multilabel")
    with pytest.raises(ValueError, match="digits has no table of labels"):
        data.splits("digits", kind="multilabel")
    with pytest.raises(ValueError, match="there is no kind called 'multi'"):
        read(tmp_path, kind="multi")
    with pytest.raises(ValueError, match="has no boxes"):
        read(roboflow(tmp_path / "tags"), kind="detection")


def test_the_shapes_in_a_scene_are_its_labels():
    parts = data.splits("shapes", kind="multilabel", count=30, size=32)
    boxes = data.splits("shapes", count=30, size=32)
    assert (parts.kind, parts.origins["test"]["kind"]) == ("multilabel", "multilabel")
    for (image, label), (same, truth) in zip(
        parts.test.as_numpy_iterator(), boxes.test.as_numpy_iterator(), strict=True
    ):
        np.testing.assert_array_equal(image, same)
        assert [number for number in range(3) if label[number]] == sorted({int(row[4]) for row in truth if row[4] >= 0})


def test_groups_are_kept_together(tmp_path):
    from ccv.data.groups import set_apart

    images(tmp_path, [f"p{number // 3}_{number}" for number in range(30)])
    names = sorted(path.stem for path in tmp_path.iterdir())
    table(tmp_path / "labels.csv", [f"{name}.png,{len(name) % 2},{int(name[1] < '5')}" for name in names])
    parts = set_apart(data.splits(tmp_path, cache=False), group=r"(p\d+)_")
    groups = [{name.split("_")[0] for name in labels(one)} for one in (parts.train, parts.validation)]
    assert not groups[0] & groups[1] and groups[1] and parts.kind == "multilabel"
