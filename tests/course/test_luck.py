"""No luck: the same wrong answer earns the same points whatever inputs are drawn.

The checks are called as plain functions, on live answers, since 200 whole runs of each mutant would take hours. A
check that draws nothing is called once. A check with a time limit of its own builds networks: what it draws are
weights above all, and a network that computes something else differs for nearly all of them, so a few seeds must do.
What trains is left out: one answer takes seconds, and its line is set by the spread of many runs (`bands.json`), not
by the inputs.
"""

import copy
import importlib.util
import inspect
import pickle
import zlib
from collections import Counter
from functools import lru_cache, partial

import numpy as np
import pytest

from ccv.course.catalog import labs
from ccv.grading.border import wire
from ccv.grading.border.plain import settled
from ccv.grading.live import LiveAnswer, LiveSubmission
from ccv.grading.mutants import load_mutants
from ccv.grading.networks.portable import portable
from ccv.grading.solution import Solution

SEEDS, SEEDS_OF_NETWORKS = range(200), range(3)
LABS = {lab.name: lab for lab in labs()}


@lru_cache
def checks_of(name):
    """The checks of a lab by exercise: (points, name, function, names of its fixtures, seeds to try)."""
    specification = importlib.util.spec_from_file_location(f"luck_{name}", LABS[name].checks)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    found = {}
    for check in vars(module).values():
        for mark in getattr(check, "pytestmark", []):
            if mark.name == "exercise":
                fixtures = inspect.signature(check).parameters
                seeds = SEEDS_OF_NETWORKS if "timeout" in mark.kwargs else SEEDS
                seeds = seeds if "rng" in fixtures else SEEDS[:1]
                worth = mark.kwargs.get("points", 1)
                found.setdefault(mark.args[0], []).extend(
                    (worth, check.__name__, partial(check, **case), [*fixtures.keys() - case.keys()], seeds)
                    for case in cases(check)
                )
    return found


def cases(check):
    """What `pytest.mark.parametrize` gives to a check, a dictionary for each call."""
    return [
        {mark.args[0]: value} for mark in check.pytestmark if mark.name == "parametrize" for value in mark.args[1]
    ] or [{}]


EXERCISES = [
    (name, exercise)
    for name in LABS
    for exercise, checks in checks_of(name).items()
    if not any("band" in fixtures for *_, fixtures, _ in checks)
]


def asked(args, kwargs):
    """A question as a key; none where a network is handed over, whose weights would be too much to compare."""
    return None if any(map(wire.is_keras_model, (*args, *kwargs.values()))) else pickle.dumps((args, kwargs))


class Remembering:
    """The solved lab, whose functions answer a question once: it is the same for all mutants."""

    def __init__(self, name):
        self._solution, self._kept = Solution(LABS[name].directory), {}

    def __getattr__(self, name):
        value = getattr(self._solution, name)
        if not callable(value):
            return value

        def function(*args, **kwargs):
            if (question := asked(args, kwargs)) is None:
                return value(*args, **kwargs)
            if (name, question) not in self._kept:
                self._kept[name, question] = value(*args, **kwargs)
            answer = self._kept[name, question]
            return copy.deepcopy(answer) if type(answer) in (list, np.ndarray) else answer

        return function


class Bare(LiveAnswer):
    """A wrong answer without all that watches a student's, which takes most of the time; a question is put once."""

    def __init__(self, name, function, kept):
        super().__init__(name, function)
        self._kept = kept

    def _remembered(self, driver, args, kwargs):
        if driver or (question := asked(args, kwargs)) is None:
            return super()._remembered(driver, args, kwargs)
        if question not in self._kept:
            own = pickle.loads(question)
            self._kept[question] = wire.encode(portable(settled(self._value(*own[0], **own[1])), own))
        return wire.decode(self._kept[question])


def passes(name, check, fixtures, answer, given, seed):
    """Whether a check is content with an answer, for one seed."""
    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
    available = {"answer": answer, "rng": rng, **given}
    asked_for = {fixture: available[fixture] for fixture in fixtures}
    try:
        check(**asked_for)
    except Exception:
        return False
    return True


def points_by_seed(name, exercise, wrong, solution):
    """How often each number of points is earned over the seeds."""
    given = {"solution": solution, "reference": getattr(solution, exercise)}
    kept: dict = {}

    def answer():
        return Bare(exercise, wrong, kept) if callable(wrong) else LiveSubmission({exercise: wrong}).open(exercise)

    points = np.zeros(len(SEEDS))
    for worth, title, check, fixtures, seeds in checks_of(name)[exercise]:
        passed = [passes(title, check, fixtures, answer(), given, seed) for seed in seeds]
        points += worth * np.resize(passed, len(SEEDS))
    return dict(Counter(points.tolist()))


@pytest.mark.slow
@pytest.mark.parametrize(("name", "exercise"), EXERCISES)
def test_a_wrong_answer_earns_the_same_with_every_seed(name, exercise):
    mutants = load_mutants(LABS[name].directory / "mutants.py").items()
    solution = Remembering(name)
    wrong = {mutant: m.answer for mutant, m in mutants if m.exercise == exercise}
    earned = {mutant: points_by_seed(name, exercise, answer, solution) for mutant, answer in wrong.items()}
    assert {mutant: points for mutant, points in earned.items() if len(points) > 1} == {}


@pytest.mark.parametrize(("name", "exercise"), [pair for pair in EXERCISES if pair[0] == "01_xo"])
def test_the_checks_are_called_as_they_should_be(name, exercise):
    """What the slow test calls by hand is what pytest calls: the solution passes, a seed or two."""
    solution = Solution(LABS[name].directory)
    given = {"solution": solution, "reference": getattr(solution, exercise)}
    for _, title, check, fixtures, _ in checks_of(name)[exercise]:
        answer = LiveSubmission({exercise: given["reference"]}).open(exercise)
        assert all(passes(title, check, fixtures, answer, given, seed) for seed in SEEDS[:2])
