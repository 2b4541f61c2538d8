"""The layers of the darknet networks in the order of their `.cfg`, which is that of a `.weights` file. Plain data.

Each has our name of a convolution (or dense layer); its batch normalisation, if it has one, is `NAME_bn`. A
network without its top has the order of the files that darknet cuts off (`darknet53.conv.74`).
"""

from collections.abc import Iterator


def _darknet19() -> Iterator[str]:
    for stage, convolutions in enumerate((1, 1, 3, 3, 5, 5)):
        yield from (f"stage{stage}_{number}_conv" for number in range(1, convolutions + 1))


def _darknet53() -> Iterator[str]:
    yield "stem_conv"
    for stage, blocks in enumerate((1, 2, 8, 8, 4), 1):
        yield f"stage{stage}_down_conv"
        for block in range(1, blocks + 1):
            yield from (f"stage{stage}_block{block}_{number}_conv" for number in (1, 2))


def _yolo_v1() -> Iterator[str]:
    for block, convolutions in enumerate((1, 1, 4, 10, 6, 2), 1):
        yield from (f"block{block}_{number}_conv" for number in range(1, convolutions + 1))


def _head(name: str, convolutions: int, up: bool = True) -> Iterator[str]:
    if up:
        yield f"{name}_up_conv"
    yield from (f"{name}_{number}_conv" for number in range(1, convolutions + 1))
    yield f"{name}_out_conv"


def _yolo_v2() -> Iterator[str]:
    yield from _darknet19()
    yield from ("head_1_conv", "head_2_conv", "passthrough_conv", "head_3_conv", "head_out_conv")


_TINY = (*(f"stage{stage}_conv" for stage in range(5)), "stage5_1_conv", "stage5_2_conv")

CFG_ORDER: dict[str, tuple[str, ...]] = {
    "darknet19": (*_darknet19(), "predictions_conv"),
    "darknet19_notop": tuple(_darknet19()),
    "darknet53": (*_darknet53(), "predictions_conv"),
    "darknet53_notop": tuple(_darknet53()),  # yolo_v3 without its top, too
    "yolo_v1": (*_yolo_v1(), "fc1", "fc2"),
    "yolo_v1_notop": tuple(_yolo_v1()),
    "yolo_v2": tuple(_yolo_v2()),  # without its top it is darknet19's
    "yolo_v2_tiny": (*_TINY, *_head("head", 1, up=False)),
    "yolo_v3": (*_darknet53(), *_head("head1", 6, up=False), *_head("head2", 6), *_head("head3", 6)),
    "yolo_v3_tiny": (*_TINY, "neck_conv", *_head("head1", 1, up=False), *_head("head2", 1)),
    "yolo_v3_tiny_notop": _TINY,  # yolo_v2_tiny without its top, too
}

# What `yolov3-tiny.conv.15` has beyond the trunk, by its last layer: (share of that layer's filters, kernel size).
BEYOND_THE_TRUNK = {"stage5_2_conv": ((1 / 4, 1), (1 / 2, 3))}
