"""The cards of SqueezeNet."""

from ccv.models.cards._card import IMAGENET_STATISTICS, Card, Claim, Golden, Paper, Published
from ccv.models.cards._files import torch_file

PAPER = Paper(
    "F. N. Iandola, S. Han, M. W. Moskewicz, K. Ashraf, W. J. Dally, K. Keutzer",
    "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and <0.5MB model size",
    "arXiv:1602.07360",
    2016,
)
BOOK = Paper(
    "V. Lakshmanan, M. Görner, R. Gillard",
    "Practical machine learning for computer vision, chapter 3",
    "O'Reilly",
    2021,
)

SQUEEZENET1_0 = Card(
    name="squeezenet1_0",
    title="SqueezeNet 1.0, AlexNet's accuracy with a fiftieth of its parameters",
    paper=PAPER,
    input_shape=(224, 224, 3),
    golden=(Golden("paper", 1_248_424, notop=735_424, macs=818_924_576, at=224, source="T"),),
    claims=(
        Claim(
            "18 layers, 1.2M parameters without the head",
            False,
            "1,248,424 with conv10, which is the head; 735,424 without",
            "X-65",
        ),
        Claim("two of three convolutions of a fire module are 1x1", True, "squeeze and one expand", "C-076"),
    ),
    notes=("The paper's 111x111 maps after conv1 come from 227 pixels; 224 give 109x109.",),
    rescale=IMAGENET_STATISTICS,
    published=(Published("squeezenet1_0", 58.092, 80.420, "torchvision"),),
    weights_from="torchvision's squeezenet1_0",
    files=(torch_file("squeezenet1_0-b66bff10"),),
)
SQUEEZENET1_1 = Card(
    name="squeezenet1_1",
    title="SqueezeNet 1.1, 2.4 times less work than 1.0",
    paper=PAPER,
    input_shape=(224, 224, 3),
    golden=(Golden("release", 1_235_496, notop=722_496, macs=349_151_936, at=224, source="T"),),
    rescale=IMAGENET_STATISTICS,
    published=(Published("squeezenet1_1", 58.178, 80.624, "torchvision"),),
    weights_from="torchvision's squeezenet1_1",
    files=(torch_file("squeezenet1_1-b8a52dc0"),),
)
SQUEEZENET24 = Card(
    name="squeezenet24",
    title="the slides' SqueezeNet of 24 layers, for 104 flowers",
    paper=BOOK,
    input_shape=(224, 224, 3),
    golden=(Golden("104 flowers", 2_747_528, stats=8_320, notop=2_694_176, macs=1_959_727_104, at=224, source="A+"),),
    claims=(
        Claim(
            "24 layers, 2.7M parameters without the head",
            True,
            "2,702,496, of which 8,320 are moving statistics; 2,755,848 with the head for 104 flowers",
            "D-28",
        ),
        Claim(
            "until SqueezeNet only 24 layers could be built",
            False,
            "GoogLeNet had 22, VGG 19; depth came later",
            "X-66",
        ),
    ),
)

CARDS = (SQUEEZENET1_0, SQUEEZENET1_1, SQUEEZENET24)
