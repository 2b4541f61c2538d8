"""Every lab is proved: its solution earns everything, its blank nothing, and each classic mistake is named."""

import json
from pathlib import Path

import pytest

from ccv.course import build
from ccv.course.catalog import labs
from ccv.grading import grade
from ccv.grading.mutants import load_mutants, mutant_source
from ccv.grading.submission import read_cells

LABS = {lab.name: lab for lab in labs()}
QUICK = "01_xo"  # NumPy alone; a lab that builds Keras models takes a second or two for each grading
OFTEN = 6  # of the others every sixth mistake is tried in an ordinary run, all of them in the slow one
MUTANTS = [
    pytest.param(name, mutant, id=f"{name}-{mutant}", marks=[pytest.mark.slow] if name != QUICK and i % OFTEN else [])
    for name, lab in LABS.items()
    for i, mutant in enumerate(load_mutants(lab.directory / "mutants.py"))
]


def as_notebook(path: Path, cells: list[str]) -> Path:
    """A notebook with nothing but the source of its cells."""
    path.write_text(json.dumps({"cells": [{"cell_type": "code", "source": c} for c in cells]}))
    return path


@pytest.fixture(params=LABS)
def lab(request):
    return LABS[request.param]


def test_there_are_labs():
    assert {"01_xo", "03_lenet"} <= set(LABS)


def test_the_student_notebook_is_current_and_carries_no_solution(lab):
    assert build.is_current(lab), "run: ccv labs build"
    text = lab.notebook.read_text()
    assert "SOLUTION" not in text
    assert '"output_type"' not in text


def test_the_solution_earns_everything(lab):
    sheet = grade(lab.directory, lab.source)
    assert sheet.points == sheet.max_points, str(sheet)
    assert {e.name for e in sheet.exercises} == set(lab.exercises)


def test_the_blank_earns_nothing(lab):
    sheet = grade(lab.directory, lab.notebook)
    assert sheet.points == 0, str(sheet)
    assert {e.status for e in sheet.exercises} == {"blank"}


def test_other_seeds_ask_the_same_of_the_solution(lab):
    sheet = grade(lab.directory, lab.source, seed=20261121)
    assert sheet.points == sheet.max_points, str(sheet)


@pytest.mark.parametrize("name", [n if n == QUICK else pytest.param(n, marks=pytest.mark.slow) for n in LABS])
def test_a_damaged_notebook_earns_the_same(name, tmp_path):
    lab = LABS[name]
    cells = read_cells(lab.source)
    training = "history = undefined_model.fit(x_train, epochs=10_000)\nraise RuntimeError('training failed')"
    copy = next(c for c in cells if "def " in c)
    states = {
        "stripped": cells,
        "reversed": cells[::-1],
        "doubled": [*cells, copy],
        "broken": [training, *cells, "x ="],
    }
    points = {s: grade(lab.directory, as_notebook(tmp_path / f"{s}.ipynb", c)).points for s, c in states.items()}
    assert points == dict.fromkeys(states, sum(lab.exercises.values()))


@pytest.mark.parametrize(("name", "mutant"), MUTANTS)
def test_each_mutant_loses_points_and_is_named(name, mutant, tmp_path):
    folder = LABS[name].directory
    wrong = load_mutants(folder / "mutants.py")[mutant]
    cells = [*read_cells(LABS[name].source), mutant_source(folder / "mutants.py", mutant)]
    sheet = grade(folder, as_notebook(tmp_path / "wrong.ipynb", cells), exercises=[wrong.exercise])
    assert sheet.points < sheet.max_points, str(sheet)
    assert wrong.says in sheet.exercises[0].message, str(sheet)


def test_every_exercise_has_mutants(lab):
    named = {m.exercise for m in load_mutants(lab.directory / "mutants.py").values()}
    assert set(lab.exercises) == named
