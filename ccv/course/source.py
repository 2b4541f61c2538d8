"""A lab's one source, cell by cell: which cells hold solutions, and which hold hints."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import nbformat

    from ccv.course.catalog import Lab

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"


def read_source(lab: Lab) -> list[nbformat.NotebookNode]:
    """Return all cells of the source, in order."""
    import jupytext

    return jupytext.reads(lab.source.read_text(encoding="utf-8"), fmt="py:percent").cells


def holds_hints(cell: nbformat.NotebookNode) -> bool:
    """Whether a cell holds the hints of an exercise: it begins with `# %% [markdown] hints="name"`."""
    return "hints" in cell.metadata


def is_folded(cell: nbformat.NotebookNode) -> bool:
    """Whether a notebook shows only what the cell gives: it begins with `# %% jupyter={"source_hidden": true}`."""
    return bool(cell.metadata.get("jupyter", {}).get("source_hidden"))
