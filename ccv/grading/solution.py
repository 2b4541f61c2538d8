"""The reference solution of a lab, on the trusted side only: any name of the solved source, loaded when asked for."""

from __future__ import annotations

import types
from functools import cached_property
from pathlib import Path
from typing import Any

from ccv.grading.border.tracebacks import cell_filename, remember_source
from ccv.grading.reading.extract import Definitions
from ccv.grading.reading.submission import read_cells


class Solution:
    """The solved lab in `directory`; its names are attributes, and only what they need is run.

    >>> import tempfile, pathlib
    >>> folder = pathlib.Path(tempfile.mkdtemp()) / "00_demo"
    >>> folder.mkdir()
    >>> _ = (folder / "00_demo.py").write_text("def double(n):\\n    return 2 * n\\n\\n1 / 0\\n")
    >>> Solution(folder).double(4)
    8
    """

    def __init__(self, directory: Path):
        self._source = directory / f"{directory.name}.py"

    @cached_property
    def _cells(self) -> list[str]:
        return read_cells(self._source)

    @cached_property
    def _definitions(self) -> Definitions:
        return Definitions(self._cells)

    def __getattr__(self, name: str) -> Any:
        plan = self._definitions.needed(name)
        if name.startswith("_") or not plan:
            raise AttributeError(f"{self._source.name} defines no {name!r}")
        namespace = types.ModuleType("solution").__dict__
        for statement in plan:
            filename = f"{self._source.name} {cell_filename(statement.cell)}"
            remember_source(filename, self._cells[statement.cell - 1])
            code = compile(_module(statement.node), filename, "exec")
            exec(code, namespace)
        return self.__dict__.setdefault(name, namespace[name])


def _module(node: Any) -> Any:
    import ast

    return ast.Module([node], [])
