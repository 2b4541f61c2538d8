"""The card of the Siamese network."""

from ccv.models.cards._card import Card, Claim, Golden, Paper

SIAMESE = Card(
    name="siamese",
    title="the Siamese network: two images, one tower, and how far apart they are",
    paper=Paper(
        "G. Koch, R. Zemel, R. Salakhutdinov",
        "Siamese neural networks for one-shot image recognition",
        "ICML deep learning workshop",
        2015,
    ),
    input_shape=(105, 105, 1),
    golden=(Golden("Omniglot", 38_951_745, notop=38_947_648, source="A+"),),
    claims=(
        Claim(
            "each of the two networks outputs a similarity score",
            False,
            "each outputs an embedding; the score comes from the distance between the two",
            "X-48",
        ),
        Claim("the two networks are identical", True, "they are one: its 38,947,648 weights exist once", "C-111"),
    ),
    notes=(
        "A pair costs two passes of the tower: 1,817,247,744 multiply-adds at 105 pixels, and 4,096 for the head.",
        "The paper draws kernels from N(0, 0.01), dense ones from N(0, 0.2), biases from N(0.5, 0.01); here they are "
        "Keras's defaults.",
        "Omniglot: 92.0 % in 20-way one-shot recognition (paper, table 2).",
    ),
)

CARDS = (SIAMESE,)
