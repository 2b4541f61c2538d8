"""Values of options as people type them."""

from __future__ import annotations

import ast
from fractions import Fraction
from typing import Any


def parse_size(text: str | None) -> int | tuple[int, int] | None:
    """Read a side, or height x width; None stays None.

    >>> parse_size("224"), parse_size("192x256"), parse_size(None)
    (224, (192, 256), None)
    """
    if text is None:
        return None
    try:
        sides = [int(side) for side in text.lower().replace("×", "x").split("x")]
    except ValueError:
        sides = []
    if len(sides) not in (1, 2) or min(sides) < 1:
        raise ValueError(f"--size {text} must be pixels of a side, as 224, or height x width, as 192x256")
    return sides[0] if len(sides) == 1 else (sides[0], sides[1])


def parse_shape(text: str) -> tuple[int, ...]:
    """Read an input's height x width x channels.

    >>> parse_shape("224x224x3")
    (224, 224, 3)
    """
    try:
        height, width, channels = map(int, text.lower().replace("×", "x").split("x"))
    except ValueError:
        raise ValueError(f"--input {text} must be height x width x channels, as 224x224x3") from None
    return height, width, channels


def parse_option(text: str) -> tuple[str, Any]:
    """Read KEY=VALUE; a value is a Python literal, a fraction, or a word.

    >>> parse_option("width=1/8"), parse_option("variant=torch"), parse_option("include_top=False")
    (('width', 0.125), ('variant', 'torch'), ('include_top', False))
    """
    key, equals, value = text.partition("=")
    if not key.isidentifier() or not equals:
        raise ValueError(f"--option {text} must be KEY=VALUE, as width=1/8")
    try:
        return key, ast.literal_eval(value)
    except (ValueError, SyntaxError):
        pass
    try:
        return key, float(Fraction(value))
    except (ValueError, ZeroDivisionError):
        return key, value
