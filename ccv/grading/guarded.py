"""Pytest plugin: the checks of `--submission` run in a grader process of ours that may die or fall silent over them.

A model that nobody has counted right, or a crash in a library, then costs one exercise and not the run. Pytest is told
of each check as if it had run here.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from ccv.grading.fixtures import EVIDENCE, SUBMISSION, UNREADABLE, exercise_of, mark_option
from ccv.grading.plugin import SHEET
from ccv.grading.sheet import CheckResult, Sheet


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Have the checks of one lab run in a grader process; anything else is pytest's own."""
    config = session.config
    file = config.getoption("--submission")
    labs = {item.path for item in session.items if exercise_of(item)}
    alone = len(labs) == 1 and all(exercise_of(item) for item in session.items)
    if not file or not alone or SUBMISSION in config.stash or config.getoption("collectonly") or session.testsfailed:
        return None
    sheet = _graded(session, labs.pop().parent, Path(file))
    config.stash[SHEET] = sheet
    for item in session.items:
        _tell(item, _result(item, sheet))
    return True


def _graded(session: pytest.Session, directory: Path, file: Path) -> Sheet:
    from ccv.grading.batch import grade_alone
    from ccv.grading.reading.submission import UnreadableSubmission

    names = list(dict.fromkeys(str(exercise_of(item)) for item in session.items))
    try:
        return grade_alone(directory, file, exercises=names, own_seed=session.config.getoption("--check-seed"))
    except (UnreadableSubmission, FileNotFoundError) as error:
        session.config.stash[UNREADABLE] = True
        pytest.exit(str(error), returncode=2)


def _result(item: pytest.Item, sheet: Sheet) -> CheckResult:
    """What the grader said of a check, or, where it came to no end, of its exercise."""
    known = sheet.checks.get(item.nodeid.partition("::")[2])
    if known is not None:
        return known
    name, points = str(exercise_of(item)), float(mark_option(item, "points", 1))
    score = next(e for e in sheet.exercises if e.name == name)
    return CheckResult(name, points, score.status, score.message, score.picture)


def _tell(item: pytest.Item, result: CheckResult) -> None:
    item.config.stash[EVIDENCE].report(item.nodeid, result)
    passed = result.status == "passed"
    report = pytest.TestReport(
        item.nodeid,
        item.location,
        dict.fromkeys(item.keywords, 1),
        "passed" if passed else "failed",
        None if passed else result.message,
        "call",
    )
    hook = item.ihook
    hook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    hook.pytest_runtest_logreport(report=report)
    hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
