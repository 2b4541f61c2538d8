"""What is known of each builder, a file per family. No Keras here.

>>> card("lenet5").year
1998
"""

import importlib
import pkgutil

from ccv.models.cards._card import Card, Golden, Paper
from ccv.models.cards._files import WeightFile
from ccv.models.cards._pixels import DEVIATION, IMAGENET_STATISTICS, KERAS_CAFFE, KERAS_SIGNED, MEAN, Rescale
from ccv.names import check_name

__all__ = [
    "CARDS", "DEVIATION", "IMAGENET_STATISTICS", "KERAS_CAFFE", "KERAS_SIGNED", "MEAN", "Card", "Golden", "Paper",
    "Rescale", "WeightFile", "card",
]  # fmt: skip

FAMILIES = {
    found.name: importlib.import_module(f"{__name__}.{found.name}").CARDS
    for found in pkgutil.iter_modules(__path__)
    if not found.name.startswith("_")
}
CARDS: dict[str, Card] = {entry.name: entry for cards in FAMILIES.values() for entry in cards}
# The file of each network in `ccv.models`: that of its card's name, but for cards that name another.
MODULES = {entry.name: entry.module or family for family, cards in FAMILIES.items() for entry in cards}


def card(name: str) -> Card:
    """Return the card of the builder `name`; an unknown one raises ValueError with the nearest.

    >>> card("lennet5")
    Traceback (most recent call last):
    ValueError: there is no model called 'lennet5': did you mean 'lenet5'?
    """
    return CARDS[check_name("model", name, CARDS)]
