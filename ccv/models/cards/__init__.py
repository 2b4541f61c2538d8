"""What is known of each builder, a file per family. No Keras here.

>>> card("lenet5").year
1998
"""

from ccv.models._names import check_name
from ccv.models.cards import lenet, toys
from ccv.models.cards.card import Card

__all__ = ["CARDS", "Card", "card"]

CARDS: dict[str, Card] = {entry.name: entry for family in (lenet, toys) for entry in family.CARDS}


def card(name: str) -> Card:
    """Return the card of the builder `name`; an unknown one raises ValueError with the nearest.

    >>> card("lennet5")
    Traceback (most recent call last):
    ValueError: there is no model called 'lennet5': did you mean 'lenet5'?
    """
    return CARDS[check_name("model", name, CARDS)]
