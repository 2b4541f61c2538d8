"""Fingerprints of code, for finding submissions that look alike (see `ccv.grading.report.similarity`).

Each top-level statement becomes the sequence of its syntax tree's nodes without what a copier changes first: names,
strings, comments, layout, annotations, the order of statements. Runs of `_GRAM` nodes are hashed, those of the
handed-out code are taken away, and winnowing (Schleimer, Wilkerson and Aiken, "Winnowing: local algorithms for
document fingerprinting", SIGMOD 2003) keeps a few: any run of `_GRAM + _WINDOW - 1` nodes in common is found.
"""

from __future__ import annotations

import ast
import builtins
import hashlib
import re
import warnings
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Any

_GRAM = 12  # nodes in a row
_WINDOW = 4  # of so many runs in a row, one is kept
_MAX_CELL, _MAX_CODE = 100_000, 500_000  # characters: a longer cell is data, and no student writes more code
_MAX_SIGNS = 20_000  # operators and brackets of a cell: Python 3.10's parser crashes on trees deeper than 100,000
_MAX_KEPT = 4000  # fingerprints of a submission
_BUILTINS = frozenset(dir(builtins))
_SIGNS = re.compile(r"[^\w\s,'\"#:]")
_SKIPPED = frozenset({"annotation", "returns", "type_comment", "type_params", "ctx", "kind"})


def fingerprint(cells: Iterable[str], handed_out_cells: Iterable[str] = ()) -> list[int]:
    """Return the fingerprints of a submission's code, sorted, without those of the code that was handed out.

    Whatever the cells hold, this returns in about a second at most; what is no Python or too large is left out.
    """
    known = handed_out(tuple(handed_out_cells))
    kept: set[int] = set()
    for grams in _statements(cells):
        kept.update(_winnow([None if h in known else h for h in grams]))
    return sorted(kept)[:_MAX_KEPT]


@lru_cache(maxsize=16)
def handed_out(cells: tuple[str, ...]) -> frozenset[int]:
    """Every run of nodes of the handed-out code: what no student wrote."""
    return frozenset(h for grams in _statements(cells) for h in grams)


def _grams(labels: list[bytes]) -> list[int]:
    runs = (b"\n".join(labels[i : i + _GRAM]) for i in range(len(labels) - _GRAM + 1))
    return [int.from_bytes(hashlib.blake2b(run, digest_size=6).digest(), "big") for run in runs]


def _winnow(hashes: list[int | None]) -> Iterator[int]:
    """The smallest hash of each window (rightmost where equal)."""
    for i in range(max(len(hashes) - _WINDOW + 1, min(len(hashes), 1))):
        window = [h for h in hashes[i : i + _WINDOW] if h is not None]
        if window:
            yield min(window)


def _statements(cells: Iterable[str]) -> Iterator[list[int]]:
    """The runs of nodes of each top-level statement."""
    left = _MAX_CODE
    for source in cells:
        if len(source) > min(_MAX_CELL, left) or len(_SIGNS.findall(source)) > _MAX_SIGNS:
            continue
        left -= len(source)
        yield from _of_cell(source)


@lru_cache(maxsize=512)  # most cells of a class are those that were handed out
def _of_cell(source: str) -> list[list[int]]:
    imports = ast.Import | ast.ImportFrom
    return [_grams(_labels(node)) for node in _parsed(source) if not isinstance(node, imports)]


def _parsed(source: str) -> list[ast.stmt]:
    """The top-level statements of a cell; where it is no Python (magics, damage), those of its blocks that are."""
    body = _parse(source)
    if body is not None:
        return body
    lines = ["" if line.startswith(("%", "!", "?")) else line for line in source.split("\n")]
    starts = [i for i, line in enumerate(lines) if line[:1].isalpha() or line[:1] in {"_", "@"}]
    blocks = ("\n".join(lines[a:b]) for a, b in pairwise([*starts, len(lines)]))
    return [node for block in blocks for node in _parse(block) or []]


def _parse(source: str) -> list[ast.stmt] | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _labels(statement: ast.stmt) -> list[bytes]:
    """The nodes of a statement, from the outside in and from left to right; without recursion, which has an end."""
    variables, members = _own_names(statement)
    labels: list[bytes] = []
    stack: list[ast.AST] = [statement]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue  # a docstring, or a comment in quotes
        if isinstance(node, ast.AnnAssign) and node.value is None:
            continue
        labels.append(_label(node, variables, members).encode("utf-8", "replace"))
        stack.extend(reversed(list(_children(node))))
    return labels


def _children(node: ast.AST) -> Iterator[ast.AST]:
    for name in node._fields:
        value = getattr(node, name, None)
        if name in _SKIPPED:
            continue
        if isinstance(value, list):
            yield from (item for item in value if isinstance(item, ast.AST))
        elif isinstance(value, ast.AST):
            yield value


def _label(node: ast.AST, variables: set[str], members: set[str]) -> str:
    """A node's type, with what renaming cannot change: methods of libraries, built-in functions, numbers."""
    if isinstance(node, ast.Name):
        return node.id if node.id in _BUILTINS and node.id not in variables else "Name"
    if isinstance(node, ast.Attribute):
        return "Attribute" if node.attr in members else f".{node.attr}"
    if isinstance(node, ast.Constant):
        return _constant(node.value)
    return "Assign" if isinstance(node, ast.AnnAssign) else type(node).__name__


def _constant(value: Any) -> str:
    small = isinstance(value, int | float) and abs(value) < 1e9
    return repr(value) if small or value is None else type(value).__name__


def _own_names(statement: ast.stmt) -> tuple[set[str], set[str]]:
    """Variables and members of objects that the statement itself binds, and may call as it likes."""
    variables: set[str] = set()
    members: set[str] = set()
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            variables.add(node.id)
        elif isinstance(node, ast.arg):
            variables.add(node.arg)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            members.add(node.attr)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            variables.add(node.name)
            members.add(node.name)
    return variables, members
