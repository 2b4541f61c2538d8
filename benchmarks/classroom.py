"""A class of made-up students who hand in a lab, and what each must earn; for the benchmark and for tests.

The kinds of work: right answers in notebooks as students leave them (in order, reversed, with a doubled cell, with
everything but the source stripped), nothing done, half of it done, one classic mistake (a mutant of the lab), one
cell that is no Python, and, for tests, one function that would stop, cheat or harm the grader.
"""

from __future__ import annotations

import ast
import copy
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import cycle
from pathlib import Path

import nbformat
import numpy as np
from unusual import KINDS as UNUSUAL
from unusual import cells_of_kind

from ccv.course.build import solved_notebook, student_notebook
from ccv.course.catalog import Lab
from ccv.grading.mutants import Mutant, load_mutants, mutant_source
from ccv.grading.reading.extract import Definitions

# Of twenty students in a row.
KINDS = ["solved"] * 6 + ["mutant"] * 6 + ["broken"] * 2 + ["blank"] * 2 + ["half", "reversed", "doubled", "stripped"]
# Of these, whose every answer is right.
HONEST = [kind for kind in KINDS if kind in {"solved", "reversed", "doubled", "stripped"}]
# What a hostile student writes in the body of a function.
HOSTILE = [
    "__import__('os')._exit(0)",
    "while True: pass",
    "return type('Right', (), {'__eq__': lambda *_: True, '__array__': lambda *_, **__: 1 / 0})()",
    "return bytearray(10**12)",
    "__import__('os').kill(__import__('os').getppid(), 9)",
    "while True: __import__('os').fork()",
    "while True: print('x' * 10**6)",
    "return open('/proc/self/environ').read() + __import__('subprocess').check_output(['id'], text=True)",
    "raise SystemExit('\\x1b[2J<script>alert(1)</script>')",
    "return __import__('socket').create_connection(('127.0.0.1', 22)).recv(10)",
]


@dataclass(frozen=True)
class Student:
    """One student's notebook, and per exercise the least and the most points that it may earn.

    Both are the same where the outcome is certain. A mistake earns anything below full marks; an exercise that calls
    the mistaken one may earn anything.
    """

    name: str
    kind: str
    notebook: Path
    expected: dict[str, tuple[float, float]]

    def problems(self, points: Mapping[str, float]) -> list[str]:
        """Say in which exercises `points` are not as expected."""
        wrong = [f"{n} is missing" for n in self.expected if n not in points]
        for name, (least, most) in self.expected.items():
            if name in points and not least <= points[name] <= most:
                wrong.append(f"{name}: {points[name]:g} points, not {least:g} to {most:g}")
        return [f"{self.name} ({self.kind}): {problem}" for problem in wrong]


def make_unusual(lab: Lab, folder: Path, students: int) -> list[Student]:
    """Write notebooks of students who are right, each in another unusual way; see `unusual.py`.

    A file of one's own knows nothing of the notebook, which the lab's answers use: such kinds are left out.
    """
    functions = _functions(lab)
    kinds = [kind for kind, text in UNUSUAL.items() if not re.search(r"%%writefile.*\n\{right\}", text)]
    made = []
    for number, kind in zip(range(students), cycle(kinds), strict=False):
        notebook, exercise = copy.deepcopy(_solved(lab)), functions[number % len(functions)]
        own = _cell(notebook, exercise)
        right = re.sub(rf"\b{exercise}\b", "right_answer", own.source)
        cells = [nbformat.v4.new_code_cell(c) for c in cells_of_kind(kind, exercise, right)]
        at = notebook.cells.index(own)
        notebook.cells[at : at + 1] = cells
        path = folder / f"unusual{number:03d}" / lab.notebook.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(nbformat.writes(notebook), encoding="utf-8")
        made.append(Student(path.parent.name, f"unusual: {kind}", path, _expected(lab, set(), set())))
    return made


