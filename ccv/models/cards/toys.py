"""The cards of the small networks of the lectures."""

from ccv.models.cards._card import Card, Claim, Golden, Paper, Rescale

XO_NET = Card(
    name="xo_net",
    title="the X/O case study: three fixed filters, two pools and a vote",
    paper=Paper("B. Rohrer", "How do convolutional neural networks work?", "Course slides after the talk", 2016),
    input_shape=(9, 9, 1),
    golden=(
        Golden("fixed, as on the slides", 0, stats=51, notop=0, macs=1_347, at=9),
        Golden("trainable", 51, {"trainable": True}, notop=27, macs=1_347, at=9),
    ),
    claims=(
        Claim("7/9 = 0.77 and 5/9 = 0.55", True, "cut to two decimals toward zero, not rounded", seed="E-27"),
        Claim("7x7 pools to 4x4", True, "with padding 'same' only; 'valid' gives 3x3", seed="E-28"),
        Claim("pool, then ReLU", True, "the two commute, since both are monotone", seed="E-30"),
        Claim(
            "every value gets a vote",
            True,
            "the slides' numbers are lost: here a vote is the mean of what an X (or an O) makes large",
            seed="E-31",
        ),
    ),
    notes=("It expects -1 for the ground and +1 for the ink, as `ccv.data.arrays('xo', 'slides')` has them.",),
    rescale=Rescale(1 / 127.5, -1.0),
)

CNN_EXAMPLE = Card(
    name="cnn_example",
    title="Ng's worked example, in the manner of LeNet-5 but in colour",
    paper=Paper("A. Ng", "Convolutional neural networks, week 1", "deeplearning.ai course", 2017),
    input_shape=(32, 32, 3),
    golden=(Golden("plain", 62_958, notop=3_824, macs=849_320, at=32),),
    claims=(
        Claim(
            "608, 3216, 48120, 10164 and 850 parameters",
            True,
            "62,958 in all (the first edition of the table had 208, 416, 48001, 10081 and 841)",
            seed="A-02",
        ),
        Claim(
            "a dense layer on 32x32x3 has 3072 parameters and 3072 biases",
            False,
            "n neurons have 3072 n weights and n biases",
            seed="E-25",
        ),
    ),
)

GENERATE_MODEL = Card(
    name="generate_model",
    title="the first Keras model of the lectures, repaired",
    paper=Paper("A. Amini, A. Amini", "Deep computer vision", "MIT 6.S191 lecture", 2020),
    input_shape=(28, 28, 1),
    golden=(Golden("plain", 1_668_490, notop=18_816, macs=4_073_600, at=28),),
    claims=(
        Claim(
            "the slide's code builds it",
            False,
            "it needs `import tensorflow as tf`, `kernel_size` for `filter_size` and the missing `])`",
            seed="E-33",
        ),
    ),
    notes=("The slide states no input; with MNIST's 28x28x1 it has 1,668,490 parameters (E-33).",),
)

CARDS = (XO_NET, CNN_EXAMPLE, GENERATE_MODEL)
