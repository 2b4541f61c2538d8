"""The card of Xception."""

from ccv.models.cards._card import KERAS_SIGNED, Card, Claim, Golden, Paper, Published
from ccv.models.cards._files import keras_file

XCEPTION = Card(
    name="xception",
    title="Xception, Inception taken to its extreme",
    paper=Paper(
        "F. Chollet",
        "Xception: Deep learning with depthwise separable convolutions",
        "CVPR 2017, 1800-1807",
        2017,
    ),
    input_shape=(299, 299, 3),
    variants={"keras": "the paper's figure 5, by its author; dropout only where you ask for it"},
    golden=(Golden("keras", 22_855_952, stats=54_528, notop=20_806_952, macs=8_357_403_496, at=299, source="A+"),),
    published=(Published("keras", 79.0, 94.5, "keras.io and the paper"),),
    claims=(
        Claim(
            "22.9M parameters, 88 MB",
            True,
            "22,855,952, and 22,910,480 with statistics: 87.4 MiB of float32",
            seed="A-27",
        ),
        Claim("79.0 % and 94.5 %", True, "as published with the weights", seed="A-27"),
        Claim(
            "depth 81",
            True,
            "layers with weights: 40 convolutions, 34 of them separable, as many normalisations, and the dense layer; "
            "the paper counts 36 convolutions, without the four of the shortcuts",
            seed="A-27",
        ),
    ),
    notes=("A separable convolution here has no ReLU between its two halves: the paper found that it hurts.",),
    rescale=KERAS_SIGNED,
    weights_from="Keras's files, 3 channels",
    files=(
        keras_file(
            "xception",
            "xception",
            KERAS_SIGNED,
            ("0a58e3b7378bc2990ea3b43d5981f1f6", "b0042744bf5b25fce3cb969f33bebb97"),
            variant="keras",
        ),
    ),
)

CARDS = (XCEPTION,)
