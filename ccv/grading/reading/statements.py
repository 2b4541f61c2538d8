"""One top-level statement of a student's notebook: the global names that it binds, reads and changes in place.

Only the standard library, since it runs in the student's process before any of the student's code does.
"""

from __future__ import annotations

import ast
import symtable
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

# Methods that look at an object, or cost hours, without changing what an exercise is about.
_NOT_BUILDING = {"fit", "evaluate", "predict", "summary", "show", "plot", "savefig", "record", "check", "hint"}
_COMPREHENSIONS = {"listcomp", "setcomp", "dictcomp", "genexpr"}
_DEFINITION = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_VALUES = (ast.Constant, ast.JoinedStr, ast.BinOp, ast.Compare, ast.List, ast.Tuple, ast.Dict, ast.Set, ast.ListComp)


@dataclass(eq=False)
class Statement:
    """One top-level statement, with the global names that it binds, reads and changes in place."""

    cell: int
    node: ast.stmt
    position: int = -1  # among all statements of the notebook
    writes: str = ""  # the module that it writes as a file

    @cached_property
    def binds(self) -> set[str]:
        """Global names that it gives a value; a module that it writes is `import NAME`, which its imports use."""
        if self.writes:
            return {_imported(self.writes)}
        plain = _plainly_bound(self.node)
        if plain is not None:
            return plain
        symbols = self._table.get_symbols()
        return {s.get_name() for s in symbols if s.is_assigned() or s.is_imported()} - {"*"} - self._augmented

    @cached_property
    def uses(self) -> set[str]:
        """Global names that it reads, now or when what it defines is called."""
        later = {name for child in self._table.get_children() for name in _globals_of(child, at_once=False)}
        return self.uses_at_once | later

    @cached_property
    def uses_at_once(self) -> set[str]:
        """Global names that it reads when it is run itself."""
        if isinstance(self.node, ast.Import):
            return {_imported(alias.name) for alias in self.node.names}
        if isinstance(self.node, ast.ImportFrom):
            return {_imported(self.node.module or "")}
        at_once = {s.get_name() for s in self._table.get_symbols() if s.is_referenced()}
        at_once |= {name for child in self._table.get_children() for name in _globals_of(child, at_once=True)}
        return at_once | self._augmented

    @cached_property
    def changes(self) -> set[str]:
        """Global names whose values it changes in place."""
        return _changed_in_place(self.node) | self._augmented

    @cached_property
    def _augmented(self) -> set[str]:
        return _augmented(self.node)

    @cached_property
    def _table(self) -> symtable.SymbolTable:
        # Costly, and most statements are needed by no exercise: made when asked for.
        try:
            return symtable.symtable(ast.unparse(self.node), "<cell>", "exec")
        except SyntaxError:  # a notebook's `await` stands at the top
            awaited = f"async def cell():\n    global {', '.join(_stored_in(self.node)) or '_'}\n"
            inside = symtable.symtable(awaited + textwrap.indent(ast.unparse(self.node), "    "), "<cell>", "exec")
            return inside.get_children()[0]

    def tries_out(self, name: str) -> bool:
        """Whether it gives a name to what a call of it returns: `relu_map = relu_map([[1, -2]])`."""
        called = (n.func for n in ast.walk(self.node) if isinstance(n, ast.Call))
        plain = isinstance(self.node, ast.Assign | ast.AnnAssign)
        return plain and any(isinstance(function, ast.Name) and function.id == name for function in called)

    def reuses(self, name: str) -> bool:
        """Whether it takes the name of a function for something else: what it returned, a number, a loop's variable."""
        if isinstance(self.node, ast.For | ast.AsyncFor):
            return name in _stored_in(self.node.target) and not any(name in _stored_in(s) for s in self.node.body)
        value = getattr(self.node, "value", None)
        return self.tries_out(name) or (isinstance(self.node, ast.Assign | ast.AnnAssign) and _is_value(value))

    @property
    def defines(self) -> bool:
        """Whether it is a `def` or a class."""
        return isinstance(self.node, _DEFINITION)

    @property
    def is_import(self) -> bool:
        """Whether it is an import, whose names are modules and nobody's exercise."""
        return isinstance(self.node, ast.Import | ast.ImportFrom)

    @property
    def is_star(self) -> bool:
        """Whether it is `from x import *`, which may bind anything."""
        return isinstance(self.node, ast.ImportFrom) and self.node.names[0].name == "*"

    @property
    def is_blank(self) -> bool:
        """Whether it is the handed-out stub: a body that only raises NotImplementedError, or `name = ...`."""
        node = self.node
        if isinstance(node, ast.FunctionDef):
            body = [s for s in node.body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]
            return len(body) == 1 and isinstance(body[0], ast.Raise) and "NotImplementedError" in ast.dump(body[0])
        value = getattr(node, "value", None)
        return isinstance(node, ast.Assign) and isinstance(value, ast.Constant) and value.value is Ellipsis


