"""The card of SE-ResNet-50."""

from ccv.models.cards._card import IMAGENET_STATISTICS, Card, Golden, Paper, Published

SERESNET50 = Card(
    name="seresnet50",
    title="SE-ResNet-50, sixteen bottlenecks that weigh their channels",
    paper=Paper(
        "J. Hu, L. Shen, G. Sun",
        "Squeeze-and-excitation networks",
        "CVPR 2018 (arXiv 1709.01507), 7132-7141",
        2018,
    ),
    input_shape=(224, 224, 3),
    variants={
        "torch": "timm's: stride in the 3x3 of a block, not in the first 1x1",
        "paper": "the authors' Caffe network: stride in the first 1x1 of a block",
    },
    golden=(
        Golden("torch", 28_088_024, stats=53_120, notop=26_039_024, macs=4_091_699_200, at=224, source="M"),
        Golden(
            "paper",
            28_088_024,
            {"variant": "paper"},
            stats=53_120,
            notop=26_039_024,
            macs=3_860_488_192,
            at=224,
            source="A+",
        ),
    ),
    published=(Published("paper, one crop", 76.71, 93.38, "the paper's table 2"),),
    notes=(
        "The last ILSVRC, of 2017, was won by the authors' SENets, a larger one among them, with 2.251 % top-5 error.",
    ),
    rescale=IMAGENET_STATISTICS,
    weights_from="timm's seresnet50 (ra2_in1k and others), by load_weights; they are not fetched",
)

CARDS = (SERESNET50,)
