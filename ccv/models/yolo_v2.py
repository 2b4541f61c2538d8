"""YOLOv2 (Redmon, Farhadi 2016): anchors on one grid over Darknet-19, with a passthrough from finer maps."""

from typing import Any

from keras import layers

from ccv.checks import check_whole
from ccv.layers import Reorg
from ccv.models._family import builder
from ccv.models.common import Needs, Top, scaled
from ccv.models.darknet import convolution, darknet19_stages
from ccv.models.yolo import raw_head

NEEDS = Needs(32, "five halvings", any_size=True, multiple=True)


def _yolo_v2(x: Any, *, top: Top | None, width: float, boxes: int = 5) -> Any:
    """Build YOLOv2: `(batch, h, w, channels)` -> `(batch, h / 32, w / 32, boxes (5 + classes))`.

    | part | 416x416x3 |
    |---|---|
    | stage0 to stage5 | Darknet-19 -> 26x26x512 and 13x13x1024 |
    | head_1, head_2 | 3x3, 1024; 3x3, 1024 -> 13x13x1024 |
    | passthrough | stage4 by 1x1, 64; reorg -> 13x13x256 |
    | head_3 | reorg beside head_2; 3x3, 1024 -> 13x13x1024 |
    | head_out | 1x1 -> 13x13x425 |

    23 convolutions, 22 with batch normalisation; 50,983,561 parameters, 20,672 of them moving statistics, with 80
    classes, 50,676,061 with 20. The numbers of a cell and the arguments are those of `yolo_v2_tiny`, with no `stride`;
    height and width are multiples of 32, or None. darknet's `yolov2.weights` and `yolov2-voc.weights` (`classes=20`)
    fit. With `include_top=False` it is Darknet-19 without its classifier, at any size from 32 pixels. Source: Redmon
    and Farhadi, "YOLO9000", 2016, section 2, and darknet's yolov2.cfg.
    """
    check_whole("boxes", boxes)
    *_, stage4, x = darknet19_stages(x, width)
    if top is None:
        return x
    for number in (1, 2):
        x = convolution(scaled(1024, width), 3, name=f"head_{number}_conv")(x)
    fine = convolution(4 * scaled(16, width), 1, name="passthrough_conv")(stage4)
    fine = Reorg(name="passthrough_reorg")(fine)
    x = layers.Concatenate(name="head_concat")([fine, x])
    x = convolution(scaled(1024, width), 3, name="head_3_conv")(x)
    return raw_head(boxes, top, name="head")(x)


yolo_v2 = builder(_yolo_v2, "yolo_v2", NEEDS, classes=80, classifier_activation=None)
