"""YOLOv2 (Redmon, Farhadi 2016): anchors on one grid over Darknet-19, with a passthrough from finer maps."""

from typing import Any

import keras
from keras import layers

from ccv.layers import Reorg
from ccv.models._common import Needs, check_positive_integer, finish, pool_features, scaled, start
from ccv.models.darknet import convolution, darknet19_stages
from ccv.models.yolo import check_multiple, raw_head

NEEDS = Needs("yolo_v2", 32, "five halvings", any_size=True)


def yolo_v2(
    include_top: bool = True,
    weights: Any = None,
    input_shape: tuple[int | None, int | None, int] = (416, 416, 3),
    classes: int = 80,
    pooling: str | None = None,
    classifier_activation: Any = None,
    name: str = "yolo_v2",
    *,
    width: float = 1.0,
    boxes: int = 5,
) -> keras.Model:
    """Build YOLOv2: `(batch, h, w, channels)` -> `(batch, h / 32, w / 32, boxes (5 + classes))`.

    | part | 416x416x3 |
    |---|---|
    | stage0 to stage5 | Darknet-19 -> 26x26x512 and 13x13x1024 |
    | head_1, head_2 | 3x3, 1024; 3x3, 1024 -> 13x13x1024 |
    | passthrough | stage4 by 1x1, 64; reorg -> 13x13x256 |
    | head_3 | reorg beside head_2; 3x3, 1024 -> 13x13x1024 |
    | head_out | 1x1 -> 13x13x425 |

    23 convolutions, 22 with batch normalisation; 50,983,561 parameters, 20,672 of them moving statistics, with 80
    classes, 50,676,061 with 20. The numbers of a cell and the arguments are those of `yolo_v2_tiny`, with no
    `stride`; height and width are multiples of 32, or None. darknet's `yolov2.weights` and `yolov2-voc.weights`
    (`classes=20`) fit. With `include_top=False` it is Darknet-19 without its classifier, at any size from 32
    pixels. Raises ValueError or TypeError, in one sentence, for an argument that does not fit. Source: Redmon and
    Farhadi, "YOLO9000", 2016, section 2, and darknet's yolov2.cfg.
    """
    inputs = start(NEEDS, include_top, weights, input_shape, classes, pooling, classifier_activation, name, width)
    check_positive_integer("boxes", boxes)
    *_, stage4, x = darknet19_stages(inputs, width)
    if not include_top:
        return finish(NEEDS, include_top, inputs, pool_features(x, pooling), weights, name)
    check_multiple(NEEDS, inputs.shape[1:3])
    for number in (1, 2):
        x = convolution(scaled(1024, width), 3, name=f"head_{number}_conv")(x)
    fine = convolution(4 * scaled(16, width), 1, name="passthrough_conv")(stage4)
    fine = Reorg(name="passthrough_reorg")(fine)
    x = layers.Concatenate(name="head_concat")([fine, x])
    x = convolution(scaled(1024, width), 3, name="head_3_conv")(x)
    x = raw_head(boxes, classes, classifier_activation, name="head")(x)
    return finish(NEEDS, include_top, inputs, x, weights, name)
