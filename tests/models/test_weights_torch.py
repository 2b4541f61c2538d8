"""Torchvision's state dicts: every key has its layer, and equal weights give torchvision's own outputs."""

import importlib.util
import json
import re
import sys
from importlib import import_module
from pathlib import Path

import keras
import numpy as np
import pytest
from safetensors.numpy import save_file

from ccv import models
from ccv.models import mobilenet_v2
from ccv.models.weights import load_weights, torch_files
from ccv.models.weights.own_names import named_weights

HERE = Path(__file__).parent


def load_reference():
    """The module beside this file; tests are no package, so it is found by its path."""
    spec = importlib.util.spec_from_file_location("torch_reference", HERE / "torch_reference.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


reference = load_reference()
OUTPUTS = json.loads((HERE / "torchvision_outputs.json").read_text())

# Torchvision's name -> the file, the builder and the options that fit it.
NETWORKS = {
    "alexnet": ("alexnet", "alexnet", {"variant": "torch"}),
    **{f"vgg{n}": ("vgg", f"vgg{n}", {"variant": "torch"}) for n in (11, 13, 16, 19)},
    **{f"vgg{n}_bn": ("vgg", f"vgg{n}", {"variant": "torch", "batch_norm": True}) for n in (11, 13, 16, 19)},
    "googlenet": ("googlenet", "googlenet", {"variant": "torch"}),
    "inception_v3": ("inception_v3", "inception_v3", {"variant": "torch"}),
    "squeezenet1_0": ("squeezenet", "squeezenet1_0", {}),
    "squeezenet1_1": ("squeezenet", "squeezenet1_1", {}),
    **{f"resnet{n}": ("resnet", f"resnet{n}", {"variant": "torch"}) for n in (18, 34, 50, 101, 152)},
    "resnext50_32x4d": ("resnext", "resnext50_32x4d", {}),
    "resnext101_32x8d": ("resnext", "resnext101_32x8d", {}),
    **{f"densenet{n}": ("densenet", f"densenet{n}", {"variant": "torch"}) for n in (121, 169, 201)},
    "mobilenet_v2": ("mobilenet_v2", "mobilenet_v2", {"variant": "torch"}),
    **{f"mobilenet_v3_{s}": ("mobilenet_v3", f"mobilenet_v3_{s}", {"variant": "torch"}) for s in ("small", "large")},
    **{f"efficientnet_b{n}": ("efficientnet", f"efficientnet_b{n}", {"variant": "torch"}) for n in range(8)},
    "inception_v4": ("inception_v4", "inception_v4", {}),  # timm's
    "seresnet50": ("seresnet", "seresnet50", {}),  # timm's
    "convnext_tiny": ("convnext", "convnext_tiny", {"variant": "torch"}),
    "vit_b_16": ("vit", "vit_b_16", {}),
}
HEAVY = {
    *("alexnet", "vgg11", "vgg11_bn", "inception_v3", "resnet34", "resnext50_32x4d", "densenet121", "inception_v4"),
    *("mobilenet_v3_large", "efficientnet_b1", "efficientnet_b5", "seresnet50", "convnext_tiny", "vit_b_16"),
}


def network(name, **more):
    file, builder, options = NETWORKS[name]
    return getattr(import_module(f"ccv.models.{file}"), builder)(**options, **more)


@pytest.mark.parametrize("name", NETWORKS)
def test_every_module_of_torchvision_has_a_layer(name):
    _, builder, options = NETWORKS[name]
    file, _, naming = next(
        entry
        for entry in torch_files.NETWORKS
        if entry[1] == builder and entry[2].get("batch_norm", False) == options.get("batch_norm", False)
    )
    names = import_module(f"ccv.models.torch_names.{file}")
    unread = getattr(names, "TORCH_UNREAD", ())
    modules = {key.rpartition(".")[0] for key in reference.SHAPES[name] if not key.startswith(tuple(unread))}
    modules -= {module for module in modules if module.endswith(".self_attention.out_proj")}  # one layer with the rest
    ours = names.torch_names(builder, **naming)
    assert set(ours.values()) == modules
    assert len(ours) == len(modules)


def test_the_networks_that_have_names_are_the_networks_tested():
    assert {entry[1] for entry in torch_files.NETWORKS} == {builder for _, builder, _ in NETWORKS.values()}


@pytest.mark.parametrize("name", [pytest.param(n, marks=[pytest.mark.slow] if n in HEAVY else []) for n in OUTPUTS])
def test_equal_weights_give_torchvisions_outputs(name, tmp_path):
    size, largest = OUTPUTS[name]["size"], OUTPUTS[name]["largest"]
    model = network(name, input_shape=(size, size, 3), classifier_activation=None)
    save_file(reference.state(name), tmp_path / "weights.safetensors")
    load_weights(model, tmp_path / "weights.safetensors")
    logits = np.asarray(model(reference.picture(size), training=False))[0]
    assert np.abs(logits).max() == pytest.approx(largest, rel=1e-5)
    np.testing.assert_allclose(logits[: reference.KEPT], OUTPUTS[name]["logits"], atol=1e-5 * largest)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(NETWORKS) - set(OUTPUTS)))
