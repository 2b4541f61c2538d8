"""`load_weights(..., partial=True)` and its report; `save_weights` under our names and torchvision's, both ways."""

import importlib.util
import subprocess
import sys

import keras
import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from ccv import models
from ccv.models import load_weights, save_weights
from ccv.models.origin import origin_of
from ccv.models.weights.partial import Report

SHAPE = (48, 48, 3)


@pytest.fixture(scope="module")
def trained():
    keras.utils.set_random_seed(1)
    model = models.squeezenet1_1(width=1 / 8, input_shape=SHAPE, classes=10)
    randomise(model, 1)
    return model


def randomise(model, seed):
    """Weights of which none is what a fresh model has."""
    draw = np.random.default_rng(seed)
    model.set_weights([draw.uniform(0.1, 1, w.shape).astype(w.dtype) for w in model.get_weights()])


def other(classes=4):
    model = models.squeezenet1_1(width=1 / 8, input_shape=SHAPE, classes=classes)
    randomise(model, 2)
    return model


def of_keras(variant="keras"):
    return models.mobilenet_v3_small(variant=variant, width=1 / 8, input_shape=SHAPE)


def same(left, right):
    return all(map(np.array_equal, left.get_weights(), right.get_weights()))


def save(model, path):
    """Write one of the files that are read: ours, torchvision's, Keras's."""
    if path.name == "torch.safetensors":
        save_weights(model, path, names="torch")
    elif path.suffix == ".safetensors":
        save_weights(model, path)
    elif path.name.endswith(".weights.h5"):
        model.save_weights(path)
    else:
        model.save(path)


FILES = ("ours.safetensors", "torch.safetensors", "net.weights.h5", "net.keras", "net.h5")


@pytest.mark.parametrize("file", FILES)
def test_what_fits_is_loaded_and_the_rest_stays_and_is_named(file, trained, tmp_path):
    save(trained, tmp_path / file)
    model = other()
    head = [np.asarray(w) for w in model.get_layer("conv10").get_weights()]
    report = load_weights(model, tmp_path / file, partial=True)
    assert set(report.kept) == {"conv10.kernel", "conv10.bias"}
    assert len(report.loaded) == len(model.weights) - 2
    assert report.unused == ()
    for layer in model.layers:
        given = head if layer.name == "conv10" else trained.get_layer(layer.name).get_weights()
        assert all(map(np.array_equal, layer.get_weights(), given)), layer.name
    said = str(report)
    assert said.startswith(f"squeezenet1_1: {len(report.loaded)} of {len(model.weights)} weights loaded\n")
    if file.endswith(".safetensors"):
        assert "kept conv10.kernel: (1, 1, 64, 4) here, (1, 1, 64, 10) in the file" in said


@pytest.mark.parametrize("file", FILES)
def test_without_partial_the_same_file_is_refused_and_changes_nothing(file, trained, tmp_path):
    save(trained, tmp_path / file)
    model = other()
    before = model.get_weights()
    with pytest.raises(ValueError, match="do not fit squeezenet1_1: "):
        load_weights(model, tmp_path / file)
    assert all(map(np.array_equal, before, model.get_weights()))


@pytest.mark.parametrize("file", FILES)
def test_where_nothing_fits_it_is_refused_and_changes_nothing(file, trained, tmp_path):
    save(trained, tmp_path / file)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, name="mine")], name="tiny")
    before = model.get_weights()
    with pytest.raises(ValueError, match="do not fit tiny: ") as raised:
        load_weights(model, tmp_path / file, partial=True)
    assert "\n" not in str(raised.value)
    assert all(map(np.array_equal, before, model.get_weights()))


def test_what_a_file_has_more_is_told(trained, tmp_path):
    save_weights(trained, tmp_path / "all.safetensors")
    save_weights(trained, tmp_path / "torch.safetensors", names="torch")
    base = models.squeezenet1_1(width=1 / 8, input_shape=SHAPE, include_top=False)
    ours = load_weights(base, tmp_path / "all.safetensors", partial=True)
    assert ours.unused == ("conv10.bias", "conv10.kernel") and not ours.kept
    theirs = load_weights(base, tmp_path / "torch.safetensors", partial=True)
    assert theirs.unused == ("classifier.1.bias", "classifier.1.weight") and not theirs.kept
    assert origin_of(base).pixels == models.card("squeezenet1_1").pixels({})


def test_torchvisions_weights_stay_out_of_the_form_of_keras(tmp_path):
    """Which has weights of the same names and shapes, and is another function."""
    save_file({"features.0.0.weight": np.zeros((16, 3, 3, 3), "f4")}, tmp_path / "torch.safetensors")
    with pytest.raises(ValueError, match="PyTorch's, for variant='torch', not variant='keras'"):
        load_weights(of_keras(), tmp_path / "torch.safetensors", partial=True)


def test_darknets_files_have_no_names(tmp_path):
    (tmp_path / "net.weights").write_bytes(bytes(20))
    with pytest.raises(ValueError, match=r"partial=True does not fit net\.weights: darknet's files have no names"):
        load_weights(other(), tmp_path / "net.weights", partial=True)


def test_a_long_report_is_short():
    said = str(Report("net", (), {f"layer{n}.kernel": "the file has none" for n in range(100)}))
    assert said.count("\n") == 9 and said.endswith("... and 92 more")