def make_class(
    lab: Lab, folder: Path, students: int, seed: int = 0, *, hostile: int = 0, among: Sequence[str] = KINDS
) -> list[Student]:
    """Write `folder/STUDENT/LAB.ipynb` for each student, so many of them hostile; the same class for the same seed.

    The others are of the kinds `among`, in their shares.
    """
    rng = np.random.default_rng(seed)
    rounds = -(-students // len(among))
    kinds = [str(kind) for _ in range(rounds) for kind in rng.permutation(among)][: students - hostile]
    kinds = [str(kind) for kind in rng.permutation(kinds + [f"hostile {i % len(HOSTILE)}" for i in range(hostile)])]
    return [_student(lab, folder, f"student{i:03d}", kind, rng) for i, kind in enumerate(kinds, start=1)]


def _student(lab: Lab, folder: Path, name: str, kind: str, rng: np.random.Generator) -> Student:
    notebook = copy.deepcopy(_solved(lab))
    lost: set[str] = set()
    below: set[str] = set()
    if kind == "blank":
        notebook, lost = copy.deepcopy(_handed_out(lab)), set(lab.exercises)
    elif kind == "half":
        lost = set(rng.permutation(list(lab.exercises))[: len(lab.exercises) // 2].tolist())
        _blank(notebook, lab, lost)
    elif kind == "mutant":
        below = {_make_mistake(notebook, lab, rng)}
    elif kind == "broken":
        lost = {str(rng.choice(list(lab.exercises)))}
        cell = _cell(notebook, *lost)
        cell.source = _broken(cell.source, *lost)
    elif kind.startswith("hostile"):
        lost = {str(rng.choice(_functions(lab)))}
        attack = HOSTILE[int(kind.split()[1])]
        source = f"def {next(iter(lost))}(*args, **kwargs):\n    {attack}"
        notebook.cells.append(nbformat.v4.new_code_cell(source, id="attack"))
    elif kind == "reversed":
        notebook.cells.reverse()
    elif kind == "doubled":
        index = notebook.cells.index(_cell(notebook, str(rng.choice(list(lab.exercises)))))
        notebook.cells.insert(index, nbformat.v4.new_code_cell(notebook.cells[index].source, id="doubled"))
    path = folder / name / lab.notebook.name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_text(notebook, name, stripped=kind == "stripped"), encoding="utf-8")
    return Student(name, kind, path, _expected(lab, lost, below))


def _text(notebook: nbformat.NotebookNode, name: str, *, stripped: bool) -> str:
    # No two students hand in the same bytes.
    notebook.cells.append(nbformat.v4.new_code_cell(f"# handed in by {name}", id="name"))
    if stripped:
        return json.dumps({"cells": [{"cell_type": c.cell_type, "source": c.source} for c in notebook.cells]})
    return nbformat.writes(notebook)


def _expected(lab: Lab, lost: set[str], below: set[str]) -> dict[str, tuple[float, float]]:
    expected = {}
    for name, points in lab.exercises.items():
        called = _called(lab)[name]
        if name in lost:
            expected[name] = (0.0, 0.0)
        elif name in below:
            expected[name] = (0.0, points - 0.01)
        else:
            expected[name] = (0.0 if called & (lost | below) else points, points)
    return expected


@cache
def _called(lab: Lab) -> dict[str, set[str]]:
    """The names that the solution of each exercise needs."""
    known = Definitions([c.source for c in _solved(lab).cells if c.cell_type == "code"])
    return {e: {bound for s in known.needed(e) for bound in s.binds} - {e} for e in lab.exercises}


@cache
def _solved(lab: Lab) -> nbformat.NotebookNode:
    return solved_notebook(lab)


@cache
def _handed_out(lab: Lab) -> nbformat.NotebookNode:
    return nbformat.reads(student_notebook(lab), as_version=4)


@cache
def _mutants(lab: Lab) -> dict[str, Mutant]:
    return load_mutants(lab.directory / "mutants.py")


def _blank(notebook: nbformat.NotebookNode, lab: Lab, names: set[str]) -> None:
    for name in names:
        _cell(notebook, name).source = _cell(_handed_out(lab), name).source


def _functions(lab: Lab) -> list[str]:
    """The exercises that are functions."""
    return [e for e in lab.exercises if f"def {e}(" in _cell(_solved(lab), e).source]


def _make_mistake(notebook: nbformat.NotebookNode, lab: Lab, rng: np.random.Generator) -> str:
    """Put a cell with a wrong answer behind the right one and return its exercise."""
    chosen = str(rng.choice(list(_mutants(lab))))
    exercise = _mutants(lab)[chosen].exercise
    source = mutant_source(lab.directory / "mutants.py", chosen)
    index = notebook.cells.index(_cell(notebook, exercise))
    notebook.cells.insert(index + 1, nbformat.v4.new_code_cell(source, id="mistake"))
    return exercise


def _cell(notebook: nbformat.NotebookNode, exercise: str) -> nbformat.NotebookNode:
    """The last cell that answers an exercise."""
    answers = re.compile(rf"^(def {exercise}\b|{exercise} *=)", re.MULTILINE)
    return [c for c in notebook.cells if c.cell_type == "code" and answers.search(c.source)][-1]


def _broken(source: str, exercise: str) -> str:
    """The same cell with a slip in the line that answers."""
    source = re.sub(rf"^(def {exercise}\(.*):$", r"\1", source, flags=re.MULTILINE)
    source = re.sub(rf"^{exercise} *=", f"{exercise} = =", source, flags=re.MULTILINE)
    try:
        ast.parse(source)
    except SyntaxError:
        return source
    raise ValueError(f"could not break the answer to {exercise}")
