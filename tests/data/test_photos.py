"""tf_flowers and cats_vs_dogs: a prepared TFDS data set or a folder of images, `$CCV_DATA` first; no surprises."""

import http.server
import io
import logging
import threading

import numpy as np
import pytest

from ccv import data
from ccv.data import cats_vs_dogs, tf_flowers
from ccv.data.photos import photos as _photos
from ccv.data.photos.photos import Photos
from ccv.data.stored import stored


@pytest.fixture
def nowhere(monkeypatch, made, tmp_path):
    """A machine with nothing on it; gives the folder that $CCV_DATA names."""
    monkeypatch.setenv("CCV_DATA", str(tmp_path / "ours"))
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "tfds"))
    return tmp_path / "ours"


def prepare(folder, picture, count=20):
    """Write a tiny tf_flowers as TFDS would."""
    tfds = stored.import_tfds()

    with tfds.core.registered.skip_registration():

        class TfFlowers(tfds.core.GeneratorBasedBuilder):
            VERSION = tfds.core.Version("3.0.1")

            def _info(self):
                names = list(tf_flowers.CLASS_NAMES)
                features = {"image": tfds.features.Image(), "label": tfds.features.ClassLabel(names=names)}
                return self.dataset_info_from_configs(features=tfds.features.FeaturesDict(features))

            def _split_generators(self, dl_manager):
                return {"train": self._generate_examples()}

            def _generate_examples(self):
                for index in range(count):
                    raw = io.BytesIO()
                    picture(index, height=30 + index, width=40).save(raw, "JPEG")
                    raw.seek(0)
                    yield index, {"image": raw, "label": index % 5}

    builder = TfFlowers(data_dir=str(folder))
    builder.download_and_prepare()
    return folder / "tf_flowers" / "3.0.1"


def test_what_tfds_has_prepared_in_our_folder(nowhere, made):
    place = prepare(nowhere, made.picture)
    assert data.found()["tf_flowers"] == str(place)
    parts = data.splits("tf_flowers", size=16, validation=0.25)
    assert (len(parts.train), len(parts.validation), len(parts.test)) == (11, 5, 4)
    assert parts.class_names == list(tf_flowers.CLASS_NAMES)
    images = [image for part in (parts.train, parts.validation, parts.test) for image, _ in part.as_numpy_iterator()]
    assert len({image.tobytes() for image in images}) == 20
    assert {image.shape for image in images} == {(16, 16, 3)}
    again = [image for image, _ in data.splits("tf_flowers", size=16, validation=0.25).train.as_numpy_iterator()]
    np.testing.assert_array_equal(again, images[:11])
    test, labels = data.arrays("tf_flowers", "test", size=16)
    np.testing.assert_array_equal(test, images[16:])
    assert (labels.dtype, len(data.load("tf_flowers", "all", size=8))) == (np.int64, 20)


def test_tfdss_own_folder_comes_after_ours(nowhere, made, monkeypatch):
    (nowhere.parent / "tfds" / "cats_vs_dogs" / "4.0.1").mkdir(parents=True)
    (nowhere.parent / "tfds" / "cats_vs_dogs" / "4.0.1" / "dataset_info.json").write_text("{}")
    assert data.found()["cats_vs_dogs"].endswith("4.0.1")
    made.tree(nowhere / "cats_vs_dogs" / "PetImages", ("Cat", "Dog"))
    assert data.found()["cats_vs_dogs"] == str(nowhere / "cats_vs_dogs")


def test_a_folder_of_images_as_the_archive_unpacks_it(nowhere, made):
    root = made.tree(nowhere / "cats_vs_dogs" / "PetImages", ("Cat", "Dog"))
    (root / "Cat" / "666.jpg").write_bytes(b"")  # as in the true archive
    parts = data.splits("cats_vs_dogs", size=16, validation=0.2, test=0.1)
    assert parts.class_names == ["cat", "dog"]
    assert (len(parts.train), len(parts.validation), len(parts.test)) == (14, 4, 2)
    assert [one.reason for one in parts.skipped] == ["the file is empty"]
    images, labels = data.arrays("cats_vs_dogs", "test", size=8)
    assert (images.shape, sorted(labels)) == ((4, 8, 8, 3), [0, 0, 1, 1])


def test_labels_are_tfdss_whatever_the_folders_order(nowhere, made):
    made.tree(nowhere / "tf_flowers" / "flower_photos", sorted(tf_flowers.CLASS_NAMES), count=2, suffix=".png")
    images, labels = data.arrays("tf_flowers", "all", size=(24, 32))
    daisy = np.asarray(made.picture(1000 * sorted(tf_flowers.CLASS_NAMES).index("daisy")))
    assert labels[[np.array_equal(image, daisy) for image in images]].tolist() == [
        tf_flowers.CLASS_NAMES.index("daisy")
    ]


def test_a_folder_without_a_class(nowhere, made):
    made.tree(nowhere / "tf_flowers", ("daisy", "tulips"), count=2)
    with pytest.raises(ValueError, match="has no folder of dandelion: tf_flowers has dandelion, daisy"):
        data.load("tf_flowers", size=8)


@pytest.mark.parametrize("name", ["tf_flowers", "cats_vs_dogs"])
def test_without_a_network_one_sentence_says_what_to_put_where(nowhere, monkeypatch, caplog, name):
    def refuse(url):
        raise OSError("no route to host\nand more")

    monkeypatch.setattr(_photos, "reach", refuse)
    with caplog.at_level(logging.WARNING, logger="ccv.data"), pytest.raises(FileNotFoundError) as raised:
        data.load(name, size=8)
    message = str(raised.value)
    for piece in (f"{name} is not on this machine", f"its folder {name}", "no route to host", "set CCV_DATA", "http"):
        assert piece in message
    assert "\n" not in message
    assert f"downloading {name}" in caplog.text
    assert data.found()[name] is None


def test_download_false_asks_nobody(nowhere, monkeypatch):
    monkeypatch.setattr(_photos, "reach", lambda url: pytest.fail("asked the network"))
    with pytest.raises(FileNotFoundError, match="download=False"):
        data.load("tf_flowers", size=8, download=False)


def test_a_server_that_answers_is_downloaded_from(nowhere, made, monkeypatch, caplog):
    """A local server stands for TFDS's; what would be downloaded is prepared instead."""

    class Silent(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Silent) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/flower_photos.tgz"
        photos = Photos("tf_flowers", tf_flowers.CLASS_NAMES, url, 1)
        monkeypatch.setattr(Photos, "_download", lambda self: prepare(nowhere.parent / "tfds", made.picture))
        train, validation, test, skipped = photos.parts((8, 8), None, 0.2, None, 0)
        server.shutdown()
    assert (len(train), len(validation), len(test), skipped) == (12, 4, 4, [])
    assert "downloading tf_flowers (1 MB)" in caplog.text


def test_a_prepared_set_of_other_classes_is_not_taken(nowhere, made):
    place = prepare(nowhere, made.picture)
    other = Photos("tf_flowers", ("a", "b"), "http://x", 1)
    assert other.found() == str(place)
    with pytest.raises(ValueError, match=r"has the classes dandelion, daisy, .*: tf_flowers has a, b"):
        other.parts((8, 8), None, 0.2, None, 0)


def test_the_files_say_what_they_are():
    assert cats_vs_dogs.CLASS_NAMES == ("cat", "dog")
    assert stored.TIMEOUT > 0
