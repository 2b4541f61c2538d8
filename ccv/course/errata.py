"""What the course's slides and notes get wrong: one page with all of it, and a folded section at a lab's end.

Both are made from `errata.yml`, which lies beside the labs and says at its top what it holds.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from ccv.course.catalog import Lab

PLACE = "<!-- For those who have the slides -->"  # a Markdown cell with only this becomes the lab's section

_INTRODUCTION = """\
# What the slides and notes get wrong

The labs are made from five sets of slides and notes, and teach right what these have wrong. Nobody needs the slides for
the labs. Who has them finds here, deck by deck, what is wrong, damaged or lost, what is right, and which lab shows it.

*Written by `ccv labs build` from `errata.yml`: edit that file, not this page.*
"""


def decks(directory: Path) -> dict[str, str]:
    """The titles of the decks and the notes, by key, in the page's order."""
    return {key: deck["title"] for key, deck in _read(directory)["decks"].items() if "name" in deck}


def page(directory: Path) -> str:
    """The page of all errata, deck by deck, for the labs that lie in `directory`."""
    data = _read(directory)
    parts = [_INTRODUCTION]
    for key, deck in data["decks"].items():
        rows = [r for r in data["rows"] if r["deck"] == key]
        cells = [[r["place"], r["says"], r["right"], _shown_in(r["labs"], directory)] for r in rows]
        parts.append(f"## {deck['title']}\n\n{table(['where', 'what it says', 'what is right', 'shown in'], cells)}")
    return "\n".join(parts)


def section(lab: Lab) -> str:
    """One lab's folded section: which slides and notes it covers, and what these get wrong and right.

    Raises:
        KeyError: `errata.yml` does not say what the lab covers.
    """
    data = _read(lab.directory.parent)
    about = data["labs"][lab.name]
    cells = [[_place(r, data["decks"]), r["says"], r["right"]] for r in data["rows"] if lab.name in r["labs"]]
    praise = f"\nAnd what they get right: {about['right']}\n" if "right" in about else ""
    return (
        "<details>\n<summary><b>For those who have the slides</b></summary>\n\n"
        f"This lab covers {about['covers']}\n\n"
        f"{table(['where', 'what it says', 'what is right'], cells)}{praise}\n</details>"
    )


@cache
def _read(directory: Path) -> dict[str, Any]:
    return yaml.safe_load((directory / "errata.yml").read_text(encoding="utf-8"))


def _place(row: dict[str, Any], decks: dict[str, Any]) -> str:
    name = decks[row["deck"]].get("name")
    return f"{name}: {row['place']}" if name else row["place"]


def _shown_in(names: list[str], directory: Path) -> str:
    there = [f"[{name}]({name}/{name}.ipynb)" for name in names if (directory / name).is_dir()]
    return ", ".join(there) or "a coming lab"


def table(head: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)
