"""A class graded: whatever one submission does, every other gets its points, once, and the same in every run."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

import pytest

from ccv.cli import main
from ccv.grading.batch import grade_class, merge
from ccv.grading.batch.attempts import SCRIPT
from ccv.grading.batch.candidates import Candidate
from ccv.grading.batch.grader import Grader
from ccv.grading.batch.journal import NAME, read_journal
from ccv.grading.batch.reading import Location
from ccv.grading.batch.record import submission_seed
from ccv.grading.border.sandbox import NotStarted
from ccv.grading.border.sandbox import start_worker as sandbox_worker

STUDENT = """
def double(n):
    return {factor} * n
# %%
word = {word!r}
# %%
size = 3
"""

REPORTS = ("scores.csv", "scores.json", "index.html")


def student(word="honest", factor=2):
    """What a student hands in."""
    return STUDENT.format(word=word, factor=factor)


def graded(outcome):
    return {r.student: r for r in outcome.records}


def statuses(record):
    return {e["name"]: e["status"] for e in record.sheet["exercises"]}


def reports(out):
    return {p.relative_to(out): p.read_bytes() for p in out.rglob("*") if p.is_file() and not p.name.startswith("jour")}


@pytest.fixture
def mixed(classroom):
    """An honest class with its usual accidents."""
    folder = classroom(
        s1=student(),
        s2=student(factor=3),
        s10=student("wrong"),
        blank="def double(n):\n    raise NotImplementedError\nword = ...\nsize = ...\n",
        broken="def double(n:\n",
        empty="",
        endless=student().replace("return", "while True: n\n    return"),
        leaves=student().replace("return", "import os; os._exit(0)\n    return"),
    )
    (folder / "notes.ipynb").write_text("no notebook")
    return folder


@pytest.mark.slow
def test_a_class_in_two_processes(small_lab, mixed, tmp_path):
    seen = []
    outcome = grade_class(small_lab, [mixed], tmp_path / "out", jobs=2, progress=lambda *n: seen.append(n))
    records = graded(outcome)
    points = {name: record.points for name, record in records.items()}
    expected = {"s1": 4, "s2": 2, "s10": 3, "blank": 0, "broken": 0, "empty": 0, "endless": 2, "leaves": 2, "notes": 0}
    assert points == expected
    assert [r.student for r in outcome.records] == sorted(expected, key=lambda n: (n[0], len(n), n))
    unreadable = {name for name, r in records.items() if r.status == "unreadable"}
    assert unreadable == {"empty", "notes"}
    assert all(records[n].message and not records[n].digest for n in unreadable)
    assert statuses(records["endless"])["double"] == "timeout"
    assert statuses(records["leaves"])["double"] == "crashed"
    assert records["s1"].seed == submission_seed(0, "s1")
    assert seen[0] == (0, 9) and seen[-1] == (9, 9)
    for name in REPORTS:
        assert (tmp_path / "out" / name).is_file()

    # The same class and seed give the same reports, byte for byte, however many graders are at work.
    grade_class(small_lab, [mixed], tmp_path / "again", jobs=1)
    assert reports(tmp_path / "again") == reports(tmp_path / "out")


@pytest.mark.slow
def test_an_answer_that_breaks_the_grader_costs_its_own_exercise(small_lab, classroom, tmp_path):
    folder = classroom(a=student(), dies=student("die"), loops=student("loop"), raises=student("raise"))
    outcome = grade_class(small_lab, [folder], tmp_path / "out", jobs=2, patience=1)
    records = graded(outcome)
    assert records["a"].points == 4
    for name in ("dies", "loops", "raises"):
        assert records[name].points == 3, name
        assert records[name].status == "graded"
    assert statuses(records["dies"])["word"] == "crashed"
    assert statuses(records["loops"])["word"] == "timeout"
    assert "word" in records["dies"].message
    assert [e["name"] for e in records["dies"].sheet["exercises"]] == ["double", "word", "size"]


def test_nothing_beside_the_submissions_has_a_say(small_lab, classroom, tmp_path, monkeypatch):
    folder = classroom(alice=student(factor=3))
    trap = "import os; os._exit(9)\n"
    for name in ("conftest.py", "sitecustomize.py", "usercustomize.py", "pytest.py", "numpy.py"):
        (folder / name).write_text(trap)
    (folder / "pytest.ini").write_text("[pytest]\naddopts = --collect-only\n")
    startup = folder / "startup"
    startup.write_text(trap)
    monkeypatch.chdir(folder)
    for name in ("PYTHONSTARTUP", "PYTHONPATH", "PYTHONHOME", "PYTEST_PLUGINS", "PYTEST_ADDOPTS", "PYTHONINSPECT"):
        monkeypatch.setenv(name, str(startup if name == "PYTHONSTARTUP" else folder))
    outcome = grade_class(small_lab, [folder / "alice.py"], tmp_path / "out", jobs=1)
    assert graded(outcome)["alice"].points == 2


def test_the_one_notebook_that_binds_the_exercises_is_taken(small_lab, tmp_path):
    folder = tmp_path / "class" / "alice"
    folder.mkdir(parents=True)
    (folder / "a.ipynb").write_text(json.dumps({"cells": [{"cell_type": "code", "source": "plot = 1"}]}))
    cells = [{"cell_type": "code", "source": student()}]
    (folder / "b.ipynb").write_text(json.dumps({"cells": cells}))
    (folder / "c.ipynb").write_text("damaged")
    record = graded(grade_class(small_lab, [tmp_path / "class"], tmp_path / "out", jobs=1))["alice"]
    assert (record.points, record.file) == (4, "alice/b.ipynb")


def test_of_two_files_of_lines_that_slow_readers_down_the_right_one_is_taken(small_lab, tmp_path):
    folder = tmp_path / "class" / "alice"
    folder.mkdir(parents=True)
    blanks = "def broken(:\nx" + " " * 10**6 + "y"
    for name, code in (("a.ipynb", "size = 3"), ("b.ipynb", student())):
        cells = [{"cell_type": "code", "source": source} for source in (blanks, code, "z = '\ud800'")]
        (folder / name).write_text(json.dumps({"cells": cells}))
    record = graded(grade_class(small_lab, [tmp_path / "class"], tmp_path / "out", jobs=1))["alice"]
    assert (record.points, record.file) == (4, "alice/b.ipynb")


def test_a_relative_path_is_the_callers(small_lab, classroom, tmp_path, monkeypatch):
    folder = classroom(alice=student())
    monkeypatch.chdir(folder)
    record = grade_class(small_lab, [Path("alice.py")], tmp_path / "out", jobs=1).records[0]
    assert (record.student, record.file, record.points) == ("alice", "alice.py", 4)


def _alone(small_lab, monkeypatch, start_worker):
    """A grader in this process, and a task for it; `start_worker` stands in for the machine."""
    monkeypatch.setattr("ccv.grading.border.sandbox.start_worker", start_worker)
    # This grader is no process of its own, and the tests that follow need their memory.
    monkeypatch.setattr("ccv.grading.isolation.limits.limit_own_memory", lambda _: None)
    points = {"double": 2, "word": 1, "size": 1}
    task = {"student": "alice", "platform": {}, "seed": 1, "known": {}, "blamed": [], "avoid": []}
    task |= {"name": "alice", "rule": "latest", "only": None}
    candidate = Candidate("00_small.py", Location(str(small_lab / "00_small.py")), kind=SCRIPT)
    task["candidates"] = [asdict(candidate) | {"name": candidate.name}]
    return Grader({"lab": str(small_lab), "exercises": points}, [].append), task


def _does_not_start(*_, **__):
    raise NotStarted("no process today")


@pytest.mark.parametrize("careful", [False, True])
def test_where_no_process_starts_for_one_submission_the_teacher_must_look(small_lab, monkeypatch, careful):
    first = iter([_does_not_start])

    def start(**options):
        return next(first, sandbox_worker)(**options)

    grader, task = _alone(small_lab, monkeypatch, start)
    record = grader.grade(task | {"careful": careful})
    assert (record["status"], record["message"], record["sheet"]) == ("failed", "no process today", None)


@pytest.mark.parametrize("careful", [False, True])
def test_where_no_process_starts_at_all_the_class_stops(small_lab, monkeypatch, careful):
    grader, task = _alone(small_lab, monkeypatch, _does_not_start)
    with pytest.raises(NotStarted, match="no process today"):
        grader.grade(task | {"careful": careful})
    with pytest.raises(NotStarted, match="no process today"):
        grader.describe()


BREAKS = """
import ccv.grading.border.sandbox as sandbox, pytest

