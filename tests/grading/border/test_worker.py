"""The student's process: what it may do costs the exercise that did it, and leaves nothing running."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import ccv
from ccv.grading import failures, isolation
from ccv.grading.border import sandbox, wire
from ccv.grading.border.replies import judge_reply
from ccv.grading.border.student import Student
from ccv.grading.handed_in import NotebookSubmission
from ccv.grading.isolation import probes
from ccv.grading.live import LiveSubmission
from ccv.grading.reading import scripts
from ccv.grading.reading.submission import cells_of

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
    "squares = (n * n for n in range(3))",
    "blank_value = ...",
    "class Broken:\n    def __init__(self):\n        raise KeyError('no')\nbroken = Broken()",
    "while True:\n    endless = 1",
    "def wide():\n    return np.ones((6_000, 6_000))",
]


@pytest.fixture
def submission():
    handed_in = NotebookSubmission(CELLS, setup_seconds=5)
    yield handed_in
    handed_in.close()


def test_calls_return_data_whatever_is_printed(submission):
    double = submission.open("double", 5)
    np.testing.assert_array_equal(double([1, 2]), [2, 4])
    np.testing.assert_array_equal(double(x=np.eye(2)), 2 * np.eye(2))
    assert len(double.calls) == 2


def test_what_a_generator_gives_is_data(submission):
    assert submission.open("squares", 5) == [0, 1, 4]
    assert submission.open("generates", 5)() == [1]


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


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "kind", "says"),
    [
        ("nowhere", failures.Missing, "no `nowhere`"),
        ("duoble", failures.Missing, "there is `double`"),
        ("blank_value", failures.Blank, "still blank"),
        ("broken", failures.Failed, "KeyError.*cell 21"),
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
    listing = subprocess.run(["ps", "-ww", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    return [line for line in listing.splitlines() if marker in line and "ps -ww" not in line]


@pytest.mark.skipif(sys.platform != "linux", reason="orphans are swept by way of /proc")
@pytest.mark.parametrize("view", ["process", "bubblewrap", pytest.param("namespaces", marks=pytest.mark.slow)])
def test_nothing_is_left_running(view):
    if view != "process" and not probes.works(view):
        pytest.skip(f"{view} does not work on this machine")
    marker = f"left behind by {os.getpid()}"
    cell = (
        "import subprocess, os, sys\n"
        "def spawns():\n"
        f"    words = [sys.executable, '-c', 'import time; time.sleep(600)', {marker!r}]\n"
        "    subprocess.Popen(words)\n"
        "    subprocess.Popen(words, start_new_session=True)\n"
        "    if os.fork() == 0:\n"
        "        os.setsid()\n"
        "        if os.fork() == 0:\n"
        "            os.execv(sys.executable, words)\n"
        "        os._exit(0)\n"
        "    return 1"
    )
    handed_in = NotebookSubmission([cell], layers=isolation.choose(view, landlock=False, seccomp=False))
    assert handed_in.open("spawns", 5)() == 1
    assert alive(marker)
    handed_in.close()
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
    def fresh(*, seed, memory_bytes, **_):
        return sandbox._fresh_worker({"seed": seed, "memory_bytes": memory_bytes})

    monkeypatch.setattr(sandbox, "start_worker", fresh)
    handed_in = NotebookSubmission(CELLS)
    np.testing.assert_array_equal(handed_in.open("double", 20)([1]), [2])
    with pytest.raises(failures.Crashed):
        handed_in.open("leaves", 20)()
    answer = handed_in.open("loops", 20)
    answer._timeout = 0.5
    with pytest.raises(failures.TooSlow):
        answer()
    handed_in.close()


FORGER = """
import os, struct
def message(*parts):
    sized = [struct.pack("!Q", len(p)) + p for p in parts]
    return struct.pack("!Q", len(parts)) + b"".join(sized)
LIE = b'{"dict": [["status", "ok"], ["kind", "data"], ["value", 42]]}'
SENT = os.write(3, SENT_WHILE_LOADING)
def forges(sent=b"", before=SENT):
    os.write(3, {"lie": message(b"0" * 16, LIE), "nothing": bytes(8), "a part": bytes(3), b"": b""}[sent])
    return 1
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the connection is descriptor 3 where workers are forked")
def test_a_reply_that_was_not_asked_for_is_never_an_answer():
    quiet = NotebookSubmission([FORGER.replace("SENT_WHILE_LOADING", "b''")])
    answer = quiet.open("forges", 5)
    with pytest.raises(failures.NoData, match="something else"):  # before its reply, with a token of its own
        answer("lie")
    with pytest.raises(failures.NoData, match="something else"):
        quiet.open("forges", 5)("nothing")
    late = quiet.open("forges", 5)
    with pytest.raises((failures.NoData, failures.Crashed)):  # a part of a reply: whatever follows is out of step
        late("a part")
    quiet.close()
    loud = NotebookSubmission([FORGER.replace("SENT_WHILE_LOADING", "message(b'0' * 16, LIE)")])
    with pytest.raises(failures.NoData, match="something else"):
        loud.open("forges", 5)
    loud.close()


def test_what_waits_before_a_question_is_asked_ends_the_conversation():
    ours, theirs = socket.socketpair()
    worker = sandbox.Worker(ours, lambda: None)
    wire.send(theirs, [b"0" * 16, *wire.encode({"status": "ok", "value": 42})])
    with theirs, pytest.raises(wire.WireError, match="before it was asked"):
        worker.ask(1, op="call")
    with pytest.raises(sandbox.Gone):
        worker.ask(1, op="call") if ours.recv(2**16) else None
    worker.close()
    worker.close()


