"""Detectors from pixels to pixels: sizes, saving, training, evaluation, and what flips with the image."""

import keras
import numpy as np
import pytest

from ccv.data import shapes
from ccv.detection.building import MOMENTUM, detector
from ccv.detection.heads import PRIOR, V2_VOC, V3
from ccv.detection.letterbox import letterbox
from ccv.detection.yolo import Detector

ANCHORS = [[0.2, 0.3], [0.35, 0.25]]
SMALL = {"input_shape": (64, 64, 3), "stride": 8, "width": 1 / 4}
NAMES = ["ellipse", "rectangle", "triangle"]
TINY = {
    "yolo_v1_tiny": SMALL,
    "yolo_v2_tiny": SMALL | {"anchors": ANCHORS},
    "yolo_v3_tiny": SMALL
    | {"anchors": [*ANCHORS, [0.1, 0.1], [0.15, 0.2], [0.5, 0.5], [0.6, 0.4]], "stride": 16, "heads": 3},
}


@pytest.fixture(autouse=True)
def seeded():
    keras.utils.set_random_seed(0)


@pytest.fixture(scope="module")
def scenes():
    return shapes.arrays("train", count=600)


@pytest.fixture(scope="module")
def trained(scenes):
    """Trained for seconds: enough to find most shapes."""
    made = detector("yolo_v2_tiny", NAMES, "auto", input_shape=(64, 64, 3), stride=8, width=3 / 4, boxes=2)
    made.fit(scenes, epochs=10, learning_rate=1e-2, verbose=False)
    return made


@pytest.mark.slow
def test_a_detector_can_be_fitted_again(scenes):
    made = detector("yolo_v2_tiny", NAMES, **TINY["yolo_v2_tiny"])
    few = tuple(part[:16] for part in scenes)
    losses = [made.fit(few, epochs=3, batch_size=8, verbose=False).history["loss"] for _ in range(2)]
    assert losses[1][-1] < losses[0][0]


@pytest.mark.slow
@pytest.mark.parametrize("name", TINY)
def test_a_detector_goes_through_a_file(name, tmp_path, scenes):
    made = detector(name, NAMES, **TINY[name], box_loss="ciou")
    made.save(tmp_path / "detector.keras")
    loaded = Detector.load(tmp_path / "detector.keras")
    assert loaded.class_names == NAMES
    assert loaded.output.version == made.output.version == int(name[6])
    images, truth = (part[:4] for part in scenes)
    raw, again = (np.asarray(each.model(images, training=False)) for each in (made, loaded))
    np.testing.assert_array_equal(raw, again)
    if made.anchors is not None:
        np.testing.assert_array_equal(made.anchors, loaded.anchors)
    assert loaded.model.loss.get_config() == made.model.loss.get_config()
    losses = [each.model.test_on_batch(images, truth) for each in (made, loaded)]
    np.testing.assert_allclose(*losses, rtol=1e-6)
    for left, right in zip(made.detect(images, 0.001), loaded.detect(images, 0.001), strict=True):
        np.testing.assert_array_equal(left.boxes, right.boxes)


@pytest.mark.slow
def test_it_learns_and_finds_shapes_in_images_of_any_size(trained):
    images, truth = shapes.arrays("test", count=60)
    found = trained.evaluate((images, truth))
    assert found.map50 > 0.5
    assert (found.images, [row.name for row in found.classes]) == (60, NAMES)
    wide = np.concatenate([images[0], images[1], images[2]], axis=1).repeat(2, axis=0).repeat(2, axis=1)
    single = [trained.detect(image, 0.3) for image in images[:2]]
    several = trained.detect([images[0], wide, images[1].astype("float32")], 0.3)
    for left, right in zip(single, [several[0], several[2]], strict=True):
        np.testing.assert_allclose(left.boxes, right.boxes, atol=1e-3)
    assert several[1].boxes.shape[1] == 4
    for each in several:
        assert len(each.boxes) == len(each.scores) == len(each.labels)
        assert (np.diff(each.scores) <= 0).all()
        assert (each.scores > 0.3).all()


