"""What goes into a file beside the network: the pixels before it, and of a detector the boxes after it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
from keras import ops

from ccv.detection.decode import detections
from ccv.detection.heads import is_detector
from ccv.detection.yolo import Detector
from ccv.export.leveling import level_head
from ccv.graph import layers_within
from ccv.transfer.backbones import preprocessing_for

FOUND = 100  # boxes of an image, at most


class Boxes(keras.layers.Layer):
    """From a detector's raw numbers to `(batch, count, 6)`: x_min, y_min, x_max, y_max, score, class; -1 for padding.

    Corners are parts of the letterbox. They are decoded and suppressed as in `Detector.detect`.
    """

    def __init__(self, detector: Detector, score: float, iou: float, count: int = FOUND) -> None:
        super().__init__(name="boxes", dtype="float32")
        self._detector, self._score, self._iou, self._count = detector, score, iou, count

    def call(self, raw: Any) -> Any:
        """Decode and suppress."""
        boxes, scores, labels = detections(*self._detector.decode(raw), self._score, self._iou, self._count)
        return ops.concatenate([boxes, scores[..., None], ops.cast(labels, boxes.dtype)[..., None]], axis=-1)

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Six numbers a box."""
        return (shape[0], self._count, 6)


@contextmanager
def constants(model: keras.Model) -> Iterator[None]:
    """Have the normalisations of a model, EfficientNet's for one, compute with plain numbers while it is written.

    Keras keeps their mean and variance as tensors of its own, which the converter to ONNX takes for inputs.
    """
    layers = [layer for layer in layers_within(model) if isinstance(layer, keras.layers.Normalization)]
    before = [(layer, layer.mean, layer.variance) for layer in layers]
    for layer, mean, variance in before:
        layer.mean, layer.variance = (np.asarray(ops.convert_to_numpy(one)) for one in (mean, variance))
    try:
        yield
    finally:
        for layer, mean, variance in before:
            layer.mean, layer.variance = mean, variance


def served(
    model: keras.Model, preprocessing: Any = "auto", *, score: float = 0.05, iou: float = 0.45, level: bool = False
) -> keras.Model:
    """Return a model from pixels 0 to 255 `(batch, height, width, channels)`, float32, to what people want.

    `preprocessing` is a layer, False for none, or "auto": what the weights of a builder's network expect, nothing for a
    detector or for a network that rescales itself, as all do that `ccv train` and `with_head` make. A classifier's
    output stays what it is; `level` makes its head fit for eight bits. Raises ValueError for pixels that are not known.
    """
    x = image = keras.Input(model.input_shape[1:], name="image")
    detects = is_detector(model)
    layer = (None if detects else preprocessing_for(model)) if preprocessing == "auto" else preprocessing or None
    network = level_head(model) if level else model
    x = network(layer(x) if layer else x, training=False)
    whole = keras.Model(image, Boxes(Detector(model), score, iou)(x) if detects else x, name=model.name)
    whole(ops.zeros((1, *model.input_shape[1:])))  # Keras exports no model that was never called
    return whole
