"""The cards of ResNet V2."""

from ccv.models.cards._card import KERAS_SIGNED, Card, Golden, Paper, Published
from ccv.models.cards._files import keras_file

PAPER = Paper(
    "K. He, X. Zhang, S. Ren, J. Sun",
    "Identity mappings in deep residual networks",
    "ECCV 2016 (arXiv 1603.05027), 630-645",
    2016,
)
SIZE = (224, 224, 3)
WEIGHTS = "Keras's file"
NOTES = (
    "As in Keras, a stage has its stride in its last block; in the paper the next stage has it in its first one.",
    "The pool of the stem comes before any ReLU here, so its ring of zeros can win against negative pixels.",
)
SOURCE = "keras.io/api/applications"

RESNET50V2 = Card(
    name="resnet50v2",
    title="ResNet-50 V2, normalisation and ReLU before the convolutions",
    paper=PAPER,
    input_shape=SIZE,
    golden=(Golden("keras", 25_568_360, stats=45_440, notop=23_519_360, macs=3_482_255_360, at=224, source="K"),),
    published=(Published("keras", 76.0, 93.0, SOURCE),),
    notes=NOTES,
    rescale=KERAS_SIGNED,
    weights_from=WEIGHTS,
    files=(
        keras_file(
            "resnet",
            "resnet50v2",
            KERAS_SIGNED,
            ("3ef43a0b657b3be2300d5770ece849e0", "fac2f116257151a9d068a22e544a4917"),
        ),
    ),
)

RESNET101V2 = Card(
    name="resnet101v2",
    title="ResNet-101 V2, normalisation and ReLU before the convolutions",
    paper=PAPER,
    input_shape=SIZE,
    golden=(Golden("keras", 44_577_896, stats=97_664, notop=42_528_896, macs=7_194_476_544, at=224, source="K"),),
    published=(Published("keras", 77.2, 93.8, SOURCE),),
    notes=NOTES,
    rescale=KERAS_SIGNED,
    weights_from=WEIGHTS,
    files=(
        keras_file(
            "resnet",
            "resnet101v2",
            KERAS_SIGNED,
            ("6343647c601c52e1368623803854d971", "c0ed64b8031c3730f411d2eb4eea35b5"),
        ),
    ),
)

RESNET152V2 = Card(
    name="resnet152v2",
    title="ResNet-152 V2, normalisation and ReLU before the convolutions",
    paper=PAPER,
    input_shape=SIZE,
    golden=(Golden("keras", 60_236_904, stats=143_744, notop=58_187_904, macs=10_906_697_728, at=224, source="K"),),
    published=(Published("keras", 78.0, 94.2, SOURCE),),
    notes=NOTES,
    rescale=KERAS_SIGNED,
    weights_from=WEIGHTS,
    files=(
        keras_file(
            "resnet",
            "resnet152v2",
            KERAS_SIGNED,
            ("a49b44d1979771252814e80f8ec446f9", "ed17cf2e0169df9d443503ef94b23b33"),
        ),
    ),
)

CARDS = (RESNET50V2, RESNET101V2, RESNET152V2)