@pytest.mark.parametrize(
    "reply",
    [
        None,
        [],
        {},
        {"status": ["ok"]},
        {"status": np.array("ok"), "value": 1},
        {"status": "ok"},
        {"status": "ok", "kind": ["function"]},
        {"status": "ok", "kind": {}},
        {"status": "passed", "value": 1},
        {"status": "heavy"},
        {"status": "missing", "known": 3},
        {"status": "missing", "known": ["x" * 10**6] * 10},
        {"status": "damaged", "message": ["x"], "cell": "x", "line": {}},
        {"status": "nodata", "message": {"a": 1}},
        {"status": "error", "type": 3, "message": np.eye(3), "cell": "<b>", "line": -1, "text": None},
        {"status": "error", "type": "E", "message": "x" * 10**6},
    ],
    ids=repr,
)
def test_a_forged_reply_is_a_failure_with_a_short_sentence(reply):
    with pytest.raises(failures.Unanswered) as error:
        judge_reply("double", reply)
    assert len(str(error.value)) < 2000


def test_a_timeout_of_the_run_caps_those_of_the_checks():
    handed_in = NotebookSubmission(CELLS, timeout=0.5)
    with pytest.raises(failures.TooSlow, match=r"after 0\.5 s"):
        handed_in.open("loops", 60)()
    handed_in.close()


def test_the_timeout_is_for_all_calls_of_a_check_together():
    handed_in = NotebookSubmission(["import time\ndef slow(n):\n    time.sleep(n)\n    return n"])
    answer = handed_in.open("slow", 1)
    assert answer(0.4) == 0.4
    with pytest.raises(failures.TooSlow, match="after 1 s"):
        for _ in range(9):
            answer(0.4)
    assert len(answer.calls) <= 2
    again = handed_in.open("slow", 1)  # the next check has its own
    assert again(0.1) == 0.1
    handed_in.close()


def test_half_a_character_costs_nobody_anything():
    cells = ["def double(x):\n    return 2 * x", "text = '\ud800'", "def half():\n    return chr(0xD800)"]
    handed_in = NotebookSubmission(cells)
    with pytest.raises(failures.NoData):  # such cells cannot be sent; a notebook's are made sendable when it is read
        handed_in.open("double", 5)
    handed_in.close()
    handed_in = NotebookSubmission(
        cells_of("x.ipynb", json.dumps({"cells": [{"cell_type": "code", "source": cell} for cell in cells]}).encode())
    )
    assert handed_in.open("double", 5)(2) == 4
    assert handed_in.open("text", 5) == "?"
    with pytest.raises(failures.NoData):
        handed_in.open("half", 5)()
    handed_in.close()


def test_a_question_that_cannot_be_read_is_answered_and_the_next_one_too(submission):
    double = submission.open("double", 5)
    with pytest.raises(failures.NoData):
        double("\ud800")
    assert double(4) == 8


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


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no alarm")
def test_the_items_of_a_live_generator_are_there_for_every_check():
    live = LiveSubmission({"letters": (letter for letter in "ac"), "rows": map(list, ["a", "c"])})
    assert [live.open("letters", 1) for _ in range(2)] == [["a", "c"]] * 2
    assert [live.open("rows", 1) for _ in range(2)] == [[["a"], ["c"]]] * 2


def test_a_live_loop_without_end_is_stopped_and_the_notebook_goes_on():
    namespace: dict = {}
    exec("def endless(n):\n    while True:\n        n += 1\ndef patient(n):\n    return n", namespace)
    before = signal.getsignal(signal.SIGALRM)
    with pytest.raises(failures.TooSlow, match=r"(?s)`endless` was still running after 0.6 s.*`endless\(1\)`"):
        LiveSubmission(namespace).open("endless", timeout=0.2)(1)
    assert LiveSubmission(namespace).open("patient", timeout=0.2)(3) == 3
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_a_live_function_cannot_change_the_checks_arguments():
    def spoils(values):
        values.clear()
        return 0

    values = [1, 2]
    LiveSubmission({"spoils": spoils}).open("spoils", 1)(values)
    assert values == [1, 2]


@pytest.mark.parametrize(
    ("statement", "heavy"),
    [
        ("from ccv.training import fit", True),
        ("import ccv.transfer.freezing as f", True),
        ("from ccv import detection", True),
        ("import importlib\n    m = importlib.import_module('ccv.augment')", True),
        ("from ccv import convolution, plots", False),
        ("'about keras and torch.'", False),
    ],
)
def test_an_answer_that_needs_keras_begins_where_it_is_loaded(statement, heavy):
    """Elsewhere its import takes longer than a check may wait."""
    request = {"op": "plan", "name": "f", "cells": [f"def f(x):\n    {statement}\n    return x"], "stray": []}
    assert Student().reply(request)["value"]["heavy"] is heavy


def test_every_package_that_imports_keras_is_known_to_take_long():
    root = Path(ccv.__file__).parent
    imports = re.compile("^(?:import|from) keras", re.MULTILINE)
    found = {file.relative_to(root).parts[0] for file in root.rglob("*.py") if imports.search(file.read_text())}
    assert {f"ccv.{name.removesuffix('.py')}" for name in found} <= set(scripts._HEAVY)
