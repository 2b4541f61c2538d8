"""YOLOv3 (Redmon, Farhadi 2018), up to the raw numbers of its heads, and what the YOLO family shares."""

from collections.abc import Callable
from typing import Any

from keras import layers

from ccv.models._family import builder
from ccv.models.common import Needs, Top, scaled
from ccv.models.darknet import convolution, darknet53_stages

BOXES = 3  # anchors of each cell, and so boxes of each cell
# YOLOv3's heads, coarse to fine: filters of their 1x1 convolutions (their 3x3 have twice as many).
HEADS = (512, 256, 128)

NEEDS = Needs(32, "five halvings", any_size=True, multiple=True)


def _yolo_v3(x: Any, *, top: Top | None, width: float) -> Any:
    """Build YOLOv3: `(batch, h, w, channels)` -> three heads `(batch, h / 32, w / 32, 3 (5 + classes))`, /16, /8.

    | part | 416x416x3 | convolutions |
    |---|---|---|
    | stem, stage1 to stage5 | Darknet-53 -> 52x52x256, 26x26x512, 13x13x1024 | 52 |
    | head1, large objects | 3 x (1x1, 512; 3x3, 1024); 1x1 -> 13x13x255 | 7 |
    | head2 | 1x1, 256, upsampled, beside stage4; 3 x (1x1, 256; 3x3, 512); 1x1 -> 26x26x255 | 8 |
    | head3, small objects | 1x1, 128, upsampled, beside stage3; 3 x (1x1, 128; 3x3, 256); 1x1 -> 52x52x255 | 8 |

    75 convolutions, all but the heads' last with batch normalisation; 62,001,757 parameters, 52,608 of them
    moving statistics; 10,647 boxes. The numbers of a cell are, for each of its three boxes, x, y, w, h,
    objectness and the classes: raw, before any sigmoid or exponential (`classifier_activation=None`; another is
    applied to every number alike). Height and width are multiples of 32, or None.

    With `include_top=False` it is Darknet-53 without its classifier, ended by `pooling` (None, "avg", "max"), at any
    size from 32 pixels; `stage_outputs` gives its finer maps. `weights` is None or a file: darknet's `yolov3.weights`
    fits. `width` multiplies every channel count but the heads'. Source: Redmon and Farhadi, "YOLOv3", 2018, section 2,
    and darknet's yolov3.cfg.
    """
    *_, stage3, stage4, stage5 = darknet53_stages(x, width)
    if top is None:
        return stage5
    x, outputs = stage5, []
    for number, (filters, finer) in enumerate(zip(HEADS, (None, stage4, stage3), strict=True), 1):
        head = f"head{number}"
        if finer is not None:
            x = beside(finer, scaled(filters, width), name=head)(x)
        x = bottlenecks(filters, width, name=head)(x)
        expanded = convolution(scaled(2 * filters, width), 3, name=f"{head}_6_conv")(x)
        outputs.append(raw_head(BOXES, top, name=head)(expanded))
    return outputs


def bottlenecks(filters: int, width: float, *, name: str) -> Callable[[Any], Any]:
    """Return x -> five convolutions, 1x1 to `filters` channels and 3x3 to twice as many by turns."""
    factors = (1, 2, 1, 2, 1)

    def apply(x: Any) -> Any:
        for number, factor in enumerate(factors, 1):
            size = 1 if factor == 1 else 3
            x = convolution(scaled(factor * filters, width), size, name=f"{name}_{number}_conv")(x)
        return x

    return apply


def beside(finer: Any, filters: int, *, name: str) -> Callable[[Any], Any]:
    """Return x -> x by 1x1 to `filters` channels, each pixel doubled, and joined with maps of twice its size."""
    squeeze = convolution(filters, 1, name=f"{name}_up_conv")
    upsample = layers.UpSampling2D(2, name=f"{name}_upsample")
    concatenate = layers.Concatenate(name=f"{name}_concat")
    return lambda x: concatenate([upsample(squeeze(x)), finer])


def raw_head(boxes: int, top: Top, *, name: str) -> layers.Layer:
    """Return the last convolution of a head: x, y, w, h, objectness and the classes of each box, at each pixel."""
    return layers.Conv2D(boxes * (5 + top.classes), 1, activation=top.activation, name=f"{name}_out_conv")


yolo_v3 = builder(_yolo_v3, "yolo_v3", NEEDS, classes=80, classifier_activation=None)
