"""Builds notebooks from a lab's one source: the student's, with blanks, and the solved one, to run."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import jupytext
import nbformat

from ccv.course.catalog import Lab

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
_REGION = re.compile(rf"^([ ]*){BEGIN}[^\n]*\n(.*?)^[ ]*{END}[^\n]*\n?", re.MULTILINE | re.DOTALL)
_KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def student_notebook(lab: Lab) -> str:
    """The student's notebook as text: solutions replaced by stubs, no outputs, the same bytes every time."""
    return nbformat.writes(_notebook(lab, blank_out)) + "\n"


def marked_notebook(lab: Lab) -> nbformat.NotebookNode:
    """The notebook with solutions in place, between their marks."""
    return _notebook(lab, str)


def solved_notebook(lab: Lab) -> nbformat.NotebookNode:
    """The notebook with solutions in place and their marks removed."""
    return _notebook(lab, lambda source: _REGION.sub(r"\2", source))


def build(lab: Lab) -> bool:
    """Write the student's notebook; return whether it changed."""
    text = student_notebook(lab)
    if is_current(lab, text):
        return False
    lab.notebook.write_text(text, encoding="utf-8")
    return True


def is_current(lab: Lab, text: str | None = None) -> bool:
    """Whether the student's notebook on disk is what the source gives."""
    text = student_notebook(lab) if text is None else text
    return lab.notebook.is_file() and lab.notebook.read_text(encoding="utf-8") == text


def blank_out(source: str) -> str:
    """Replace each solution by a stub: `raise NotImplementedError` in a function, `name = ...` outside.

    >>> print(blank_out("def two():\\n    ### BEGIN SOLUTION\\n    return 2\\n    ### END SOLUTION\\n"), end="")
    def two():
        raise NotImplementedError("your answer")
    >>> print(blank_out("### BEGIN SOLUTION\\nweights = 28\\n### END SOLUTION\\n"), end="")
    weights = ...  # your answer
    """
    return _REGION.sub(_stub, source + "\n" if not source.endswith("\n") else source)


def _stub(region: re.Match[str]) -> str:
    indent, body = region.groups()
    if indent:
        return f'{indent}raise NotImplementedError("your answer")\n'
    names = []
    for node in ast.parse(body).body:
        if not isinstance(node, ast.Assign):
            raise ValueError(f"a solution outside a function must be assignments, not: {ast.unparse(node)}")
        names += [n.id for target in node.targets for n in ast.walk(target) if isinstance(n, ast.Name)]
    return "".join(f"{name} = ...  # your answer\n" for name in names)


def _notebook(lab: Lab, change: object) -> nbformat.NotebookNode:
    source = jupytext.reads(lab.source.read_text(encoding="utf-8"), fmt="py:percent")
    cells = [_cell(i, cell, change) for i, cell in enumerate(source.cells, start=1)]
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": _KERNEL, "language_info": {"name": "python"}})


def _cell(number: int, cell: nbformat.NotebookNode, change: object) -> nbformat.NotebookNode:
    name = f"cell-{number:03d}"  # nbformat's own ids are random, and a notebook must not change by itself
    if cell.cell_type == "markdown":
        return nbformat.v4.new_markdown_cell(cell.source, id=name)
    if cell.source.count(BEGIN) != cell.source.count(END):
        raise ValueError(f"cell {number} has {BEGIN!r} without {END!r}")
    return nbformat.v4.new_code_cell(change(cell.source).rstrip("\n"), id=name)  # type: ignore[operator]


def copy_notebooks(labs: list[Lab], target: Path, *, force: bool = False) -> list[Path]:
    """Copy the students' notebooks to `target/NN_topic/NN_topic.ipynb`.

    Raises:
        FileExistsError: some are there already (a student's work is never overwritten without `force`); then
            nothing is copied.
    """
    wanted = {lab: target / lab.name / lab.notebook.name for lab in labs}
    there = [str(path) for path in wanted.values() if path.exists()]
    if there and not force:
        raise FileExistsError(f"{', '.join(there)} would be overwritten: choose another folder, or add --force")
    for lab, path in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(lab.notebook.read_text(encoding="utf-8"), encoding="utf-8")
    return list(wanted.values())