def test_the_larger_state_dicts_load(name, tmp_path):
    model = network(name)
    save_file(reference.state(name), tmp_path / "weights.safetensors")
    load_weights(model, tmp_path / "weights.safetensors")
    assert not any(np.isnan(np.asarray(w)).any() for w in model.weights[:4])


def test_the_file_of_densenet_says_norm_dot_1_where_todays_code_says_norm1(tmp_path):
    state = {
        re.sub(r"(denselayer\d+\.(?:norm|conv))(\d)", r"\1.\2", key): value
        for key, value in reference.state("densenet121").items()
    }
    assert "features.denseblock1.denselayer1.norm.1.weight" in state
    save_file(state, tmp_path / "weights.safetensors")
    model = network("densenet121", include_top=False, input_shape=(32, 32, 3))
    load_weights(model, tmp_path / "weights.safetensors")
    loaded = model.get_layer("conv5_block16_1_bn").gamma
    np.testing.assert_array_equal(loaded, state["features.denseblock4.denselayer16.norm.2.weight"])


def test_torchvisions_weights_are_refused_in_the_form_of_keras(tmp_path):
    """Which has the same weights, and pads otherwise."""
    save_file(reference.state("mobilenet_v2"), tmp_path / "weights.safetensors")
    keras_form = mobilenet_v2(include_top=False, input_shape=(32, 32, 3))
    before = keras_form.get_weights()
    with pytest.raises(ValueError, match="do not fit mobilenet_v2: the file is PyTorch's, for variant='torch', not"):
        load_weights(keras_form, tmp_path / "weights.safetensors")
    assert all(map(np.array_equal, before, keras_form.get_weights()))


@pytest.mark.usefixtures("shapes_only")
@pytest.mark.parametrize("name", ["efficientnet_b0", "mobilenet_v3_small"])
def test_keras_preprocessing_inside_is_no_torchvision_network(name, tmp_path):
    """Its layers are no network of torchvision's; the sentence is the same."""
    save_file({"features.0.0.weight": np.zeros((32, 3, 3, 3), "f4")}, tmp_path / "weights.safetensors")
    model = models.build(name, include_top=False, input_shape=(32, 32, 3))
    with pytest.raises(ValueError, match=r"for variant='torch', not variant='keras'|has a kernel of shape"):
        load_weights(model, tmp_path / "weights.safetensors")


def test_without_a_top_the_classifier_is_left_unread(tmp_path):
    model = network("squeezenet1_1", include_top=False, input_shape=(64, 64, 3))
    whole = network("squeezenet1_1", input_shape=(64, 64, 3))
    save_file(reference.state("squeezenet1_1"), tmp_path / "weights.safetensors")
    for one in (model, whole):
        load_weights(one, tmp_path / "weights.safetensors")
    for layer in model.layers:
        for mine, theirs in zip(layer.get_weights(), whole.get_layer(layer.name).get_weights(), strict=True):
            np.testing.assert_array_equal(mine, theirs)


@pytest.fixture(scope="module")
def small():
    return network("squeezenet1_1", input_shape=(64, 64, 3))


def spoil(state, spoiling):
    spoiling(state)
    return state


WRONG = [
    (
        lambda s: s.pop("features.3.squeeze.weight"),
        "layer fire2_squeeze has a kernel of shape (1, 1, 64, 16), the file no",
    ),
    (lambda s: s.update({"features.3.squeeze.weight": np.zeros((16, 64, 3, 3), "f4")}), "the file has (3, 3, 64, 16)"),
    (
        lambda s: s.update({"features.99.weight": np.zeros(3, "f4")}),
        "the file has 1 weights more, such as features.99.weight",
    ),
    (lambda s: s.clear(), "the file no features.0.weight"),
]


