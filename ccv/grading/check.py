"""Runs a lab's checks: on a file handed in, or on the live answers of an open notebook."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ccv.grading import entry, plugin
from ccv.grading.answers import DEFAULT_TIMEOUT, Submission
from ccv.grading.border.conversation import NotStarted
from ccv.grading.clock import LIMIT_SECONDS, Clock
from ccv.grading.handed_in import NotebookSubmission
from ccv.grading.live import LiveSubmission
from ccv.grading.reading.evasions import evasions
from ccv.grading.reading.submission import handed_out_cells, read_cells
from ccv.grading.sheet import Sheet

# The checks run in this process, so pytest is kept from looking anywhere but at the lab: no conftest, no ini file, no
# plugins of others, no capturing (a kernel has no real stdout), no collecting of garbage between tests. Each plugin of
# pytest's own that no check needs costs time in every submission.
_ALONE = ["--noconftest", "--import-mode=importlib", "--capture=no", "--override-ini=addopts="]
_OURS = r"solution$|\S+\.mutants$|(\S+\.)?test_\d\d_"  # modules of what an answer is compared with
_JUDGED = (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
_WITHOUT = (
    *("terminal", "cacheprovider", "faulthandler", "logging", "debugging", "unraisableexception", "threadexception"),
    *("doctest", "junitxml", "pastebin", "setuponly", "setupplan", "stepwise", "legacypath", "subtests"),
)


def grade(
    directory: Path,
    submission: str | Path,
    *,
    exercises: list[str] | None = None,
    seed: int = 0,
    memory_bytes: int | None = None,
    timeout: float | None = None,
    limit: float = LIMIT_SECONDS,
) -> Sheet:
    """Check a file against the lab in `directory` and return the score sheet.

    The file's code runs in processes of its own, but the checks, and the models rebuilt from what it returns, run in
    this one: for files of people whom you do not trust use `ccv.grading.batch.grade_alone`, as `ccv grade` does.

    Args:
        directory: the lab.
        submission: a notebook or script.
        exercises: only these, or all.
        seed: of the random inputs.
        memory_bytes: for a student's process; None: the default.
        timeout: most seconds for a question to an answer; the checks' own limits count too.
        limit: most seconds for all exercises together.

    Raises:
        UnreadableSubmission: the file is no notebook or script.
        LookupError: the lab has no such exercise.
        RuntimeError: the lab's own checks do not load, or no process starts for the answers.
    """
    cells = read_cells(submission)
    answers = notebook_submission(cells, seed=seed, memory_bytes=memory_bytes, timeout=timeout, clock=Clock(limit))
    sheet = run_checks(directory, answers, str(submission), exercises, seed)
    sheet.eyes += evasions(cells, handed_out_cells(directory / f"{directory.name}.ipynb"))
    return sheet


def notebook_submission(cells: list[str], **options: Any) -> NotebookSubmission:
    """Answers of a notebook's cells; options that are None stay at their defaults."""
    return NotebookSubmission(cells, **{k: v for k, v in options.items() if v is not None})


def exercises_of(directory: Path) -> dict[str, float]:
    """The points of each exercise, in the order of the checks, without grading anything.

    Raises:
        LookupError: the lab has no exercise.
        RuntimeError: the lab's own checks do not load.
    """
    collected = _Collected()
    _pytest(directory, [collected, "--collect-only"], None, 0)
    if not collected.points:
        raise LookupError(f"{directory.name} has no exercise: mark its checks with @pytest.mark.exercise")
    return collected.points


def check_live(directory: Path, namespace: dict[str, Any], exercises: list[str] | None, seed: int = 0) -> Sheet:
    """Check the live answers of a notebook whose globals are `namespace`."""
    return run_checks(directory, LiveSubmission(namespace), "this notebook", exercises, seed)


