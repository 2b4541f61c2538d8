"""The cards of YOLO v1, YOLOv2, YOLOv3 and their tiny forms."""

from ccv.models.cards._card import Card, Claim, Golden, Paper

V1_PAPER = Paper(
    "J. Redmon, S. Divvala, R. Girshick, A. Farhadi",
    "You only look once: unified, real-time object detection",
    "CVPR",
    2016,
)
V2_PAPER = Paper("J. Redmon, A. Farhadi", "YOLO9000: better, faster, stronger", "CVPR", 2017)
V3_PAPER = Paper("J. Redmon, A. Farhadi", "YOLOv3: an incremental improvement", "arXiv:1804.02767", 2018)

YOLO_V1 = Card(
    name="yolo_v1",
    module="yolo_v1",
    title="YOLO, detection in one look: a grid of boxes from one network",
    paper=V1_PAPER,
    input_shape=(448, 448, 3),
    golden=(Golden("VOC, 20 classes", 271_703_550, notop=60_155_968, macs=20_285_153_280, at=448),),
    claims=(
        Claim(
            "anchor boxes are part of YOLO (2015)",
            False,
            "they came with YOLOv2; v1 predicts a box's width and height themselves",
            "X-11",
        ),
        Claim(
            "2 or 3 boxes for each cell, or 3 or 4",
            False,
            "v1 has 2, v2 5 anchors, v3 3 on each of three grids",
            "X-46",
        ),
        Claim(
            "the convolutional sliding window is YOLO's, and more accurate",
            False,
            "it is OverFeat's; the windows' answers are the same, only faster, and YOLO v1's head is dense",
            "X-44",
        ),
        Claim(
            "global average pooling on the dense layer's output, then 3 filters for 3 objects",
            False,
            "that changes the function and loses the grid; a cell needs B x (5 + C) numbers, 5 B + C in v1",
            "X-45",
        ),
    ),
    notes=(
        "The paper's network has biases and no batch normalisation.",
        "VOC 2007: 63.4 mAP (paper, table 1).",
    ),
    weights_from="none fit: darknet's yolov1.weights belong to another network (a locally connected layer, 1,715 "
    "outputs); train it, or load a file of your own",
)
YOLO_V1_TINY = Card(
    name="yolo_v1_tiny",
    module="yolo_tiny",
    title="a small YOLO v1 for this course: a grid of boxes from a trunk of six convolutions",
    paper=V1_PAPER,
    input_shape=(64, 64, 3),
    golden=(
        Golden("3 classes, stride 8", 98_525, stats=480, notop=60_688, macs=15_978_496, at=64),
        Golden("three quarters wide", 55_753, {"width": 0.75}, stats=360, notop=34_284),
    ),
    notes=(
        "Not the paper's Fast YOLO: batch normalisation, and a 1x1 convolution where the paper has dense layers.",
        "Its detector ends with a sigmoid, without which it learns worse.",
    ),
)
YOLO_V2 = Card(
    name="yolo_v2",
    module="yolo_v2",
    title="YOLOv2, anchors on one grid over Darknet-19",
    paper=V2_PAPER,
    input_shape=(416, 416, 3),
    golden=(
        Golden(
            "COCO, 80 classes", 50_962_889, stats=20_672, notop=19_817_376, macs=14_732_084_224, at=416, source="A+"
        ),
        Golden("VOC, 20 classes", 50_655_389, {"classes": 20}, stats=20_672, notop=19_817_376, source="A+"),
    ),
    notes=(
        "VOC 2007: 76.8 mAP at 416 pixels (paper, table 3).",
        "Its reorg is darknet's, which is not space-to-depth.",
        "Without the top it is Darknet-19 without its classifier, and takes darknet19_448.conv.23.",
    ),
    weights_from="darknet's yolov2.weights, and yolov2-voc.weights with classes=20",
)
YOLO_V2_TINY = Card(
    name="yolo_v2_tiny",
    module="yolo_tiny",
    title="YOLOv2-tiny, anchors on one grid over nine convolutions",
    paper=V2_PAPER,
    input_shape=(416, 416, 3),
    golden=(
        Golden("VOC, 20 classes", 15_861_773, stats=6_112, notop=6_294_416, macs=3_485_520_896, at=416, source="A+"),
        Golden(
            "64 pixels, stride 8",
            55_900,
            {"stride": 8, "width": 0.75, "boxes": 2, "classes": 3, "input_shape": (64, 64, 3)},
            stats=360,
            notop=34_284,
        ),
        Golden(
            "256 pixels, stride 16",
            223_716,
            {"stride": 16, "width": 0.75, "boxes": 3, "classes": 3, "input_shape": (256, 256, 3)},
            stats=744,
            notop=138_252,
        ),
    ),
    notes=("Known from darknet's yolov2-tiny-voc.cfg alone; the paper does not describe it.",),
    weights_from="darknet's yolov2-tiny-voc.weights, and COCO's yolov2-tiny.weights with classes=80, head_filters=512",
)
YOLO_V3 = Card(
    name="yolo_v3",
    title="YOLOv3, three grids on a pyramid over Darknet-53",
    paper=V3_PAPER,
    input_shape=(416, 416, 3),
    golden=(
        Golden(
            "COCO, 80 classes", 61_949_149, stats=52_608, notop=40_584_928, macs=32_932_037_632, at=416, source="A+"
        ),
        Golden("VOC, 20 classes", 61_626_049, {"classes": 20}, stats=52_608, notop=40_584_928, source="A+"),
    ),
    claims=(
        Claim(
            "detection head 1 finds the small objects, head 3 the large",
            False,
            "the other way round: head 1 has 13x13 cells of 32 pixels, head 3 52x52 cells of 8",
            "D-30",
        ),
        Claim("boxes for each cell: 3, or 4", False, "3 on each grid: 10,647 boxes at 416 pixels", "X-46"),
        Claim(
            "a pyramid combines features of several scales, and three heads share the work",
            True,
            "each finer head sees the coarser one's features, upsampled, beside the backbone's",
            "C-107",
        ),
    ),
    notes=(
        "COCO: 57.9 mAP at IoU 0.5 and 608 pixels (paper, table 3).",
        "Without the top it is Darknet-53 without its classifier, and takes darknet53.conv.74.",
    ),
    weights_from="darknet's yolov3.weights, 248,007,048 bytes",
)
YOLO_V3_TINY = Card(
    name="yolo_v3_tiny",
    module="yolo_tiny",
    title="YOLOv3-tiny, two grids on seven convolutions",
    paper=V3_PAPER,
    input_shape=(416, 416, 3),
    golden=(Golden("COCO, 80 classes", 8_852_366, stats=6_368, notop=6_294_416, macs=2_782_480_896, at=416),),
    notes=("Known from darknet's yolov3-tiny.cfg alone; the paper does not describe it.",),
    weights_from="darknet's yolov3-tiny.weights, 35,434,956 bytes, and yolov3-tiny.conv.15, which lacks the heads",
)

CARDS = (YOLO_V1, YOLO_V1_TINY, YOLO_V2, YOLO_V2_TINY, YOLO_V3, YOLO_V3_TINY)
