"""The cards of DenseNet."""

from ccv.models.cards._card import IMAGENET_STATISTICS, Card, Claim, Golden, Paper, Published
from ccv.models.cards._files import densenet_files

PAPER = Paper(
    "G. Huang, Z. Liu, L. van der Maaten, K. Q. Weinberger",
    "Densely connected convolutional networks",
    "CVPR 2017 (arXiv 1608.06993), 2261-2269",
    2017,
)
SIZE = (224, 224, 3)
VARIANTS = {
    "keras": "the paper's (DenseNet-BC, k = 32), with an epsilon of 1.001e-5",
    "torch": "the paper's, with its epsilon of 1e-5, as torchvision",
}
WEIGHTS = (
    'Keras\'s file: variant="keras"; torchvision\'s (whose keys say norm.1 for norm1) and timm\'s: variant="torch"'
)

DENSENET121 = Card(
    name="densenet121",
    title="DenseNet-121, dense blocks of 6, 12, 24 and 16 layers",
    paper=PAPER,
    input_shape=SIZE,
    variants=VARIANTS,
    golden=(
        Golden("keras", 7_978_856, stats=83_648, notop=6_953_856, macs=2_834_161_664, at=224, source="T K"),
        Golden(
            "torch",
            7_978_856,
            {"variant": "torch"},
            stats=83_648,
            notop=6_953_856,
            macs=2_834_161_664,
            at=224,
            source="T K",
        ),
    ),
    published=(Published("torch", 74.434, 91.972, "torchvision, IMAGENET1K_V1"),),
    claims=(
        Claim("7M parameters without the head", True, "7,037,504 with the statistics; 6,953,856 train", "A-24"),
        Claim(
            "higher computational and memory efficiency",
            False,
            "fewer parameters and multiply-adds for the accuracy, but training keeps every concatenation: much memory",
            "X-75",
        ),
        Claim(
            "DenseNet uses the residual block",
            False,
            "a residual block adds its input; a dense layer puts its maps beside it",
            "X-31",
        ),
    ),
    rescale=IMAGENET_STATISTICS,
    weights_from=WEIGHTS,
    files=densenet_files(
        "densenet121", ("9d60b8095a5708f2dcce2bca79d332c7", "30ee3e1110167f948a6b9946edeeb738"), "densenet121-a639ec97"
    ),
)

DENSENET169 = Card(
    name="densenet169",
    title="DenseNet-169, dense blocks of 6, 12, 32 and 32 layers",
    paper=PAPER,
    input_shape=SIZE,
    variants=VARIANTS,
    golden=(
        Golden("keras", 14_149_480, stats=158_400, notop=12_484_480, macs=3_359_843_328, at=224, source="T K"),
        Golden(
            "torch",
            14_149_480,
            {"variant": "torch"},
            stats=158_400,
            notop=12_484_480,
            macs=3_359_843_328,
            at=224,
            source="T K",
        ),
    ),
    published=(Published("torch", 75.600, 92.806, "torchvision, IMAGENET1K_V1"),),
    rescale=IMAGENET_STATISTICS,
    weights_from=WEIGHTS,
    files=densenet_files(
        "densenet169", ("d699b8f76981ab1b30698df4c175e90b", "b8c4d4c20dd625c148057b9ff1c1176b"), "densenet169-b2777c0a"
    ),
)

DENSENET201 = Card(
    name="densenet201",
    title="DenseNet-201, dense blocks of 6, 12, 48 and 32 layers",
    paper=PAPER,
    input_shape=SIZE,
    variants=VARIANTS,
    golden=(
        Golden("keras", 20_013_928, stats=229_056, notop=18_092_928, macs=4_291_365_888, at=224, source="T K"),
        Golden(
            "torch",
            20_013_928,
            {"variant": "torch"},
            stats=229_056,
            notop=18_092_928,
            macs=4_291_365_888,
            at=224,
            source="T K",
        ),
    ),
    published=(Published("torch", 76.896, 93.370, "torchvision, IMAGENET1K_V1"),),
    claims=(Claim("18M parameters without the head", True, "18,321,984 with the statistics", "A-24"),),
    rescale=IMAGENET_STATISTICS,
    weights_from=WEIGHTS,
    files=densenet_files(
        "densenet201", ("1ceb130c1ea1b78c3bf6114dbdfd8807", "c13680b51ded0fb44dff2d8f86ac8bb1"), "densenet201-c1103571"
    ),
)

DENSENET264 = Card(
    name="densenet264",
    title="DenseNet-264, dense blocks of 6, 12, 64 and 48 layers",
    paper=PAPER,
    input_shape=SIZE,
    variants=VARIANTS,
    golden=(Golden("keras", 33_337_704, stats=398_528, notop=30_648_704, macs=5_751_653_376, at=224),),
    notes=(
        "Neither Keras nor torchvision has it: the variants are their two epsilons.",
        "The paper's table 1 (6, 12, 64 and 48) makes 265 layers with weights; the others are as their names say.",
    ),
    rescale=IMAGENET_STATISTICS,
)

CARDS = (DENSENET121, DENSENET169, DENSENET201, DENSENET264)
