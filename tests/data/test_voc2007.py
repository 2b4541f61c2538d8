"""voc/2007 by name: from a VOC tree in $CCV_DATA, else as TFDS has prepared it, else a word on where to get it."""

import numpy as np
import pytest
from voc_trees import add, annotation, drawn, thing, write_lists

from ccv import data
from ccv.data.stored.stored import import_tfds


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.setenv("CCV_DATA", str(tmp_path))
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "nothing"))
    monkeypatch.setenv("CCV_CACHE", str(tmp_path / "cache"))
    return tmp_path


def objects():
    hard = thing("dog", 41, 21, 60, 44, difficult="<difficult>1</difficult>")
    return annotation(thing("person", 11, 5, 30, 24), hard)


def test_a_tree_in_the_data_folder(here):
    for stem in ("a", "b", "c"):
        add(here / "VOCdevkit" / "VOC2007", stem, objects())
    write_lists(here / "VOCdevkit" / "VOC2007", train=["a"], val=["b"], trainval=["a", "b"], test=["c"])
    assert data.found()["voc/2007"] == str(here / "VOCdevkit" / "VOC2007")
    assert len(data.class_names("voc/2007")) == 20
    training = data.load("voc/2007", "trainval")
    assert len(training) == 2 and training.element_spec[0].shape == (192, 256, 3)
    assert training.truth[0, :, 4].tolist() == [14, -1]
    assert data.load("voc/2007", "test", size=64).truth[0, :, 4].tolist() == [14, 11]
    parts = data.splits("voc/2007", size=32)
    assert (parts.kind, len(parts.train), parts.validation, len(parts.test)) == ("detection", 2, None, 1)
    parts = data.splits("voc/2007", size=32, validation=0.2)
    assert (len(parts.train), len(parts.validation)) == (1, 1)
    images, truth = data.arrays("voc/2007", "all", size=16)
    assert images.shape == (3, 16, 16, 3) and truth.shape == (3, 2, 5)


def test_as_tfds_has_prepared_it(here):
    """The same features as TFDS's own voc/2007, of one drawn image a split; equal to the tree of that image."""
    tfds = import_tfds()
    features = tfds.features.FeaturesDict(
        {
            "image": tfds.features.Image(shape=(None, None, 3)),
            "objects": tfds.features.Sequence(
                {
                    "bbox": tfds.features.BBoxFeature(),
                    "label": tfds.features.ClassLabel(names=data.class_names("voc/2007")),
                    "is_difficult": np.bool_,
                }
            ),
        }
    )
    picture = drawn((10, 4, 30, 24), (40, 20, 60, 44))
    rows = [("person", (10, 4, 30, 24), False), ("dog", (40, 20, 60, 44), True)]
    example = {
        "image": np.asarray(picture),
        "objects": [
            {"bbox": tfds.features.BBox(y0 / 48, x0 / 64, y1 / 48, x1 / 64), "label": name, "is_difficult": hard}
            for name, (x0, y0, x1, y1), hard in rows
        ],
    }
    place = here / "voc" / "2007" / "4.0.0"
    place.mkdir(parents=True)
    writer = tfds.core.SequentialWriter(
        tfds.core.DatasetInfo(builder=tfds.core.DatasetIdentity("voc", tfds.core.Version("4.0.0"), str(place), "tests"),
                              features=features), 100)  # fmt: skip
    writer.initialize_splits(["train", "validation", "test"])
    writer.add_examples({split: [example] for split in ("train", "validation", "test")})
    writer.close_all()

    add(here / "tree", "a", objects(), picture)
    assert data.found()["voc/2007"] == str(place)
    for split, count in (("trainval", 2), ("test", 1), ("all", 3)):
        made = list(data.load("voc/2007", split, size=(40, 40)).as_numpy_iterator())
        assert len(made) == count
        image, truth = made[-1]
        same = data.voc(here / "tree", "all", size=40, class_names=data.class_names("voc/2007"), cache=False,
                        difficult=split == "test")  # fmt: skip
        expected = next(same.as_numpy_iterator())
        np.testing.assert_array_equal(image, expected[0])
        np.testing.assert_allclose(truth, expected[1], atol=1e-6)


def test_without_files_it_says_where_to_get_them(here):
    assert data.found()["voc/2007"] is None
    with pytest.raises(FileNotFoundError, match=r"has no VOCdevkit/VOC2007; download=False.*unpack http"):
        data.load("voc/2007", download=False)
    with pytest.raises(ValueError, match="channels must be 3"):
        data.splits("voc/2007", channels=1)
