"""A whole class on lab 01: honest, blank, mistaken, broken and hostile work in one run, every score as expected."""

import importlib.util
import json
import sys
from collections import Counter
from pathlib import Path

import pytest

from ccv.course.catalog import find_lab
from ccv.grading.batch import grade_class

CLASSROOM = Path(__file__).parents[2] / "benchmarks" / "classroom.py"


def load_classroom():
    spec = importlib.util.spec_from_file_location("classroom", CLASSROOM)
    sys.path.insert(0, str(CLASSROOM.parent))
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("count", "hostile"), [(8, 2), pytest.param(200, 40, marks=pytest.mark.slow)], ids=["a few", "two hundred"]
)
def test_every_score_is_as_expected(count, hostile, tmp_path):
    students = load_classroom().make_class(find_lab("01_xo"), tmp_path / "class", count, seed=5, hostile=hostile)
    grade_class(find_lab("01_xo").directory, [tmp_path / "class"], tmp_path / "out", jobs=2, timeout=2.0)
    records = json.loads((tmp_path / "out" / "scores.json").read_text())["submissions"]
    assert Counter(r["student"] for r in records) == Counter(s.name for s in students)
    sheets = {r["student"]: r["sheet"] for r in records}
    points = {name: {e["name"]: e["points"] for e in sheet["exercises"]} for name, sheet in sheets.items()}
    assert [problem for s in students for problem in s.problems(points[s.name])] == []


@pytest.mark.parametrize("lab", ["01_xo", pytest.param("03_lenet", marks=pytest.mark.slow)])
def test_right_but_unusual_notebooks_earn_everything(lab, tmp_path):
    classroom = load_classroom()
    students = classroom.make_unusual(find_lab(lab), tmp_path / "class", 8)
    grade_class(find_lab(lab).directory, [tmp_path / "class"], tmp_path / "out", jobs=2)
    records = json.loads((tmp_path / "out" / "scores.json").read_text())["submissions"]
    points = {r["student"]: {e["name"]: e["points"] for e in r["sheet"]["exercises"]} for r in records}
    assert [problem for s in students for problem in s.problems(points[s.name])] == []