def broken(*_, **__):
    raise sandbox.NotStarted("no process today")
"""
AT_THE_START = "sandbox.start_worker = broken"
IN_THE_MIDDLE = "@pytest.fixture(autouse=True)\ndef breaks():\n    sandbox.start_worker = broken"


@pytest.mark.parametrize("when", [AT_THE_START, IN_THE_MIDDLE], ids=["at the start", "in the middle"])
def test_a_class_run_without_processes_stops_with_one_sentence(
    small_lab, classroom, tmp_path, monkeypatch, capsys, when
):
    """The machine is stood in for by checks that spoil their own grader, which is a process of its own."""
    folder, out, lab = classroom(alice=student(), bob=student()), tmp_path / "out", tmp_path / "labs" / small_lab.name
    shutil.copytree(small_lab, lab)
    checks = lab / f"test_{lab.name}.py"
    checks.write_text(f"{BREAKS}\n\n{when}\n\n{checks.read_text()}")
    monkeypatch.setattr("ccv.course.catalog.labs_directory", lambda: lab.parent)
    with pytest.raises(SystemExit) as stopped:
        main(["grade", lab.name, str(folder), "--out", str(out), "--jobs", "1"])
    said = " ".join(capsys.readouterr().err.split())
    assert stopped.value.code == 2
    assert said.startswith("Error: no process today") and said.count("Error") == 1
    assert not [p for p in out.rglob("*") if not p.name.startswith("journal")]
    assert ("--resume" in said) == (when == IN_THE_MIDDLE)


@pytest.mark.slow
def test_shards_merge_into_what_one_run_gives(small_lab, mixed, tmp_path):
    (mixed / "endless.py").unlink()
    whole = grade_class(small_lab, [mixed], tmp_path / "whole", jobs=2)
    parts = [tmp_path / "part1", tmp_path / "part2"]
    for i, part in enumerate(parts, start=1):
        grade_class(small_lab, [mixed], part, jobs=2, shard=f"{i}/2")
    merged = merge(small_lab, parts[::-1], tmp_path / "merged")
    assert reports(tmp_path / "merged") == reports(tmp_path / "whole")
    assert [r.without_time() for r in merged.records] == [r.without_time() for r in whole.records]
    assert not merged.warnings
    assert "2/2" in merge(small_lab, parts[:1], tmp_path / "half").warnings[0]
    assert reports(tmp_path / "merged") == reports(tmp_path / "whole")

    line = next(x for x in (parts[1] / NAME).read_text().splitlines() if '"points":4' in x)
    (tmp_path / "forged").mkdir()
    head = (parts[0] / NAME).read_text().splitlines()[0]
    (tmp_path / "forged" / NAME).write_text(head + "\n" + line.replace('"points":4', '"points":5') + "\n")
    with pytest.raises(ValueError, match="graded differently"):
        merge(small_lab, [*parts, tmp_path / "forged"], tmp_path / "never")
    grade_class(small_lab, [mixed / "s1.py"], tmp_path / "other_seed", jobs=1, seed=7)
    with pytest.raises(ValueError, match="another seed"):
        merge(small_lab, [parts[0], tmp_path / "other_seed"], tmp_path / "never")
    with pytest.raises(FileNotFoundError, match="no journal"):
        merge(small_lab, [tmp_path / "nowhere"], tmp_path / "never")


@pytest.mark.slow
def test_resume_grades_what_is_missing_and_what_has_changed(small_lab, classroom, tmp_path):
    folder, out = classroom(alice=student(), bob=student(factor=3)), tmp_path / "out"
    grade_class(small_lab, [folder], out, jobs=1)
    with pytest.raises(FileExistsError, match="--resume"):
        grade_class(small_lab, [folder], out, jobs=1)
    classroom(bob=student(), carl=student())
    outcome = grade_class(small_lab, [folder], out, jobs=1, resume=True)
    assert {r.student: r.points for r in outcome.records} == {"alice": 4, "bob": 4, "carl": 4}
    lines = (out / NAME).read_text().splitlines()
    assert len(lines) == 1 + 2 + 2
    with pytest.raises(ValueError, match="another seed"):
        grade_class(small_lab, [folder], out, jobs=1, resume=True, seed=1)


def test_a_lab_that_does_not_load_is_no_students_fault(small_lab, classroom, tmp_path):
    folder = classroom(alice=student())
    with pytest.raises(LookupError, match="no exercise called nope"):
        grade_class(small_lab, [folder], tmp_path / "out", exercises=["nope"])
    bad = tmp_path / "00_bad"
    bad.mkdir()
    (bad / "test_00_bad.py").write_text("import nothing_of_the_kind\n")
    with pytest.raises(RuntimeError, match="do not load"):
        grade_class(bad, [folder], tmp_path / "out")
    assert not (tmp_path / "out").exists()


PROGRAM = (
    "import sys; from pathlib import Path; from ccv.grading.batch import grade_class; "
    "lab, folder, out = map(Path, sys.argv[1:]); grade_class(lab, [folder], out, jobs=2, resume=True)"
)


def killed_then_resumed(small_lab, folder, out, kills):
    """Kill a run again and again as its journal grows, and return how often it was really killed."""
    chance, killed = random.Random(0), 0
    command = [sys.executable, "-c", PROGRAM, str(small_lab), str(folder), str(out)]
    for number in range(kills):
        size = (out / NAME).stat().st_size if (out / NAME).exists() else 0
        process = subprocess.Popen(command, stderr=subprocess.PIPE)
        bytes_more = 1 + chance.randrange(200) if number else 0
        while process.poll() is None:
            if (out / NAME).exists() and (out / NAME).stat().st_size >= size + bytes_more:
                break
            time.sleep(0.002)
        time.sleep(chance.random() * 0.02)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            killed += 1
        process.communicate()
        assert process.returncode in (0, -signal.SIGKILL)
        assert_nothing_runs(process.pid, out)
    subprocess.run(command, check=True)
    return killed


def assert_nothing_runs(parent, out):
    """The graders of a parent, and all that they started, are gone soon after it."""
    if sys.platform != "linux":
        return
    scratch = json.loads((out / "journal.lock").read_bytes() or b"{}").get("scratch", "nowhere")
    for _ in range(500):
        left = [p for p in Path("/proc").glob("[0-9]*") if belongs(p, parent, scratch)]
        if not left:
            return
        time.sleep(0.02)
    raise AssertionError(f"still running: {[(p / 'cmdline').read_bytes() for p in left]}")


def belongs(process, parent, scratch):
    try:
        command = (process / "cmdline").read_bytes()
        return f"main({parent})".encode() in command or str((process / "cwd").readlink()).startswith(scratch)
    except OSError:
        return False


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is POSIX")
@pytest.mark.parametrize("kills", [2, pytest.param(10, marks=pytest.mark.slow)])
def test_kill_9_at_random_moments_loses_nothing(small_lab, classroom, tmp_path, kills):
    folder = classroom(**{f"s{i}": student(factor=1 + i % 3) for i in range(4 * kills)})
    out = tmp_path / "out"
    assert killed_then_resumed(small_lab, folder, out, kills) >= kills // 2
    grade_class(small_lab, [folder], tmp_path / "undisturbed", jobs=2)
    assert reports(out) == reports(tmp_path / "undisturbed")
    lines = (out / NAME).read_text().splitlines()[1:]
    names = [json.loads(line)["student"] for line in lines]
    assert sorted(names) == sorted(set(names)) and len(names) == 4 * kills
    assert not [p for p in folder.iterdir() if p.suffix != ".py"]


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX")
def test_ctrl_c_keeps_the_journal_and_leaves_nothing_running(small_lab, classroom, tmp_path):
    folder, out = classroom(**{f"s{i}": student() for i in range(60)}), tmp_path / "out"
    # Who runs the tests in a shell's background has Ctrl-C ignored, and all that it starts with it.
    heard = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    command = [sys.executable, "-c", heard + PROGRAM, str(small_lab), str(folder), str(out)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    while not (out / NAME).exists() or (out / NAME).read_bytes().count(b"\n") < 3:
        time.sleep(0.005)
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    process.communicate()
    assert process.returncode != 0
    assert_nothing_runs(process.pid, out)
    assert 2 <= len(read_journal(out / NAME)[1]) < 60
    assert not Path(json.loads((out / "journal.lock").read_bytes())["scratch"]).exists()
