"""Several files of one student: which counts by each rule, and what is said of the others."""

import json
import os
import shutil
import zipfile

import pytest

from ccv.grading.batch import grade_class, merge
from ccv.grading.batch.attempts import NOTEBOOK, SCRIPT, TEXT, Attempt, settle
from ccv.grading.batch.journal import NAME
from ccv.grading.batch.submissions import find_submissions

RIGHT = "def double(n):\n    return 2 * n\nword = 'honest'\nsize = 3\n"
WRONG = RIGHT.replace("2 *", "3 *")
WORSE = WRONG.replace("honest", "no")
OLD, NEW = (2026, 11, 1, 10, 0, 0), (2026, 11, 2, 10, 0, 0)


def notebook(*cells):
    return json.dumps({"cells": [{"cell_type": "code", "source": cell} for cell in cells]})


@pytest.fixture
def class_zip(tmp_path):
    """Write a zip of (name, content, time) and return it."""

    def write(*members, name="class.zip"):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            for member, text, when in members:
                archive.writestr(zipfile.ZipInfo(member, when), text)
        return tmp_path / name

    return write


def records(outcome):
    return {r.student: r for r in outcome.records}


def why(record):
    return {a["file"].rpartition("/")[2]: a["why"] for a in record.attempts}


# --------------------------------------------------------------------------------------------------- the rules alone


def attempt(file="a.ipynb", **fields):
    return Attempt(file, **({"holds": 3, "code": file} | fields))


def chosen(attempts, rule="latest"):
    return next(a.file for a in settle(attempts, rule) if a.counts)


def test_latest_and_first_go_by_time():
    two = [attempt("old", rank=0), attempt("new", rank=1)]
    assert (chosen(two), chosen(two, "first")) == ("new", "old")
    assert [a.why for a in settle(two, "latest")] == ["is older", "it is the latest"]


def test_best_goes_by_points_and_of_equal_ones_the_later_counts():
    three = [attempt("a", rank=0, points=3), attempt("b", rank=1, points=1), attempt("c", rank=2, points=None)]
    assert chosen(three, "best") == "a"
    assert [a.why for a in settle(three, "best")] == ["it earned the most", "earned 1 points", "could not be graded"]
    assert chosen([attempt("a", points=3), attempt("b", rank=1, points=3)], "best") == "b"


@pytest.mark.parametrize(
    ("left_out", "says", "look"),
    [
        (attempt("x", rank=1, problem="it is empty"), "cannot be read: it is empty", True),
        (attempt("x", code="same"), "holds the same code", False),
        (attempt("x.py", rank=1, kind=SCRIPT, helper=True), "is imported by the file that counts", False),
        (attempt("x", rank=1, holds=0), "holds none of the exercises", False),
        (attempt("x", rank=1, holds=1), "holds 1 of the exercises, and the file that counts 3", True),
        (attempt("x.html", rank=1, kind=TEXT), "was typed beside the file that counts", True),
        (attempt("x", rank=0), "nothing says which of the two is later", True),
    ],
)
def test_what_is_no_later_attempt_is_left_out_with_its_reason(left_out, says, look):
    counted, other = settle([attempt("right", rank=0, code="same"), left_out], "latest")
    assert counted.counts and counted.file == "right"
    assert (other.counts, other.why, other.look) == (False, says, look)
    readable = " that can be read" if left_out.problem else ""
    assert counted.why == (f"it is the latest{readable}" if look else "it is the one with the exercises")


def test_a_script_that_holds_the_exercises_is_an_attempt_beside_the_blank_notebook():
    assert chosen([attempt("blank.ipynb", rank=0), attempt("mine.py", rank=1, kind=SCRIPT)]) == "mine.py"
    assert chosen([attempt("plots.ipynb", rank=1, holds=0), attempt("mine.py", rank=0, kind=SCRIPT)]) == "mine.py"
    assert chosen([attempt("a.py", kind=SCRIPT), attempt("a.ipynb", kind=NOTEBOOK)]) == "a.ipynb"


def test_where_nothing_can_be_read_nothing_counts():
    assert not any(a.counts for a in settle([attempt(problem="it is empty")], "best"))


# ------------------------------------------------------------------------------------------------------------- order


