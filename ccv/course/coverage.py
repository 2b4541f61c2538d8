"""Which lab covers what of the course's material: `COVERAGE.md`, made from three kinds of files that lie with the labs.

`checklist.yml` lists the items (S-...), questions (E-...) and networks (A-...), `decks.yml` says which of them each
section of the slides holds, and each lab's `covers.yml` which of them stand below which of its headings.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any
from urllib.parse import quote

import yaml

from ccv.course import errata
from ccv.course.catalog import Lab, labs, labs_directory

_KINDS = {"items": "Items", "questions": "Questions and exercises"}
_OPEN = "a coming lab"
Place = tuple[str, str]  # a lab's name, and the heading in it

_INTRODUCTION = """\
# What the labs cover

Every item and every question of the course's material, and where a lab covers it. Its numbers are those of
`checklist.yml`; in the labs themselves they do not appear. Then every network that the material is about, with its lab,
its builders and their tests. For those who have the slides, the same follows deck by deck: each section, what it holds,
and where the labs have it.

*Written by `ccv labs build` from `checklist.yml`, `decks.yml` and each lab's `covers.yml`: edit those, not this page.*
"""


def claims(lab: Lab) -> dict[str, list[str]]:
    """What a lab covers, by heading; empty where it says nothing."""
    path = lab.directory / "covers.yml"
    return yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else {}


def headings(lab: Lab) -> list[str]:
    """The headings of a lab's text, without their marks."""
    return re.findall(r"^# #+ (.+)$", lab.source.read_text(encoding="utf-8"), re.MULTILINE)


def places() -> dict[str, list[Place]]:
    """Where each item and question is covered: `{"S-014": [("02_convolution", "2. Turn the kernel")]}`."""
    found: dict[str, list[Place]] = {}
    for lab in labs():
        for heading, ids in claims(lab).items():
            for one in ids:
                found.setdefault(one, []).append((lab.name, heading))
    return found


def page() -> str:
    """The page of all items and questions, and of all decks."""
    data, covered = checklist(), places()
    parts = [_INTRODUCTION]
    for kind, title in _KINDS.items():
        rows = [[i, text, _where(i, data, covered)] for i, text in data[kind].items()]
        there = sum(where != _OPEN for _, _, where in rows)
        parts.append(f"## {title}: {there} of {len(rows)}\n\n{errata.table(['', 'what', 'where'], rows)}")
    rows = [_system(about, data, covered) for about in data["systems"].values()]
    there = sum(row[1] != _OPEN for row in rows)
    parts.append(
        f"## Networks: {there} of {len(rows)}\n\n{errata.table(['network', 'where', 'builders', 'tests'], rows)}"
    )
    for deck, title in errata.decks(labs_directory()).items():
        rows = [[section, ", ".join(ids), _where_all(ids, data, covered)] for section, ids in sections()[deck]]
        parts.append(f"## {title}\n\n{errata.table(['section', 'holds', 'where'], rows)}")
    return "\n".join(parts)


def checklist() -> dict[str, Any]:
    """The content of `checklist.yml`, which says at its top what it holds."""
    return _read("checklist.yml")


def sections() -> dict[str, list[tuple[str, list[str]]]]:
    """Each deck's sections in their order, with the items and questions that they hold, from `decks.yml`."""
    return {deck: [row for section in found for row in section.items()] for deck, found in _read("decks.yml").items()}


@cache
def _read(name: str) -> dict[str, Any]:
    return yaml.safe_load((labs_directory() / name).read_text(encoding="utf-8"))


def _system(about: dict[str, Any], data: dict[str, Any], covered: dict[str, list[Place]]) -> list[str]:
    """A network of the course: where a lab has it, what builds it in `ccv.models`, and what tests that."""
    builders = ", ".join(f"`{name}`" for name in about["builders"])
    tests = f"[{about['tests']}](../tests/models/{about['tests']})"
    return [about["name"], _where(about["item"], data, covered), builders, tests]


def _where_all(ids: list[str], data: dict[str, Any], covered: dict[str, list[Place]]) -> str:
    return "<br>".join(dict.fromkeys(_where(i, data, covered) for i in ids))


def _where(one: str, data: dict[str, Any], covered: dict[str, list[Place]]) -> str:
    if one in data["elsewhere"]:
        return data["elsewhere"][one]
    first, last = data["groups"].get(one, (one, one))
    asked = [i for i in (data["questions"] if one in data["groups"] else [one]) if first <= i <= last]
    if not all(i in covered for i in asked):
        return _OPEN
    if one in data["groups"]:
        return "below, under its questions"
    return "; ".join(_link(*place) for place in covered[one])


def _link(lab: str, heading: str) -> str:
    """A link to a heading by Jupyter's name for it; on GitHub, which knows none, it opens the top of the notebook.

    >>> _link("01_xo", "5. ReLU: no negative votes")
    '[01_xo, 5. ReLU: no negative votes](01_xo/01_xo.ipynb#5.-ReLU:-no-negative-votes)'
    """
    return f"[{lab}, {heading}]({lab}/{lab}.ipynb#{quote(heading.replace(' ', '-'), safe='?!,:;')})"
