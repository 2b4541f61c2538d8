"""YOLOv2 and the tiny YOLOs, up to their raw heads: counts, stages, census, and the small forms for small images."""

from collections import Counter

import keras
import numpy as np
import pytest

from ccv.models.cards.yolo import CARDS
from ccv.models.darknet import darknet19
from ccv.models.yolo_tiny import yolo_v1_tiny, yolo_v2_tiny, yolo_v3_tiny
from ccv.models.yolo_v2 import yolo_v2

pytestmark = pytest.mark.usefixtures("shapes_only")

BUILDERS = {"yolo_v1_tiny": yolo_v1_tiny, "yolo_v2": yolo_v2, "yolo_v2_tiny": yolo_v2_tiny}
NAMED = {card.name: card for card in CARDS}
STAGES = {
    "yolo_v1_tiny": {
        "stage0_conv": (64, 64, 16), "stage2_conv": (16, 16, 64), "pool3": (8, 8, 64), "stage3_conv": (8, 8, 64),
        "head_1_conv": (8, 8, 64), "head_out_conv": (8, 8, 13),
    },
    "yolo_v2": {
        "stage4_5_conv_leaky": (26, 26, 512), "stage5_5_conv_leaky": (13, 13, 1024), "head_1_conv": (13, 13, 1024),
        "head_2_conv": (13, 13, 1024), "passthrough_conv": (26, 26, 64), "passthrough_reorg": (13, 13, 256),
        "head_concat": (13, 13, 1280), "head_3_conv": (13, 13, 1024), "head_out_conv": (13, 13, 425),
    },
    "yolo_v2_tiny": {
        "stage0_conv": (416, 416, 16), "stage1_conv": (208, 208, 32), "stage2_conv": (104, 104, 64),
        "stage3_conv": (52, 52, 128), "stage4_conv": (26, 26, 256), "pool5": (13, 13, 256),
        "stage5_1_conv": (13, 13, 512), "pool6": (13, 13, 512), "stage5_2_conv": (13, 13, 1024),
        "head_1_conv": (13, 13, 1024), "head_out_conv": (13, 13, 125),
    },
}  # fmt: skip
CENSUS = {
    "yolo_v1_tiny": {"InputLayer": 1, "Conv2D": 6, "BatchNormalization": 5, "LeakyReLU": 5, "MaxPooling2D": 3},
    "yolo_v2": {
        "InputLayer": 1, "Conv2D": 23, "BatchNormalization": 22, "LeakyReLU": 22, "MaxPooling2D": 5, "Reorg": 1,
        "Concatenate": 1,
    },
    "yolo_v2_tiny": {"InputLayer": 1, "Conv2D": 9, "BatchNormalization": 8, "LeakyReLU": 8, "MaxPooling2D": 6},
}  # fmt: skip


def trainable(model):
    return sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)


def multiply_adds(model):
    convolutions = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    return sum(int(np.prod(c.kernel.shape)) * c.output.shape[1] * c.output.shape[2] for c in convolutions)


@pytest.mark.parametrize("name", BUILDERS)
def test_golden_stages_and_census(name):
    plain, *others = NAMED[name].golden
    model = BUILDERS[name]()
    assert trainable(model) == plain.params
    assert model.count_params() == plain.params + plain.stats
    assert multiply_adds(model) == plain.macs
    for layer, output in STAGES[name].items():
        assert model.get_layer(layer).output.shape[1:] == output, layer
    assert Counter(type(layer).__name__ for layer in model.layers) == CENSUS[name]
    assert trainable(BUILDERS[name](include_top=False)) == plain.notop
    for golden in others:
        model = BUILDERS[name](**golden.options)
        assert (trainable(model), model.count_params()) == (golden.params, golden.params + golden.stats)
        assert trainable(BUILDERS[name](include_top=False, **golden.options)) == golden.notop


def test_the_golden_totals():
    """The published networks, and the measured ones for small images."""
    small = {"width": 3 / 4, "classes": 3, "input_shape": (64, 64, 3)}
    assert yolo_v2().count_params() == 50_983_561
    assert yolo_v2(classes=20).count_params() == 50_676_061
    assert yolo_v2_tiny().count_params() == 15_867_885
    assert yolo_v2_tiny(stride=8, boxes=2, **small).count_params() == 56_260
    assert yolo_v2_tiny(stride=16, boxes=3, **small).count_params() == 224_460
    assert yolo_v1_tiny(**small).count_params() == 56_113


def test_yolo_v2_without_its_top_is_darknet_19():
    base, peer = (build(include_top=False, width=1 / 8, input_shape=(64, 64, 3)) for build in (yolo_v2, darknet19))
    assert [layer.name for layer in base.layers] == [layer.name for layer in peer.layers]


def test_the_reorganized_maps_come_first():
    """`[route] layers=-1,-4` of yolov2.cfg: the passthrough, then head_2."""
    model = yolo_v2(width=1 / 16, input_shape=(64, 64, 3))
    first, second = model.get_layer("head_concat").input
    assert first is model.get_layer("passthrough_reorg").output
    assert second is model.get_layer("head_2_conv_leaky").output


@pytest.mark.parametrize(("stride", "halvings"), [(8, "three"), (16, "four"), (32, "five")])
def test_the_stride_is_the_pixels_of_a_cell(stride, halvings):
    options = {"stride": stride, "width": 1 / 8, "classes": 2}
    for builder, channels in ((yolo_v1_tiny, 2 * 5 + 2), (yolo_v2_tiny, 5 * 7)):
        model = builder(input_shape=(2 * stride, 3 * stride, 1), **options)
        assert model.output_shape == (None, 2, 3, channels)
        assert builder(input_shape=(None, None, 3), **options).output_shape == (None, None, None, channels)
    with pytest.raises(ValueError, match=rf"takes multiples of {stride} pixels, such as 416, not 40\dx416: {halvings}"):
        yolo_v2_tiny(input_shape=(401, 416, 3), **options)
    with pytest.raises(ValueError, match=f"{halvings} halvings need at least {stride} pixels"):
        yolo_v1_tiny(input_shape=(stride - 1, 64, 3), **options)


@pytest.mark.parametrize("stride", [8, 16, 32])
def test_the_heads_of_a_pyramid_halve_the_cells(stride):
    shape = (2 * stride, 4 * stride, 3)
    model = yolo_v3_tiny(stride=stride, heads=3, boxes=2, classes=1, width=1 / 8, input_shape=shape)
    assert model.output_shape == [(None, 2, 4, 12), (None, 4, 8, 12), (None, 8, 16, 12)]
    single = yolo_v3_tiny(stride=stride, heads=1, classes=1, width=1 / 8, input_shape=shape)
    assert single.output_shape == (None, 2, 4, 18)


def test_arguments_that_do_not_fit():
    with pytest.raises(ValueError, match="stride=4 must be 8, 16 or 32: the pixels of a cell"):
        yolo_v2_tiny(stride=4)
    with pytest.raises(ValueError, match="heads=4 must be 1, 2 or 3"):
        yolo_v3_tiny(heads=4)
    for builder in (yolo_v1_tiny, yolo_v2, yolo_v2_tiny, yolo_v3_tiny):
        with pytest.raises(ValueError, match="boxes=0 must be an integer of at least 1"):
            builder(boxes=0)
