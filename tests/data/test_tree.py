"""Trees as people have them: links to themselves, pipes, names that are no text."""

import os
from pathlib import Path

import pytest

from ccv import data


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs links and pipes")
@pytest.mark.timeout(60)
def test_what_is_no_file_is_left_out_and_never_opened(made):
    root = made.tree(made.root, count=3)
    (root / "round").symlink_to("round")
    (root / "cat" / "self.jpg").symlink_to("self.jpg")
    os.mkfifo(root / "dog" / "pipe.jpg")
    dataset = data.folder(root, "all")
    assert dataset.class_names == ["cat", "dog"]
    assert len(dataset) == 6
    assert [Path(one.path).name for one in dataset.skipped] == ["self.jpg", "pipe.jpg"]
    assert "it is no file, but a pipe" in dataset.skipped[1].reason


def test_a_class_whose_name_is_no_text_is_told(made):
    root = made.tree(made.root, count=2)
    try:
        (root / "cat").rename(root / os.fsdecode(b"caf\xe9"))
    except OSError:
        pytest.skip("this disk takes UTF-8 alone")
    with pytest.raises(ValueError, match=r"caf\\xe9' is no UTF-8: rename it"):
        data.folder(root)


def test_parts_in_the_folder_of_each_class_are_parts(made):
    for name in ("train", "valid", "test"):
        for kind in ("cat", "dog"):
            made.tree(made.root / kind, classes=(name,), count=4)
    made.tree(made.root / "dog", classes=("unlabeled",), count=2)
    parts = data.splits(made.root, cache=False)
    assert parts.class_names == ["cat", "dog"]
    for part, name in ((parts.train, "train"), (parts.validation, "valid"), (parts.test, "test")):
        paths = [Path(path).relative_to(made.root).parts[:2] for path in part.listing.paths]
        assert sorted(paths) == [("cat", name)] * 4 + [("dog", name)] * 4
    assert [Path(one.path).parent.name for one in parts.skipped] == ["unlabeled"] * 2
    assert "it lies in no part, and those of the classes are test, train, validation" in parts.skipped[0].reason


@pytest.mark.parametrize(
    "folders",
    [("a/train", "b/train"), ("a/test", "b/test"), ("a/train", "a/other", "b/train", "b/other")],
)
def test_folders_of_one_part_alone_are_what_they_show(folders, made):
    for folder in folders:
        made.tree(made.root / Path(folder).parent, classes=(Path(folder).name,), count=5)
    parts = data.splits(made.root, cache=False)
    assert parts.class_names == sorted({Path(folder).parts[0] for folder in folders})
    assert parts.test is None and len(parts.train) + len(parts.validation) == 5 * len(folders)


@pytest.mark.parametrize("read", [data.folder, data.splits])
def test_no_path_is_not_the_current_folder(read, made, monkeypatch):
    made.tree(made.root, count=2)
    monkeypatch.chdir(made.root)
    with pytest.raises(ValueError, match="the path is empty"):
        read("")
