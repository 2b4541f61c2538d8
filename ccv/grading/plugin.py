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
    EVIDENCE,
    EYES,
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
    solution_of,
)
from ccv.grading.mistakes.naming import Naming, calls_of
from ccv.grading.rounds import Rounds
from ccv.grading.sheet import CheckResult, Sheet

_NAMING = pytest.StashKey[Naming]()
_ROUNDS = pytest.StashKey[Rounds]()
SHEET = pytest.StashKey[Sheet]()


def pytest_configure(config: pytest.Config) -> None:
    """Begin with no evidence; the mark and the options are those of `ccv.grading.entry`."""
    config.stash[EVIDENCE] = Evidence()
    config.stash[_ROUNDS] = Rounds(config.stash[EVIDENCE])
    config.stash[STOPPED] = {}
    config.stash[_NAMING] = Naming()
    config.stash[WEIGHTS] = {}
    config.stash[EYES] = []
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
    config.stash[_ROUNDS].known = list(dict.fromkeys(filter(None, map(exercise_of, items))))
    kept = [i for i in items if (not chosen or exercise_of(i) in chosen) and _wanted(i)]
    if len(kept) < len(items):
        config.hook.pytest_deselected(items=[i for i in items if i not in kept])
        items[:] = kept


def pytest_collection_finish(session: pytest.Session) -> None:
    """Note which checks must report; each one that does not is worth nothing."""
    for item in session.items:
        name = exercise_of(item)
        if name is not None:
            session.config.stash[EVIDENCE].expect(item.nodeid, name, float(mark_option(item, "points", 1)))


def _wanted(item: pytest.Item) -> bool:
    """While bands are measured, only the checks that have one are run."""
    if exercise_of(item) is None:
        return True  # and any other pytest run imports nothing more
    from ccv.grading.band import is_measuring

    return not is_measuring() or "band" in getattr(item, "fixturenames", ())


# ----------------------------------------------------------------------------------------------------------- rounds


def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Run a check; it may be asked again, so pytest hears of it later."""
    if exercise_of(item) is None:
        return None
    item.config.stash[_ROUNDS].run(item, nextitem)
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """Ask again what did not earn everything; then name the mistakes, and tell pytest."""
    result = yield
    stash = session.config.stash
    try:
        stash[_ROUNDS].ask_again(session)
        stash[_NAMING].name_all(stash[EVIDENCE].best_way)
    finally:
        stash[_ROUNDS].tell()
    return result


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
    evidence, naming = item.config.stash[EVIDENCE], item.config.stash[_NAMING]
    result = CheckResult(name, points, "passed")
    if not report.passed:
        status, message, was_wrong = _explain(item, call)
        if status == "forbidden":
            evidence.void(name, status, message)
        picture = getattr(call.excinfo.value, "picture", None) if call.excinfo else None
        result = CheckResult(name, points, status, message, picture)
        report.longrepr = message
        if was_wrong:
            naming.keep(item, evidence.way, result, report)
    if report.when == "call":
        naming.see(item, evidence.way)
        evidence.changed.setdefault(name, {}).update(getattr(item.stash.get(ANSWER, None), "changed", {}))
    evidence.report(item.nodeid, result)
    return report


def _explain(item: pytest.Item, call: pytest.CallInfo) -> tuple[str, str, bool]:
    from ccv.grading.explain import explain
    from ccv.grading.failures import Forbidden, TooSlow

    error = call.excinfo.value if call.excinfo else None
    name = str(exercise_of(item))
    if isinstance(error, TooSlow | Forbidden):
        item.config.stash[STOPPED][name] = error
    return explain(error, name, calls_of(item))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Close the submission, make the sheet, write it where `--score-json` says."""
    config = session.config
    if SUBMISSION in config.stash:
        config.stash[SUBMISSION].close()
    evidence = config.stash[EVIDENCE]
    if not evidence or config.stash[UNREADABLE] or config.getoption("collectonly", False):
        return
    if SHEET not in config.stash:  # else a grader process made it
        config.stash[SHEET] = _sheet(session, evidence)
    target = config.getoption("--score-json")
    if target:
        config.stash[SHEET].write(target)


def _sheet(session: pytest.Session, evidence: Evidence) -> Sheet:
    config = session.config
    labs = {i.path.parent.name: None for i in session.items if exercise_of(i)}
    sheet = Sheet.of(
        "+".join(labs),
        evidence.results(),
        {name: note for name in evidence.exercises if (note := _note(config, name))},
        weights=config.stash[WEIGHTS],
        eyes=config.stash[EYES],
        submission=config.stash.get(SUBMISSION_NAME, ""),
        seed=config.getoption("--check-seed"),
    )
    sheet.checks = {node.partition("::")[2]: result for node, result in evidence.by_check().items()}
    return sheet


def _note(config: pytest.Config, name: str) -> str:
    """How an exercise was read where that is not the usual way, and what else is to be said, whatever it earned."""
    from ccv.grading.changed import remark

    slip, evidence = getattr(config.stash.get(SUBMISSION, None), "slip", None), config.stash[EVIDENCE]
    about_arguments = remark(name, [*evidence.changed.get(name, ())])
    return "; ".join(filter(None, [evidence.note(name), slip(name) if slip else "", about_arguments]))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print the score table."""
    if SHEET not in config.stash:
        return
    from rich.console import Console

    terminalreporter.write_line("")
    Console(file=terminalreporter._tw._file).print(config.stash[SHEET].table())
