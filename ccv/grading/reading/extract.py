"""Finds an exercise by name in a student's cells, with the definitions that it needs and nothing else.

Only the standard library, since it runs in the student's process before any of the student's code does. The order of
cells, duplicates, plots and hour-long training cells do not matter: a statement is taken because a name needs it. A
name means what it meant at the exercise's own cell; what is bound only below is taken from there. What no name tells
(`register("relu", f)`, `globals()[...] = ...`) is left to a run of the cells in order (see `in_order`).
"""

from __future__ import annotations
import __future__

import ast
import builtins
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ccv.grading.reading.cells import Source, read_sources
from ccv.grading.reading.statements import Statement

_BINDING = re.compile(r"^(?:async\s+)?(?:def|class)\s+(\w+)|^(\w+)[ \t]*(?::[^=\n]+)?=(?!=)", re.MULTILINE)
_CHECK = re.compile(r"\.check\(([^()]*)\)")
_BUILTINS = frozenset(dir(builtins))


@dataclass(frozen=True)
class Damage:
    """A piece of a cell that is no Python."""

    cell: int
    line: int
    message: str
    names: frozenset[str]


class Definitions:
    """The statements of a notebook, indexed by the names that they bind.

    Args:
        cells: the source of each cell.
        stray: numbers (from 1) of those that are no code cells; they count only for names that no code cell binds.

    >>> cells = ["y = f(2)", "import numpy as np", "print('slow'); 1/0", "def f(n):\\n    return np.arange(n)"]
    >>> [ast.unparse(s.node) for s in Definitions(cells).needed("y")]
    ['import numpy as np', 'def f(n):\\n    return np.arange(n)', 'y = f(2)']
    """

    def __init__(self, cells: Sequence[str], stray: Sequence[int] = ()):
        self.statements: list[Statement] = []
        self.damage: list[Damage] = []
        self.shown: dict[int, str] = {}  # the lines of a cell; two that are one come under the number of the first
        self.stray = frozenset(stray)
        self._cells = cells
        self._joined: set[int] = set()
        self._bindings: dict[str, list[Statement]] = {}
        self._changes: dict[str, list[Statement]] = {}
        for source in read_sources(cells):
            self._read(source)

    @property
    def future(self) -> int:
        """The compiler's flags for what is imported from `__future__`, which in a notebook hold for later cells too."""
        flags = 0
        for statement in self.statements:
            if isinstance(statement.node, ast.ImportFrom) and statement.node.module == "__future__":
                for alias in statement.node.names:
                    flags |= getattr(getattr(__future__, alias.name, None), "compiler_flag", 0)
        return flags

    @property
    def names(self) -> list[str]:
        """Every name that the notebook binds, in order of appearance, without imports."""
        named = (n for s in self.statements if not s.is_import and not s.writes for n in sorted(s.binds))
        return list(dict.fromkeys(named))

    def own(self, name: str) -> Statement | None:
        """The statement that answers an exercise: the last that binds it and neither is a stub nor tries it out."""
        found = self._answers(name)
        last_definition = next((s for s in reversed(found) if s.defines), None)
        if last_definition is None or found[-1].cell == last_definition.cell:
            kept = [s for s in found if not s.tries_out(name)]
        else:  # a function's name may be taken for something else further down
            kept = [s for s in found if not s.reuses(name)]
        return next(reversed(kept or found), None)

    def stops(self, name: str) -> list[int]:
        """The cells after which an exercise may have been right in the open notebook, in order; the first is its own.

        The others are the cell that checks it, and the last that binds it again.
        """
        own = self.own(name)
        asked = [n for n, cell in enumerate(self._cells, start=1) if _checks(cell, name)]
        if own is None:  # something may bind it that no statement shows
            return sorted({*asked[:1], len(self._cells)})
        below = [n for n in asked if n > own.cell]
        again = self._answers(name)[-1].cell
        return sorted({own.cell, *below[:1], max(again, own.cell)})

    def own_cell_was_split(self, name: str) -> bool:
        """Whether the cell of an exercise is two cells that are Python only together."""
        own = self.own(name)
        return own is not None and own.cell in self._joined

    def needed(self, name: str) -> list[Statement]:
        """Return the statements that `name` needs, each after what it needs itself; empty where it is not bound."""
        own = self.own(name)
        return [] if own is None else self._in_order(_Search(self, own).plan())

    def binding(self, name: str, own: Statement, user: Statement | None = None) -> Statement | None:
        """The statement that gave a name its value at the exercise's own cell; failing that, one further down.

        Args:
            name: the name.
            own: the exercise's own statement.
            user: the statement that reads the name while it runs, if one does: only what is above it counts.
        """
        found = self._answers(name)
        if any(s.defines for s in found):  # a function's name may be taken for something else
            found = [s for s in found if not s.reuses(name)]
        found = [s for s in found if s is not user and not s.tries_out(name)]
        above = [s for s in found if user is not None and s.position < user.position]
        above = above or [s for s in found if s.cell <= own.cell]
        return next(reversed(above or found), None)

    def changing(self, statement: Statement, own: Statement) -> list[Statement]:
        """Statements such as `kernel[0] = 1` or `model.add(...)` that finish what `statement` began."""
        if statement.is_import:
            return []
        return [
            change
            for name in sorted(statement.binds)
            if statement is own or self.binding(name, own) is statement
            for change in self._changes.get(name, [])
            # With one binding the order of the cells does not matter; with several, only what follows the last.
            if change.position > statement.position or len(self._bindings[name]) == 1
            # What comes below the exercise changed nothing of it when it was tried, unless it is the answer itself.
            if change.cell <= max(own.cell, statement.cell) or statement is own
            # A definition that is registered may need hours of its own; what others know of it, a run in order shows.
            if not change.defines or statement is own
        ]

    def _answers(self, name: str) -> list[Statement]:
        """What binds a name; a stub that was left standing beside the solution is not the answer."""
        found = self._bindings.get(name, [])
        found = [s for s in found if not s.is_blank] or found
        return [s for s in found if s.cell not in self.stray] or found

    def _in_order(self, plan: list[Statement]) -> list[Statement]:
        bound = set().union(*(s.binds for s in plan))
        missing = set().union(*(s.uses for s in plan)) - bound - _BUILTINS
        missing = {name for name in missing if name.isidentifier()}
        stars = [s for s in self.statements if s.is_star] if missing else []
        return stars + [s for s in plan if s not in stars]

    def _read(self, source: Source) -> None:
        self.shown[source.cell] = source.shown
        self._joined |= {source.cell} if source.joined else set()
        try:
            tree = source.tree or ast.parse(source.text)
            nodes = (each for node in tree.body for each in _each_import(node))
            found = [Statement(source.cell, node, writes=source.writes) for node in nodes]
            _ = [(statement.binds, statement.changes) for statement in found]
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            line = (getattr(error, "lineno", None) or 1) + source.offset
            message = getattr(error, "msg", None) or "the code is too deeply nested to read"
            names = frozenset(a or b for a, b in _BINDING.findall(source.text))
            self.damage.append(Damage(source.cell, line, message, names))
            return
        for statement in found:
            if source.offset:
                ast.increment_lineno(statement.node, source.offset)
            self._add(statement)

    def _add(self, statement: Statement) -> None:
        statement.position = len(self.statements)
        self.statements.append(statement)
        for name in statement.binds:
            self._bindings.setdefault(name, []).append(statement)
        for name in statement.changes:
            self._changes.setdefault(name, []).append(statement)


