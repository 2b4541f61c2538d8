"""The convolutional sliding window: the scores of all windows of an image in one pass.

A classifier whose dense layers have become convolutions takes larger images, and its map of scores has a place for each
window. What the windows share is computed once. Source: Sermanet et al. 2013, "OverFeat", section 3.5 (the idea is
theirs, not YOLO's, and the scores are the crops' own: no better, only sooner); catalogue C-096, C-097, X-44.
"""

from collections.abc import Sequence
from math import ceil
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import ops

from ccv.anatomy import Row, anatomy
from ccv.detection.sliding import Windows, checked_image, count_windows, windows
from ccv.models.convert import fully_convolutional

MOVES_ALONE = ("", "valid")


class Work(NamedTuple):
    """Multiply-adds of both roads: `crops`, a pass for each of `windows` windows, and `once`, one pass over all."""

    windows: int
    crops: int
    once: int

    @property
    def ratio(self) -> float:
        """How many times more work the crops are: the speed-up in theory."""
        return self.crops / self.once


def convolutional_sliding_window(classifier: keras.Model, image: Any, *, exact: bool = True) -> Windows:
    """Score all windows of an image in one pass: those that `sliding_window` would cut, and its scores.

    The windows have the size of the classifier's input, and lie as far apart as all its strides make together (2 for
    one pool of 2x2). For windows of other sizes, resize the image instead. `ConvolutionalSlidingWindow` does the same
    for many images, and converts the network only once.

    Args:
        classifier: a functional or Sequential model with one output, of one image (height, width, channels).
        image: (height, width, channels), at least as large as the classifier's input.
        exact: False lets networks pass whose windows differ from their crops, since they pad.

    Raises:
        TypeError: the classifier is no Keras model.
        ValueError: it has no convolutional form, its windows would not equal their crops (a 'same' convolution has
            zeros at a crop's border where the image has pixels), or the image does not fit.

    Source: catalogue C-097. The recipe of the slides (C-098, X-45), global average pooling in place of the dense
    layers, makes another network with other scores. Pooling that a network has already is no obstacle: a sliding pool
    of the same size stands for it.

    >>> from keras import layers
    >>> features = [keras.Input((14, 14, 3)), layers.Conv2D(4, 5), layers.MaxPooling2D(2)]
    >>> classifier = keras.Sequential([*features, layers.Flatten(), layers.Dense(3)])
    >>> found = convolutional_sliding_window(classifier, np.zeros((16, 16, 3)))
    >>> found.boxes.tolist()
    [[0, 0, 14, 14], [2, 0, 16, 14], [0, 2, 14, 16], [2, 2, 16, 16]]
    >>> found.scores.shape
    (4, 3)
    """
    return ConvolutionalSlidingWindow(classifier, exact=exact)(image)


class ConvolutionalSlidingWindow:
    """A classifier made to slide: `slide = ConvolutionalSlidingWindow(model)`, then `slide(image)` for each image.

    `window` (height, width) and `stride` (down, right) are in pixels; `network` is the converted model. Arguments,
    result and errors are those of `convolutional_sliding_window`.
    """

    def __init__(self, classifier: keras.Model, *, exact: bool = True) -> None:
        self.network = fully_convolutional(classifier)
        if len(self.network.outputs) != 1:
            raise ValueError(
                f"{classifier.name} has {len(self.network.outputs)} outputs: slide one of them, as in "
                "keras.Model(model.inputs, model.outputs[0])"
            )
        if exact:
            _check_exact(classifier)
        self.classifier = classifier
        height, width, self.channels = classifier.input_shape[1:]
        self.window: tuple[int, int] = (height, width)
        costs = anatomy(self.network, classifier.input_shape[1:])
        jump = costs[costs.outputs[0]].jump or (1.0, 1.0)
        self.stride: tuple[int, int] = (int(jump[0]), int(jump[1]))

    def __call__(self, image: Any) -> Windows:
        """Return the windows of an image (height, width, channels) and their scores."""
        pixels = checked_image(image)
        if pixels.shape[-1] != self.channels:
            raise ValueError(f"image must have {self.channels} channels, as the classifier's, not {pixels.shape[-1]}")
        boxes = windows(pixels.shape, self.window, self.stride)
        height, width = boxes[-1, 3], boxes[-1, 2]  # what no window reaches would only shift the padding of some layers
        maps = ops.convert_to_numpy(self.network.predict_on_batch(pixels[None, :height, :width]))
        return Windows(boxes, np.reshape(maps, (len(boxes), *maps.shape[3:])))

    def work(self, image_shape: Sequence[int]) -> Work:
        """Return the multiply-adds for an image (height, width, ...), by both roads; see `ccv.anatomy`."""
        count = count_windows(image_shape, self.window, self.stride)
        crops = count * anatomy(self.classifier).macs
        return Work(count, crops, anatomy(self.network, (*tuple(image_shape)[:2], self.channels)).macs)


def _check_exact(classifier: keras.Model) -> None:
    """Raise ValueError for the first layer through which a window sees what its crop does not."""
    rows = anatomy(classifier).rows
    for row in rows:
        if reason := _sees_the_border(row, rows):
            raise ValueError(
                f"{classifier.name} slides, but not exactly: layer {row.name} ({row.kind}) {reason}; build it without, "
                "padding='valid', or pass exact=False and let the scores differ from the crops'"
            )


def _sees_the_border(row: Row, rows: Sequence[Row]) -> str:
    """Say how a layer tells a crop from a window in the middle of an image; empty where it does not."""
    if row.kind == "GroupNormalization":
        return "takes mean and variance of the whole image"
    if row.padding in MOVES_ALONE or row.kind.startswith("Cropping"):
        return ""
    if row.padding == "same" and row.kernel and row.stride and row.dilation:
        sides = rows[row.after[0]].output[:-1]
        moves = zip(sides, row.kernel, row.stride, row.dilation, strict=True)
        if all((ceil(n / s) - 1) * s + d * (k - 1) + 1 <= n for n, k, s, d in moves if n):
            return ""  # such as 1x1, or a 2x2 pool of an even map: 'same' in name only
    return "pads, so that a crop has zeros at its border where the image has pixels"
