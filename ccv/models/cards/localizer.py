"""The card of the localiser."""

from ccv.models.cards._card import Card, Claim, Golden, Paper

LOCALIZER = Card(
    name="localizer",
    title="classification with localisation: objectness, a box and a class",
    paper=Paper("A. Ng", "Convolutional neural networks, week 3: object detection", "Course slides", 2017),
    input_shape=(64, 64, 3),
    golden=(Golden("3 classes", 360_744, notop=97_440, macs=16_188_416, at=64),),
    claims=(
        Claim("4 more outputs locate the object: bx, by, bh, bw", True, "its centre, height and width", "C-091"),
        Claim(
            "the label has 8 components",
            True,
            "objectness, 4 of the box and 3 classes; background is objectness 0, not a fourth class",
            "C-092",
        ),
    ),
    notes=("The layers are this package's own: the lectures give the head only.",),
)

CARDS = (LOCALIZER,)
