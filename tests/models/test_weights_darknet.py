"""Files that darknet publishes beside the whole networks: COCO's tiny, and the first layers alone."""

import numpy as np
import pytest

from ccv import models
from ccv.models.darknet_order import CFG_ORDER
from ccv.models.origin import origin_of
from ccv.transfer import backbone, with_head

HEADER = np.array([0, 2, 5, 32013312, 0], "<i4").tobytes()
SMALL = {"width": 1 / 8, "input_shape": (64, 64, 3)}
TINY = [(3, 16, 3), (16, 32, 3), (32, 64, 3), (64, 128, 3), (128, 256, 3), (256, 512, 3), (512, 1024, 3)]
NECK = [(1024, 256, 1), (256, 512, 3)]


def layer(rng, channels, filters, size, normalized=True):
    """The arrays of a convolution as the file has them: beta, gamma, mean, variance (or bias), kernel."""
    shapes = [(filters,)] * (4 if normalized else 1) + [(filters, channels, size, size)]
    return [rng.uniform(0.1, 1, shape).astype("<f4") for shape in shapes]


def thin(layers, width=1 / 8):
    """Convolutions (channels, filters, kernel size) of a thin network; the image keeps its 3 channels."""
    rng = np.random.default_rng(0)
    return [layer(rng, c if c == 3 else round(c * width), round(f * width), k) for c, f, k in layers]


def write(path, layers):
    path.write_bytes(HEADER + b"".join(array.tobytes() for arrays in layers for array in arrays))
    return path


def assert_holds(model, order, layers):
    for name, (*vectors, kernel) in zip(order, layers, strict=False):
        np.testing.assert_array_equal(model.get_layer(name).get_weights()[0], kernel.transpose(2, 3, 1, 0))
        if len(vectors) == 4:
            np.testing.assert_array_equal(model.get_layer(f"{name}_bn").get_weights()[1], vectors[0])


def test_the_tiny_network_of_coco_has_512_filters_in_its_head(tmp_path):
    """Where VOC's has 1024: yolov2-tiny.cfg and yolov2-tiny-voc.cfg."""
    rng = np.random.default_rng(1)
    layers = [*thin(TINY), *thin([(1024, 512, 3)]), layer(rng, 64, 425, 1, normalized=False)]
    path = write(tmp_path / "yolov2-tiny.weights", layers)
    model = models.yolo_v2_tiny(classes=80, head_filters=512, weights=path, **SMALL)
    assert_holds(model, CFG_ORDER["yolo_v2_tiny"], layers)
    with pytest.raises(ValueError, match="bytes too short"):
        models.yolo_v2_tiny(classes=80, weights=path, **SMALL)
    with pytest.raises(ValueError, match="head_filters=0 must be an integer of at least 1"):
        models.yolo_v2_tiny(head_filters=0)


@pytest.mark.parametrize("name", ["yolov3-tiny.conv.15", "yolov3-tiny.conv.15.weights"])
def test_the_first_15_layers_of_the_tiny_network_fill_it_with_and_without_its_heads(name, tmp_path):
    layers = thin([*TINY, *NECK])
    path = write(tmp_path / name, layers)
    whole = models.yolo_v3_tiny(**SMALL)
    last = whole.get_layer("head1_out_conv").get_weights()
    models.load_weights(whole, path)
    assert_holds(whole, CFG_ORDER["yolo_v3_tiny"], layers)
    for before, after in zip(last, whole.get_layer("head1_out_conv").get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)
    trunk = models.yolo_v3_tiny(include_top=False, weights=path, **SMALL)
    assert_holds(trunk, CFG_ORDER["yolo_v3_tiny_notop"], layers)


def darknet53():
    convolutions, channels = [(3, 32, 3)], 32
    for filters, blocks in ((64, 1), (128, 2), (256, 8), (512, 8), (1024, 4)):
        convolutions += [(channels, filters, 3)] + [(filters, filters // 2, 1), (filters // 2, filters, 3)] * blocks
        channels = filters
    return thin(convolutions)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["darknet53", "yolo_v3"])
@pytest.mark.parametrize("include_top", [True, False])
def test_darknet53_conv_74_is_the_trunk_of_both_networks(name, include_top, tmp_path):
    layers = darknet53()
    path = write(tmp_path / "darknet53.conv.74", layers)
    model = models.build(name, include_top=include_top, weights=path, **SMALL)
    assert_holds(model, CFG_ORDER["darknet53_notop"], layers)


def test_a_trunk_is_a_backbone_that_knows_its_pixels(tmp_path):
    path = write(tmp_path / "yolov3-tiny.conv.15", thin([*TINY, *NECK]))
    base = backbone("yolo_v3_tiny", weights=path, **SMALL)
    assert origin_of(base).pixels == models.card("yolo_v3_tiny").rescale
    assert with_head(base, 2).output_shape == (None, 2)


@pytest.mark.parametrize("cut", [slice(None, -4), slice(None, 5000)])
def test_a_file_that_ends_inside_a_layer_is_refused(cut, tmp_path):
    path = write(tmp_path / "yolov3-tiny.conv.15", thin([*TINY, *NECK]))
    path.write_bytes(path.read_bytes()[cut])
    model = models.yolo_v3_tiny(**SMALL)
    before = model.get_weights()
    with pytest.raises(ValueError, match="bytes too short: it ends in layer"):
        models.load_weights(model, path)
    with pytest.raises(ValueError, match=r"bytes too (short|long)"):
        models.yolo_v3_tiny(include_top=False, weights=path, **SMALL)
    assert all(map(np.array_equal, before, model.get_weights()))