@pytest.mark.parametrize(
    ("members", "order", "words"),
    [
        ([("al/a.ipynb", NEW), ("al/b.ipynb", OLD)], [{"b.ipynb"}, {"a.ipynb"}], "saved 2026-11-02 10:00:00"),
        ([("al/x_v2.ipynb", OLD), ("al/x.ipynb", NEW)], [{"x.ipynb"}, {"x_v2.ipynb"}], "number 2 by its name"),
        ([("al/x-1.ipynb", OLD), ("al/x.ipynb", NEW)], [{"x.ipynb"}, {"x-1.ipynb"}], "number 1 by its name"),
        (
            [("al/x-Copy1.ipynb", OLD), ("al/x.ipynb", NEW)],
            [{"x-Copy1.ipynb"}, {"x.ipynb"}],
            "saved 2026-11-02 10:00:00",
        ),
        ([("al/a.ipynb", OLD), ("al/b.ipynb", OLD)], [{"a.ipynb", "b.ipynb"}], ""),
        ([("al/a.ipynb", (1980, 1, 1, 0, 0, 0)), ("al/b.ipynb", OLD)], [{"a.ipynb", "b.ipynb"}], ""),
        (
            [("doe_8_22_a.ipynb", OLD), ("doe_8_21_b.ipynb", NEW)],
            [{"doe_8_21_b.ipynb"}, {"doe_8_22_a.ipynb"}],
            "upload 22",
        ),
        (
            [("doe_8_22_a.ipynb", NEW), ("doe_LATE_8_21_b.ipynb", OLD)],
            [{"doe_8_22_a.ipynb"}, {"doe_LATE_8_21_b.ipynb"}],
            "marked as late",
        ),
        (
            [
                ("L_al_attempt_2026-11-03-10-22-11_a.ipynb", OLD),
                ("L_al_attempt_2026-11-02-10-22-11_b.ipynb", NEW),
            ],
            [{"L_al_attempt_2026-11-02-10-22-11_b.ipynb"}, {"L_al_attempt_2026-11-03-10-22-11_a.ipynb"}],
            "handed in 2026-11-03 10:22:11 by its name",
        ),
    ],
)
def test_names_of_platforms_come_before_clocks(class_zip, members, order, words):
    # A stranger beside keeps the student's folder from being taken for the class's.
    root = class_zip(*((name, notebook(name), when) for name, when in members))
    with zipfile.ZipFile(root, "a") as archive:
        archive.writestr("zoe_9_99_z.ipynb" if "_" in members[0][0].split("/")[0] else "zoe/z.ipynb", notebook("z"))
    found, _ = find_submissions([root], "00_small")
    one = found[0]
    ranks = {}
    for c in one.candidates:
        ranks.setdefault(c.rank, set()).add(c.file.rpartition("/")[2])
    assert [ranks[n] for n in sorted(ranks)] == order
    assert max(one.candidates, key=lambda c: c.rank).when == words


def test_times_of_files_and_nbgraders_timestamp(tmp_path):
    for name, seconds in (("al/a.ipynb", 2e9), ("al/b.ipynb", 1e9), ("bo/a.ipynb", 1e9), ("bo/b.ipynb", 1e9 + 1)):
        path = tmp_path / "class" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(notebook(name))
        os.utime(path, (seconds, seconds))
    found, _ = find_submissions([tmp_path / "class"], "00_small")
    assert {c.file: c.rank for c in found[0].candidates} == {"al/a.ipynb": 1, "al/b.ipynb": 0}
    assert {c.rank for c in found[1].candidates} == {0}, "a second apart is a tie: they were copied together"

    for day, folder in ((3, "al/one"), (2, "al/two")):
        (tmp_path / "again" / folder).mkdir(parents=True)
        (tmp_path / "again" / folder / "x.ipynb").write_text(notebook(folder))
        (tmp_path / "again" / folder / "timestamp.txt").write_text(f"2026-11-0{day} 10:22:11.123 UTC")
    (tmp_path / "again" / "zoe.ipynb").write_text(notebook("z"))
    found, _ = find_submissions([tmp_path / "again"], "00_small")
    assert {c.file: c.rank for c in found[0].candidates} == {"al/one/x.ipynb": 1, "al/two/x.ipynb": 0}


# ------------------------------------------------------------------------------------------------------ a whole class


