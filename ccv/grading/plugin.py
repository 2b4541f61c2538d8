"""The pytest plugin: checks of exercises, points, and the score sheet.

A check is an ordinary test with a mark and plain asserts::

    @pytest.mark.exercise("output_size", points=2)
    def test_output_size(answer):
        assert answer(227, 11, stride=4) == 55, "227 pixels, an 11x11 kernel and stride 4: slide 82 of AlexNet"

`answer` is the student's function or value, `reference` the lab's own solution of the same exercise, `solution`
the whole solved lab, and `rng` a NumPy generator that is seeded by `--check-seed` and the test's name.
"""

from __future__ import annotations

import zlib
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from ccv.grading.sheet import CheckResult, Sheet

_DEFAULT_TIMEOUT = 10.0
_RESULTS = pytest.StashKey[list[CheckResult]]()
_SUBMISSION = pytest.StashKey[Any]()
_SUBMISSION_NAME = pytest.StashKey[str]()
_ANSWER = pytest.StashKey[Any]()
_STOPPED = pytest.StashKey[dict[str, str]]()
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
    config.stash[_RESULTS] = []
    config.stash[_STOPPED] = {}


def set_submission(config: pytest.Config, submission: Any, name: str) -> None:
    """Let the checks of this run ask `submission` (see `ccv.grading.answers`) instead of `--submission`."""
    config.stash[_SUBMISSION] = submission
    config.stash[_SUBMISSION_NAME] = name


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
    if chosen:
        kept = [i for i in items if _exercise(i) in chosen]
        config.hook.pytest_deselected(items=[i for i in items if i not in kept])
        items[:] = kept


def _exercise(item: pytest.Item) -> str | None:
    mark = item.get_closest_marker("exercise")
    return mark.args[0] if mark else None


def _mark_option(item: Any, key: str, default: Any) -> Any:
    mark = item.get_closest_marker("exercise")
    return mark.kwargs.get(key, default) if mark else default


# --------------------------------------------------------------------------------------------------------- fixtures


@pytest.fixture
def answer(request: pytest.FixtureRequest) -> Any:
    """The student's answer to the exercise of this check: a function, or a value where it is data."""
    name = _exercise(request.node)
    if name is None:
        raise pytest.UsageError(f"{request.node.nodeid}: `answer` needs @pytest.mark.exercise(...)")
    stopped = request.config.stash[_STOPPED]
    if name in stopped:
        pytest.fail(stopped[name])
    submission = _submission(request)
    value = submission.open(name, _mark_option(request.node, "timeout", _DEFAULT_TIMEOUT))
    request.node.stash[_ANSWER] = value
    return value


@pytest.fixture
def solution(request: pytest.FixtureRequest) -> Any:
    """The solved lab: any of its names, loaded when asked for."""
    return _solution(request.path.parent)


@pytest.fixture
def reference(request: pytest.FixtureRequest, solution: Any) -> Any:
    """The lab's own answer to the exercise of this check."""
    return getattr(solution, str(_exercise(request.node)))


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> Any:
    """A NumPy random generator, seeded by `--check-seed` and the name of the test."""
    import numpy as np

    return np.random.default_rng([request.config.getoption("--check-seed"), zlib.crc32(request.node.name.encode())])


_solutions: dict[Path, Any] = {}


def _solution(directory: Path) -> Any:
    from ccv.grading.solution import Solution

    source = directory / f"{directory.name}.py"
    changed = source.stat().st_mtime_ns if source.is_file() else 0
    kept = _solutions.get(directory)
    if kept is None or kept[0] != changed:
        kept = _solutions[directory] = (changed, Solution(directory))
    return kept[1]


def _submission(request: pytest.FixtureRequest) -> Any:
    config = request.config
    if _SUBMISSION not in config.stash:
        from ccv.grading.answers import NotebookSubmission
        from ccv.grading.submission import UnreadableSubmission, read_cells

        directory = request.path.parent
        path = Path(config.getoption("--submission") or directory / f"{directory.name}.ipynb")
        try:
            set_submission(config, NotebookSubmission(read_cells(path)), str(path))
        except UnreadableSubmission as error:
            pytest.exit(str(error), returncode=2)
    return config.stash[_SUBMISSION]


# ----------------------------------------------------------------------------------------------------------- scores


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a check's outcome into points, and its traceback into one kind sentence."""
    report = yield
    name = _exercise(item)
    if name is None or report.when == "teardown" or (report.when == "setup" and report.passed):
        return report
    points = float(_mark_option(item, "points", 1))
    if report.passed:
        item.config.stash[_RESULTS].append(CheckResult(name, points, "passed"))
        return report
    status, message = _explain(item, call)
    report.longrepr = message
    item.config.stash[_RESULTS].append(CheckResult(name, points, status, message))
    return report


def _explain(item: pytest.Item, call: pytest.CallInfo) -> tuple[str, str]:
    from ccv.grading.failures import TooSlow, Unanswered

    error = call.excinfo.value if call.excinfo else None
    name = str(_exercise(item))
    if isinstance(error, TooSlow):
        item.config.stash[_STOPPED][name] = str(error)
    if isinstance(error, Unanswered):
        return error.status, str(error)
    if isinstance(error, AssertionError | pytest.fail.Exception):
        message = _what_was_asserted(error, item)
        mistake = _diagnose(item, name)
        return "failed", f"{message}\n→ {mistake}" if mistake else message
    return "failed", f"your answer could not be used: {type(error).__name__}: {str(error)[:200]}"


def _what_was_asserted(error: BaseException, item: pytest.Item) -> str:
    """The message of the assert; pytest's own explanation would show the expected value."""
    first = str(error).split("\nassert ")[0].strip()
    if first and not first.startswith("assert "):
        return first
    calls = getattr(item.stash.get(_ANSWER, None), "calls", [])
    return (
        f"`{_exercise(item)}` gives {_short(calls[-1].result)} here, which is not right" if calls else "not right yet"
    )


def _short(value: Any) -> str:
    import numpy as np

    if isinstance(value, np.ndarray) and value.size > 12:
        return f"an array of shape {value.shape}"
    text = " ".join(str(value).split())
    return text if len(text) <= 80 else text[:77] + "..."


def _diagnose(item: pytest.Item, name: str) -> str | None:
    from ccv.grading.mutants import diagnose, load_mutants

    mutants = [m for m in load_mutants(item.path.parent / "mutants.py").values() if m.exercise == name]
    value = item.stash.get(_ANSWER, None)
    calls = getattr(value, "calls", None)
    return diagnose(mutants, calls or [], None if calls is not None else value)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Close the submission, make the sheet, write it where `--score-json` says."""
    config = session.config
    if _SUBMISSION in config.stash:
        config.stash[_SUBMISSION].close()
    results = config.stash[_RESULTS]
    if not results:
        return
    labs = {i.path.parent.name: None for i in session.items if _exercise(i)}
    config.stash[SHEET] = Sheet.of(
        "+".join(labs),
        results,
        submission=config.stash.get(_SUBMISSION_NAME, ""),
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
