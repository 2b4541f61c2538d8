"""Finds an exercise by name in a student's cells, with the definitions that it needs and nothing else.

Only the standard library, since it runs in the student's process before any of the student's code does. The order of
cells, duplicates, plots and hour-long training cells do not matter: a statement is taken because a name needs it.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import re
import symtable
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

_CELL_MAGIC_KEPT = {
    "time",
    "timeit",
    "capture",
    "prun",
}  # magics around Python code; others hold another language
_MAGIC_LINE = re.compile(r"^(\s*)(?:[%!].*|\?.*|[\w.]+\?{1,2}\s*)$")
_MAGIC_VALUE = re.compile(r"^(\s*[\w, ]+=\s*)[%!].*$")
_BINDING = re.compile(r"^(?:async\s+)?(?:def|class)\s+(\w+)|^(\w+)[ \t]*(?::[^=\n]+)?=(?!=)", re.MULTILINE)
_LONGEST_LINE = 2000  # no magic is longer, and patterns take quadratic time on lines of blanks
# Methods that look at an object, or cost hours, without changing what an exercise is about.
_NOT_BUILDING = {"fit", "evaluate", "predict", "summary", "show", "plot", "savefig", "record", "check"}
_COMPREHENSIONS = {"listcomp", "setcomp", "dictcomp", "genexpr"}
_BUILTINS = frozenset(dir(builtins))
_DEFINITION = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(eq=False)
class Statement:
    """One top-level statement, with the global names that it binds, reads and changes in place."""

    cell: int
    node: ast.stmt
    position: int = -1  # among all statements of the notebook

    @cached_property
    def binds(self) -> set[str]:
        """Global names that it gives a value."""
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
        return symtable.symtable(ast.unparse(self.node), "<cell>", "exec")

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


@dataclass(frozen=True)
class Damage:
    """A piece of a cell that is no Python."""

    cell: int
    line: int
    message: str
    names: frozenset[str]


class Definitions:
    """The statements of a notebook, indexed by the names that they bind.

    >>> cells = ["y = f(2)", "import numpy as np", "print('slow'); 1/0", "def f(n):\\n    return np.arange(n)"]
    >>> [ast.unparse(s.node) for s in Definitions(cells).needed("y")]
    ['import numpy as np', 'def f(n):\\n    return np.arange(n)', 'y = f(2)']
    """

    def __init__(self, cells: list[str]):
        self.statements: list[Statement] = []
        self._bindings: dict[str, list[Statement]] = {}
        self._changes: dict[str, list[Statement]] = {}
        self.damage: list[Damage] = []
        for number, source in enumerate(cells, start=1):
            self._read(number, source)

    @property
    def names(self) -> list[str]:
        """Every name that the notebook binds, in order of appearance, without imports."""
        return list(dict.fromkeys(n for s in self.statements if not s.is_import for n in sorted(s.binds)))

    def needed(self, name: str) -> list[Statement]:
        """Return the statements that `name` needs, each after what it needs itself; empty where it is not bound."""
        plan: list[Statement] = []
        seen: set[int] = set()
        start = self._binding(name)
        if start is None:
            return []
        # An explicit stack: a chain of a thousand definitions is no reason to hit the recursion limit.
        stack: list[tuple[Statement, bool]] = [(start, False)]
        while stack:
            statement, ready = stack.pop()
            if ready:
                plan.append(statement)
                stack.extend((s, False) for s in reversed(self._changing(statement)) if id(s) not in seen)
                continue
            if id(statement) in seen:
                continue
            seen.add(id(statement))
            stack.append((statement, True))
            stack.extend((s, False) for s in reversed(self._providers(statement)) if id(s) not in seen)
        return self._with_stars(plan)

    def _with_stars(self, plan: list[Statement]) -> list[Statement]:
        bound = set().union(*(s.binds for s in plan))
        missing = set().union(*(s.uses for s in plan)) - bound - _BUILTINS
        stars = [s for s in self.statements if s.is_star] if missing else []
        return stars + [s for s in plan if s not in stars]

    def _binding(self, name: str, before: Statement | None = None) -> Statement | None:
        found = self._bindings.get(name, [])
        if before is not None:
            earlier = [s for s in found if s.position < before.position]
            found = earlier or [s for s in found if s is not before]
        # A stub that was left standing beside the solution is not the answer.
        answered = [s for s in found if not s.is_blank] or found
        return answered[-1] if answered else None

    def _providers(self, statement: Statement) -> list[Statement]:
        providers = []
        for name in sorted(statement.uses):
            own = name in statement.binds
            if own and name not in statement.uses_at_once:
                continue  # a recursive function provides itself
            provider = self._binding(name, before=statement if own else None)
            if provider is not None:
                providers.append(provider)
        return providers

    def _changing(self, statement: Statement) -> list[Statement]:
        """Statements such as `kernel[0] = 1` or `model.add(...)` that finish what `statement` began."""
        if statement.is_import:
            return []
        return [
            change
            for name in sorted(statement.binds)
            if self._binding(name) is statement
            for change in self._changes.get(name, [])
            # With one binding the order of the cells does not matter; with several, only what follows the last.
            if change.position > statement.position or len(self._bindings[name]) == 1
        ]

    def _read(self, number: int, source: str) -> None:
        for piece, offset, parsed in _parsable(source):
            try:
                tree = parsed or ast.parse(piece)
                found = [Statement(number, node) for node in tree.body]
                _ = [(statement.binds, statement.changes) for statement in found]
            except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
                line = (getattr(error, "lineno", None) or 1) + offset
                message = getattr(error, "msg", None) or "the code is too deeply nested to read"
                names = frozenset(a or b for a, b in _BINDING.findall(piece))
                self.damage.append(Damage(number, line, message, names))
                continue
            for statement in found:
                if offset:
                    ast.increment_lineno(statement.node, offset)
                self._add(statement)

    def _add(self, statement: Statement) -> None:
        statement.position = len(self.statements)
        self.statements.append(statement)
        for name in statement.binds:
            self._bindings.setdefault(name, []).append(statement)
        for name in statement.changes:
            self._changes.setdefault(name, []).append(statement)


def _parsable(source: str) -> list[tuple[str, int, ast.Module | None]]:
    """Split a cell into pieces that can be parsed one by one: the whole, or top-level blocks where it is damaged."""
    source = source.replace("\r\n", "\n").replace("\t", "    ") if "\r" in source else source
    for clean in (str, _without_magics):
        text = clean(source)
        with contextlib.suppress(SyntaxError, ValueError, RecursionError, MemoryError):
            return [(text, 0, ast.parse(text))]
    return [(piece, offset, None) for piece, offset in _blocks(text)]


def _without_magics(source: str) -> str:
    first, _, rest = source.lstrip().partition("\n")
    if first.startswith("%%"):
        words = first[2:].split()
        return "\n" + rest if words and words[0] in _CELL_MAGIC_KEPT else ""
    return "\n".join(map(_without_magic, source.split("\n")))


def _without_magic(line: str) -> str:
    if len(line) > _LONGEST_LINE:
        return line
    return _MAGIC_LINE.sub(r"\1pass", _MAGIC_VALUE.sub(r"\1None", line))


def _blocks(source: str) -> Iterator[tuple[str, int]]:
    lines = source.split("\n")
    starts = [i for i, line in enumerate(lines) if re.match(r"[A-Za-z_@]", line) and not _continues(line)]
    starts = [s for i, s in enumerate(starts) if i == 0 or not lines[starts[i - 1]].startswith("@")] or [0]
    starts[0] = 0
    for begin, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        yield "\n".join(lines[begin:end]), begin


def _continues(line: str) -> bool:
    return re.match(r"(else|elif|except|finally)\b", line) is not None


def _plainly_bound(node: ast.stmt) -> set[str] | None:
    """What a statement binds, where that is seen without a symbol table; None where it is not."""
    if isinstance(node, _DEFINITION):
        return {node.name}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {a.asname or a.name.partition(".")[0] for a in node.names} - {"*"}
    if not isinstance(node, ast.Expr | ast.Assign) or any(isinstance(n, ast.NamedExpr) for n in ast.walk(node)):
        return None
    targets = node.targets if isinstance(node, ast.Assign) else []
    return {n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def _globals_of(table: symtable.SymbolTable, at_once: bool) -> set[str]:
    """Global names that a scope reads; `at_once` leaves out the bodies of functions, which run later."""
    if at_once and table.get_type() == "function" and table.get_name() not in _COMPREHENSIONS:
        return set()
    names = {s.get_name() for s in table.get_symbols() if s.is_global() and s.is_referenced()}
    return names.union(*(_globals_of(child, at_once) for child in table.get_children()))


def _changed_in_place(statement: ast.stmt) -> set[str]:
    if isinstance(statement, _DEFINITION):
        return set()
    changed: set[str | None] = set()
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
