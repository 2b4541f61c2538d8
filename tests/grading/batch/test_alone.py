"""A grader that toils or dies over a submission costs one exercise and is told; what is beside it is graded."""

import json
import subprocess
import sys
import time

import pytest

from ccv.grading import grade
from ccv.grading.batch import grade_alone, grade_class
from ccv.grading.reading.submission import UnreadableSubmission

# A check that does whatever an answer leads trusted code to, as a model does that nobody has counted right.
CHECKS = """
import os
import json
import subprocess
import sys
import time

import pytest


@pytest.mark.exercise("first", points=2)
def test_first(answer):
    assert answer(2) == 4


@pytest.mark.exercise("word", points=3, timeout=1)
def test_word(answer):
    if answer == "toil":
        time.sleep(1000)
    if answer == "die":
        os.kill(os.getpid(), 9)
    assert answer == "right"


@pytest.mark.exercise("last", points=1)
def test_last(answer):
    assert answer == 1
"""
FIRST = "def first(n):\n    return n * n"
PATIENCE = {"patience": 4.0}


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    folder = tmp_path_factory.mktemp("labs") / "00_word"
    folder.mkdir()
    (folder / "00_word.py").write_text(f"{FIRST}\n\n\nword = 'right'\nlast = 1\n")
    (folder / "test_00_word.py").write_text(CHECKS)
    return folder


def hand_in(folder, name, word):
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.py"
    path.write_text(f"# %%\n{FIRST}\n\n# %%\nword = {word!r}\n\n# %%\nlast = 1\n")
    return path


def points(sheet):
    return {e["name"]: e["points"] for e in (sheet if isinstance(sheet, dict) else sheet.to_dict())["exercises"]}


@pytest.mark.slow
@pytest.mark.parametrize(("word", "status"), [("toil", "timeout"), ("die", "crashed")])
def test_one_file_costs_its_exercise_and_goes_on(lab, tmp_path, word, status):
    began = time.monotonic()
    sheet = grade_alone(lab, hand_in(tmp_path, "alice", word), **PATIENCE)
    assert time.monotonic() - began < 60
    assert points(sheet) == {"first": 2, "word": 0, "last": 1}
    assert next(e.status for e in sheet.exercises if e.name == "word") == status
    assert any("stopped at word" in line for line in sheet.eyes)


def test_one_file_earns_what_it_earns_in_this_process(lab, tmp_path):
    for word in ("right", "wrong"):
        file = hand_in(tmp_path, "alice", word)
        assert grade_alone(lab, file).exercises == grade(lab, file).exercises


def test_one_file_says_what_is_wrong_with_it(lab, tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no file"):
        grade_alone(lab, tmp_path / "nobody.py")
    (tmp_path / "empty.ipynb").touch()
    with pytest.raises(UnreadableSubmission, match=r"empty\.ipynb is empty"):
        grade_alone(lab, tmp_path / "empty.ipynb")
    with pytest.raises(LookupError, match="no exercise called nothing"):
        grade_alone(lab, hand_in(tmp_path, "alice", "right"), exercises=["nothing"])


@pytest.mark.slow
def test_the_class_is_graded_beside_one_who_makes_the_grader_toil(lab, tmp_path):
    folder = tmp_path / "class"
    for name, word in {"ann": "right", "ben": "toil", "cyd": "right", "dan": "wrong", "eve": "right"}.items():
        hand_in(folder, name, word)
    began = time.monotonic()
    records = grade_class(lab, [folder], tmp_path / "out", jobs=2, **PATIENCE).records
    assert time.monotonic() - began < 90
    assert [(r.student, r.status, r.points) for r in records] == [
        ("ann", "graded", 6),
        ("ben", "graded", 3),
        ("cyd", "graded", 6),
        ("dan", "graded", 3),
        ("eve", "graded", 6),
    ]


@pytest.mark.slow
def test_the_class_is_graded_beside_one_who_uses_up_the_time(lab, tmp_path):
    folder = tmp_path / "class"
    hand_in(folder, "ann", "right")
    sleeps = "import time\n\n\ndef first(n):\n    time.sleep(20)\n    return 4\n\n\n"
    sleeps += "time.sleep(60)\nword = 'right'\nlast = 1\n"
    (folder / "ben.py").write_text(sleeps)
    began = time.monotonic()
    ann, ben = grade_class(lab, [folder], tmp_path / "out", jobs=2, limit=9.0).records
    assert time.monotonic() - began < 60
    assert points(ann.sheet) == {"first": 2, "word": 3, "last": 1}
    assert points(ben.sheet)["first"] == 0
    assert "used up its 9 s for all exercises together" in ben.sheet["exercises"][-1]["message"]


def run_pytest(lab, file, *options):
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--import-mode=importlib", "-rf"]
    command += [str(lab / "test_00_word.py"), f"--submission={file}", *options]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=lab)


def test_pytest_goes_on_where_the_grader_dies(lab, tmp_path):
    done = run_pytest(lab, hand_in(tmp_path, "alice", "die"), f"--score-json={tmp_path / 'score.json'}")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "2 passed" in done.stdout and "1 failed" in done.stdout
    assert "stopped while it judged `word`" in done.stdout
    assert points(json.loads((tmp_path / "score.json").read_text())) == {"first": 2, "word": 0, "last": 1}


@pytest.mark.slow
def test_pytest_tells_each_check_and_the_chosen_ones_alone(lab, tmp_path):
    file = hand_in(tmp_path, "alice", "wrong")
    done = run_pytest(lab, file, "--check-seed=7", f"--score-json={tmp_path / 'score.json'}")
    assert "1 failed, 2 passed" in done.stdout and "3 of 6 points" in done.stdout
    assert json.loads((tmp_path / "score.json").read_text()) == grade(lab, file, seed=7).to_dict()
    assert "1 passed" in run_pytest(lab, file, "--exercise=last").stdout
    (tmp_path / "empty.ipynb").touch()
    unreadable = run_pytest(lab, tmp_path / "empty.ipynb")
    assert unreadable.returncode == 2 and "empty.ipynb is empty" in unreadable.stdout + unreadable.stderr
