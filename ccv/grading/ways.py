"""The ways in which an exercise of a submission is read, the cheapest first; the best result counts."""

from __future__ import annotations

from enum import Enum


class Way(Enum):
    """A way to read an exercise; what it says tells the student how points were earned that the first did not give."""

    NAMES = ""  # what its names need, and nothing else
    ORDER = "earned by running the notebook's cells in order"
    LATER = "earned by running the notebook's cells in order, also those below its own"
    FOLLOW = "earned with the lab's own {names} in place of yours"
