"""The card of Inception v3."""

from ccv.models.cards._card import KERAS_SIGNED, Card, Claim, Golden, Paper, Published
from ccv.models.cards._files import keras_file, torch_file

INCEPTION_V3 = Card(
    name="inception_v3",
    title="Inception v3: large filters in factors",
    paper=Paper(
        "C. Szegedy, V. Vanhoucke, S. Ioffe, J. Shlens, Z. Wojna",
        "Rethinking the Inception architecture for computer vision",
        "CVPR 2016, arXiv:1512.00567",
        2015,
    ),
    input_shape=(299, 299, 3),
    variants={
        "keras": "the published network, batch normalisation without gamma; "
        "the stem of the paper's table 1 is another, and "
        "its figure 5 leaves no 5x5, of which the network keeps one beside the two 3x3",
        "torch": "torchvision's: the same convolutions with gamma, the zeros of the border counted in the average "
        "pools, dropout 0.5",
    },
    golden=(
        Golden(
            "keras, without gamma", 23_817_352, stats=34_432, notop=21_768_352, macs=5_713_216_096, at=299, source="K"
        ),
        Golden(
            "torch, with gamma",
            23_834_568,
            {"variant": "torch"},
            stats=34_432,
            notop=21_785_568,
            macs=5_713_216_096,
            at=299,
            source="M T",
        ),
        Golden(
            "torch, with gamma and the auxiliary head",
            27_161_264,
            {"variant": "torch", "auxiliary": True},
            stats=36_224,
            source="T",
        ),
    ),
    published=(
        Published("keras", 77.9, 93.7, "keras.applications"),
        Published("torch", 77.294, 93.45, "torchvision"),
    ),
    claims=(
        Claim(
            "two 3x3 for a 5x5, 3x1 and 1x3 for a 3x3; 22M without the head; 78 %",
            True,
            "21,802,784 with statistics and without the head; 77.9 %",
            seed="A-13",
        ),
        Claim("22M in one place, 23M in another", True, "21.8M without the head, 23.85M with it", seed="D-21"),
        Claim(
            "47 layers",
            False,
            "48 with weights on the longest way, 47 convolutions and the dense one; 94 convolutions in all",
            seed="X-07",
        ),
    ),
    notes=(
        "What a slide calls a modified GoogLeNet, and another a deeper one, is this network.",
        "torchvision's pretrained model has transform_input=True: it takes standardised pixels to [-1, 1] itself. "
        "Here feed [-1, 1] at once, which is the same.",
    ),
    rescale=KERAS_SIGNED,
    weights_from="keras.applications' files, with and without top, for variant=\"keras\"; torchvision's "
    'inception_v3_google-0cc3c7bd.pth for variant="torch"',
    files=(
        keras_file(
            "inception_v3",
            "inception_v3",
            KERAS_SIGNED,
            ("9a0d58056eeedaa3f26cb7ebd46da564", "bcbd6486424b2319ff4ef7d526e38f63"),
            variant="keras",
            auxiliary=False,
        ),
        torch_file("inception_v3_google-0cc3c7bd", KERAS_SIGNED, variant="torch", auxiliary=(False, True)),
    ),
)

CARDS = (INCEPTION_V3,)
