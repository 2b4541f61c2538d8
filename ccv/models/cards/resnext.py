"""The cards of ResNeXt."""

from ccv.models.cards._card import IMAGENET_STATISTICS, Card, Claim, Golden, Paper, Published
from ccv.models.cards._files import torch_file

PAPER = Paper(
    "S. Xie, R. Girshick, P. Dollár, Z. Tu, K. He",
    "Aggregated residual transformations for deep neural networks",
    "CVPR 2017 (arXiv 1611.05431), 5987-5995",
    2017,
)
SIZE = (224, 224, 3)
WEIGHTS = "torchvision's files (IMAGENET1K_V1 and V2) and timm's"

RESNEXT50 = Card(
    name="resnext50_32x4d",
    title="ResNeXt-50, 3x3 convolutions in 32 groups of 4 channels",
    paper=PAPER,
    input_shape=SIZE,
    golden=(Golden("torch", 25_028_904, stats=68_224, notop=22_979_904, macs=4_230_479_872, at=224, source="T"),),
    published=(Published("torch", 77.618, 93.698, "torchvision, IMAGENET1K_V1"),),
    claims=(
        Claim(
            "cardinality is a new factor besides depth and width",
            True,
            "32 groups of 4 at the parameters of ResNet-50 (25.0M for 25.6M)",
            "C-074",
        ),
    ),
    rescale=IMAGENET_STATISTICS,
    weights_from=WEIGHTS,
    files=(torch_file("resnext50_32x4d-7cdf4587"), torch_file("resnext50_32x4d-1a0047aa", version=2)),
)

RESNEXT101 = Card(
    name="resnext101_32x8d",
    title="ResNeXt-101, 3x3 convolutions in 32 groups of 8 channels",
    paper=PAPER,
    input_shape=SIZE,
    golden=(Golden("torch", 88_791_336, stats=202_880, notop=86_742_336, macs=16_414_015_488, at=224, source="T"),),
    published=(Published("torch", 79.312, 94.526, "torchvision, IMAGENET1K_V1"),),
    notes=("32x8d is not in the paper (32x4d and 64x4d are); Mahajan et al. 2018 have it, and torchvision.",),
    rescale=IMAGENET_STATISTICS,
    weights_from=WEIGHTS,
    files=(torch_file("resnext101_32x8d-8ba56ff5"), torch_file("resnext101_32x8d-110c445d", version=2)),
)

CARDS = (RESNEXT50, RESNEXT101)
