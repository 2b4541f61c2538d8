"""The cards of Darknet-19 and Darknet-53."""

from ccv.models.cards._card import Card, Claim, Golden, Paper, Published

DARKNET19 = Card(
    name="darknet19",
    title="Darknet-19, the backbone of YOLOv2",
    paper=Paper("J. Redmon, A. Farhadi", "YOLO9000: better, faster, stronger", "CVPR", 2017),
    input_shape=(224, 224, 3),
    golden=(Golden("classifier", 20_842_376, stats=14_400, notop=19_817_376, macs=2_790_989_824, at=224, source="A+"),),
    notes=(
        "The paper's 5.58 billion operations are multiplications and additions: twice the multiply-adds.",
        "An even side halves exactly as in darknet; an odd one is rounded down, where darknet rounds up.",
    ),
    published=(
        Published("darknet19 at 224", 72.9, 91.2, "YOLO9000, section 3"),
        Published("darknet19 at 448", 76.5, 93.3, "YOLO9000, section 3"),
    ),
    weights_from="darknet's darknet19.weights and, without the top, darknet19_448.conv.23",
)
DARKNET53 = Card(
    name="darknet53",
    title="Darknet-53, residual blocks of 1x1 and 3x3: the backbone of YOLOv3",
    paper=Paper("J. Redmon, A. Farhadi", "YOLOv3: an incremental improvement", "arXiv:1804.02767", 2018),
    input_shape=(224, 224, 3),
    golden=(
        Golden("classifier", 41_609_928, stats=35_712, notop=40_584_928, macs=7_109_156_864, at=224, source="A+ M"),
    ),
    claims=(
        Claim(
            "YOLOv3's backbone is typically Darknet-53",
            True,
            "52 convolutions and a dense layer, which darknet53.cfg writes as a 1x1 convolution; residual blocks "
            "1, 2, 8, 8, 4; 41,645,640 parameters with statistics",
            "A-31",
        ),
    ),
    notes=("The paper trains and tests at 256 pixels.",),
    published=(Published("darknet53 at 256", 77.2, 93.8, "YOLOv3, table 2"),),
    weights_from="darknet's darknet53.weights and, without the top, darknet53.conv.74 (renamed to end with .weights)",
)

CARDS = (DARKNET19, DARKNET53)
