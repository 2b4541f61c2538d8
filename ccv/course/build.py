"""Builds notebooks from a lab's one source: the student's, with blanks, and the solved one, to run; and its hints."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import nbformat

from ccv.course import coverage, errata, syllabus
from ccv.course.catalog import Lab, labs_directory
from ccv.course.hint_cells import hints_file
from ccv.course.source import BEGIN, END, holds_hints, is_folded, read_source

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
    """Write the student's notebook and the file of hints; return whether any of them changed.

    Raises:
        ValueError: the source is not as it should be; one sentence says where.
    """
    return bool(_write(_made_from(lab)))


def is_current(lab: Lab) -> bool:
    """Whether the student's notebook and the hints on disk are what the source gives."""
    return not _stale(_made_from(lab))


def build_pages() -> list[str]:
    """Write the pages about all labs, beside them; return the names of those that changed."""
    return [path.name for path in _write(_pages())]


def stale_pages() -> list[str]:
    """The names of the pages about all labs that are not what their data give."""
    return [path.name for path in _stale(_pages())]


def _made_from(lab: Lab) -> dict[Path, str]:
    return {lab.notebook: student_notebook(lab), lab.hints: hints_file(lab)}


def _pages() -> dict[Path, str]:
    folder = labs_directory()
    made = {"README.md": syllabus.page(), "ERRATA.md": errata.page(folder), "COVERAGE.md": coverage.page()}
    return {folder / name: text for name, text in made.items()}


def _write(files: dict[Path, str]) -> dict[Path, str]:
    stale = _stale(files)
    for path, text in stale.items():
        path.write_text(text, encoding="utf-8")
    return stale


def _stale(files: dict[Path, str]) -> dict[Path, str]:
    return {p: text for p, text in files.items() if not (p.is_file() and p.read_text(encoding="utf-8") == text)}


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
    handed_out = [cell for cell in read_source(lab) if not holds_hints(cell)]
    for cell in handed_out:
        if cell.source.strip() == errata.PLACE:
            cell.source = errata.section(lab)
    cells = [_cell(i, cell, change) for i, cell in enumerate(handed_out, start=1)]
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": _KERNEL, "language_info": {"name": "python"}})


def _cell(number: int, cell: nbformat.NotebookNode, change: object) -> nbformat.NotebookNode:
    name = f"cell-{number:03d}"  # nbformat's own ids are random, and a notebook must not change by itself
    if cell.cell_type == "markdown":
        return nbformat.v4.new_markdown_cell(cell.source, id=name)
    if cell.source.count(BEGIN) != cell.source.count(END):
        raise ValueError(f"cell {number} has {BEGIN!r} without {END!r}")
    made = nbformat.v4.new_code_cell(change(cell.source).rstrip("\n"), id=name)  # type: ignore[operator]
    if is_folded(cell):
        made.metadata = {"jupyter": {"source_hidden": True}, "cellView": "form"}  # for Jupyter, and for Colab
    return made


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
