"""Statements of a notebook as data: compiled by a process that runs none of them, for one that does."""

from __future__ import annotations
import __future__

import ast
import functools
import marshal
from typing import Any

from ccv.grading.border.tracebacks import cell_filename, describe_error, remember_source
from ccv.grading.reading.statements import Statement

_HEAVY = (
    *("keras", "tensorflow", "keras_cv", "jax", "torch"),
    *("ccv.anatomy", "ccv.augment", "ccv.data", "ccv.detection", "ccv.devices", "ccv.embedding", "ccv.export"),
    *("ccv.feeding", "ccv.graph", "ccv.layers", "ccv.losses", "ccv.models", "ccv.optimizers", "ccv.segmentation"),
    *("ccv.style", "ccv.training", "ccv.transfer"),
)


def script_of(
    statements: list[Statement], shown: dict[int, str], future: int = __future__.annotations.compiler_flag
) -> dict[str, Any]:
    """Statements as data: their steps (see `kernel.Step`), the lines of their cells, and whether Keras is needed.

    Args:
        statements: in the order of the steps.
        shown: the lines of each cell.
        future: the flags of what is imported from `__future__`. As a default nothing asks what an annotation means, so
            that `x: torch.Tensor` costs nobody anything where PyTorch is not installed.
    """
    sources = {s.cell: shown[s.cell] for s in statements}
    steps = [(s.cell, _compiled(s, sources[s.cell], future), sorted(s.binds), s.position) for s in statements]
    return {"steps": steps, "sources": sources, "heavy": any(map(_imports_keras, statements))}


@functools.cache  # most statements are needed by several exercises
def _compiled(statement: Statement, source: str, future: int) -> bytes | dict:
    """The code of a statement, or what is wrong with it, as `return` outside of a function.

    That of an expression gives its value, which a cell may show.
    """
    filename = cell_filename(statement.cell)
    remember_source(filename, source)
    try:
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT | future
        node = statement.node
        if isinstance(node, ast.Expr):
            return marshal.dumps(compile(ast.Expression(node.value), filename, "eval", flags, dont_inherit=True))
        return marshal.dumps(compile(ast.Module([node], []), filename, "exec", flags, dont_inherit=True))
    except BaseException as error:
        return describe_error(error)


@functools.cache
def _imports_keras(statement: Statement) -> bool:
    modules = (module for node in ast.walk(statement.node) for module in _modules_of(node))
    return any(m == h or m.startswith(h + ".") for m in modules for h in _HEAVY)


def _modules_of(node: ast.AST) -> list[str]:
    """The modules that a node imports, as a statement or by a name in a text."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        return [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.replace(".", "_").isidentifier():
        return [node.value]
    return []
