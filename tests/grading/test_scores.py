"""From a file to a score sheet: what earns points, what does not, and what the message says."""

import json
import os
import subprocess
import sys

import pytest

from ccv.grading import check_live, grade
from ccv.grading.mutants import load_mutants, mutant_source
from ccv.grading.submission import UnreadableSubmission, read_cells


def statuses(sheet):
    return {e.name: e.status for e in sheet.exercises}


@pytest.fixture(scope="module")
def solved(lab):
    return read_cells(lab / "00_demo.py")


def test_the_solution_gets_full_marks_and_the_blank_none(lab, blank):
    full = grade(lab, lab / "00_demo.py")
    assert (full.points, full.max_points) == (8, 8), str(full)
    nothing = grade(lab, blank)
    assert (nothing.points, nothing.max_points) == (0, 8)
    assert set(statuses(nothing).values()) == {"blank"}
    assert all("still blank" in e.message for e in nothing.exercises)


def test_a_notebook_in_any_state_grades_the_same(lab, solved, hand_in):
    broken = "history = model.fit(x_train)\nplt.plot(history.history['loss'])"
    syntax = "def unfinished(:\n    pass"
    noise = "import warnings, sys\nwarnings.warn('old'); print('noise', file=sys.stderr)\n1 / 0"
    states = [
        (solved, {}),
        (solved[::-1], {}),
        (solved + solved, {}),
        ([broken, syntax, *solved, noise], {}),
        (solved, {"metadata": 3, "nbformat": "four"}),
    ]
    assert [grade(lab, hand_in(*cells, **extra)).points for cells, extra in states] == [8] * len(states)


def test_one_broken_exercise_costs_itself_only(lab, solved, hand_in):
    cells = [c if "def blur" not in c else "def blur(image):\n    return undefined" for c in solved]
    sheet = grade(lab, hand_in(*cells))
    assert statuses(sheet) | {"blur": "error"} == statuses(sheet)
    assert sheet.points == 7
    assert "NameError" in next(e.message for e in sheet.exercises if e.name == "blur")


def test_a_loop_without_end_is_waited_for_once_an_exercise(lab, solved, hand_in):
    cells = [c.replace("return (n - kernel)", "while True: n\n    return (n - kernel)") for c in solved]
    cells = [c.replace("return np.asarray", "input()\n    return np.asarray") for c in cells]
    sheet = grade(lab, hand_in(*cells), exercises=["output_size", "blur", "weights"])
    assert statuses(sheet) == {"output_size": "timeout", "blur": "error", "weights": "passed"}


def test_every_mutant_is_named(lab, solved, hand_in):
    mutants = load_mutants(lab / "mutants.py")
    assert list(mutants) == ["rounds_up", "forgets_bias"]
    for name, mutant in mutants.items():
        sheet = grade(lab, hand_in(*solved, mutant_source(lab / "mutants.py", name)), exercises=[mutant.exercise])
        assert sheet.points < sheet.max_points, name
        assert mutant.says in sheet.exercises[0].message, name


def test_messages_hide_what_was_expected(lab, solved, hand_in):
    cells = [*solved, "def output_size(n, kernel, stride=1):\n    return -12345", "weights = 3"]
    sheet = grade(lab, hand_in(*cells), exercises=["output_size", "weights"])
    text = " ".join(e.message for e in sheet.exercises)
    assert "-12345" in text
    assert "28" not in text.replace("227", "") and "== 55" not in text


FAKES = {
    "exit 0": "def output_size(*a, **k):\n    import os; os._exit(0)",
    "always equal": (
        "class Yes(int):\n    def __eq__(self, other): return True\n    __hash__ = int.__hash__\n"
        "def output_size(*a, **k):\n    return Yes(1)"
    ),
    "equal object": "class Yes:\n    def __eq__(self, other): return True\ndef output_size(*a, **k):\n    return Yes()",
    "printed score": (
        "def output_size(*a, **k):\n    print('8 passed'); print('{\"points\": 8, \"max_points\": 8}'); return None"
    ),
    "patched pytest": (
        "import sys\ndef output_size(*a, **k):\n"
        "    import pytest, _pytest.runner\n    _pytest.runner.call_runtest_hook = None\n"
        "    pytest.fail = None\n    return 1"
    ),
    "patched numpy": (
        "import numpy as np\ndef output_size(*a, **k):\n"
        "    np.isclose = np.allclose = np.array_equal = lambda *a, **k: True\n    return 1"
    ),
    "forged reply": (
        "import gc, socket\ndef output_size(*a, **k):\n"
        "    for s in gc.get_objects():\n"
        "        if isinstance(s, socket.socket):\n"
        "            s.sendall((1).to_bytes(8, 'big') + (14).to_bytes(8, 'big') + b'{\"passed\": 55}')\n"
        "    import os; os._exit(0)"
    ),
    "frames": (
        "import sys\ndef output_size(*a, **k):\n    f = sys._getframe()\n    while f:\n"
        "        f.f_globals['points'] = 8\n        f = f.f_back\n    return 1"
    ),
    "dropped asserts": "import sys\nsys.flags\ndef output_size(*a, **k):\n    raise AssertionError('passed')",
    "skips": "def output_size(*a, **k):\n    import pytest; pytest.skip('no')",
}


