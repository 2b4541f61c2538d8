"""Asks an exercise that did not earn everything once more, in the other ways to read a submission.

The first round is pytest's own. What is asked again afterwards is told to pytest only when it is done: each check once,
as it went in the way that earned its exercise the most.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from ccv.grading import failures
from ccv.grading.evidence import Evidence
from ccv.grading.fixtures import STOPPED, SUBMISSION, exercise_of, solution_of
from ccv.grading.ways import Way

_NOTHING_TO_FOLLOW = {"timeout", "crashed", "forbidden"}


class Rounds:
    """The rounds of one pytest run; `evidence` knows in which way the checks are being asked."""

    def __init__(self, evidence: Evidence):
        self._evidence = evidence
        self.known: list[str] = []  # all exercises of the lab, in order
        self._waiting: dict[pytest.Item, dict[Way, list[pytest.TestReport]]] = {}

    def run(self, item: pytest.Item, nextitem: pytest.Item | None) -> None:
        """Run one check; tell pytest at once if it passes in the first round."""
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
        if self._evidence.way is Way.NAMES and all(r.passed for r in reports):
            _tell(item, reports)
        else:
            self._waiting.setdefault(item, {})[self._evidence.way] = reports

    def ask_again(self, session: pytest.Session) -> None:
        """Run the further rounds."""
        self._run_in_order(session)
        self._follow_through(session)

    def tell(self) -> None:
        """Tell pytest about the checks that waited for the further rounds."""
        for item, reports in self._waiting.items():
            if Way.NAMES in reports:  # else it passed in the first round, and pytest knows
                best = self._evidence.best_way(str(exercise_of(item)))
                _tell(item, reports.get(best, reports[Way.NAMES]))
        self._waiting.clear()

    def _run_in_order(self, session: pytest.Session) -> None:
        submission: Any = session.config.stash.get(SUBMISSION, None)
        if not hasattr(submission, "run_in_order"):
            return
        lost = [n for n in self._names() if submission.may_differ(n, self._evidence.statuses(n))]
        if not lost:
            return
        try:
            submission.run_in_order(lost)
        except failures.Unanswered:  # no time is left, or its cells cannot be read: what the first round found stands
            return
        for name in lost:
            self._ask_once_more(session, name, Way.ORDER)
            if self._evidence.lost(name) and submission.has_later(name):
                self._ask_once_more(session, name, Way.LATER)

    def _follow_through(self, session: pytest.Session) -> None:
        """Ask exercises that use earlier ones with the lab's own in their place, whatever those earned themselves."""
        submission: Any = session.config.stash.get(SUBMISSION, None)
        if not hasattr(submission, "uses"):
            return
        for name in self._names():
            statuses = self._evidence.statuses(name)
            if not statuses or statuses & _NOTHING_TO_FOLLOW:
                continue
            earlier = self.known[: self.known.index(name)]
            used = submission.uses(name)
            helped = _lab_functions(session, name, [e for e in earlier if e in used])
            if helped:
                self._evidence.helped[name] = helped
                self._ask_once_more(session, name, Way.FOLLOW)

    def _names(self) -> Iterable[str]:
        return dict.fromkeys(str(exercise_of(item)) for item in self._waiting)

    def _ask_once_more(self, session: pytest.Session, name: str, way: Way) -> None:
        items = [item for item in session.items if exercise_of(item) == name]
        session.config.stash[STOPPED].clear()
        self._evidence.way = way
        try:
            for item, following in zip(items, [*items[1:], None], strict=True):
                item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
        finally:
            self._evidence.way = Way.NAMES


def _lab_functions(session: pytest.Session, exercise: str, names: list[str]) -> dict[str, Callable]:
    item = next(item for item in session.items if exercise_of(item) == exercise)
    lab = solution_of(item.path.parent) if names else None
    return {name: function for name in names if callable(function := getattr(lab, name))}


def _tell(item: pytest.Item, reports: list[pytest.TestReport]) -> None:
    hook: Any = item.ihook
    hook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for report in reports:
        hook.pytest_runtest_logreport(report=report)
    hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
