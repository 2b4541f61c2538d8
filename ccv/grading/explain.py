"""From an error of a check to a status and one kind sentence, without the traceback and the expected value."""

from __future__ import annotations

from typing import Any

import pytest

from ccv.grading.border import wire
from ccv.grading.comparing.calls import spell_call
from ccv.grading.failures import Unanswered
from ccv.grading.reading.text import clean


def explain(error: BaseException | None, exercise: str, calls: list[Any]) -> tuple[str, str, bool]:
    """Return the status, the message, and whether it was a wrong answer that may be diagnosed.

    Args:
        error: what the check raised.
        exercise: the name of the exercise.
        calls: the `answers.Call` records of the check so far.
    """
    if isinstance(error, Unanswered):
        advice = getattr(error, "advice", "")
        return error.status, clean(error) + (f"\n→ {advice}" if advice else ""), False
    if isinstance(error, AssertionError | pytest.fail.Exception):
        return "failed", clean(_what_was_asserted(error, exercise, calls)), True
    if isinstance(error, pytest.skip.Exception):
        return "failed", clean(f"this check was skipped: {error}"), False
    return "failed", clean(f"your answer could not be used: {type(error).__name__}: {clean(error, 200)}"), False


def _what_was_asserted(error: BaseException, exercise: str, calls: list[Any]) -> str:
    """The message of the assert; pytest's own explanation would show the expected value."""
    first = str(error).split("\nassert ")[0].strip()
    if first and not first.startswith("assert "):
        return first
    if not calls:
        return "not right yet"
    return f"`{_last_call(exercise, calls[-1])}` gives {_short(calls[-1].result)}, which is not right"


def _last_call(exercise: str, call: Any) -> str:
    """The question as code to paste; of a driver, which the student cannot call, only the exercise's name."""
    if call.driver is not None:
        return exercise
    args, kwargs = wire.decode(call.arguments)
    return spell_call(exercise, args, kwargs)


def _short(value: Any) -> str:
    import numpy as np

    if isinstance(value, np.ndarray) and value.size > 12:
        return f"an array of shape {value.shape}"
    return " ".join(clean(value, 80).split())