def test_boxes_come_back_in_pixels_of_the_image(trained):
    """What is found in the letterbox of an image is found in the image, moved, scaled and cut at its edges."""
    image = np.concatenate(shapes.arrays("test", count=2, seed=3)[0], axis=1).repeat(3, axis=0).repeat(3, axis=1)
    inside = trained.detect(np.asarray(letterbox(image, 64)), 0.05)
    direct = trained.detect(image, 0.05)
    assert len(inside.boxes) > 0
    expected = (inside.boxes - [0, 16, 0, 16]) * 6
    np.testing.assert_allclose(direct.boxes, np.clip(expected, 0, [384, 192, 384, 192]), atol=1e-2)
    np.testing.assert_array_equal(direct.labels, inside.labels)


@pytest.mark.slow
def test_anchors_are_found_in_the_data(scenes):
    made = detector("yolo_v3_tiny", NAMES, input_shape=(64, 64, 3), stride=16, heads=2, boxes=2, width=1 / 8)
    assert made.anchors is None
    with pytest.raises(ValueError, match="the anchors are not known yet: call fit"):
        made.detect(scenes[0][0])
    made.fit(tuple(part[:32] for part in scenes), epochs=1, verbose=False)
    areas = made.anchors.prod(axis=-1)
    assert areas[0].min() >= areas[1].max()
    np.testing.assert_allclose(made.model.loss.layout["anchors"], made.anchors)
    sizes = np.sqrt(areas) * 64
    assert 8 < sizes.min() < sizes.max() < 26


@pytest.mark.slow
def test_published_anchors_go_with_the_published_stride():
    made = detector("yolo_v2_tiny", 20, input_shape=(416, 416, 3), width=1 / 16)
    assert made.anchors.shape == (1, 5, 2)
    full = detector("yolo_v2", 20, input_shape=(64, 64, 3), width=1 / 32)
    np.testing.assert_allclose(full.anchors[0] * 2, V2_VOC, rtol=1e-6)
    third = detector("yolo_v3", 80, input_shape=(64, 64, 3), width=1 / 32)
    np.testing.assert_allclose(third.anchors[::-1].reshape(9, 2) * 64, V3, rtol=1e-6)
    assert detector("yolo_v2_tiny", 20, input_shape=(64, 64, 3), stride=8, width=1 / 16).anchors is None


def test_a_new_detector_believes_in_little():
    made = detector("yolo_v2_tiny", 3, ANCHORS, **SMALL)
    bias = np.array(made.network.get_layer("head_out_conv").bias).reshape(2, 8)
    np.testing.assert_allclose(1 / (1 + np.exp(-bias[:, 4])), PRIOR, rtol=1e-5)
    norms = [layer for layer in made.network.layers if isinstance(layer, keras.layers.BatchNormalization)]
    assert {norm.momentum for norm in norms} == {MOMENTUM}
    one = detector("yolo_v1_tiny", 3, **SMALL)
    assert one.network.get_layer("head_out_conv").activation is keras.activations.sigmoid


