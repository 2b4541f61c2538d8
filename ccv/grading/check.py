"""Runs a lab's checks: on a file handed in, or on the live answers of an open notebook."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ccv.grading import plugin
from ccv.grading.answers import LiveSubmission, NotebookSubmission, Submission
from ccv.grading.sheet import Sheet
from ccv.grading.submission import read_cells

# The checks run in this process, so pytest is kept from looking anywhere but at the lab: no conftest, no ini file, no
# plugins of others, no capturing (a kernel has no real stdout), no collecting of garbage between tests.
_ALONE = ["--noconftest", "--import-mode=importlib", "--capture=no", "--override-ini=addopts="]
_WITHOUT = [
    "terminal",
    "cacheprovider",
    "faulthandler",
    "logging",
    "debugging",
    "unraisableexception",
    "threadexception",
]


def grade(directory: Path, submission: str | Path, *, exercises: list[str] | None = None, seed: int = 0) -> Sheet:
    """Check a file against the lab in `directory` and return the score sheet.

    Raises:
        UnreadableSubmission: the file is no notebook or script.
        LookupError: the lab has no such exercise.
    """
    cells = read_cells(submission)
    return _run(directory, NotebookSubmission(cells), str(submission), exercises, seed)


def check_live(directory: Path, namespace: dict[str, Any], exercises: list[str] | None, seed: int = 0) -> Sheet:
    """Check the live answers of a notebook whose globals are `namespace`."""
    return _run(directory, LiveSubmission(namespace), "this notebook", exercises, seed)


class _Run:
    """A pytest plugin that brings the submission and takes the sheet away."""

    def __init__(self, submission: Submission, name: str):
        self._submission, self._name = submission, name
        self.sheet: Sheet | None = None
        self.problems: list[str] = []

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        plugin.set_submission(config, self._submission, self._name)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.problems.append(str(report.longrepr))

    def pytest_unconfigure(self, config: pytest.Config) -> None:
        self.sheet = config.stash.get(plugin.SHEET, None)


def _run(directory: Path, submission: Submission, name: str, exercises: list[str] | None, seed: int) -> Sheet:
    checks = directory / f"test_{directory.name}.py"
    arguments = [str(checks), *_ALONE, f"--rootdir={directory}", f"--check-seed={seed}", "-c", os.devnull]
    arguments += [f"-pno:{p}" for p in _WITHOUT] + [f"--exercise={e}" for e in exercises or []]
    _forget_namesake(checks)
    run = _Run(submission, name)
    with _no_foreign_plugins():
        code = pytest.main([*arguments, "-p", "ccv.grading.plugin"], plugins=[run])
    if run.problems or code in (pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.INTERNAL_ERROR):
        why = run.problems[0] if run.problems else str(code)
        raise RuntimeError(f"the checks of {directory.name} do not load: {why}")
    if run.sheet is None:
        raise LookupError(f"{directory.name} has no exercise called {' or '.join(exercises or ['anything'])}")
    return run.sheet


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
