"""Every lab is proved: its solution earns everything, its blank nothing, and each classic mistake is named."""

import ast
import json
from collections import Counter
from pathlib import Path

import pytest

from ccv.course import build
from ccv.course.catalog import labs
from ccv.grading import check_live, grade
from ccv.grading.mutants import load_mutants, mutant_source
from ccv.grading.reading.extract import Definitions
from ccv.grading.reading.submission import read_cells

LABS = {lab.name: lab for lab in labs()}
QUICK = "01_xo"  # NumPy alone; a lab that builds Keras models takes a second or two for each grading
OFTEN_AS_FILE = 15  # and every fifteenth of each lab is handed in as a file too
MUTANTS = [
    pytest.param(name, mutant, id=f"{name}-{mutant}", marks=[] if name == QUICK else [pytest.mark.slow])
    for name, lab in LABS.items()
    for mutant in load_mutants(lab.directory / "mutants.py")
]


FILES = [
    pytest.param(name, mutant, id=f"{name}-{mutant}", marks=pytest.mark.slow)
    for name, lab in LABS.items()
    for i, mutant in enumerate(load_mutants(lab.directory / "mutants.py"))
    if i % OFTEN_AS_FILE == 0
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


@pytest.mark.parametrize("name", [QUICK, pytest.param("03_lenet", marks=pytest.mark.slow)])  # without and with Keras
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


def handed_in(name: str, mutant: str) -> tuple[list[str], str]:
    """A solved notebook with a mistake below it, and the exercise that it gets wrong."""
    file = LABS[name].directory / "mutants.py"
    return [*read_cells(LABS[name].source), mutant_source(file, mutant)], load_mutants(file)[mutant].exercise


@pytest.mark.parametrize(("name", "mutant"), MUTANTS)
def test_each_mutant_loses_points_and_is_named(name, mutant, open_notebook):
    folder = LABS[name].directory
    cells, exercise = handed_in(name, mutant)
    sheet = check_live(folder, open_notebook(cells, [exercise]), [exercise])
    assert sheet.points < sheet.max_points, str(sheet)
    assert load_mutants(folder / "mutants.py")[mutant].says in sheet.exercises[0].message, str(sheet)


@pytest.mark.parametrize(("name", "mutant"), FILES)
def test_as_a_file_a_mutant_is_told_what_the_notebook_told(name, mutant, open_notebook, tmp_path):
    """What the exercise needs alone, since what does not earn everything is tried with all cells in order."""
    folder = LABS[name].directory
    cells, exercise = handed_in(name, mutant)
    told = check_live(folder, open_notebook(cells, [exercise]), [exercise]).exercises[0]
    needed = [ast.unparse(s.node) for s in Definitions(cells).needed(exercise)]
    file = grade(folder, as_notebook(tmp_path / "wrong.ipynb", needed), exercises=[exercise]).exercises[0]
    assert (file.points, file.status) == (told.points, told.status)
    assert [line for line in file.message.split("\n") if line.startswith("→")] == [
        line for line in told.message.split("\n") if line.startswith("→")
    ]


def test_no_mutant_stands_in_the_place_of_another(lab):
    """Two of one name would be one, and nobody would miss the first."""
    body = ast.parse((lab.directory / "mutants.py").read_text()).body
    names = [node.name for node in body if isinstance(node, ast.FunctionDef)]
    names += [
        target.id for node in body if isinstance(node, ast.Assign) for target in node.targets if hasattr(target, "id")
    ]
    assert [name for name, count in Counter(names).items() if count > 1] == []


def test_every_exercise_has_mutants(lab):
    named = {m.exercise for m in load_mutants(lab.directory / "mutants.py").values()}
    assert set(lab.exercises) == named
