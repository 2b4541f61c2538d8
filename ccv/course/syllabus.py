"""The course at a glance, `labs/README.md`: what each lab is about, its points, minutes, and what it needs."""

from __future__ import annotations

from ccv.course.catalog import Lab, labs
from ccv.course.errata import table

_HEAD = ["lab", "what it is about", "exercises", "points", "minutes", "it needs"]
_PAGE = """\
# The labs

{count} labs, {exercises} exercises, {points} points, about {hours} hours. They are numbered in the order in which they
were meant to be done, and each says at its top what one should know; `ccv labs copy` gives the notebooks to a student,
and `ccv run NAME` runs a solved one, in about a minute or two.

{table}
What is measured on a small scale in a few seconds is measured on more data with `ccv run NAME --scale full`, where a
GPU helps.

[COVERAGE.md](COVERAGE.md) says which lab covers what of the course's material, [ERRATA.md](ERRATA.md) what the material
gets wrong, [WRITING.md](WRITING.md) how a lab is written and what the grader proves.

*Written by `ccv labs build` from the heads of the labs: edit those, not this page.*
"""


def page(there: list[Lab] | None = None) -> str:
    """The page, from the heads and the checks of all labs, or of those given.

    Raises:
        ValueError: a lab's head does not say what it should.
    """
    there = labs() if there is None else there
    for lab in there:
        if missing := [fact for fact in ("minutes", "needs", "about") if fact not in lab.facts]:
            raise ValueError(
                f"{lab.source}: the head says no {' and no '.join(missing)} under `ccv:`; see labs/WRITING.md"
            )
    points = sum(sum(lab.exercises.values()) for lab in there)
    return _PAGE.format(
        count=len(there),
        exercises=sum(len(lab.exercises) for lab in there),
        points=f"{points:g}",
        hours=round(sum(lab.facts["minutes"] for lab in there) / 60),
        table=table(_HEAD, [_row(lab) for lab in there]),
    )


def _row(lab: Lab) -> list[str]:
    facts, points = lab.facts, sum(lab.exercises.values())
    link = f"[{lab.name}]({lab.name}/{lab.name}.ipynb)"
    return [link, facts["about"], str(len(lab.exercises)), f"{points:g}", str(facts["minutes"]), facts["needs"]]
