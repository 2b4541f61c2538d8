"""The time that a submission has for all questions together, besides the limit of each."""

from __future__ import annotations

import time

LIMIT_SECONDS = 300.0


class Clock:
    """Runs from the first question on; `limit` is in seconds, None for no limit, of which some may be used already."""

    def __init__(self, limit: float | None = LIMIT_SECONDS, used: float = 0.0):
        self.limit = limit
        self._used = used
        self._ends: float | None = None

    def left(self) -> float:
        """The seconds that are left; asking starts the clock."""
        if self.limit is None:
            return float("inf")
        if self._ends is None:
            self._ends = time.monotonic() + self.limit - self._used
        return self._ends - time.monotonic()


def spoken(seconds: float) -> str:
    """A time in words.

    >>> spoken(300), spoken(60), spoken(2.5)
    ('5 minutes', '1 minute', '2.5 s')
    """
    minutes = seconds / 60
    if minutes < 1 or minutes != int(minutes):
        return f"{seconds:g} s"
    return f"{minutes:g} minute{'s' * (minutes != 1)}"
