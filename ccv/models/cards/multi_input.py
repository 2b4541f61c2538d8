"""The card of the network with three inputs."""

from ccv.models.cards._card import Card, Claim, Golden, Paper

MULTI_INPUT = Card(
    name="multi_input",
    title="text, numbers and an image, fused",
    paper=Paper("The lectures", 'Concepts: convolution, "Multiple input"', "Course notes after A. Ng", 2023),
    input_shape=(64, 64, 3),
    golden=(Golden("8 numbers, 10 classes", 90_490, notop=80_560),),
    claims=(
        Claim(
            "multiple input lets a computer process several types of data at the same time",
            False,
            "the point is fusion: the features of all three meet in one layer, which decides on them together",
            "X-49",
        ),
    ),
    notes=("The layers are this package's own: the lectures' figure is lost, its caption names the three branches.",),
)

CARDS = (MULTI_INPUT,)
