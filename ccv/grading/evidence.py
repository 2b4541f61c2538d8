"""Credit needs positive evidence: each check that was collected must report, exactly once in each way it is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ccv.grading.sheet import CheckResult
from ccv.grading.ways import Way

DID_NOT_REPORT = "a check of this exercise did not report: the grader was stopped while it ran"
_NOT_EVEN_ASKED = {"error", "missing", "blank"}


@dataclass
class _Check:
    exercise: str
    points: float
    reports: dict[Way, list[CheckResult]] = field(default_factory=dict)

    def verdict(self, way: Way) -> CheckResult:
        """Its worst report, or that there was none."""
        if not self.reports.get(way):
            return CheckResult(self.exercise, self.points, "failed", DID_NOT_REPORT)
        return min(self.reports[way], key=lambda result: result.status == "passed")


class Evidence:
    """The checks of one run and what each of them reported; `way` is how the submission is read at the moment."""

    def __init__(self) -> None:
        self.way = Way.NAMES
        self.helped: dict[str, dict[str, Callable]] = {}  # the lab's own functions that stood in for earlier ones
        self.changed: dict[str, dict[str, None]] = {}  # the parameters whose arguments an exercise changes
        self._checks: dict[str, _Check] = {}
        self._void: dict[tuple[str, Way], tuple[str, str]] = {}

    def __bool__(self) -> bool:
        return bool(self._checks)

    def expect(self, check: str, exercise: str, points: float) -> None:
        """Note that a check was collected; one that is collected twice is one check."""
        self._checks.setdefault(check, _Check(exercise, points))

    def report(self, check: str, result: CheckResult) -> None:
        """Note what a check reported; reports of checks that nobody expects are worth nothing."""
        if check in self._checks:
            self._checks[check].reports.setdefault(self.way, []).append(result)

    def void(self, exercise: str, status: str, message: str) -> None:
        """Let all checks of an exercise count as failed, those that passed before too."""
        self._void[exercise, self.way] = (status, message)

    @property
    def exercises(self) -> list[str]:
        """The exercises of the checks, in order."""
        return list(dict.fromkeys(check.exercise for check in self._checks.values()))

    def results(self) -> list[CheckResult]:
        """One result for each expected check, from the way that earned its exercise the most."""
        best = {name: self.best_way(name) for name in self.exercises}
        return [self._verdict(check, best[check.exercise]) for check in self._checks.values()]

    def by_check(self) -> dict[str, CheckResult]:
        """The same by the names of the checks."""
        return dict(zip(self._checks, self.results(), strict=True))

    def best_way(self, exercise: str) -> Way:
        """The way that earned the most; of equals the first in which the answer could be asked at all."""
        ways = [w for w in Way if any(w in check.reports for check in self._of(exercise))]
        return max(ways or [Way.NAMES], key=lambda way: (self._earned(exercise, way), self._was_asked(exercise, way)))

    def statuses(self, exercise: str) -> set[str]:
        """The statuses of its checks in the best way so far, those that passed left out."""
        results = [self._verdict(check, self.best_way(exercise)) for check in self._of(exercise)]
        return {result.status for result in results} - {"passed"}

    def note(self, exercise: str) -> str:
        """How the points were earned, where the usual way gave less."""
        best = self.best_way(exercise)
        if self._earned(exercise, best) <= self._earned(exercise, Way.NAMES):
            return ""
        return best.value.format(names=", ".join(f"`{name}`" for name in self.helped.get(exercise, ())))

    def lost(self, exercise: str) -> bool:
        """Whether it did not earn everything so far."""
        return bool(self.statuses(exercise))

    def _of(self, exercise: str) -> list[_Check]:
        return [check for check in self._checks.values() if check.exercise == exercise]

    def _verdict(self, check: _Check, way: Way) -> CheckResult:
        if (check.exercise, way) in self._void:
            return CheckResult(check.exercise, check.points, *self._void[check.exercise, way])
        return check.verdict(way)

    def _earned(self, exercise: str, way: Way) -> float:
        results = [self._verdict(check, way) for check in self._of(exercise)]
        return sum(result.points for result in results if result.status == "passed")

    def _was_asked(self, exercise: str, way: Way) -> bool:
        return any(self._verdict(check, way).status not in _NOT_EVEN_ASKED for check in self._of(exercise))
