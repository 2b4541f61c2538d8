"""Hints as a lab's source has them, below each solution, and the rules that they keep.

# %% [markdown] hints="output_size"
# 1. Where to look.
# 2. The structure, or the formula.
# 3. The last stumbling block.
#
# The idea: the solution in words.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Collection, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from ccv.course.hints import STEPS, Hints
from ccv.course.source import BEGIN, END, holds_hints, read_source

if TYPE_CHECKING:
    import nbformat

    from ccv.course.catalog import Lab

_ENTRY = re.compile(r"^(?:(\d+)\.|(The idea):)\s", re.MULTILINE)
_TRIVIAL = (ast.Name, ast.Constant, ast.Attribute, ast.UnaryOp)  # nobody's secret
_ACTIONS = (ast.Assign, ast.AugAssign, ast.Expr)


def hints_file(lab: Lab) -> str:
    """Return the content of the lab's `hints.json`, the same bytes every time.

    Raises:
        ValueError: an exercise has no hints, or not three steps and an idea, or one of them gives away its code.
    """
    written = {hints.exercise: hints for hints in _written(read_source(lab))}
    _compare_names(written, lab.exercises)
    data = {name: {"steps": written[name].steps, "idea": written[name].idea} for name in lab.exercises}
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _written(cells: list[nbformat.NotebookNode]) -> Iterator[Hints]:
    for above, cell in pairwise(cells):
        if not holds_hints(cell):
            continue
        hints = _parsed(cell.metadata["hints"], cell.source)
        if BEGIN not in above.source:
            raise ValueError(f"the hints of {hints.exercise} must stand right below the cell with its solution")
        _refuse_code(hints, above.source)
        yield hints


def _compare_names(written: Collection[str], exercises: Collection[str]) -> None:
    for name in written:
        if name not in exercises:
            raise ValueError(f"there are hints for {name}, which is no exercise of this lab")
    for name in exercises:
        if name not in written:
            raise ValueError(f'{name} has no hints: write them below its solution, in a cell [markdown] hints="{name}"')


def _parsed(exercise: str, text: str) -> Hints:
    """The numbered steps and the idea of one cell; line breaks inside them mean nothing."""
    _, *parts = _ENTRY.split(text)
    labels = [number or idea for number, idea in zip(parts[::3], parts[1::3], strict=True)]
    entries = [" ".join(entry.split()) for entry in parts[2::3]]
    if labels != [*map(str, range(1, STEPS + 1)), "The idea"] or not all(entries):
        raise ValueError(f"the hints of {exercise} must be three steps, 1. 2. 3., and a paragraph 'The idea: ...'")
    return Hints(exercise, tuple(entries[:STEPS]), entries[STEPS])


def _refuse_code(hints: Hints, solved_cell: str) -> None:
    """Raise ValueError where a hint holds a line of the solution's code, however it is spaced and quoted."""
    for code in _code_of(solved_cell):
        line = re.compile(r"(?<!\w)" + r"\s*".join(map(re.escape, re.findall(r"\w+|[^\w\s]", code))) + r"(?!\w)")
        for text in hints.texts:
            if line.search(text.replace('"', "'")):
                raise ValueError(f"a hint of {hints.exercise} holds a line of its solution: {code}")


def _code_of(solved_cell: str) -> Iterator[str]:
    """The statements of a solution and the values in them; outside of a function a single value is an answer too."""
    solution, tree = _solution_lines(solved_cell), ast.parse(solved_cell)
    for node in ast.walk(tree):
        if not isinstance(node, ast.stmt) or node.lineno not in solution:
            continue
        answers = node in tree.body
        yield from (_text(value) for value in _values(node) if answers or not isinstance(value, _TRIVIAL))
        if isinstance(node, _ACTIONS):
            yield ast.unparse(node)


def _values(statement: ast.stmt) -> Iterator[ast.expr]:
    for field in ("value", "test", "iter"):
        value = getattr(statement, field, None)
        if isinstance(value, ast.expr):
            yield from value.elts if isinstance(value, ast.Tuple) else [value]


def _text(value: ast.expr) -> str:
    return str(value.value) if isinstance(value, ast.Constant) else ast.unparse(value)


def _solution_lines(cell: str) -> set[int]:
    """The numbers of the lines between the marks."""
    inside, found = False, set()
    for number, line in enumerate(cell.splitlines(), start=1):
        mark = line.strip()
        inside = (inside or mark.startswith(BEGIN)) and not mark.startswith(END)
        found |= {number} if inside else set()
    return found
