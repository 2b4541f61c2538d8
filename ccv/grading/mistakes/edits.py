"""The slips in a formula or a loop, as replacements of one node of its syntax tree: what `slips` is made of."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import TypeGuard

from ccv.grading.mistakes.brackets import Edit, brackets


def edits(node: ast.AST, names: list[str]) -> Iterator[Edit]:
    """Return what may stand in the place of a node by a slip, each with a clause that says so.

    Args:
        node: a part of a function.
        names: those in it that hold numbers.

    >>> [says for says, _ in edits(ast.parse("side // 2", mode="eval").body, [])][-1]
    'a divisor is missing, `2`'
    """
    yield from _EDITS.get(type(node), lambda node: ())(node)
    yield from _other_names(node, names)


def _other_names(node: ast.AST, names: list[str]) -> Iterator[Edit]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Add):
        what = _MISSING[type(node.op)]
        yield from (
            (f"there is a {what} too many, `{n}`", ast.BinOp(node, node.op, ast.Name(n, ast.Load()))) for n in names
        )
    if isinstance(node, ast.Constant) and type(node.value) is int:
        for other in names:
            yield f"`{other}` stands where {node.value} belongs", ast.Name(other, ast.Load())
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names:
        for always in (1, 2):
            yield f"`{node.id}` is taken for {always}, whatever it is", ast.Constant(always)
        for operation, size in ((ast.Sub(), "less"), (ast.Add(), "more")):
            yield f"`{node.id}` is one {size} in one place", ast.BinOp(node, operation, ast.Constant(1))
        for other in names:
            if other != node.id:
                yield f"`{other}` stands where `{node.id}` belongs", ast.Name(other, ast.Load())


# ------------------------------------------------------------------------------------------------------ the slips

_OTHER = {
    ast.Add: (ast.Mult, "two numbers are multiplied that should be added"),
    ast.Sub: (ast.Add, "something is added that should be subtracted"),
    ast.Mult: (ast.Add, "two numbers are added that should be multiplied"),
    ast.Div: (ast.Mult, "something is multiplied that should be divided"),
    ast.FloorDiv: (ast.Div, "a quotient is not rounded down to a whole number"),
    ast.Pow: (ast.Mult, "a number is multiplied by the exponent, not raised to its power"),
}
_MISSING = {ast.Mult: "factor", ast.Add: "term", ast.Sub: "term", ast.Div: "divisor", ast.FloorDiv: "divisor"}


def _operations(node: ast.BinOp) -> Iterator[Edit]:
    kind = type(node.op)
    if kind in _OTHER:
        other, says = _OTHER[kind]
        if kind is not ast.Add or not _is_one(node.right):  # which would be the same as a term that is missing
            yield says, ast.BinOp(node.left, other(), node.right)
    if kind is ast.Add:
        yield "something is subtracted that should be added", ast.BinOp(node.left, ast.Sub(), node.right)
    if kind in (ast.Sub, ast.Div, ast.FloorDiv):
        what = "subtracted" if kind is ast.Sub else "divided"
        yield f"two numbers are {what} the wrong way round", ast.BinOp(node.right, node.op, node.left)
    if kind is ast.Mult:
        yield (
            "a matrix product is taken where numbers are multiplied one by one",
            ast.BinOp(node.left, ast.MatMult(), node.right),
        )
    yield from brackets(node)
    yield from _windows(node)
    if kind is ast.FloorDiv:
        yield "1 is added to a quotient", ast.BinOp(node, ast.Add(), ast.Constant(1))
        yield "1 is subtracted from a quotient", ast.BinOp(node, ast.Sub(), ast.Constant(1))
        nearest = ast.Call(ast.Name("round", ast.Load()), [ast.BinOp(node.left, ast.Div(), node.right)], [])
        yield "a quotient is rounded to the nearest", nearest
        up = ast.UnaryOp(ast.USub(), ast.BinOp(ast.UnaryOp(ast.USub(), node.left), ast.FloorDiv(), node.right))
        yield "a quotient is rounded up", up
    if kind in _MISSING:
        yield f"a {_MISSING[kind]} is missing{_spelled(node.right)}", node.left
    if kind in (ast.Mult, ast.Add):
        yield f"a {_MISSING[kind]} is missing{_spelled(node.left)}", node.right
    if kind is ast.Pow:
        yield "a power is missing", node.left
        yield "a square is taken where another power belongs", ast.BinOp(node.left, ast.Pow(), ast.Constant(2))
        if isinstance(node.left, ast.BinOp) and isinstance(node.left.op, ast.Div):
            above, below = (ast.BinOp(side, ast.Pow(), node.right) for side in (node.left.left, node.left.right))
            yield "only what is divided has the power", ast.BinOp(above, ast.Div(), node.left.right)
            yield "only what is divided by has the power", ast.BinOp(node.left.left, ast.Div(), below)


def _windows(node: ast.BinOp) -> Iterator[Edit]:
    """What goes wrong where a window is laid on a row: n - k + 1 places, k - 1 of them beside the first."""
    left, right = node.left, node.right
    if isinstance(node.op, ast.Sub):
        yield "something is halved that should be taken whole", ast.BinOp(node, ast.FloorDiv(), ast.Constant(2))
        if _is_one(right) and not isinstance(left, ast.Attribute):  # as `ndim` is: axes are no window
            yield "half of a window is taken on both sides, rounded down", _twice_the_half(left)
    if isinstance(node.op, ast.Add) and isinstance(left, ast.BinOp) and isinstance(left.op, ast.Sub):
        exchanged = ast.BinOp(ast.BinOp(left.left, ast.Add(), left.right), ast.Sub(), right)
        yield "plus and minus are exchanged", exchanged
        if _is_one(right):
            both = ast.BinOp(left.left, ast.Sub(), _twice_the_half(left.right))
            yield "half of a window is taken on both sides, rounded down", both


def _twice_the_half(node: ast.expr) -> ast.expr:
    return ast.BinOp(ast.BinOp(node, ast.FloorDiv(), ast.Constant(2)), ast.Mult(), ast.Constant(2))


def _is_one(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value == 1


def _spelled(node: ast.AST) -> str:
    return f", `{ast.unparse(node)}`" if isinstance(node, ast.Name | ast.Constant | ast.Subscript) else ""


def _constants(node: ast.Constant) -> Iterator[Edit]:
    if isinstance(node.value, bool) or not isinstance(node.value, int):
        return
    for other in (node.value + 1, node.value - 1, *([2 * node.value] if node.value > 1 else [])):
        yield f"there is a {other} where a {node.value} belongs", ast.Constant(other)


def _sides(node: ast.Subscript) -> Iterator[Edit]:
    """The height of an array for its width, and the other way round."""
    side = node.slice.value if isinstance(node.slice, ast.Constant) else None
    if getattr(node.value, "attr", "") == "shape" and side in (0, 1):
        other = ast.Subscript(node.value, ast.Constant(1 - side), ast.Load())
        yield f"`shape[{1 - side}]` stands where `shape[{side}]` belongs", other


_STRICTER = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}
_OPPOSITE = {ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In}


def _comparisons(node: ast.Compare) -> Iterator[Edit]:
    kind = type(node.ops[0])
    if kind in _STRICTER:
        says = "left out of" if kind in (ast.LtE, ast.GtE) else "taken into"
        equal = ast.Compare(node.left, [_STRICTER[kind](), *node.ops[1:]], node.comparators)
        yield f"the case that both are equal is {says} a comparison", equal
    if kind in (_STRICTER | _OPPOSITE):
        yield "a condition is taken the other way round", ast.UnaryOp(ast.Not(), node)


_ALIKE = [
    *(("min", "max"), ("sum", "prod"), ("minimum", "maximum"), ("argmin", "argmax"), ("floor", "ceil")),
    *(("sum", "mean"), ("mean", "median"), ("mean", "max"), ("sum", "max"), ("rint", "trunc"), ("rint", "floor")),
]
_INSTEAD = [both for pair in _ALIKE for both in (pair, pair[::-1])]  # what belongs there, and what may stand there
_LOWEST, _HIGHEST = ("max", "maximum"), ("min", "minimum")
_BUILDING = {"", "append", "extend", "add", "range", "iter", "next", "enumerate"}


def _calls(node: ast.Call) -> Iterator[Edit]:
    function = node.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    for other in (other for belongs, other in _INSTEAD if belongs == name):
        new = ast.Attribute(function.value, other, ast.Load()) if isinstance(function, ast.Attribute) else None
        yield (
            f"`{other}` is taken where `{name}` belongs",
            ast.Call(new or ast.Name(other, ast.Load()), node.args, node.keywords),
        )
    if len(node.args) == 1 and name not in _BUILDING:
        yield f"`{name}` is left out", node.args[0]
    if name in _LOWEST + _HIGHEST and len(node.args) == 2:
        beyond = "falling below" if name in _LOWEST else "rising above"
        for bound, rest in (node.args, node.args[::-1]):
            if isinstance(bound, ast.Constant):
                yield f"nothing keeps a number from {beyond} {ast.unparse(bound)}", rest
    if name in ("sum", "mean") and node.args and _is_power(power := node.args[0]):
        whole = ast.Call(function, [power.left, *node.args[1:]], node.keywords)
        yield f"the {name} has the power, not what goes into it", ast.BinOp(whole, ast.Pow(), power.right)


def _is_power(node: ast.AST) -> TypeGuard[ast.BinOp]:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow)


def is_axis(node: ast.AST) -> bool:
    """Whether a node is an argument such as `axis=1` or `axis=(0, 1)`; its numbers are names, and no amounts."""
    return isinstance(node, ast.keyword) and node.arg in ("axis", "axes")


def _axes(node: ast.keyword) -> Iterator[Edit]:
    try:
        given = ast.literal_eval(node.value) if is_axis(node) else None
    except ValueError:
        return
    numbers = given if isinstance(given, tuple) else (given,)
    for place, number in enumerate(numbers):
        for other in range(-3, 4) if isinstance(number, int) else ():
            if other != number:
                new = (*numbers[:place], other, *numbers[place + 1 :])
                value = ast.parse(repr(new if isinstance(given, tuple) else other), mode="eval").body
                yield "one step goes along another axis than it should", ast.keyword(node.arg, value)


def _choices(node: ast.If | ast.IfExp) -> Iterator[Edit]:
    yield "the first of two cases is taken always", node.body
    if node.orelse:
        yield "the second of two cases is taken always", node.orelse
    if isinstance(node, ast.IfExp):
        yield "the second of two cases gives 0", ast.IfExp(node.test, node.body, ast.Constant(0))


def _updates(node: ast.AugAssign | ast.Assign) -> Iterator[Edit]:
    target = node.target if isinstance(node, ast.AugAssign) else node.targets[0]
    yield f"`{ast.unparse(target).strip('()')}` stays as it was where it should change", ast.Pass()
    if isinstance(target, ast.Tuple) and len(target.elts) == 2 and isinstance(node, ast.Assign):
        first, second = target.elts
        exchanged = ast.Tuple([second, first], ast.Store())
        yield f"`{ast.unparse(first)}` and `{ast.unparse(second)}` are exchanged", ast.Assign([exchanged], node.value)
    if isinstance(node, ast.AugAssign):
        yield f"`{ast.unparse(target)}` is replaced where it should grow", ast.Assign([target], node.value)
        for says, new in _operations(ast.BinOp(_loaded(target), node.op, node.value)):
            if isinstance(new, ast.expr):
                yield says, ast.Assign([target], new)


def _loaded(target: ast.expr) -> ast.expr:
    return ast.parse(ast.unparse(target), mode="eval").body


def _comprehensions(node: ast.comprehension) -> Iterator[Edit]:
    if node.ifs:
        yield "a condition is forgotten", ast.comprehension(node.target, node.iter, [], node.is_async)


_EDITS: dict[type, Callable] = {
    ast.BinOp: _operations,
    ast.Constant: _constants,
    ast.Compare: _comparisons,
    ast.Subscript: _sides,
    ast.Call: _calls,
    ast.If: _choices,
    ast.IfExp: _choices,
    ast.Assign: _updates,
    ast.AugAssign: _updates,
    ast.comprehension: _comprehensions,
    ast.keyword: _axes,
}
