"""SE-ResNet-50: table 1 of its paper; test_weights_torch.py holds its outputs beside timm's."""

from collections import Counter

import keras
import numpy as np
import pytest

from ccv.models import card, resnet50, seresnet50

CENSUS = {
    "InputLayer": 1, "ZeroPadding2D": 5, "Conv2D": 53 + 32, "BatchNormalization": 53, "Activation": 49, "Add": 16,
    "MaxPooling2D": 1, "GlobalAveragePooling2D": 17, "Reshape": 16, "Multiply": 16, "Dense": 1,
}  # fmt: skip
# The channels of each stage's blocks, and how many blocks there are.
STAGES = ((256, 3), (512, 4), (1024, 6), (2048, 3))


def count(weights):
    return sum(int(np.prod(weight.shape)) for weight in weights)


@pytest.mark.usefixtures("shapes_only")
@pytest.mark.parametrize("variant", ["torch", "paper"])
def test_golden_stages_and_census(variant):
    model = seresnet50(variant=variant)
    golden = next(one for one in card("seresnet50").golden if one.label == variant)
    added = sum(blocks * (2 * c * c // 16 + c + c // 16) for c, blocks in STAGES)
    assert count(model.trainable_weights) == golden.params == 25_557_032 + added == 28_088_024
    assert count(model.non_trainable_weights) == golden.stats == 53_120
    assert golden.params - count(model.get_layer("predictions").weights) == golden.notop
    census = Counter(type(layer).__name__ for layer in model.layers)
    assert census == CENSUS | {"ZeroPadding2D": 5 if variant == "torch" else 2}
    for stage, (channels, blocks) in enumerate(STAGES, 2):
        name = f"conv{stage}_block{blocks}"
        assert model.get_layer(f"{name}_se_reduce").output.shape == (None, 1, 1, channels // 16)
        assert model.get_layer(f"{name}_out").output.shape == (None, 224 >> stage, 224 >> stage, channels)
    assert model.get_layer("conv3_block1_2_conv").strides == ((2, 2) if variant == "torch" else (1, 1))


def test_open_gates_leave_a_resnet():
    """Where every gate is wide open, the network is ResNet-50 without them."""
    options = {"input_shape": (64, 48, 3), "width": 1 / 8, "classes": 5, "variant": "torch"}
    ours, plain = seresnet50(**options), resnet50(**options)
    for layer in ours.layers:
        if layer.name.endswith("_se_expand"):
            layer.set_weights([np.zeros(layer.kernel.shape), np.full(layer.bias.shape, 40)])
        elif layer.weights and "_se_" not in layer.name:
            plain.get_layer(layer.name).set_weights(layer.get_weights())
    x = np.random.default_rng(0).normal(size=(2, 64, 48, 3)).astype("float32")
    np.testing.assert_allclose(ours(x, training=False), plain(x, training=False), atol=1e-6)


def test_a_gate_is_what_the_paper_writes():
    model = seresnet50(width=1 / 8, include_top=False, input_shape=(32, 32, 3))
    name = "conv2_block1"
    parts = [model.get_layer(f"{name}_{part}") for part in ("3_bn", "se_reduce", "se_expand", "se_excite")]
    probe = keras.Model(model.input, [parts[0].output, parts[3].output])
    maps, excited = map(np.asarray, probe(np.random.default_rng(1).normal(size=(2, 32, 32, 3)).astype("float32")))
    (w1, b1), (w2, b2) = (part.get_weights() for part in parts[1:3])
    hidden = np.maximum(maps.mean((1, 2)) @ w1[0, 0] + b1, 0)
    gate = 1 / (1 + np.exp(-(hidden @ w2[0, 0] + b2)))
    np.testing.assert_allclose(excited, maps * gate[:, None, None], atol=1e-5)


def test_too_small_an_image():
    with pytest.raises(ValueError, match=r"too small for seresnet50: .* need at least 17 pixels"):
        seresnet50(input_shape=(16, 32, 3))
