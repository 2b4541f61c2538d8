"""What a submission uses that no exercise asks for, and that could lead around a rule: for the teacher's eyes.

It costs no points: `exec` has honest uses too. Only a teacher can say what it is there for.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

_NAMES = {"eval", "exec", "compile", "__import__", "importlib", "imp", "runpy", "ctypes", "gc"}
_ATTRIBUTES = {
    *("import_module", "getsource", "getsourcelines", "run_module", "run_path", "settrace", "setprofile", "_getframe"),
    *("__code__", "__wrapped__", "__closure__", "__globals__", "__subclasses__", "co_consts", "meta_path"),
}
_MODULES = {"importlib", "imp", "runpy", "ctypes", "gc", "builtins"}
_MOST_SAID = 12


def evasions(cells: Iterable[str], handed_out: Iterable[str] = ()) -> list[str]:
    """Return what the cells use beyond what was handed out, each with the number of its first cell.

    A cell that is no valid Python, or too deep for Python's parser, is passed over.

    >>> evasions(["x = 1", "model.compile('sgd')", "exec('y = 2')"])
    ['`exec` in cell 3']
    """
    known = {name for cell in handed_out for name in _used(cell)}
    first: dict[str, int] = {}
    for number, cell in enumerate(cells, 1):
        for name in _used(cell):
            if name not in known:
                first.setdefault(name, number)
    return [f"`{name}` in cell {number}" for name, number in first.items()][:_MOST_SAID]


@lru_cache(maxsize=512)  # most cells of a class are those that were handed out
def _used(cell: str) -> tuple[str, ...]:
    try:
        tree = ast.parse(re.sub(r"^\s*[%!].*$", "", cell, flags=re.MULTILINE))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    return tuple(name for node in ast.walk(tree) for name in _named_by(node))


def _named_by(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name) and node.id in _NAMES and isinstance(node.ctx, ast.Load):
        yield node.id
    if isinstance(node, ast.Attribute) and node.attr in _ATTRIBUTES:
        yield node.attr
    if isinstance(node, ast.Import):
        yield from (root for a in node.names if (root := a.name.partition(".")[0]) in _MODULES)
    if isinstance(node, ast.ImportFrom):
        root = (node.module or "").partition(".")[0]
        yield from [root] if root in _MODULES else []
        yield from (a.name for a in node.names if a.name in _ATTRIBUTES)