@pytest.fixture
def two_students(class_zip):
    """Ann's older notebook is right and her newer one wrong; Bo's the other way."""
    return class_zip(
        ("ann/try.ipynb", notebook(RIGHT), OLD),
        ("ann/again.ipynb", notebook(WRONG), NEW),
        ("bo/try.ipynb", notebook(WRONG), OLD),
        ("bo/again.ipynb", notebook(RIGHT), NEW),
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rule", "points"), [("latest", {"ann": 2, "bo": 4}), ("first", {"ann": 4, "bo": 2}), ("best", {"ann": 4, "bo": 4})]
)
def test_each_rule_in_a_class(small_lab, two_students, tmp_path, rule, points):
    outcome = grade_class(small_lab, [two_students], tmp_path / "out", jobs=2, attempts=rule)
    assert {r.student: r.points for r in outcome.records} == points
    for record in outcome.records:
        assert [a["counts"] for a in record.attempts].count(True) == 1
        assert record.file == next(a["file"] for a in record.attempts if a["counts"])
    page = (tmp_path / "out" / "index.html").read_text("utf-8")
    assert "try.ipynb" in page and "again.ipynb" in page and f"--attempts {rule}" in page
    assert "Which of your files counts" in (tmp_path / "out" / "feedback" / "ann.html").read_text("utf-8")
    if rule == "best":
        assert why(records(outcome)["ann"])["again.ipynb"].startswith("earned 2 points")
        assert {a["points"] for a in records(outcome)["ann"].attempts} == {4, 2}


@pytest.mark.slow
@pytest.mark.parametrize("rule", ["latest", "best"])
def test_shards_and_resumed_runs_give_the_same_sheets(small_lab, two_students, tmp_path, rule):
    def scores(out):
        return [(out / name).read_bytes() for name in ("scores.csv", "scores.json", "index.html")]

    grade_class(small_lab, [two_students], tmp_path / "whole", jobs=2, attempts=rule)
    parts = [tmp_path / "part1", tmp_path / "part2"]
    for i, part in enumerate(parts, start=1):
        grade_class(small_lab, [two_students], part, jobs=1, attempts=rule, shard=f"{i}/2")
    merge(small_lab, parts, tmp_path / "merged")
    assert scores(tmp_path / "merged") == scores(tmp_path / "whole")

    lines = (tmp_path / "whole" / NAME).read_bytes().splitlines(keepends=True)
    (tmp_path / "resumed").mkdir()
    (tmp_path / "resumed" / NAME).write_bytes(b"".join(lines[:2]))
    grade_class(small_lab, [two_students], tmp_path / "resumed", jobs=1, attempts=rule, resume=True)
    assert scores(tmp_path / "resumed") == scores(tmp_path / "whole")
    assert len((tmp_path / "resumed" / NAME).read_bytes().splitlines()) == 3, "nobody is graded twice"


def test_a_run_is_not_resumed_with_another_rule(small_lab, two_students, tmp_path):
    grade_class(small_lab, [two_students], tmp_path / "out", jobs=1)
    with pytest.raises(ValueError, match="another choice of --attempts"):
        grade_class(small_lab, [two_students], tmp_path / "out", jobs=1, attempts="best", resume=True)
    with pytest.raises(ValueError, match="must be one of latest, best, first"):
        grade_class(small_lab, [two_students], tmp_path / "new", attempts="worst")


def test_a_resumed_run_sees_a_new_attempt(small_lab, tmp_path):
    folder = tmp_path / "class" / "ann"
    folder.mkdir(parents=True)
    (tmp_path / "class" / "bo.py").write_text(RIGHT)
    for name, text, seconds in (("x.ipynb", WRONG, 1e9), ("x-1.ipynb", RIGHT, 2e9)):
        (folder / name).write_text(notebook(text))
        os.utime(folder / name, (seconds, seconds))
        outcome = grade_class(small_lab, [tmp_path / "class"], tmp_path / "out", jobs=1, resume=True)
    assert records(outcome)["ann"].points == 4
    assert why(records(outcome)["ann"])["x.ipynb"] == "is older (without a number in its name)"
    assert merge(small_lab, [tmp_path / "out"], tmp_path / "merged").records == outcome.records


