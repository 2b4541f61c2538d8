"""What is known of each builder, a file per family. No Keras here.

>>> card("lenet5").year
1998
"""

from ccv.models.cards import (
    alexnet,
    darknet,
    densenet,
    efficientnet,
    googlenet,
    inception_resnet_v2,
    inception_v3,
    inception_v4,
    lenet,
    localizer,
    mobilenet,
    multi_input,
    nin,
    resnet,
    resnet_cifar,
    resnet_v2,
    resnext,
    siamese,
    squeezenet,
    toys,
    unet,
    vgg,
    xception,
    yolo,
    zfnet,
)
from ccv.models.cards._card import Card
from ccv.names import check_name

__all__ = ["CARDS", "Card", "card"]

FAMILIES = (
    alexnet,
    darknet,
    densenet,
    efficientnet,
    googlenet,
    inception_resnet_v2,
    inception_v3,
    inception_v4,
    lenet,
    localizer,
    mobilenet,
    multi_input,
    nin,
    resnet,
    resnet_cifar,
    resnet_v2,
    resnext,
    siamese,
    squeezenet,
    toys,
    unet,
    vgg,
    xception,
    yolo,
    zfnet,
)
CARDS: dict[str, Card] = {entry.name: entry for family in FAMILIES for entry in family.CARDS}


def card(name: str) -> Card:
    """Return the card of the builder `name`; an unknown one raises ValueError with the nearest.

    >>> card("lennet5")
    Traceback (most recent call last):
    ValueError: there is no model called 'lennet5': did you mean 'lenet5'?
    """
    return CARDS[check_name("model", name, CARDS)]