# saving --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("names", ["ccv", "torch"])
@pytest.mark.parametrize(
    ("name", "options"),
    [
        pytest.param("mobilenet_v3_small", {"variant": "torch", "width": 1 / 8}, marks=pytest.mark.slow),
        pytest.param("efficientnet_b0", {"variant": "torch", "width": 1 / 8}, marks=pytest.mark.slow),
        ("squeezenet1_1", {"width": 1 / 8}),
        ("alexnet", {"variant": "torch", "width": 1 / 8, "input_shape": (64, 64, 3)}),  # flattened maps
    ],
)
def test_what_is_saved_comes_back(name, options, names, tmp_path):
    options = {"input_shape": (40, 40, 3), "classes": 3} | options
    one, two = models.build(name, **options), models.build(name, **options)
    randomise(one, 3)
    path = save_weights(one, tmp_path / "weights.safetensors", names=names)
    assert load_weights(two, path) is two
    assert same(one, two)
    assert [left.name for left in tmp_path.iterdir()] == ["weights.safetensors"]


def test_any_model_has_our_names(tmp_path):
    inner = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, name="dense")], name="inner")
    model = keras.Sequential([keras.Input((2,)), inner, keras.layers.Dense(3, name="dense")])
    state = load_file(save_weights(model, tmp_path / "weights.safetensors"))
    assert set(state) == {"inner/dense.kernel", "inner/dense.bias", "dense.kernel", "dense.bias"}
    with pytest.raises(ValueError, match="torchvision has no network with the layers of"):
        save_weights(model, tmp_path / "weights.safetensors", names="torch")


def test_torchs_own_state_dict_comes_back_as_it_was(tmp_path):
    """Read from torchvision's names and shapes, and written: the same file."""
    names = models.build("squeezenet1_1", input_shape=(64, 64, 3), classes=5)
    state = load_file(save_weights(names, tmp_path / "one.safetensors", names="torch"))
    drawn = {k: np.random.default_rng(n).normal(size=v.shape).astype("f4") for n, (k, v) in enumerate(state.items())}
    assert drawn["features.0.weight"].shape == (64, 3, 3, 3) and drawn["classifier.1.weight"].shape == (5, 512, 1, 1)
    save_file(drawn, tmp_path / "two.safetensors")
    load_weights(names, tmp_path / "two.safetensors")
    again = load_file(save_weights(names, tmp_path / "three.safetensors", names="torch"))
    assert set(again) == set(drawn)
    assert all(np.array_equal(again[key], drawn[key]) for key in drawn)


LOGITS = """
import sys
import numpy, torch, torchvision
from safetensors.torch import load_file
name, folder = sys.argv[1:]
model = getattr(torchvision.models, name)(num_classes=7).eval()
model.load_state_dict(load_file(f"{folder}/w.safetensors"))
images = torch.from_numpy(numpy.load(f"{folder}/x.npy").transpose(0, 3, 1, 2).copy())
numpy.save(f"{folder}/y.npy", model(images).detach().numpy())
"""


@pytest.mark.slow
@pytest.mark.skipif(not importlib.util.find_spec("torchvision"), reason="torchvision is not installed")
@pytest.mark.parametrize("name", ["mobilenet_v3_small", "efficientnet_b0", "convnext_tiny", "vit_b_16"])
def test_torchvision_takes_what_is_saved(name, tmp_path):
    """In a process of its own: it and TensorFlow do not bear each other."""
    side, form = (224, {}) if name == "vit_b_16" else (64, {"variant": "torch"})
    model = models.build(name, **form, input_shape=(side, side, 3), classes=7, classifier_activation=None)
    save_weights(model, tmp_path / "w.safetensors", names="torch")
    x = np.random.default_rng(0).uniform(-1, 1, (1, side, side, 3)).astype("f4")
    np.save(tmp_path / "x.npy", x)
    subprocess.run([sys.executable, "-c", LOGITS, name, tmp_path], check=True, timeout=200)
    wanted = np.load(tmp_path / "y.npy")
    np.testing.assert_allclose(np.asarray(model(x, training=False)), wanted, atol=1e-5 * np.abs(wanted).max())


@pytest.mark.parametrize("variant", ["keras", "minimalistic"])
def test_another_function_gets_no_names_of_torchvision(variant, tmp_path):
    with pytest.raises(ValueError, match=f"torchvision has no mobilenet_v3_small of variant='{variant}'"):
        save_weights(of_keras(variant), tmp_path / "w.safetensors", names="torch")
    plain = models.resnet18(shortcut="A", variant="torch", width=1 / 8, input_shape=SHAPE)
    with pytest.raises(ValueError, match="torchvision has no resnet18 of shortcut='A'"):
        save_weights(plain, tmp_path / "w.safetensors", names="torch")


def test_what_save_weights_refuses(trained, tmp_path):
    with pytest.raises(ValueError, match=r"must end with \.safetensors"):
        save_weights(trained, tmp_path / "w.h5")
    with pytest.raises(ValueError, match=r"names.*'torche'.*did you mean 'torch'"):
        save_weights(trained, tmp_path / "w.safetensors", names="torche")
    assert not list(tmp_path.iterdir())
