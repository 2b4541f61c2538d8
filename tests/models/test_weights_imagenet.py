"""`weights="imagenet"`: what it refuses, and the fetching itself, against a server on this machine."""

import dataclasses
import hashlib
import http.server
import importlib.util
import json
import subprocess
import sys
import threading

import keras
import numpy as np
import pytest
from safetensors.numpy import save_file

from ccv import models
from ccv.models.cards import CARDS
from ccv.models.cards._card import IMAGENET_STATISTICS
from ccv.models.origin import origin_of
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
    """Let the files of a builder lie elsewhere."""
    moved = tuple(dataclasses.replace(file, **changes) for file in CARDS[builder].files)
    monkeypatch.setitem(CARDS, builder, dataclasses.replace(CARDS[builder], files=moved))


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


TWINS = {
    "mobilenet": keras.applications.MobileNet,
    "mobilenet_v2": keras.applications.MobileNetV2,
    "mobilenet_v3_small": keras.applications.MobileNetV3Small,
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "width", "size", "file"),
    [
        ("mobilenet", 0.25, 128, "mobilenet_2_5_128_tf_no_top.h5"),
        ("mobilenet_v2", 0.35, 96, "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_0.35_96_no_top.h5"),
        ("mobilenet_v2", 0.35, 80, "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_0.35_224_no_top.h5"),
        ("mobilenet_v3_small", 0.75, 96, "weights_mobilenet_v3_small_224_0.75_float_no_top_v2.h5"),
    ],
)
def test_an_alpha_of_keras_reads_its_own_file(cache, monkeypatch, name, width, size, file):
    """Put where Keras would put it, as the message says for a machine without a network."""
    shape = (size, size, 3)
    theirs = TWINS[name](alpha=width, weights=None, include_top=False, input_shape=shape)
    (cache / "models").mkdir(parents=True)
    theirs.save(cache / "models" / file)
    publish(monkeypatch, name, hash_notop=None)
    ours = models.build(name, weights="imagenet", width=width, include_top=False, input_shape=shape)
    x = np.random.default_rng(0).uniform(-1, 1, (1, *shape)).astype("float32")
    np.testing.assert_array_equal(ours(x, training=False), theirs(x, training=False))


@pytest.mark.parametrize(
    ("name", "options", "says"),
    [
        ("vgg16", {"variant": "torch"}, "the file is for variant='keras', not variant='torch'"),
        ("mobilenet_v2", {"variant": "torch"}, "the file is for variant='keras', not variant='torch'"),
        ("efficientnet_b0", {}, "the file is for standardize=True, not standardize=False"),
    ],
)
def test_a_published_file_by_its_path_fits_its_own_form_alone(name, options, says, tmp_path):
    file = tmp_path / CARDS[name].files[0].names[1]
    file.write_bytes(b"never read")
    with pytest.raises(ValueError, match=f"do not fit {name}: {says}"):
        models.build(name, weights=file, include_top=False, input_shape=(64, 64, 3), **options)


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


@pytest.mark.parametrize(("name", "whose"), [("vgg16", "Keras"), ("mobilenet", "MIAnalyzer/MIA, a mirror of")])
def test_a_file_that_is_not_the_published_one_is_refused(cache, server, monkeypatch, name, whose):
    """Whose word the hash is, and the way out where that word is wrong: the file lies where it says."""
    folder, url, _ = server
    (folder / "made.h5").write_bytes(b"not what was published")
    publish(monkeypatch, name, url_notop=f"{url}made.h5", hash_notop="0" * 32)
    with pytest.raises(OSError, match=f"whose MD5 is {'0' * 32}, as {whose}") as raised:
        models.build(name, weights="imagenet", include_top=False, input_shape=(32, 32, 3))
    said = str(raised.value)
    assert "\n" not in said and "check the network" not in said
    assert "remove it and try again; if it comes like this again, and you trust it, pass its path as weights=" in said
    assert (cache / "models" / "made.h5").is_file() and said.startswith(str(cache / "models" / "made.h5"))


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
    for name, files in ((card.name, card.files) for card in CARDS.values() if card.files):
        assert CARDS[name].weights_from != type(CARDS[name]).weights_from, name
        for file in files:
            assert file.url.startswith("https://")
            assert set(file.form.get("variant", ())) <= set(CARDS[name].variants), name


# the names of torchvision ---------------------------------------------------------------------------------------------


