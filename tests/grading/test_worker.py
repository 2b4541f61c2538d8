"""The student's process: what it may do costs the exercise that did it, and leaves nothing running."""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from ccv.grading import failures, sandbox
from ccv.grading.answers import LiveSubmission, NotebookSubmission

CELLS = [
    "import numpy as np, os, sys",
    "def double(x):\n    print('noise'); print('noise', file=sys.stderr); return np.asarray(x) * 2",
    "def raises(x):\n    y = 1\n    return y / 0",
    "def loops():\n    while True:\n        pass",
    "def sleeps():\n    import time; time.sleep(60)",
    "def asks():\n    return input('n?')",
    "def leaves():\n    os._exit(0)",
    "def quits():\n    sys.exit(0)",
    "def segfaults():\n    import ctypes; ctypes.string_at(0)",
    "def eats():\n    return len(bytearray(10**12))",
    "def deep(n=0):\n    return deep(n + 1)",
    "def generates():\n    yield 1",
    "def objects():\n    return object()",
    "def blank():\n    raise NotImplementedError('your answer')",
    "def nothing():\n    pass",
    "state = []",
    "def grows():\n    state.append(1); return len(state)",
    "value = (1, [2.5, None], {'a': np.arange(3)})",
    "blank_value = ...",
    "class Broken:\n    def __init__(self):\n        raise KeyError('no')\nbroken = Broken()",
    "while True:\n    endless = 1",
    "def wide():\n    return np.ones((20_000, 10_000))",
]


@pytest.fixture
def submission():
    handed_in = NotebookSubmission(CELLS)
    yield handed_in
    handed_in.close()


def test_calls_return_data_whatever_is_printed(submission):
    double = submission.open("double", 5)
    np.testing.assert_array_equal(double([1, 2]), [2, 4])
    np.testing.assert_array_equal(double(x=np.eye(2)), 2 * np.eye(2))
    assert len(double.calls) == 2


def test_a_value_is_handed_over_as_data(submission):
    one, (half, none), arrays = submission.open("value", 5)
    assert (one, half, none) == (1, 2.5, None)
    assert type(arrays["a"]) is np.ndarray
    assert submission.open("nothing", 5)() is None


@pytest.mark.parametrize(
    ("name", "kind", "says"),
    [
        ("raises", failures.Failed, r"ZeroDivisionError.*cell 3, line 3: `return y / 0`"),
        ("loops", failures.TooSlow, "still running after 0.5 s"),
        ("sleeps", failures.TooSlow, "still running"),
        ("asks", failures.Failed, "EOFError"),
        ("leaves", failures.Crashed, "process ended"),
        ("quits", failures.Failed, "SystemExit"),
        ("segfaults", failures.Crashed, "process ended"),
        ("eats", failures.Failed, "MemoryError"),
        ("deep", failures.Failed, "RecursionError"),
        ("generates", failures.NoData, "generator"),
        ("objects", failures.NoData, "object"),
        ("blank", failures.Blank, "still blank"),
        ("wide", failures.NoData, "larger than"),
    ],
)
def test_a_call_that_goes_wrong_says_how(submission, name, kind, says):
    answer = submission.open(name, 20)
    answer._timeout = 0.5 if kind is failures.TooSlow else 20
    arguments = [1] if name == "raises" else []
    with pytest.raises(kind, match=says):
        answer(*arguments)


@pytest.mark.parametrize(
    ("name", "kind", "says"),
    [
        ("nowhere", failures.Missing, "no `nowhere`"),
        ("duoble", failures.Missing, "there is `double`"),
        ("blank_value", failures.Blank, "still blank"),
        ("broken", failures.Failed, "KeyError.*cell 20"),
        ("endless", failures.TooSlow, "still running"),
    ],
)
def test_a_load_that_goes_wrong_says_how(submission, name, kind, says):
    with pytest.raises(kind, match=says):
        submission.open(name, 1)


def test_every_check_meets_a_fresh_process(submission):
    assert submission.open("grows", 5)() == 1
    assert submission.open("grows", 5)() == 1


