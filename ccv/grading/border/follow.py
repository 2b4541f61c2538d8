"""Answers an earlier exercise, which the student has wrong, in the midst of a later one that calls it.

The later exercise is asked beside the student's code, in which the name of the earlier one sends its arguments over
the border; the lab's own function is called on this side, and only what it returned goes back. The process serves no
other exercise, so what it learns so is of no use to the earlier one.
"""

from __future__ import annotations

import builtins
import contextlib
import copy
from collections.abc import Callable, Iterator, Mapping
from types import CodeType, FunctionType
from typing import Any

import numpy as np

from ccv.grading.border import wire
from ccv.grading.border.limited import within

_MOST_QUESTIONS = 5_000
_SECONDS = 10.0  # for all answers of one check together
_MOST_BYTES = 4 * 2**20  # of one question
_LARGEST_NUMBER = 10**7  # it may be a size
_DEEPEST = 20


class Helper:
    """The lab's own functions, called on what a student's process sends, so often and so long and no more."""

    def __init__(self, functions: Mapping[str, Callable]):
        self.functions = functions
        self._questions = _MOST_QUESTIONS
        self._seconds = _SECONDS

    def answer(self, question: list[bytes]) -> list[bytes]:
        """Answer one question with `value`, or with the `error` that the function raised and what it `said`.

        Raises:
            wire.WireError: the question is none, is too large, or is one too many.
        """
        self._questions -= 1
        if self._questions < 0 or sum(map(len, question)) > _MOST_BYTES:
            raise wire.WireError("it calls an earlier exercise too often, or with too much")
        asked = wire.decode(question)
        name, args, kwargs = _parts(asked)
        if name not in self.functions:
            raise wire.WireError("its process sent something else")
        finished, reply = within(self._seconds, lambda: _called(self.functions[name], args, kwargs))
        if not finished:
            raise wire.WireError(f"it gives `{name}` too much to do")
        return reply


def _parts(asked: Any) -> tuple[str, tuple, dict]:
    if type(asked) is not dict or set(asked) != {"name", "args", "kwargs"}:
        raise wire.WireError("its process sent something else")
    name, args, kwargs = asked["name"], asked["args"], asked["kwargs"]
    if type(name) is not str or type(args) is not tuple or type(kwargs) is not dict:
        raise wire.WireError("its process sent something else")
    if not all(type(key) is str for key in kwargs) or not _is_small((args, list(kwargs.values())), _DEEPEST):
        raise wire.WireError(f"it gives `{name[:50]}` too much to do")
    return name, args, kwargs


def _is_small(value: Any, depth: int) -> bool:
    if isinstance(value, int | float | complex):
        return not abs(value) > _LARGEST_NUMBER
    if isinstance(value, np.ndarray):
        return True  # its bytes were counted
    if isinstance(value, list | tuple | set):
        return depth > 0 and all(_is_small(one, depth - 1) for one in value)
    if isinstance(value, dict):
        return depth > 0 and all(_is_small(one, depth - 1) for one in value.values())
    return not wire.is_keras_model(value)


def _called(function: Callable, args: tuple, kwargs: dict) -> list[bytes]:
    try:
        return wire.encode({"value": function(*args, **kwargs)})
    except Exception as error:
        return wire.encode({"error": type(error).__name__, "said": str(error)[:200]})


# ------------------------------------------------------------------------------------------------ the student's side


def stand_in(name: str, ask: Callable[[list[bytes]], list[bytes]]) -> Callable:
    """A function that lets the trusted side answer; `ask` sends a question and returns what came back."""

    def stub(*args: Any, **kwargs: Any) -> Any:
        reply = wire.decode(ask(wire.encode({"name": name, "args": args, "kwargs": kwargs})))
        if "value" in reply:
            return reply["value"]
        kind = getattr(builtins, reply["error"], None)
        if not (isinstance(kind, type) and issubclass(kind, Exception)):
            kind = RuntimeError
        raise kind(reply["said"])

    stub.__name__ = stub.__qualname__ = name
    return stub


# ------------------------------------------------------------------------------------------------- the open notebook


@contextlib.contextmanager
def in_place_of(namespace: dict[str, Any], functions: Mapping[str, Callable]) -> Iterator[None]:
    """Let the names of a live notebook mean the lab's own functions, and put back what they meant."""
    before = {name: namespace[name] for name in functions if name in namespace}
    namespace.update({name: _on_copies(function) for name, function in functions.items()})
    try:
        yield
    finally:
        for name in functions:
            namespace.pop(name, None)
        namespace.update(before)


def _on_copies(function: Callable) -> Callable:
    return lambda *args, **kwargs: function(*copy.deepcopy(args), **copy.deepcopy(kwargs))


def names_used(value: Any, namespace: Mapping[str, Any]) -> set[str]:
    """The global names that a live function reads, and those that what it calls reads in turn."""
    used: set[str] = set()
    waiting = [value]
    while waiting:
        function = waiting.pop()
        function = getattr(function, "__wrapped__", function)
        if isinstance(function, FunctionType) and function.__globals__ is namespace:
            found = {n for n in _names_in(function.__code__) if n in namespace} - used
            waiting += [namespace[name] for name in found]
            used |= found
    return used


def _names_in(code: CodeType) -> set[str]:
    inner = (constant for constant in code.co_consts if isinstance(constant, CodeType))
    return set(code.co_names).union(*map(_names_in, inner))
