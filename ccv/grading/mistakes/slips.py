"""The right answer with one slip in it, for any exercise: a factor left out, a comparison too strict, a step forgotten.

As in mutation testing, the slips are made of the reference's own source, one change each. What such a slip answers to
all questions is what the student answered: so the sentence that names it explains everything that was seen.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
import textwrap
import types
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import lru_cache
from typing import Any

import numpy as np

from ccv.grading.mistakes.edits import edits, is_axis
from ccv.grading.mistakes.relations import is_number
from ccv.grading.mutants import Mutant

_MOST = 1200
_LONGEST = 10_000  # bits of a power of whole numbers
_SUMMARIES = {"mean": np.mean, "median": np.median, "prod": np.prod}  # in place of Python's own `sum` and `max`


@lru_cache(maxsize=32)
def slips(reference: Callable, numbers: frozenset[str] = frozenset()) -> tuple[Mutant, ...]:
    """Return the reference with one slip, in each of the ways that are known here; none where it has no source.

    Args:
        reference: the right answer, a function.
        numbers: the names in it that hold numbers; one of these may stand for another.
    """
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(reference)))
    except (OSError, TypeError, SyntaxError):
        return ()
    if not isinstance(tree.body[0], ast.FunctionDef) or reference.__closure__:
        return ()
    function = tree.body[0]
    single = list(_slips_in(function, sorted(numbers)))[:_MOST]
    return tuple(filter(None, (_made(reference, tree, each) for each in _together(function, single))))


def _together(function: ast.FunctionDef, single: list[_Slip]) -> Iterator[list[_Slip]]:
    """Each slip alone, then the same one wherever it can be made, then in the same code, of all or of a statement."""
    yield from ([slip] for slip in single)
    homes = {id(node): id(home) for home in ast.walk(function) if _is_simple(home) for node in ast.walk(home)}
    ways: Counter = Counter()
    everywhere, same_code, same_statement = (defaultdict(list) for _ in range(3))
    for slip in single:
        place, says, _ = slip
        ways[place, says] += 1  # of several ways to make it in one place, one at a time
        kind, code = (says, ways[place, says]), ast.unparse(place.node)
        everywhere[kind].append(slip)
        same_code[kind, code].append(slip)
        same_statement[kind, code, homes.get(id(place.node))].append(slip)
    groups = [*everywhere.values(), *same_code.values(), *same_statement.values()]
    yield from (same for same in groups if len(same) > 1)


def _is_simple(node: ast.AST) -> bool:
    return isinstance(node, ast.stmt) and not hasattr(node, "body")


def _slips_in(function: ast.FunctionDef, names: list[str]) -> Iterator[_Slip]:
    """Each place of a slip, what the slip is called, and what stands there then."""
    for place in [place for statement in function.body for place in _all_places(statement)] + [
        _Place(function, "body", n) for n in range(len(function.body))
    ]:
        yield from ((place, *edit) for edit in edits(place.node, names))
    yield from _exchanged_steps(function)


def _exchanged_steps(function: ast.FunctionDef) -> Iterator[_Slip]:
    for node in ast.walk(function):
        steps = getattr(node, "body", [])
        for n in range(len(steps) - 1 if isinstance(steps, list) else 0):
            if isinstance(steps[n + 1], ast.Return):
                continue  # nothing is done after it
            other = [*steps[:n], steps[n + 1], steps[n], *steps[n + 2 :]]
            yield _Place(node, "body", None), "two steps are taken in the other order", other
        if isinstance(node, ast.For | ast.While) and len(steps) > 2:
            yield _Place(node, "body", None), "the last step of a loop is taken first", [steps[-1], *steps[:-1]]


def _made(reference: Callable, tree: ast.Module, changes: list[_Slip]) -> Mutant | None:
    """The function with a slip, or with the same one wherever it can be made: of height and width, say."""
    for place, _, new in changes:
        place.put(new)
    namespace = _SUMMARIES | reference.__globals__ | {"_power": _power}
    try:
        bounded = ast.fix_missing_locations(_Bounded().visit(deepcopy(tree)))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # `1 is None`, say, is a slip and no news for the student
            exec(compile(bounded, "<a slip>", "exec"), namespace)
    except (SyntaxError, TypeError, ValueError, RecursionError):
        return None
    finally:
        for place, *_ in reversed(changes):
            place.restore()
    return Mutant("", f"that comes out if {_told(changes[0][1], reference)}", namespace[reference.__name__])


class _Bounded(ast.NodeTransformer):
    """Powers that end: one of whole numbers with millions of digits could be stopped by nobody."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        """`a ** b` is `_power(a, b)`."""
        self.generic_visit(node)
        if not isinstance(node.op, ast.Pow):
            return node
        return ast.Call(ast.Name("_power", ast.Load()), [node.left, node.right], [])


def _power(base: Any, exponent: Any) -> Any:
    if isinstance(base, int) and isinstance(exponent, int) and base.bit_length() * exponent > _LONGEST:
        raise OverflowError("a whole number with too many digits")
    return base**exponent


def _arguments(reference: Callable) -> set[str]:
    code = reference.__code__
    return {*code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]}


def _told(says: str, reference: Callable) -> str:
    """The name of a slip without the names inside of the reference, which its reader has never seen."""
    code = reference.__code__
    told = _arguments(reference) | set(re.findall(r"\w+", reference.__doc__ or ""))
    inside = {*code.co_varnames, *code.co_cellvars} - told
    for quoted in re.findall(r"`[^`]*`", says):
        if inside & set(re.findall(r"\w+", quoted)):
            says = says.replace(f", {quoted}", "").replace(quoted, "a value")
    return says.replace("a value stands where a value", "one value stands where another")


class _Place:
    """Where a node stands in its parent: in a field, or in a list of one."""

    def __init__(self, parent: ast.AST, field: str, index: int | None):
        self._parent, self._field, self._index = parent, field, index
        self._before = getattr(parent, field)

    @property
    def node(self) -> ast.AST:
        return self._before if self._index is None else self._before[self._index]

    def put(self, new: ast.AST | list) -> None:
        if self._index is not None:
            instead = new if isinstance(new, list) else [new]
            # Of the list as it is now: there may be a slip in its other items, of (height, width), already.
            now = getattr(self._parent, self._field)
            new = [item for old in now for item in (instead if old is self.node else [old])]
        setattr(self._parent, self._field, new)

    def restore(self) -> None:
        setattr(self._parent, self._field, self._before)


_Slip = tuple[_Place, str, ast.AST | list]  # where, what it is called, and what stands there then


def _all_places(root: ast.AST) -> Iterator[_Place]:
    axes = {id(node) for keyword in filter(is_axis, ast.walk(root)) for node in ast.walk(keyword)}
    for parent in ast.walk(root):
        if id(parent) in axes:
            continue
        for field, value in ast.iter_fields(parent):
            if isinstance(value, ast.AST):
                yield _Place(parent, field, None)
            elif isinstance(value, list):
                yield from (_Place(parent, field, n) for n, item in enumerate(value) if isinstance(item, ast.AST))


def names_of_numbers(reference: Callable, *args: Any, **kwargs: Any) -> frozenset[str]:
    """Return which names in a function hold single numbers at its end, after a call."""
    held: set[str] = set()

    def watch(frame: types.FrameType, event: str, _: Any) -> Any:
        if frame.f_code is not getattr(reference, "__code__", None):
            return None
        if event == "return":
            held.update(n for n, v in frame.f_locals.items() if is_number(v) and not isinstance(v, bool))
        return watch

    before = sys.gettrace()
    sys.settrace(watch)
    try:
        reference(*args, **kwargs)
    finally:
        sys.settrace(before)
    return frozenset(held)