def test_a_driver_runs_beside_the_student(submission):
    def drive(answer, times):
        return [next(answer()) for _ in range(times)]

    assert submission.open("generates", 5).drive(drive, 3) == [1, 1, 1]


def alive(marker: str) -> list[str]:
    listing = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    return [line for line in listing.splitlines() if marker in line and "ps -eo" not in line]


@pytest.mark.skipif(sys.platform != "linux", reason="orphans are swept by way of /proc")
def test_nothing_is_left_running():
    marker = f"sleep 54321.{os.getpid()}"
    cell = (
        "import subprocess, os\n"
        "def spawns():\n"
        f"    subprocess.Popen({marker.split()!r})\n"
        f"    subprocess.Popen({marker.split()!r}, start_new_session=True)\n"
        "    if os.fork() == 0:\n"
        "        os.setsid()\n"
        "        if os.fork() == 0:\n"
        f"            os.execvp('sleep', {marker.split()!r})\n"
        "        os._exit(0)\n"
        "    return 1"
    )
    handed_in = NotebookSubmission([cell])
    assert handed_in.open("spawns", 5)() == 1
    assert alive(marker)
    handed_in.close()
    deadline = time.monotonic() + 5
    while alive(marker) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert alive(marker) == []


def test_the_scratch_folder_is_its_own_and_goes_away():
    handed_in = NotebookSubmission(
        ["import os\ndef where():\n    open('x', 'w').write('1'); return os.getcwd(), os.environ.get('SECRET')"]
    )
    os.environ["SECRET"] = "teacher"
    try:
        folder, secret = handed_in.open("where", 5)()
    finally:
        del os.environ["SECRET"]
        handed_in.close()
    assert secret is None
    assert not Path(folder).exists()


def test_without_fork_a_fresh_interpreter_does_the_same(monkeypatch):
    monkeypatch.setattr(sandbox, "start_worker", lambda **_: sandbox._fresh_worker(sandbox.MEMORY_BYTES))
    handed_in = NotebookSubmission(CELLS)
    np.testing.assert_array_equal(handed_in.open("double", 20)([1]), [2])
    with pytest.raises(failures.Crashed):
        handed_in.open("leaves", 20)()
    answer = handed_in.open("loops", 20)
    answer._timeout = 0.5
    with pytest.raises(failures.TooSlow):
        answer()
    handed_in.close()


def test_models_come_back_as_models():
    cells = ["import keras", "def tiny(n):\n    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(n)])"]
    handed_in = NotebookSubmission(cells)
    model = handed_in.open("tiny", 60)(3)
    handed_in.close()
    assert model.count_params() == 15
    assert model(np.zeros((1, 4))).shape == (1, 3)


def test_a_layer_of_the_students_own_cannot_cross():
    cells = [
        "import keras",
        "@keras.saving.register_keras_serializable('mine')\nclass Mine(keras.layers.Layer):\n    pass",
        "def tiny():\n    return keras.Sequential([keras.Input((4,)), Mine()])",
    ]
    handed_in = NotebookSubmission(cells)
    with pytest.raises(failures.NoData, match="Mine"):
        handed_in.open("tiny", 60)()
    handed_in.close()


def test_live_answers_give_the_same_data_and_the_same_failures():
    namespace = {}
    for cell in CELLS[:20]:
        if "Broken" not in cell:
            exec(cell, namespace)
    live = LiveSubmission(namespace)
    np.testing.assert_array_equal(live.open("double", 1)([1, 2]), [2, 4])
    assert live.open("value", 1)[0] == 1
    with pytest.raises(failures.Failed, match="ZeroDivisionError"):
        live.open("raises", 1)(1)
    for name in ("blank", "blank_value"):
        with pytest.raises(failures.Blank):
            answer = live.open(name, 1)
            answer()
    with pytest.raises(failures.Missing, match="there is `double`"):
        live.open("duoble", 1)
    with pytest.raises(failures.NoData):
        live.open("objects", 1)()


def test_a_live_function_cannot_change_the_checks_arguments():
    def spoils(values):
        values.clear()
        return 0

    values = [1, 2]
    LiveSubmission({"spoils": spoils}).open("spoils", 1)(values)
    assert values == [1, 2]
