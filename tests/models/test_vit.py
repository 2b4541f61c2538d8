"""ViT-B/16: table 1 of its paper; test_weights_torch.py holds its outputs beside torchvision's."""

from collections import Counter

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from ccv.models import build, card, feature_info, load_weights, save_weights, vit_b_16
from ccv.transfer import backbone, freeze, unfreeze, with_head

SMALL = {"width": 1 / 8, "classes": 4}
CENSUS = {
    "InputLayer": 1, "Conv2D": 1, "Reshape": 1, "ClassToken": 1, "PositionEmbedding": 1, "LayerNormalization": 25,
    "MultiHeadAttention": 12, "Add": 24, "Dense": 24 + 1, "Activation": 12, "Cropping1D": 1, "Flatten": 1,
}  # fmt: skip


def count(weights):
    return sum(int(np.prod(weight.shape)) for weight in weights)


@pytest.mark.usefixtures("shapes_only")
def test_golden_and_census():
    model, [golden] = vit_b_16(), card("vit_b_16").golden
    block = 2 * 2 * 768 + 4 * (768 * 768 + 768) + 768 * 3072 + 3072 + 3072 * 768 + 768
    assert 12 * block + (16 * 16 * 3 + 1) * 768 + 768 + 197 * 768 + 2 * 768 == golden.notop
    assert count(model.weights) == count(model.trainable_weights) == golden.params == golden.notop + 769_000
    assert Counter(type(layer).__name__ for layer in model.layers) == CENSUS
    assert model.get_layer("encoder12_out").output.shape == (None, 197, 768)


@pytest.mark.usefixtures("shapes_only")
def test_without_the_top_its_places_are_the_only_stage():
    bare = vit_b_16(include_top=False)
    assert [(s.name, s.channels, s.stride, s.shape) for s in feature_info(bare)] == [("stage4", 768, 16, (14, 14, 768))]
    assert feature_info(vit_b_16(width=1 / 8)) == []
    assert vit_b_16(include_top=False, pooling="avg", width=1 / 8).output_shape == (None, 96)
    with pytest.raises(ValueError, match=r"vit_b_16 has no map .*: build it without its top, by include_top=False"):
        backbone(vit_b_16(width=1 / 8))


def test_the_map_has_the_places_in_their_order():
    """What a patch of the image changes most is the place that it lies at."""
    model = vit_b_16(include_top=False, width=1 / 8, input_shape=(64, 96, 3))
    x = np.random.default_rng(0).normal(size=(1, 64, 96, 3)).astype("float32")
    other = x.copy()
    other[:, 16:32, 64:80] += 3
    change = np.abs(np.asarray(model(other)) - np.asarray(model(x)))[0].sum(-1)
    assert change.shape == (4, 6)
    assert np.unravel_index(change.argmax(), change.shape) == (1, 4)


def test_what_fills_no_patch_is_not_seen():
    model = vit_b_16(**SMALL, input_shape=(37, 50, 3))
    x = np.random.default_rng(0).normal(size=(1, 37, 50, 3)).astype("float32")
    other = x.copy()
    other[:, 32:], other[:, :, 48:] = 7, 7
    np.testing.assert_array_equal(model(x), model(other))


def test_a_position_of_its_own_needs_known_sides():
    with pytest.raises(ValueError, match=r"input_shape=\(None, 64, 3\) must have known sides"):
        vit_b_16(include_top=False, input_shape=(None, 64, 3))
    with pytest.raises(ValueError, match="patches of 16x16 pixels need at least 16 pixels"):
        vit_b_16(input_shape=(15, 64, 3))


@pytest.mark.parametrize("names", ["ccv", "torch"])
def test_weights_go_to_another_size_with_their_positions_interpolated(names, tmp_path):
    small, large = (vit_b_16(**SMALL, input_shape=(side, side, 3)) for side in (48, 80))
    load_weights(large, save_weights(small, tmp_path / "small.safetensors", names=names))
    ours, theirs = (np.asarray(model.get_layer("positions").positions)[0] for model in (small, large))
    np.testing.assert_array_equal(ours[0], theirs[0])
    np.testing.assert_allclose(theirs[1:].reshape(5, 5, -1)[2, 2], ours[1:].reshape(3, 3, -1)[1, 1], atol=1e-6)
    for left, right in zip(small.get_weights(), large.get_weights(), strict=True):
        assert left.shape != right.shape or np.array_equal(left, right)


def test_the_state_dict_is_torchs_and_comes_back_as_it_was(tmp_path):
    model = vit_b_16(**SMALL, input_shape=(32, 32, 3))
    state = load_file(save_weights(model, tmp_path / "one.safetensors", names="torch"))
    attention = "encoder.layers.encoder_layer_3.self_attention"
    assert state[f"{attention}.in_proj_weight"].shape == (3 * 96, 96)
    assert state[f"{attention}.in_proj_bias"].shape == (3 * 96,)
    assert state["class_token"].shape == (1, 1, 96) and state["encoder.pos_embedding"].shape == (1, 5, 96)
    drawn = {k: np.random.default_rng(n).normal(size=v.shape).astype("f4") for n, (k, v) in enumerate(state.items())}
    published = {k.replace(".mlp.0.", ".mlp.linear_1.").replace(".mlp.3.", ".mlp.linear_2."): drawn[k] for k in drawn}
    save_file(published, tmp_path / "two.safetensors")
    assert load_weights(model, tmp_path / "two.safetensors", partial=True).kept == {}
    load_weights(model, tmp_path / "two.safetensors")
    again = load_file(save_weights(model, tmp_path / "three.safetensors", names="torch"))
    assert set(again) == set(drawn)
    assert all(np.array_equal(again[key], drawn[key]) for key in drawn)


def test_a_head_on_its_map_and_frozen_blocks():
    model = with_head(backbone("vit_b_16", width=1 / 8, input_shape=(32, 48, 3)), 3)
    assert model.predict(np.zeros((1, 32, 48, 3), "uint8"), verbose=0).shape == (1, 3)
    freeze(model)
    assert {weight.path.split("/")[0] for weight in model.trainable_weights} == {"head"}
    unfreeze(model, since="encoder11_out")
    trained = {weight.path.split("/")[0] for weight in model.trainable_weights}
    assert {name.partition("_")[0] for name in trained} == {"encoder12", "encoder", "head"}


def test_dropout_stands_behind_the_positions_the_attention_and_the_dense_layers():
    names = [layer.name for layer in build("vit_b_16", **SMALL, dropout=0.1).layers if "drop" in layer.name]
    assert names[:4] == ["positions_drop", "encoder1_drop1", "encoder1_drop2", "encoder1_drop3"]
    assert len(names) == 1 + 3 * 12