@pytest.mark.slow
@pytest.mark.parametrize("rule", ["latest", "best"])
def test_what_stands_beside_a_notebook(small_lab, class_zip, tmp_path, rule):
    root = class_zip(
        ("copies/a.ipynb", notebook(RIGHT), OLD),
        ("copies/b.ipynb", notebook("# the same, saved again", RIGHT + "\n"), NEW),
        ("broken/a.ipynb", notebook(RIGHT), OLD),
        ("broken/b.ipynb", "no notebook", NEW),
        ("broken/c.ipynb", "", NEW),
        ("trial/a.ipynb", notebook(RIGHT), OLD),
        ("trial/scratch.ipynb", notebook("size = 3"), NEW),
        ("plots/a.ipynb", notebook(RIGHT), OLD),
        ("plots/b.ipynb", notebook("plot = 1"), NEW),
        ("helper/a.ipynb", notebook("from tools import twice", RIGHT.replace("2 * n", "twice(n)")), OLD),
        ("helper/tools.py", "from more import two\n\ndef twice(n):\n    return two * n\n" + WRONG, NEW),
        ("helper/more.py", "two = 2\n", NEW),
        ("parts/one.ipynb", notebook("import math", RIGHT.partition("word")[0]), OLD),
        ("parts/two.ipynb", notebook("word = 'honest'\nsize = 3\n"), NEW),
        ("blank/a.ipynb", notebook("def double(n):\n    raise NotImplementedError\nword = ...\nsize = ..."), OLD),
        ("blank/mine.py", RIGHT, NEW),
        ("zips/a.ipynb", notebook(RIGHT), OLD),
        ("zips/b.zip", "no zip", NEW),
        ("nothing/a.ipynb", "no notebook", OLD),
        ("nothing/b.ipynb", "", NEW),
    )
    found = records(grade_class(small_lab, [root], tmp_path / "out", jobs=2, attempts=rule))
    assert {name: r.points for name, r in found.items()} == dict.fromkeys(found, 4) | {"nothing": 0}
    assert len(found) == 9
    assert "holds the same code" in why(found["copies"]).values()
    assert why(found["broken"])["b.ipynb"].startswith("cannot be read")
    assert why(found["zips"])["b.zip"].startswith("cannot be read: b.zip: it is no zip")
    assert "holds other exercises, and is read together with it" in why(found["parts"]).values()
    assert why(found["plots"])["b.ipynb"] == "holds none of the exercises"
    assert why(found["helper"])["tools.py"] == "is imported by the file that counts"
    assert found["nothing"].status == "unreadable" and found["nothing"].message
    assert not [a for r in found.values() for a in r.attempts if a["counts"] and a["problem"]]


def test_best_keeps_the_best_where_a_grader_gives_up(small_lab, class_zip, tmp_path):
    dies = RIGHT.replace("honest", "die")
    root = class_zip(("al/a.ipynb", notebook(WORSE), OLD), ("al/b.ipynb", notebook(dies), NEW), ("bo/x.py", RIGHT, NEW))
    found = records(grade_class(small_lab, [root], tmp_path / "out", jobs=2, attempts="best", patience=1))
    assert (found["al"].points, found["al"].file) == (3, "class.zip/al/b.ipynb")
    assert why(found["al"])["a.ipynb"].startswith("earned 1 points")


@pytest.mark.slow
def test_seconds_are_those_of_all_graders_that_were_at_work(small_lab, class_zip, tmp_path):
    root = class_zip(("al/a.py", RIGHT.replace("honest", "loop"), OLD), ("bo/a.py", RIGHT, OLD))
    found = records(grade_class(small_lab, [root], tmp_path / "out", jobs=1, patience=1))
    # A grader was silent for 1 + 3 x 0.5 seconds; the one that took its place needs no more than others do.
    assert found["al"].seconds > 2.4
    assert found["bo"].seconds < found["al"].seconds


def test_a_class_that_hands_in_twice_through_a_platform(small_lab, class_zip, tmp_path):
    first = class_zip(("Ann_7_assignsubmission_file_/x.py", WRONG, OLD), name="monday.zip")
    second = class_zip(("Ann_7_assignsubmission_file_/x.py", RIGHT, NEW), name="tuesday.zip")
    outcome = grade_class(small_lab, [first, second], tmp_path / "out", jobs=1)
    assert [(r.student, r.points, len(r.attempts)) for r in outcome.records] == [("Ann", 4, 2)]


def test_what_is_typed_has_the_imports_of_the_notebook_that_was_given(small_lab, class_zip, tmp_path):
    given = notebook("import numpy as np", "def double(n):\n    raise NotImplementedError", "word = ...", "size = ...")
    lab = shutil.copytree(small_lab, tmp_path / small_lab.name)
    (lab / f"{lab.name}.ipynb").write_text(given)
    typed = "<p>Here it is:</p><pre>def double(n):\n    return int(np.add(n, n))</pre>"
    members = ("Ann_1_assignsubmission_onlinetext_/onlinetext.html", typed, NEW)
    (record,) = grade_class(lab, [class_zip(members)], tmp_path / "out").records
    earned = {one["name"]: (one["points"] > 0, one["status"]) for one in record.sheet["exercises"]}
    assert earned["double"] == (True, "passed"), record.sheet
    assert not any(points for name, (points, _) in earned.items() if name != "double")
