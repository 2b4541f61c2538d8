"""From a file to a score sheet: what earns points, what does not, and what the message says."""

import json
import os
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from ccv.grading import assert_same, check_live, grade
from ccv.grading.answers import Call
from ccv.grading.border import wire
from ccv.grading.comparing.compare import Different
from ccv.grading.evidence import DID_NOT_REPORT, Evidence
from ccv.grading.mistakes.diagnosis import Diagnosis
from ccv.grading.mutants import Mutant, load_mutants, mutant_source
from ccv.grading.reading.submission import UnreadableSubmission, read_cells
from ccv.grading.reading.text import clean
from ccv.grading.sheet import CheckResult, Sheet


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


@pytest.mark.slow
def test_a_loop_without_end_is_waited_for_once_an_exercise(lab, solved, hand_in):
    cells = [c.replace("return (n - kernel)", "while True: n\n    return (n - kernel)") for c in solved]
    cells = [c.replace("return np.asarray", "input()\n    return np.asarray") for c in cells]
    sheet = grade(lab, hand_in(*cells), timeout=6, exercises=["output_size", "blur", "weights"])
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


@pytest.mark.slow
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


@pytest.mark.slow
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
        "picture": None,
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


# -------------------------------------------------------------------------------------------------------- evidence

PASSED, FAILED = CheckResult("x", 2.0, "passed"), CheckResult("x", 2.0, "failed", "no")


@pytest.mark.parametrize(
    ("reports", "points", "message"),
    [
        ([PASSED], 2, ""),
        ([], 0, DID_NOT_REPORT),
        ([FAILED], 0, "no"),
        ([PASSED, PASSED], 2, ""),
        ([PASSED, FAILED], 0, "no"),
        ([FAILED, PASSED], 0, "no"),
    ],
)
def test_a_check_counts_once_at_its_worst_and_silence_is_no_pass(reports, points, message):
    evidence = Evidence()
    evidence.expect("a", "x", 2.0)
    evidence.expect("a", "x", 2.0)
    for report in reports:
        evidence.report("a", report)
    evidence.report("nobody asked", PASSED)
    score = Sheet.of("lab", evidence.results()).exercises[0]
    assert (score.points, score.max_points, score.message) == (points, 2, message)


MEDDLER = """
import pytest
from _pytest.runner import runtestprotocol

@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item, nextitem):
    if item.name == "test_slides":
        return True
    item.obj = lambda answer: None
    item._initrequest()
    runtestprotocol(item, nextitem=nextitem)
    return True

@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    return True
"""


@pytest.mark.slow
def test_a_plugin_that_swallows_or_replaces_checks_earns_nothing_by_it(lab, tmp_path):
    """The checks run where no plugin of others is loaded: with it or without, the scores are the same."""
    (tmp_path / "meddler.py").write_text(MEDDLER)
    (tmp_path / "mine.py").write_text((lab / "00_demo.py").read_text() + "\n# %%\nweights = -1\n")
    sheets = []
    for number, meddling in enumerate(([], ["-pmeddler"])):
        target = tmp_path / f"score{number}.json"
        command = [sys.executable, "-m", "pytest", "-q", "-pno:cacheprovider", *meddling, str(lab), "-c/dev/null"]
        options = ["--import-mode=importlib", f"--submission={tmp_path}/mine.py", f"--score-json={target}"]
        options += ["--exercise=output_size", "--exercise=weights"]
        env = {**os.environ, "PYTHONPATH": str(tmp_path)}
        subprocess.run([*command, *options], capture_output=True, check=False, cwd=tmp_path, env=env)
        sheets.append(
            [(e["points"], e["max_points"], e["status"]) for e in json.loads(target.read_text())["exercises"]]
        )
    assert sheets == [[(3, 3, "passed"), (0, 1, "failed")]] * 2


# ------------------------------------------------------------------------------------------------------- messages


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("<Net object at 0x7f3a5c0012d0>", "<Net object at 0x…>"),
        ("0xff and 0x00000012a3B4C5d6", "0xff and 0x…"),
        ("\x1b[31mred\x1b[0m \x1b]0;title\x07bell\x07\x9b2J", "red bell"),
        ("one\r\n\n  two\tthree\x00", "one\n two three"),
        ("/tmp/ccv-abc123/w7/file.txt is gone", "(scratch) is gone"),
        ("see '/var/folders/xy/T/tmp1/a b'", "see '(scratch) b'"),
        ("/home/tmp/x and a/tmp/y stay", "/home/tmp/x and a/tmp/y stay"),
        ("\ud800 \u202eback\u200b", "\ufffd back"),
        ("ж, 数, é", "ж, 数, é"),
        ("x" * 5000, "x" * 799 + "…"),
    ],
)
def test_messages_are_cleaned(said, kept):
    assert clean(said) == kept


def test_an_object_that_does_not_say_what_it_is():
    class Mute:
        def __str__(self):
            raise ValueError

    assert clean(Mute()) == "a Mute"


NASTY = (
    "import os\nBad = type('Bad\\x1b[31m<b>', (Exception,), {})\n"
    "def blur(image):\n    raise Bad(f'{object()} in {os.getcwd()} \\ud83d ' + 'long ' * 10_000)"
)


def test_the_same_submission_gives_the_same_bytes(lab, solved, hand_in, tmp_path):
    sheets = []
    for name in ("one.json", "two.json"):
        grade(lab, hand_in(*solved, NASTY), exercises=["blur", "weights"]).write(tmp_path / name)
        sheets.append((tmp_path / name).read_bytes())
    assert sheets[0] == sheets[1]
    message = json.loads(sheets[0])["exercises"][1]["message"]
    assert "0x…" in message and "\x1b" not in message and len(message) <= 800


