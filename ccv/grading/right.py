"""Right answers in other styles: what a check must accept, and what a lab hands in to prove that it does.

A lab's `right.py` is a script in py:percent format. Each of its cells is one answer, titled with the exercise and what
is unusual about it, and brings its own imports and helpers::

    # %% relu_map: a list of lists
    def relu_map(x):
        return [[max(value, 0) for value in row] for row in x]
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path

_TITLE = re.compile(r"^# %% *(\w+): *(.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Right:
    """A right answer to `exercise` in another style; `unusual` says what is other about it."""

    exercise: str
    unusual: str
    source: str


def load_right(path: Path) -> list[Right]:
    """Read a lab's `right.py` and return its answers in order; empty where there is no file. Nothing of it is run."""
    if not path.is_file():
        return []
    _, *found = _TITLE.split(path.read_text(encoding="utf-8"))
    return [Right(e, u.strip(), s.strip("\n")) for e, u, s in zip(found[::3], found[1::3], found[2::3], strict=True)]


def answered(cells: list[str], right: Right) -> list[str]:
    """Return the cells of a solved notebook with `right` where the exercise's own answer stood.

    Raises:
        LookupError: no cell binds the exercise's name.
    """
    for number, cell in enumerate(cells):
        for node in ast.parse(cell).body:
            if right.exercise in _bound(node):
                lines = cell.splitlines()
                lines[node.lineno - 1 : node.end_lineno] = right.source.splitlines()
                return [*cells[:number], "\n".join(lines), *cells[number + 1 :]]
    raise LookupError(f"no cell binds `{right.exercise}`, which right.py answers")


def _bound(node: ast.stmt) -> set[str]:
    """The names of an answer: of a function or class, or of what a plain assignment binds."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    return {t.id for t in node.targets if isinstance(t, ast.Name)} if isinstance(node, ast.Assign) else set()
