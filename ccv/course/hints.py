"""Hints on demand: three steps towards an exercise, and in the end the idea, from a file of `ccv labs build`."""

from __future__ import annotations

import json
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ccv.course.catalog import Lab

STEPS = 3
_WIDTH = 100


@dataclass(frozen=True)
class Hints:
    """The hints of one exercise: three steps, each leading further, and the idea of its solution."""

    exercise: str
    steps: tuple[str, ...]
    idea: str

    @property
    def texts(self) -> tuple[str, ...]:
        """All of them, in the order in which they are given."""
        return (*self.steps, self.idea)


@dataclass(frozen=True)
class Hint:
    """What `ccv.hint(...)` says: Markdown in a notebook, plain text elsewhere.

    Attributes:
        title: which hint of which exercise.
        text: the hint.
        further: how to get the next, or to see all again.
    """

    title: str
    text: str
    further: str

    def __str__(self) -> str:
        said = f"{self.title}: {self.text}" if self.text else self.title
        return "\n".join([*textwrap.wrap(said, _WIDTH), *textwrap.wrap(self.further, _WIDTH)])

    __repr__ = __str__

    def _repr_markdown_(self) -> str:
        said = f"**{self.title}:** {self.text}" if self.text else f"**{self.title}**"
        return f"{said}\n\n*{self.further}*"


def read_hints(lab: Lab) -> dict[str, Hints]:
    """Return the hints of a lab by exercise; none where its data file was not built."""
    if not lab.hints.is_file():
        return {}
    data = json.loads(lab.hints.read_text(encoding="utf-8"))
    return {name: Hints(name, tuple(kept["steps"]), kept["idea"]) for name, kept in data.items()}


def said(hints: Hints, number: int) -> Hint:
    """Return hint `number`, from 1; after the three steps comes the idea, and then the word that there is no more."""
    name = hints.exercise
    again = f'To see them again: `ccv.hint("{name}", step=1)`, and so on up to `step={STEPS + 1}`.'
    if number <= STEPS:
        following = "the next hint" if number < STEPS else "the idea of the solution"
        further = f'`ccv.hint("{name}")` once more gives {following}.'
        return Hint(f"Hint {number} of {STEPS} for {name}", hints.steps[number - 1], further)
    if number == STEPS + 1:
        return Hint(f"The idea of {name}", hints.idea, f"There are no more hints. {again}")
    return Hint(f"There are no more hints for {name}", "", again)
