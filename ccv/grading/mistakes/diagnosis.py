"""Gives a wrong answer its name: the mutants are asked the same questions, and one alone may answer them alike.

Where no mutant does, what can be said without knowing the exercise is tried: see `general`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ccv.grading.mistakes.alike import is_rounded, same
from ccv.grading.mistakes.asking import Asker
from ccv.grading.mistakes.choices import mistake_in_choice
from ccv.grading.mistakes.general import agreed, in_general
from ccv.grading.mistakes.values import relation_of_value
from ccv.grading.mutants import Mutant

# Ample, since a diagnosis that depends on how busy the machine is would not be the same on the next run.
SECONDS_AN_EXERCISE = 30.0
_ABSENT = object()


class Diagnosis:
    """Names the mistakes of one answer: what explains everything that was seen of it, in all of its checks.

    A mutant that differed once cannot be the student's mistake, so it is asked no more. Where the answers are the
    reference's, there is no mistake to name: the check did not like their form.

    Args:
        mutants: the known mistakes of the exercise.
        reference: the right answer, where there is one.
        seconds: for all questions to the mutants together.
        others: the mutants of all exercises of the lab, by exercise: the reference may call one of these.
        read: what is compared of a mutant's answer; the student's was read so already.
    """

    def __init__(
        self,
        mutants: list[Mutant],
        reference: Any = _ABSENT,
        seconds: float = SECONDS_AN_EXERCISE,
        *,
        others: Mapping[str, Sequence[Mutant]] | None = None,
        read: Callable[[Any], Any] = lambda answer: answer,
    ):
        self._others = others or {}
        self._suspects = list(mutants)  # those that did not differ yet
        self._known = mutants
        self._right = None if reference is _ABSENT else Mutant("", "", reference)
        self._asker = Asker(seconds, read)
        self._explained: dict[Any, tuple[str | None, list[Any]]] = {}

    def name(self, calls: list[Any], value: Any = None, seen: Sequence[Any] = ()) -> str | None:
        """Return what the one mutant says that answers all calls as the student did (or is the student's `value`).

        Args:
            calls: `answers.Call` records of one check, in order; the last is the one that the check did not like.
            value: the student's answer, where the exercise is a value.
            seen: the calls of all checks, right and wrong ones: a mistake must explain them, too.

        Returns:
            None where no mutant does, or mutants that say different things, and nothing can be said in general.
        """
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of wrong answers that are tried: the student would look for them in vain
            return self._named(calls, seen) if calls else self._of_value(value)

    def _named(self, calls: list[Any], seen: Sequence[Any]) -> str | None:
        if self._right and self._asker.alike(self._right, calls):
            # Right numbers in another form, as floats for whole numbers: only who gives that form, too, is meant.
            if self._asker.has_form(self._right, calls):
                return None
            fitting = self._fitting(_all(seen, calls))
            return agreed([suspect for suspect in fitting if self._asker.has_form(suspect, calls)])
        return self._explanation(_all(seen, calls))

    def _of_value(self, value: Any) -> str | None:
        if value is None or (self._right and same(self._right.answer, value)):
            return None
        values = [mutant for mutant in self._suspects if not callable(mutant.answer)]
        fitting = [m for m in values if same(m.answer, value) or is_rounded(value, m.answer)]
        if not fitting and self._right:
            right = self._right.answer
            return mistake_in_choice(value, right, values) or relation_of_value(value, right)
        return agreed(fitting) or agreed([m for m in fitting if same(m.answer, value, tolerance=0)])

    def _explanation(self, seen: list[Any]) -> str | None:
        key = frozenset(map(id, seen))
        if key not in self._explained:
            fitting = self._fitting(seen)
            if self._asker.left > 0:
                self._suspects = fitting
            # In every digit is more specific than within the tolerance.
            said = agreed(fitting) or agreed([m for m in fitting if self._asker.alike(m, seen, tolerance=0)])
            if not said and self._right:
                said = in_general(self._asker, self._known, self._right, seen, self._others)
            self._explained[key] = said, seen  # which is kept, so that no other call gets its identity
        return self._explained[key][0]

    def _fitting(self, seen: list[Any]) -> list[Mutant]:
        return [mutant for mutant in self._suspects if self._asker.alike(mutant, seen)]


def _all(seen: Sequence[Any], calls: Sequence[Any]) -> list[Any]:
    """The calls of all checks and those of one of them, which are the last, each once."""
    own = set(map(id, calls))
    return [*(call for call in seen if id(call) not in own), *calls]
