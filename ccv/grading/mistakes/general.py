"""What explains all answers without a mutant that does: relations, variations, slips, and mistakes in parts of them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ccv.grading.border import wire
from ccv.grading.mistakes.alike import same
from ccv.grading.mistakes.asking import NO_ANSWER, Asker
from ccv.grading.mistakes.extents import extent_of
from ccv.grading.mistakes.inside import mistakes_inside
from ccv.grading.mistakes.lengths import length_of_axis
from ccv.grading.mistakes.parts import Pairs, another_part, enough, mistakes_by_part, parts_of
from ccv.grading.mistakes.polynomials import other_term
from ccv.grading.mistakes.relations import NUMBERS, WHOLES, relation_of, tell, wrong_parts
from ccv.grading.mistakes.rows import of_two_kinds, rows_of
from ccv.grading.mistakes.slips import names_of_numbers, slips
from ccv.grading.mistakes.terms import missing_term
from ccv.grading.mistakes.variations import fixed, reshaped, variations
from ccv.grading.mutants import Mutant

SECONDS_A_VARIATION = 1.0  # a reference answers in milliseconds; with other arguments it may not end at all
SECONDS_A_SLIP = 0.1
_EXAMPLES = 3  # the first questions, which the text of an exercise is about
_FEWEST_OF_SOME = 3  # different wrong numbers, where the mistake is not in all answers
_FEWEST_CASES, _MOST_CASES = 2, 2 / 3  # of the wrong ones, where a mutant does not explain all
_MOST_WAYS = 6  # to explain the same
_MOST_WAYS_INSIDE = 8  # of an option, say, that the reference always gives alike


def agreed(suspects: Sequence[Mutant]) -> str | None:
    """Return what mutants say, where they all say the same."""
    says = {suspect.says for suspect in suspects}
    return says.pop() if len(says) == 1 else None


def in_general(
    asker: Asker, mutants: list[Mutant], right: Mutant, seen: list[Any], others: Mapping[str, Sequence[Mutant]]
) -> str | None:
    """Return what explains all answers, where no mutant does: parts of mutants, or what can be said of any exercise.

    Args:
        asker: asks the mutants and the reference.
        mutants: the known mistakes of the exercise, of which parts may be found.
        right: the reference.
        seen: the calls of all checks.
        others: the mutants of all exercises of the lab.
    """
    if any(call.driver for call in seen):
        return None
    pairs = [(call.result, asker.answer_of(right, call)) for call in seen]
    if any(wanted is NO_ANSWER for _, wanted in pairs):
        return None
    return _General(asker, mutants, right.answer, seen, others).explanation(pairs)


class _General:
    def __init__(
        self,
        asker: Asker,
        mutants: list[Mutant],
        reference: Any,
        seen: list[Any],
        others: Mapping[str, Sequence[Mutant]],
    ):
        self._asker, self._mutants, self._reference, self._seen, self._others = asker, mutants, reference, seen, others
        self._questions = [wire.decode(call.arguments) for call in seen]

    def explanation(self, pairs: Pairs) -> str | None:
        """What explains all pairs of (a student's answer, the right one)."""
        return (
            mistakes_by_part(pairs, lambda part, _: None if another_part(part, pairs) else self._mutant_of_part(part))
            or relation_of(pairs, NUMBERS)
            or parts_of(pairs)
            or rows_of(pairs)
            or self._variation(pairs)
            or relation_of(pairs, WHOLES)
            or extent_of(pairs)
            or self._inside(pairs)
            or missing_term(self._reference, self._questions, pairs)
            or self._slip(pairs)
            or length_of_axis(self._reference, self._questions, pairs)
            or other_term(self._reference, self._questions, pairs)
            or self._mutant_of_rows(pairs)
            or mistakes_by_part(pairs, lambda part, column: self._of_part(part, column, pairs))
            or self._reshaped(pairs)
            or self._mutant_of_some(pairs)
            or mistakes_by_part(pairs, lambda part, _: self._mutant_of_part(part), later=False)
        )

    def _of_part(self, part: int, column: Pairs, pairs: Pairs) -> str | None:
        """The mistake in one part of the answers, or in a column of a table: a mutant's, or what is said in general."""
        return (
            another_part(part, pairs)
            or self._mutant_of_part(part)
            or relation_of(column, NUMBERS)
            or self._variation_of_part(part)
            or relation_of(column, WHOLES)
            or missing_term(self._reference, self._questions, column)
            or other_term(self._reference, self._questions, column)
            or self._slip(column, part)
            or self._mutant_of_rows(column, part)
        )

    def _mutant_of_part(self, part: int) -> str | None:
        return agreed([m for m in self._mutants if self._asker.alike_in_part(m, part, self._seen)])

    def _variation_of_part(self, part: int) -> str | None:
        known = variations(self._reference)
        return agreed([v for v in known if self._asker.alike_in_part(v, part, self._seen, SECONDS_A_VARIATION)])

    def _mutant_of_rows(self, column: Pairs, part: int | None = None) -> str | None:
        """A mutant that explains the wrong rows of all answers, where the others are right."""
        if not enough(column) or of_two_kinds(column):
            return None
        said = agreed([m for m in self._mutants if self._asker.alike_in_rows(m, column, self._seen, part)])
        return said and f"in some of the rows: {said}"

    def _mutant_of_some(self, pairs: Pairs) -> str | None:
        """A mutant that explains all wrong answers, where the others are right: a mistake in some of the cases."""
        wrong = [n for n, pair in enumerate(pairs) if not same(*pair)]
        of_models = all(wire.is_keras_model(pairs[n][0]) for n in wrong)
        if not wrong or (not of_models and not tell(wrong_parts([pairs[n] for n in wrong]), _FEWEST_OF_SOME)):
            return None
        calls = [self._seen[n] for n in wrong]
        said = agreed([m for m in self._mutants if self._asker.alike(m, calls)])
        said = said or (None if of_models else self._mutant_of_most(wrong, pairs))
        return said and f"in some of the cases: {said}"

    def _mutant_of_most(self, wrong: list[int], pairs: Pairs) -> str | None:
        """A mutant that explains most wrong answers, in numbers that are no chance: at its edges it may be another.

        What has no finite numbers says nothing: there the student divides by zero, beside the mistake.
        """
        finite = [n for n in wrong if _is_finite(pairs[n])]
        explained = [(m, [n for n in finite if self._asker.alike(m, [self._seen[n]])]) for m in self._mutants]
        most = max((len(some) for _, some in explained), default=0)
        if most < max(_FEWEST_CASES, _MOST_CASES * len(finite)):
            return None
        best = [(m, [pairs[n] for n in some]) for m, some in explained if len(some) == most]
        return agreed([m for m, _ in best]) if all(_have_fractions(some) for _, some in best) else None

    def _variation(self, pairs: Pairs) -> str | None:
        if not enough(pairs):
            return None
        known = variations(self._reference)
        said = agreed([v for v in known if self._asker.alike(v, self._seen, SECONDS_A_VARIATION)])
        if said:
            return said
        examples = (v for asked in self._questions[:_EXAMPLES] for v in fixed(self._reference, *asked))
        return agreed([v for v in examples if self._asker.alike(v, self._seen, SECONDS_A_VARIATION)])

    def _reshaped(self, pairs: Pairs) -> str | None:
        known = reshaped(self._reference) if enough(pairs) else ()
        return agreed([v for v in known if self._asker.alike(v, self._seen, SECONDS_A_VARIATION)])

    def _inside(self, pairs: Pairs) -> str | None:
        if not enough(pairs):
            return None
        known, slips_of_it = (
            [m for m in made if self._asker.alike(m, self._seen, SECONDS_A_SLIP)]
            for made in mistakes_inside(self._reference, self._others)
        )
        return agreed(known) or (None if known else self._few(slips_of_it, _MOST_WAYS_INSIDE))

    def _slip(self, pairs: Pairs, part: int | None = None) -> str | None:
        """What the reference with one slip explains, all of it or a part; of a few ways to see it, the first."""
        if not tell(wrong_parts(pairs)) and not all(isinstance(mine, list | tuple) and mine for mine, _ in pairs):
            return None
        args, kwargs = self._questions[-1]
        started = time.monotonic()
        names = names_of_numbers(self._reference, *args, **kwargs)
        if time.monotonic() - started > SECONDS_A_SLIP:
            return None  # hundreds of such calls would take minutes
        made = slips(self._reference, names)
        if part is None:
            return self._few(s for s in made if self._asker.alike(s, self._seen, SECONDS_A_SLIP))
        return self._few(s for s in made if self._asker.alike_in_part(s, part, self._seen, SECONDS_A_SLIP))

    def _few(self, fitting: Iterable[Mutant], most: int = _MOST_WAYS) -> str | None:
        says = [*dict.fromkeys(slip.says for slip in fitting)]
        return says[0] if 1 <= len(says) <= most else None


def _is_finite(pair: tuple[Any, Any]) -> bool:
    return all(np.isfinite(mine).all() for part in wrong_parts([pair]) for mine, _ in part)


def _have_fractions(pairs: Pairs) -> bool:
    """Whether wrong numbers have digits after the point: that many such numbers are another's, too, is no chance."""
    parts = [[(np.where(mine % 1, mine, right), right) for mine, right in part] for part in wrong_parts(pairs)]
    return tell(parts, _FEWEST_OF_SOME)
