"""The slips in sums that are multiplied or divided: brackets that are missing, a factor that has the wrong term."""

from __future__ import annotations

import ast
from collections.abc import Iterator

_SUM, _PRODUCT = (ast.Add, ast.Sub), (ast.Mult, ast.Div, ast.FloorDiv)

Edit = tuple[str, ast.AST | list]  # what is said, and what takes the place of the node


def brackets(node: ast.BinOp) -> Iterator[Edit]:
    """Return what may stand in the place of a sum, or of what multiplies or divides one.

    >>> [ast.unparse(new) for _, new in brackets(ast.parse("first + weight * rest", mode="eval").body)]
    ['weight * first + rest', 'weight * (first + rest)']
    """
    left, right = node.left, node.right
    if isinstance(node.op, _PRODUCT) and isinstance(left, ast.BinOp) and isinstance(left.op, _SUM):
        yield "brackets are missing", ast.BinOp(left.left, left.op, ast.BinOp(left.right, node.op, right))
        yield "brackets are missing", ast.BinOp(ast.BinOp(left.left, node.op, right), left.op, left.right)
    if isinstance(node.op, ast.Mult) and isinstance(left, ast.BinOp) and isinstance(left.op, ast.Mult):
        added = ast.BinOp(left.left, ast.Add(), ast.BinOp(left.right, ast.Mult(), right))
        yield "two numbers are added that should be multiplied", added
    if isinstance(node.op, _PRODUCT) and isinstance(right, ast.BinOp) and isinstance(right.op, _SUM):
        yield "brackets are missing", ast.BinOp(ast.BinOp(left, node.op, right.left), right.op, right.right)
    yield from _factors(node)


def _factors(node: ast.BinOp) -> Iterator[Edit]:
    """A factor of the second term that multiplies the first one instead, or both."""
    first, second = node.left, node.right
    if not isinstance(node.op, ast.Add) or not isinstance(second, ast.BinOp) or not isinstance(second.op, ast.Mult):
        return
    factor, rest = second.left, second.right
    if isinstance(factor, ast.Name | ast.Constant):
        says = f"`{ast.unparse(factor)}` multiplies"
        yield f"{says} the wrong one of two terms", ast.BinOp(ast.BinOp(factor, ast.Mult(), first), ast.Add(), rest)
        yield f"{says} both of two terms", ast.BinOp(factor, ast.Mult(), ast.BinOp(first, ast.Add(), rest))
