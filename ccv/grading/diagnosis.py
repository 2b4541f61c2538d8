"""Gives a wrong answer its name: the mutants are asked the same questions, and one of them may answer alike."""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from ccv.grading import wire
from ccv.grading.compare import same
from ccv.grading.mutants import Mutant

# Ample, since a diagnosis that depends on how busy the machine is would not be the same on the next run.
SECONDS_AN_EXERCISE = 30.0
SECONDS_A_QUESTION = 10.0
_REMEMBERED = 256  # answers of mutants
_NO_ANSWER = object()


class Diagnosis:
    """Names the mistakes of one submission: each mutant is asked until it answers otherwise than the student.

    A mutant that differed in one check cannot be the student's mistake in the next, so it is asked no more; one that
    agreed is asked first. What a mutant said to a question is remembered for the submissions that follow.
    """

    def __init__(self, mutants: list[Mutant], seconds: float = SECONDS_AN_EXERCISE):
        self._suspects = list(mutants)
        self._left = seconds

    def name(self, calls: list[Any], value: Any = None) -> str | None:
        """Return what the mutant says that answers all `calls` as the student did (or is the student's `value`).

        Args:
            calls: `answers.Call` records of one check, in order; the last is the one that the check did not like.
            value: the student's answer, where the exercise is a value.
        """
        if not calls and value is None:
            return None
        for suspect in list(self._suspects):
            if self._left <= 0:
                return None
            if self._answers_alike(suspect, calls, value):
                self._suspects.remove(suspect)
                self._suspects.insert(0, suspect)
                return suspect.says
            self._suspects.remove(suspect)
        return None

    def _answers_alike(self, suspect: Mutant, calls: list[Any], value: Any) -> bool:
        if not calls:
            return not callable(suspect.answer) and same(suspect.answer, value)
        if not callable(suspect.answer) or suspect in _slow:
            return False
        # The call that the check did not like is the last, and tells most mutants apart.
        return all(self._answers_like(suspect, call) for call in reversed(calls))

    def _answers_like(self, suspect: Mutant, call: Any) -> bool:
        key = _question(suspect, call)
        if key not in _remembered:
            started = time.monotonic()
            finished, result = _within(min(self._left, SECONDS_A_QUESTION), lambda: _ask(suspect, call))
            self._left -= time.monotonic() - started
            if not finished:
                _slow.add(suspect)
                return False
            _remember(key, result)
        return same(_remembered[key], call.result)


_remembered: OrderedDict[tuple, Any] = OrderedDict()
_slow: set[Mutant] = set()


def _remember(key: tuple, result: Any) -> None:
    _remembered[key] = result
    while len(_remembered) > _REMEMBERED:
        _remembered.popitem(last=False)


def _question(suspect: Mutant, call: Any) -> tuple:
    digest = hashlib.sha256()
    for part in call.arguments:
        digest.update(len(part).to_bytes(8, "big") + part)
    return suspect, getattr(call.driver, "__code__", None), digest.digest()


def _ask(suspect: Mutant, call: Any) -> Any:
    try:
        args, kwargs = wire.decode(call.arguments)
        return call.driver(suspect.answer, *args, **kwargs) if call.driver else suspect.answer(*args, **kwargs)
    except Exception:  # a mutant that cannot answer the question is not this student's mistake
        return _NO_ANSWER


def _within(seconds: float, function: Callable[[], Any]) -> tuple[bool, Any]:
    """Run a function for at most so long; return whether it ended, and its result.

    A thread, since signals are not everywhere and reach the main thread only. What loops in Python is stopped.
    """
    done: list[Any] = []

    def run() -> None:
        with contextlib.suppress(SystemExit):
            done.append(function())

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive() and thread.ident is not None:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(SystemExit))
        thread.join(1.0)
    return (True, done[0]) if done else (False, None)
