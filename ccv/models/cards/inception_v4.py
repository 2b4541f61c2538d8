"""The card of Inception v4."""

from ccv.models.cards._card import KERAS_SIGNED, Card, Claim, Golden, Paper, Published

INCEPTION_V4 = Card(
    name="inception_v4",
    title="Inception v4: deeper and more uniform, without shortcuts",
    paper=Paper(
        "C. Szegedy, S. Ioffe, V. Vanhoucke, A. Alemi",
        "Inception-v4, Inception-ResNet and the impact of residual connections on learning",
        "AAAI 2017, arXiv:1602.07261",
        2016,
    ),
    input_shape=(299, 299, 3),
    golden=(
        Golden("with gamma", 42_679_816, stats=63_168, notop=41_142_816, macs=12_253_974_624, at=299, source="M"),
        Golden(
            "without gamma",
            42_648_232,
            {"scale": False},
            stats=63_168,
            notop=41_111_232,
            macs=12_253_974_624,
            at=299,
        ),
    ),
    published=(Published("with gamma", 80.144, 94.982, "timm, inception_v4.tf_in1k"),),
    claims=(
        Claim(
            "55M parameters",
            False,
            "42.7M; 55.9M is Inception-ResNet v2",
            seed="D-22",
        ),
        Claim(
            "159 layers",
            False,
            "149 convolutions and a dense layer, 76 on the longest way; 159 looks like an old count for v3",
            seed="X-07",
        ),
        Claim(
            "Inception v4 is ResNet and Inception together",
            False,
            "v4 has no shortcuts; the same paper's Inception-ResNet has them",
            seed="A-16",
        ),
    ),
    notes=("This is the published network; in some drawings of the paper 1x7 and 7x1 stand in the other order.",),
    rescale=KERAS_SIGNED,
    weights_from="timm's inception_v4.tf_in1k, with gamma",
)

CARDS = (INCEPTION_V4,)
