"""What a check gets to hold: the fixtures of the pytest plugin, and what a run remembers for them."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ccv.grading.evidence import Evidence
from ccv.grading.ways import Way

_DEFAULT_TIMEOUT = 10.0
SUBMISSION = pytest.StashKey[Any]()
SUBMISSION_NAME = pytest.StashKey[str]()
EVIDENCE = pytest.StashKey[Evidence]()
ANSWER = pytest.StashKey[Any]()
STOPPED = pytest.StashKey[dict[str, AssertionError]]()
UNREADABLE = pytest.StashKey[bool]()
WEIGHTS = pytest.StashKey[dict[str, str]]()
EYES = pytest.StashKey[list[str]]()


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
    request.node.stash[ANSWER] = None
    stopped = request.config.stash[STOPPED]
    if name in stopped:
        raise stopped[name].with_traceback(None)
    submission = _submission(request)
    may_not_call = getattr(request.module, "MAY_NOT_CALL", {}).get(name, ())
    timeout = mark_option(request.node, "timeout", _DEFAULT_TIMEOUT)
    way = request.config.stash[EVIDENCE].way
    more: dict[str, Any] = {} if way is Way.NAMES else {"way": way}
    if way is Way.FOLLOW:
        more["helped"] = request.config.stash[EVIDENCE].helped[name]
    value = submission.open(name, timeout, may_not_call, **more)
    request.node.stash[ANSWER] = value
    return value


@pytest.fixture
def solution(request: pytest.FixtureRequest) -> Any:
    """The solved lab: any of its names, loaded when asked for."""
    return solution_of(request.path.parent)


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
def band(request: pytest.FixtureRequest) -> Iterator[Any]:
    """What the reference reached at the training exercise of this check, over many seeds: `bands.json`.

    Afterwards the teacher is told where the answer worked far longer than the reference.
    """
    from ccv.grading.band import Band

    found = Band.of(request.path.parent, str(exercise_of(request.node)), request.config.stash[WEIGHTS])
    yield found
    said = found.judge_work(getattr(request.node.stash.get(ANSWER, None), "processor_seconds", None))
    if said and said not in request.config.stash[EYES]:
        request.config.stash[EYES].append(said)


_solutions: dict[Path, Any] = {}


def solution_of(directory: Path) -> Any:
    """The solved lab in a folder, read again where its source was changed."""
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
        from ccv.grading.handed_in import NotebookSubmission
        from ccv.grading.reading.submission import UnreadableSubmission, read_cells

        directory = request.path.parent
        path = Path(config.getoption("--submission") or directory / f"{directory.name}.ipynb")
        try:
            set_submission(config, NotebookSubmission(read_cells(path)), str(path))
        except UnreadableSubmission as error:
            config.stash[UNREADABLE] = True
            pytest.exit(str(error), returncode=2)
    return config.stash[SUBMISSION]
