"""The card of LeNet-5."""

from ccv.models.cards._card import Card, Claim, Golden, Paper, Rescale

LENET5 = Card(
    name="lenet5",
    title="LeNet-5, the convolutional network that read cheques",
    paper=Paper(
        "Y. LeCun, L. Bottou, Y. Bengio, P. Haffner",
        "Gradient-based learning applied to document recognition",
        "Proceedings of the IEEE 86(11), 2278-2324",
        1998,
    ),
    input_shape=(28, 28, 1),
    variants={
        "paper": "dense C3, tanh and average pooling without weights, softmax: the form everybody builds",
        "modern": "as paper, with ReLU and max pooling",
        "1998": "the paper to the letter: C3 by table I, trainable subsampling, scaled tanh, distances to "
        "fixed bitmaps (their negative, so that the largest output wins); C5 as a dense layer",
    },
    golden=(
        Golden("paper, 28x28 'same'", 61_706, notop=2_572, macs=416_520, at=28),
        Golden(
            "paper, 32x32 'valid'",
            61_706,
            {"input_shape": (32, 32, 1)},
            notop=2_572,
            macs=416_520,
            at=32,
            source="A+",
        ),
        Golden("modern", 61_706, {"variant": "modern"}, notop=2_572, macs=416_520, at=28),
        Golden(
            "1998, 32x32",
            60_000,
            {"variant": "1998", "input_shape": (32, 32, 1)},
            stats=840,
            notop=1_716,
            source="A+",
        ),
    ),
    claims=(
        Claim(
            "the input is 28x28",
            False,
            "32x32 'valid', or 28x28 with two pixels of padding on C1",
            seed="D-01",
        ),
        Claim("two dense layers", False, "three: F5 with 120, F6 with 84 and the output with 10", seed="D-02"),
        Claim(
            "max pooling",
            False,
            "subsampling, that is average pooling, in the paper with two weights",
            "D-03",
        ),
        Claim("3x3 filters, dropout, ReLU", False, "5x5 filters only, no dropout, tanh", seed="D-04"),
        Claim(
            "60k parameters",
            True,
            "exactly 60,000 with sparse C3 and trainable subsampling; 61,706 in the dense form",
            seed="A-01",
        ),
        Claim("no softmax originally", True, "the output layer measured distances to fixed bitmaps", seed="A-01"),
    ),
    notes=(
        "The paper reports 0.95 % test error on MNIST, 0.8 % with distorted training images.",
        "The 1998 variant trains best with classifier_activation=None and the paper's loss, ccv.layers.MapCriterion().",
        "The paper scales pixels so that the ground is -0.1 and the ink 1.175: mean near 0, variance near 1.",
    ),
    rescale=Rescale(1.275 / 255, -0.1),
)

CARDS = (LENET5,)
