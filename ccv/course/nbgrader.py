"""Labs as a course of nbgrader: its cells and metadata on one side, the points of an exercise on the other.

nbgrader runs a submission and its tests in one kernel, so a student who wants to can forge points there; `ccv grade`
is for submissions that nobody vetted.
"""

from __future__ import annotations

import ast
import contextlib
import io
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import nbformat

    from ccv.course.catalog import Lab

CONFIG = """\
# A course of nbgrader (https://nbgrader.readthedocs.io), written by `ccv labs export --nbgrader`. In this folder:
#   nbgrader generate_assignment {lab}
#   nbgrader autograde {lab}            (the submissions: submitted/STUDENT/{lab}/{lab}.ipynb)
# Students and graders need the package ccv; the checks are in it, not in the notebooks.
c = get_config()

c.CourseDirectory.course_id = "ccv"

# What a blank exercise raises; ccv knows it and calls the exercise blank.
c.ClearSolutions.code_stub = {{"python": 'raise NotImplementedError("your answer")'}}

# Seconds for one cell: some train a network.
c.Execute.timeout = 600
"""

_CHECK = """\
import ccv.course.nbgrader

# The same as ccv.check({exercise!r}), for nbgrader: the number at the end is what it scores.
ccv.course.nbgrader.points({lab!r}, {exercise!r})"""


def export(labs: list[Lab], directory: Path, *, force: bool = False) -> list[Path]:
    """Write a course of nbgrader with these labs and return the files written.

    With `force`, notebooks in `source/` are replaced; a configuration that is there, the gradebook and everything
    handed in stay as they are.

    Raises:
        FileExistsError: the folder holds a course already; then nothing is written.
        NotADirectoryError: the folder is a file.
    """
    import nbformat

    config = directory / "nbgrader_config.py"
    if directory.exists() and not directory.is_dir():
        raise NotADirectoryError(f"{directory} is a file: choose a folder")
    if not force and (config.exists() or (directory / "source").exists()):
        raise FileExistsError(f"{directory} holds a course already: choose another folder, or add --force")
    texts = {directory / "source" / lab.name / lab.notebook.name: nbformat.writes(notebook(lab)) + "\n" for lab in labs}
    if not config.exists():
        texts = {config: CONFIG.format(lab=labs[0].name), **texts}
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(texts)


def notebook(lab: Lab) -> nbformat.NotebookNode:
    """Return the lab as nbgrader's source: solutions between their marks, and a test after each exercise."""
    from ccv.course.build import marked_notebook

    made = marked_notebook(lab)
    made.cells = _with_tests(lab, made.cells)
    _describe(made.cells, lab)
    return made


def points(lab: str, exercise: str) -> float:
    """Check an exercise on the notebook that calls this, show its table, and return the points earned.

    nbgrader takes a number at the end of a cell as partial credit, and anything on stderr as a failure. A warning is
    no failure, so stderr is silent meanwhile.

    Raises:
        ValueError: there is no such lab.
        LookupError: the lab has no such exercise.
    """
    from IPython.display import display

    from ccv.course.catalog import find_lab
    from ccv.grading import check_live

    namespace: dict[str, Any] = sys._getframe(1).f_globals
    with _silent_stderr():
        sheet = check_live(find_lab(lab).directory, namespace, [exercise])
    display(sheet)
    return sheet.points


# ------------------------------------------------------------------------------------------------------------ cells


def _with_tests(lab: Lab, cells: list[Any]) -> list[Any]:
    """Each `ccv.check("name")` becomes a test that nbgrader scores; an exercise without one gets it where it ends."""
    asked = [_asked(cell) for cell in cells]
    unasked = [e for e in lab.exercises if not any(e in names for names in asked)]
    result = []
    for cell, names in zip(cells, asked, strict=True):
        result += [_test(lab, name) for name in names] or [cell]
        posed = _bound(cell) if _is_solution(cell) else []
        result += [_test(lab, name) for name in unasked if name in posed]
    return result


def _asked(cell: Any) -> list[str]:
    """The exercises that a cell checks, where it does nothing else."""
    if cell.cell_type != "code":
        return []
    match ast.parse(cell.source).body:
        case [ast.Expr(ast.Call(func=ast.Attribute(attr="check"), args=args))]:
            return [a.value for a in args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    return []


def _test(lab: Lab, exercise: str) -> Any:
    from nbformat.v4 import new_code_cell

    worth = round(lab.exercises[exercise], 6)  # as the score sheet rounds: nbgrader stops at more than the maximum
    made = new_code_cell(_CHECK.format(lab=lab.name, exercise=exercise), id=f"check-{exercise}"[:64])
    made.metadata["nbgrader"] = _metadata(f"check-{exercise}", grade=True, locked=True) | {"points": worth}
    return made


def _describe(cells: list[Any], lab: Lab) -> None:
    """Give solutions, prose and set-up cells their metadata; ids follow the exercises, so they outlive an edit."""
    before: list[Any] = []
    for cell in cells:
        if "nbgrader" in cell.metadata:
            continue
        if _is_solution(cell):
            posed = "-".join(n for n in _bound(cell) if n in lab.exercises) or f"answer-{cell.id}"
            cell.metadata["nbgrader"] = _metadata(posed, solution=True)
            _lock(before, posed)
            before = []
        elif cell.cell_type == "markdown" or _is_setup(cell):
            before.append(cell)
    _lock(before, "end")


def _lock(cells: list[Any], following: str) -> None:
    for number, cell in enumerate(cells, start=1):
        cell.metadata["nbgrader"] = _metadata(f"before-{following}-{number}", locked=True)


def _metadata(grade_id: str, *, grade: bool = False, solution: bool = False, locked: bool = False) -> dict[str, Any]:
    """Version 3 of nbgrader's metadata."""
    kind = {"grade": grade, "solution": solution, "locked": locked, "task": False}
    return {"grade_id": grade_id, "schema_version": 3, **kind}


def _is_solution(cell: Any) -> bool:
    from ccv.course.source import BEGIN

    return cell.cell_type == "code" and BEGIN in cell.source


def _is_setup(cell: Any) -> bool:
    """Whether a cell opens the lab or imports what all others need: without it nothing runs."""
    body = ast.parse(cell.source).body
    return "ccv.lab(" in cell.source or any(isinstance(node, ast.Import | ast.ImportFrom) for node in body)


def _bound(cell: Any) -> list[str]:
    """The names that a cell's statements define."""
    names = []
    for node in ast.parse(cell.source).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.append(node.name)
        elif isinstance(node, ast.Assign):
            names += [n.id for target in node.targets for n in ast.walk(target) if isinstance(n, ast.Name)]
    return names


@contextmanager
def _silent_stderr() -> Iterator[None]:
    """Drop what Python, its loggers and C code write to stderr; a kernel shows the last two as well."""
    real, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    loud = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    os.dup2(nowhere, 2)
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            yield
    finally:
        os.dup2(real, 2)
        logging.disable(loud)
        os.close(real)
        os.close(nowhere)
