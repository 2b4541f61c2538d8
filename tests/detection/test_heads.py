"""The last layer, the layout of the predictions, anchors and the prior (catalogue E-69)."""

import keras
import numpy as np
import pytest

from ccv.detection import heads
from ccv.detection.heads import (
    Predictions,
    by_head,
    is_detector,
    make_slots,
    output_layer,
    published_anchors,
    set_prior,
)

ANCHORS = np.arange(1, 13).reshape(2, 3, 2) / 20


def test_yolo_v3_has_10_647_places():
    anchors = by_head(published_anchors("yolo_v3", 80, 416, 416), 3)
    slots = make_slots([(13, 13), (26, 26), (52, 52)], anchors)
    assert len(slots.grid) == len(slots.anchor) == 10_647
    assert slots.heads.tolist() == [[13, 13, 3, 0], [26, 26, 3, 507], [52, 52, 3, 2535]]


def test_the_coarse_head_has_the_large_anchors():
    """X-47: the head of 13x13 cells sees the large objects."""
    pixels = by_head(published_anchors("yolo_v3", 80, 416, 416), 3) * 416
    assert pixels[0].round().tolist() == [[116, 90], [156, 198], [373, 326]]
    assert pixels[2].round().tolist() == [[10, 13], [16, 30], [33, 23]]


def test_anchors_of_darknet_in_cells_of_32_pixels():
    voc = published_anchors("yolo_v2", 20, 416, 416)
    np.testing.assert_allclose(voc[0], [1.3221 / 13, 1.73145 / 13])
    np.testing.assert_allclose(voc[4], [11.2364 / 13, 10.0071 / 13])
    np.testing.assert_allclose(published_anchors("yolo_v2", 80, 416, 416)[0], [0.57273 / 13, 0.677385 / 13])
    np.testing.assert_allclose(published_anchors("yolo_v2_tiny", 20, 416, 832)[0], [1.08 / 26, 1.19 / 13])
    np.testing.assert_allclose(published_anchors("yolo_v3_tiny", 80, 416, 416)[5], [344 / 416, 319 / 416])


def test_one_head_keeps_the_order_of_its_anchors():
    """Darknet's weights were trained with an order that is not by size."""
    np.testing.assert_allclose(by_head(heads.V2_TINY, 1)[0], heads.V2_TINY)


@pytest.mark.parametrize(
    "anchors", [[[1, 2, 3]], [[1, 2], [0, 1]], [[1, 2], [2, 3], [3, 4]], [1, 2], [[np.nan, 1]] * 2]
)
def test_anchors_that_cannot_be_shared_out(anchors):
    with pytest.raises(ValueError, match=r"must be \(2 x k, 2\), widths and heights above 0"):
        by_head(anchors, 2)


def test_heads_are_joined_in_order():
    maps = [
        np.random.default_rng(i).normal(size=(2, r, c, 3 * 7)).astype("float32")
        for i, (r, c) in enumerate([(1, 2), (2, 4)])
    ]
    layer = Predictions(3, ["a", "b"], ANCHORS)
    joined = np.asarray(layer(maps))
    assert joined.shape == layer.compute_output_shape([m.shape for m in maps]) == (2, 30, 7)
    slots = make_slots([(1, 2), (2, 4)], ANCHORS)
    for place in (0, 4, 6, 17, 29):
        column, row, columns, _ = slots.grid[place].astype(int)
        head = 0 if columns == 2 else 1
        anchor = (place - 6 * head) % 3
        np.testing.assert_array_equal(joined[:, place], maps[head][:, row, column, 7 * anchor : 7 * anchor + 7])
        np.testing.assert_allclose(slots.anchor[place], ANCHORS[head, anchor])


def test_the_last_layer_carries_what_a_file_must_know(tmp_path):
    inputs = keras.Input((2, 4, 21))
    model = keras.Model(inputs, Predictions(2, ["a", "b"], ANCHORS[:1], name="predictions")(inputs))
    model.save(tmp_path / "model.keras")
    loaded = output_layer(keras.saving.load_model(tmp_path / "model.keras", safe_mode=True))
    assert (loaded.version, loaded.class_names) == (2, ("a", "b"))
    np.testing.assert_array_equal(loaded.anchors, ANCHORS[:1].astype("float32"))
    assert is_detector(model)


def test_a_model_that_is_no_detector():
    inputs = keras.Input((4,))
    model = keras.Model(inputs, keras.layers.Dense(2)(inputs), name="other")
    assert not is_detector(model)
    with pytest.raises(ValueError, match="other is no detector"):
        output_layer(model)


def test_the_prior_is_the_objectness_of_a_new_head():
    """-log((1 - p) / p) at p = 0.01 is -4.595; the other biases stay."""
    layer = keras.layers.Conv2D(2 * 8, 1)
    layer.build((None, None, None, 4))
    set_prior(layer, 3)
    bias = np.array(layer.bias).reshape(2, 8)
    np.testing.assert_allclose(bias[:, 4], -4.59512, atol=1e-5)
    np.testing.assert_allclose(1 / (1 + np.exp(-bias[:, 4])), heads.PRIOR, rtol=1e-5)
    assert np.count_nonzero(bias) == 2
