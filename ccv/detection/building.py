"""`detector`: makes a `Detector` of a network of `ccv.models`, its loss and its anchors."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from ccv import models
from ccv.detection.heads import Predictions, by_head, head_shapes, published_anchors, set_prior
from ccv.detection.losses import LOSSES
from ccv.detection.policy import stride_for
from ccv.detection.yolo import Detector
from ccv.names import check_name

VERSIONS = {"yolo_v1": 1, "yolo_v1_tiny": 1, "yolo_v2": 2, "yolo_v2_tiny": 2, "yolo_v3": 3, "yolo_v3_tiny": 3}
# YOLO v1 ends with a sigmoid here, which learns far better than the paper's linear end: mAP .99 against .86 on small
# scenes. The later versions have the sigmoids where they read the numbers.
ACTIVATIONS = {1: "sigmoid", 2: None, 3: None}
STRIDE = 32  # pixels of a cell of the coarsest grid of the published networks
MOMENTUM = 0.9  # of the moving statistics: a run on a small set has few steps, too few for Keras's 0.99


def detector(
    name: str,
    classes: Any,
    anchors: Any = None,
    *,
    input_shape: Sequence[int] | None = None,
    width: float = 1.0,
    stride: int | None = None,
    boxes: int | None = None,
    heads: int | None = None,
    box_loss: str | None = None,
    ignore: float | None = None,
    weights: Any = None,
) -> Detector:
    """Make a detector of the network `name`, ready to `fit`, or with `weights` to `detect`.

    Args:
        name: yolo_v1, yolo_v1_tiny, yolo_v2, yolo_v2_tiny, yolo_v3 or yolo_v3_tiny.
        classes: their names, or how many there are; or what `ccv.data.splits` returns, whose classes and images they
            are then, and by whose objects the stride of a tiny network is chosen, as `ccv train` does.
        anchors: `(heads x k, 2)` widths and heights as parts of the image, any order; "auto" has `fit` find them in the
            data; None is darknet's where the stride is its 32 pixels, else "auto". YOLO v1 has none.
        input_shape: height, width, channels of what the network sees; other images are letterboxed. None is that of the
            splits.
        width, stride, heads: of the builder in `ccv.models`, None is its default.
        boxes: of each cell (and head); None is the number of `anchors`, or the builder's default.
        box_loss: "paper" (squared errors) or "ciou"; None is "paper".
        ignore: the overlap from which a prediction without an object is not told so; None is the version's.
        weights: None, or a file for the builder: darknet's `.weights` (of as many classes), `.weights.h5`.

    Raises:
        ValueError, TypeError, FileNotFoundError: an argument does not fit, in one sentence.

    >>> detector("yolo_v2_tiny", ["cell"], "auto", input_shape=(64, 64, 3), stride=8, width=1 / 4, boxes=2).class_names
    ['cell']
    """
    version = VERSIONS[check_name("detector", name, VERSIONS)]
    if hasattr(classes, "class_names"):
        input_shape = classes.image if input_shape is None else input_shape
        if stride is None and name.endswith("_tiny"):
            stride = stride_for(classes.train, tuple(input_shape[:2]))
        classes = classes.class_names
    if input_shape is None:
        raise TypeError("give input_shape=(height, width, channels), or splits of ccv.data in place of the classes")
    names = [str(label) for label in (range(classes) if isinstance(classes, int) else classes)]
    if not names or len(set(names)) < len(names):
        raise ValueError(f"classes={classes!r} must be names that differ, or how many classes there are")
    network = _network(name, len(names), anchors, tuple(input_shape), width, stride, boxes, heads, weights)
    placed = None if version == 1 else _placed(name, anchors, network, len(names))
    if weights is None:
        _begin(network, version, len(names))
    inputs = keras.Input(network.input_shape[1:], name="image")
    raw = network(models.card(name).preprocessing(inputs))
    model = keras.Model(inputs, Predictions(version, names, placed, name="predictions")(raw), name=f"{name}_detector")
    loss: dict[str, Any] = {"classes": len(names), "box_loss": box_loss or "ciou"}
    if version > 1:
        rows, columns, channels = zip(*head_shapes(network), strict=True)
        unknown = np.ones((len(rows), channels[0] // (5 + len(names)), 2))  # until fit has looked at the data
        loss |= {"grids": list(zip(rows, columns, strict=True)), "anchors": unknown if placed is None else placed}
        loss |= {} if ignore is None else {"ignore": ignore}
    model.compile("adam", LOSSES[version](**loss))
    return Detector(model)


def _network(
    name: str, classes: int, anchors: Any, shape: tuple[int, ...], width: float, stride: int | None, boxes: int | None,
    heads: int | None, weights: Any,
) -> keras.Model:  # fmt: skip
    """Build the network, with as many boxes a cell as there are anchors for it."""
    if len(shape) != 3 or None in shape:
        raise ValueError(f"input_shape={shape!r} must be (height, width, channels) in whole numbers")
    given = anchors is not None and not isinstance(anchors, str)
    if isinstance(anchors, str) and anchors != "auto":
        raise ValueError(f"anchors={anchors!r} must be (k, 2) widths and heights, 'auto' or None")
    if given and VERSIONS[name] == 1:
        raise ValueError(f"{name} has no anchors: leave anchors= out, or take yolo_v2_tiny")
    if given and boxes is None and name != "yolo_v3":
        boxes = max(1, len(anchors) // ((heads or 2) if name == "yolo_v3_tiny" else 1))
    options = {"stride": stride, "boxes": boxes, "heads": heads}
    return models.build(
        name, weights=weights, input_shape=shape, classes=classes, width=width,
        classifier_activation=ACTIVATIONS[VERSIONS[name]],
        **{key: value for key, value in options.items() if value is not None},
    )  # fmt: skip


def _begin(network: keras.Model, version: int, classes: int) -> None:
    """Set what training from nothing needs: the prior of the heads, and statistics that keep up."""
    for layer in network.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = MOMENTUM
        elif version > 1 and layer.name.endswith("out_conv"):
            set_prior(layer, classes)


def _placed(name: str, anchors: Any, network: keras.Model, classes: int) -> np.ndarray | None:
    """Return the anchors `(heads, k, 2)` of each head; None where they are left to the data."""
    height, width = network.input_shape[1:3]
    shapes = head_shapes(network)
    count = sum(shape[-1] for shape in shapes) // (5 + classes)
    if anchors is None:
        anchors = published_anchors(name, classes, height, width)
        if height // shapes[0][0] != STRIDE or len(anchors) != count:
            return None
    if isinstance(anchors, str):
        return None
    if len(anchors) != count:
        raise ValueError(f"{name} has {count} boxes in all its heads and needs as many anchors, not {len(anchors)}")
    return by_head(anchors, len(shapes))