@pytest.mark.parametrize("fake", FAKES)
def test_fakes_earn_nothing(lab, hand_in, fake):
    sheet = grade(lab, hand_in(FAKES[fake]), exercises=["output_size"])
    assert (sheet.points, sheet.max_points) == (0, 3), str(sheet)


def test_files_beside_the_submission_are_not_loaded(lab, tmp_path):
    trap = "raise SystemExit('loaded')\n"
    for name in ("conftest.py", "sitecustomize.py", "usercustomize.py", "numpy.py", "pytest.py", "test_x.py"):
        (tmp_path / name).write_text(trap)
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --collect-only\n")
    (tmp_path / "x.py").write_text((lab / "00_demo.py").read_text())
    program = (
        f"from pathlib import Path; from ccv.grading import grade; print(grade(Path({str(lab)!r}), 'x.py').points)"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", program],
        cwd=tmp_path,
        env={**os.environ, "PYTEST_ADDOPTS": "--collect-only", "PYTEST_PLUGINS": "conftest"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "8\n", done.stderr


def test_live_answers_get_the_same_sheet(lab, solved):
    namespace = {}
    exec("import numpy as np\nimport keras", namespace)
    for cell in solved:
        if "def " in cell or "weights" in cell:
            exec(cell, namespace)
    assert check_live(lab, namespace, None).points == 8
    namespace["output_size"] = lambda n, kernel, stride=1: -(-(n - kernel) // stride) + 1
    wrong = check_live(lab, namespace, ["output_size"])
    assert wrong.exercises[0].status == "partial"
    assert "round down" in wrong.exercises[0].message
    assert "<table>" in wrong._repr_html_()
    assert statuses(check_live(lab, {}, ["weights"])) == {"weights": "missing"}


def test_unknown_exercises_and_unreadable_files(lab, tmp_path):
    with pytest.raises(LookupError, match="no exercise called nope"):
        grade(lab, lab / "00_demo.py", exercises=["nope"])
    with pytest.raises(UnreadableSubmission):
        grade(lab, tmp_path / "none.ipynb")


def test_the_seed_changes_the_random_inputs_and_nothing_else(lab):
    sheets = [grade(lab, lab / "00_demo.py", seed=s, exercises=["output_size"]) for s in (1, 1, 2)]
    assert [s.seed for s in sheets] == [1, 1, 2]
    assert {s.points for s in sheets} == {3}


def test_pytest_itself_prints_the_table_and_writes_the_json(lab, tmp_path):
    target = tmp_path / "deep" / "score.json"
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        str(lab),
        f"--rootdir={lab}",
        "-c/dev/null",
    ]
    options = ["--import-mode=importlib", f"--submission={lab}/00_demo.py", f"--score-json={target}"]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert "00_demo: 8 of 8 points" in done.stdout
    sheet = json.loads(target.read_text())
    assert list(sheet)[:4] == ["lab", "points", "max_points", "exercises"]
    assert (sheet["lab"], sheet["points"], sheet["max_points"]) == ("00_demo", 8, 8)
    assert sheet["exercises"][0] == {
        "name": "output_size",
        "points": 3,
        "max_points": 3,
        "status": "passed",
        "message": "",
    }


def test_without_a_notebook_pytest_says_so_in_one_line(lab, tmp_path):
    command = [sys.executable, "-m", "pytest", "-q", str(lab), f"--rootdir={lab}", "-c/dev/null", "-pno:cacheprovider"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 2
    assert "there is no file" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_a_check_that_ignores_the_answer_is_refused(tmp_path):
    folder = tmp_path / "00_bad"
    folder.mkdir()
    (folder / "00_bad.py").write_text("x = 1\n")
    check = "import pytest\n@pytest.mark.exercise('x')\ndef test_x():\n    pass\n"
    (folder / "test_00_bad.py").write_text(check)
    with pytest.raises(RuntimeError, match="do not load"):
        grade(folder, folder / "00_bad.py")
