"""Wrong answers on purpose: the classic mistakes of an exercise.

They serve twice. CI hands each one in and demands that it loses points; and where a student's answer fails, the
mutants are asked the same questions, and the one that answers alike gives the mistake its name (see `diagnosis`).
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ccv.grading.reading.extract import Definitions

_ABSENT = object()


@dataclass(frozen=True)
class Mutant:
    """A wrong answer to `exercise`; `says` is what the student reads: the mistake in one phrase."""

    exercise: str
    says: str
    answer: Any

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the wrong function."""
        return self.answer(*args, **kwargs)


def mutant(exercise: str, says: str, *, value: Any = _ABSENT) -> Any:
    """Declare a wrong answer: as a decorator of a function, or with `value=` for an exercise that is a value.

    >>> @mutant("output_size", "the last, partial step of the stride is counted: round down")
    ... def rounds_up(n, kernel, stride):
    ...     return -(-(n - kernel) // stride) + 1
    >>> rounds_up.says
    'the last, partial step of the stride is counted: round down'
    >>> mutant("weights", "the bias is missing", value=240).answer
    240
    """
    if value is not _ABSENT:
        return Mutant(exercise, says, value)
    return lambda function: Mutant(exercise, says, function)


def load_mutants(path: Path) -> dict[str, Mutant]:
    """Run a lab's `mutants.py` and return its mutants by their names, in order; empty where there is no file."""
    if not path.is_file():
        return {}
    return dict(_load_once(path, path.stat().st_mtime_ns))


@lru_cache(maxsize=32)
def _load_once(path: Path, changed: int) -> dict[str, Mutant]:
    namespace: dict[str, Any] = {"__name__": f"{path.parent.name}.mutants", "__file__": str(path)}
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), namespace)
    return {name: value for name, value in namespace.items() if isinstance(value, Mutant)}


def mutant_source(path: Path, name: str) -> str:
    """Return a cell that a student with this mistake would have written; it binds the exercise's own name."""
    definitions = Definitions([path.read_text(encoding="utf-8")])
    statements = [s.node for s in definitions.needed(name)]
    lines = [ast.unparse(_undecorated(node)) for node in statements if not _imports_grading(node)]
    chosen = load_mutants(path)[name]
    node = next(n for n in reversed(statements) if isinstance(n, ast.FunctionDef | ast.Assign))
    if isinstance(node, ast.Assign):
        call = node.value
        assert isinstance(call, ast.Call)
        lines[-1] = f"{chosen.exercise} = {ast.unparse(next(k.value for k in call.keywords if k.arg == 'value'))}"
    else:
        lines.append(f"{chosen.exercise} = {name}")
    return "\n\n".join(lines)


def _undecorated(node: ast.stmt) -> ast.stmt:
    if isinstance(node, ast.FunctionDef):
        node.decorator_list = [d for d in node.decorator_list if "mutant" not in ast.unparse(d)]
    return node


def _imports_grading(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ccv.grading")
