"""Darknet's `.weights` in a detector: bit for bit, with the anchors of the cfg, and a wrong size."""

import numpy as np
import pytest

from ccv.detection.building import detector
from ccv.models.darknet_order import CFG_ORDER

WIDTH = 1 / 16
TINY = [(16, 3), (32, 3), (64, 3), (128, 3), (256, 3), (512, 3), (1024, 3)]  # filters, kernel size


def cfg(classes):
    """yolov2-tiny-voc.cfg: (filters, kernel size, input channels) at an eighth of the width; a head without norm."""
    rows, channels = [], 3
    for filters, size in [*TINY, (1024, 3)]:
        rows.append((round(filters * WIDTH), size, channels))
        channels = rows[-1][0]
    return [*rows, (-5 * (5 + classes), 1, channels)]


def write(path, classes):
    """Write a file in darknet's layout: the header, then beta, gamma, mean, variance (or bias) and kernel of each."""
    rng, arrays = np.random.default_rng(0), []
    for filters, size, channels in cfg(classes):
        vectors = [rng.uniform(0.1, 1, abs(filters)) for _ in range(4 if filters > 0 else 1)]
        kernel = rng.normal(0, 0.1, (abs(filters), channels, size, size))
        arrays.append([part.astype("<f4") for part in (*vectors, kernel)])
    header = np.array([0, 2, 5, 0, 0], "<i4").tobytes()
    path.write_bytes(header + b"".join(part.tobytes() for layer in arrays for part in layer))
    return arrays


def test_weights_load_bit_for_bit(tmp_path):
    arrays = write(tmp_path / "made.weights", 20)
    made = detector("yolo_v2_tiny", 20, input_shape=(64, 64, 3), width=WIDTH, weights=tmp_path / "made.weights")
    for name, (*vectors, kernel) in zip(CFG_ORDER["yolo_v2_tiny"], arrays, strict=True):
        layer = made.network.get_layer(name)
        np.testing.assert_array_equal(layer.get_weights()[0], kernel.transpose(2, 3, 1, 0))
        if len(vectors) == 1:
            np.testing.assert_array_equal(layer.get_weights()[1], vectors[0])
        else:
            beta, gamma, mean, variance = vectors
            norm = made.network.get_layer(f"{name}_bn").get_weights()
            for got, expected in zip(norm, (gamma, beta, mean, variance), strict=True):
                np.testing.assert_array_equal(got, expected)
    assert made.anchors.shape == (1, 5, 2)
    found = made.detect(np.zeros((48, 80, 3), "uint8"), 0.0)
    assert np.isfinite(found.boxes).all()


def test_a_file_of_other_classes_says_where_it_ends(tmp_path):
    write(tmp_path / "made.weights", 20)
    with pytest.raises(ValueError, match="bytes too long") as raised:
        detector("yolo_v2_tiny", 3, input_shape=(64, 64, 3), width=WIDTH, weights=tmp_path / "made.weights")
    extra = 4 * 5 * 17 * (64 + 1)  # seventeen classes less in five boxes: kernels of 64 channels and a bias
    assert f"{extra:,} bytes too long" in str(raised.value)
    with pytest.raises(ValueError, match="it ends in layer head_out_conv, at byte"):
        detector("yolo_v2_tiny", 80, input_shape=(64, 64, 3), width=WIDTH, weights=tmp_path / "made.weights")