def _imported(module: str) -> str:
    return f"import {module.partition('.')[0]}"


def _stored_in(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def _is_value(node: ast.expr | None) -> bool:
    """Whether an expression can be no function."""
    return isinstance(node, _VALUES) and not (isinstance(node, ast.Constant) and node.value is Ellipsis)


def _plainly_bound(node: ast.stmt) -> set[str] | None:
    """What a statement binds, where that is seen without a symbol table; None where it is not."""
    if isinstance(node, _DEFINITION):
        return {node.name}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {a.asname or a.name.partition(".")[0] for a in node.names} - {"*"}
    if isinstance(node, ast.Delete):  # what was right before it stays an answer
        return set()
    if not isinstance(node, ast.Expr | ast.Assign) or any(isinstance(n, ast.NamedExpr) for n in ast.walk(node)):
        return None
    return set().union(*map(_stored_in, node.targets)) if isinstance(node, ast.Assign) else set()


def _globals_of(table: symtable.SymbolTable, at_once: bool) -> set[str]:
    """Global names that a scope reads; `at_once` leaves out the bodies of functions, which run later."""
    if at_once and table.get_type() == "function" and table.get_name() not in _COMPREHENSIONS:
        return set()
    # Assigned is read too: `global calls; calls += 1`.
    names = {s.get_name() for s in table.get_symbols() if s.is_global() and (s.is_referenced() or s.is_assigned())}
    return names.union(*(_globals_of(child, at_once) for child in table.get_children()))


def _changed_in_place(statement: ast.stmt) -> set[str]:
    changed: set[str | None] = set()
    if isinstance(statement, _DEFINITION):  # `@relu_map.register`
        named = (d.func if isinstance(d, ast.Call) else d for d in statement.decorator_list)
        return {root for d in named if isinstance(d, ast.Attribute) and (root := _root(d))}
    for node in _where_changes_are(statement):
        if isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
            changed.add(_root(node))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            function = node.value.func
            if isinstance(function, ast.Attribute) and function.attr not in _NOT_BUILDING:
                changed.add(_root(function))
    return {name for name in changed if name}


def _where_changes_are(statement: ast.stmt) -> Iterator[ast.AST]:
    if isinstance(statement, ast.Expr):
        return iter([statement])
    if isinstance(statement, ast.Assign):
        return (node for target in statement.targets for node in ast.walk(target))
    return ast.walk(statement)


def _augmented(statement: ast.stmt) -> set[str]:
    """Names that a statement only adds to: `total += 1` changes what another statement bound."""
    if isinstance(statement, (*_DEFINITION, ast.Expr, ast.Assign, ast.Import, ast.ImportFrom)):
        return set()
    nodes = list(ast.walk(statement))
    targets = [n.target for n in nodes if isinstance(n, ast.AugAssign) and isinstance(n.target, ast.Name)]
    stored = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store) and n not in targets}
    return {t.id for t in targets} - stored


def _root(node: ast.expr) -> str | None:
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None
