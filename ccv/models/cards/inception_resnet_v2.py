"""The card of Inception-ResNet v2."""

from ccv.models.cards._card import KERAS_SIGNED, Card, Claim, Golden, Paper, Published
from ccv.models.cards._files import keras_file

INCEPTION_RESNET_V2 = Card(
    name="inception_resnet_v2",
    title="Inception-ResNet v2: modules whose result is scaled and added",
    paper=Paper(
        "C. Szegedy, S. Ioffe, V. Vanhoucke, A. Alemi",
        "Inception-v4, Inception-ResNet and the impact of residual connections on learning",
        "AAAI 2017, arXiv:1602.07261",
        2016,
    ),
    input_shape=(299, 299, 3),
    golden=(
        Golden(
            "keras, without gamma",
            55_813_192,
            stats=60_544,
            notop=54_276_192,
            macs=13_155_794_016,
            at=299,
            source="K",
        ),
    ),
    published=(Published("keras", 80.3, 95.3, "keras.applications"),),
    claims=(
        Claim(
            "Inception v4 has 55M parameters",
            False,
            "that is this network: 55,873,736 with statistics; v4 has 42.7M",
            seed="D-22",
        ),
        Claim(
            "DenseNet and Inception use residual blocks",
            False,
            "DenseNet joins; of the Inception line only Inception-ResNet adds",
            seed="X-31",
        ),
    ),
    notes=(
        "This is the published network, which Keras has too. The paper's figures differ: v4's stem, and 5, 10 and 5 "
        "blocks for the 10, 20 and 10 here. There the last 1x1 convolutions have 1154 and 2048 maps, where the sums "
        "of figures 7 and 18 ask for 1152 and 2144.",
        "The residuals are multiplied by 0.17, 0.1 and 0.2 before they are added; the last block adds all of its own.",
    ),
    rescale=KERAS_SIGNED,
    weights_from="keras.applications' files, with and without top",
    files=(
        keras_file(
            "inception_resnet_v2",
            "inception_resnet_v2",
            KERAS_SIGNED,
            ("e693bd0210a403b3192acc6073ad2e96", "d19885ff4a710c122648d3b5c3b684e4"),
        ),
    ),
)

CARDS = (INCEPTION_RESNET_V2,)