def test_a_preset_of_torchvision_is_fetched_by_its_name_and_its_hash_compared(cache, server, monkeypatch):
    """Each its own file, of the same form."""
    folder, url, _ = server
    files = [file for file in CARDS["resnext50_32x4d"].files if file.preset]
    assert [file.names for file in files] == [("resnext50_32x4d-7cdf4587.pth",), ("resnext50_32x4d-1a0047aa.pth",)]
    moved = tuple(dataclasses.replace(file, url=url + file.names[0]) for file in files)
    monkeypatch.setitem(CARDS, "resnext50_32x4d", dataclasses.replace(CARDS["resnext50_32x4d"], files=moved))
    for file in files:
        (folder / file.names[0]).write_bytes(b"damaged on its way")
    for weights, file in zip(("imagenet", "IMAGENET1K_V2"), files, strict=True):
        chosen = imagenet.choose_file("resnext50_32x4d", {"width": 1.0}, (224, 224, 3), True, weights)
        with pytest.raises(OSError, match=f"{file.names[0]} was damaged on its way and has been removed"):
            imagenet.fetch(chosen, "resnext50_32x4d", True)


def test_a_preset_loads_and_brings_its_pixels(cache, monkeypatch):
    options = {"variant": "torch", "include_top": False, "input_shape": (32, 32, 3)}
    model = models.mobilenet_v3_small(**options)
    (cache / "models").mkdir(parents=True)
    models.save_weights(model, cache / "models" / "small.safetensors", names="torch")
    publish(monkeypatch, "mobilenet_v3_small", url="https://nowhere/small.safetensors", url_notop=None, hash=None)
    ours = models.mobilenet_v3_small(weights="IMAGENET1K_V1", **options)
    np.testing.assert_array_equal(ours.get_weights()[0], model.get_weights()[0])
    assert origin_of(ours).pixels == IMAGENET_STATISTICS


@pytest.mark.parametrize(
    ("name", "options", "says"),
    [
        ("lenet5", {"weights": "IMAGENET1K_V1"}, "lenet5 has no ImageNet weights"),
        ("mobilenet", {"weights": "IMAGENET1K_V1"}, "no weights='IMAGENET1K_V1': there is 'imagenet'$"),
        ("vgg16", {"weights": "IMAGENET1K_V2"}, "there is 'imagenet' and 'IMAGENET1K_V1'$"),
        ("resnet50", {"weights": "IMAGENET1K_V3"}, "there is 'imagenet' and 'IMAGENET1K_V1' and 'IMAGENET1K_V2'$"),
        (
            "resnet50",
            {"weights": "IMAGENET1K_V2"},
            "does not fit weights='IMAGENET1K_V2': they are for variant='torch'",
        ),
        ("efficientnet_b0", {"weights": "IMAGENET1K_V1"}, "variant='keras' does not fit .* for variant='torch'"),
        ("googlenet", {"weights": "IMAGENET1K_V1", "variant": "paper"}, "they are for variant='torch'"),
        ("mobilenet_v3_large", {"weights": "IMAGENET1K_V2", "variant": "torch", "width": 0.75}, "for width=1"),
    ],
)
def test_a_preset_that_there_is_not_names_those_that_there_are(name, options, says):
    with pytest.raises(ValueError, match=says) as raised:
        models.build(name, **options)
    assert "\n" not in str(raised.value)


PRESETS = """
import json, sys
from torchvision.models import get_model_weights
print(json.dumps({name: [[w.name, w.url] for w in get_model_weights(name)] for name in sys.argv[1:]}))
"""


@pytest.mark.slow
@pytest.mark.skipif(not importlib.util.find_spec("torchvision"), reason="torchvision is not installed")
def test_the_presets_are_those_of_torchvision():
    """Each file of each network that both have, in both directions; in a process without TensorFlow."""
    names = [name for name in models.list_models() if any(file.is_torch for file in CARDS[name].files)]
    normalized = [f"{name}_bn" for name in names if name.startswith("vgg")]
    asked = [sys.executable, "-c", PRESETS, *names, *normalized]
    theirs = json.loads(subprocess.run(asked, check=True, timeout=200, capture_output=True, text=True).stdout)
    for name in names:
        ours = {(file.preset, file.url) for file in CARDS[name].files if file.is_torch}
        known = [tuple(row) for row in theirs[name] + theirs.get(f"{name}_bn", [])]
        assert ours == {row for row in known if row[0] != "IMAGENET1K_FEATURES"}, name