class _Search:
    """The search for all that one exercise needs."""

    def __init__(self, definitions: Definitions, own: Statement):
        self._definitions, self._own = definitions, own
        self._ordered = True

    def plan(self) -> list[Statement]:
        """The statements in the notebook's order where that works, else each after what it needs."""
        plan: list[Statement] = []
        seen: set[int] = set()
        # An explicit stack: a chain of a thousand definitions is no reason to hit the recursion limit.
        stack: list[tuple[Statement, bool]] = [(self._own, False)]
        while stack:
            statement, ready = stack.pop()
            if ready:
                plan.append(statement)
                changes = self._definitions.changing(statement, self._own)
                stack.extend((s, False) for s in reversed(changes) if id(s) not in seen)
                continue
            if id(statement) in seen:
                continue
            seen.add(id(statement))
            stack.append((statement, True))
            stack.extend((s, False) for s in reversed(self._providers(statement)) if id(s) not in seen)
        return sorted(plan, key=lambda s: s.position) if self._ordered else plan

    def _providers(self, statement: Statement) -> list[Statement]:
        providers = []
        for name in sorted(statement.uses):
            at_once = name in statement.uses_at_once
            if name in statement.binds and not at_once:
                continue  # a recursive function provides itself
            provider = self._definitions.binding(name, self._own, statement if at_once else None)
            if provider is None or provider is statement:
                continue
            self._ordered = self._ordered and provider.position < statement.position
            providers.append(provider)
        return providers


def _each_import(node: ast.stmt) -> list[ast.stmt]:
    """`import a, b` as two statements: where `a` is not installed, `b` may be."""
    if not isinstance(node, ast.Import):
        return [node]
    return [ast.copy_location(ast.Import([alias]), node) for alias in node.names]


def _checks(cell: str, name: str) -> bool:
    return any(re.search(rf"[\"']{name}[\"']", given) for given in _CHECK.findall(cell))
