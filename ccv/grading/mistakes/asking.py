"""Asks the known mistakes what a student was asked, each question once, and not for ever."""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

from ccv.grading.border import wire
from ccv.grading.border.limited import within
from ccv.grading.comparing.compare import TOLERANCE
from ccv.grading.mistakes.alike import form_of, same
from ccv.grading.mistakes.parts import part_of
from ccv.grading.mistakes.rows import mixed
from ccv.grading.mutants import Mutant
from ccv.grading.networks.portable import portable

SECONDS_A_QUESTION = 10.0
NO_ANSWER = object()
_REMEMBERED = 1024  # answers of mutants


class Asker:
    """Holds mutants beside the answers of a student; `calls` are `answers.Call` records.

    What a mutant said to a question is remembered for the submissions that follow, and one that was too slow is asked
    no more.

    Args:
        seconds: for all questions together.
        read: what is compared of an answer.
    """

    def __init__(self, seconds: float, read: Callable[[Any], Any] = lambda answer: answer):
        self.left, self._read = seconds, read

    def answer_of(self, suspect: Mutant, call: Any, seconds: float = SECONDS_A_QUESTION) -> Any:
        """Return what a mutant answers to the question of one call, `NO_ANSWER` where it does not."""
        if not callable(suspect.answer) or suspect in _slow or self.left <= 0:
            return NO_ANSWER
        key = _question(suspect, call)
        if key not in _remembered:
            started = time.monotonic()
            finished, result = within(min(self.left, seconds), lambda: _ask(suspect, call))
            self.left -= time.monotonic() - started
            if not finished:
                _slow.add(suspect)
                return NO_ANSWER
            _remember(key, result)
        return self._read(_remembered[key])

    def alike(
        self, suspect: Mutant, calls: Sequence[Any], seconds: float = SECONDS_A_QUESTION, tolerance: float = TOLERANCE
    ) -> bool:
        """Whether a mutant answers all calls as the student did."""
        # The call that the check did not like is the last, and tells most mutants apart.
        return self._all(suspect, calls[::-1], seconds, lambda answer, call: same(answer, call.result, tolerance))

    def alike_in_part(
        self, suspect: Mutant, part: int, calls: Sequence[Any], seconds: float = SECONDS_A_QUESTION
    ) -> bool:
        """Whether a mutant has the same as the student in one of the `parts` of each answer."""

        def is_same(answer: Any, call: Any) -> bool:
            theirs = part_of(answer, part)
            return theirs is not None and same(theirs, part_of(call.result, part))

        return self._all(suspect, calls, seconds, is_same)

    def alike_in_rows(
        self, suspect: Mutant, column: Sequence[tuple[Any, Any]], calls: Sequence[Any], part: int | None = None
    ) -> bool:
        """Whether each wrong row of a column of the answers, or of the whole answers, is the mutant's."""
        pairs = iter(column)

        def is_mixed(answer: Any, _: Any) -> bool:
            return mixed(*next(pairs), answer if part is None else part_of(answer, part))

        return self._all(suspect, calls, SECONDS_A_QUESTION, is_mixed)

    def has_form(self, suspect: Mutant, calls: Sequence[Any]) -> bool:
        """Whether a mutant's answers have the student's types and containers, too."""
        return self._all(
            suspect, calls, SECONDS_A_QUESTION, lambda answer, call: form_of(answer) == form_of(call.result)
        )

    def _all(self, suspect: Mutant, calls: Sequence[Any], seconds: float, fits: Callable[[Any, Any], bool]) -> bool:
        answers = ((self.answer_of(suspect, call, seconds), call) for call in calls)
        return all(answer is not NO_ANSWER and fits(answer, call) for answer, call in answers)


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
        result = call.driver(suspect.answer, *args, **kwargs) if call.driver else suspect.answer(*args, **kwargs)
        return wire.decode(wire.encode(portable(result, (args, kwargs))))  # in the form of the student's result
    except Exception:  # a mutant that cannot answer the question is not this student's mistake
        return NO_ANSWER
