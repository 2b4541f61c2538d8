"""Credit needs positive evidence: each check that was collected must report, and exactly once."""

from __future__ import annotations

from dataclasses import dataclass, field

from ccv.grading.sheet import CheckResult

DID_NOT_REPORT = "a check of this exercise did not report: the grader was stopped while it ran"


@dataclass
class _Check:
    exercise: str
    points: float
    reports: list[CheckResult] = field(default_factory=list)


class Evidence:
    """The checks of one run and what each of them reported."""

    def __init__(self) -> None:
        self._checks: dict[str, _Check] = {}

    def __bool__(self) -> bool:
        return bool(self._checks)

    def expect(self, check: str, exercise: str, points: float) -> None:
        """Note that a check was collected; one that is collected twice is one check."""
        self._checks.setdefault(check, _Check(exercise, points))

    def report(self, check: str, result: CheckResult) -> None:
        """Note what a check reported; reports of checks that nobody expects are worth nothing."""
        if check in self._checks:
            self._checks[check].reports.append(result)

    def results(self) -> list[CheckResult]:
        """One result for each expected check: its worst report, or that there was none."""
        return [_verdict(check) for check in self._checks.values()]


def _verdict(check: _Check) -> CheckResult:
    if not check.reports:
        return CheckResult(check.exercise, check.points, "failed", DID_NOT_REPORT)
    return min(check.reports, key=lambda result: result.status == "passed")
