"""The tiny YOLOs: a trunk of a convolution a stage, under a head of version 1, 2 or 3."""

from typing import Any

from keras import layers

from ccv.checks import check_whole
from ccv.models._family import builder
from ccv.models.common import Needs, Top, scaled
from ccv.models.darknet import convolution, halving_pool
from ccv.models.yolo import beside, raw_head

# stride of the last maps: filters of the trunk's 3x3 convolutions, a pool before each but the first. 32 is darknet's,
# whose last pool, the sixth, has stride 1; 8 and 16 are for small images.
TRUNKS = {8: (16, 32, 64, 64), 16: (16, 32, 64, 128, 128), 32: (16, 32, 64, 128, 256, 512, 1024)}
NECKS = {8: 128, 16: 128, 32: 256}  # filters of YOLOv3's 1x1 convolution before its first head
HALVINGS = {8: "three", 16: "four", 32: "five"}


def _yolo_v1_tiny(x: Any, *, top: Top | None, width: float, stride: int = 8, boxes: int = 2) -> Any:
    """Build a small YOLO v1: `(batch, h, w, channels)` -> `(batch, h / stride, w / stride, 5 boxes + classes)`.

    A network for this course: the trunk of `yolo_v2_tiny`, a 3x3 convolution and, where the paper has dense layers, a
    1x1 convolution, which gives each cell the numbers of its `boxes` boxes, then the classes. With `width=3/4` it has
    56,113 parameters. `stride` is 8, 16 or 32: the pixels of a cell. Source: Redmon et al. 2015, section 2, for the
    output.
    """
    check_whole("boxes", boxes)
    x = tiny_stages(x, stride, width)[-1]
    if top is None:
        return x
    x = convolution(scaled(TRUNKS[stride][-1], width), 3, name="head_1_conv")(x)
    return layers.Conv2D(5 * boxes + top.classes, 1, activation=top.activation, name="head_out_conv")(x)


def _yolo_v2_tiny(
    x: Any, *, top: Top | None, width: float, stride: int = 32, boxes: int = 5, head_filters: int | None = None
) -> Any:
    """Build YOLOv2-tiny: `(batch, h, w, channels)` -> `(batch, h / 32, w / 32, boxes (5 + classes))`.

    | part | 416x416x3 |
    |---|---|
    | stage0 to stage4 | 3x3 and pool: 16, 32, 64, 128, 256 -> 13x13x256 after the fifth pool |
    | stage5 | 3x3, 512; pool with stride 1; 3x3, 1024 -> 13x13x1024 |
    | head | 3x3, 1024; 1x1 -> 13x13x125 |

    9 convolutions, 8 with batch normalisation; 15,867,885 parameters, 6,112 of them moving statistics. A cell has,
    for each of its `boxes` boxes, x, y, w, h, objectness and the classes: raw, before any sigmoid or exponential
    (`classifier_activation=None`; another is applied to every number alike). Height and width are multiples of
    the stride, or None.

    `stride` is 32, or 16 or 8 for small images: fewer stages, of which the last has as many filters as the one before,
    and so the head's 3x3 (`stride=8, width=3/4, boxes=2, classes=3` at 64 pixels has 56,260 parameters). `head_filters`
    are those of the head's 3x3, None for as many as the stage before has (1024). `width` multiplies every channel count
    but the head's last. With `include_top=False` the network ends after its last stage, by `pooling` (None, "avg",
    "max"). `weights` is None or a file: darknet's `yolov2-tiny-voc.weights` fits, and `yolov2-tiny.weights`, COCO's,
    with `classes=80, head_filters=512`. Source: darknet's yolov2-tiny-voc.cfg.
    """
    check_whole("boxes", boxes)
    filters = TRUNKS[stride][-1] if head_filters is None else head_filters
    check_whole("head_filters", filters)
    x = tiny_stages(x, stride, width)[-1]
    if top is None:
        return x
    x = convolution(scaled(filters, width), 3, name="head_1_conv")(x)
    return raw_head(boxes, top, name="head")(x)


