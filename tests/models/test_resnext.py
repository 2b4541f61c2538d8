"""ResNeXt: table 1 of its paper (catalogue A-23, C-074). test_residual_torch.py compares it with torchvision."""

from collections import Counter

import numpy as np
import pytest

from ccv.models import resnext
from ccv.models.cards import resnext as cards
from ccv.models.resnext import resnext50_32x4d

CARDS = {card.name: card for card in cards.CARDS}
GOLDEN = [
    ("resnext50_32x4d", 25_028_904, 68_224, 22_979_904),
    ("resnext101_32x8d", 88_791_336, 202_880, 86_742_336),
]
# a layer of each stage: output for 224x224 pixels, groups, shape of the kernel
STAGES = {
    "conv2_block3_2_conv": ((56, 56, 128), (3, 3, 4, 128)),
    "conv2_block3_out": ((56, 56, 256), None),
    "conv3_block4_2_conv": ((28, 28, 256), (3, 3, 8, 256)),
    "conv3_block4_out": ((28, 28, 512), None),
    "conv4_block6_2_conv": ((14, 14, 512), (3, 3, 16, 512)),
    "conv4_block6_out": ((14, 14, 1024), None),
    "conv5_block3_2_conv": ((7, 7, 1024), (3, 3, 32, 1024)),
    "conv5_block3_out": ((7, 7, 2048), None),
    "avg_pool": ((2048,), None),
    "predictions": ((1000,), (2048, 1000)),
}
CENSUS = {
    "InputLayer": 1, "ZeroPadding2D": 5, "Conv2D": 53, "BatchNormalization": 53, "Activation": 49, "Add": 16,
    "MaxPooling2D": 1, "GlobalAveragePooling2D": 1, "Dense": 1,
}  # fmt: skip


def count(weights):
    return sum(int(np.prod(weight.shape)) for weight in weights)


@pytest.mark.usefixtures("shapes_only")
@pytest.mark.parametrize(("name", "params", "stats", "notop"), GOLDEN)
def test_golden(name, params, stats, notop):
    model = getattr(resnext, name)()
    assert count(model.trainable_weights) == params
    assert count(model.non_trainable_weights) == stats
    assert params - count(model.get_layer("predictions").weights) == notop
    [golden] = CARDS[name].golden
    assert (golden.params, golden.stats, golden.notop) == (params, stats, notop)


@pytest.mark.usefixtures("shapes_only")
def test_stage_shapes_and_census():
    model = resnext50_32x4d()
    for name, (output, kernel) in STAGES.items():
        layer = model.get_layer(name)
        assert layer.output.shape[1:] == output
        assert kernel is None or layer.kernel.shape == kernel
    assert Counter(type(layer).__name__ for layer in model.layers) == CENSUS


@pytest.mark.usefixtures("shapes_only")
@pytest.mark.parametrize("name", ["resnext50_32x4d", "resnext101_32x8d"])
@pytest.mark.parametrize("width", [1 / 16, 1 / 8, 1, 2])
def test_width_keeps_the_thirty_two_groups(name, width):
    model = getattr(resnext, name)(width=width, include_top=False, input_shape=(32, 32, 3))
    for layer in model.layers:
        if layer.name.endswith("_2_conv"):
            assert layer.groups == 32
            assert layer.filters % 32 == 0
    assert model.output.shape[-1] == 2048 * width


@pytest.mark.usefixtures("shapes_only")
def test_the_stride_is_in_the_3x3():
    model = resnext50_32x4d(width=1 / 8)
    assert model.get_layer("conv3_block1_1_conv").strides == (1, 1)
    assert model.get_layer("conv3_block1_2_conv").strides == (2, 2)


def test_too_small_an_image():
    with pytest.raises(ValueError, match=r"too small for resnext50_32x4d: .* need at least 17 pixels"):
        resnext50_32x4d(input_shape=(16, 32, 3))
