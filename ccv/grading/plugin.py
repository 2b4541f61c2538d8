"""The pytest plugin: checks of exercises, points, and the score sheet.

A check is an ordinary test with a mark and plain asserts::

    @pytest.mark.exercise("output_size", points=2)
    def test_output_size(answer):
        assert answer(227, 11, stride=4) == 55, "227 pixels, an 11x11 kernel and stride 4: slide 82 of AlexNet"

`answer` is the student's function or value, `reference` the lab's own solution of the same exercise, `solution`
the whole solved lab, `rng` a NumPy generator that is seeded by `--check-seed` and the test's name, and `band` what
the reference reached in training (see `ccv.grading.band`).
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from ccv.grading.evidence import Evidence
from ccv.grading.fixtures import (  # noqa: F401  fixtures become the plugin's by being here
    ANSWER,
    STOPPED,
    SUBMISSION,
    SUBMISSION_NAME,
    UNREADABLE,
    WEIGHTS,
    answer,
    band,
    exercise_of,
    mark_option,
    reference,
    rng,
    set_submission,
    solution,
)
from ccv.grading.sheet import CheckResult, Sheet

_EVIDENCE = pytest.StashKey[Evidence]()
_DIAGNOSES = pytest.StashKey[dict[str, Any]]()
SHEET = pytest.StashKey[Sheet]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the score sheet."""
    group = parser.getgroup("ccv", "exercises of a ccv lab")
    group.addoption("--submission", metavar="FILE", help="notebook (.ipynb) or script (.py) to check")
    group.addoption("--score-json", metavar="FILE", help="write the score sheet as JSON")
    group.addoption("--exercise", metavar="NAME", action="append", help="check only this exercise (repeatable)")
    group.addoption("--check-seed", metavar="N", type=int, default=0, help="seed of the random inputs (0)")


def pytest_configure(config: pytest.Config) -> None:
    """Declare the mark."""
    config.addinivalue_line(
        "markers", "exercise(name, points=1, timeout=10): the test checks an exercise of a lab (plugin ccv)"
    )
    config.stash[_EVIDENCE] = Evidence()
    config.stash[STOPPED] = {}
    config.stash[_DIAGNOSES] = {}
    config.stash[WEIGHTS] = {}
    config.stash[UNREADABLE] = False


# ------------------------------------------------------------------------------------------------------- collection


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the chosen exercises; refuse a check that never looks at the answer."""
    chosen = config.getoption("--exercise")
    for item in items:
        mark = item.get_closest_marker("exercise")
        if mark and not (mark.args and isinstance(mark.args[0], str)):
            raise pytest.UsageError(f"{item.nodeid}: write @pytest.mark.exercise('name', points=...)")
        if mark and "answer" not in getattr(item, "fixturenames", ()):
            raise pytest.UsageError(f"{item.nodeid}: a check of an exercise must use the fixture `answer`")
    kept = [i for i in items if (not chosen or exercise_of(i) in chosen) and _wanted(i)]
    if len(kept) < len(items):
        config.hook.pytest_deselected(items=[i for i in items if i not in kept])
        items[:] = kept


def pytest_collection_finish(session: pytest.Session) -> None:
    """Note which checks must report; each one that does not is worth nothing."""
    for item in session.items:
        name = exercise_of(item)
        if name is not None:
            session.config.stash[_EVIDENCE].expect(item.nodeid, name, float(mark_option(item, "points", 1)))


def _wanted(item: pytest.Item) -> bool:
    """While bands are measured, only the checks that have one are run."""
    if exercise_of(item) is None:
        return True  # and any other pytest run imports nothing more
    from ccv.grading.band import is_measuring

    return not is_measuring() or "band" in getattr(item, "fixturenames", ())


# ----------------------------------------------------------------------------------------------------------- scores


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a check's outcome into points, and its traceback into one kind sentence."""
    report = yield
    name = exercise_of(item)
    if name is None or (report.when != "call" and report.passed):
        return report
    points = float(mark_option(item, "points", 1))
    result = CheckResult(name, points, "passed")
    if not report.passed:
        status, message = _explain(item, call)
        picture = getattr(call.excinfo.value, "picture", None) if call.excinfo else None
        result = CheckResult(name, points, status, message, picture)
        report.longrepr = message
    item.config.stash[_EVIDENCE].report(item.nodeid, result)
    return report


def _explain(item: pytest.Item, call: pytest.CallInfo) -> tuple[str, str]:
    from ccv.grading.explain import explain
    from ccv.grading.failures import TooSlow

    error = call.excinfo.value if call.excinfo else None
    name = str(exercise_of(item))
    if isinstance(error, TooSlow):
        item.config.stash[STOPPED][name] = error
    calls = getattr(item.stash.get(ANSWER, None), "calls", [])
    status, message, was_wrong = explain(error, name, calls)
    mistake = _diagnose(item, name) if was_wrong else None
    return status, f"{message}\n→ {mistake}" if mistake else message


def _diagnose(item: pytest.Item, name: str) -> str | None:
    if "band" in getattr(item, "fixturenames", ()):
        return None  # it would train once for each mutant: such a check names the mistakes by what it sees
    from ccv.grading.diagnosis import Diagnosis
    from ccv.grading.mutants import load_mutants

    diagnoses = item.config.stash[_DIAGNOSES]
    if name not in diagnoses:
        known = load_mutants(item.path.parent / "mutants.py").values()
        diagnoses[name] = Diagnosis([m for m in known if m.exercise == name])
    value = item.stash.get(ANSWER, None)
    calls = getattr(value, "calls", None)
    return diagnoses[name].name(calls or [], None if calls is not None else value)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Close the submission, make the sheet, write it where `--score-json` says."""
    config = session.config
    if SUBMISSION in config.stash:
        config.stash[SUBMISSION].close()
    evidence = config.stash[_EVIDENCE]
    if not evidence or config.stash[UNREADABLE] or config.getoption("collectonly", False):
        return
    labs = {i.path.parent.name: None for i in session.items if exercise_of(i)}
    config.stash[SHEET] = Sheet.of(
        "+".join(labs),
        evidence.results(),
        weights=config.stash[WEIGHTS],
        submission=config.stash.get(SUBMISSION_NAME, ""),
        seed=config.getoption("--check-seed"),
    )
    target = config.getoption("--score-json")
    if target:
        config.stash[SHEET].write(target)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print the score table."""
    if SHEET not in config.stash:
        return
    from rich.console import Console

    terminalreporter.write_line("")
    Console(file=terminalreporter._tw._file).print(config.stash[SHEET].table())
