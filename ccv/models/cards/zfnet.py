"""The card of ZFNet."""

from ccv.models.cards._card import IMAGENET_STATISTICS, Card, Claim, Golden, Paper, Published

ZFNET = Card(
    name="zfnet",
    title="ZFNet, AlexNet mended after looking at what its layers see",
    paper=Paper(
        "M. D. Zeiler, R. Fergus",
        "Visualizing and understanding convolutional networks",
        "ECCV 2014, arXiv:1311.2901",
        2013,
    ),
    input_shape=(224, 224, 3),
    variants={
        "paper": "figure 3: conv3 to conv5 have 384, 384 and 256 filters",
        "slides": "the slides' bullets: 512, 1024 and 512, which the paper tries in an ablation",
    },
    golden=(
        Golden("paper's figure 3", 62_357_608, notop=3_726_464, macs=1_168_032_896, at=224, source="A+"),
        Golden(
            "slides' widths",
            107_627_624,
            {"variant": "slides"},
            notop=11_247_744,
            macs=2_476_704_896,
            at=224,
        ),
    ),
    claims=(
        Claim(
            "conv3, conv4, conv5 have 512, 1024, 512 filters",
            False,
            "384, 384, 256 in the figure, whose 6x6x256 = 9216 the same slides show; 512 would make it 18,432",
            "D-12",
        ),
        Claim(
            "the winner of ILSVRC 2013, from 16.4 % to 11.7 %",
            False,
            "Clarifai, Zeiler's company, won with networks derived from it; the paper's own ensemble has 14.8 %",
            "D-13",
        ),
        Claim(
            "55x55x96 after the first pooling", True, "(224 + 2 - 7) / 2 + 1 = 110, pooled to 55, rounding up", "A-06"
        ),
    ),
    notes=("The paper gives no constants of its contrast normalisation: AlexNet's LRN stands for it here.",),
    rescale=IMAGENET_STATISTICS,
    published=(Published("paper's figure 3", 60.8, 83.2, "as quoted in public; the origin is not confirmed"),),
)

CARDS = (ZFNET,)
