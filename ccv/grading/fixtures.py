"""What a check gets to hold: the fixtures of the pytest plugin, and what a run remembers for them."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import pytest

_DEFAULT_TIMEOUT = 10.0
SUBMISSION = pytest.StashKey[Any]()
SUBMISSION_NAME = pytest.StashKey[str]()
ANSWER = pytest.StashKey[Any]()
STOPPED = pytest.StashKey[dict[str, AssertionError]]()
UNREADABLE = pytest.StashKey[bool]()
WEIGHTS = pytest.StashKey[dict[str, str]]()


def set_submission(config: pytest.Config, submission: Any, name: str) -> None:
    """Let the checks of this run ask `submission` (see `ccv.grading.answers`) instead of `--submission`."""
    config.stash[SUBMISSION] = submission
    config.stash[SUBMISSION_NAME] = name


def exercise_of(item: pytest.Item) -> str | None:
    """The exercise that a test checks, None for any other test."""
    mark = item.get_closest_marker("exercise")
    return mark.args[0] if mark else None


def mark_option(item: Any, key: str, default: Any) -> Any:
    """An option of the mark of a check: `points` or `timeout`."""
    mark = item.get_closest_marker("exercise")
    return mark.kwargs.get(key, default) if mark else default


@pytest.fixture
def answer(request: pytest.FixtureRequest) -> Any:
    """The student's answer to the exercise of this check: a function, or a value where it is data."""
    name = exercise_of(request.node)
    if name is None:
        raise pytest.UsageError(f"{request.node.nodeid}: `answer` needs @pytest.mark.exercise(...)")
    stopped = request.config.stash[STOPPED]
    if name in stopped:
        raise stopped[name].with_traceback(None)
    submission = _submission(request)
    value = submission.open(name, mark_option(request.node, "timeout", _DEFAULT_TIMEOUT))
    request.node.stash[ANSWER] = value
    return value


@pytest.fixture
def solution(request: pytest.FixtureRequest) -> Any:
    """The solved lab: any of its names, loaded when asked for."""
    return _solution(request.path.parent)


@pytest.fixture
def reference(request: pytest.FixtureRequest, solution: Any) -> Any:
    """The lab's own answer to the exercise of this check."""
    return getattr(solution, str(exercise_of(request.node)))


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> Any:
    """A NumPy random generator, seeded by `--check-seed` and the name of the test."""
    import numpy as np

    return np.random.default_rng([request.config.getoption("--check-seed"), zlib.crc32(request.node.name.encode())])


@pytest.fixture
def band(request: pytest.FixtureRequest) -> Any:
    """What the reference reached at the training exercise of this check, over many seeds: `bands.json`."""
    from ccv.grading.band import Band

    name = str(exercise_of(request.node))
    return Band.of(request.path.parent, name, request.config.stash[WEIGHTS])


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
    if SUBMISSION not in config.stash:
        from ccv.grading.answers import NotebookSubmission
        from ccv.grading.submission import UnreadableSubmission, read_cells

        directory = request.path.parent
        path = Path(config.getoption("--submission") or directory / f"{directory.name}.ipynb")
        try:
            set_submission(config, NotebookSubmission(read_cells(path)), str(path))
        except UnreadableSubmission as error:
            config.stash[UNREADABLE] = True
            pytest.exit(str(error), returncode=2)
    return config.stash[SUBMISSION]