def run_checks(
    directory: Path,
    submission: Submission,
    name: str,
    exercises: list[str] | None,
    seed: int,
    watch: Callable[[str, float], None] | None = None,
) -> Sheet:
    """Run the checks of a lab on the answers of `submission` and return the score sheet; see `grade`.

    Args:
        directory: the lab.
        submission: where the answers come from; it is closed in the end.
        name: how the sheet calls it.
        exercises: only these, or all.
        seed: of the random inputs.
        watch: called before each check with its exercise and its time limit in seconds.

    Raises:
        NotStarted: no process could be started for an answer, which must not cost the student anything.
    """
    run = _Run(submission, name, watch)
    with warnings.catch_warnings():
        # A warning comes with a line of the code that caused it: of what the answer is compared with, none is shown.
        warnings.filterwarnings("ignore", module=_OURS)
        code = _pytest(directory, [run, *(f"--exercise={e}" for e in exercises or [])], submission, seed)
    if code == pytest.ExitCode.INTERRUPTED:
        raise KeyboardInterrupt
    if run.not_started is not None:
        raise run.not_started
    if run.sheet is None:
        raise LookupError(f"{directory.name} has no exercise called {' or '.join(exercises or ['anything'])}")
    if code not in _JUDGED:
        raise RuntimeError(f"the checks of {directory.name} did not come to their end: {code!r}")
    return run.sheet


class _Problems:
    """A pytest plugin that keeps what went wrong while the checks were collected."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.problems.append(str(report.longrepr))


class _Collected:
    """A pytest plugin that adds up the points of each exercise."""

    def __init__(self) -> None:
        self.points: dict[str, float] = {}

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        for item in session.items:
            mark = item.get_closest_marker("exercise")
            if mark:
                name = mark.args[0]
                self.points[name] = self.points.get(name, 0) + mark.kwargs.get("points", 1)


class _Run:
    """A pytest plugin that brings the submission and takes the sheet away."""

    def __init__(self, submission: Submission, name: str, watch: Callable[[str, float], None] | None):
        self._submission, self._name, self._watch = submission, name, watch
        self.sheet: Sheet | None = None
        self.not_started: NotStarted | None = None

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        plugin.set_submission(config, self._submission, self._name)
        # Nobody sees the tracebacks; with source lines they would cost more than the checks.
        config.option.tbstyle = "native"

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> None:
        mark = item.get_closest_marker("exercise")
        if mark and self._watch:
            self._watch(mark.args[0], float(mark.kwargs.get("timeout", DEFAULT_TIMEOUT)))

    def pytest_exception_interact(self, node: pytest.Item, call: pytest.CallInfo) -> None:
        error = call.excinfo.value if call.excinfo else None
        if isinstance(error, NotStarted):
            self.not_started = error

    def pytest_unconfigure(self, config: pytest.Config) -> None:
        self.sheet = config.stash.get(plugin.SHEET, None)


def _pytest(directory: Path, extras: list[Any], submission: Submission | None, seed: int) -> int:
    """Run pytest on the lab's checks; `extras` are plugins, and options as strings."""
    checks = directory / f"test_{directory.name}.py"
    arguments = [str(checks), *_ALONE, f"--rootdir={directory}", f"--check-seed={seed}", "-c", os.devnull]
    arguments += [f"-pno:{p}" for p in _WITHOUT] + [e for e in extras if isinstance(e, str)]
    problems = _Problems()
    plugins = [problems, entry, *(e for e in extras if not isinstance(e, str))]
    _forget_namesake(checks)
    try:
        with _no_foreign_plugins():
            code = pytest.main(arguments, plugins=plugins)
    finally:
        if submission is not None:
            submission.close()
    if problems.problems or code in (pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.INTERNAL_ERROR):
        why = problems.problems[0] if problems.problems else str(code)
        raise RuntimeError(f"the checks of {directory.name} do not load: {why}")
    return code


def _forget_namesake(checks: Path) -> None:
    """Drop checks of the same name from another folder, which Python would take for these."""
    loaded = sys.modules.get(checks.stem)
    if loaded is not None and Path(loaded.__file__ or "") != checks:
        del sys.modules[checks.stem]


@contextmanager
def _no_foreign_plugins() -> Any:
    """Plugins of others, and options from the environment, have no say in a grade."""
    names = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": None, "PYTEST_PLUGINS": None}
    before = {name: os.environ.get(name) for name in [*names, "PYTEST_CURRENT_TEST", "PYTEST_VERSION"]}
    try:
        for name, value in names.items():
            _set(name, value)
        yield
    finally:
        for name, value in before.items():
            _set(name, value)


def _set(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value
