"""`ccv grade` as a teacher types it."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXERCISE = ("--exercise", "why_they_commute")


def ccv(*arguments, cwd=None):
    command = [sys.executable, "-c", "from ccv.cli import main; main()", *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=cwd, env={**os.environ, "COLUMNS": "160"}
    )


@pytest.fixture
def classroom(tmp_path):
    folder = tmp_path / "class"
    for name, word in (("alice", "monotone"), ("bob", "linear")):
        (folder / name).mkdir(parents=True)
        (folder / name / "01_xo.py").write_text(f"why_they_commute = {word!r}\n")
    (folder / "carl.ipynb").write_text("")
    return folder


def test_help_names_every_option_with_examples():
    text = ccv("grade", "--help").stdout
    options = (
        "out jobs timeout limit memory seed exercise resume shard merge attempts roster list-protections "
        "require-isolation score-json"
    )
    for option in options.split():
        assert f"--{option}" in text
    assert "Examples" in text


def test_list_protections_needs_no_lab():
    done = ccv("grade", "--list-protections")
    assert done.returncode == 0, done.stderr
    for word in ("protection", "active", "guards", "limits", "seccomp"):
        assert word in done.stdout


def test_a_class_ends_in_a_folder_with_a_summary(classroom, tmp_path):
    out = tmp_path / "out"
    done = ccv("grade", "01_xo", classroom, "--out", out, "--jobs", 1, *EXERCISE)
    assert done.returncode == 0, done.stderr
    for words in ("3 submissions", "2 graded, 1 unreadable", "mean 0.3", "why_they_commute (50%)", "limits", "carl"):
        assert words in done.stdout
    assert str(out) in done.stdout
    for name in ("journal.jsonl", "scores.csv", "scores.json", "index.html"):
        assert (out / name).is_file()

    again = ccv("grade", "01_xo", classroom, "--out", out, *EXERCISE)
    assert again.returncode == 2
    assert "--resume or another --out" in " ".join(again.stderr.split())
    assert "Traceback" not in again.stderr


def test_a_roster_and_a_rule_for_attempts(classroom, tmp_path):
    (classroom / "alice" / "01_xo-1.py").write_text("why_they_commute = 'linear'\n")
    roster = tmp_path / "students.csv"
    roster.write_text("ID number;Name;Group\n1;Alice;A\n2;Bob;B\n3;Dora;B\n", "utf-16")
    options = ("--jobs", 1, "--roster", roster, *EXERCISE)
    done = ccv("grade", "01_xo", classroom, "--out", tmp_path / "out", *options)
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    for words in ("1: Dora", "mean 0, median 0, of 1", "carl (carl.ipynb): not on the roster", "01_xo.py is older"):
        assert words in said, said
    done = ccv("grade", "01_xo", classroom, "--out", tmp_path / "best", "--attempts", "best", *options)
    assert "mean 0.333" in done.stdout and "earned 0 points" in " ".join(done.stdout.split())
    assert (tmp_path / "best" / "scores.csv").read_text("utf-8-sig").count("nothing handed in") == 1


@pytest.mark.slow
def test_shards_are_merged_into_what_one_run_writes(classroom, tmp_path):
    assert ccv("grade", "01_xo", classroom, "--out", tmp_path / "whole", "--jobs", 1, *EXERCISE).returncode == 0
    whole = (tmp_path / "whole" / "scores.csv").read_bytes()
    for i in (1, 2):
        options = ("--shard", f"{i}/2", "--out", tmp_path / f"part{i}", "--jobs", 1)
        assert ccv("grade", "01_xo", classroom, *options, *EXERCISE).returncode == 0
    parts = (tmp_path / "part1", tmp_path / "part2")
    done = ccv("grade", "01_xo", "--merge", *parts, "--out", tmp_path / "merged")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "merged" / "scores.csv").read_bytes() == whole


def test_one_file_prints_its_table_with_the_seed_that_it_has_in_the_class(classroom, tmp_path):
    score = tmp_path / "score.json"
    done = ccv("grade", "01_xo", classroom / "alice" / "01_xo.py", "--score-json", score, *EXERCISE)
    assert done.returncode == 0, done.stderr
    assert "1 of 1 points" in done.stdout
    sheet = json.loads(score.read_text())
    ccv("grade", "01_xo", classroom, "--out", tmp_path / "out", "--jobs", 1, *EXERCISE)
    journal = (tmp_path / "out" / "journal.jsonl").read_text()
    alice = next(json.loads(x) for x in journal.splitlines() if '"student":"alice"' in x)
    assert sheet["seed"] == alice["seed"] == alice["sheet"]["seed"]
    assert sheet["exercises"] == alice["sheet"]["exercises"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["grade"], "say which lab and what to grade"),
        (["grade", "01_xo"], "say which lab and what to grade"),
        (["grade", "01_xo", "nowhere"], "neither a notebook"),
        (["grade", "01_xo", "nowhere", "--out", "x"], "check the path"),
        (["grade", "01_xo", ".", "--out", "x"], "no notebook"),
        (["grade", "01_xo", "a.ipynb", "--jobs", "0"], "--jobs"),
        (["grade", "01_xo", "a.ipynb", "--shard", "9/3"], "must be i/n"),
        (["grade", "01_xo", "a.ipynb", "--out", "x", "--attempts", "worst"], "one of latest, best, first"),
        (["grade", "01_xo", "a.ipynb", "--out", "x", "--roster", "nowhere.csv"], "no roster nowhere.csv"),
        (["grade", "01_xo", "a.ipynb", "--out", "x", "--roster", "b.ipynb"], "no column of names or ids"),
        (["grade", "01_xo", "a.ipynb", "b.ipynb", "--score-json", "x"], "for one file"),
        (["grade", "01_xo", "--merge", "x", "y"], "--merge DIR1 DIR2 --out DIR"),
        (["grade", "01_xo", "--merge", "x", "--out", "y"], "no journal"),
        (["grade", "01_xo", "a.ipynb", "--out", "x", "--exercise", "nope"], "no exercise called nope"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(tmp_path, arguments, says):
    for name in ("a.ipynb", "b.ipynb"):
        (tmp_path / name).write_text("{}")
    if arguments[2:3] == ["."]:
        arguments[2] = str(tmp_path / "nothing")
        (tmp_path / "nothing").mkdir()
    done = ccv(*arguments, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert says in re.sub(r"[\s│]+", " ", done.stderr)
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "x").exists()


def test_exit_code_3_where_the_teacher_must_look(tmp_path, monkeypatch):
    from ccv.cli import grade as command
    from ccv.grading.batch import Header, Outcome, Record

    record = Record("eve", "eve.py", "", 0, "failed", "look \x1b[31mhere", None, [], {}, {}, 0.0)
    header = Header("01_xo", "", 0, "0.1", {"votes": 2}, [{"name": "limits", "active": True}], None)
    monkeypatch.setattr(command, "_grade_class", lambda *_: Outcome(header, [record], tmp_path))
    from typer.testing import CliRunner

    from ccv.cli.app import app

    done = CliRunner().invoke(app, ["grade", "01_xo", str(tmp_path)])
    assert done.exit_code == 3
    assert "eve" in done.output and "failed" in done.output
