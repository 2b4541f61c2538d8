"""How far a student has come in a lab: the points of this session as a bar, and what is still blank."""

from __future__ import annotations

import html
from dataclasses import dataclass, field

_CELLS = 24
_MOST_NAMED = 8
_FULL, _EMPTY = "█", "░"


@dataclass
class Progress:
    """The points of a lab so far.

    Attributes:
        lab: its name.
        points: earned by what was checked.
        max_points: of the whole lab.
        open: exercises by what is left to do with them, as `{"still blank": ["iou", "nms"]}`.
    """

    lab: str
    points: float
    max_points: float
    open: dict[str, list[str]] = field(default_factory=dict)

    @property
    def bar(self) -> str:
        """The share of the points; full only with all of them, empty only without any."""
        full = int(_CELLS * self.points / self.max_points) if self.max_points else 0
        full = max(full, 1) if self.points else full
        return _FULL * full + _EMPTY * (_CELLS - full)

    @property
    def title(self) -> str:
        """The points in words."""
        return f"{self.lab} so far: {self.points:g} of {self.max_points:g} points"

    def __str__(self) -> str:
        rest = [f"{what}: {', '.join(_shortened(names))}" for what, names in self.open.items()]
        return "\n".join([f"{self.title}  {self.bar}", *rest])

    def html(self) -> str:
        """As HTML; the bar is for the eye alone, since the numbers beside it say the same."""
        bar = f"<span aria-hidden='true' style='color:#1a7f37;font-family:monospace'>{self.bar}</span>"
        rest = "".join(
            f"<br>{html.escape(what)}: " + ", ".join(map(html.escape, _shortened(names)))
            for what, names in self.open.items()
        )
        return f"<p>{html.escape(self.title)} {bar}{rest}</p>"


def _shortened(names: list[str]) -> list[str]:
    """The first of the names, and how many more there are."""
    if len(names) <= _MOST_NAMED + 1:
        return names
    return [*names[:_MOST_NAMED], f"and {len(names) - _MOST_NAMED} more"]
