"""YOLO v1, YOLOv3 and YOLOv3-tiny, up to their raw heads (catalogue A-29, A-30, E-69)."""

from collections import Counter

import keras
import numpy as np
import pytest

from ccv.models.cards.yolo import CARDS
from ccv.models.darknet import darknet53
from ccv.models.stages import stage_outputs
from ccv.models.yolo import yolo_v3
from ccv.models.yolo_tiny import yolo_v3_tiny
from ccv.models.yolo_v1 import yolo_v1

pytestmark = pytest.mark.slow  # large networks

BUILDERS = {"yolo_v1": yolo_v1, "yolo_v3": yolo_v3, "yolo_v3_tiny": yolo_v3_tiny}
STAGES = {
    "yolo_v1": {
        "block1_1_conv": (224, 224, 64), "block1_pool": (112, 112, 64), "block2_1_conv": (112, 112, 192),
        "block2_pool": (56, 56, 192), "block3_4_conv": (56, 56, 512), "block3_pool": (28, 28, 512),
        "block4_1_conv": (28, 28, 256), "block4_10_conv": (28, 28, 1024), "block4_pool": (14, 14, 1024),
        "block5_5_conv": (14, 14, 1024), "block5_6_conv": (7, 7, 1024), "block6_2_conv": (7, 7, 1024),
        "fc1": (4096,), "fc2": (1470,), "predictions": (7, 7, 30),
    },
    "yolo_v3": {
        "stage3_block8_add": (52, 52, 256), "stage4_block8_add": (26, 26, 512), "stage5_block4_add": (13, 13, 1024),
        "head1_5_conv": (13, 13, 512), "head1_6_conv": (13, 13, 1024), "head1_out_conv": (13, 13, 255),
        "head2_up_conv": (13, 13, 256), "head2_upsample": (26, 26, 256), "head2_concat": (26, 26, 768),
        "head2_5_conv": (26, 26, 256), "head2_6_conv": (26, 26, 512), "head2_out_conv": (26, 26, 255),
        "head3_up_conv": (26, 26, 128), "head3_upsample": (52, 52, 128), "head3_concat": (52, 52, 384),
        "head3_5_conv": (52, 52, 128), "head3_6_conv": (52, 52, 256), "head3_out_conv": (52, 52, 255),
    },
    "yolo_v3_tiny": {
        "stage0_conv": (416, 416, 16), "stage1_conv": (208, 208, 32), "stage2_conv": (104, 104, 64),
        "stage3_conv": (52, 52, 128), "stage4_conv": (26, 26, 256), "pool5": (13, 13, 256),
        "stage5_1_conv": (13, 13, 512), "pool6": (13, 13, 512), "stage5_2_conv": (13, 13, 1024),
        "neck_conv": (13, 13, 256), "head1_1_conv": (13, 13, 512), "head1_out_conv": (13, 13, 255),
        "head2_up_conv": (13, 13, 128), "head2_concat": (26, 26, 384), "head2_1_conv": (26, 26, 256),
        "head2_out_conv": (26, 26, 255),
    },
}  # fmt: skip
CENSUS = {
    "yolo_v1": {
        "InputLayer": 1, "Conv2D": 24, "LeakyReLU": 25, "ZeroPadding2D": 2, "MaxPooling2D": 4, "Flatten": 1,
        "Dense": 2, "Dropout": 1, "Reshape": 1,
    },
    "yolo_v3": {
        "InputLayer": 1, "Conv2D": 75, "BatchNormalization": 72, "LeakyReLU": 72, "ZeroPadding2D": 5, "Add": 23,
        "UpSampling2D": 2, "Concatenate": 2,
    },
    "yolo_v3_tiny": {
        "InputLayer": 1, "Conv2D": 13, "BatchNormalization": 11, "LeakyReLU": 11, "MaxPooling2D": 6,
        "UpSampling2D": 1, "Concatenate": 1,
    },
}  # fmt: skip


def trainable(model):
    return sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)


def multiply_adds(model):
    total = 0
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D | keras.layers.Dense):
            places = layer.output.shape[1:3] if isinstance(layer, keras.layers.Conv2D) else ()
            total += int(np.prod(layer.kernel.shape) * np.prod(places))
    return total


@pytest.mark.parametrize("card", [card for card in CARDS if card.name in BUILDERS], ids=lambda card: card.name)
def test_golden_stages_and_census(card):
    plain, *others = card.golden
    model = BUILDERS[card.name]()
    assert trainable(model) == plain.params
    assert model.count_params() == plain.params + plain.stats
    assert multiply_adds(model) == plain.macs
    for layer, output in STAGES[card.name].items():
        assert model.get_layer(layer).output.shape[1:] == output, layer
    assert Counter(type(layer).__name__ for layer in model.layers) == CENSUS[card.name]
    del model
    assert trainable(BUILDERS[card.name](include_top=False)) == plain.notop
    for golden in others:
        model = BUILDERS[card.name](**golden.options)
        assert (trainable(model), model.count_params()) == (golden.params, golden.params + golden.stats)


def test_the_golden_totals():
    assert yolo_v3().count_params() == 62_001_757
    assert yolo_v3(classes=20).count_params() == 61_678_657
    assert yolo_v3_tiny().count_params() == 8_858_734


def test_yolo_v3_has_10_647_boxes():
    shapes = yolo_v3(width=1 / 16).output_shape
    assert shapes == [(None, 13, 13, 255), (None, 26, 26, 255), (None, 52, 52, 255)]
    assert sum(3 * rows * columns for _, rows, columns, _ in shapes) == 10_647
    assert all(channels == 3 * (5 + 80) for *_, channels in shapes)


