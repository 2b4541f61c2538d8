"""`weights="imagenet"`: what it refuses, and the fetching itself, against a server on this machine."""

import dataclasses
import hashlib
import http.server
import threading

import keras
import numpy as np
import pytest
from safetensors.numpy import save_file

from ccv import models
from ccv.models.cards import CARDS
from ccv.models.weights import imagenet


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache of models instead of the user's."""
    home = tmp_path / "home"
    monkeypatch.setenv("KERAS_HOME", str(home))
    return home


@pytest.fixture
def server(tmp_path):
    """Serves a folder on a free port and counts the requests."""
    folder = tmp_path / "served"
    folder.mkdir()
    requests = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments):
            super().__init__(*arguments, directory=str(folder))

        def log_message(self, *_):
            requests.append(self.path)

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield folder, f"http://127.0.0.1:{running.server_port}/", requests
        running.shutdown()


def publish(monkeypatch, builder, **changes):
    monkeypatch.setitem(imagenet.FILES, builder, dataclasses.replace(imagenet.FILES[builder], **changes))


def md5(path):
    return hashlib.md5(path.read_bytes()).hexdigest()


def test_a_keras_file_is_fetched_once_checked_and_loaded(cache, server, monkeypatch):
    folder, url, requests = server
    theirs = keras.applications.MobileNet(weights=None, include_top=False, input_shape=(64, 64, 3))
    theirs.save_weights(folder / "made_notop.weights.h5")
    publish(
        monkeypatch,
        "mobilenet",
        url_notop=f"{url}made_notop.weights.h5",
        hash_notop=md5(folder / "made_notop.weights.h5"),
    )
    for _ in range(2):
        ours = models.mobilenet(weights="imagenet", include_top=False, input_shape=(64, 64, 3))
        for left, right in zip(ours.get_weights(), theirs.get_weights(), strict=True):
            np.testing.assert_array_equal(left, right)
    assert len(requests) == 1
    assert (cache / "models" / "made_notop.weights.h5").exists()


def test_the_variant_that_fits_is_chosen_and_named(cache, server, monkeypatch, capsys):
    folder, url, _ = server
    model = models.googlenet(variant="torch", include_top=False, input_shape=(64, 64, 3))
    save_file(
        {f"{lay.name}.{w.name}": np.asarray(w) for lay in model.layers for w in lay.weights}, folder / "g.safetensors"
    )
    publish(monkeypatch, "googlenet", url=f"{url}g.safetensors")
    ours = models.googlenet(weights="imagenet", include_top=False, input_shape=(64, 64, 3))
    assert "variant='torch'" in capsys.readouterr().out
    np.testing.assert_array_equal(ours.get_weights()[0], model.get_weights()[0])


def test_a_file_that_is_not_the_published_one_is_refused(cache, server, monkeypatch):
    folder, url, _ = server
    (folder / "made.h5").write_bytes(b"not what was published")
    publish(monkeypatch, "vgg16", url_notop=f"{url}made.h5", hash_notop="0" * 32)
    with pytest.raises(OSError, match="could not be fetched") as raised:
        models.vgg16(weights="imagenet", include_top=False, input_shape=(32, 32, 3))
    assert "\n" not in str(raised.value)


def test_torchvisions_name_is_its_hash(cache, server, monkeypatch):
    folder, url, _ = server
    (folder / "net-00000000.pth").write_bytes(b"damaged on its way")
    publish(monkeypatch, "squeezenet1_1", url=f"{url}net-00000000.pth")
    with pytest.raises(OSError, match="damaged on its way and has been removed"):
        models.squeezenet1_1(weights="imagenet")


def test_without_a_network_one_sentence_says_what_to_do(cache, monkeypatch):
    publish(monkeypatch, "resnet50", url="http://127.0.0.1:9/nothing.h5", hash=None)
    with pytest.raises(
        OSError, match=r"check the network, or put the file of http://127\.0\.0\.1:9/nothing\.h5 into"
    ) as raised:
        models.resnet50(weights="imagenet")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("name", "options", "says"),
    [
        ("lenet5", {}, "lenet5 has no ImageNet weights"),
        ("unet", {}, "unet has no ImageNet weights"),
        ("vgg16", {"input_shape": (64, 64, 3)}, "include_top=False for another size"),
        ("vgg16", {"classes": 10}, "include_top=False and a head of your own"),
        ("vgg16", {"width": 1 / 2}, "they are for width=1"),
        ("vgg16", {"input_shape": (224, 224, 1)}, "3 channels"),
        ("resnet50", {"include_top": False, "input_shape": (64, 64, 4)}, "3 channels"),
    ],
)
def test_what_cannot_fit_is_refused_before_anything_is_fetched(name, options, says):
    with pytest.raises(ValueError, match=says):
        models.build(name, weights="imagenet", **options)


def test_every_published_file_has_a_builder_that_says_so():
    assert set(imagenet.FILES) <= set(CARDS)
    for name, published in imagenet.FILES.items():
        assert published.url.startswith("https://")
        assert CARDS[name].weights_from != type(CARDS[name]).weights_from, name
        if published.variant:
            assert published.variant in CARDS[name].variants, name