def _yolo_v3_tiny(x: Any, *, top: Top | None, width: float, stride: int = 32, heads: int = 2, boxes: int = 3) -> Any:
    """Build YOLOv3-tiny: `(batch, h, w, channels)` -> two heads `(batch, h / 32, w / 32, 3 (5 + classes))` and /16.

    | part | 416x416x3 |
    |---|---|
    | stage0 to stage4 | 3x3 and pool: 16, 32, 64, 128, 256 -> 26x26x256 before the fifth pool |
    | stage5 | 3x3, 512; pool with stride 1; 3x3, 1024 -> 13x13x1024 |
    | neck | 1x1, 256 -> 13x13x256 |
    | head1 | 3x3, 512; 1x1 -> 13x13x255 |
    | head2 | neck by 1x1, 128, upsampled, beside stage4; 3x3, 256; 1x1 -> 26x26x255 |

    13 convolutions, 11 with batch normalisation; 8,858,734 parameters, 6,368 of them moving statistics. darknet's
    `yolov3-tiny.weights` fits, and `yolov3-tiny.conv.15`, which ends before the heads' last. `heads=3` adds a finer
    one in the same way, as yolov3's has it; `stride` is that of head1, 32, or 16 or 8 for small images. Otherwise
    the arguments and errors are those of `yolo_v2_tiny`. Source: darknet's yolov3-tiny.cfg.
    """
    check_whole("boxes", boxes)
    if heads not in (1, 2, 3):
        raise ValueError(f"heads={heads!r} must be 1, 2 or 3: the grids, each twice as fine as the one before")
    *finer, x = tiny_stages(x, stride, width)
    if top is None:
        return x
    neck = NECKS[stride]
    filters, outputs = 2 * neck, []
    x = convolution(scaled(neck, width), 1, name="neck_conv")(x)
    for number in range(1, heads + 1):
        if number > 1:
            x = beside(finer[1 - number], scaled(filters // 2, width), name=f"head{number}")(x)
        expanded = convolution(scaled(filters, width), 3, name=f"head{number}_1_conv")(x)
        outputs.append(raw_head(boxes, top, name=f"head{number}")(expanded))
        x, filters = x if number == 1 else expanded, filters // 2
    return outputs[0] if heads == 1 else outputs


def needs(stride: Any, **_: Any) -> Needs:
    """Return what a tiny network of this stride takes; raise ValueError for a stride that there is not."""
    if stride not in TRUNKS:
        raise ValueError(f"stride={stride!r} must be 8, 16 or 32: the pixels of a cell of the (coarsest) grid")
    return Needs(stride, f"{HALVINGS[stride]} halvings", any_size=True, multiple=True)


def tiny_stages(inputs: Any, stride: int, width: float) -> list[Any]:
    """Return the maps before each halving, `(batch, height, width, 16)` first, and those after the last."""
    x = inputs
    ends: list[Any] = []
    for number, filters in enumerate(TRUNKS[stride]):
        if number == 6:
            ends.pop()  # the pool of stride 1 halves nothing
            x = layers.MaxPooling2D(2, 1, "same", name="pool6")(x)
        elif number:
            x = halving_pool(f"pool{number}")(x)
        x = convolution(scaled(filters, width), 3, name=tiny_address(number))(x)
        ends.append(x)
    return ends


def tiny_address(number: int) -> str:
    """Return the name of a convolution of the trunk: stage5 has two, 5 and 6.

    >>> tiny_address(4), tiny_address(6)
    ('stage4_conv', 'stage5_2_conv')
    """
    return f"stage{number}_conv" if number < 5 else f"stage5_{number - 4}_conv"


yolo_v1_tiny = builder(_yolo_v1_tiny, "yolo_v1_tiny", needs, classes=3, classifier_activation=None)
yolo_v2_tiny = builder(_yolo_v2_tiny, "yolo_v2_tiny", needs, classes=20, classifier_activation=None)
yolo_v3_tiny = builder(_yolo_v3_tiny, "yolo_v3_tiny", needs, classes=80, classifier_activation=None)