@pytest.mark.parametrize(("spoiling", "says"), WRONG, ids=[says for _, says in WRONG])
def test_a_file_that_does_not_fit_says_where_and_changes_nothing(small, spoiling, says, tmp_path):
    before = small.get_weights()
    save_file(spoil(reference.state("squeezenet1_1"), spoiling), tmp_path / "weights.safetensors")
    with pytest.raises(ValueError) as raised:
        load_weights(small, tmp_path / "weights.safetensors")
    assert says in str(raised.value)
    assert "\n" not in str(raised.value)
    for left, right in zip(before, small.get_weights(), strict=True):
        np.testing.assert_array_equal(left, right)


def test_weights_of_another_network_are_refused(small, tmp_path):
    save_file(reference.state("squeezenet1_0"), tmp_path / "weights.safetensors")
    with pytest.raises(ValueError, match="do not fit squeezenet1_1: layer"):
        load_weights(small, tmp_path / "weights.safetensors")


@pytest.mark.parametrize("keep", [0, 7, 1000])
def test_a_truncated_file_is_one_sentence(small, keep, tmp_path):
    path = tmp_path / "weights.safetensors"
    save_file(reference.state("squeezenet1_1"), path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ValueError, match="damaged") as raised:
        load_weights(small, path)
    assert "\n" not in str(raised.value)


def test_our_own_names_are_read_as_they_are(small, tmp_path):
    state = {f"{layer.name}.{w.name}": np.asarray(w) + 1 for layer in small.layers for w in layer.weights}
    save_file(state, tmp_path / "weights.safetensors")
    load_weights(small, tmp_path / "weights.safetensors")
    np.testing.assert_array_equal(small.get_layer("conv1").get_weights()[0], state["conv1.kernel"])


def nested():
    """Models inside a model whose layers have the names of its own, and a layer that holds several kernels."""
    inner = [keras.Sequential([keras.Input((4, 3)), keras.layers.Dense(3, name="dense")], name=n) for n in "ab"]
    inputs = keras.Input((4, 3))
    x = keras.layers.Dense(3, name="dense")(inner[1](inner[0](inputs)))
    x = keras.layers.MultiHeadAttention(2, 3, name="attention")(x, x)
    return keras.Model(inputs, keras.layers.Bidirectional(keras.layers.LSTM(2, name="lstm"), name="both")(x))


def test_nested_models_do_not_collide_in_a_file(tmp_path):
    keras.utils.set_random_seed(0)
    one, other = nested(), nested()
    state = {name: keras.ops.convert_to_numpy(weight) for name, weight in named_weights(one)}
    assert len(state) == len(one.weights)
    assert {"a/dense.kernel", "b/dense.kernel", "dense.kernel", "attention.query.kernel"} < set(state)
    save_file(state, tmp_path / "weights.safetensors")
    load_weights(other, tmp_path / "weights.safetensors")
    for mine, theirs in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_prefixes_of_training_scripts_are_taken_off(small, tmp_path):
    state = {f"module.{key}": value for key, value in reference.state("squeezenet1_1").items()}
    save_file(state, tmp_path / "weights.safetensors")
    load_weights(small, tmp_path / "weights.safetensors")


def test_a_network_that_torchvision_has_not(tmp_path):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, name="mine")])
    save_file({"fc.weight": np.zeros((2, 4), "f4")}, tmp_path / "weights.safetensors")
    with pytest.raises(ValueError, match="torchvision has no network with these layers"):
        load_weights(model, tmp_path / "weights.safetensors")


def test_pth_without_torch_says_what_to_install(small, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    (tmp_path / "weights.pth").write_bytes(b"anything")
    with pytest.raises(ValueError, match="pip install torch"):
        load_weights(small, tmp_path / "weights.pth")


def test_pth_is_read_and_code_in_it_is_not_run(small, tmp_path):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    torch.save({k: torch.from_numpy(v) for k, v in reference.state("squeezenet1_1").items()}, tmp_path / "good.pth")
    load_weights(small, tmp_path / "good.pth")
    torch.save({"x": Path("/")}, tmp_path / "evil.pth")
    for content in (None, b"", b"not a file"):
        if content is not None:
            (tmp_path / "evil.pth").write_bytes(content)
        with pytest.raises(ValueError, match="damaged, or holds more than weights"):
            load_weights(small, tmp_path / "evil.pth")
