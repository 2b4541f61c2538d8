"""Names the mistakes of a run when all its checks were asked, since a later check may tell what the first cannot."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from ccv.grading.fixtures import ANSWER, exercise_of, solution_of
from ccv.grading.sheet import CheckResult
from ccv.grading.ways import Way

log = logging.getLogger("ccv.grading")


@dataclass
class _Wrong:
    """A check that did not like an answer, and where its message goes."""

    item: pytest.Item
    calls: list[Any]
    value: Any
    result: CheckResult
    report: pytest.TestReport


class Naming:
    """What was seen of each exercise, in each way of reading a submission, and what is to be explained."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, Way], list[Any]] = {}
        self._wrong: dict[tuple[str, Way], list[_Wrong]] = {}

    def see(self, item: pytest.Item, way: Way) -> None:
        """Keep the calls of a check that has run, right and wrong ones: a mistake must explain them all."""
        self._seen.setdefault((str(exercise_of(item)), way), []).extend(calls_of(item))

    def keep(self, item: pytest.Item, way: Way, result: CheckResult, report: pytest.TestReport) -> None:
        """Keep a check that found the answer wrong."""
        if "band" in getattr(item, "fixturenames", ()):
            return  # it would train once for each mutant: such a check names the mistakes by what it sees
        answer = item.stash.get(ANSWER, None)
        value = None if hasattr(answer, "calls") else answer
        key = str(exercise_of(item)), way
        wrong = _Wrong(item, list(calls_of(item)), value, result, report)
        self._wrong.setdefault(key, []).append(wrong)

    def name_all(self, best_way: Callable[[str], Way]) -> None:
        """Add the mistake, where it is known, to the messages of the way that counts for each exercise."""
        for (name, way), wrong in self._wrong.items():
            if way is best_way(name):
                _name(name, wrong, self._seen.get((name, way), []))
        self._wrong.clear()


def calls_of(item: pytest.Item) -> list[Any]:
    """What was asked of the answer so far by a check."""
    return getattr(item.stash.get(ANSWER, None), "calls", [])


def _name(name: str, wrong: list[_Wrong], seen: list[Any]) -> None:
    from ccv.grading.mistakes.diagnosis import Diagnosis
    from ccv.grading.mutants import load_mutants

    folder = wrong[0].item.path.parent
    known: dict[str, list[Any]] = {name: []}
    for mutant in load_mutants(folder / "mutants.py").values():
        known.setdefault(mutant.exercise, []).append(mutant)
    in_any_order = name in getattr(getattr(wrong[0].item, "module", None), "IN_ANY_ORDER", ())
    read = sorted_items if in_any_order else _as_it_is
    calls = {id(call): replace(call, result=read(call.result)) for call in seen} if in_any_order else {}
    diagnosis = Diagnosis(known[name], *_reference(folder, name), others=known, read=read)
    for one in wrong:
        asked, all_seen = ([calls.get(id(call), call) for call in some] for some in (one.calls, seen))
        try:
            mistake = diagnosis.name(asked, one.value, all_seen)
        except Exception:  # whatever the search for a name stumbles over, the check has its result
            log.info("no name was found for a mistake in %s", name, exc_info=True)
            continue
        if mistake:
            one.result.message += f"\n→ {mistake}"
            one.report.longrepr = one.result.message


def _as_it_is(answer: Any) -> Any:
    return answer


def sorted_items(answer: Any) -> Any:
    """Return an array whose items were asked for in any order, such as ten crops, in an order of its own.

    >>> sorted_items([[3, 4], [1, 2]])
    array([[1, 2],
           [3, 4]])
    """
    import numpy as np

    try:
        array = np.asarray(answer)
    except ValueError:
        return answer
    if array.ndim < 1 or array.dtype.kind not in "biuf":
        return answer
    rows = array.reshape(len(array), -1)
    return array[np.lexsort(rows.T[::-1])] if rows.size else array


def _reference(folder: Any, name: str) -> list[Any]:
    """The right answer, in a list; nothing where the lab has no solution."""
    try:
        return [getattr(solution_of(folder), name)]
    except (AttributeError, OSError):
        return []