@pytest.mark.parametrize("name", TINY)
def test_detection_flips_with_the_image(name, scenes):
    """With kernels that are mirror images of themselves, a flipped image has the flipped boxes, within a cell."""
    made = detector(name, NAMES, **TINY[name])
    for layer in made.network.layers:
        if isinstance(layer, keras.layers.Conv2D):
            kernel = np.array(layer.kernel)
            layer.kernel.assign(kernel + kernel[:, ::-1])
    images = scenes[0][:4]
    (boxes, scores), (other, flipped) = (
        [np.array(part) for part in made.decode(made.model.predict_on_batch(x))] for x in (images, images[:, :, ::-1])
    )
    slots = made.slots
    if slots is None:  # version 1: two boxes in each of 8x8 cells
        number = np.arange(128).reshape(8, 8, 2)
        cells, mirrored = np.full(128, 8), number[:, ::-1].ravel()
    else:
        cells, mirrored = (
            slots.grid[:, 2],
            np.concatenate(
                [first + np.arange(r * c * k).reshape(r, c, k)[:, ::-1].ravel() for r, c, k, first in slots.heads]
            ),
        )
    other, flipped = other[:, mirrored], flipped[:, mirrored]
    np.testing.assert_allclose(flipped, scores, atol=1e-5)
    np.testing.assert_allclose(other[..., [1, 3]], boxes[..., [1, 3]], rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(other[..., 2] - other[..., 0], boxes[..., 2] - boxes[..., 0], rtol=1e-4, atol=1e-4)
    apart = np.abs((other[..., 0] + other[..., 2]) / 2 - (1 - (boxes[..., 0] + boxes[..., 2]) / 2))
    assert (apart <= 1 / cells + 1e-4 * (boxes[..., 2] - boxes[..., 0]) + 1e-5).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"name": "yolo_v4"}, "there is no detector called 'yolo_v4': did you mean 'yolo_v"),
        ({"classes": []}, "must be names that differ, or how many classes there are"),
        ({"classes": ["a", "a"]}, "must be names that differ, or how many classes there are"),
        ({"anchors": "kmeans"}, r"anchors='kmeans' must be \(k, 2\) widths and heights, 'auto' or None"),
        ({"anchors": ANCHORS, "boxes": 3}, "has 3 boxes in all its heads and needs as many anchors, not 2"),
        ({"anchors": [[0.1, 0.2], [0.0, 0.1]]}, "widths and heights above 0"),
        ({"name": "yolo_v1_tiny", "anchors": ANCHORS}, "yolo_v1_tiny has no anchors"),
        ({"input_shape": (None, None, 3)}, "must be .height, width, channels. in whole numbers"),
        ({"input_shape": (60, 64, 3)}, "takes multiples of 8 pixels"),
        ({"box_loss": "giou"}, "there is no box loss called 'giou'"),
    ],
)
def test_arguments_that_do_not_fit(arguments, message):
    with pytest.raises(ValueError, match=message) as raised:
        detector(**({"name": "yolo_v2_tiny", "classes": 3} | SMALL | arguments))
    assert "\n" not in str(raised.value)


def test_an_option_that_a_network_has_not():
    with pytest.raises(TypeError, match="there is no option of yolo_v2 called 'stride'"):
        detector("yolo_v2", 3, ANCHORS, input_shape=(64, 64, 3), stride=8)


def test_an_image_that_does_not_fit():
    made = detector("yolo_v2_tiny", 3, ANCHORS, **SMALL)
    for image in (np.zeros((64, 64, 1)), np.zeros((64, 64))):
        with pytest.raises(ValueError, match=r"an image must be \(height, width, 3\) for this detector, got the shape"):
            made.detect([image])
        with pytest.raises(ValueError, match=rf"got the shape \({', '.join(map(str, image.shape))}\)"):
            made.detect(image)
    assert made.detect([]) == []


@pytest.mark.parametrize("anchors", [ANCHORS, "auto"])
@pytest.mark.parametrize(
    ("row", "message"),
    [
        ([10, 10, 30, 30, 1], "reaches to 30, but corners are parts of the image, from 0 to 1"),
        ([0.1, 0.1, np.nan, 0.3, 1], "a corner that is no number"),
        ([0.1, 0.1, 0.3, 0.3, 3], "class 3 is out of range: the detector has 3"),
        ([0.1, 0.1, 0.3, 0.3], r"the truth must be \(images, boxes, 5\).* got the shape \(4, 1, 4\)"),
    ],
)
def test_a_truth_that_can_teach_nothing(row, message, anchors):
    made = detector("yolo_v2_tiny", 3, anchors, **SMALL)
    data = np.zeros((4, 64, 64, 3), "uint8"), np.array([[row]] * 4)
    for use in (lambda: made.fit(data, epochs=1), lambda: made.evaluate(data)):
        with pytest.raises(ValueError, match=message):
            use()


def test_a_file_of_another_model(tmp_path):
    keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)]).save(tmp_path / "other.keras")
    with pytest.raises(ValueError, match="is no detector"):
        Detector.load(tmp_path / "other.keras")