@pytest.mark.parametrize("name", ["yolo_v3", "yolo_v3_tiny"])
def test_any_multiple_of_32(name):
    model = BUILDERS[name](width=1 / 16, classes=4, input_shape=(None, None, 1))
    heads = model.predict(np.random.default_rng(0).normal(size=(2, 64, 96, 1)), verbose=0)
    assert [head.shape for head in heads] == [(2, 2, 3, 27), (2, 4, 6, 27), (2, 8, 12, 27)][: len(heads)]
    assert len(heads) == (3 if name == "yolo_v3" else 2)
    assert min(head.min() for head in heads) < 0, "raw numbers"
    with pytest.raises(ValueError) as raised:
        BUILDERS[name](input_shape=(416, 400, 3))
    assert str(raised.value) == f"{name} takes multiples of 32 pixels, such as 416, not 416x400: five halvings"
    with pytest.raises(ValueError, match="five halvings need at least 32 pixels"):
        BUILDERS[name](input_shape=(416, 31, 3))


def test_an_activation_is_applied_to_every_number():
    options = {"width": 1 / 16, "classes": 2, "input_shape": (32, 32, 3)}
    raw, squashed = yolo_v3_tiny(**options), yolo_v3_tiny(**options, classifier_activation="sigmoid")
    squashed.set_weights(raw.get_weights())
    x = np.random.default_rng(0).normal(size=(1, 32, 32, 3))
    for left, right in zip(raw.predict(x, verbose=0), squashed.predict(x, verbose=0), strict=True):
        np.testing.assert_allclose(1 / (1 + np.exp(-left)), right, atol=1e-6)


def test_width_spares_the_heads():
    thin = yolo_v3(width=1 / 8, input_shape=(64, 64, 3))
    assert [layer.name for layer in thin.layers] == [layer.name for layer in yolo_v3(input_shape=(64, 64, 3)).layers]
    assert thin.get_layer("head1_out_conv").filters == 255
    assert thin.get_layer("head1_6_conv").filters == 128


def test_yolo_v3_without_its_top_is_darknet_53():
    base, peer = (build(include_top=False, width=1 / 8) for build in (yolo_v3, darknet53))
    assert [layer.name for layer in base.layers] == [layer.name for layer in peer.layers]
    assert base.output_shape == (None, 13, 13, 128)
    ends = {stage: tuple(tensor.shape[1:]) for stage, tensor in stage_outputs(base).items()}
    assert (ends["stage3"], ends["stage4"], ends["stage5"]) == ((52, 52, 32), (26, 26, 64), (13, 13, 128))
    for pooling in ("avg", "max"):
        assert yolo_v3(include_top=False, width=1 / 8, pooling=pooling).output_shape == (None, 128)
    odd = yolo_v3(include_top=False, width=1 / 8, input_shape=(40, 33, 1))
    assert odd.output_shape == (None, 2, 2, 128)


def test_a_finer_head_sees_the_upsampled_maps_first():
    """`[route] layers = -1, 61` puts the upsampled maps before the backbone's."""
    for name, builder in (("yolo_v3", yolo_v3), ("yolo_v3_tiny", yolo_v3_tiny)):
        model = builder(width=1 / 16, input_shape=(64, 64, 3))
        heads = ("head2", "head3") if name == "yolo_v3" else ("head2",)
        for head in heads:
            first, second = model.get_layer(f"{head}_concat").input
            assert first is model.get_layer(f"{head}_upsample").output
            backbone = {"head3": "stage3_block8_add", "head2": "stage4_block8_add"}[head]
            backbone = backbone if name == "yolo_v3" else "stage4_conv_leaky"
            assert second is model.get_layer(backbone).output


def test_the_tiny_pool_of_stride_1_pads_behind():
    pool = yolo_v3_tiny(width=1 / 16, input_shape=(64, 64, 3)).get_layer("pool6")
    x = -np.arange(6, dtype="float32").reshape(1, 2, 3, 1)
    np.testing.assert_array_equal(np.asarray(pool(x))[0, :, :, 0], [[0, -1, -2], [-3, -4, -5]])


def test_the_grid_of_yolo_v1_has_a_cell_for_64_pixels():
    small = {"width": 1 / 16, "classes": 4}
    assert yolo_v1(**small, input_shape=(128, 200, 3)).output_shape == (None, 2, 4, 2 * 5 + 4)
    assert yolo_v1(**small, input_shape=(64, 65, 1), boxes=3).output_shape == (None, 1, 2, 3 * 5 + 4)
    assert yolo_v1(**small, input_shape=(64, 64, 1), include_top=False, pooling="avg").output_shape == (None, 64)
    with pytest.raises(ValueError, match="six halvings need at least 64 pixels"):
        yolo_v1(**small, input_shape=(64, 63, 3))
    with pytest.raises(ValueError, match="must hold integers above 0"):
        yolo_v1(**small, input_shape=(None, None, 3))
    with pytest.raises(ValueError, match="boxes=0 must be an integer of at least 1"):
        yolo_v1(**small, boxes=0)


def test_yolo_v1_has_24_convolutions_with_biases_and_no_normalisation():
    model = yolo_v1(width=1 / 16)
    convolutions = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    assert len(convolutions) == 24
    assert all(layer.use_bias for layer in convolutions)
    assert model.get_layer("fc2").activation is keras.activations.linear
    assert yolo_v1(width=1 / 16, classifier_activation="sigmoid").get_layer("fc2").activation.__name__ == "sigmoid"