def test_a_file_name_that_is_no_text_is_written_all_the_same(tmp_path):
    Sheet.of("lab", [PASSED], submission="caf\udce9.py").write(tmp_path / "score.json")
    assert json.loads((tmp_path / "score.json").read_text(encoding="utf-8"))["submission"] == "caf?.py"


# ------------------------------------------------------------------------------------------------------- pictures


def wrong_at(shape, *places):
    array = np.zeros(shape)
    for place in places:
        array[place] = 1
    return array


@pytest.mark.parametrize(
    ("got", "rows", "note"),
    [
        (wrong_at((2, 3), (0, 1), (1, 2)), ["010", "001"], "wrong in 2 of 6 places"),
        (wrong_at(4, 2), ["0010"], "wrong in 1 of 4 places"),
        (wrong_at((2, 2, 3, 4), (1, 0, 2, 3)), ["001", "000"], "wrong in 1 of 48 places; shown is [1, :, :, 3]"),
        (wrong_at((4, 5, 3), (3, 4, 1)), ["00000"] * 3 + ["00001"], "wrong in 1 of 60 places; shown is [:, :, 1]"),
        (wrong_at((2, 2, 5), (1, 0, 4)), ["00001", "00000"], "wrong in 1 of 20 places; shown is [1, :, :]"),
    ],
)
def test_a_difference_has_a_picture(got, rows, note):
    with pytest.raises(Different) as error:
        assert_same(got, np.zeros_like(got))
    assert error.value.picture == {"kind": "mask", "wrong": rows, "note": note}


def test_a_large_picture_is_reduced_and_keeps_every_wrong_place():
    got = wrong_at((100, 300), (99, 299), (0, 4))
    with pytest.raises(Different) as error:
        assert_same(got, np.zeros((100, 300)))
    picture = error.value.picture
    assert (len(picture["wrong"]), {len(row) for row in picture["wrong"]}) == (50, {60})
    assert picture["wrong"][0][0] == picture["wrong"][-1][-1] == "1"
    assert sum(row.count("1") for row in picture["wrong"]) == 2
    assert "a square stands for 2x5 places" in picture["note"]


@pytest.mark.parametrize(("got", "expected"), [(3, 4), ([1, 2], [1, 2, 3]), ([[1], [2, 3]], [1]), ("a", 1), (None, 1)])
def test_without_places_there_is_no_picture(got, expected):
    with pytest.raises(Different) as error:
        assert_same(got, expected)
    assert error.value.picture is None


def test_large_whole_numbers_are_compared_exactly():
    assert_same(10**15, 10**15)
    with pytest.raises(Different):
        assert_same(10**15 + 1, 10**15)
    with pytest.raises(Different, match="far too large"):
        assert_same([1.5, 10**400], [1.5, 2])


def test_the_sheet_shows_the_first_picture(lab, solved, hand_in):
    wrong = "def blur(image):\n    out = np.array(image) / 9\n    out[1, 2] += 1\n    return out"
    sheet = grade(lab, hand_in(*solved, wrong), exercises=["blur", "weights"]).to_dict()
    weights, blur = sheet["exercises"]
    assert blur["picture"]["wrong"] == ["0000", "0010", "0000", "0000"]
    assert weights["picture"] is None
    assert "weights" not in sheet


# ------------------------------------------------------------------------------------------------------- diagnosis


def call(*args, result):
    return Call(None, wire.encode((args, {})), result)


def counted(function):
    asked = []

    def mutant(n):
        asked.append(n)
        return function(n)

    return mutant, asked


def test_a_mutant_is_asked_a_question_once():
    mutant, asked = counted(lambda n: n + 1)
    suspects = [Mutant("x", "one too many", mutant)]
    for _ in range(3):
        assert Diagnosis(suspects).name([call(1, result=2), call(5, result=6)]) == "one too many"
    assert sorted(asked) == [1, 5]


def test_a_mutant_that_differed_is_no_suspect_in_the_next_check():
    first, asked = counted(lambda n: n + 1)
    diagnosis = Diagnosis([Mutant("x", "one too many", first), Mutant("x", "doubled", lambda n: 2 * n)])
    assert diagnosis.name([call(7, result=14)]) == "doubled"
    assert diagnosis.name([call(1, result=2)]) == "doubled"
    assert asked == [7]
    assert diagnosis.name([]) is None
    assert diagnosis.name([call(2, result=99)]) is None


def test_a_mutant_that_never_ends_is_stopped_and_not_asked_again():
    before = threading.active_count()

    def endless(n):
        while n:
            time.sleep(0.001)

    suspects = [Mutant("x", "endless", endless), Mutant("x", "doubled", lambda n: 2 * n)]
    assert Diagnosis(suspects, seconds=0.2).name([call(3, result=6)]) is None
    assert Diagnosis(suspects, seconds=5.0).name([call(4, result=8)]) == "doubled"
    assert threading.active_count() == before


def test_mutants_are_read_again_only_when_the_file_changes(tmp_path):
    path = tmp_path / "mutants.py"
    path.write_text("from ccv.grading import mutant\nwrong = mutant('x', 'first', value=1)\n")
    kept = load_mutants(path)["wrong"]
    assert load_mutants(path)["wrong"] is kept
    path.write_text("from ccv.grading import mutant\nwrong = mutant('x', 'second', value=1)\n")
    os.utime(path, ns=(1, 1))
    assert load_mutants(path)["wrong"].says == "second"
