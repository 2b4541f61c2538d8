"""Of several files of one student, which counts, and why the others do not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

RULES = ("latest", "best", "first")
NOTEBOOK, SCRIPT, TEXT = range(3)
_ENOUGH = 0.5  # of the exercises that the fullest file holds: what holds less is a trial, not an attempt


@dataclass(frozen=True)
class Attempt:
    """A file of a student, as it was found, as it was read, and what became of it.

    Attributes:
        file: how it is shown.
        kind: NOTEBOOK, SCRIPT or TEXT (typed into the platform).
        rank: its place in time, from 0 for the oldest; files of the same rank are a tie.
        when: what says so, in words.
        late: whether the platform marks it as late.
        digest: SHA-256 of its bytes.
        code: SHA-256 of its code, without comments and blank lines.
        holds: how many exercises it binds, as far as its lines show.
        problem: why it cannot be read.
        helper: whether the file that counts imports it.
        part: whether it holds other exercises than the file that counts, and is read together with it.
        points: what it earned, where it was graded.
        counts: whether it is the one that counts.
        why: why it does or does not.
        look: whether the teacher should look at the choice.
    """

    file: str
    kind: int = NOTEBOOK
    rank: int = 0
    when: str = ""
    late: bool = False
    digest: str = ""
    code: str = ""
    holds: int = 0
    problem: str = ""
    helper: bool = False
    part: bool = False
    points: float | None = None
    counts: bool = False
    why: str = ""
    look: bool = False

    def plain(self) -> dict[str, Any]:
        """As it stands in a record."""
        return asdict(self)


def settle(attempts: Sequence[Attempt], rule: str) -> list[Attempt]:
    """Choose by the rule, and say of each file why it counts or does not; the order stays.

    A file that cannot be read counts only where none can. Of files that hold the exercises, one that holds less than
    half as many as the fullest is no attempt, nor is a script that a notebook imports. Ties go to the file that holds
    more, then to the earlier in the list, which is the likelier.

    Args:
        attempts: files, the likeliest first.
        rule: "latest", "first", or "best" by the points.
    """
    readable = [a for a in attempts if not a.problem]
    if not readable:
        return [replace(a, why=f"cannot be read: {a.problem}") for a in attempts]
    chosen = _chosen(_serious(readable, 0.0 if rule == "best" else _ENOUGH), rule)
    others = {number: _left_out(a, chosen, rule) for number, a in enumerate(attempts) if a is not chosen}
    counted = replace(chosen, counts=True, why=_why(chosen, list(others.values()), rule))
    return [others.get(number, counted) for number in range(len(attempts))]


def worth_grading(attempts: Sequence[Attempt]) -> set[int]:
    """The numbers of the files that "best" grades: those that can be read and hold an exercise, each code once."""
    serious = _serious([a for a in attempts if not a.problem], enough=0.0)
    latest = {a.code: a for a in sorted(serious, key=lambda a: a.rank)}
    return {number for number, a in enumerate(attempts) if a in latest.values()}


def _serious(readable: Sequence[Attempt], enough: float) -> list[Attempt]:
    own = [a for a in readable if not a.helper] or [*readable]
    own = [a for a in own if a.kind != TEXT and a.holds] or [a for a in own if a.holds] or own  # typed text is a note
    fullest = max((a.holds for a in own), default=0)
    return [a for a in own if a.holds >= enough * fullest]


def _chosen(serious: Sequence[Attempt], rule: str) -> Attempt:
    order = {
        "latest": lambda a: (-a.rank, -a.holds, a.kind),
        "first": lambda a: (a.rank, -a.holds, a.kind),
        # Where the grader gave up there are no points, and no reason to prefer it.
        "best": lambda a: (-(a.points if a.points is not None else -1.0), -a.rank, -a.holds, a.kind),
    }[rule]
    return min(serious, key=order)  # the first of equal ones


def _why(chosen: Attempt, others: Sequence[Attempt], rule: str) -> str:
    if not others:
        return ""
    if not any(a.look for a in others):
        return "it is the one with the exercises"
    when = f" ({chosen.when})" if chosen.when else ""
    if rule == "best":
        return f"it earned the most{when}"
    only = " that can be read" if any(a.problem and a.kind != TEXT for a in others) else ""
    return f"it is the {rule}{only}{when}"


def _left_out(one: Attempt, chosen: Attempt, rule: str) -> Attempt:
    """What became of a file that does not count, and whether that is for the teacher to see."""
    if one.problem:
        return replace(one, why=f"cannot be read: {one.problem}", look=one.kind != TEXT)
    if one.code == chosen.code:
        return replace(one, why="holds the same code")
    if one.helper:
        return replace(one, why="is imported by the file that counts")
    if one.part:
        return replace(one, why="holds other exercises, and is read together with it", look=True)
    if not one.holds and chosen.holds:
        return replace(one, why="holds none of the exercises")
    if one.kind == TEXT != chosen.kind:
        return replace(one, why="was typed beside the file that counts", look=True)
    when = f" ({one.when})" if one.when else ""
    if one.holds < _ENOUGH * chosen.holds and rule != "best":
        return replace(
            one, why=f"holds {one.holds} of the exercises, and the file that counts {chosen.holds}", look=True
        )
    if rule == "best":
        return replace(one, why=f"{_earned(one, chosen)}{when}", look=True)
    if one.rank == chosen.rank:
        return replace(one, why="nothing says which of the two is later", look=True)
    return replace(one, why=f"is {'older' if one.rank < chosen.rank else 'newer'}{when}", look=True)


def _earned(one: Attempt, chosen: Attempt) -> str:
    if one.points is None:
        return "could not be graded"
    if one.points == chosen.points:
        return f"earned {one.points:g} points as well"
    return f"earned {one.points:g} points"
