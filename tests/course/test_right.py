"""Right answers in other styles (`right.py` of each lab) earn everything, in the open notebook and as a file."""

import ast
import json
from collections import Counter
from functools import lru_cache, reduce, wraps
from types import FunctionType

import numpy as np
import pytest

from ccv.course.catalog import find_lab, labs
from ccv.grading import check_live, grade
from ccv.grading.reading.submission import read_cells
from ccv.grading.right import Right, answered, load_right
from ccv.grading.solution import Solution

LEAST = 3  # styles that each exercise has at least
QUICK = "01_xo"  # NumPy alone; others build Keras models
LABS = [lab.name for lab in labs()]


@lru_cache
def styles(name: str) -> dict[str, list[Right]]:
    """The right answers of a lab, by exercise."""
    found: dict[str, list[Right]] = {exercise: [] for exercise in find_lab(name).exercises}
    for right in load_right(find_lab(name).directory / "right.py"):
        found[right.exercise].append(right)
    return found


# One submission holds the k-th style of every exercise that has so many; the others keep the lab's own answer.
SUBMISSIONS = [
    pytest.param(name, k, marks=[] if name == QUICK else [pytest.mark.slow])
    for name in LABS
    for k in range(max(map(len, styles(name).values())))
]


def chosen(name: str, k: int) -> dict[str, Right]:
    """What exercises are answered with in the k-th submission."""
    return {exercise: found[k] for exercise, found in styles(name).items() if k < len(found)}


def cells_of(name: str, k: int) -> list[str]:
    """The k-th submission: the solved notebook with other answers."""
    return reduce(answered, chosen(name, k).values(), read_cells(find_lab(name).source))


def lost(sheet, name: str, k: int) -> dict[str, str]:
    """What each answer that lost a point was, and why it did."""
    return {
        f"{e.name}: {chosen(name, k)[e.name].unusual}": e.message for e in sheet.exercises if e.points < e.max_points
    }


@pytest.mark.parametrize("name", LABS)
def test_every_exercise_has_right_answers_in_other_styles(name):
    assert {e: len(found) for e, found in styles(name).items() if len(found) < LEAST} == {}


@pytest.mark.parametrize("name", LABS)
def test_no_two_styles_are_the_same(name):
    for found in styles(name).values():
        sources = Counter(ast.dump(ast.parse(right.source)) for right in found)
        assert max(sources.values()) == 1


@pytest.mark.parametrize(("name", "k"), SUBMISSIONS)
def test_in_the_notebook_they_earn_everything(name, k, open_notebook):
    asked = list(chosen(name, k))
    namespace = open_notebook(cells_of(name, k), asked)
    assert lost(check_live(find_lab(name).directory, namespace, asked), name, k) == {}


@pytest.mark.parametrize(("name", "k"), SUBMISSIONS)
def test_as_a_file_they_earn_everything(name, k, tmp_path):
    """Each submission with a seed of its own."""
    cells = [{"cell_type": "code", "source": cell} for cell in cells_of(name, k)]
    (tmp_path / "right.ipynb").write_text(json.dumps({"cells": cells}))
    sheet = grade(find_lab(name).directory, tmp_path / "right.ipynb", seed=k, exercises=list(chosen(name, k)))
    assert lost(sheet, name, k) == {}


def of_one(value):
    """The same answer, each word and each number of it as the only thing in a list."""
    if isinstance(value, str | int | float | np.generic):
        return [value]
    if isinstance(value, dict):
        return {key: of_one(item) for key, item in value.items()}
    return tuple(map(of_one, value)) if isinstance(value, tuple) else value


@pytest.mark.parametrize("name", [pytest.param(n, marks=[] if n == QUICK else [pytest.mark.slow]) for n in LABS])
def test_the_only_thing_in_a_list_counts_by_value(name):
    lab, lost = find_lab(name), {}
    for exercise in lab.exercises:
        right = getattr(Solution(lab.directory), exercise)
        namespace = getattr(right, "__globals__", {})
        mine = wraps(right)(lambda *a, f=right, **k: of_one(f(*a, **k))) if isinstance(right, FunctionType) else right
        sheet = check_live(lab.directory, namespace | {exercise: mine if callable(mine) else of_one(mine)}, [exercise])
        if sheet.points < sheet.max_points:
            lost[exercise] = sheet.exercises[0].message
    assert lost == {}


def test_an_answer_takes_the_place_of_the_old_one_and_of_nothing_else():
    cells = ["import math", "A = 1\n\ndef double(n):\n    return 2 * n\n\nB = 2"]
    sum_of_two = Right("double", "a sum", "def double(n):\n    return n + n")
    assert answered(cells, sum_of_two) == ["import math", "A = 1\n\ndef double(n):\n    return n + n\n\nB = 2"]


def test_an_answer_to_nothing_is_told():
    with pytest.raises(LookupError, match="`triple`"):
        answered(["double = 2"], Right("triple", "a number", "triple = 3"))


def test_titles_make_the_answers_and_code_without_one_is_no_answer(tmp_path):
    path = tmp_path / "right.py"
    assert load_right(path) == []
    path.write_text('"""Right answers."""\n\n# %% a: by hand\na = 1\n\n# %% b_c: x: y\nimport math\n\nb_c = math.pi\n')
    assert load_right(path) == [Right("a", "by hand", "a = 1"), Right("b_c", "x: y", "import math\n\nb_c = math.pi")]
